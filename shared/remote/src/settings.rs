//! What calls need besides the tools themselves.

use std::collections::BTreeMap;

use countersign_core::Secret;
use serde_json::Value;

use crate::guard::Network;

/// What calls need besides the tools themselves.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The secrets that headers name.
    pub secrets: BTreeMap<String, Secret>,
    /// What may be reached.
    pub network: Network,
}

/// A shorter one can't be taken out of what a service says without harm to its words.
const LEAST_SECRET: usize = 8;
const MOST_SECRET: usize = 4_096;

/// The secrets of the setting `TOOL_SECRETS`: a JSON object of texts by name. None if it is empty.
///
/// # Errors
/// Everything that is wrong with it, without any of the values.
pub fn parse_secrets(text: &str) -> Result<BTreeMap<String, Secret>, Vec<String>> {
    if text.trim().is_empty() {
        return Ok(BTreeMap::new());
    }
    let wants = r#"wants a JSON object of texts by name, such as {"shop_api": "…"}"#;
    let entries = match serde_json::from_str(text) {
        Ok(Value::Object(entries)) => entries,
        Ok(_) => return Err(vec![format!("TOOL_SECRETS: got other JSON, {wants}")]),
        // serde_json's own words may quote what is there.
        Err(why) => {
            let (line, column) = (why.line(), why.column());
            return Err(vec![format!(
                "TOOL_SECRETS: got no JSON (line {line}, column {column}), {wants}"
            )]);
        }
    };
    let mut wrong = Vec::new();
    let mut secrets = BTreeMap::new();
    for (index, (name, value)) in entries.iter().enumerate() {
        let valid = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
        if !(1..=40).contains(&name.len()) || !name.bytes().all(valid) {
            // Whoever mixes up the two sides has a secret for a name.
            wrong.push(format!(
                "TOOL_SECRETS: name {} is wrong, wants 1 to 40 of a-z, 0-9 and _",
                index + 1
            ));
            continue;
        }
        let visible = |b: u8| b == b' ' || b.is_ascii_graphic();
        let right = value.as_str().filter(|value| {
            (LEAST_SECRET..=MOST_SECRET).contains(&value.len())
                && value.trim().len() == value.len()
                && value.bytes().all(visible)
        });
        match right {
            Some(value) => {
                secrets.insert(name.clone(), Secret::new(value));
            }
            None => wrong.push(format!(
                "TOOL_SECRETS: the value of {name} is wrong, wants a text of {LEAST_SECRET} to \
                 {MOST_SECRET} visible ASCII characters with no space around them"
            )),
        }
    }
    if wrong.is_empty() {
        Ok(secrets)
    } else {
        Err(wrong)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a5_secrets_are_read_by_name() {
        let secrets = parse_secrets(r#"{"shop_api": "hunter2hunter2", "b": "a b c d e"}"#).unwrap();
        let read: Vec<_> = secrets
            .iter()
            .map(|(n, s)| (n.as_str(), s.expose()))
            .collect();
        assert_eq!(read, [("b", "a b c d e"), ("shop_api", "hunter2hunter2")]);
        assert!(parse_secrets(" ").unwrap().is_empty());
    }

    #[test]
    fn a5_wrong_secrets_are_never_shown() {
        for text in [
            r#""hunter2hunter2""#,
            r#"["hunter2hunter2"]"#,
            r#"{"a": "hunter2hunter2"#,
            r#"{"a": hunter2hunter2}"#,
            r#"{"hunter2-HUNTER2": "a"}"#,
            r#"{"a": ["hunter2hunter2"]}"#,
            r#"{"a": "hunter2hunter2\n"}"#,
            r#"{"a": "hunter2"}"#,
            r#"{"a": {"b": "hunter2hunter2"}}"#,
        ] {
            let wrong = parse_secrets(text).unwrap_err();
            assert_eq!(wrong.len(), 1, "{wrong:?}");
            assert!(wrong[0].starts_with("TOOL_SECRETS: "), "{wrong:?}");
            assert!(!wrong[0].to_lowercase().contains("hunter2"), "{wrong:?}");
        }
    }
}
