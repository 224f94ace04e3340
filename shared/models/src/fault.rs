//! What genai's errors mean. Some of them print requests and answers, so none is passed on: only a
//! status and the provider's own short code are kept.

use std::time::Duration;

use countersign_core::model::{ModelName, Usage};
use genai::webc::StreamTimeout;
use http::{HeaderMap, StatusCode, header::RETRY_AFTER};
use serde_json::Value;

use crate::{AskError, settings::Access};

/// The longest wait that an answer can ask for.
const LONGEST_WAIT: Duration = Duration::from_secs(3600);

/// Says what an error of genai's means.
pub(crate) struct Meaning<'a> {
    pub(crate) name: &'a ModelName,
    pub(crate) access: &'a Access,
}

impl Meaning<'_> {
    pub(crate) fn of(&self, error: genai::Error) -> AskError {
        use genai::Error as E;
        match error {
            E::WebStream { error, .. } => self.of_connection(error.as_ref()),
            E::HttpError {
                status,
                body,
                headers,
                ..
            } => self.of_status(status, &body, &headers),
            E::ChatResponse { body, .. } => self.of_event(&body),
            E::StreamParse { .. }
            | E::SerdeJson(_)
            | E::JsonValueExt(_)
            | E::InvalidJsonResponseElement { .. }
            | E::NoChatResponse { .. } => self.malformed("sent JSON that can't be read"),
            // What is left arises before anything is sent.
            _ => AskError::Refused(format!(
                "no question to {} could be made; check its name and its base_url in MODELS",
                self.name
            )),
        }
    }

    fn of_connection(&self, error: &(dyn std::error::Error + Send + Sync + 'static)) -> AskError {
        if let Some(genai::Error::HttpError {
            status,
            body,
            headers,
            ..
        }) = error.downcast_ref()
        {
            return self.of_status(*status, body, headers);
        }
        if let Some(silence) = error.downcast_ref::<StreamTimeout>() {
            return AskError::Timeout(match silence {
                StreamTimeout::Headers => format!("{} did not begin to answer in time", self.name),
                StreamTimeout::Read => format!("{} fell silent within its answer", self.name),
            });
        }
        match error.downcast_ref::<reqwest::Error>() {
            Some(error) if error.is_builder() => AskError::Refused(format!(
                "no question to {} could be made; check its key and base_url in MODELS",
                self.name
            )),
            Some(error) if error.is_connect() => {
                self.transient(None, &format!("can't be reached ({})", cause(error)))
            }
            Some(error) => {
                self.transient(None, &format!("broke the connection ({})", cause(error)))
            }
            None => self.malformed("sent bytes that are no text"),
        }
    }

    /// An answer other than 2xx.
    fn of_status(&self, status: StatusCode, body: &str, headers: &HeaderMap) -> AskError {
        let body = serde_json::from_str(body).unwrap_or(Value::Null);
        let code = self.code(&body);
        let told = match &code {
            Some(code) => format!("{} ({code})", status.as_u16()),
            None => status.as_u16().to_string(),
        };
        let retry_after = asked_wait(headers).or_else(|| gemini_wait(&body));
        let code = code.unwrap_or_default();
        let is_out_of_credit =
            ["insufficient_quota", "billing_error", "billing_not_active"].contains(&code.as_str());
        let refused =
            |advice: &str| AskError::Refused(format!("{} answered {told}: {advice}", self.name));
        match status.as_u16() {
            402 => refused("the account has no credit"),
            429 if is_out_of_credit => refused("the account has no credit"),
            429 => AskError::Limited {
                retry_after,
                why: format!("{} answered {told}: it wants fewer questions", self.name),
            },
            401 | 403 => refused("check the provider's key in MODELS and what it may do"),
            400 if code == "API_KEY_INVALID" => refused("check the provider's key in MODELS"),
            404 => refused("check the model's name and the provider's base_url in MODELS"),
            413 => refused("the prompt is too long"),
            400 if code == "context_length_exceeded" => refused("the prompt is too long"),
            408 | 409 | 425 | 500..=599 => self.transient(retry_after, &format!("answered {told}")),
            300..=399 => refused("it is elsewhere; check the provider's base_url in MODELS"),
            _ => refused(
                "it can't take this request; check that the model has tools and JSON schemas",
            ),
        }
    }

    /// An error that comes where a piece of the answer was expected.
    fn of_event(&self, body: &Value) -> AskError {
        let code = self.code(body).unwrap_or_default();
        let told = if code.is_empty() { "no code" } else { &code };
        let why = format!("{} broke its answer off ({told})", self.name);
        let has = |parts: &[&str]| parts.iter().any(|part| code.contains(part));
        if has(&["rate_limit", "RESOURCE_EXHAUSTED"]) {
            AskError::Limited {
                retry_after: gemini_wait(body),
                why,
            }
        } else if has(&[
            "invalid_request",
            "authentication",
            "permission",
            "not_found",
        ]) {
            AskError::Refused(why)
        } else {
            AskError::Transient {
                retry_after: None,
                why,
            }
        }
    }

    pub(crate) fn transient(&self, retry_after: Option<Duration>, why: &str) -> AskError {
        AskError::Transient {
            retry_after,
            why: format!("{} {why}", self.name),
        }
    }

    fn malformed(&self, why: &str) -> AskError {
        AskError::Malformed {
            why: format!("{} {why}", self.name),
            usage: Usage::default(),
        }
    }

    /// The provider's own short code. Whatever doesn't look like one, or like the key, is left out.
    fn code(&self, body: &Value) -> Option<String> {
        let error = body.get("error").unwrap_or(body);
        let reason = || {
            let details = error.get("details")?.as_array()?;
            details.iter().find_map(|detail| detail.get("reason"))
        };
        // Gemini's code is the status once more; `status` names it, and a reason is closer still.
        let code = [
            reason(),
            error.get("code"),
            error.get("status"),
            error.get("type"),
        ]
        .into_iter()
        .flatten()
        .find_map(Value::as_str)?;
        let is_code = (1..=60).contains(&code.len())
            && code
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte));
        let key = self.access.key.as_ref().map(|key| key.expose());
        let is_key = key.is_some_and(|key| code.contains(key) || key.contains(code));
        (is_code && !is_key).then(|| code.to_owned())
    }
}

/// The innermost cause, such as a refused connection or a name that can't be looked up. What stands
/// around it has the URL.
fn cause(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause.to_string()
}

/// `Retry-After` in seconds, or in OpenAI's milliseconds. No provider sends a date.
fn asked_wait(headers: &HeaderMap) -> Option<Duration> {
    let number = |name: &str| headers.get(name)?.to_str().ok()?.trim().parse::<f64>().ok();
    let seconds = number("retry-after-ms")
        .map(|ms| ms / 1000.0)
        .or_else(|| number(RETRY_AFTER.as_str()))?;
    seconds_of(seconds)
}

/// Gemini says it in the body: `"retryDelay": "37s"`.
fn gemini_wait(body: &Value) -> Option<Duration> {
    let details = body.get("error")?.get("details")?.as_array()?;
    let delay = details.iter().find_map(|detail| detail.get("retryDelay"))?;
    seconds_of(delay.as_str()?.strip_suffix('s')?.parse().ok()?)
}

fn seconds_of(seconds: f64) -> Option<Duration> {
    let wait = Duration::try_from_secs_f64(seconds).ok()?;
    Some(wait.min(LONGEST_WAIT))
}

#[cfg(test)]
mod tests {
    use countersign_core::Secret;
    use serde_json::json;

    use super::*;

    fn meaning(status: u16, body: &Value, headers: &[(&'static str, &str)]) -> AskError {
        let access = Access {
            base_url: "http://127.0.0.1:9/".to_owned(),
            key: Some(Secret::new("sk-very-secret")),
        };
        let name = "openai:gpt-4o".parse().unwrap();
        let meaning = Meaning {
            name: &name,
            access: &access,
        };
        let headers = headers
            .iter()
            .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()))
            .collect();
        let status = StatusCode::from_u16(status).unwrap();
        meaning.of_status(status, &body.to_string(), &headers)
    }

    #[test]
    fn o8_a_wait_is_read_from_wherever_the_provider_says_it() {
        let check = |body: &Value, headers: &[(&'static str, &str)], expect: Option<u64>| {
            let error = meaning(429, body, headers);
            assert!(matches!(error, AskError::Limited { .. }), "{error:?}");
            assert_eq!(error.retry_after(), expect.map(Duration::from_millis));
        };
        let gemini = json!({"error": {"code": 429, "details": [{"retryDelay": "37s"}]}});
        check(&Value::Null, &[], None);
        check(&Value::Null, &[("retry-after", "2")], Some(2_000));
        check(&Value::Null, &[("retry-after", "0.5")], Some(500));
        check(
            &Value::Null,
            &[("retry-after", "1"), ("retry-after-ms", "250")],
            Some(250),
        );
        check(&Value::Null, &[("retry-after", "99999")], Some(3_600_000));
        check(&Value::Null, &[("retry-after", "-1")], None);
        check(&Value::Null, &[("retry-after", "soon")], None);
        check(&gemini, &[], Some(37_000));
    }

    #[test]
    fn a10_a_refusal_says_what_to_do() {
        let check = |status: u16, error: Value, parts: &[&str]| {
            let refused = meaning(status, &json!({ "error": error }), &[]);
            assert!(matches!(refused, AskError::Refused(_)), "{refused:?}");
            let told = refused.to_string();
            for part in parts {
                assert!(told.contains(part), "{part} is not in {told}");
            }
        };
        check(
            401,
            json!({"code": "invalid_api_key"}),
            &["openai:gpt-4o answered 401 (invalid_api_key): check the provider's key"],
        );
        check(
            429,
            json!({"code": "insufficient_quota", "type": "insufficient_quota"}),
            &["429 (insufficient_quota): the account has no credit"],
        );
        check(
            404,
            json!({"type": "not_found_error"}),
            &["the model's name"],
        );
        check(
            400,
            json!({"code": 400, "status": "INVALID_ARGUMENT",
                   "details": [{"reason": "API_KEY_INVALID"}]}),
            &["400 (API_KEY_INVALID): check the provider's key"],
        );
        check(
            400,
            json!({"code": "context_length_exceeded"}),
            &["the prompt is too long"],
        );
        check(301, json!({}), &["301: it is elsewhere"]);
    }

    #[test]
    fn a10_nothing_of_a_body_but_its_code_is_told() {
        let check = |error: Value| {
            for status in [400, 401, 429, 500] {
                let told = meaning(status, &json!({ "error": error }), &[]);
                let told = format!("{told} {told:?}");
                assert!(!told.contains("secret"), "{told}");
            }
        };
        check(json!({"message": "Incorrect key sk-very-secret", "code": null}));
        check(json!({"code": "sk-very-secret"}));
        check(json!({"code": "key:sk-very-secret"}));
        check(json!({"type": "very-secret"}));
        check(json!({"code": "a secret sentence about the customer"}));
        check(json!("a secret"));
    }
}
