//! A number at Meta: its webhooks at ingress, and who their senders are.

mod names;

use countersign_core::{MessageRef, Secret};
use countersign_local::{
    faults::{Canned, Fault, Plan, Service},
    stack::Functions,
};
use countersign_whatsapp::meta::signature::{HEADER, sign};
use http::{Method, Response, StatusCode};
use it::World;
use lambda_http::Body;
use serde_json::{Value, json};

const PATH: &str = "/webhooks/meta/meta";
const SECRET: &str = "local-app-secret";
const NUMBER_ID: &str = "106540352242922";

/// A stack that serves a number at Meta beside the one at Twilio, and so by no outbound: what leaves
/// stays on its queue.
struct AtMeta {
    world: World,
    functions: Functions,
}

impl AtMeta {
    async fn new() -> Self {
        let mut world = World::new().await;
        let endpoints = world.stack.environment.get("ENDPOINTS").unwrap();
        let mut endpoints: Value = serde_json::from_str(&endpoints).unwrap();
        endpoints.as_array_mut().unwrap().push(json!({
            "endpoint": "meta", "tenant": world.tenant(), "provider": "meta",
            "number": "+14155230002", "phone_number_id": NUMBER_ID,
            "access_token": "local-access-token", "app_secret": SECRET,
            "verify_token": "local-verify-token",
        }));
        world.set("ENDPOINTS", &endpoints.to_string());
        let functions = world.stack.cold().unwrap();
        Self { world, functions }
    }

    async fn ingress(&self, request: http::request::Builder, body: &[u8]) -> Response<Body> {
        let body = Body::Binary(body.to_vec());
        let request = request.body(body).unwrap();
        self.functions.ingress.handle(request).await
    }

    /// Posts a body signed with `secret`.
    async fn post_signed(&self, path: &str, secret: &str, body: &[u8]) -> StatusCode {
        let signature = sign(&Secret::new(secret), body);
        let request = http::Request::builder()
            .method(Method::POST)
            .uri(path)
            .header("content-type", "application/json")
            .header(HEADER, signature);
        let answer = self.ingress(request, body).await;
        assert!(answer.body().is_empty());
        answer.status()
    }

    async fn post(&self, update: &Value) -> StatusCode {
        let body = update.to_string();
        self.post_signed(PATH, SECRET, body.as_bytes()).await
    }

    /// The agent takes in what is on its queue.
    async fn take_in(&self) {
        for mapping in self.world.stack.mappings(&self.functions) {
            if mapping.queue_url.ends_with("inbound.fifo") {
                // A burst is put off once.
                for _ in 0..3 {
                    self.world.drain(&mapping).await;
                    let second = std::time::Duration::from_secs(2);
                    self.world.clock.advance(second);
                }
            }
        }
        assert_eq!(self.world.dead_letters(), 0);
    }

    fn calls(&self) -> Vec<String> {
        let calls = self.world.stack.faults.calls();
        calls.into_iter().map(|call| call.operation).collect()
    }
}

fn text(id: &str, from: &str) -> Value {
    json!({"from": from, "id": id, "type": "text", "text": {"body": "stock ABC123"}})
}

fn status() -> Value {
    let reference = MessageRef::derived("th_1/3/0").to_string();
    json!({"id": "wamid.9", "status": "sent", "biz_opaque_callback_data": reference})
}

/// A webhook of the number with this id, with these parts.
fn update_of(number_id: &str, parts: Value) -> Value {
    let mut value = json!({"metadata": {"phone_number_id": number_id}});
    for (field, part) in parts.as_object().unwrap() {
        value[field] = part.clone();
    }
    let change = json!({"field": "messages", "value": value});
    json!({"object": "whatsapp_business_account", "entry": [{"id": "1", "changes": [change]}]})
}

fn update(parts: Value) -> Value {
    update_of(NUMBER_ID, parts)
}

#[tokio::test]
async fn w1_meta_learns_that_the_webhook_is_ours() {
    let at = AtMeta::new().await;
    let get = async |path: &str| {
        let request = http::Request::builder().method(Method::GET).uri(path);
        at.ingress(request, b"").await
    };
    let question = |token: &str| {
        format!("?hub.mode=subscribe&hub.verify_token={token}&hub.challenge=1158201444")
    };
    let answer = get(&format!("{PATH}{}", question("local-verify-token"))).await;
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(
        answer.headers()["content-type"],
        "text/plain; charset=utf-8"
    );
    assert_eq!(answer.body(), &Body::Text("1158201444".to_owned()));
    let rows = [
        (
            format!("{PATH}{}", question("other")),
            StatusCode::FORBIDDEN,
        ),
        (PATH.to_owned(), StatusCode::FORBIDDEN),
        (
            format!("/webhooks/meta/demo{}", question("local-verify-token")),
            StatusCode::NOT_FOUND,
        ),
        (
            format!("/webhooks/twilio/meta{}", question("local-verify-token")),
            StatusCode::METHOD_NOT_ALLOWED,
        ),
    ];
    for (path, expect) in rows {
        let answer = get(&path).await;
        assert_eq!(answer.status(), expect, "{path}");
        assert!(answer.body().is_empty(), "{path}");
    }
}

#[tokio::test]
async fn w1_what_meta_did_not_sign_leaves_no_trace() {
    let at = AtMeta::new().await;
    let body = update(json!({"messages": [text("wamid.1", "14155550142")]})).to_string();
    let body = body.as_bytes();
    at.world.stack.faults.reset();
    let other = "/webhooks/meta/demo";
    let big = vec![b' '; ingress::MOST_BYTES_OF_META + 1];
    for (path, secret, body, expect) in [
        (PATH, "another-secret", body, StatusCode::FORBIDDEN),
        (other, SECRET, body, StatusCode::NOT_FOUND),
        ("/webhooks/twilio/meta", SECRET, body, StatusCode::NOT_FOUND),
        (
            "/webhooks/meta/meta/status",
            SECRET,
            body,
            StatusCode::NOT_FOUND,
        ),
        (
            PATH,
            SECRET,
            b"not JSON".as_slice(),
            StatusCode::BAD_REQUEST,
        ),
        (PATH, SECRET, &big, StatusCode::PAYLOAD_TOO_LARGE),
    ] {
        let status = at.post_signed(path, secret, body).await;
        assert_eq!(status, expect, "{path} {secret}");
    }
    let unsigned = http::Request::builder().method(Method::POST).uri(PATH);
    let answer = at.ingress(unsigned, body).await;
    assert_eq!(answer.status(), StatusCode::FORBIDDEN);
    assert_eq!(at.calls(), [] as [String; 0]);
}

#[tokio::test]
async fn o9_a_webhook_of_metas_makes_exactly_these_calls() {
    let at = AtMeta::new().await;
    let (one, two) = (
        text("wamid.1", "14155550142"),
        text("wamid.2", "14155550143"),
    );
    for (parts, expect) in [
        (json!({"messages": [one]}), &["SendMessage"][..]),
        (json!({"messages": [one, two]}), &["SendMessageBatch"]),
        (json!({"statuses": [status()]}), &["SendMessage"]),
        (
            json!({"messages": [one, two], "statuses": [status()]}),
            &["SendMessageBatch", "SendMessage"],
        ),
        (json!({"errors": [{"code": 131031}]}), &[]),
    ] {
        at.world.stack.faults.reset();
        assert_eq!(at.post(&update(parts)).await, StatusCode::OK);
        assert_eq!(at.calls(), expect);
    }
}

/// Both queues have what they are to have before Meta is told so; what comes again changes nothing.
#[tokio::test]
async fn w4_of_messages_and_statuses_neither_is_lost_with_the_other() {
    let at = AtMeta::new().await;
    let messages = [
        text("wamid.1", "14155550142"),
        text("wamid.2", "14155550143"),
    ];
    let both = update(json!({"messages": messages, "statuses": [status()]}));
    // The first call brings the messages; the statuses fail however often the SDK tries.
    at.world.stack.faults.reset();
    for call in 2..10 {
        let failed = Fault::Answer(Canned::sqs_failed());
        let plan = Plan::nth_of(Service::Sqs, "", call, failed);
        at.world.stack.faults.arm(plan);
    }
    assert_eq!(at.post(&both).await, StatusCode::INTERNAL_SERVER_ERROR);
    at.world.stack.faults.reset();
    at.take_in().await;
    let first = at.thread_of("+14155550142").await.unwrap();
    assert_eq!(at.commits("+14155550142").await, 1);
    for day in 0..2 {
        at.world
            .clock
            .advance(std::time::Duration::from_secs(day * 24 * 3600));
        assert_eq!(at.post(&both).await, StatusCode::OK);
        at.take_in().await;
        assert_eq!(at.thread_of("+14155550142").await, Some(first));
        assert_eq!(at.commits("+14155550142").await, 1);
    }
}

/// What is ours of a mixed webhook is taken, and Meta keeps the rest until its number is set up.
#[tokio::test]
async fn w1_of_a_mixed_webhook_what_is_ours_is_taken() {
    let at = AtMeta::new().await;
    let mut mixed = update(json!({"messages": [text("wamid.1", "14155550142")]}));
    let foreign = update_of("1", json!({"messages": [text("wamid.2", "14155550143")]}));
    let entry = foreign["entry"][0].clone();
    mixed["entry"].as_array_mut().unwrap().insert(0, entry);
    assert_eq!(at.post(&mixed).await, StatusCode::NOT_FOUND);
    at.take_in().await;
    assert!(at.thread_of("+14155550142").await.is_some());
    assert_eq!(at.thread_of("+14155550143").await, None);
}
