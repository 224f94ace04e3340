//! What is answered without a look at anything stored.

use countersign_aws::{LocalAws, settings::WrongSettings};
use countersign_core::{OutputId, token::ApprovalToken, webhook};
use http::Method;
use jiff::Timestamp;

use super::*;

const SECRET: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
const TOKEN_SECRET: &str = "an-approval-token-secret-for-tests";
const ENDPOINTS: &str = r#"[
    {"endpoint":"demo","tenant":"acme","provider":"twilio","number":"+14155238886",
     "account_sid":"AC1","auth_token":"t0psecret","approval_url":"http://127.0.0.1/hook",
     "approval_secret":"whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"},
    {"endpoint":"quiet","tenant":"acme","provider":"twilio","number":"+14155238887",
     "account_sid":"AC1","auth_token":"t0psecret"}]"#;

struct At(Timestamp);

impl Clock for At {
    fn now(&self) -> Timestamp {
        self.0
    }
}

fn now() -> Timestamp {
    "2026-11-20T09:00:00Z".parse().unwrap()
}

fn settings(endpoints: &str, token_secret: &str) -> Result<Settings, WrongSettings> {
    Settings::read(&|name| {
        let value = match name {
            "ENDPOINTS" => endpoints,
            "APPROVALS_TABLE" => "approvals",
            "INBOUND_QUEUE_URL" => "http://127.0.0.1:1/0/inbound.fifo",
            "OUTPUTS_BUCKET" => "outputs",
            "APPROVAL_TOKEN_SECRET" => token_secret,
            _ => return None,
        };
        Some(value.to_owned())
    })
}

/// Its clients reach nothing: a call would be answered 500.
fn function() -> Approvals {
    let nowhere = || "http://127.0.0.1:1".to_owned();
    let clients = Clients::local(&LocalAws {
        dynamodb: nowhere(),
        sqs: nowhere(),
        s3: nowhere(),
        region: "us-east-1".to_owned(),
        access_key: "none".to_owned(),
        secret_key: "none".to_owned(),
    });
    let settings = settings(ENDPOINTS, TOKEN_SECRET).unwrap();
    Approvals::new(settings, &clients, Arc::new(At(now())))
}

fn token() -> String {
    let token = ApprovalToken {
        tenant: "acme".parse().unwrap(),
        output: OutputId::derived("x"),
        version: 1,
        approver: "Aline Uwase".to_owned(),
        expires: "2026-11-21T10:00:00Z".parse().unwrap(),
    };
    token.mint(&Secret::new(TOKEN_SECRET))
}

async fn send(request: http::request::Builder, body: Vec<u8>) -> (u16, String) {
    let request = request.body(Body::Binary(body)).unwrap();
    let response = function().handle(request).await;
    let status = response.status().as_u16();
    let body = String::from_utf8(response.into_body().to_vec()).unwrap();
    (status, body)
}

async fn ask(method: Method, path: &str, body: Vec<u8>) -> (u16, String) {
    send(request(method, path), body).await
}

fn request(method: Method, path: &str) -> http::request::Builder {
    http::Request::builder().method(method).uri(path)
}

fn signed(secret: &str, at: i64, body: &[u8]) -> http::request::Builder {
    let signature = webhook::sign(&Secret::new(secret), "msg_1", at, body).unwrap();
    request(Method::POST, "/webhooks/approval/demo")
        .header(webhook::ID, "msg_1")
        .header(webhook::TIMESTAMP, at.to_string())
        .header(webhook::SIGNATURE, signature)
}

#[test]
fn f7_a_short_token_secret_is_refused() {
    assert!(settings(ENDPOINTS, TOKEN_SECRET).is_ok());
    assert_eq!(
        settings(ENDPOINTS, "short").unwrap_err().to_string(),
        "a setting is wrong: APPROVAL_TOKEN_SECRET: got \"one that is too short\", wants a secret \
         of at least 32 characters"
    );
}

#[tokio::test]
async fn p7_only_what_is_served_is_answered() {
    for (method, path, expect) in [
        (Method::GET, "/", 404),
        (Method::GET, "/approvals", 404),
        (Method::GET, "/approvals/", 404),
        (Method::POST, "/approvals/a/b", 404),
        (Method::POST, "/webhooks/approval/", 404),
        (Method::POST, "/webhooks/twilio/demo", 404),
        (Method::PUT, "/approvals/a.b", 405),
        (Method::GET, "/webhooks/approval/demo", 405),
    ] {
        let (status, body) = ask(method, path, vec![]).await;
        assert_eq!((status, body.as_str()), (expect, ""), "{path}");
    }
}

#[tokio::test]
async fn p7_a_token_that_is_not_ours_opens_nothing_and_learns_nothing() {
    let good = token();
    let other_secret = {
        let (payload, _) = good.split_once('.').unwrap();
        format!("{payload}.{}", "A".repeat(43))
    };
    let mut pages = Vec::new();
    for token in ["x", "a.b", &good[..good.len() - 1], &other_secret] {
        for method in [Method::GET, Method::POST] {
            let (status, page) = ask(method, &format!("/approvals/{token}"), vec![]).await;
            assert_eq!(status, 404);
            pages.push(page);
        }
    }
    pages.dedup();
    assert_eq!(pages.len(), 1);
    assert!(pages[0].contains("There is nothing here"));
}

#[tokio::test]
async fn p7_a_form_that_decides_nothing_says_what_to_do() {
    let path = format!("/approvals/{}", token());
    let (status, page) = ask(Method::POST, &path, b"decision=yes".to_vec()).await;
    assert_eq!(status, 400);
    assert!(page.contains("Go back and choose one of the buttons."));
    let (status, _) = ask(Method::POST, &path, vec![b'a'; 32 * 1024 + 1]).await;
    assert_eq!(status, 413);
}

#[tokio::test]
async fn p7_a_callback_is_refused_before_it_is_read() {
    let body = b"not json".to_vec();
    let at = now().as_second();
    let other = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    for (request, expect, code) in [
        (signed(SECRET, at, &body), 400, "invalid"),
        (signed(other, at, &body), 403, "not_signed"),
        (signed(SECRET, at, b"other"), 403, "not_signed"),
        (signed(SECRET, at - 301, &body), 403, "not_signed"),
        (signed(SECRET, at + 301, &body), 403, "not_signed"),
        (
            request(Method::POST, "/webhooks/approval/demo"),
            403,
            "not_signed",
        ),
        (
            signed(SECRET, at, &body).uri("/webhooks/approval/quiet"),
            404,
            "not_found",
        ),
        (
            signed(SECRET, at, &body).uri("/webhooks/approval/Nobody"),
            404,
            "not_found",
        ),
    ] {
        let (status, answer) = send(request, body.clone()).await;
        let start = format!(r#"{{"error":{{"code":"{code}","detail":""#);
        assert_eq!(status, expect, "{answer}");
        assert!(answer.starts_with(&start), "{answer}");
    }
    let large = vec![b' '; 256 * 1024 + 1];
    let (status, answer) = send(signed(SECRET, at, b""), large).await;
    assert_eq!(status, 413);
    assert!(answer.contains("too_large"));
}

#[tokio::test]
async fn p7_what_fails_here_is_told_without_a_cause() {
    let (status, page) = ask(Method::GET, &format!("/approvals/{}", token()), vec![]).await;
    assert_eq!(status, 500);
    assert!(page.contains("It is our fault.") && !page.contains("reading"));
}
