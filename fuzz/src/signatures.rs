//! Both signature parsers: no header and no body is taken that a second implementation would not take,
//! and none is refused that it would.
//!
//! An input is a byte that says what the header is made from, a line for it, a line for the query, and
//! the body. Without a true signature now and then, a fuzzer would only ever see refusals.

use countersign_whatsapp::{Channel, Refused, WebhookRequest, meta, twilio};
use http::{HeaderMap, HeaderName, HeaderValue};

use crate::{
    numbers::{APP_SECRET, AUTH_TOKEN, META, PUBLIC_URL, TWILIO, VERIFY_TOKEN},
    signing,
};

/// What a request is made from.
struct Made<'a> {
    how: u8,
    header: &'a [u8],
    query: String,
    body: &'a [u8],
}

impl<'a> Made<'a> {
    fn from(input: &'a [u8]) -> Option<Self> {
        let (how, rest) = input.split_first()?;
        let mut lines = rest.splitn(3, |byte| *byte == b'\n');
        let mut line = || lines.next().unwrap_or_default();
        Some(Self {
            how: *how,
            header: line(),
            query: String::from_utf8_lossy(line()).into_owned(),
            body: line(),
        })
    }

    /// The header: the line as it is, a true signature, or one with a byte of it changed as the line
    /// says.
    fn header(&self, signature: &str) -> Vec<u8> {
        let mut header = signature.as_bytes().to_vec();
        match (self.how % 4, self.header) {
            (0, line) => return line.to_vec(),
            (1, [at, with, ..]) => {
                let at = usize::from(*at) % header.len();
                header[at] ^= with;
            }
            (2, line) => header.extend_from_slice(line),
            _ => {}
        }
        header
    }
}

fn headers(name: &'static str, value: &[u8]) -> Option<HeaderMap> {
    let value = HeaderValue::from_bytes(value).ok()?;
    Some(HeaderMap::from_iter([(
        HeaderName::from_static(name),
        value,
    )]))
}

/// A body that is said to be Meta's, and the question whether a webhook is ours.
pub fn meta(input: &[u8]) {
    let Some(made) = Made::from(input) else {
        return;
    };
    let path_and_query = format!("/webhooks/meta/ventas?{}", made.query);
    let expect = format!("sha256={}", signing::meta(APP_SECRET, made.body));
    let given = made.header(&expect);
    let Some(headers) = headers(meta::signature::HEADER, &given) else {
        return;
    };
    let request = WebhookRequest {
        path_and_query: &path_and_query,
        headers: &headers,
        body: made.body,
    };
    // The digits may be of either case, and the algorithm's name is of one.
    let is_signed = given.starts_with(b"sha256=") && given.eq_ignore_ascii_case(expect.as_bytes());
    assert_eq!(META.verify(&request).is_ok(), is_signed, "{given:?}");
    let none = WebhookRequest {
        headers: &HeaderMap::new(),
        ..request
    };
    assert_eq!(META.verify(&none), Err(Refused::Missing));
    if let Ok(challenge) = META.challenge(&request) {
        let asked = signing::pairs(made.query.as_bytes());
        let only = |name: &str| {
            let mut values = asked.iter().filter(|(key, _)| key == name.as_bytes());
            let (_, value) = values.next().expect("what was asked");
            assert!(values.next().is_none(), "{name} is there twice");
            value.as_slice()
        };
        assert_eq!(only("hub.mode"), b"subscribe");
        assert_eq!(only("hub.verify_token"), VERIFY_TOKEN.as_bytes());
        assert_eq!(only("hub.challenge"), challenge.as_bytes());
        assert!(challenge.bytes().all(|byte| byte.is_ascii_alphanumeric()));
        assert!((1..=128).contains(&challenge.len()));
    }
}

/// A request that is said to be Twilio's: a form, or with a body that the URL holds the hash of.
pub fn twilio(input: &[u8]) {
    let Some(made) = Made::from(input) else {
        return;
    };
    let is_form = made.how & 0x40 == 0;
    let path_and_query = match (is_form, made.how & 0x20 == 0) {
        // Now and then the hash is the true one, which no fuzzer finds.
        (false, true) => format!(
            "/w?{}&bodySHA256={}",
            made.query,
            signing::sha256(made.body)
        ),
        _ => format!("/w?{}", made.query),
    };
    let pairs = match is_form {
        true => signing::pairs(made.body),
        false => Vec::new(),
    };
    let expect: Vec<String> = ["", ":443"]
        .iter()
        .flat_map(|port| ["", "#rc=5&rp=all"].map(|with| (port, with)))
        .map(|(port, with)| format!("{PUBLIC_URL}{port}{path_and_query}{with}"))
        .map(|url| signing::twilio(AUTH_TOKEN, &url, &pairs))
        .collect();
    let given = made.header(&expect[usize::from(made.how >> 2) % expect.len()]);
    let Some(mut headers) = headers(twilio::signature::HEADER, &given) else {
        return;
    };
    let content_type = match is_form {
        true => "application/x-www-form-urlencoded; charset=UTF-8",
        false => "application/json",
    };
    headers.insert("content-type", HeaderValue::from_static(content_type));
    let request = WebhookRequest {
        path_and_query: &path_and_query,
        headers: &headers,
        body: made.body,
    };
    let is_signed = expect.iter().any(|expect| expect.as_bytes() == given);
    let is_covered = is_form || has_hash(&path_and_query, made.body);
    let verdict = TWILIO.verify(&request);
    assert_eq!(verdict.is_ok(), is_signed && is_covered, "{given:?}");
    let mut both = headers.clone();
    both.append(twilio::signature::HEADER, HeaderValue::from_static("x"));
    let twice = WebhookRequest {
        headers: &both,
        ..request
    };
    assert_eq!(TWILIO.verify(&twice), Err(Refused::Malformed));
}

fn has_hash(path_and_query: &str, body: &[u8]) -> bool {
    let (_, query) = path_and_query.split_once('?').expect("a query");
    let given: Vec<_> = signing::pairs(query.as_bytes())
        .into_iter()
        .filter(|(key, _)| key == b"bodySHA256")
        .collect();
    matches!(&given[..], [(_, hash)] if *hash == signing::sha256(body).as_bytes())
}
