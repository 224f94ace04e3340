//! Requests that others signed: Twilio's own library, and what pywa takes as Meta's. `tests/providers/run`
//! has them signed, and runs this.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use countersign_core::Secret;
use countersign_whatsapp::{
    Channel, HttpClient, Refused, Timeouts, WebhookRequest,
    meta::{self, Meta, MetaConfig},
    twilio::{self, Twilio, TwilioConfig},
};
use http::HeaderMap;
use serde::Deserialize;

/// The file of signed requests. Only `tests/providers/run` sets it.
const VARIABLE: &str = "PROVIDER_VECTORS";

#[derive(Deserialize)]
struct Vectors {
    token: String,
    secret: String,
    twilio: Vec<Form>,
    meta: Vec<Body>,
}

#[derive(Deserialize)]
struct Form {
    path: String,
    form: Vec<(String, String)>,
    signature: String,
}

#[derive(Deserialize)]
struct Body {
    body: String,
    signature: String,
}

fn vectors() -> Vectors {
    let file = std::env::var(VARIABLE).unwrap_or_default();
    assert!(
        !file.is_empty(),
        "{VARIABLE} names no file; run tests/providers/run"
    );
    serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap()
}

/// The verdict on a request, and on the same with a byte more.
fn verdicts(
    channel: &impl Channel,
    path_and_query: &str,
    headers: &HeaderMap,
    body: &str,
) -> [Result<(), Refused>; 2] {
    [body.to_owned(), format!("{body}x")].map(|body| {
        channel.verify(&WebhookRequest {
            path_and_query,
            headers,
            body: body.as_bytes(),
        })
    })
}

#[test]
fn w1_what_twilios_own_library_signs_is_verified() {
    let vectors = vectors();
    let number = Twilio::new(TwilioConfig {
        endpoint: "ventas".parse().unwrap(),
        number: "+14155238886".parse().unwrap(),
        account_sid: "AC00000000000000000000000000000001".to_owned(),
        auth_token: Secret::new(vectors.token),
        public_url: "https://hooks.example.com".to_owned(),
        api_url: twilio::API_URL.to_owned(),
        overrides: None,
        timeouts: Timeouts::DEFAULT,
    })
    .unwrap();
    assert!(!vectors.twilio.is_empty());
    for form in vectors.twilio {
        let body = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(&form.form)
            .finish();
        let mut headers = HeaderMap::new();
        let kind = "application/x-www-form-urlencoded";
        headers.insert("content-type", kind.parse().unwrap());
        headers.insert(twilio::signature::HEADER, form.signature.parse().unwrap());
        let verdicts = verdicts(&number, &form.path, &headers, &body);
        assert_eq!(verdicts, [Ok(()), Err(Refused::Wrong)], "{body}");
    }
}

#[test]
fn w1_what_pywa_takes_as_metas_is_verified() {
    let vectors = vectors();
    let config = MetaConfig {
        endpoint: "ventas".parse().unwrap(),
        number: "+14155238886".parse().unwrap(),
        phone_number_id: "1".to_owned(),
        access_token: Secret::new("access"),
        app_secret: Secret::new(vectors.secret),
        verify_token: Secret::new("verify"),
        api_url: meta::API_URL.to_owned(),
        timeouts: Timeouts::DEFAULT,
    };
    let number = Meta::with_client(config, HttpClient::default()).unwrap();
    assert!(!vectors.meta.is_empty());
    for body in vectors.meta {
        let mut headers = HeaderMap::new();
        headers.insert(meta::signature::HEADER, body.signature.parse().unwrap());
        let verdicts = verdicts(&number, "/webhooks/meta/ventas", &headers, &body.body);
        assert_eq!(verdicts, [Ok(()), Err(Refused::Wrong)], "{}", body.body);
    }
}
