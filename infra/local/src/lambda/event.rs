//! HTTP requests as events of an API Gateway HTTP API, payload format 2.0, and the functions'
//! answers back to HTTP; and the schedule's event.
//!
//! The format is that of "Create AWS Lambda proxy integrations for HTTP APIs" in the API Gateway
//! Developer Guide. Which bodies count as binary is not said there; the rule of [`is_text`] was
//! measured against AWS by others (ministack, pull request 766).

use aws_lambda_events::{
    apigw::{ApiGatewayV2httpRequest, ApiGatewayV2httpResponse},
    encodings::Body,
};
use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use http::{
    HeaderMap, HeaderValue, Request, Response, StatusCode,
    header::{
        CONTENT_LENGTH, CONTENT_TYPE, COOKIE, HOST, SET_COOKIE, TRANSFER_ENCODING, USER_AGENT,
    },
};
use jiff::Timestamp;
use serde_json::{Value, json};
use uuid::Uuid;

/// The stage whose name is not part of the path.
const STAGE: &str = "$default";
/// The route that takes what no other takes. The functions look at the path themselves.
const ROUTE: &str = "$default";
/// The API's id on this machine.
const API: &str = "local";
/// The account on this machine, as in the queues' URLs.
const ACCOUNT: &str = "000000000000";
/// The gateway listens here alone, so every request comes from here.
const SOURCE: &str = "127.0.0.1";
/// Fields that the event's type has for other events (authorizers of format 1.0, REST APIs) and
/// that an HTTP API does not send.
const NOT_SENT: [&str; 6] = [
    "type",
    "methodArn",
    "httpMethod",
    "identitySource",
    "authorizationToken",
    "resource",
];

/// A function's answer that is not one to HTTP.
#[derive(Debug, thiserror::Error)]
pub enum Unanswerable {
    /// No such status.
    #[error("the answer's status code {0} is none; answer with 100 to 599")]
    Status(i64),
    /// A cookie that can't be a header.
    #[error("the answer has a cookie that can't be sent: {0}")]
    Cookie(#[from] http::header::InvalidHeaderValue),
    /// A body that says it is base64, and is not.
    #[error("the answer's body is not the base64 it says it is: {0}")]
    Body(#[from] base64::DecodeError),
}

/// The event of a request that arrived at `at`.
pub fn http_event(request: &Request<Bytes>, at: Timestamp) -> ApiGatewayV2httpRequest {
    let uri = request.uri();
    let query = uri.query().unwrap_or_default();
    let mut headers = joined(request.headers());
    let text = |name| {
        let value: Option<&HeaderValue> = request.headers().get(name);
        value.map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
    };
    let body = request.body();
    let is_text = is_text(request.headers()) && std::str::from_utf8(body).is_ok();

    let mut event = ApiGatewayV2httpRequest::default();
    event.version = Some("2.0".to_owned());
    event.route_key = Some(ROUTE.to_owned());
    event.raw_path = Some(uri.path().to_owned());
    event.raw_query_string = Some(query.to_owned());
    event.cookies = cookies(request.headers());
    headers.remove(COOKIE);
    forwarded(&mut headers, text(HOST).as_deref());
    event.headers = headers;
    // Anything can be read as a query, so this never fails.
    event.query_string_parameters = query.parse().unwrap_or_default();
    event.is_base64_encoded = !body.is_empty() && !is_text;
    event.body = (!body.is_empty()).then(|| {
        if is_text {
            String::from_utf8_lossy(body).into_owned()
        } else {
            STANDARD.encode(body)
        }
    });

    let context = &mut event.request_context;
    context.route_key = Some(ROUTE.to_owned());
    context.account_id = Some(ACCOUNT.to_owned());
    context.stage = Some(STAGE.to_owned());
    context.request_id = Some(Uuid::new_v4().to_string());
    context.apiid = Some(API.to_owned());
    context.domain_name = text(HOST);
    context.domain_prefix = Some(API.to_owned());
    context.time = Some(at.strftime("%d/%b/%Y:%H:%M:%S +0000").to_string());
    context.time_epoch = at.as_millisecond();
    context.http.method = request.method().clone();
    context.http.path = Some(uri.path().to_owned());
    context.http.protocol = Some(format!("{:?}", request.version()));
    context.http.source_ip = Some(SOURCE.to_owned());
    context.http.user_agent = text(USER_AGENT);
    event
}

/// The event as an HTTP API sends it: without the fields that its type has for other events, and
/// without those that hold nothing.
///
/// # Errors
/// When a header's value is not text; [`http_event`] makes none such.
pub fn payload(event: &ApiGatewayV2httpRequest) -> serde_json::Result<Value> {
    let mut payload = serde_json::to_value(event)?;
    if let Some(fields) = payload.as_object_mut() {
        let holds_nothing = |value: &Value| {
            value.is_null() || value.as_object().is_some_and(serde_json::Map::is_empty)
        };
        fields.retain(|name, value| !NOT_SENT.contains(&name.as_str()) && !holds_nothing(value));
    }
    Ok(payload)
}

/// The HTTP answer that a function's answer stands for.
///
/// # Errors
/// When it stands for none.
pub fn http_answer(answer: ApiGatewayV2httpResponse) -> Result<Response<Bytes>, Unanswerable> {
    let status = u16::try_from(answer.status_code)
        .ok()
        .and_then(|code| StatusCode::from_u16(code).ok())
        .ok_or(Unanswerable::Status(answer.status_code))?;
    let body = match answer.body {
        None | Some(Body::Empty) => Bytes::new(),
        Some(body) if answer.is_base64_encoded => STANDARD.decode(&*body)?.into(),
        Some(Body::Text(text)) => text.into(),
        Some(other) => Bytes::copy_from_slice(&other),
    };
    let mut response = Response::new(body);
    *response.status_mut() = status;
    let headers = response.headers_mut();
    *headers = answer.headers;
    // These describe the way from the gateway to the caller, which is the gateway's own.
    headers.remove(CONTENT_LENGTH);
    headers.remove(TRANSFER_ENCODING);
    for cookie in answer.cookies {
        headers.append(SET_COOKIE, cookie.try_into()?);
    }
    Ok(response)
}

/// What EventBridge Scheduler sends at `at` where the schedule has no input of its own. The
/// detail is a string there, not an object.
pub fn tick_event(at: Timestamp) -> Value {
    json!({
        "version": "0",
        "id": Uuid::new_v4(),
        "detail-type": "Scheduled Event",
        "source": "aws.scheduler",
        "account": ACCOUNT,
        "time": at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        "region": "us-east-1",
        "resources": [format!("arn:aws:scheduler:us-east-1:{ACCOUNT}:schedule/default/clock")],
        "detail": "{}",
    })
}

/// Every header once, the values of one that was repeated joined by commas.
fn joined(headers: &HeaderMap) -> HeaderMap {
    let mut joined = HeaderMap::new();
    for name in headers.keys() {
        let values: Vec<_> = headers
            .get_all(name)
            .iter()
            .map(|value| String::from_utf8_lossy(value.as_bytes()))
            .collect();
        // What was a header's value still is one after that.
        if let Ok(value) = HeaderValue::from_str(&values.join(",")) {
            joined.insert(name.clone(), value);
        }
    }
    joined
}

/// What API Gateway adds to say where a request came from.
fn forwarded(headers: &mut HeaderMap, host: Option<&str>) {
    let port = host
        .and_then(|host| host.rsplit_once(':'))
        .map(|(_, port)| port);
    headers.insert("x-forwarded-for", HeaderValue::from_static(SOURCE));
    headers.insert("x-forwarded-proto", HeaderValue::from_static("http"));
    if let Ok(port) = HeaderValue::from_str(port.unwrap_or("80")) {
        headers.insert("x-forwarded-port", port);
    }
}

fn cookies(headers: &HeaderMap) -> Option<Vec<String>> {
    let cookies: Vec<String> = headers
        .get_all(COOKIE)
        .iter()
        .flat_map(|value| {
            let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
            let parts = value.split(';').map(|part| part.trim().to_owned());
            parts.filter(|part| !part.is_empty()).collect::<Vec<_>>()
        })
        .collect();
    (!cookies.is_empty()).then_some(cookies)
}

/// Whether a body reaches a function as it stands. Everything else is in base64, also a form and
/// what has no content type.
fn is_text(headers: &HeaderMap) -> bool {
    let media_type = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split(';').next())
        .map(|media_type| media_type.trim().to_ascii_lowercase())
        .unwrap_or_default();
    media_type.starts_with("text/")
        || matches!(
            media_type.as_str(),
            "application/json" | "application/xml" | "application/javascript"
        )
}
