//! What goes out through Meta, and what every kind of answer comes out as.

#![allow(clippy::unwrap_used, clippy::expect_used)]

#[path = "../twilio/server.rs"]
mod server;

use std::time::Duration;

use countersign_core::{MessageRef, ProviderMessageId, Secret, SenderId, message::Presence};
use countersign_whatsapp::{
    Answer, Channel, Choices, Concern, File, HttpClient, Pace, SendBody, SendError, SendRequest,
    Template, Timeouts,
    meta::{API_URL, Meta, MetaConfig},
};
use serde_json::{Value, json};
use server::{Does, answer, serve};
use tokio::net::TcpListener;

const TOKEN: &str = "EAAJB5d41402abc4b2a76b9719d911017c592";
const WORDS: &str = "Order #7731 is ready & paid";
const TAKEN: &str = r#"{"messaging_product": "whatsapp",
    "contacts": [{"input": "+14155550142", "wa_id": "14155550142"}],
    "messages": [{"id": "wamid.HBgLMTQxNTU1NTAxNDIVAgARGBI", "message_status": "accepted"}]}"#;

fn config() -> MetaConfig {
    MetaConfig {
        endpoint: "ventas".parse().unwrap(),
        number: "+14155238886".parse().unwrap(),
        phone_number_id: "106540352242922".to_owned(),
        access_token: Secret::new(TOKEN),
        app_secret: Secret::new("0123456789abcdef0123456789abcdef"),
        verify_token: Secret::new("verify-me"),
        api_url: API_URL.to_owned(),
        timeouts: Timeouts {
            connect: Duration::from_millis(500),
            total: Duration::from_secs(5),
        },
    }
}

fn reference() -> MessageRef {
    MessageRef::derived("th_1/3/0")
}

async fn send(
    config: MetaConfig,
    to: &str,
    body: SendBody<'_>,
) -> Result<ProviderMessageId, SendError> {
    let to: SenderId = to.parse().unwrap();
    let request = SendRequest {
        reference: reference(),
        to: &to,
        body,
    };
    let meta = Meta::with_client(config, HttpClient::default()).unwrap();
    meta.send(&request).await
}

/// What Meta is asked when `body` goes to `to`: the request's head, and its body.
async fn asked(to: &str, body: SendBody<'_>) -> (String, Value) {
    let (api_url, served) = serve(answer("200 OK", "", TAKEN)).await;
    let config = MetaConfig {
        api_url,
        ..config()
    };
    let id = send(config, to, body).await;
    assert_eq!(id, Ok("wamid.HBgLMTQxNTU1NTAxNDIVAgARGBI".parse().unwrap()));
    let request = served.await.unwrap();
    let (head, body) = request.split_once("\r\n\r\n").unwrap();
    (head.to_owned(), serde_json::from_str(body).unwrap())
}

/// As pywa asks for both: `tests/providers/check.py` compares.
#[tokio::test]
async fn w2_read_and_typing_are_one_call() {
    let read = json!({
        "messaging_product": "whatsapp",
        "status": "read",
        "message_id": "wamid.HBgLMTQxNTU1NTAxNDIVAgASGBI",
    });
    let mut typing = read.clone();
    typing["typing_indicator"] = json!({"type": "text"});
    for (presence, expect) in [(Presence::Read, read), (Presence::Typing, typing)] {
        let (api_url, served) = serve(answer("200 OK", "", r#"{"success": true}"#)).await;
        let config = MetaConfig {
            api_url,
            ..config()
        };
        let meta = Meta::with_client(config, HttpClient::default()).unwrap();
        let message = "wamid.HBgLMTQxNTU1NTAxNDIVAgASGBI".parse().unwrap();
        assert_eq!(meta.show(&message, presence).await, Ok(()));
        let request = served.await.unwrap();
        let (head, body) = request.split_once("\r\n\r\n").unwrap();
        assert!(
            head.starts_with("POST /106540352242922/messages HTTP/1.1"),
            "{head}"
        );
        assert!(
            head.contains(&format!("authorization: Bearer {TOKEN}")),
            "{head}"
        );
        assert_eq!(serde_json::from_str::<Value>(body).unwrap(), expect);
    }
}

async fn outcome(does: Does) -> Result<ProviderMessageId, SendError> {
    let (api_url, served) = serve(does).await;
    let config = MetaConfig {
        api_url,
        ..config()
    };
    let outcome = send(config, "+14155550142", SendBody::Text(WORDS)).await;
    served.await.unwrap();
    if let Err(error) = &outcome {
        let shown = format!("{error} {error:?}");
        for hidden in [WORDS, "7731", TOKEN, "+14155550142"] {
            assert!(!shown.contains(hidden), "{shown}");
        }
    }
    outcome
}

async fn refusal(status: &str, body: &str) -> SendError {
    outcome(answer(status, "", body)).await.unwrap_err()
}

fn error_json(code: u32) -> String {
    json!({"error": {
        "message": format!("(#{code}) {WORDS} for +14155550142 was refused"),
        "type": "OAuthException",
        "code": code,
        "error_data": {"messaging_product": "whatsapp", "details": WORDS},
        "fbtrace_id": "AbCdEf",
    }})
    .to_string()
}

#[tokio::test]
async fn w2_a_text_goes_out_with_our_reference() {
    let (head, body) = asked("+14155550142", SendBody::Text(WORDS)).await;
    assert!(
        head.starts_with("POST /106540352242922/messages HTTP/1.1"),
        "{head}"
    );
    assert!(
        head.contains(&format!("authorization: Bearer {TOKEN}")),
        "{head}"
    );
    assert_eq!(
        body,
        json!({
            "messaging_product": "whatsapp",
            "recipient_type": "individual",
            "to": "+14155550142",
            "type": "text",
            "text": {"preview_url": false, "body": WORDS},
            "biz_opaque_callback_data": reference().to_string(),
        })
    );
}

/// Somebody who shows no phone number is written to by the id that stands for them.
#[tokio::test]
async fn w1_somebody_without_a_phone_is_a_recipient() {
    let (_, body) = asked("US.13491208655302741918", SendBody::Text(WORDS)).await;
    assert_eq!(body["recipient"], "US.13491208655302741918");
    assert_eq!(body.get("to"), None);
    let (_, body) = asked("14155550142", SendBody::Text(WORDS)).await;
    assert_eq!(body["to"], "14155550142");
    assert_eq!(body.get("recipient"), None);
}

#[tokio::test]
async fn w2_a_file_goes_out_as_what_it_is() {
    let url = "https://outputs.example.com/file?X-Amz-Signature=a%2Fb";
    let check = async |media_type: &str, caption: Option<&str>, kind: &str, expect: Value| {
        let file = SendBody::Media(File {
            url,
            media_type,
            filename: Some("sales.pdf"),
            caption,
        });
        let (_, body) = asked("+14155550142", file).await;
        assert_eq!(body["type"], kind, "{media_type}");
        assert_eq!(body[kind], expect, "{media_type}");
    };
    let words = Some("Sales");
    let plain = json!({"link": url, "caption": "Sales"});
    let named = json!({"link": url, "caption": "Sales", "filename": "sales.pdf"});
    check("application/pdf", words, "document", named.clone()).await;
    check("image/png", words, "image", plain.clone()).await;
    check("image/tiff", words, "document", named.clone()).await;
    check("video/mp4", words, "video", plain).await;
    check("audio/ogg", None, "audio", json!({"link": url})).await;
    // Sound takes no words, and words are not dropped.
    check("audio/ogg", words, "document", named).await;
}

fn answer_of<'a>(id: &'a str, title: &'a str, detail: Option<&'a str>) -> Answer<'a> {
    Answer { id, title, detail }
}

#[tokio::test]
async fn w2_choices_go_out_as_buttons_a_list_or_lines() {
    let sent = async |answers: &[Answer<'_>]| {
        let choices = SendBody::Choices(Choices {
            text: "Which site?",
            answers,
            opens: "Choose",
        });
        asked("+14155550142", choices).await.1
    };
    let two = [
        answer_of("k", "Kigali", None),
        answer_of("m", "Musanze", None),
    ];
    let body = sent(&two).await;
    assert_eq!(body["type"], "interactive");
    assert_eq!(
        body["interactive"],
        json!({
            "type": "button",
            "body": {"text": "Which site?"},
            "action": {"buttons": [
                {"type": "reply", "reply": {"id": "k", "title": "Kigali"}},
                {"type": "reply", "reply": {"id": "m", "title": "Musanze"}},
            ]},
        })
    );
    let explained = [two[0], answer_of("m", "Musanze", Some("closed on Sundays"))];
    assert_eq!(
        sent(&explained).await["interactive"],
        json!({
            "type": "list",
            "body": {"text": "Which site?"},
            "action": {"button": "Choose", "sections": [{"rows": [
                {"id": "k", "title": "Kigali"},
                {"id": "m", "title": "Musanze", "description": "closed on Sundays"},
            ]}]},
        })
    );
    let long = [answer_of(
        "k",
        "The site in the middle of Kigali",
        Some("open"),
    )];
    assert_eq!(
        sent(&long).await["text"]["body"],
        "Which site?\n1. The site in the middle of Kigali: open"
    );
}

#[tokio::test]
async fn w2_a_reaction_and_a_template_go_out() {
    let to: ProviderMessageId = "wamid.ABC".parse().unwrap();
    let reaction = SendBody::Reaction {
        to: &to,
        emoji: "👍",
    };
    let (_, body) = asked("+14155550142", reaction).await;
    assert_eq!(body["type"], "reaction");
    assert_eq!(
        body["reaction"],
        json!({"message_id": "wamid.ABC", "emoji": "👍"})
    );
    let template = |values| {
        SendBody::Template(Template {
            id: "report_ready",
            language: "en_US",
            values,
        })
    };
    let (_, body) = asked("+14155550142", template(&["Sales", "Friday"])).await;
    assert_eq!(body["type"], "template");
    assert_eq!(
        body["template"],
        json!({
            "name": "report_ready",
            "language": {"code": "en_US"},
            "components": [{"type": "body", "parameters": [
                {"type": "text", "text": "Sales"},
                {"type": "text", "text": "Friday"},
            ]}],
        })
    );
    let (_, body) = asked("+14155550142", template(&[])).await;
    assert_eq!(
        body["template"],
        json!({"name": "report_ready", "language": {"code": "en_US"}})
    );
}

#[tokio::test]
async fn w5_what_was_not_taken_is_tried_again() {
    let check = async |status: &str, headers: &str, code: u32, after, pace| {
        let outcome = outcome(answer(status, headers, &error_json(code))).await;
        match outcome {
            Err(SendError::Retry {
                code: got,
                after: waits,
                pace: grows,
                ..
            }) => assert_eq!((got, waits, grows), (code.to_string(), after, pace)),
            other => panic!("{status} {code}: {other:?}"),
        }
    };
    let seconds = |seconds| Some(Duration::from_secs(seconds));
    let many = "429 Too Many Requests";
    check(
        many,
        "retry-after: 7\r\n",
        80007,
        seconds(7),
        Pace::Doubling,
    )
    .await;
    check("400 Bad Request", "", 4, None, Pace::Doubling).await;
    check(many, "", 130429, None, Pace::Doubling).await;
    check("400 Bad Request", "", 131056, None, Pace::Quadrupling).await;
    // A server error in Meta's own words says that the message failed.
    check(
        "500 Internal Server Error",
        "",
        131000,
        None,
        Pace::Doubling,
    )
    .await;
    check("503 Service Unavailable", "", 131016, None, Pace::Doubling).await;
    check(
        "500 Internal Server Error",
        "",
        131057,
        None,
        Pace::Doubling,
    )
    .await;
    check("500 Internal Server Error", "", 1, None, Pace::Doubling).await;
    check("503 Service Unavailable", "", 2, None, Pace::Doubling).await;
}

#[tokio::test]
async fn w5_a_refused_connection_is_tried_again() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let api_url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let config = MetaConfig {
        api_url,
        ..config()
    };
    match send(config, "+14155550142", SendBody::Text(WORDS)).await {
        Err(SendError::Retry {
            code, after: None, ..
        }) => assert_eq!(code, "connect"),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn w5_a_refusal_says_what_it_concerns() {
    let check =
        async |status: &str, body: &str, code: &str, concerns: Concern| match refusal(status, body)
            .await
        {
            SendError::Refused {
                code: got,
                concerns: of,
                ..
            } => assert_eq!((got.as_str(), of), (code, concerns), "{status} {body}"),
            other => panic!("{status} {body}: {other:?}"),
        };
    for code in [131026, 131051, 131008, 131009, 131050, 132001, 999_999] {
        let named = code.to_string();
        check(
            "400 Bad Request",
            &error_json(code),
            &named,
            Concern::Message,
        )
        .await;
    }
    check("400 Bad Request", "<html>", "HTTP 400", Concern::Message).await;
    for code in [131048, 131049, 131031, 368, 131042] {
        let named = code.to_string();
        check("403 Forbidden", &error_json(code), &named, Concern::Account).await;
    }
    check(
        "401 Unauthorized",
        &error_json(190),
        "190",
        Concern::Account,
    )
    .await;
    check("401 Unauthorized", "", "HTTP 401", Concern::Account).await;
    check("403 Forbidden", &error_json(299), "299", Concern::Account).await;
}

#[tokio::test]
async fn w3_a_closed_window_is_told_from_a_refusal() {
    assert_eq!(
        refusal("400 Bad Request", &error_json(131_047)).await,
        SendError::OutsideWindow {
            code: "131047".to_owned()
        }
    );
}

#[tokio::test]
async fn x3_what_may_have_been_taken_is_unknown() {
    let long = "x".repeat(70_000);
    let refused = error_json(131_026);
    for (does, expect) in [
        (
            answer("500 Internal Server Error", "", "<html>"),
            "the answer was HTTP 500",
        ),
        (
            answer("502 Bad Gateway", "", &refused),
            "the answer was HTTP 502",
        ),
        (
            answer("504 Gateway Timeout", "", ""),
            "the answer was HTTP 504",
        ),
        (
            answer("408 Request Timeout", "", &error_json(2)),
            "the answer was HTTP 408",
        ),
        (
            answer("307 Temporary Redirect", "location: /elsewhere\r\n", ""),
            "the answer was HTTP 307",
        ),
        (
            answer("200 OK", "", r#"{"messages": []}"#),
            "HTTP 200, but the answer holds no message",
        ),
        (
            answer("200 OK", "", &refused),
            "HTTP 200, but the answer holds no message",
        ),
        (
            answer("200 OK", "", &long),
            "HTTP 200, but the answer is longer than 64 KB",
        ),
    ] {
        let expect = SendError::Unknown {
            why: expect.to_owned(),
        };
        assert_eq!(outcome(does).await, Err(expect));
    }
    match outcome(Does::HangsUp).await {
        Err(SendError::Unknown { why }) => assert!(why.starts_with("there was no answer"), "{why}"),
        other => panic!("{other:?}"),
    }
    let (api_url, served) = serve(Does::Waits).await;
    let timeouts = Timeouts {
        connect: Duration::from_millis(500),
        total: Duration::from_millis(200),
    };
    let config = MetaConfig {
        api_url,
        timeouts,
        ..config()
    };
    let late = send(config, "+14155550142", SendBody::Text(WORDS)).await;
    assert_eq!(
        late,
        Err(SendError::Unknown {
            why: "there was no answer (timed out)".to_owned()
        })
    );
    served.await.unwrap();
}
