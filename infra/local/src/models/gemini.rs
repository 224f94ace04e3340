//! Gemini's `generateContent`.

use countersign_core::model::{Provider, ToolSpec, Usage};
use serde_json::{Map, Value, json};

use super::{
    check, pictures,
    request::{Delivery, Message, Part, Request, Role},
    script::{Ends, Reply},
};

/// What a body may have.
const FIELDS: [&str; 6] = [
    "contents",
    "systemInstruction",
    "tools",
    "toolConfig",
    "generationConfig",
    "safetySettings",
];

/// Reads a body; what is wrong about it goes to `wrong`.
pub(super) fn read(
    model: &str,
    delivery: Delivery,
    body: &Value,
    wrong: &mut Vec<String>,
) -> Request {
    let none = Map::new();
    let fields = body.as_object().unwrap_or(&none);
    for name in fields
        .keys()
        .filter(|name| !FIELDS.contains(&name.as_str()))
    {
        wrong.push(format!("a body has no field {name}"));
    }
    let config = &body["generationConfig"];
    let system = body["systemInstruction"]["parts"].as_array();
    let system = system.into_iter().flatten();
    let contents = body["contents"].as_array().into_iter().flatten();
    Request {
        provider: Provider::Gemini,
        model: model.to_owned(),
        system: system
            .map(|part| part["text"].as_str().unwrap_or_default().to_owned())
            .collect(),
        messages: contents
            .map(|content| read_message(content, wrong))
            .collect(),
        tools: tools(body, wrong),
        one_of: response_schema(config, wrong),
        temperature: config["temperature"].as_f64(),
        max_tokens: config["maxOutputTokens"].as_u64(),
        delivery,
        usage: Usage::default(),
        body: body.clone(),
        marks: Vec::new(),
    }
}

/// A result has no id but the name of its call.
fn read_message(content: &Value, wrong: &mut Vec<String>) -> Message {
    let role = match content["role"].as_str() {
        Some("model") => Role::Model,
        Some("user") => Role::User,
        _ => {
            wrong.push(format!("{} is no role", content["role"]));
            Role::User
        }
    };
    let parts = content["parts"].as_array().into_iter().flatten();
    let parts = parts.map(|part| {
        let name = |field: &str| part[field]["name"].as_str().unwrap_or_default().to_owned();
        if part.get("functionCall").is_some() {
            Part::Call {
                id: name("functionCall"),
            }
        } else if part.get("functionResponse").is_some() {
            Part::Result {
                id: name("functionResponse"),
            }
        } else if let Some(picture) = part.get("inline_data") {
            pictures::read(&picture["mime_type"], &picture["data"], wrong)
        } else {
            Part::Text(part["text"].as_str().unwrap_or_default().to_owned())
        }
    });
    Message {
        role,
        parts: parts.collect(),
    }
}

fn tools(body: &Value, wrong: &mut Vec<String>) -> Vec<ToolSpec> {
    let Some(tools) = body.get("tools") else {
        return Vec::new();
    };
    let tools = tools.as_array().map(Vec::as_slice).unwrap_or_default();
    if tools.len() != 1 {
        wrong.push("tools are not one list of functions".to_owned());
    }
    let functions = tools.iter().flat_map(|tool| {
        let functions = tool["functionDeclarations"].as_array();
        functions.into_iter().flatten()
    });
    let read = |function: &Value| {
        let text = |name: &str| function[name].as_str().unwrap_or_default().to_owned();
        let schema = function.get("parametersJsonSchema");
        ToolSpec {
            name: text("name"),
            description: text("description"),
            schema: schema.unwrap_or(&function["parameters"]).clone(),
        }
    };
    functions.map(read).collect()
}

fn response_schema(config: &Value, wrong: &mut Vec<String>) -> Option<(String, Vec<String>)> {
    let schema = config.get("responseJsonSchema")?;
    if config["responseMimeType"] != "application/json" {
        wrong.push("a schema without the type application/json".to_owned());
    }
    check::schema("responseJsonSchema", schema, schema, wrong);
    check::one_of(schema)
}

/// The answer as one object.
pub(super) fn whole(request: &Request, reply: &Reply) -> Value {
    let text = (!reply.text.is_empty()).then(|| json!({ "text": reply.text }));
    let parts = text.into_iter().chain(calls(reply)).collect();
    last(request, reply, parts)
}

/// The answer as events.
pub(super) fn events(request: &Request, reply: &Reply) -> Vec<String> {
    let pieces = Reply::pieces(&reply.text).into_iter();
    let texts = pieces.map(|piece| {
        json!({
            "candidates": [{ "index": 0, "content": content(vec![json!({ "text": piece })]) }],
            "usageMetadata": { "promptTokenCount": request.usage.read() },
            "modelVersion": request.model,
        })
    });
    let last = last(request, reply, calls(reply).collect());
    let events = texts.chain([last]);
    events.map(|event| format!("data: {event}\n\n")).collect()
}

/// An error in the middle of the events.
pub(super) fn broken() -> String {
    format!("data: {}\n\n", failure(503, "The model is overloaded"))
}

/// The body of an error.
pub(super) fn failure(status: u16, message: &str) -> Value {
    let (name, details) = match status {
        400 => ("INVALID_ARGUMENT", json!([])),
        // A wrong key is 400 with Google, and 401 when there is none.
        401 => ("UNAUTHENTICATED", json!([{ "reason": "API_KEY_INVALID" }])),
        403 => ("PERMISSION_DENIED", json!([])),
        404 => ("NOT_FOUND", json!([])),
        429 => ("RESOURCE_EXHAUSTED", json!([])),
        503 | 529 => ("UNAVAILABLE", json!([])),
        _ => ("INTERNAL", json!([])),
    };
    json!({ "error": { "code": status, "message": message, "status": name, "details": details } })
}

fn content(parts: Vec<Value>) -> Value {
    json!({ "role": "model", "parts": parts })
}

fn calls(reply: &Reply) -> impl Iterator<Item = Value> {
    reply.calls.iter().filter_map(|call| {
        let arguments: Value = serde_json::from_str(&call.arguments).ok()?;
        Some(json!({ "functionCall": { "name": call.tool, "args": arguments } }))
    })
}

/// The object that says why the answer ends. Arguments that are no JSON never leave Google: the
/// answer ends there. A question that the filter stops has no candidate.
fn last(request: &Request, reply: &Reply, parts: Vec<Value>) -> Value {
    let is_readable = |call: &super::Call| serde_json::from_str::<Value>(&call.arguments).is_ok();
    let finish = match reply.ends {
        Ends::FilteredPrompt => {
            return json!({
                "promptFeedback": { "blockReason": "PROHIBITED_CONTENT" },
                "usageMetadata": { "promptTokenCount": request.usage.read() },
                "modelVersion": request.model,
            });
        }
        _ if !reply.calls.iter().all(is_readable) => "MALFORMED_FUNCTION_CALL",
        Ends::Done => "STOP",
        Ends::Length => "MAX_TOKENS",
        Ends::Filter => "SAFETY",
    };
    let mut candidate = json!({ "index": 0, "finishReason": finish });
    if !parts.is_empty() {
        candidate["content"] = content(parts);
    }
    let read = request.usage.read();
    let written = reply.tokens();
    // What was read from the cache is part of what was read; thoughts are not part of the answer.
    let mut usage = json!({
        "promptTokenCount": read,
        "candidatesTokenCount": written,
        "totalTokenCount": read + written + reply.thoughts,
    });
    if request.usage.cached > 0 {
        usage["cachedContentTokenCount"] = json!(request.usage.cached);
    }
    if reply.thoughts > 0 {
        usage["thoughtsTokenCount"] = json!(reply.thoughts);
    }
    json!({
        "candidates": [candidate],
        "usageMetadata": usage,
        "modelVersion": request.model,
    })
}
