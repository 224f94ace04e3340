//! A request as the HTTP API of a deployed stack hands it to a function: [`lambda::http_event`] makes
//! its event, and this adds what that API has and the gateway of this machine has not.

use std::collections::{BTreeMap, HashMap};

use anyhow::Context;
use bytes::Bytes;
use http::{HeaderName, HeaderValue};
use serde_json::Value;

use super::{AT, Local, sqs::ACCOUNT, token};
use crate::lambda;

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

/// The event of a request. Where the gateway of this machine would take an id at random or name
/// itself, it has what never changes.
///
/// # Errors
/// When the request is none that HTTP knows.
pub(super) fn http_event(local: &Local, request: &Request<'_>) -> anyhow::Result<Value> {
    let (method, route) = (request.method, request.route);
    let name = route.split(['{', '}']).nth(1).unwrap_or_default();
    let path = route.replace(&format!("{{{name}}}"), request.parameter);
    let domain = format!("{API}.execute-api.{}.amazonaws.com", local.region);
    let trace = token(&format!("trace of {method} {path}"));
    let trace = format!("Root=1-{:08x}-{}", AT.as_second(), &trace[..24]);
    let request_id: String = trace.chars().rev().take(15).collect();

    let arrived = arrived(request, &path, &domain, &trace);
    let arrived = arrived.with_context(|| format!("{method} {path} is no request"))?;
    let mut event = lambda::http_event(&arrived, AT);
    for (name, value) in [
        ("x-forwarded-for", SOURCE),
        ("x-forwarded-port", "443"),
        ("x-forwarded-proto", "https"),
    ] {
        let (name, value) = (
            HeaderName::from_static(name),
            HeaderValue::from_static(value),
        );
        event.headers.insert(name, value);
    }
    event.path_parameters = HashMap::from([(name.to_owned(), request.parameter.to_owned())]);
    event.route_key = Some(format!("{method} {route}"));
    let context = &mut event.request_context;
    context.route_key = event.route_key.clone();
    context.account_id = Some(ACCOUNT.to_owned());
    context.apiid = Some(API.to_owned());
    context.domain_prefix = Some(API.to_owned());
    context.request_id = Some(request_id + "=");
    context.http.source_ip = Some(SOURCE.to_owned());
    Ok(lambda::payload(&event)?)
}

/// The request as it reaches the API: with the headers that every request has, and the client's, which
/// go before them.
fn arrived(
    request: &Request<'_>,
    path: &str,
    domain: &str,
    trace: &str,
) -> Result<http::Request<Bytes>, http::Error> {
    let mut uri = path.to_owned();
    if !request.query.is_empty() {
        let query = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(request.query)
            .finish();
        uri.push('?');
        uri.push_str(&query);
    }
    let length = request.body.len().to_string();
    let mut headers = BTreeMap::from([
        ("accept", "*/*"),
        ("content-length", length.as_str()),
        ("host", domain),
        ("x-amzn-trace-id", trace),
    ]);
    headers.extend(request.headers.iter().copied());
    let mut arrived = http::Request::builder().method(request.method).uri(uri);
    for (name, value) in headers {
        arrived = arrived.header(name, value);
    }
    arrived.body(Bytes::copy_from_slice(request.body.as_bytes()))
}
