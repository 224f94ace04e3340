//! Webhooks of a provider that is none, or is not well.

use base64::{Engine, engine::general_purpose::STANDARD};
use countersign_core::ContentHash;
use countersign_local::{
    faults::{Canned, Fault, Plan, Service},
    simulator::signed_form,
};
use hmac::{Hmac, KeyInit, Mac};
use it::{CUSTOMER, World};
use sha1::Sha1;

use super::*;

const PATH: &str = "/webhooks/twilio/demo";
const TOKEN: &str = "local-auth-token";
const FORM: &str = "application/x-www-form-urlencoded";
/// No webhook may be larger, in bytes.
const MOST_BYTES: usize = 256 * 1024;

type Fields = Vec<(String, String)>;

fn fields(world: &World) -> Fields {
    let from = CUSTOMER.parse().unwrap();
    let simulator = &world.stack.simulator;
    simulator.inbound_form(&from, "Somebody", "stock ABC123")
}

/// The form with one field changed.
fn with(world: &World, name: &str, value: &str) -> Fields {
    let mut fields = fields(world);
    fields.retain(|(field, _)| field != name);
    fields.push((name.to_owned(), value.to_owned()));
    fields
}

/// A form that is posted to `path`, with the signature of one posted to `signed`.
fn form(world: &World, path: &str, signed: &str, fields: &Fields) -> Request {
    let url = format!("{}{signed}", world.stack.url());
    let (body, signature) = signed_form(&url, TOKEN, fields);
    unsigned(path, body).header("x-twilio-signature", signature)
}

fn good(world: &World) -> Request {
    form(world, PATH, PATH, &fields(world))
}

fn unsigned(path: &str, body: impl Into<Vec<u8>>) -> Request {
    Request {
        method: Method::POST,
        path: path.to_owned(),
        headers: vec![("content-type", FORM.to_owned())],
        body: body.into(),
    }
}

/// The signature of bytes that no form encoder would make.
fn signature_over(world: &World, path: &str, pairs: &[u8]) -> String {
    let mut mac = Hmac::<Sha1>::new_from_slice(TOKEN.as_bytes()).unwrap();
    mac.update(format!("{}{path}", world.stack.url()).as_bytes());
    mac.update(pairs);
    STANDARD.encode(mac.finalize().into_bytes())
}

/// As large as told, all in the body of the message.
fn large(world: &World, bytes: usize) -> Request {
    let encoded = |text: &str| form(world, PATH, PATH, &with(world, "Body", text));
    let rest = encoded("").body.len();
    let request = encoded(&"a".repeat(bytes - rest));
    assert_eq!(request.body.len(), bytes);
    request
}

/// Not UTF-8 in the message's text.
fn not_text(world: &World) -> (Vec<u8>, String) {
    let url = format!("{}{PATH}", world.stack.url());
    let mut all = with(world, "Body", "§");
    all.sort();
    let (body, _) = signed_form(&url, TOKEN, &all);
    let pairs: String = all
        .iter()
        .map(|(key, value)| format!("{key}{value}"))
        .collect();
    let (before, after) = pairs.split_once('§').unwrap();
    let pairs = [before.as_bytes(), b"\xff\xfe", after.as_bytes()].concat();
    let signature = signature_over(world, PATH, &pairs);
    (body.replace("%C2%A7", "%FF%FE").into_bytes(), signature)
}

fn json(world: &World) -> Vec<(&'static str, Request, StatusCode)> {
    let body = br#"{"MessageSid":"SM1","Body":"stock ABC123"}"#.to_vec();
    let hashed = format!("{PATH}?bodySHA256={}", ContentHash::of(&body));
    let post = |path: &str, signature: Option<String>| {
        let mut request = unsigned(path, body.clone());
        request.headers = vec![("content-type", "application/json".to_owned())];
        request
            .headers
            .extend(signature.map(|s| ("x-twilio-signature", s)));
        request
    };
    vec![
        ("JSON, unsigned", post(PATH, None), FORBIDDEN),
        (
            "JSON that nothing signs but the URL",
            post(PATH, Some(signature_over(world, PATH, b""))),
            FORBIDDEN,
        ),
        (
            "JSON, signed",
            post(&hashed, Some(signature_over(world, &hashed, b""))),
            BAD,
        ),
    ]
}

#[tokio::test]
async fn w1_what_is_no_webhook_of_ours_is_refused_and_leaves_no_trace() {
    let world = World::new().await;
    let w = &world;
    let own = good(w);
    let signature = || own.headers[1].1.clone();
    let signed =
        |signature: &str| unsigned(PATH, own.body.clone()).header("x-twilio-signature", signature);
    let (forged, other) = (
        signed_form(
            &format!("{}{PATH}", w.stack.url()),
            "another-token",
            &fields(w),
        )
        .1,
        good(w).headers[1].1.clone(),
    );
    let (not_text, over_it) = not_text(w);
    let any = |method: Method| Request { method, ..good(w) };
    let status = format!("{PATH}/status");
    let to = |path: &str| form(w, path, path, &fields(w));
    let changed = |name: &str, value: &str| form(w, PATH, PATH, &with(w, name, value));

    let mut rows = vec![
        ("forged", signed(&forged), FORBIDDEN),
        ("missing", unsigned(PATH, own.body.clone()), FORBIDDEN),
        ("empty", signed(""), FORBIDDEN),
        ("truncated", signed(&signature()[..24]), FORBIDDEN),
        ("of another message", signed(&other), FORBIDDEN),
        (
            "twice",
            signed(&signature()).header("x-twilio-signature", signature()),
            FORBIDDEN,
        ),
        (
            "of another endpoint",
            form(w, PATH, "/webhooks/twilio/other", &fields(w)),
            FORBIDDEN,
        ),
        (
            "of the status URL",
            form(w, PATH, &status, &fields(w)),
            FORBIDDEN,
        ),
        (
            "for the status URL",
            form(w, &status, PATH, &fields(w)),
            FORBIDDEN,
        ),
        (
            "with a query",
            form(w, &format!("{PATH}?a=1"), PATH, &fields(w)),
            FORBIDDEN,
        ),
        ("a status without a reference", to(&status), BAD),
        ("2 MB", large(w, 2 * 1024 * 1024), TOO_LARGE),
        ("a byte too many", large(w, MOST_BYTES + 1), TOO_LARGE),
        (
            "2 MB, unsigned",
            unsigned(PATH, vec![b'a'; 2 * 1024 * 1024]),
            TOO_LARGE,
        ),
        (
            "not text",
            unsigned(PATH, not_text.clone()).header("x-twilio-signature", over_it),
            BAD,
        ),
        ("not text, unsigned", unsigned(PATH, not_text), FORBIDDEN),
        ("GET", any(Method::GET), NOT_ALLOWED),
        ("PUT", any(Method::PUT), NOT_ALLOWED),
        ("DELETE", any(Method::DELETE), NOT_ALLOWED),
        (
            "no such endpoint",
            to("/webhooks/twilio/nowhere"),
            NOT_FOUND,
        ),
        (
            "no endpoint's name",
            to("/webhooks/twilio/Demo%23x"),
            NOT_FOUND,
        ),
        (
            "below an endpoint",
            to("/webhooks/twilio/demo/status/x"),
            NOT_FOUND,
        ),
        (
            "another number",
            changed("To", "whatsapp:+14155230000"),
            NOT_FOUND,
        ),
        ("no number", changed("To", "whatsapp:demo"), BAD),
        ("no sender", changed("From", ""), BAD),
        ("no WhatsApp sender", changed("From", CUSTOMER), BAD),
        (
            "a sender with a key in it",
            changed("From", "whatsapp:a#thread"),
            BAD,
        ),
        ("no id", changed("MessageSid", ""), BAD),
        ("empty, unsigned", unsigned(PATH, ""), FORBIDDEN),
        (
            "empty, signed",
            unsigned(PATH, "").header("x-twilio-signature", signature_over(w, PATH, b"")),
            BAD,
        ),
    ];
    rows.extend(json(w));
    for (name, request, expect) in rows {
        let answer = request.send(w).await;
        assert_eq!(
            (answer.status, answer.body.as_str()),
            (expect, ""),
            "{name}"
        );
    }
    rests(w).await;
    assert_eq!(w.thread_of(CUSTOMER).await, None);
    assert_eq!(w.heard(CUSTOMER), Vec::<String>::new());
}

#[tokio::test]
async fn w1_the_largest_webhook_is_cut_and_answered() {
    let world = World::new().await;
    let answer = large(&world, MOST_BYTES).send(&world).await;
    assert_eq!((answer.status, answer.body.as_str()), (OK, ""));
    rests(&world).await;
    assert_eq!(world.heard(CUSTOMER).len(), 1);
    let events = world.events(CUSTOMER).await;
    assert_eq!(count(&events, is_message), 1);
}

#[tokio::test]
async fn w4_a_webhook_changes_nothing_when_it_comes_again_minutes_and_days_later() {
    let world = World::new().await;
    let hook = good(&world);
    assert_eq!(hook.send(&world).await.status, OK);
    rests(&world).await;
    let (thread, commits) = (
        world.thread_of(CUSTOMER).await,
        world.history(CUSTOMER).await,
    );
    let minute = 60;
    let day = 24 * 60 * minute;
    for seconds in [0, 4 * minute, 6 * minute, day, 8 * day] {
        world.clock.advance(std::time::Duration::from_secs(seconds));
        let answer = hook.send(&world).await;
        assert_eq!((answer.status, answer.body.as_str()), (OK, ""), "{seconds}");
        rests(&world).await;
        assert_eq!(world.heard(CUSTOMER).len(), 1, "{seconds}");
        assert_eq!(world.thread_of(CUSTOMER).await, thread, "{seconds}");
        assert_eq!(world.history(CUSTOMER).await, commits, "{seconds}");
    }
    assert_eq!(count(&world.events(CUSTOMER).await, is_message), 1);

    // Nor is it taken in by the thread that came after.
    world.tell(CUSTOMER, "help").await;
    assert_ne!(world.thread_of(CUSTOMER).await, thread);
    assert_eq!(hook.send(&world).await.status, OK);
    rests(&world).await;
    assert_eq!(world.heard(CUSTOMER).len(), 2);
    assert_eq!(count(&world.events(CUSTOMER).await, is_message), 1);
}

#[tokio::test]
async fn w4_while_the_queue_is_down_the_provider_is_told_and_nothing_is_lost() {
    let world = World::new().await;
    let faults = &world.stack.faults;
    let hook = good(&world);
    let every = |canned| Plan::every(Service::Sqs, "", Fault::Answer(canned));
    let first = |fault| Plan::nth_of(Service::Sqs, "", 1, fault);
    let rows = [
        (every(Canned::sqs_failed()), FAILED),
        (every(Canned::sqs_unavailable()), FAILED),
        (Plan::every(Service::Sqs, "", Fault::Refuse), FAILED),
        (first(Fault::Answer(Canned::sqs_failed())), OK),
        (first(Fault::LoseAnswer), OK),
        (first(Fault::AnswerAfter(Canned::sqs_failed())), OK),
    ];
    for (plan, expect) in rows {
        faults.reset();
        faults.arm(plan.clone());
        let ingress = world.stack.cold().unwrap().ingress;
        let response = ingress.handle(hook.to_function()).await;
        assert_eq!(response.status(), expect, "{plan:?}");
        assert!(response.body().is_empty(), "{plan:?}");
    }
    rests(&world).await;
    assert_eq!(world.heard(CUSTOMER).len(), 1);
    assert_eq!(count(&world.events(CUSTOMER).await, is_message), 1);
}
