//! Requests as they reach a function: webhooks in Twilio's hand, signed callbacks.

use countersign_core::{Secret, webhook};
use countersign_local::{simulator::signed_form, stack::WEBHOOK_SECRET};
use http::{Method, Request};
use lambda_http::Body;

use crate::{World, world::number};

/// A webhook of Twilio's that can be delivered as often as one likes.
#[derive(Debug, Clone)]
pub struct Hook {
    path: String,
    body: String,
    signature: String,
}

impl Hook {
    /// The webhook as it reaches a function.
    pub fn request(&self) -> lambda_http::Request {
        Request::builder()
            .method(Method::POST)
            .uri(&self.path)
            .header("content-type", "application/x-www-form-urlencoded")
            .header("x-twilio-signature", &self.signature)
            .body(Body::Text(self.body.clone()))
            .unwrap()
    }
}

impl World {
    /// The webhook that brings `text` from a phone.
    pub fn hook(&self, from: &str, text: &str) -> Hook {
        let simulator = &self.stack.simulator;
        let form = simulator.inbound_form(&number(from), "Somebody", text);
        let url = format!("{}/webhooks/twilio/demo", self.stack.url());
        let token = "local-auth-token";
        let (body, signature) = signed_form(&url, token, &form);
        Hook {
            path: "/webhooks/twilio/demo".to_owned(),
            body,
            signature,
        }
    }

    /// A signed callback with this body, as it reaches a function.
    pub fn callback_request(&self, id: &str, body: &str) -> lambda_http::Request {
        let timestamp = self.now().as_second();
        let secret = Secret::new(WEBHOOK_SECRET);
        let signature = webhook::sign(&secret, id, timestamp, body.as_bytes()).unwrap();
        Request::builder()
            .method(Method::POST)
            .uri("/webhooks/approval/demo")
            .header("content-type", "application/json")
            .header("webhook-id", id)
            .header("webhook-timestamp", timestamp)
            .header("webhook-signature", signature)
            .body(Body::Text(body.to_owned()))
            .unwrap()
    }
}
