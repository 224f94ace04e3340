//! Typing, as Twilio is asked to show it.

use countersign_core::{ProviderMessageId, message::Presence};
use countersign_whatsapp::{
    Channel, NotShown,
    twilio::{Twilio, TwilioConfig},
};

use crate::{
    config,
    server::{Does, answer, serve},
};

async fn show(presence: Presence, does: Does) -> (Result<(), NotShown>, String) {
    let (api_url, served) = serve(does).await;
    let config = TwilioConfig {
        api_url,
        ..config()
    };
    let message: ProviderMessageId = "SM1f0e8ae6ade43cb3c0ce4525424e404f".parse().unwrap();
    let shown = Twilio::new(config).unwrap().show(&message, presence).await;
    (shown, served.await.unwrap())
}

/// As Twilio's own library asks: `tests/providers/check.py` compares.
#[tokio::test]
async fn w2_typing_is_asked_for_as_a_form() {
    let (shown, request) = show(
        Presence::Typing,
        answer("200 OK", "", r#"{"success": true}"#),
    )
    .await;
    assert_eq!(shown, Ok(()));
    let (head, body) = request.split_once("\r\n\r\n").unwrap();
    assert!(
        head.starts_with("POST /v2/Indicators/Typing.json HTTP/1.1"),
        "{head}"
    );
    assert!(head.contains("authorization: Basic "), "{head}");
    assert!(
        head.contains("content-type: application/x-www-form-urlencoded"),
        "{head}"
    );
    assert_eq!(
        body,
        "channel=whatsapp&messageId=SM1f0e8ae6ade43cb3c0ce4525424e404f"
    );
}

/// There is no call for a receipt alone: nobody is called.
#[tokio::test]
async fn w2_a_receipt_alone_is_no_call() {
    let config = TwilioConfig {
        api_url: "http://127.0.0.1:1".to_owned(),
        ..config()
    };
    let twilio = Twilio::new(config).unwrap();
    let message: ProviderMessageId = "SM1".parse().unwrap();
    assert_eq!(twilio.show(&message, Presence::Read).await, Ok(()));
    let not_shown = twilio.show(&message, Presence::Typing).await;
    assert!(not_shown.is_err(), "{not_shown:?}");
}

#[tokio::test]
async fn w2_what_is_not_shown_is_told_without_quoting_the_provider() {
    let refusal = r#"{"code": 20404, "message": "not found"}"#;
    let (shown, _) = show(Presence::Typing, answer("404 Not Found", "", refusal)).await;
    let told = shown.unwrap_err().to_string();
    assert_eq!(
        told,
        "the provider was not told what its customer is to see: it answered HTTP 404"
    );
    let (shown, _) = show(Presence::Typing, Does::HangsUp).await;
    assert!(shown.is_err(), "{shown:?}");
}

/// A provider that doesn't answer keeps nobody waiting for long.
#[tokio::test]
async fn w2_a_silent_provider_is_given_up_within_seconds() {
    let began = std::time::Instant::now();
    let (shown, _) = show(Presence::Typing, Does::Waits).await;
    assert_eq!(
        shown.unwrap_err().to_string(),
        "the provider was not told what its customer is to see: timed out"
    );
    assert!(began.elapsed() < std::time::Duration::from_secs(5));
}
