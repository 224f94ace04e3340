//! Sending through Twilio's API, and what each of its answers means.
//!
//! Twilio takes no idempotency key. A message is sent again only after an answer that says it
//! wasn't taken, or when nothing can have reached Twilio; whatever else happens leaves its fate
//! open, for the status callback to settle.

use std::{error::Error, time::Duration};

use countersign_core::ProviderMessageId;
use http::{HeaderMap, StatusCode, header::RETRY_AFTER};
use reqwest::Response;
use serde::Deserialize;

use super::{config::TwilioConfig, errors};
use crate::{Action, Concern, Explanation, HttpClient, SendBody, SendError, SendRequest};

/// How much of an answer is read, in bytes. Twilio's are about one KB.
const ANSWER_LIMIT: usize = 64 * 1024;

/// The longest wait that an answer can ask for.
const LONGEST_WAIT: Duration = Duration::from_secs(3600);

/// Sends `request` once.
pub(super) async fn send(
    config: &TwilioConfig,
    client: &HttpClient,
    request: &SendRequest<'_>,
) -> Result<ProviderMessageId, SendError> {
    let client = client
        .get(config.timeouts)
        .map_err(|error| not_sent(&error))?;
    let TwilioConfig {
        api_url,
        account_sid,
        ..
    } = config;
    let answer = client
        .post(format!(
            "{api_url}/2010-04-01/Accounts/{account_sid}/Messages.json"
        ))
        .basic_auth(account_sid, Some(config.auth_token.expose()))
        .timeout(config.timeouts.total)
        .form(&parameters(config, request))
        .send()
        .await;
    let answer = match answer {
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
    classify(status, after, read(answer).await)
}

fn parameters(config: &TwilioConfig, request: &SendRequest<'_>) -> Vec<(&'static str, String)> {
    let mut parameters = vec![
        ("From", format!("whatsapp:{}", config.number)),
        ("To", format!("whatsapp:{}", request.to)),
        ("StatusCallback", config.status_callback(request.reference)),
    ];
    match request.body {
        SendBody::Text(body) => parameters.push(("Body", body.to_owned())),
        SendBody::Media { url, caption } => {
            parameters.push(("MediaUrl", url.to_owned()));
            parameters.extend(caption.map(|caption| ("Body", caption.to_owned())));
        }
    }
    parameters
}

/// A message as Twilio answers with it.
#[derive(Deserialize)]
struct Taken {
    sid: ProviderMessageId,
}

/// An error as Twilio answers with it. Its message is left out: it may quote what was sent.
#[derive(Deserialize)]
struct TwilioError {
    code: u32,
}

/// What an answer means; `body` is the reason if it could not be read whole.
fn classify(
    status: StatusCode,
    after: Option<Duration>,
    body: Result<Vec<u8>, String>,
) -> Result<ProviderMessageId, SendError> {
    let http = format!("HTTP {}", status.as_u16());
    if status.is_success() {
        let why = match body.map(|body| serde_json::from_slice::<Taken>(&body)) {
            Ok(Ok(taken)) => return Ok(taken.sid),
            Ok(Err(_)) => "the answer holds no message".to_owned(),
            Err(why) => why,
        };
        return Err(SendError::Unknown {
            why: format!("{http}, but {why}"),
        });
    }
    if !status.is_client_error() || status == StatusCode::REQUEST_TIMEOUT {
        // A gateway in between may have given up on a request that Twilio went on with.
        return Err(SendError::Unknown {
            why: format!("the answer was {http}"),
        });
    }
    let code = match body {
        Ok(body) => serde_json::from_slice(&body)
            .ok()
            .map(|error: TwilioError| error.code.to_string()),
        // The status says that it was not taken, but not what to do: asking again is safe.
        Err(why) => {
            return Err(SendError::Retry {
                code: http,
                why,
                after,
            });
        }
    };
    let known = code.as_deref().and_then(errors::known);
    let code = code.unwrap_or(http);
    let refused = |concerns,
                   Explanation {
                       meaning, advice, ..
                   }: Explanation,
                   code| {
        Err(SendError::Refused {
            code,
            concerns,
            meaning,
            advice,
        })
    };
    match (status, known) {
        (_, Some(known)) => match known.action {
            Action::Retry => Err(SendError::Retry {
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
        }),
        (StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN, None) => {
            let credentials = Explanation {
                action: Action::Alarm,
                meaning: "Twilio doesn't let this account send".into(),
                advice: "check the endpoint's account SID, auth token and permissions".into(),
            };
            refused(Concern::Account, credentials, code)
        }
        (_, None) => {
            let unknown = errors::explain(&code);
            refused(Concern::Message, unknown, code)
        }
    }
}

/// Nothing reached Twilio.
fn not_sent(error: &reqwest::Error) -> SendError {
    SendError::Retry {
        code: "connect".to_owned(),
        why: cause(error),
        after: None,
    }
}

/// What lies at the bottom of an error, such as a refused connection: the layers above it name
/// the URL.
fn cause(error: &reqwest::Error) -> String {
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

/// The seconds of a Retry-After. A date in it is left out: Twilio sends none.
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
