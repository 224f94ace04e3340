//! Answers and their headers.

use std::sync::LazyLock;

use base64::{Engine, engine::general_purpose::STANDARD};
use http::{
    HeaderName, HeaderValue, StatusCode,
    header::{
        CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY,
        X_CONTENT_TYPE_OPTIONS,
    },
};
use lambda_http::{Body, Response};
use maud::Markup;
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::page::STYLE;

/// Nothing is loaded but the one style sheet in the page, named by its hash. The local phone
/// shows the page in a frame of the same origin.
static POLICY: LazyLock<HeaderValue> = LazyLock::new(|| {
    let hash = STANDARD.encode(Sha256::digest(STYLE));
    let policy = format!(
        "default-src 'none'; style-src 'sha256-{hash}'; form-action 'self'; \
         frame-ancestors 'self'; base-uri 'none'"
    );
    HeaderValue::try_from(policy).unwrap_or(HeaderValue::from_static("default-src 'none'"))
});

/// A page. Its address holds a token, so no cache keeps it and no link tells where it was.
pub(crate) fn html(status: StatusCode, page: Markup) -> Response<Body> {
    with_headers(
        status,
        page.into_string(),
        [
            (CONTENT_TYPE, "text/html; charset=utf-8"),
            (CACHE_CONTROL, "no-store"),
            (REFERRER_POLICY, "no-referrer"),
            (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        ],
        Some((CONTENT_SECURITY_POLICY, POLICY.clone())),
    )
}

/// An answer for a program.
pub(crate) fn json(status: StatusCode, body: &impl Serialize) -> Response<Body> {
    // Only maps with other keys than text can't be written as JSON, and no answer has one.
    let body = serde_json::to_string(body).unwrap_or_default();
    with_headers(
        status,
        body,
        [
            (CONTENT_TYPE, "application/json"),
            (CACHE_CONTROL, "no-store"),
            (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        ],
        None,
    )
}

fn with_headers<const N: usize>(
    status: StatusCode,
    body: String,
    fixed: [(HeaderName, &'static str); N],
    more: Option<(HeaderName, HeaderValue)>,
) -> Response<Body> {
    let mut response = Response::new(Body::Text(body));
    *response.status_mut() = status;
    let fixed = fixed
        .into_iter()
        .map(|(name, value)| (name, HeaderValue::from_static(value)));
    response.headers_mut().extend(fixed.chain(more));
    response
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::page::notice;

    #[test]
    fn p7_a_page_loads_nothing_runs_nothing_and_tells_no_one_its_address() {
        let response = html(StatusCode::OK, notice("Title", "Text"));
        let header = |name: HeaderName| response.headers()[name].to_str().unwrap().to_owned();
        assert_eq!(header(CACHE_CONTROL), "no-store");
        assert_eq!(header(REFERRER_POLICY), "no-referrer");
        assert_eq!(header(X_CONTENT_TYPE_OPTIONS), "nosniff");
        assert!(!response.headers().contains_key("x-frame-options"));

        let Body::Text(page) = response.body() else {
            panic!("a page is text");
        };
        let (_, rest) = page.split_once("<style>").unwrap();
        let (style, rest) = rest.split_once("</style>").unwrap();
        let hash = STANDARD.encode(Sha256::digest(style));
        assert_eq!(
            header(CONTENT_SECURITY_POLICY),
            format!(
                "default-src 'none'; style-src 'sha256-{hash}'; form-action 'self'; \
                 frame-ancestors 'self'; base-uri 'none'"
            )
        );
        // The policy would block them, so nobody should write one.
        for blocked in ["<style", "style=", "<script", "<img", "<link"] {
            assert!(!rest.contains(blocked), "{blocked}");
        }
    }
}
