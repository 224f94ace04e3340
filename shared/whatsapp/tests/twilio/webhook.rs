//! Webhooks as ingress gets them: verified, then decoded.

use countersign_core::{
    Secret,
    message::{Beside, Content, DeliveryStatus, InboundMessage},
};
use countersign_whatsapp::{
    Channel, DecodeError, Refused, StatusReport, WebhookRequest,
    twilio::{Twilio, TwilioConfig, signature},
};
use http::HeaderMap;

use crate::{TOKEN, config, reference};

const PATH: &str = "/webhooks/twilio/ventas";
const MESSAGE: [(&str, &str); 6] = [
    ("MessageSid", "SM1f0e8ae6ade43cb3c0ce4525424e404f"),
    ("From", "whatsapp:+14155550142"),
    ("To", "whatsapp:+14155238886"),
    ("Body", " ¿Cuántos quedan? "),
    ("ProfileName", "Ana Ruiz"),
    ("NumMedia", "0"),
];

fn headers(signature: &str) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert("host", "elsewhere.example.net".parse().unwrap());
    headers.insert(
        "content-type",
        "application/x-www-form-urlencoded; charset=utf-8"
            .parse()
            .unwrap(),
    );
    headers.insert(signature::HEADER, signature.parse().unwrap());
    headers
}

fn encode(form: &[(&str, &str)]) -> Vec<u8> {
    form_urlencoded::Serializer::new(String::new())
        .extend_pairs(form)
        .finish()
        .into_bytes()
}

/// Whether `config` takes a request that was signed for `url`.
fn verdict(config: TwilioConfig, url: &str) -> Result<(), Refused> {
    let signature = signature::sign(&Secret::new(TOKEN), url, &MESSAGE);
    Twilio::new(config).unwrap().verify(&WebhookRequest {
        path_and_query: PATH,
        headers: &headers(&signature),
        body: &encode(&MESSAGE),
    })
}

#[test]
fn w1_the_signed_url_is_the_configured_one_with_or_without_its_default_port() {
    let check = |public_url: &str, signed: &str, expect| {
        let config = TwilioConfig {
            public_url: public_url.to_owned(),
            ..config()
        };
        let verdict = verdict(config, &format!("{signed}{PATH}"));
        assert_eq!(verdict, expect, "{public_url} {signed}");
    };
    let wrong = Err(Refused::Wrong);
    for (plain, default, other) in [
        ("https://h.io", "https://h.io:443", "https://h.io:8443"),
        (
            "http://h.io/dev",
            "http://h.io:80/dev",
            "http://h.io:8080/dev",
        ),
    ] {
        check(plain, plain, Ok(()));
        check(plain, default, Ok(()));
        check(default, plain, Ok(()));
        check(default, default, Ok(()));
        check(other, other, Ok(()));
        check(other, plain, wrong);
        check(plain, other, wrong);
    }
    // What the Host header says counts for nothing.
    check("https://h.io", "https://elsewhere.example.net", wrong);
}

#[test]
fn w1_the_overrides_may_be_signed_or_not() {
    let check = |overrides: Option<&str>, signed: &str, expect| {
        let config = TwilioConfig {
            overrides: overrides.map(str::to_owned),
            ..config()
        };
        let url = format!("https://hooks.example.com{PATH}{signed}");
        assert_eq!(verdict(config, &url), expect, "{overrides:?} {signed}");
    };
    check(Some("rc=5&rp=all"), "", Ok(()));
    check(Some("rc=5&rp=all"), "#rc=5&rp=all", Ok(()));
    check(Some("rc=5&rp=all"), "#rc=1", Err(Refused::Wrong));
    check(None, "", Ok(()));
    check(None, "#rc=5&rp=all", Err(Refused::Wrong));
}

#[test]
fn w1_a_message_is_verified_and_decoded() {
    let twilio = Twilio::new(config()).unwrap();
    let url = format!("https://hooks.example.com{PATH}");
    let signature = signature::sign(&Secret::new(TOKEN), &url, &MESSAGE);
    let request = WebhookRequest {
        path_and_query: PATH,
        headers: &headers(&signature),
        body: &encode(&MESSAGE),
    };
    assert_eq!(twilio.verify(&request), Ok(()));
    assert_eq!(
        twilio.decode(&request),
        Ok(vec![InboundMessage {
            endpoint: "ventas".parse().unwrap(),
            number: "+14155238886".parse().unwrap(),
            id: "SM1f0e8ae6ade43cb3c0ce4525424e404f".parse().unwrap(),
            sender: "+14155550142".parse().unwrap(),
            phone: Some("+14155550142".parse().unwrap()),
            name: Some("Ana Ruiz".to_owned()),
            content: Content::Text {
                body: " ¿Cuántos quedan? ".to_owned()
            },
            beside: Beside::default(),
        }])
    );
}

#[test]
fn x3_a_status_brings_our_reference_back() {
    let twilio = Twilio::new(config()).unwrap();
    let path = format!("{PATH}/status?ref={}", reference());
    let check = |word: &str, expect: Option<DeliveryStatus>| {
        let form = [
            ("MessageSid", "SM1f0e8ae6ade43cb3c0ce4525424e404f"),
            ("MessageStatus", word),
            ("ErrorCode", "63016"),
        ];
        let url = format!("https://hooks.example.com{path}");
        let signature = signature::sign(&Secret::new(TOKEN), &url, &form);
        let request = WebhookRequest {
            path_and_query: &path,
            headers: &headers(&signature),
            body: &encode(&form),
        };
        assert_eq!(twilio.verify(&request), Ok(()));
        let expect = expect.map(|status| StatusReport {
            reference: reference(),
            provider_id: "SM1f0e8ae6ade43cb3c0ce4525424e404f".parse().unwrap(),
            status,
        });
        let reports = twilio.decode_status(&request);
        assert_eq!(reports, Ok(expect.into_iter().collect()));
        // Another message's reference under the same signature is refused.
        let other = WebhookRequest {
            path_and_query: &path.replace("ref=msg_", "ref=msg_0"),
            ..request
        };
        assert_eq!(twilio.verify(&other), Err(Refused::Wrong));
    };
    check("delivered", Some(DeliveryStatus::Delivered));
    check(
        "undelivered",
        Some(DeliveryStatus::Failed {
            code: "63016".to_owned(),
        }),
    );
    check("on_its_way", None);
}

#[test]
fn x3_a_reference_given_twice_settles_nothing() {
    let twilio = Twilio::new(config()).unwrap();
    let request = WebhookRequest {
        path_and_query: &format!("{PATH}/status?ref={0}&ref={0}", reference()),
        headers: &headers(""),
        body: b"MessageSid=SM1&MessageStatus=sent",
    };
    assert_eq!(
        twilio.decode_status(&request),
        Err(DecodeError::Malformed {
            field: "ref",
            why: "missing or not one of our references"
        })
    );
}

#[test]
fn a_body_that_is_not_a_form_is_not_decoded() {
    let twilio = Twilio::new(config()).unwrap();
    let mut headers = headers("");
    headers.insert("content-type", "application/json".parse().unwrap());
    let request = WebhookRequest {
        path_and_query: PATH,
        headers: &headers,
        body: &encode(&MESSAGE),
    };
    let expect = DecodeError::Malformed {
        field: "Content-Type",
        why: "not a form's",
    };
    assert_eq!(twilio.decode(&request), Err(expect));
}
