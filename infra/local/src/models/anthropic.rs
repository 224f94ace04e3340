//! Anthropic's messages.

use countersign_core::model::{Provider, ToolSpec, Usage};
use serde_json::{Map, Value, json};

use super::{
    check, pictures,
    request::{Delivery, Message, Part, Request, Role},
    script::{Ends, Reply},
};

/// The API's version that every request names.
pub(super) const VERSION: &str = "2023-06-01";

/// What a body may have.
const FIELDS: [&str; 11] = [
    "model",
    "max_tokens",
    "messages",
    "system",
    "stream",
    "temperature",
    "tools",
    "tool_choice",
    "top_p",
    "stop_sequences",
    "thinking",
];

/// So many cache marks a request may have.
const MOST_MARKS: usize = 4;

/// Reads a body; what is wrong about it goes to `wrong`.
pub(super) fn read(body: &Value, wrong: &mut Vec<String>) -> Request {
    let none = Map::new();
    let fields = body.as_object().unwrap_or(&none);
    for name in fields
        .keys()
        .filter(|name| !FIELDS.contains(&name.as_str()))
    {
        wrong.push(format!("a body has no field {name}"));
    }
    // In the order in which it is cached, which is that of `Request::readable`.
    let mut marks = Marks::default();
    let tools = tools(body, &mut marks);
    let system = match &body["system"] {
        Value::Null => Vec::new(),
        Value::String(text) => {
            marks.see(&Value::Null);
            vec![text.clone()]
        }
        blocks => blocks
            .as_array()
            .into_iter()
            .flatten()
            .map(|block| {
                marks.see(block);
                block["text"].as_str().unwrap_or_default().to_owned()
            })
            .collect(),
    };
    let messages = body["messages"].as_array().into_iter().flatten();
    let messages = messages
        .map(|message| read_message(message, &mut marks, wrong))
        .collect();
    if marks.at.len() > MOST_MARKS {
        wrong.push(format!(
            "{} cache marks, {MOST_MARKS} at most",
            marks.at.len()
        ));
    }
    Request {
        provider: Provider::Anthropic,
        model: body["model"].as_str().unwrap_or_default().to_owned(),
        system,
        messages,
        one_of: forced(body, &tools, wrong),
        tools,
        temperature: body["temperature"].as_f64(),
        max_tokens: body["max_tokens"].as_u64(),
        delivery: match body["stream"].as_bool() {
            Some(true) => Delivery::Streamed,
            _ => Delivery::Whole,
        },
        usage: Usage::default(),
        body: body.clone(),
        marks: marks.at,
    }
}

/// Where the cache marks are.
#[derive(Default)]
struct Marks {
    seen: usize,
    at: Vec<usize>,
}

impl Marks {
    fn see(&mut self, block: &Value) {
        if block["cache_control"]["type"] == "ephemeral" {
            self.at.push(self.seen);
        }
        self.seen += 1;
    }
}

fn read_message(message: &Value, marks: &mut Marks, wrong: &mut Vec<String>) -> Message {
    let role = match message["role"].as_str() {
        Some("assistant") => Role::Model,
        Some("user") => Role::User,
        _ => {
            wrong.push(format!("{} is no role", message["role"]));
            Role::User
        }
    };
    let parts = match &message["content"] {
        Value::String(text) => {
            marks.see(&Value::Null);
            vec![Part::Text(text.clone())]
        }
        blocks => blocks
            .as_array()
            .into_iter()
            .flatten()
            .map(|block| {
                marks.see(block);
                let text = |name: &str| block[name].as_str().unwrap_or_default().to_owned();
                match block["type"].as_str() {
                    Some("tool_use") => Part::Call { id: text("id") },
                    Some("tool_result") => Part::Result {
                        id: text("tool_use_id"),
                    },
                    Some("text") => Part::Text(text("text")),
                    Some("image") => {
                        let source = &block["source"];
                        if source["type"] != "base64" {
                            wrong.push(format!("{} is no source of a picture", source["type"]));
                        }
                        pictures::read(&source["media_type"], &source["data"], wrong)
                    }
                    _ => {
                        wrong.push(format!("{} is no type of a block", block["type"]));
                        Part::Text(text("text"))
                    }
                }
            })
            .collect(),
    };
    Message { role, parts }
}

fn tools(body: &Value, marks: &mut Marks) -> Vec<ToolSpec> {
    let tools = body["tools"].as_array().into_iter().flatten();
    let read = |tool: &Value| {
        marks.see(tool);
        ToolSpec {
            name: tool["name"].as_str().unwrap_or_default().to_owned(),
            description: tool["description"].as_str().unwrap_or_default().to_owned(),
            schema: tool["input_schema"].clone(),
        }
    };
    tools.map(read).collect()
}

/// The words that a tool which must be called leaves the choice of.
fn forced(
    body: &Value,
    tools: &[ToolSpec],
    wrong: &mut Vec<String>,
) -> Option<(String, Vec<String>)> {
    let choice = body.get("tool_choice")?;
    if choice["type"] != "tool" {
        return None;
    }
    let tool = tools.iter().find(|tool| choice["name"] == tool.name);
    if tool.is_none() {
        wrong.push(format!(
            "tool_choice names {}, which is no tool",
            choice["name"]
        ));
    }
    check::one_of(&tool?.schema)
}

/// What the answer consists of. A word to choose is a call of the tool that has it.
fn blocks(request: &Request, reply: &Reply) -> Vec<(Value, Vec<Value>)> {
    let mut blocks = Vec::new();
    let mut calls: Vec<(String, String)> = Vec::new();
    match &request.one_of {
        Some((field, _)) if !reply.text.is_empty() => {
            let tool = &request.body["tool_choice"]["name"];
            let arguments = json!({ field: reply.text }).to_string();
            calls.push((tool.as_str().unwrap_or_default().to_owned(), arguments));
        }
        _ if !reply.text.is_empty() => {
            let pieces = Reply::pieces(&reply.text).into_iter();
            let pieces = pieces.map(|piece| json!({ "type": "text_delta", "text": piece }));
            blocks.push((json!({ "type": "text", "text": "" }), pieces.collect()));
        }
        _ => {}
    }
    let scripted = reply.calls.iter();
    calls.extend(scripted.map(|call| (call.tool.clone(), call.arguments.clone())));
    for (index, (tool, arguments)) in calls.into_iter().enumerate() {
        let start = json!({
            "type": "tool_use", "id": format!("toolu_{index}"), "name": tool, "input": {},
        });
        let pieces = Reply::pieces(&arguments).into_iter();
        let pieces =
            pieces.map(|piece| json!({ "type": "input_json_delta", "partial_json": piece }));
        blocks.push((start, pieces.collect()));
    }
    blocks
}

/// The answer as one object.
pub(super) fn whole(request: &Request, reply: &Reply) -> Value {
    let content = blocks(request, reply)
        .into_iter()
        .map(|(mut block, deltas)| {
            let joined = |name: &str| -> String {
                let pieces = deltas.iter().filter_map(|delta| delta[name].as_str());
                pieces.collect()
            };
            if block["type"] == "text" {
                block["text"] = json!(joined("text"));
            } else {
                let input = joined("partial_json");
                block["input"] = serde_json::from_str(&input).unwrap_or(Value::String(input));
            }
            block
        });
    json!({
        "id": "msg_local",
        "type": "message",
        "role": "assistant",
        "model": request.model,
        "content": content.collect::<Vec<_>>(),
        "stop_reason": stop_reason(request, reply),
        "stop_sequence": null,
        "usage": usage(request, reply.tokens() + reply.thoughts),
    })
}

/// The answer as events.
pub(super) fn events(request: &Request, reply: &Reply) -> Vec<String> {
    let mut events = vec![event(json!({
        "type": "message_start",
        "message": {
            "id": "msg_local",
            "type": "message",
            "role": "assistant",
            "model": request.model,
            "content": [],
            "stop_reason": null,
            "stop_sequence": null,
            "usage": usage(request, 1),
        },
    }))];
    for (index, (start, deltas)) in blocks(request, reply).into_iter().enumerate() {
        events.push(event(json!({
            "type": "content_block_start", "index": index, "content_block": start,
        })));
        events.push(event(json!({ "type": "ping" })));
        for delta in deltas {
            events.push(event(json!({
                "type": "content_block_delta", "index": index, "delta": delta,
            })));
        }
        events.push(event(
            json!({ "type": "content_block_stop", "index": index }),
        ));
    }
    events.push(event(json!({
        "type": "message_delta",
        "delta": { "stop_reason": stop_reason(request, reply), "stop_sequence": null },
        "usage": { "output_tokens": reply.tokens() + reply.thoughts },
    })));
    events.push(event(json!({ "type": "message_stop" })));
    events
}

/// An error in the middle of the events.
pub(super) fn broken() -> String {
    event(json!({
        "type": "error",
        "error": { "type": "overloaded_error", "message": "Overloaded" },
    }))
}

/// The body of an error.
pub(super) fn failure(status: u16, message: &str) -> Value {
    let type_ = match status {
        401 => "authentication_error",
        403 => "permission_error",
        404 => "not_found_error",
        413 => "request_too_large",
        429 => "rate_limit_error",
        529 => "overloaded_error",
        400..=499 => "invalid_request_error",
        _ => "api_error",
    };
    json!({ "type": "error", "error": { "type": type_, "message": message } })
}

fn event(data: Value) -> String {
    let name = data["type"].as_str().unwrap_or_default();
    format!("event: {name}\ndata: {data}\n\n")
}

fn stop_reason(request: &Request, reply: &Reply) -> &'static str {
    match reply.ends {
        Ends::Length => "max_tokens",
        Ends::Filter | Ends::FilteredPrompt => "refusal",
        Ends::Done if reply.calls.is_empty() && request.one_of.is_none() => "end_turn",
        Ends::Done => "tool_use",
    }
}

/// What was read from the cache or written to it comes on top of what was read.
fn usage(request: &Request, output: u64) -> Value {
    json!({
        "input_tokens": request.usage.input,
        "cache_read_input_tokens": request.usage.cached,
        "cache_creation_input_tokens": request.usage.cache_written,
        "output_tokens": output,
    })
}
