//! One number at each provider.

use std::sync::LazyLock;

use countersign_core::Secret;
use countersign_whatsapp::{
    HttpClient, Timeouts,
    meta::{self, Meta, MetaConfig},
    twilio::{self, Twilio, TwilioConfig},
};

/// Signs Meta's webhooks.
pub const APP_SECRET: &str = "app-secret";
/// What Meta shows that asks whether a webhook is ours.
pub const VERIFY_TOKEN: &str = "verify-token";
/// Signs Twilio's webhooks.
pub const AUTH_TOKEN: &str = "auth-token";
/// Where Twilio reaches us.
pub const PUBLIC_URL: &str = "https://hooks.example.com";

/// A number at Meta: the one that the tests' samples are for.
pub static META: LazyLock<Meta> = LazyLock::new(|| {
    let config = MetaConfig {
        endpoint: "ventas".parse().expect("an endpoint"),
        number: "+14155238886".parse().expect("a number"),
        phone_number_id: "106540352242922".to_owned(),
        access_token: Secret::new("access"),
        app_secret: Secret::new(APP_SECRET),
        verify_token: Secret::new(VERIFY_TOKEN),
        api_url: meta::API_URL.to_owned(),
        timeouts: Timeouts::DEFAULT,
    };
    Meta::with_client(config, HttpClient::default()).expect("settings that can be used")
});

/// The same number at Twilio.
pub static TWILIO: LazyLock<Twilio> = LazyLock::new(|| {
    let config = TwilioConfig {
        endpoint: "ventas".parse().expect("an endpoint"),
        number: "+14155238886".parse().expect("a number"),
        account_sid: "AC00000000000000000000000000000001".to_owned(),
        auth_token: Secret::new(AUTH_TOKEN),
        public_url: PUBLIC_URL.to_owned(),
        api_url: twilio::API_URL.to_owned(),
        overrides: Some(twilio::OVERRIDES.to_owned()),
        timeouts: Timeouts::DEFAULT,
    };
    Twilio::new(config).expect("settings that can be used")
});
