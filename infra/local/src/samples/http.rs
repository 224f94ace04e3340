//! A request as an HTTP API of API Gateway hands it to a function, payload format 2.0.
//!
//! Source: <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html>.

use std::collections::BTreeMap;

use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::{Value, json};

use super::{AT, Local, token};

/// API Gateway's name of an API on this machine.
const API: &str = "a1b2c3d4e5";
/// Where the samples' requests come from: an address that is nobody's, for documentation.
const SOURCE: &str = "203.0.113.7";

/// A request.
pub(super) struct Request<'a> {
    pub(super) method: &'static str,
    /// The route that takes it, such as `/approvals/{token}`.
    pub(super) route: &'static str,
    /// What stands in the path for the route's parameter.
    pub(super) parameter: &'a str,
    pub(super) query: &'a [(&'a str, &'a str)],
    pub(super) headers: &'a [(&'a str, &'a str)],
    pub(super) body: &'a str,
}

/// The event of a request. What is neither JSON nor text comes in base64, and to API Gateway a form
/// is neither.
pub(super) fn http_event(local: &Local, request: &Request<'_>) -> Value {
    let (method, route) = (request.method, request.route);
    let name = route.split(['{', '}']).nth(1).unwrap_or_default();
    let path = route.replace(&format!("{{{name}}}"), request.parameter);
    let domain = format!("{API}.execute-api.{}.amazonaws.com", local.region);
    let trace = token(&format!("trace of {method} {path}"));
    let trace = format!("Root=1-{:08x}-{}", AT.as_second(), &trace[..24]);
    let length = request.body.len().to_string();
    let mut headers = BTreeMap::from([
        ("accept", "*/*"),
        ("content-length", length.as_str()),
        ("host", domain.as_str()),
        ("x-amzn-trace-id", trace.as_str()),
        ("x-forwarded-for", SOURCE),
        ("x-forwarded-port", "443"),
        ("x-forwarded-proto", "https"),
    ]);
    headers.extend(request.headers.iter().copied());
    let is_text = headers
        .get("content-type")
        .is_some_and(|kind| kind.starts_with("text/") || kind.starts_with("application/json"));
    let query = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(request.query)
        .finish();
    let request_id: String = trace.chars().rev().take(15).collect();
    let mut event = json!({
        "version": "2.0",
        "routeKey": format!("{method} {route}"),
        "rawPath": path,
        "rawQueryString": query,
        "headers": headers,
        "pathParameters": {name: request.parameter},
        "requestContext": {
            "accountId": super::sqs::ACCOUNT,
            "apiId": API,
            "domainName": domain,
            "domainPrefix": API,
            "http": {
                "method": method,
                "path": path,
                "protocol": "HTTP/1.1",
                "sourceIp": SOURCE,
                "userAgent": headers.get("user-agent").unwrap_or(&""),
            },
            "requestId": request_id + "=",
            "routeKey": format!("{method} {route}"),
            "stage": "$default",
            "time": AT.strftime("%d/%b/%Y:%H:%M:%S +0000").to_string(),
            "timeEpoch": AT.as_millisecond(),
        },
        "isBase64Encoded": !request.body.is_empty() && !is_text,
    });
    if !request.query.is_empty() {
        let query: BTreeMap<_, _> = request.query.iter().copied().collect();
        event["queryStringParameters"] = json!(query);
    }
    if !request.body.is_empty() {
        event["body"] = if is_text {
            request.body.into()
        } else {
            BASE64_STANDARD.encode(request.body).into()
        };
    }
    event
}
