//! OpenAI's chat completions, and whoever speaks like it.

use countersign_core::model::{Provider, ToolSpec, Usage};
use serde_json::{Map, Value, json};

use super::{
    check, pictures,
    request::{Delivery, Message, Part, Request, Role},
    script::{Call, Ends, Reply},
};

/// What a body may have.
const FIELDS: [&str; 16] = [
    "model",
    "messages",
    "stream",
    "stream_options",
    "tools",
    "tool_choice",
    "response_format",
    "temperature",
    "max_tokens",
    "max_completion_tokens",
    "top_p",
    "stop",
    "seed",
    "reasoning_effort",
    "prompt_cache_key",
    "prompt_cache_options",
];

/// Reads a body; what is wrong about it goes to `wrong`.
pub(super) fn read(provider: Provider, body: &Value, wrong: &mut Vec<String>) -> Request {
    let none = Map::new();
    let fields = body.as_object().unwrap_or(&none);
    for name in fields
        .keys()
        .filter(|name| !FIELDS.contains(&name.as_str()))
    {
        wrong.push(format!("a body has no field {name}"));
    }
    let model = body["model"].as_str().unwrap_or_default().to_owned();
    let reasons = ["gpt-5", "gpt-6", "o1", "o3", "o4"];
    let counts_thoughts = reasons.iter().any(|start| model.starts_with(start));
    let (limit, other) = if counts_thoughts {
        ("max_completion_tokens", "max_tokens")
    } else {
        ("max_tokens", "max_completion_tokens")
    };
    if counts_thoughts && fields.contains_key(other) {
        wrong.push(format!("{model} takes {limit}, not {other}"));
    }
    let mut request = Request {
        provider,
        model,
        system: Vec::new(),
        messages: Vec::new(),
        tools: tools(body, wrong),
        one_of: response_format(body, wrong),
        temperature: body["temperature"].as_f64(),
        max_tokens: body[limit].as_u64(),
        delivery: match body["stream"].as_bool() {
            Some(true) => Delivery::Streamed,
            _ => Delivery::Whole,
        },
        usage: Usage::default(),
        body: body.clone(),
        marks: Vec::new(),
    };
    for message in body["messages"].as_array().into_iter().flatten() {
        read_message(message, &mut request, wrong);
    }
    request
}

fn read_message(message: &Value, request: &mut Request, wrong: &mut Vec<String>) {
    let pictures = shown(&message["content"], wrong);
    let texts = texts(&message["content"], wrong);
    let role = match message["role"].as_str() {
        Some("system" | "developer") => {
            if !request.messages.is_empty() {
                wrong.push("a system message stands behind others".to_owned());
            }
            return request.system.extend(texts);
        }
        Some("user") => Role::User,
        Some("assistant") => Role::Model,
        Some("tool") => {
            let id = message["tool_call_id"].as_str().unwrap_or_default();
            let result = Part::Result { id: id.to_owned() };
            // The results of one message's calls are as many messages; they belong together.
            match request.messages.last_mut() {
                Some(last) if matches!(last.parts.last(), Some(Part::Result { .. })) => {
                    last.parts.push(result);
                }
                _ => request.messages.push(Message {
                    role: Role::User,
                    parts: vec![result],
                }),
            }
            return;
        }
        _ => return wrong.push(format!("{} is no role", message["role"])),
    };
    let calls = message["tool_calls"].as_array().into_iter().flatten();
    let calls = calls.map(|call| {
        let arguments = call["function"]["arguments"].as_str().unwrap_or_default();
        if serde_json::from_str::<Value>(arguments).is_err() {
            wrong.push("a call's arguments are no JSON".to_owned());
        }
        Part::Call {
            id: call["id"].as_str().unwrap_or_default().to_owned(),
        }
    });
    let parts = texts.into_iter().map(Part::Text).chain(calls);
    let parts = parts.chain(pictures);
    let parts = parts.collect();
    request.messages.push(Message { role, parts });
}

fn shown(content: &Value, wrong: &mut Vec<String>) -> Vec<Part> {
    let parts = content.as_array().into_iter().flatten();
    let pictures = parts.filter(|part| part["type"] == "image_url");
    pictures
        .map(|part| pictures::read_url(&part["image_url"]["url"], wrong))
        .collect()
}

fn texts(content: &Value, wrong: &mut Vec<String>) -> Vec<String> {
    match content {
        Value::Null => Vec::new(),
        Value::String(text) => vec![text.clone()],
        Value::Array(parts) => parts
            .iter()
            .filter(|part| part["type"] != "image_url")
            .map(|part| part["text"].as_str().unwrap_or_default().to_owned())
            .collect(),
        other => {
            wrong.push(format!("{other} is no content"));
            Vec::new()
        }
    }
}

fn tools(body: &Value, wrong: &mut Vec<String>) -> Vec<ToolSpec> {
    let Some(tools) = body.get("tools") else {
        return Vec::new();
    };
    let tools = tools.as_array().map(Vec::as_slice).unwrap_or_default();
    if tools.is_empty() {
        wrong.push("tools are an empty list".to_owned());
    }
    let read = |tool: &Value| {
        if tool["type"] != "function" {
            wrong.push(format!("{} is no type of a tool", tool["type"]));
        }
        let function = &tool["function"];
        ToolSpec {
            name: function["name"].as_str().unwrap_or_default().to_owned(),
            description: function["description"]
                .as_str()
                .unwrap_or_default()
                .to_owned(),
            schema: function["parameters"].clone(),
        }
    };
    tools.iter().map(read).collect()
}

fn response_format(body: &Value, wrong: &mut Vec<String>) -> Option<(String, Vec<String>)> {
    let format = body.get("response_format")?;
    let spec = &format["json_schema"];
    if format["type"] != "json_schema" || spec["name"].as_str().is_none_or(str::is_empty) {
        wrong.push("response_format is no json_schema with a name".to_owned());
        return None;
    }
    let schema = &spec["schema"];
    check::schema("response_format", schema, schema, wrong);
    let properties = schema["properties"].as_object().map_or(0, Map::len);
    let required = schema["required"].as_array().map_or(0, Vec::len);
    let is_strict = schema["additionalProperties"] == false && properties == required;
    if spec["strict"] == true && !is_strict {
        wrong.push("a strict schema requires all its properties and allows no other".to_owned());
    }
    check::one_of(schema)
}

/// The answer as one object.
pub(super) fn whole(request: &Request, reply: &Reply) -> Value {
    let calls: Vec<Value> = reply.calls.iter().enumerate().map(call).collect();
    let mut message = json!({ "role": "assistant", "content": null, "refusal": null });
    if !reply.text.is_empty() || calls.is_empty() {
        message["content"] = json!(reply.text);
    }
    if !calls.is_empty() {
        message["tool_calls"] = json!(calls);
    }
    json!({
        "id": "chatcmpl-local",
        "object": "chat.completion",
        "created": 1_700_000_000,
        "model": request.model,
        "choices": [{ "index": 0, "message": message, "finish_reason": finish(reply) }],
        "usage": usage(request, reply),
    })
}

/// The answer as events.
pub(super) fn events(request: &Request, reply: &Reply) -> Vec<String> {
    let chunk = |choices: Value, usage: Value| {
        let chunk = json!({
            "id": "chatcmpl-local",
            "object": "chat.completion.chunk",
            "created": 1_700_000_000,
            "model": request.model,
            "choices": choices,
            "usage": usage,
        });
        format!("data: {chunk}\n\n")
    };
    let delta = |delta: Value, finish: Value| {
        chunk(
            json!([{ "index": 0, "delta": delta, "finish_reason": finish }]),
            Value::Null,
        )
    };
    let mut events = vec![delta(
        json!({ "role": "assistant", "content": "" }),
        Value::Null,
    )];
    for piece in Reply::pieces(&reply.text) {
        events.push(delta(json!({ "content": piece }), Value::Null));
    }
    for (index, each) in reply.calls.iter().enumerate() {
        let mut first = call((index, each));
        first["index"] = json!(index);
        first["function"]["arguments"] = json!("");
        events.push(delta(json!({ "tool_calls": [first] }), Value::Null));
        for piece in Reply::pieces(&each.arguments) {
            let next = json!({ "index": index, "function": { "arguments": piece } });
            events.push(delta(json!({ "tool_calls": [next] }), Value::Null));
        }
    }
    events.push(delta(json!({}), json!(finish(reply))));
    if request.body["stream_options"]["include_usage"] == true {
        events.push(chunk(json!([]), usage(request, reply)));
    }
    events.push("data: [DONE]\n\n".to_owned());
    events
}

/// An error in the middle of the events.
pub(super) fn broken() -> String {
    let error =
        json!({ "error": { "message": "The server is overloaded", "type": "server_error" } });
    format!("data: {error}\n\n")
}

/// The body of an error.
pub(super) fn failure(status: u16, message: &str) -> Value {
    let (type_, code) = match status {
        401 => ("invalid_request_error", json!("invalid_api_key")),
        404 => ("invalid_request_error", json!("model_not_found")),
        429 => ("requests", json!("rate_limit_exceeded")),
        400..=499 => ("invalid_request_error", Value::Null),
        _ => ("server_error", Value::Null),
    };
    json!({ "error": { "message": message, "type": type_, "param": null, "code": code } })
}

fn call((index, call): (usize, &Call)) -> Value {
    json!({
        "id": format!("call_{index}"),
        "type": "function",
        "function": { "name": call.tool, "arguments": call.arguments },
    })
}

fn finish(reply: &Reply) -> &'static str {
    match reply.ends {
        Ends::Length => "length",
        Ends::Filter | Ends::FilteredPrompt => "content_filter",
        Ends::Done if reply.calls.is_empty() => "stop",
        Ends::Done => "tool_calls",
    }
}

/// What was read from the cache is part of what was read, and thoughts are part of what was written.
fn usage(request: &Request, reply: &Reply) -> Value {
    let read = request.usage.read();
    let written = reply.tokens() + reply.thoughts;
    json!({
        "prompt_tokens": read,
        "completion_tokens": written,
        "total_tokens": read + written,
        "prompt_tokens_details": { "cached_tokens": request.usage.cached },
        "completion_tokens_details": { "reasoning_tokens": reply.thoughts },
    })
}
