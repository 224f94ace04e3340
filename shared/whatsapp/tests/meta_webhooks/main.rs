//! Meta's webhooks from outside.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod kinds;
mod many;
mod round_trips;
mod senders;
mod signatures;
#[path = "../typed/mod.rs"]
mod typed;

use countersign_core::Secret;
use countersign_whatsapp::{
    DecodeError, HttpClient, Received, Timeouts, WebhookRequest,
    meta::{API_URL, Meta, MetaConfig},
};
use http::HeaderMap;
use serde::Deserialize;
use serde_json::{Value, json};

const NUMBER_ID: &str = "106540352242922";

/// An update as Meta sends it, with what it is. `tests/providers` has another decoder say the same.
#[derive(Deserialize)]
struct Sample {
    name: String,
    kind: String,
    id: String,
    sender: String,
    update: Value,
}

fn samples() -> Vec<Sample> {
    serde_json::from_str(include_str!("samples.json")).unwrap()
}

fn number() -> Meta {
    let config = MetaConfig {
        endpoint: "ventas".parse().unwrap(),
        number: "+14155238886".parse().unwrap(),
        phone_number_id: NUMBER_ID.to_owned(),
        access_token: Secret::new("access"),
        app_secret: Secret::new("app"),
        verify_token: Secret::new("verify"),
        api_url: API_URL.to_owned(),
        timeouts: Timeouts::DEFAULT,
    };
    Meta::with_client(config, HttpClient::default()).unwrap()
}

fn receive_bytes(body: &[u8]) -> Result<Received, DecodeError> {
    number().receive(&WebhookRequest {
        path_and_query: "/webhooks/meta/ventas",
        headers: &HeaderMap::new(),
        body,
    })
}

fn receive(update: &Value) -> Received {
    receive_bytes(update.to_string().as_bytes()).unwrap()
}

/// A change of our number, with this in its value.
fn change(value: Value) -> Value {
    let mut all = json!({
        "messaging_product": "whatsapp",
        "metadata": {"display_phone_number": "14155238886", "phone_number_id": NUMBER_ID},
    });
    for (field, value) in value.as_object().unwrap() {
        all[field] = value.clone();
    }
    json!({"field": "messages", "value": all})
}

fn update(changes: Vec<Value>) -> Value {
    json!({"object": "whatsapp_business_account", "entry": [{"id": "1", "changes": changes}]})
}
