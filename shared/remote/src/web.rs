//! A call of an HTTP service.

use std::{collections::BTreeMap, error::Error, time::Duration};

use countersign_core::{
    Secret,
    registry::Effect,
    remote::{HttpWay, Method},
};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use reqwest::{Client, Response};
use serde_json::Value;
use url::Url;

use crate::{
    error::CallError,
    guard::{self, Forbidden, Network},
    headers::{Hidden, headers},
    said::{Kind, Said, read, refusal, said},
};

/// <https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/>
const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// The longest wait that a service is believed to want: an hour.
const LONGEST_WAIT: Duration = Duration::from_secs(3_600);

/// Sends the request and waits for the whole answer.
pub(crate) async fn call(
    client: &Client,
    network: Network,
    secrets: &BTreeMap<String, Secret>,
    way: &HttpWay,
    arguments: &Value,
    key: Option<&str>,
) -> Result<Said, CallError> {
    let request = way
        .request(arguments)
        .map_err(|said| CallError::Refused { status: None, said })?;
    let url = allowed(&request.url, network)?;
    let mut headers = headers(&way.headers, secrets)?;
    if let Some(key) = key {
        headers.map.insert(IDEMPOTENCY_KEY, quoted(key)?);
    }
    if !headers.map.contains_key(header::ACCEPT) {
        let types = HeaderValue::from_static("application/json, text/*;q=0.9");
        headers.map.insert(header::ACCEPT, types);
    }
    let method = match request.method {
        Method::Get => http::Method::GET,
        Method::Post => http::Method::POST,
        Method::Put => http::Method::PUT,
        Method::Patch => http::Method::PATCH,
        Method::Delete => http::Method::DELETE,
    };
    let mut sending = client.request(method, url);
    if let Some(body) = &request.body {
        sending = sending.json(body);
    }
    // After the body, whose usual type a company's own header replaces.
    let answer = sending.headers(headers.map).send().await;
    let answer = answer.map_err(|error| not_answered(&error))?;
    let status = answer.status();
    let kind = Kind::of(answer.headers());
    if !status.is_success() {
        let effect = key.map_or(Effect::None, |_| Effect::Some);
        return Err(refused(answer, &headers.hidden, effect).await);
    }
    let body = read(answer).await.map_err(|error| {
        CallError::Unknown(format!(
            "it answered {}, but its answer broke off ({})",
            status.as_u16(),
            cause(&error)
        ))
    })?;
    Ok(said(status.as_u16(), &kind, body, &headers.hidden))
}

/// The URL, if it may be called.
pub(crate) fn allowed(url: &str, network: Network) -> Result<Url, CallError> {
    let url = Url::parse(url)
        .map_err(|why| CallError::NotSent(format!("the tool's address is not one: {why}")))?;
    guard::check(&url, network).map_err(|why| CallError::Forbidden(why.to_string()))?;
    Ok(url)
}

/// The key as a string of RFC 8941.
fn quoted(key: &str) -> Result<HeaderValue, CallError> {
    let escaped = key.replace('\\', r"\\").replace('"', r#"\""#);
    HeaderValue::from_str(&format!("\"{escaped}\""))
        .ok()
        .filter(|_| key.is_ascii())
        .ok_or_else(|| CallError::NotSent("its idempotency key is no visible ASCII".to_owned()))
}

/// What a request that got no answer means.
pub(crate) fn not_answered(error: &reqwest::Error) -> CallError {
    if let Some(forbidden) = Forbidden::behind(error) {
        return CallError::Forbidden(forbidden.to_string());
    }
    if error.is_builder() {
        return CallError::NotSent(format!("the request could not be made ({})", cause(error)));
    }
    if error.is_connect() {
        return CallError::NotSent(format!("the service was not reached ({})", cause(error)));
    }
    CallError::Unknown(format!(
        "it was sent, and no answer came ({})",
        cause(error)
    ))
}

/// What an answer other than success means.
///
/// What a gateway says of a call that changes something may be of one that its service has taken.
pub(crate) async fn refused(answer: Response, hidden: &Hidden, effect: Effect) -> CallError {
    let status = answer.status();
    let after = asked_wait(answer.headers());
    match status.as_u16() {
        429 => CallError::Busy { after },
        300..=399 | 408 | 409 | 425 | 503 if effect != Effect::None => {
            CallError::Unknown(answered(status))
        }
        503 if answer.headers().contains_key(header::RETRY_AFTER) => CallError::Busy { after },
        300..=399 => CallError::Refused {
            status: Some(status.as_u16()),
            said: "it sends its callers elsewhere, which is not followed".to_owned(),
        },
        400..=499 => {
            let kind = Kind::of(answer.headers());
            let said = match read(answer).await {
                Ok(body) => refusal(&kind, &body.bytes, hidden),
                Err(_) => "its words broke off".to_owned(),
            };
            CallError::Refused {
                status: Some(status.as_u16()),
                said,
            }
        }
        _ => CallError::Unknown(answered(status)),
    }
}

fn answered(status: StatusCode) -> String {
    format!("it answered {}", status.as_u16())
}

/// The seconds of a Retry-After. A date in it is left out: whose clock it goes by isn't known.
fn asked_wait(headers: &HeaderMap) -> Option<Duration> {
    let seconds = headers
        .get(header::RETRY_AFTER)?
        .to_str()
        .ok()?
        .parse()
        .ok()?;
    Some(Duration::from_secs(seconds).min(LONGEST_WAIT))
}

/// What is at the bottom of an error: neither the URL nor a header is there.
pub(crate) fn cause(error: &reqwest::Error) -> String {
    let Some(mut cause) = error.source() else {
        return "for no stated reason".to_owned();
    };
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    cause.to_string().chars().take(200).collect()
}
