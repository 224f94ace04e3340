//! What a provider's answer to a send means, the same way for every provider.
//!
//! No provider takes an idempotency key. A message is sent again only after an answer that says it
//! wasn't taken, or when nothing can have reached the provider; whatever else happens leaves its
//! fate open, for a status to settle.

use std::{borrow::Cow, error::Error, time::Duration};

use countersign_core::ProviderMessageId;
use http::{HeaderMap, StatusCode, header::RETRY_AFTER};
use reqwest::{RequestBuilder, Response};

use crate::{Action, Concern, Explanation, Pace, SendError};

/// How much of an answer is read, in bytes. Answers are about one KB.
const ANSWER_LIMIT: usize = 64 * 1024;

/// The longest wait that an answer can ask for.
const LONGEST_WAIT: Duration = Duration::from_secs(3600);

/// How a provider's answers read.
pub(crate) trait Answers {
    /// What is wrong when a provider refuses us without saying why, and what to do.
    const CREDENTIALS: (&'static str, &'static str);

    /// The message's id in the answer of a provider that took it.
    fn id(body: &[u8]) -> Option<ProviderMessageId>;

    /// The provider's code in an answer that refuses. What it says besides is left out: it may
    /// quote what was sent.
    fn code(body: &[u8]) -> Option<String>;

    /// What a code means, if it is known.
    fn known(code: &str) -> Option<Explanation>;

    /// What a code means, or that nobody here knows.
    fn explain(code: &str) -> Explanation;

    /// How quickly what was refused with this code is tried again.
    fn pace(code: &str) -> Pace;

    /// Whether an answer with this server error and code is certainly the provider's own word that
    /// it did not take the message, and not that of a gateway which gave up on it.
    fn is_refusal(status: StatusCode, code: &str) -> bool;
}

/// Sends a request that sends a message, and reads what came of it.
pub(crate) async fn send<A: Answers>(
    request: RequestBuilder,
) -> Result<ProviderMessageId, SendError> {
    let answer = match request.send().await {
        Ok(answer) => answer,
        Err(error) if error.is_connect() || error.is_builder() => return Err(not_sent(&error)),
        Err(error) => {
            return Err(SendError::Unknown {
                why: format!("there was no answer ({})", cause(&error)),
            });
        }
    };
    let status = answer.status();
    let after = retry_after(answer.headers());
    classify::<A>(status, after, read(answer).await)
}

/// Nothing reached the provider.
pub(crate) fn not_sent(error: &reqwest::Error) -> SendError {
    SendError::Retry {
        code: "connect".to_owned(),
        why: cause(error),
        after: None,
        pace: Pace::Doubling,
    }
}

/// What an answer means; `body` is the reason if it could not be read whole.
fn classify<A: Answers>(
    status: StatusCode,
    after: Option<Duration>,
    body: Result<Vec<u8>, String>,
) -> Result<ProviderMessageId, SendError> {
    let http = format!("HTTP {}", status.as_u16());
    if status.is_success() {
        let why = match body.map(|body| A::id(&body)) {
            Ok(Some(id)) => return Ok(id),
            Ok(None) => "the answer holds no message".to_owned(),
            Err(why) => why,
        };
        return Err(SendError::Unknown {
            why: format!("{http}, but {why}"),
        });
    }
    let code = match &body {
        Ok(body) => A::code(body),
        Err(_) => None,
    };
    if !status.is_client_error() || status == StatusCode::REQUEST_TIMEOUT {
        // A gateway in between may have given up on a request that the provider went on with.
        let is_refusal = code
            .as_deref()
            .is_some_and(|code| A::is_refusal(status, code));
        if !is_refusal {
            return Err(SendError::Unknown {
                why: format!("the answer was {http}"),
            });
        }
    }
    if let Err(why) = body {
        // The status says that it was not taken, but not what to do: asking again is safe.
        return Err(SendError::Retry {
            code: http,
            why,
            after,
            pace: Pace::Doubling,
        });
    }
    let known = code.as_deref().and_then(A::known);
    let code = code.unwrap_or(http);
    match (status, known) {
        (_, Some(known)) => match known.action {
            Action::Retry => Err(SendError::Retry {
                pace: A::pace(&code),
                code,
                why: known.meaning.into_owned(),
                after,
            }),
            Action::UseTemplate => Err(SendError::OutsideWindow { code }),
            Action::GiveUp => refused(Concern::Message, known, code),
            Action::Alarm => refused(Concern::Account, known, code),
        },
        (StatusCode::TOO_MANY_REQUESTS, None) => Err(SendError::Retry {
            code,
            why: "too many requests".to_owned(),
            after,
            pace: Pace::Doubling,
        }),
        (StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN, None) => {
            let (meaning, advice) = A::CREDENTIALS;
            let credentials = Explanation {
                action: Action::Alarm,
                meaning: Cow::Borrowed(meaning),
                advice: Cow::Borrowed(advice),
            };
            refused(Concern::Account, credentials, code)
        }
        (_, None) => {
            let unknown = A::explain(&code);
            refused(Concern::Message, unknown, code)
        }
    }
}

fn refused<T>(concerns: Concern, explanation: Explanation, code: String) -> Result<T, SendError> {
    Err(SendError::Refused {
        code,
        concerns,
        meaning: explanation.meaning,
        advice: explanation.advice,
    })
}

/// What lies at the bottom of an error, such as a refused connection: the layers above it name
/// the URL.
pub(crate) fn cause(error: &reqwest::Error) -> String {
    if error.is_timeout() {
        return "timed out".to_owned();
    }
    let mut cause: &dyn Error = match error.source() {
        Some(source) => source,
        None => return "the request could not be made".to_owned(),
    };
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    cause.to_string()
}

/// The seconds of a Retry-After. A date in it is left out: no provider sends one.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let seconds = headers.get(RETRY_AFTER)?.to_str().ok()?.parse().ok()?;
    Some(Duration::from_secs(seconds).min(LONGEST_WAIT))
}

/// The answer's body, or why it could not be read whole.
async fn read(mut answer: Response) -> Result<Vec<u8>, String> {
    let mut body = Vec::new();
    loop {
        match answer.chunk().await {
            Ok(Some(chunk)) if body.len() + chunk.len() > ANSWER_LIMIT => {
                return Err("the answer is longer than 64 KB".to_owned());
            }
            Ok(Some(chunk)) => body.extend_from_slice(&chunk),
            Ok(None) => return Ok(body),
            Err(error) => return Err(format!("the answer broke off ({})", cause(&error))),
        }
    }
}
