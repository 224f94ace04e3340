//! What an endpoint says was said.

use countersign_core::message::heard::MOST_CHARACTERS;
use serde_json::Value;

/// The longest recording that is believed, in seconds: a day.
const LONGEST: f64 = 86_400.0;

/// A transcript as an endpoint told it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Said {
    /// Trimmed, bounded, without control characters; empty where nothing was said.
    pub(super) text: String,
    /// How long the recording is, where that is told.
    pub(super) seconds: Option<u32>,
}

/// Reads an answer in the format `json`, whatever else is in it.
pub(super) fn read(body: &[u8]) -> Option<Said> {
    let answer: Value = serde_json::from_slice(body).ok()?;
    let text = answer["text"].as_str()?;
    let plain = text.chars().map(|c| match c {
        '\n' => '\n',
        c if c.is_control() => ' ',
        c => c,
    });
    let text: String = plain.collect();
    let text = text.trim().chars().take(MOST_CHARACTERS).collect();
    // By usage where it is billed by the second; some servers tell the duration beside it.
    let told = [&answer["usage"]["seconds"], &answer["duration"]];
    let seconds = told.into_iter().find_map(Value::as_f64);
    let seconds = seconds.filter(|it| (0.0..=LONGEST).contains(it));
    Some(Said {
        text,
        seconds: seconds.map(|it| it.ceil() as u32),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn o17_an_answer_is_read_whatever_else_is_in_it() {
        let check = |body: &str, expect: Option<(&str, Option<u32>)>| {
            let expect = expect.map(|(text, seconds)| Said {
                text: text.to_owned(),
                seconds,
            });
            assert_eq!(read(body.as_bytes()), expect, "{body}");
        };
        check(
            r#"{"text": " Stock ABC123. "}"#,
            Some(("Stock ABC123.", None)),
        );
        check(
            r#"{"text": "a\u0007b\nc", "usage": {"type": "duration", "seconds": 3}}"#,
            Some(("a b\nc", Some(3))),
        );
        check(r#"{"text": "", "duration": 2.2}"#, Some(("", Some(3))));
        check(
            r#"{"text": "x", "usage": {"type": "tokens", "total_tokens": 9}}"#,
            Some(("x", None)),
        );
        check(r#"{"text": "x", "duration": -4}"#, Some(("x", None)));
        check(r#"{"text": "x", "duration": 1e300}"#, Some(("x", None)));
        for body in ["", "x", "{}", "[]", r#"{"text": 1}"#, r#"{"error": {}}"#] {
            check(body, None);
        }
    }

    #[test]
    fn o17_a_transcript_is_bounded() {
        let body = serde_json::json!({"text": "é".repeat(MOST_CHARACTERS + 1)}).to_string();
        let said = read(body.as_bytes()).unwrap();
        assert_eq!(said.text.chars().count(), MOST_CHARACTERS);
    }
}
