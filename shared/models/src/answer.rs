//! What the end of genai's stream comes to.

use std::sync::{Arc, Mutex, PoisonError};

use countersign_core::model::{Answer, Ended, ModelName, Prompt, Provider, Shape, Usage, Wanted};
use genai::chat::{FrameCtx, RawFrameRef, StopReason, StreamEnd, ToolCall};
use serde_json::{Map, Value};

use crate::{AskError, fault::Meaning, request::ANSWER};

/// The answer whose words are `text` and whose stream ended with `end`.
///
/// # Errors
/// When it was cut off on the way, or is none to this prompt.
pub(crate) fn answer(
    meaning: &Meaning<'_>,
    prompt: &Prompt,
    text: &str,
    mut end: StreamEnd,
) -> Result<Answer, AskError> {
    let name = meaning.name;
    let usage = end.captured_usage.take().map(usage).unwrap_or_default();
    let ended = match &end.captured_stop_reason {
        // Gemini's stream has no end but the reason for it; genai ends it anyway.
        None if name.provider == Provider::Gemini => return Err(broken_off(meaning)),
        Some(StopReason::Other(reason)) if reason == "MALFORMED_FUNCTION_CALL" => {
            return Err(AskError::Malformed {
                why: format!("{name} called a tool in words that its provider can't read"),
                usage,
            });
        }
        reason => ended(reason.as_ref()),
    };
    let calls = end.captured_into_tool_calls().unwrap_or_default();
    let calls = wanted(name.provider, calls);
    let answer = Answer {
        text: text.to_owned(),
        calls,
        ended,
        usage,
    };
    shaped(name, prompt, answer)
}

/// The answer in the shape that the prompt asks for.
pub(crate) fn shaped(
    name: &ModelName,
    prompt: &Prompt,
    answer: Answer,
) -> Result<Answer, AskError> {
    match &prompt.shape {
        Shape::Free => Ok(answer),
        Shape::OneOf(words) => one_of(name, words, answer),
    }
}

/// The answer came to no end.
pub(crate) fn broken_off(meaning: &Meaning<'_>) -> AskError {
    meaning.transient(None, "broke its answer off")
}

/// Tokens by what they cost. genai's count of what was read includes the cache, whatever the
/// provider's does.
fn usage(usage: genai::chat::Usage) -> Usage {
    let count = |tokens: Option<i32>| u64::try_from(tokens.unwrap_or(0)).unwrap_or(0);
    let details = usage.prompt_tokens_details.unwrap_or_default();
    let cached = count(details.cached_tokens);
    let cache_written = count(details.cache_creation_tokens);
    let thoughts = usage.completion_tokens_details.unwrap_or_default();
    let output = usage.completion_tokens.or(thoughts.reasoning_tokens);
    Usage {
        input: count(usage.prompt_tokens).saturating_sub(cached + cache_written),
        cached,
        cache_written,
        output: count(output),
    }
}

fn ended(reason: Option<&StopReason>) -> Ended {
    match reason {
        Some(StopReason::MaxTokens(_)) => Ended::Length,
        Some(StopReason::ContentFilter(_)) => Ended::Filtered,
        Some(
            StopReason::Completed(_)
            | StopReason::ToolCall(_)
            | StopReason::StopSequence(_)
            | StopReason::Other(_),
        )
        | None => Ended::Done,
    }
}

fn wanted(provider: Provider, calls: Vec<ToolCall>) -> Vec<Wanted> {
    let speaks_openai = matches!(provider, Provider::OpenAi | Provider::Compatible);
    let mut wanted = Vec::new();
    for (index, call) in calls.iter().enumerate() {
        // Where a server counts calls from 1, genai fills the gap with a copy of what follows.
        let is_copy = speaks_openai
            && calls[index + 1..]
                .iter()
                .any(|later| later.call_id == call.call_id);
        if !is_copy {
            wanted.push(Wanted {
                tool: call.fn_name.clone(),
                arguments: arguments(&call.fn_arguments),
            });
        }
    }
    wanted
}

/// A tool that takes nothing is called with `{}`, with nothing, or with an empty text.
fn arguments(value: &Value) -> Value {
    match value {
        Value::Null => Value::Object(Map::new()),
        Value::String(text) if text.trim().is_empty() => Value::Object(Map::new()),
        other => other.clone(),
    }
}

/// Takes the word out of what it is wrapped in and checks that it is one of `words`.
fn one_of(name: &ModelName, words: &[String], answer: Answer) -> Result<Answer, AskError> {
    let said = answer
        .calls
        .iter()
        .find(|call| call.tool == ANSWER)
        .map(|call| call.arguments.clone())
        .or_else(|| serde_json::from_str(&answer.text).ok());
    let said = match &said {
        Some(Value::Object(fields)) => fields.get(ANSWER).and_then(Value::as_str),
        Some(Value::String(word)) => Some(word.as_str()),
        _ => Some(answer.text.as_str()),
    };
    let said = said.map(|word| word.trim_matches(|c: char| !c.is_alphanumeric()));
    let word = words.iter().find(|word| {
        said.is_some_and(|said| {
            said.eq_ignore_ascii_case(word.trim_matches(|c: char| !c.is_alphanumeric()))
        })
    });
    match word {
        Some(word) => Ok(Answer {
            text: word.clone(),
            calls: Vec::new(),
            ended: Ended::Done,
            usage: answer.usage,
        }),
        None => Err(AskError::Malformed {
            why: match answer.ended {
                Ended::Done => format!("{name} answered none of {} words", words.len()),
                Ended::Length => format!(
                    "{name} had no room for one of {} words; thoughts count too, so give it more \
                     tokens or take a model that answers at once",
                    words.len()
                ),
                Ended::Filtered => format!("{name} was stopped by its provider's filter"),
            },
            usage: answer.usage,
        }),
    }
}

/// Whether Gemini's filter let the prompt through. Its answer then has no candidate, which genai
/// takes for an error without a cause.
#[derive(Debug, Clone, Default)]
pub(crate) struct Blocked(Arc<Mutex<Option<Usage>>>);

impl Blocked {
    /// Looks at every piece of the answer.
    pub(crate) fn watch(&self) -> impl Fn(&FrameCtx, RawFrameRef<'_>) + Send + Sync + 'static {
        let blocked = self.clone();
        move |_, frame| {
            if !frame.data.contains("blockReason") {
                return;
            }
            let Some(body) = frame.json() else { return };
            if body.pointer("/promptFeedback/blockReason").is_some() {
                let read = body.pointer("/usageMetadata/promptTokenCount");
                let usage = Usage {
                    input: read.and_then(Value::as_u64).unwrap_or(0),
                    ..Usage::default()
                };
                *blocked.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(usage);
            }
        }
    }

    /// The answer that a stopped prompt gets.
    pub(crate) fn answer(&self) -> Option<Answer> {
        let usage = (*self.0.lock().unwrap_or_else(PoisonError::into_inner))?;
        Some(Answer {
            text: String::new(),
            calls: Vec::new(),
            ended: Ended::Filtered,
            usage,
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn call(id: &str, arguments: Value) -> ToolCall {
        ToolCall {
            call_id: id.to_owned(),
            fn_name: "stock".to_owned(),
            fn_arguments: arguments,
            thought_signatures: None,
        }
    }

    #[test]
    fn a10_a_call_without_arguments_has_an_empty_object() {
        for nothing in [json!(null), json!(""), json!(" "), json!({})] {
            let calls = wanted(Provider::OpenAi, vec![call("1", nothing)]);
            assert_eq!(calls[0].arguments, json!({}));
        }
        let calls = wanted(Provider::OpenAi, vec![call("1", json!("{\"sku\""))]);
        assert_eq!(calls[0].arguments, json!("{\"sku\""));
    }

    #[test]
    fn a10_a_call_that_only_fills_a_gap_is_none() {
        let calls = vec![call("b", json!("")), call("b", json!({"sku": "A"}))];
        let kept = wanted(Provider::Compatible, calls.clone());
        assert_eq!(kept.len(), 1);
        assert_eq!(kept[0].arguments, json!({"sku": "A"}));
        // Gemini gives calls no ids, and genai's stand-ins repeat.
        assert_eq!(wanted(Provider::Gemini, calls).len(), 2);
    }

    #[test]
    fn a10_a_word_is_found_in_its_wrapping_and_nothing_else_is() {
        let name: ModelName = "openai:gpt-4o-mini".parse().unwrap();
        let words = ["booking", "general"].map(str::to_owned);
        let check = |text: &str, expect: Option<&str>| {
            let answer = Answer {
                text: text.to_owned(),
                calls: Vec::new(),
                ended: Ended::Done,
                usage: Usage::default(),
            };
            let got = one_of(&name, &words, answer).ok().map(|answer| answer.text);
            assert_eq!(got.as_deref(), expect, "{text:?}");
        };
        check(r#"{"answer": "booking"}"#, Some("booking"));
        check("booking", Some("booking"));
        check("\"Booking\"", Some("booking"));
        check("General.", Some("general"));
        check(r#"{"answer": "payment"}"#, None);
        check(r#"{"kind": "booking"}"#, None);
        check("booking or general", None);
        check("", None);
        check("7", None);
    }

    #[test]
    fn a10_tokens_are_told_apart_by_what_they_cost() {
        let read: genai::chat::Usage = serde_json::from_value(json!({
            "prompt_tokens": 100, "completion_tokens": 7, "total_tokens": 107,
            "prompt_tokens_details": {"cached_tokens": 60, "cache_creation_tokens": 30},
        }))
        .unwrap();
        let expect = Usage {
            input: 10,
            cached: 60,
            cache_written: 30,
            output: 7,
        };
        assert_eq!(usage(read), expect);
        // Gemini when all its output was thought.
        let thought: genai::chat::Usage = serde_json::from_value(json!({
            "prompt_tokens": 5, "completion_tokens_details": {"reasoning_tokens": 50},
        }))
        .unwrap();
        assert_eq!(usage(thought).output, 50);
    }
}
