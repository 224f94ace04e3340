//! What is sent, and what every kind of answer comes out as.

use std::time::Duration;

use countersign_core::{ProviderMessageId, SenderId};
use countersign_whatsapp::{
    Answer, Channel, Choices, Concern, File, HttpClient, Pace, SendBody, SendError, SendRequest,
    Template, Timeouts,
    twilio::{Twilio, TwilioConfig},
};
use tokio::net::TcpListener;

use crate::{
    TOKEN, config, reference,
    server::{Does, answer, serve},
};

const TAKEN: &str = r#"{"sid": "SM1f0e8ae6ade43cb3c0ce4525424e404f", "status": "queued"}"#;
const WORDS: &str = "Order #1042 is ready & paid";

async fn send(config: TwilioConfig, body: SendBody<'_>) -> Result<ProviderMessageId, SendError> {
    let to: SenderId = "+14155550142".parse().unwrap();
    let request = SendRequest {
        reference: reference(),
        to: &to,
        body,
    };
    Twilio::new(config).unwrap().send(&request).await
}

async fn outcome(does: Does) -> Result<ProviderMessageId, SendError> {
    let (api_url, served) = serve(does).await;
    let config = TwilioConfig {
        api_url,
        ..config()
    };
    let outcome = send(config, SendBody::Text(WORDS)).await;
    served.await.unwrap();
    if let Err(error) = &outcome {
        let shown = format!("{error} {error:?}");
        for hidden in [WORDS, "1042", TOKEN, "+14155550142"] {
            assert!(!shown.contains(hidden), "{shown}");
        }
    }
    outcome
}

async fn refusal(status: &str, body: &str) -> SendError {
    outcome(answer(status, "", body)).await.unwrap_err()
}

fn error_json(code: u32) -> String {
    format!(
        r#"{{"code": {code}, "message": "{WORDS} for whatsapp:+14155550142 was refused", "status": 400}}"#
    )
}

#[tokio::test]
async fn w2_a_text_goes_out_as_a_form() {
    let (api_url, served) = serve(answer("201 Created", "", TAKEN)).await;
    let config = TwilioConfig {
        api_url,
        ..config()
    };
    let id = send(config, SendBody::Text(WORDS)).await;
    assert_eq!(
        id,
        Ok("SM1f0e8ae6ade43cb3c0ce4525424e404f".parse().unwrap())
    );

    let request = served.await.unwrap();
    let (head, body) = request.split_once("\r\n\r\n").unwrap();
    assert!(
        head.starts_with(
            "POST /2010-04-01/Accounts/AC00000000000000000000000000000001/Messages.json HTTP/1.1"
        ),
        "{head}"
    );
    // AC00000000000000000000000000000001:5d41402abc4b2a76b9719d911017c592
    assert!(
        head.contains(
            "authorization: Basic QUMwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMTo1ZDQxNDAyYWJjNGIy\
             YTc2Yjk3MTlkOTExMDE3YzU5Mg=="
        ),
        "{head}"
    );
    assert_eq!(
        pairs(body),
        [
            ("From", "whatsapp:+14155238886"),
            ("To", "whatsapp:+14155550142"),
            ("StatusCallback", &callback()),
            ("Body", WORDS),
        ]
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
    );
}

#[tokio::test]
async fn w2_a_file_goes_out_as_its_url_with_a_caption() {
    let (api_url, served) = serve(answer("201 Created", "", TAKEN)).await;
    let config = TwilioConfig {
        api_url,
        overrides: Some("rc=5&rp=all".to_owned()),
        ..config()
    };
    let media = SendBody::Media(File {
        url: "https://outputs.example.com/report.pdf?X-Amz-Signature=a%2Fb",
        media_type: "application/pdf",
        filename: Some("report.pdf"),
        caption: Some("The report"),
    });
    // A client that several numbers share does the same.
    let twilio = Twilio::with_client(config, HttpClient::default()).unwrap();
    let request = SendRequest {
        reference: reference(),
        to: &"US.13491208655302741918".parse().unwrap(),
        body: media,
    };
    assert!(twilio.send(&request).await.is_ok());

    let request = served.await.unwrap();
    let (_, body) = request.split_once("\r\n\r\n").unwrap();
    assert_eq!(
        pairs(body),
        [
            ("From", "whatsapp:+14155238886"),
            ("To", "whatsapp:US.13491208655302741918"),
            ("StatusCallback", &format!("{}#rc=5&rp=all", callback())),
            (
                "MediaUrl",
                "https://outputs.example.com/report.pdf?X-Amz-Signature=a%2Fb"
            ),
            ("Body", "The report"),
        ]
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
    );
}

/// What Twilio is told beside whom it is from and for.
async fn told(body: SendBody<'_>) -> Vec<(String, String)> {
    let (api_url, served) = serve(answer("201 Created", "", TAKEN)).await;
    let config = TwilioConfig {
        api_url,
        ..config()
    };
    assert!(send(config, body).await.is_ok());
    let request = served.await.unwrap();
    let (_, body) = request.split_once("\r\n\r\n").unwrap();
    pairs(body).split_off(3)
}

/// Nothing is lost of what Twilio has no form for.
#[tokio::test]
async fn w2_choices_reactions_and_templates_go_out_as_twilio_takes_them() {
    let pairs = |pairs: &[(&str, &str)]| -> Vec<(String, String)> {
        let owned = pairs
            .iter()
            .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()));
        owned.collect()
    };
    let answers = ["Kigali", "Musanze"].map(|title| Answer {
        id: title,
        title,
        detail: None,
    });
    let choices = SendBody::Choices(Choices {
        text: "Which site?",
        answers: &answers,
        opens: "Choose",
    });
    assert_eq!(
        told(choices).await,
        pairs(&[("Body", "Which site?\n1. Kigali\n2. Musanze")])
    );
    let reaction = SendBody::Reaction {
        to: &"SM1f0e8ae6ade43cb3c0ce4525424e404f".parse().unwrap(),
        emoji: "👍",
    };
    assert_eq!(told(reaction).await, pairs(&[("Body", "👍")]));
    let template = SendBody::Template(Template {
        id: "HX0123456789abcdef0123456789abcdef",
        language: "en",
        values: &["Sales \"A\"", "Friday"],
    });
    assert_eq!(
        told(template).await,
        pairs(&[
            ("ContentSid", "HX0123456789abcdef0123456789abcdef"),
            ("ContentVariables", r#"{"1":"Sales \"A\"","2":"Friday"}"#),
        ])
    );
}

fn callback() -> String {
    format!(
        "https://hooks.example.com/webhooks/twilio/ventas/status?ref={}",
        reference()
    )
}

fn pairs(body: &str) -> Vec<(String, String)> {
    form_urlencoded::parse(body.as_bytes())
        .into_owned()
        .collect()
}

#[tokio::test]
async fn w5_what_was_not_taken_is_tried_again() {
    let busy = |code: &str, why: &str, after| SendError::Retry {
        code: code.to_owned(),
        why: why.to_owned(),
        after,
        pace: Pace::Doubling,
    };
    let seconds = |seconds| Some(Duration::from_secs(seconds));
    let check = async |status, headers, body: &str, expect| {
        let outcome = outcome(answer(status, headers, body)).await;
        assert_eq!(outcome, Err(expect), "{status} {headers}");
    };
    let many = "429 Too Many Requests";
    let why = "too many requests";
    check(
        many,
        "retry-after: 7\r\n",
        &error_json(20429),
        busy("20429", "too many requests at once", seconds(7)),
    )
    .await;
    // What its code says comes before what its status says.
    let spent = outcome(answer(many, "", &error_json(63038))).await;
    assert!(
        matches!(
            &spent,
            Err(SendError::Refused {
                concerns: Concern::Account,
                ..
            })
        ),
        "{spent:?}"
    );
    check(many, "", "busy", busy("HTTP 429", why, None)).await;
    check(
        many,
        "retry-after: 99999999\r\n",
        "",
        busy("HTTP 429", why, seconds(3600)),
    )
    .await;
    check(
        many,
        "retry-after: soon\r\n",
        "",
        busy("HTTP 429", why, None),
    )
    .await;
    let limit = "the WhatsApp sender has reached its rate limit";
    check(
        "400 Bad Request",
        "",
        &error_json(63018),
        busy("63018", limit, None),
    )
    .await;
}

#[tokio::test]
async fn w5_a_refused_connection_is_tried_again() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let api_url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let config = TwilioConfig {
        api_url,
        ..config()
    };
    match send(config, SendBody::Text(WORDS)).await {
        Err(SendError::Retry {
            code, after: None, ..
        }) => assert_eq!(code, "connect"),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn w5_a_refused_message_says_what_to_do() {
    let refused = |code: &str, meaning: &'static str, advice: &'static str| SendError::Refused {
        code: code.to_owned(),
        concerns: Concern::Message,
        meaning: meaning.into(),
        advice: advice.into(),
    };
    assert_eq!(
        refusal("400 Bad Request", &error_json(63024)).await,
        refused(
            "63024",
            "the recipient can't get WhatsApp messages",
            "check the number, or reach them another way"
        )
    );
    assert_eq!(
        refusal("400 Bad Request", &error_json(99999)).await,
        refused(
            "99999",
            "a code that Countersign doesn't know",
            "read https://www.twilio.com/docs/api/errors/99999"
        )
    );
    assert_eq!(
        refusal("400 Bad Request", "<html>").await,
        refused(
            "HTTP 400",
            "a code that Countersign doesn't know",
            "look the message up in the Twilio console's logs"
        )
    );
}

#[tokio::test]
async fn w5_a_refused_account_is_told_from_a_refused_message() {
    for (status, body, expect) in [
        ("401 Unauthorized", error_json(20003), "20003"),
        ("401 Unauthorized", String::new(), "HTTP 401"),
        ("403 Forbidden", error_json(99999), "99999"),
        ("400 Bad Request", error_json(63007), "63007"),
        ("404 Not Found", error_json(20404), "20404"),
    ] {
        match refusal(status, &body).await {
            SendError::Refused {
                code,
                concerns: Concern::Account,
                ..
            } => assert_eq!(code, expect),
            other => panic!("{status} {body}: {other:?}"),
        }
    }
}

#[tokio::test]
async fn w3_a_closed_window_is_told_from_a_refusal() {
    assert_eq!(
        refusal("400 Bad Request", &error_json(63016)).await,
        SendError::OutsideWindow {
            code: "63016".to_owned()
        }
    );
}

#[tokio::test]
async fn x3_what_may_have_been_taken_is_unknown() {
    let long = "x".repeat(70_000);
    for (does, expect) in [
        (
            answer("500 Internal Server Error", "", &error_json(20429)),
            "the answer was HTTP 500",
        ),
        (
            answer("503 Service Unavailable", "", ""),
            "the answer was HTTP 503",
        ),
        (
            answer("408 Request Timeout", "", ""),
            "the answer was HTTP 408",
        ),
        (
            answer("307 Temporary Redirect", "location: /elsewhere\r\n", ""),
            "the answer was HTTP 307",
        ),
        (
            answer("200 OK", "", "<html>"),
            "HTTP 200, but the answer holds no message",
        ),
        (
            answer("201 Created", "", "{}"),
            "HTTP 201, but the answer holds no message",
        ),
        (
            answer("201 Created", "", r#"{"sid": ""}"#),
            "HTTP 201, but the answer holds no message",
        ),
        (
            answer("201 Created", "", &long),
            "HTTP 201, but the answer is longer than 64 KB",
        ),
    ] {
        let expect = SendError::Unknown {
            why: expect.to_owned(),
        };
        assert_eq!(outcome(does).await, Err(expect));
    }
}

#[tokio::test]
async fn x3_a_connection_lost_after_the_request_leaves_it_unknown() {
    let cut = "HTTP/1.1 201 Created\r\ncontent-length: 500\r\n\r\n{\"sid\":";
    for (does, expect) in [
        (Does::HangsUp, "there was no answer"),
        (
            Does::Answers(cut.to_owned()),
            "HTTP 201, but the answer broke off",
        ),
        (
            Does::Answers("nonsense\r\n\r\n".to_owned()),
            "there was no answer",
        ),
    ] {
        match outcome(does).await {
            Err(SendError::Unknown { why }) => assert!(why.starts_with(expect), "{why}"),
            other => panic!("{expect}: {other:?}"),
        }
    }
}

#[tokio::test]
async fn w5_a_refusal_that_broke_off_is_tried_again() {
    let cut = "HTTP/1.1 400 Bad Request\r\ncontent-length: 500\r\n\r\n{\"code\":";
    match outcome(Does::Answers(cut.to_owned())).await {
        Err(SendError::Retry { code, .. }) => assert_eq!(code, "HTTP 400"),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn x3_no_answer_in_time_leaves_it_unknown() {
    let (api_url, served) = serve(Does::Waits).await;
    let config = TwilioConfig {
        api_url,
        timeouts: Timeouts {
            total: Duration::from_millis(150),
            ..config().timeouts
        },
        ..config()
    };
    assert_eq!(
        send(config, SendBody::Text(WORDS)).await,
        Err(SendError::Unknown {
            why: "there was no answer (timed out)".to_owned()
        })
    );
    served.await.unwrap();
}
