//! The phone page: WhatsApp as a customer and an approver see it, in a browser. It is served as
//! it stands in this folder and talks to the simulator's feed under `/sim`.

use axum::{
    Router,
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
    routing::get,
};

/// Every script and style is a file of ours. Approval pages open in a frame; nothing else does,
/// and nobody else may frame the phone.
const POLICY: &str = "default-src 'self'; object-src 'none'; base-uri 'none'; \
                      form-action 'self'; frame-src 'self'; frame-ancestors 'self'";

const HTML: &str = "text/html; charset=utf-8";
const CSS: &str = "text/css; charset=utf-8";
const SVG: &str = "image/svg+xml";
const JS: &str = "text/javascript; charset=utf-8";

/// `/phone` and the files it loads.
pub fn router() -> Router {
    let file = |media_type, text| get(move || async move { respond(media_type, text) });
    Router::new()
        .route("/phone", file(HTML, include_str!("phone.html")))
        .route("/phone/phone.css", file(CSS, include_str!("phone.css")))
        .route("/phone/chat.css", file(CSS, include_str!("chat.css")))
        .route("/phone/panels.css", file(CSS, include_str!("panels.css")))
        .route("/phone/kinds.css", file(CSS, include_str!("kinds.css")))
        .route("/phone/sheets.css", file(CSS, include_str!("sheets.css")))
        .route("/phone/phone.js", file(JS, include_str!("phone.js")))
        .route("/phone/chat.js", file(JS, include_str!("chat.js")))
        .route("/phone/bubble.js", file(JS, include_str!("bubble.js")))
        .route("/phone/parts.js", file(JS, include_str!("parts.js")))
        .route("/phone/icons.js", file(JS, include_str!("icons.js")))
        .route("/phone/later.js", file(JS, include_str!("later.js")))
        .route("/phone/sheets.js", file(JS, include_str!("sheets.js")))
        .route("/phone/controls.js", file(JS, include_str!("controls.js")))
        .route("/phone/format.js", file(JS, include_str!("format.js")))
        .route("/phone/icon.svg", file(SVG, include_str!("icon.svg")))
        .route(
            "/phone/wallpaper.svg",
            file(SVG, include_str!("wallpaper.svg")),
        )
}

fn respond(media_type: &'static str, text: &'static str) -> Response {
    let headers = [
        (header::CONTENT_TYPE, media_type),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        // The files change with the program, at the same addresses.
        (header::CACHE_CONTROL, "no-cache"),
    ];
    let headers = headers.map(|(name, value)| (name, HeaderValue::from_static(value)));
    (headers, text).into_response()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// The addresses that `text` names within quotes and that begin with `/phone`.
    fn addresses(text: &str) -> BTreeSet<&str> {
        text.split('"')
            .filter(|part| part.starts_with("/phone/"))
            .collect()
    }

    #[tokio::test]
    async fn f4_the_page_and_every_file_it_names_are_served_under_a_strict_policy() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router()).await });
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let mut files = addresses(include_str!("phone.html"));
        assert_eq!(files.len(), 7);
        files.insert("/phone");
        for text in [
            include_str!("phone.js"),
            include_str!("chat.js"),
            include_str!("bubble.js"),
            include_str!("parts.js"),
            include_str!("icons.js"),
            include_str!("later.js"),
            include_str!("sheets.js"),
            include_str!("controls.js"),
            include_str!("chat.css"),
        ] {
            files.extend(addresses(text));
        }
        assert!(files.contains("/phone/format.js") && files.contains("/phone/wallpaper.svg"));
        for file in files {
            let answer = client.get(format!("{base}{file}")).send().await.unwrap();
            assert_eq!(answer.status(), 200, "{file}");
            let header = |name| answer.headers()[name].to_str().unwrap().to_owned();
            assert_eq!(header("content-security-policy"), POLICY, "{file}");
            assert_eq!(header("x-content-type-options"), "nosniff", "{file}");
        }
    }

    #[test]
    fn message_text_never_becomes_markup() {
        let scripts = [
            include_str!("phone.js"),
            include_str!("chat.js"),
            include_str!("bubble.js"),
            include_str!("parts.js"),
            include_str!("later.js"),
            include_str!("sheets.js"),
            include_str!("controls.js"),
            include_str!("format.js"),
        ];
        let page = include_str!("phone.html");
        for forbidden in [
            "innerHTML",
            "outerHTML",
            "insertAdjacentHTML",
            "document.write",
        ] {
            assert!(
                scripts.iter().all(|js| !js.contains(forbidden)),
                "{forbidden}"
            );
        }
        // The policy refuses inline scripts and styles; a page that has some is broken silently.
        for forbidden in ["<style", " style=", " onclick=", "https://"] {
            assert!(!page.contains(forbidden), "{forbidden}");
        }
    }
}
