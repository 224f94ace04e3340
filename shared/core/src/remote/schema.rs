//! The schema of a tool's arguments: whether it is one, and what it says of an argument.

use jsonschema::{FancyRegex, PatternOptions, Validator};
use serde_json::{Map, Value};

/// The most bytes of a schema as JSON: every prompt pays for it.
pub const MOST_SCHEMA: usize = 16 * 1024;

/// How often a pattern may go back in a text before it counts as not matching: a pattern of an
/// MCP server's may be slow by accident or on purpose, and the text is a model's.
const MOST_BACKTRACKING: usize = 10_000;

/// Everything that is wrong with a schema: what it got and wants.
pub(super) fn faults(schema: &Value) -> Vec<(String, String)> {
    let mut faults = Vec::new();
    let mut note = |got: String, wants: &str| faults.push((got, wants.to_owned()));
    let length = schema.to_string().len();
    if length > MOST_SCHEMA {
        // Whatever else is wrong with it is not worth the time that looking takes.
        note(format!("{length} bytes"), "at most 16 KB as JSON");
        return faults;
    }
    if schema["type"] != "object" {
        note(
            format!("type {}", schema["type"]),
            "type \"object\": arguments have names",
        );
    }
    match schema["properties"].as_object() {
        Some(properties) => {
            for name in properties.keys().filter(|name| !is_argument(name)) {
                note(
                    format!("a property {}", crate::agent::quoted(name)),
                    "names of 1 to 64 of letters, digits, _, - and ., as models take them",
                );
            }
        }
        None => note(
            "no properties".to_owned(),
            "properties, {} when there are none",
        ),
    }
    if let Some(reference) = remote_reference(schema) {
        note(
            format!("$ref to {}", crate::agent::quoted(reference)),
            "references within the schema, such as #/$defs/day: nothing is fetched",
        );
    } else if let Err(why) = compiled(schema) {
        note(
            why.chars().take(200).collect(),
            "a JSON Schema of draft 2020-12",
        );
    }
    faults
}

/// What checks arguments.
pub(super) fn compiled(schema: &Value) -> Result<Validator, String> {
    let patterns: PatternOptions<FancyRegex> = PatternOptions::fancy_regex();
    jsonschema::options()
        .should_validate_formats(true)
        .with_pattern_options(patterns.backtrack_limit(MOST_BACKTRACKING))
        .build(schema)
        .map_err(|why| format!("{} at {}", why.masked(), why.instance_path()))
}

/// Whether models can be told of an argument of this name.
pub(super) fn is_argument(name: &str) -> bool {
    let valid = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.');
    (1..=64).contains(&name.len()) && name.bytes().all(valid)
}

pub(super) fn properties(schema: &Value) -> Option<&Map<String, Value>> {
    schema["properties"].as_object()
}

pub(super) fn is_required(schema: &Value, name: &str) -> bool {
    let required = schema["required"].as_array();
    required.is_some_and(|names| names.iter().any(|one| one == name))
}

/// The types that an argument may have, when its schema says so itself.
pub(super) fn types<'a>(schema: &'a Value, name: &str) -> Vec<&'a str> {
    match properties(schema).map(|properties| &properties.get(name).unwrap_or(&Value::Null)["type"])
    {
        Some(Value::String(one)) => vec![one],
        Some(Value::Array(many)) => many.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

/// Whether an argument is always one word, number or truth value.
pub(super) fn is_scalar(schema: &Value, name: &str) -> bool {
    let types = types(schema, name);
    let scalar = |one: &&str| matches!(*one, "string" | "integer" | "number" | "boolean");
    !types.is_empty() && types.iter().all(scalar)
}

/// A reference to another document, if there is one.
fn remote_reference(schema: &Value) -> Option<&str> {
    match schema {
        Value::Object(fields) => fields.iter().find_map(|(name, value)| {
            let is_reference = matches!(name.as_str(), "$ref" | "$dynamicRef" | "$recursiveRef");
            match value.as_str().filter(|_| is_reference) {
                Some(reference) => Some(reference).filter(|it| !it.starts_with('#')),
                None => remote_reference(value),
            }
        }),
        Value::Array(items) => items.iter().find_map(remote_reference),
        _ => None,
    }
}
