//! The simulator seen from both sides: as Twilio by a sender, and as a phone by a webhook.

mod controls;
mod meta;
mod meta_sends;
mod sends;
mod webhooks;

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{
    Router,
    extract::{OriginalUri, State},
    http::{HeaderMap, StatusCode},
    routing::post,
};
use countersign_core::E164;
use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::sync::watch;

use super::*;
use crate::clock::ManualClock;

const ACCOUNT: &str = "AC0123456789abcdef0123456789abcdef";
const TOKEN: &str = "a-token-for-tests";
const META_NUMBER_ID: &str = "106540352242922";
const META_TOKEN: &str = "a-meta-token-for-tests";
const META_SECRET: &str = "an-app-secret-for-tests";
/// Of real time: only a test that fails waits this long.
const BOUND: Duration = Duration::from_secs(10);

/// A form that arrived at the business's side.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Arrival {
    uri: String,
    signature: Option<String>,
    body: String,
}

impl Arrival {
    fn field(&self, name: &str) -> Option<String> {
        form_urlencoded::parse(self.body.as_bytes())
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.into_owned())
    }

    /// Whether it is signed as it would be for `base` and its own path and query.
    fn is_signed(&self, base: &str) -> bool {
        let params: Vec<_> = form_urlencoded::parse(self.body.as_bytes())
            .into_owned()
            .collect();
        let expected = signed_form(&format!("{base}{}", self.uri), TOKEN, &params).1;
        self.signature == Some(expected)
    }
}

/// The business's side: keeps what arrives and answers with a status.
#[derive(Clone)]
struct Receiver {
    arrivals: Arc<Mutex<Vec<Arrival>>>,
    count: watch::Sender<usize>,
    answer: Arc<Mutex<StatusCode>>,
}

impl Receiver {
    fn arrivals(&self) -> Vec<Arrival> {
        self.arrivals.lock().unwrap().clone()
    }

    fn answer_with(&self, status: StatusCode) {
        *self.answer.lock().unwrap() = status;
    }

    async fn wait_for_arrivals(&self, count: usize) -> Vec<Arrival> {
        let mut counts = self.count.subscribe();
        let arrived = counts.wait_for(|arrived| *arrived >= count);
        tokio::time::timeout(BOUND, arrived).await.unwrap().unwrap();
        self.arrivals()
    }
}

/// A simulator, served, and the business's side it talks to.
struct Stage {
    simulator: Simulator,
    receiver: Receiver,
    clock: ManualClock,
    client: reqwest::Client,
    api: String,
    business: String,
}

impl Stage {
    async fn new() -> Self {
        Self::with_store(None).await
    }

    async fn with_store(store: Option<PathBuf>) -> Self {
        let receiver = Receiver {
            arrivals: Arc::default(),
            count: watch::Sender::new(0),
            answer: Arc::new(Mutex::new(StatusCode::OK)),
        };
        let business = serve(
            Router::new()
                .fallback(post(arrive))
                .with_state(receiver.clone()),
        )
        .await;
        let clock = ManualClock::at("2026-11-20T09:30:00Z".parse::<Timestamp>().unwrap());
        let webhook_url = format!("{business}/webhooks/twilio/demo");
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let api = format!("http://{}", listener.local_addr().unwrap());
        let simulator = Simulator::new(SimulatorConfig {
            account_sid: ACCOUNT.to_owned(),
            auth_token: TOKEN.to_owned(),
            name: "Meridian Supplies".to_owned(),
            number: number("+14155238886"),
            public_url: webhook_url.clone(),
            webhook_url,
            api_url: api.clone(),
            meta: Some(MetaConfig {
                phone_number_id: META_NUMBER_ID.to_owned(),
                account_id: "102290129340398".to_owned(),
                access_token: META_TOKEN.to_owned(),
                app_secret: META_SECRET.to_owned(),
                number: number("+15550783881"),
                webhook_url: format!("{business}/webhooks/meta/meta-demo"),
            }),
            people: vec![SimPerson {
                name: "Maria Silva".to_owned(),
                number: maria(),
                role: SimRole::Customer,
            }],
            templates: Vec::new(),
            clock: Arc::new(clock.clone()),
            store,
        })
        .unwrap();
        // Most tests are about something else.
        simulator.set_window(Window::Ignored);
        let router = simulator.router();
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self {
            api,
            client: reqwest::Client::builder().no_proxy().build().unwrap(),
            simulator,
            receiver,
            clock,
            business,
        }
    }

    fn messages_url(&self) -> String {
        format!("{}/2010-04-01/Accounts/{ACCOUNT}/Messages.json", self.api)
    }

    /// Sends a form as the outbound function would.
    async fn send(&self, form: &[(&str, &str)]) -> reqwest::Result<reqwest::Response> {
        self.client
            .post(self.messages_url())
            .basic_auth(ACCOUNT, Some(TOKEN))
            .form(form)
            .send()
            .await
    }

    /// Sends `body` to Maria with a callback, and returns the answer's status and JSON.
    async fn send_text(&self, body: &str) -> (u16, Value) {
        let callback = self.callback();
        let mut form = to_maria(body);
        form.push(("StatusCallback", &callback));
        let answer = self.send(&form).await.unwrap();
        (answer.status().as_u16(), answer.json().await.unwrap())
    }

    fn callback(&self) -> String {
        format!("{}/webhooks/twilio/demo/status?ref=msg_1", self.business)
    }
}

impl Stage {
    /// POSTs a JSON to Meta's API below the number.
    async fn meta(&self, path: &str, body: &Value) -> (u16, Value) {
        let url = format!("{}/v23.0/{META_NUMBER_ID}/{path}", self.api);
        let post = self.client.post(url).bearer_auth(META_TOKEN).json(body);
        let answer = post.send().await.unwrap();
        (answer.status().as_u16(), answer.json().await.unwrap())
    }

    fn maria_at_meta(&self) -> SimSender {
        SimSender::new(SimProvider::Meta, &maria(), "Maria Silva")
    }
}

fn to_maria(body: &str) -> Vec<(&str, &str)> {
    vec![
        ("From", "whatsapp:+14155238886"),
        ("To", "whatsapp:+5511987654321"),
        ("Body", body),
    ]
}

fn number(text: &str) -> E164 {
    text.parse().unwrap()
}

fn maria() -> E164 {
    number("+5511987654321")
}

async fn arrive(
    State(receiver): State<Receiver>,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
    body: String,
) -> StatusCode {
    let signature = headers.get("x-twilio-signature");
    let signature = signature.or(headers.get("x-hub-signature-256"));
    receiver.arrivals.lock().unwrap().push(Arrival {
        uri: uri.to_string(),
        signature: signature.map(|value| value.to_str().unwrap().to_owned()),
        body,
    });
    receiver.count.send_modify(|count| *count += 1);
    *receiver.answer.lock().unwrap()
}

async fn serve(router: Router) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await });
    format!("http://{address}")
}
