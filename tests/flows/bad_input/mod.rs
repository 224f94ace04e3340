//! What nobody should send, and what everybody gets for it: a status, no word that helps, and
//! nothing done.

mod callbacks;
mod ingress;
mod queues;
mod sender;
mod tampering;
mod tenants;
mod tokens;

use countersign_core::{
    OutputId,
    event::{Event, EventData},
};
use countersign_local::stack::WEBHOOK_SECRET;
use http::{Method, StatusCode};
use it::{Answer, World};

/// A request as somebody might make it.
struct Request {
    method: Method,
    path: String,
    headers: Vec<(&'static str, String)>,
    body: Vec<u8>,
}

impl Request {
    fn get(path: &str) -> Self {
        Self {
            method: Method::GET,
            path: path.to_owned(),
            headers: Vec::new(),
            body: Vec::new(),
        }
    }

    fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// Sends it through the gateway.
    async fn send(&self, world: &World) -> Answer {
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let url = format!("{}{}", world.stack.url(), self.path);
        let mut request = client.request(self.method.clone(), url);
        for (name, value) in &self.headers {
            request = request.header(*name, value);
        }
        let response = request.body(self.body.clone()).send().await.unwrap();
        Answer {
            status: response.status(),
            body: response.text().await.unwrap(),
        }
    }

    /// The request as it reaches a function.
    fn to_function(&self) -> lambda_http::Request {
        let mut request = http::Request::builder()
            .method(self.method.clone())
            .uri(&self.path);
        for (name, value) in &self.headers {
            request = request.header(*name, value);
        }
        let body = lambda_http::Body::Binary(self.body.clone());
        request.body(body).unwrap()
    }
}

/// No answer holds a secret, or a word of what is inside.
fn leaks_nothing(world: &World, answer: &Answer) {
    let token_secret = world.stack.environment.get("APPROVAL_TOKEN_SECRET");
    let inside = [
        "local-auth-token",
        WEBHOOK_SECRET,
        WEBHOOK_SECRET.trim_start_matches("whsec_"),
        &token_secret.unwrap(),
        "local-secret",
        "panicked",
        "backtrace",
        ".rs:",
        "SdkError",
        "DynamoDB",
        "dynamodb",
        "127.0.0.1",
    ];
    for word in inside {
        assert!(!answer.body.contains(word), "{word}: {}", answer.body);
    }
}

/// The code of a refused callback.
fn code(answer: &Answer) -> String {
    let body: serde_json::Value = serde_json::from_str(&answer.body).unwrap();
    body["error"]["code"]
        .as_str()
        .unwrap_or_default()
        .to_owned()
}

/// A stack in which a report waits for its countersignature.
async fn waiting(customer: &str) -> (World, OutputId) {
    let world = World::new().await;
    world.tell(customer, "sales report for last week").await;
    let output = world.outputs(customer).await[0];
    (world, output)
}

fn count(events: &[Event], kind: impl Fn(&EventData) -> bool) -> usize {
    events.iter().filter(|event| kind(&event.data)).count()
}

fn is_decision(data: &EventData) -> bool {
    matches!(data, EventData::HumanResponse { .. })
}

fn is_message(data: &EventData) -> bool {
    matches!(data, EventData::UserMessage { .. })
}

/// How many files the phone got.
fn files(world: &World, phone: &str) -> usize {
    let sent = world.sent_to(phone);
    sent.iter().filter(|m| m.media_url.is_some()).count()
}

/// Nothing waits on any queue, and nothing was given up.
async fn rests(world: &World) {
    world.settle().await;
    assert_eq!(world.dead_letters(), 0);
}

const OK: StatusCode = StatusCode::OK;
const BAD: StatusCode = StatusCode::BAD_REQUEST;
const FORBIDDEN: StatusCode = StatusCode::FORBIDDEN;
const NOT_FOUND: StatusCode = StatusCode::NOT_FOUND;
const NOT_ALLOWED: StatusCode = StatusCode::METHOD_NOT_ALLOWED;
const CONFLICT: StatusCode = StatusCode::CONFLICT;
const GONE: StatusCode = StatusCode::GONE;
const TOO_LARGE: StatusCode = StatusCode::PAYLOAD_TOO_LARGE;
const FAILED: StatusCode = StatusCode::INTERNAL_SERVER_ERROR;
