//! Callbacks that decide, from somebody who may not, can't, or says it too often.

use std::time::{Duration, Instant};

use base64::{Engine, engine::general_purpose::STANDARD};
use countersign_core::{OutputId, approval::OutputStatus, event::EventData, tool::ToolCall};
use hmac::{Hmac, KeyInit, Mac};
use it::CUSTOMER;
use serde_json::{Value, json};
use sha2::Sha256;

use super::*;

const PATH: &str = "/webhooks/approval/demo";
const ID: &str = "webhook-id";
const TIMESTAMP: &str = "webhook-timestamp";
const SIGNATURE: &str = "webhook-signature";

/// As the standard has it, over any bytes.
pub(super) fn sign(secret: &str, id: &str, timestamp: i64, body: &[u8]) -> String {
    let key = STANDARD
        .decode(secret.trim_start_matches("whsec_"))
        .unwrap();
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).unwrap();
    mac.update(format!("{id}.{timestamp}.").as_bytes());
    mac.update(body);
    format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
}

/// A callback that is signed `late` seconds after now.
fn callback(world: &World, id: &str, late: i64, body: &[u8]) -> Request {
    let timestamp = world.now().as_second() + late;
    let signature = sign(WEBHOOK_SECRET, id, timestamp, body);
    Request {
        method: Method::POST,
        path: PATH.to_owned(),
        headers: vec![
            ("content-type", "application/json".to_owned()),
            (ID, id.to_owned()),
            (TIMESTAMP, timestamp.to_string()),
            (SIGNATURE, signature),
        ],
        body: body.to_vec(),
    }
}

fn without(mut request: Request, header: &str) -> Request {
    request.headers.retain(|(name, _)| *name != header);
    request
}

async fn approval(world: &World, output: OutputId) -> Value {
    let body = world.callback_body(output, "approve", "Grace Uwase").await;
    serde_json::from_str(&body).unwrap()
}

fn changed(body: &Value, change: impl FnOnce(&mut Value)) -> Vec<u8> {
    let mut body = body.clone();
    change(&mut body);
    body.to_string().into_bytes()
}

#[tokio::test]
async fn p7_a_callback_that_is_none_decides_nothing() {
    let (world, output) = waiting(CUSTOMER).await;
    let w = &world;
    let before = w.state(output).await;
    let body = approval(w, output).await;
    let right = body.to_string().into_bytes();
    let good = || callback(w, "dec_1", 0, &right);
    let signed = |body: &[u8]| callback(w, "dec_1", 0, body);
    let signature = |signature: String| without(good(), SIGNATURE).header(SIGNATURE, signature);
    let of = |name: &str| {
        good()
            .headers
            .iter()
            .find(|h| h.0 == name)
            .unwrap()
            .1
            .clone()
    };
    let now = w.now().as_second();
    let forged = sign(
        "whsec_bm90LXRoZS1hcHByb3ZhbC1zZWNyZXQ=",
        "dec_1",
        now,
        &right,
    );
    let other = sign(WEBHOOK_SECRET, "dec_1", now, b"{}");
    let at = |path: &str| Request {
        path: path.to_owned(),
        ..good()
    };
    let unread = |what: &str| (BAD, what.to_owned());
    let set = |name: &'static str, value: Value| signed(&changed(&body, |body| body[name] = value));

    let not_signed = || (FORBIDDEN, "not_signed".to_owned());
    let rows = [
        ("forged", signature(forged), not_signed()),
        (
            "truncated",
            signature(of(SIGNATURE)[..20].to_owned()),
            not_signed(),
        ),
        ("over another body", signature(other), not_signed()),
        ("no signature", without(good(), SIGNATURE), not_signed()),
        ("no id", without(good(), ID), not_signed()),
        ("no timestamp", without(good(), TIMESTAMP), not_signed()),
        (
            "another id",
            without(good(), ID).header(ID, "dec_2"),
            not_signed(),
        ),
        (
            "6 minutes old",
            callback(w, "dec_1", -360, &right),
            not_signed(),
        ),
        (
            "6 minutes ahead",
            callback(w, "dec_1", 360, &right),
            not_signed(),
        ),
        (
            "an old one with a new date",
            without(callback(w, "dec_1", -360, &right), TIMESTAMP)
                .header(TIMESTAMP, now.to_string()),
            not_signed(),
        ),
        ("not text", signed(b"{\"by\":\"\xff\xfe\"}"), not_signed()),
        (
            "2 MB",
            signed(&vec![b' '; 2 * 1024 * 1024]),
            (TOO_LARGE, "too_large".to_owned()),
        ),
        (
            "a byte too many",
            signed(&vec![b' '; 256 * 1024 + 1]),
            (TOO_LARGE, "too_large".to_owned()),
        ),
        ("nothing", signed(b""), unread("invalid")),
        (
            "deep",
            signed("[".repeat(10_000).as_bytes()),
            unread("invalid"),
        ),
        (
            "deep inside",
            signed(r#"{"by":"#.repeat(10_000).as_bytes()),
            unread("invalid"),
        ),
        (
            "deep and unknown",
            signed(r#"{"x":["#.repeat(10_000).as_bytes()),
            unread("invalid"),
        ),
        (
            "an unknown field",
            set("only_if", json!("paid")),
            unread("invalid"),
        ),
        (
            "an unknown decision",
            set("decision", json!("approved")),
            unread("invalid"),
        ),
        ("nobody", set("by", json!(" ")), unread("invalid")),
        (
            "two lines of somebody",
            set("by", json!("Grace\nUwase")),
            unread("invalid"),
        ),
        ("no version", set("version", json!(-1)), unread("invalid")),
        ("no digest", set("digest", json!("abc")), unread("invalid")),
        (
            "a long reason",
            set("reason", json!("a".repeat(501))),
            unread("invalid"),
        ),
        (
            "no such output",
            set("output_id", json!(OutputId::derived("nobody's"))),
            (NOT_FOUND, "not_found".to_owned()),
        ),
        (
            "another act",
            set("digest", json!("0".repeat(64))),
            (CONFLICT, "not_what_waits".to_owned()),
        ),
        (
            "another version",
            set("version", json!(2)),
            (CONFLICT, "not_what_waits".to_owned()),
        ),
        (
            "no such endpoint",
            at("/webhooks/approval/other"),
            (NOT_FOUND, "not_found".to_owned()),
        ),
        (
            "below",
            at("/webhooks/approval/demo/x"),
            (NOT_FOUND, String::new()),
        ),
        (
            "none",
            at("/webhooks/approval/"),
            (NOT_FOUND, String::new()),
        ),
        (
            "GET",
            Request {
                method: Method::GET,
                ..good()
            },
            (NOT_ALLOWED, String::new()),
        ),
    ];
    for (name, request, (status, expect)) in rows {
        let began = Instant::now();
        let answer = request.send(w).await;
        assert_eq!(answer.status, status, "{name}: {}", answer.body);
        assert!(began.elapsed() < Duration::from_secs(5), "{name}");
        leaks_nothing(w, &answer);
        if expect.is_empty() {
            assert_eq!(answer.body, "", "{name}");
        } else {
            assert_eq!(code(&answer), expect, "{name}");
        }
        assert_eq!(w.state(output).await, before, "{name}");
    }
    rests(w).await;
    assert_eq!(count(&w.events(CUSTOMER).await, is_decision), 0);
    assert_eq!(files(w, CUSTOMER), 0);

    // What was refused under its id stands in nobody's way.
    assert_eq!(good().send(w).await.status, OK);
}

#[tokio::test]
async fn p8_a_callback_that_comes_again_decides_and_sends_once() {
    let (world, output) = waiting(CUSTOMER).await;
    let w = &world;
    let body = approval(w, output).await;
    let right = body.to_string().into_bytes();
    let first = callback(w, "dec_1", 0, &right);
    let won = first.send(w).await;
    assert_eq!(won.status, OK, "{}", won.body);
    let decision = |answer: &Answer| {
        let body: Value = serde_json::from_str(&answer.body).unwrap();
        let found = &body["decision"];
        if found.is_null() {
            body["error"]["decision"].clone()
        } else {
            found.clone()
        }
    };
    let again = first.send(w).await;
    assert_eq!((again.status, &again.body), (OK, &won.body));
    rests(w).await;
    w.clock.advance(Duration::from_secs(240));
    assert_eq!(first.send(w).await.status, OK);
    rests(w).await;
    w.clock.advance(Duration::from_secs(120));
    let replayed = first.send(w).await;
    assert_eq!(
        (replayed.status, code(&replayed)),
        (FORBIDDEN, "not_signed".to_owned())
    );

    let reject = changed(&body, |body| body["decision"] = json!("reject"));
    for (id, body, status) in [
        ("dec_1", &right, OK),
        ("dec_2", &right, CONFLICT),
        ("dec_1", &reject, CONFLICT),
        ("dec_2", &reject, CONFLICT),
    ] {
        let answer = callback(w, id, 0, body).send(w).await;
        assert_eq!(answer.status, status, "{id}: {}", answer.body);
        assert_eq!(decision(&answer), decision(&won), "{id}");
        rests(w).await;
    }
    w.pass(Duration::from_secs(120)).await;
    let events = w.events(CUSTOMER).await;
    assert_eq!(count(&events, is_decision), 1);
    let is_execution = |data: &EventData| {
        matches!(
            data,
            EventData::ToolCall {
                tool: ToolCall::SendDocument(_),
                ..
            }
        )
    };
    assert_eq!(count(&events, is_execution), 1);
    assert_eq!(files(w, CUSTOMER), 1);
    assert_eq!(w.heard(CUSTOMER).len(), 3);
    assert_eq!(w.state(output).await.status, OutputStatus::Executed);
    assert_eq!(w.state(output).await.fence, 1);
}

#[tokio::test]
async fn p5_a_callback_after_the_deadline_decides_nothing() {
    let (world, output) = waiting(CUSTOMER).await;
    let w = &world;
    let right = approval(w, output).await.to_string().into_bytes();
    w.clock.advance(Duration::from_secs(24 * 3600));
    for id in ["late_1", "late_2"] {
        let answer = callback(w, id, 0, &right).send(w).await;
        assert_eq!(
            (answer.status, code(&answer).as_str()),
            (GONE, "deadline_passed")
        );
    }
    assert_eq!(w.state(output).await.status, OutputStatus::Pending);
    w.pass(Duration::from_secs(60)).await;
    let answer = callback(w, "late_1", 0, &right).send(w).await;
    assert_eq!(
        (answer.status, code(&answer).as_str()),
        (CONFLICT, "already_decided")
    );
    rests(w).await;
    assert_eq!(w.state(output).await.status, OutputStatus::Expired);
    assert_eq!(count(&w.events(CUSTOMER).await, is_decision), 1);
    assert_eq!((files(w, CUSTOMER), w.heard(CUSTOMER).len()), (0, 3));
}
