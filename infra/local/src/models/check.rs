//! What every provider demands of a question, as far as it can be said in common words.

use std::collections::BTreeSet;

use countersign_core::model::{Provider, ToolSpec};
use serde_json::{Map, Value};

use super::request::{Message, Part, Request, Role};

/// Everything that is wrong about a question.
pub(super) fn check(request: &Request) -> Vec<String> {
    let mut wrong = Vec::new();
    if request.model.is_empty() {
        wrong.push("no model".to_owned());
    }
    if request.max_tokens == Some(0) {
        wrong.push("max_tokens is 0".to_owned());
    }
    if request.max_tokens.is_none() && request.provider == Provider::Anthropic {
        wrong.push("no max_tokens".to_owned());
    }
    temperature(request, &mut wrong);
    messages(request, &mut wrong);
    calls(&request.messages, &mut wrong);
    let mut names = BTreeSet::new();
    for tool in &request.tools {
        if !names.insert(&tool.name) {
            wrong.push(format!("two tools are called {}", tool.name));
        }
        check_tool(request.provider, tool, &mut wrong);
    }
    wrong
}

fn temperature(request: &Request, wrong: &mut Vec<String>) {
    let Some(temperature) = request.temperature else {
        return;
    };
    let most = match request.provider {
        Provider::Anthropic => 1.0,
        Provider::OpenAi | Provider::Gemini | Provider::Compatible => 2.0,
    };
    if !(0.0..=most).contains(&temperature) {
        wrong.push(format!("temperature {temperature} is not from 0 to {most}"));
    }
    let refuse_it: &[&str] = match request.provider {
        Provider::OpenAi => &["gpt-5", "gpt-6", "o1", "o3", "o4"],
        Provider::Anthropic => &["claude-opus-4-7", "claude-opus-5", "claude-sonnet-5"],
        Provider::Gemini | Provider::Compatible => &[],
    };
    if refuse_it
        .iter()
        .any(|start| request.model.starts_with(start))
    {
        wrong.push(format!("{} takes no temperature", request.model));
    }
}

fn messages(request: &Request, wrong: &mut Vec<String>) {
    let messages = &request.messages;
    match (messages.first(), messages.last()) {
        (Some(first), Some(last)) => {
            if first.role != Role::User {
                wrong.push("the first message is not the user's".to_owned());
            }
            if last.role != Role::User {
                wrong.push("the last message is not the user's".to_owned());
            }
        }
        _ => wrong.push("no messages".to_owned()),
    }
    // OpenAI takes messages as they come. The chat templates behind servers that speak like it
    // often do not.
    let alternates = request.provider != Provider::OpenAi;
    if alternates && messages.windows(2).any(|two| two[0].role == two[1].role) {
        wrong.push("two messages of one role in a row".to_owned());
    }
    let texts = messages.iter().flat_map(|message| &message.parts);
    let texts = texts.filter_map(|part| match part {
        Part::Text(text) => Some(text),
        Part::Call { .. } | Part::Picture { .. } | Part::Result { .. } => None,
    });
    if texts
        .chain(&request.system)
        .any(|text| text.trim().is_empty())
    {
        wrong.push("an empty text".to_owned());
    }
    if messages.iter().any(|message| message.parts.is_empty()) {
        wrong.push("a message without content".to_owned());
    }
}

/// Every call is answered in the very next message, and nothing else is.
fn calls(messages: &[Message], wrong: &mut Vec<String>) {
    let ids = |message: Option<&Message>, id_of: fn(&Part) -> Option<&String>| {
        let parts = message.into_iter().flat_map(|message| &message.parts);
        let ids = parts.filter_map(id_of).cloned();
        ids.collect::<BTreeSet<String>>()
    };
    for index in 0..=messages.len() {
        let before = index.checked_sub(1).and_then(|index| messages.get(index));
        let called = ids(before, called_by);
        let answered = ids(messages.get(index), answered_by);
        for id in called.difference(&answered) {
            wrong.push(format!("call {id} has no result"));
        }
        for id in answered.difference(&called) {
            wrong.push(format!("result {id} has no call"));
        }
    }
}

fn called_by(part: &Part) -> Option<&String> {
    match part {
        Part::Call { id } => Some(id),
        Part::Text(_) | Part::Picture { .. } | Part::Result { .. } => None,
    }
}

fn answered_by(part: &Part) -> Option<&String> {
    match part {
        Part::Result { id } => Some(id),
        Part::Text(_) | Part::Picture { .. } | Part::Call { .. } => None,
    }
}

fn check_tool(provider: Provider, tool: &ToolSpec, wrong: &mut Vec<String>) {
    let name = &tool.name;
    let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    let starts_well = name
        .chars()
        .next()
        .is_some_and(|c| provider != Provider::Gemini || c.is_ascii_alphabetic() || c == '_');
    if name.len() > 64 || !name.chars().all(is_plain) || !starts_well {
        wrong.push(format!("{name:?} is no name of a tool"));
    }
    if tool.description.trim().is_empty() {
        wrong.push(format!("tool {name} has no description"));
    }
    let root = tool.schema.as_object();
    if root.and_then(|root| root.get("type")) != Some(&Value::from("object")) {
        wrong.push(format!("tool {name}: its schema is not of type object"));
    }
    for combined in ["anyOf", "oneOf", "allOf", "enum", "not"] {
        if root.is_some_and(|root| root.contains_key(combined)) {
            wrong.push(format!("tool {name}: its schema has {combined} at the top"));
        }
    }
    schema(&format!("tool {name}"), &tool.schema, &tool.schema, wrong);
}

/// JSON Schema, as far as a provider reads it.
pub(super) fn schema(place: &str, schema_: &Value, root: &Value, wrong: &mut Vec<String>) {
    let fields = match schema_ {
        Value::Bool(_) => return,
        Value::Object(fields) => fields,
        _ => return wrong.push(format!("{place}: a schema is an object, not {schema_}")),
    };
    types(place, fields, wrong);
    if let Some(reference) = fields.get("$ref") {
        let target = reference.as_str().and_then(|text| text.strip_prefix('#'));
        if target.and_then(|pointer| root.pointer(pointer)).is_none() {
            wrong.push(format!("{place}: {reference} points nowhere"));
        }
    }
    let properties = fields.get("properties");
    if let Some(properties) = properties {
        match properties.as_object() {
            Some(properties) => properties
                .iter()
                .for_each(|(name, each)| schema(&format!("{place}.{name}"), each, root, wrong)),
            None => wrong.push(format!("{place}: properties are no object")),
        }
    }
    if let Some(required) = fields.get("required") {
        let is_known = |name: &Value| {
            let name = name.as_str();
            name.is_some_and(|name| properties.is_some_and(|known| known.get(name).is_some()))
        };
        if !required
            .as_array()
            .is_some_and(|names| names.iter().all(is_known))
        {
            wrong.push(format!("{place}: it requires what is no property"));
        }
    }
    for one in ["items", "additionalProperties", "not"] {
        if let Some(inner) = fields.get(one) {
            schema(&format!("{place}.{one}"), inner, root, wrong);
        }
    }
    for several in ["anyOf", "oneOf", "allOf", "prefixItems", "enum"] {
        let Some(each) = fields.get(several) else {
            continue;
        };
        let each = each.as_array().map(Vec::as_slice).unwrap_or_default();
        if each.is_empty() {
            wrong.push(format!("{place}: {several} is no list or an empty one"));
        } else if several != "enum" {
            let place = format!("{place}.{several}");
            each.iter()
                .for_each(|each| schema(&place, each, root, wrong));
        }
    }
}

fn types(place: &str, fields: &Map<String, Value>, wrong: &mut Vec<String>) {
    const KNOWN: [&str; 7] = [
        "object", "array", "string", "number", "integer", "boolean", "null",
    ];
    let is_known = |value: &Value| value.as_str().is_some_and(|name| KNOWN.contains(&name));
    let is_right = match fields.get("type") {
        None => true,
        Some(Value::Array(each)) => !each.is_empty() && each.iter().all(is_known),
        Some(one) => is_known(one),
    };
    if !is_right {
        wrong.push(format!("{place}: {} is no type", fields["type"]));
    }
    if fields.get("type") == Some(&Value::from("array")) && !fields.contains_key("items") {
        wrong.push(format!("{place}: an array without items"));
    }
}

/// The only property of an object's schema when it is one of several words: its name and them.
pub(super) fn one_of(schema: &Value) -> Option<(String, Vec<String>)> {
    let properties = schema.get("properties")?.as_object()?;
    let (name, property) = properties.iter().next()?;
    let words = property.get("enum")?.as_array()?;
    let words = words.iter().filter_map(Value::as_str).map(str::to_owned);
    (properties.len() == 1).then(|| (name.clone(), words.collect()))
}
