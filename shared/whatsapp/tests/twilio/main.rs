//! Twilio's channel from outside: webhooks in, messages out.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod attention;
mod kinds;
mod round_trips;
mod send;
mod server;
mod signatures;
#[path = "../typed/mod.rs"]
mod typed;
mod webhook;

use std::time::Duration;

use countersign_core::{MessageRef, Secret};
use countersign_whatsapp::{
    Timeouts,
    twilio::{API_URL, TwilioConfig},
};

const TOKEN: &str = "5d41402abc4b2a76b9719d911017c592";

fn config() -> TwilioConfig {
    TwilioConfig {
        endpoint: "ventas".parse().unwrap(),
        number: "+14155238886".parse().unwrap(),
        account_sid: "AC00000000000000000000000000000001".to_owned(),
        auth_token: Secret::new(TOKEN),
        public_url: "https://hooks.example.com".to_owned(),
        api_url: API_URL.to_owned(),
        overrides: None,
        timeouts: Timeouts {
            connect: Duration::from_millis(500),
            total: Duration::from_secs(5),
        },
    }
}

fn reference() -> MessageRef {
    MessageRef::derived("th_1/3/0")
}
