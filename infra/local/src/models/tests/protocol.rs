//! The fake holds requests against the protocol: what a provider refuses is found, and what it
//! takes is answered whole as well as in pieces.

use serde_json::Value;

use super::*;

/// A question that is right, with the path it goes to.
fn right(provider: Provider) -> (&'static str, Value) {
    let schema = stock().schema;
    match provider {
        Provider::OpenAi | Provider::Compatible => (
            match provider {
                Provider::OpenAi => "/v1/chat/completions",
                _ => "/compatible/v1/chat/completions",
            },
            json!({
                "model": "gpt-4o", "max_tokens": 9, "temperature": 1.0,
                "messages": [
                    { "role": "system", "content": "Be kind." },
                    { "role": "user", "content": "Rice?" },
                    { "role": "assistant", "content": null, "tool_calls": [
                        { "id": "a", "type": "function",
                          "function": { "name": "stock", "arguments": "{\"sku\":\"A\"}" } },
                        { "id": "b", "type": "function",
                          "function": { "name": "stock", "arguments": "{\"sku\":\"B\"}" } },
                    ] },
                    { "role": "tool", "tool_call_id": "a", "content": "1" },
                    { "role": "tool", "tool_call_id": "b", "content": "2" },
                ],
                "tools": [{ "type": "function", "function": {
                    "name": "stock", "description": "Looks.", "parameters": schema } }],
            }),
        ),
        Provider::Anthropic => (
            "/v1/messages",
            json!({
                "model": "claude-sonnet-4-5", "max_tokens": 9, "temperature": 1.0,
                "system": "Be kind.",
                "messages": [
                    { "role": "user", "content": "Rice?" },
                    { "role": "assistant", "content": [
                        { "type": "tool_use", "id": "a", "name": "stock", "input": {} }] },
                    { "role": "user", "content": [
                        { "type": "tool_result", "tool_use_id": "a", "content": "1" }] },
                ],
                "tools": [{ "name": "stock", "description": "Looks.", "input_schema": schema }],
            }),
        ),
        Provider::Gemini => (
            "/v1beta/models/gemini-2.5-flash:generateContent",
            json!({
                "contents": [
                    { "role": "user", "parts": [{ "text": "Rice?" }] },
                    { "role": "model", "parts": [
                        { "functionCall": { "name": "stock", "args": {} } }] },
                    { "role": "user", "parts": [
                        { "functionResponse": { "name": "stock", "response": {} } }] },
                ],
                "generationConfig": { "maxOutputTokens": 9, "temperature": 1.0 },
                "tools": [{ "functionDeclarations": [{
                    "name": "stock", "description": "Looks.", "parametersJsonSchema": schema }] }],
            }),
        ),
    }
}

async fn post(fake: &FakeModels, provider: Provider, path: &str, body: &Value) -> (u16, Value) {
    let post = reqwest::Client::new().post(fake.url() + path).json(body);
    let post = match provider {
        Provider::OpenAi | Provider::Compatible => post.bearer_auth(KEY),
        Provider::Anthropic => post
            .header("x-api-key", KEY)
            .header("anthropic-version", "2023-06-01"),
        Provider::Gemini => post.header("x-goog-api-key", KEY),
    };
    let response = post.send().await.unwrap();
    (response.status().as_u16(), response.json().await.unwrap())
}

#[tokio::test]
async fn a10_a_question_that_is_right_is_answered_whole() {
    for provider in Provider::ALL {
        let fake = FakeModels::start(0).await.unwrap();
        fake.script([Canned::Reply(
            Reply::text("Yego.").and_call("stock", r#"{"sku":"A"}"#),
        )]);
        let (path, body) = right(provider);
        let (status, answer) = post(&fake, provider, path, &body).await;
        assert_eq!((status, fake.violations()), (200, vec![]), "{answer}");
        let (text, call) = match provider {
            Provider::OpenAi | Provider::Compatible => (
                "/choices/0/message/content",
                "/choices/0/message/tool_calls/0/function/name",
            ),
            Provider::Anthropic => ("/content/0/text", "/content/1/name"),
            Provider::Gemini => (
                "/candidates/0/content/parts/0/text",
                "/candidates/0/content/parts/1/functionCall/name",
            ),
        };
        assert_eq!(answer.pointer(text), Some(&json!("Yego.")), "{answer}");
        assert_eq!(answer.pointer(call), Some(&json!("stock")), "{answer}");
    }
}

/// Puts `value` where `at` points in a right question, or takes it out there, and wants to be told.
async fn check(provider: Provider, at: &str, value: Option<Value>, told: &str) {
    let fake = FakeModels::start(0).await.unwrap();
    fake.answer_with(|_| Canned::text("Yego."));
    let (path, mut body) = right(provider);
    let (parent, field) = at.rsplit_once('/').unwrap();
    let parent = body.pointer_mut(parent).unwrap();
    match (parent, value) {
        (Value::Object(fields), Some(value)) => {
            fields.insert(field.to_owned(), value);
        }
        (Value::Object(fields), None) => {
            fields.remove(field).unwrap();
        }
        (Value::Array(list), Some(value)) => list.push(value),
        (Value::Array(list), None) => {
            list.remove(field.parse().unwrap());
        }
        (other, _) => panic!("{other}"),
    }
    let (status, _) = post(&fake, provider, path, &body).await;
    let violations = fake.violations();
    assert_eq!(status, 400, "{provider:?} {at}");
    let is_told = violations.iter().any(|each| each.contains(told));
    assert!(
        is_told,
        "{provider:?} {at}: {told} is not in {violations:?}"
    );
}

#[tokio::test]
async fn a10_what_openai_refuses_is_found() {
    for provider in [Provider::OpenAi, Provider::Compatible] {
        let check = async |at: &str, value, told: &str| check(provider, at, value, told).await;
        check("/model", None, "no model").await;
        check("/max_tokens", Some(json!(0)), "max_tokens is 0").await;
        check("/temperature", Some(json!(2.1)), "temperature").await;
        check("/max_output", Some(json!(1)), "no field max_output").await;
        check("/messages/4", None, "call b has no result").await;
        check("/messages/2", None, "result a has no call").await;
        check("/messages", Some(json!([])), "no messages").await;
        check("/messages/1/content", Some(json!(" ")), "an empty text").await;
        check("/messages/1/role", Some(json!("customer")), "is no role").await;
        let late = json!({ "role": "system", "content": "Late." });
        check("/messages/5", Some(late), "stands behind").await;
        let arguments = "/messages/2/tool_calls/0/function/arguments";
        check(arguments, Some(json!("{")), "arguments are no JSON").await;
        check("/tools", Some(json!([])), "an empty list").await;
        let function = "/tools/0/function";
        let name = format!("{function}/name");
        check(&name, Some(json!("send money")), "no name of a tool").await;
        check(&name, Some(json!("x".repeat(65))), "no name of a tool").await;
        let schema = format!("{function}/parameters");
        check(&schema, None, "not of type object").await;
        check(
            &schema,
            Some(json!({ "type": "string" })),
            "not of type object",
        )
        .await;
        for (field, value, told) in [
            ("required", json!(["price"]), "requires what is no property"),
            ("anyOf", json!([{}]), "anyOf at the top"),
            (
                "properties",
                json!({ "a": { "type": "text" } }),
                "is no type",
            ),
            (
                "properties",
                json!({ "a": { "type": "array" } }),
                "without items",
            ),
            ("properties", json!({ "a": { "enum": [] } }), "an empty one"),
            (
                "properties",
                json!({ "a": { "$ref": "#/$defs/A" } }),
                "points nowhere",
            ),
            ("properties", json!({ "a": 1 }), "a schema is an object"),
        ] {
            check(&format!("{schema}/{field}"), Some(value), told).await;
        }
        let twice = right(provider).1["tools"][0].clone();
        check("/tools/1", Some(twice), "two tools are called stock").await;
        let format = json!({ "type": "json_schema", "json_schema": {
            "name": "x", "strict": true,
            "schema": { "type": "object", "properties": { "a": { "type": "string" } } } } });
        check("/response_format", Some(format), "a strict schema").await;
    }
    let twice = json!({ "role": "user", "content": "Hm?" });
    check(Provider::Compatible, "/messages/5", Some(twice), "in a row").await;
    let thinks = Some(json!("gpt-5-mini"));
    check(
        Provider::OpenAi,
        "/model",
        thinks.clone(),
        "takes no temperature",
    )
    .await;
    check(
        Provider::OpenAi,
        "/model",
        thinks,
        "takes max_completion_tokens",
    )
    .await;
}

#[tokio::test]
async fn a10_what_anthropic_refuses_is_found() {
    let check = async |at: &str, value, told: &str| {
        check(Provider::Anthropic, at, value, told).await;
    };
    check("/max_tokens", None, "no max_tokens").await;
    check("/temperature", Some(json!(1.2)), "temperature").await;
    check(
        "/response_format",
        Some(json!({})),
        "no field response_format",
    )
    .await;
    check("/messages/2", None, "call a has no result").await;
    check("/messages/1", None, "result a has no call").await;
    check("/messages/0", None, "the first message is not the user's").await;
    check(
        "/messages/1",
        Some(json!({ "role": "user", "content": "Hm?" })),
        "in a row",
    )
    .await;
    check(
        "/system",
        Some(json!([{ "type": "text", "text": "" }])),
        "an empty text",
    )
    .await;
    check("/tools/0/input_schema/type", None, "not of type object").await;
    let choice = json!({ "type": "tool", "name": "other" });
    check("/tool_choice", Some(choice), "which is no tool").await;
    let mark = json!({ "type": "text", "text": "x", "cache_control": { "type": "ephemeral" } });
    check("/system", Some(json!(vec![mark; 5])), "5 cache marks").await;
    check(
        "/model",
        Some(json!("claude-opus-4-7")),
        "takes no temperature",
    )
    .await;
}

#[tokio::test]
async fn a10_what_gemini_refuses_is_found() {
    let check = async |at: &str, value, told: &str| {
        check(Provider::Gemini, at, value, told).await;
    };
    check("/messages", Some(json!([])), "no field messages").await;
    check("/contents/2", None, "call stock has no result").await;
    check("/contents/1", None, "result stock has no call").await;
    check("/contents/0", None, "the first message is not the user's").await;
    check("/contents/0/parts", Some(json!([])), "without content").await;
    check(
        "/generationConfig/temperature",
        Some(json!(3)),
        "temperature",
    )
    .await;
    check(
        "/generationConfig/maxOutputTokens",
        Some(json!(0)),
        "max_tokens is 0",
    )
    .await;
    let schema = "/generationConfig/responseJsonSchema";
    check(
        schema,
        Some(json!({ "type": "object" })),
        "without the type",
    )
    .await;
    let name = "/tools/0/functionDeclarations/0/name";
    check(name, Some(json!("1stock")), "no name of a tool").await;
    let schema = "/tools/0/functionDeclarations/0/parametersJsonSchema";
    check(schema, None, "not of type object").await;
}

#[tokio::test]
async fn a10_a_key_in_another_place_or_none_is_found() {
    let fake = FakeModels::start(0).await.unwrap();
    let client = reqwest::Client::new();
    let (path, body) = right(Provider::Gemini);
    let url = format!("{}{path}?key={KEY}", fake.url());
    let response = client.post(url).json(&body).send().await.unwrap();
    assert_eq!(response.status(), 401);
    let (path, body) = right(Provider::Anthropic);
    let post = client.post(fake.url() + path).json(&body);
    let response = post.bearer_auth(KEY).send().await.unwrap();
    assert_eq!(response.status(), 401);
    let (path, body) = right(Provider::Anthropic);
    let post = client.post(fake.url() + path).json(&body);
    let response = post.header("x-api-key", KEY).send().await.unwrap();
    assert_eq!(response.status(), 400);
    let violations = fake.violations();
    assert!(
        violations[2].contains("anthropic-version"),
        "{violations:?}"
    );
}

#[tokio::test]
async fn a10_a_question_without_a_scripted_answer_is_a_violation() {
    let desk = Desk::new().await;
    let name = model(Provider::OpenAi);
    desk.ask(&name, &prompt()).await.unwrap_err();
    let violations = desk.fake.violations();
    assert_eq!(
        violations,
        ["request 1 (openai): no answer was scripted for it"]
    );
    desk.fake.reset();
    assert_eq!((desk.asked(), desk.fake.violations()), (0, vec![]));
}
