//! What Twilio signed is taken, and with any byte of it changed it is not.

use countersign_core::Secret;
use countersign_whatsapp::{
    Channel, Refused, WebhookRequest,
    twilio::{Twilio, signature},
};
use http::{HeaderMap, HeaderValue};
use proptest::{collection::vec, prelude::*, sample::Index};

use super::{TOKEN, config, round_trips::form};

fn verdict(path_and_query: &str, header: &[u8], body: &[u8]) -> Result<(), Refused> {
    let mut headers = HeaderMap::new();
    let form = "application/x-www-form-urlencoded";
    headers.insert("content-type", form.parse().unwrap());
    let header = HeaderValue::from_bytes(header).unwrap();
    headers.insert(signature::HEADER, header);
    Twilio::new(config()).unwrap().verify(&WebhookRequest {
        path_and_query,
        headers: &headers,
        body,
    })
}

/// The same with one byte another.
fn changed(bytes: &[u8], at: Index, with: u8) -> Vec<u8> {
    let mut changed = bytes.to_vec();
    changed[at.index(bytes.len())] = with;
    changed
}

/// Whether another byte in a form says something else. The digits of an escape are of either case, a
/// space has two forms, and what Twilio signs doesn't tell where a field's name ends.
fn says_else(before: u8, after: u8) -> bool {
    let is_space = |byte: u8| matches!(byte, b' ' | b'+');
    let is_same = before.eq_ignore_ascii_case(&after) || is_space(before) && is_space(after);
    !is_same && (before, after) != (b'=', b'&')
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn w1_a_changed_byte_is_refused(
        values in vec("(?s:.){1,20}", 1..5),
        query in "[a-z]{1,8}=[a-zA-Z0-9%._~-]{1,20}",
        at in any::<Index>(),
        with in b'!'..=b'~',
    ) {
        let fields: Vec<(String, String)> = values
            .into_iter()
            .enumerate()
            .map(|(field, value)| (format!("Field{field}"), value))
            .collect();
        let path = format!("/webhooks/twilio/ventas?{query}");
        let url = format!("https://hooks.example.com{path}");
        let pairs: Vec<(&str, &str)> =
            fields.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
        let signature = signature::sign(&Secret::new(TOKEN), &url, &pairs);
        let (signature, body) = (signature.as_bytes(), form(&fields));
        prop_assert_eq!(verdict(&path, signature, &body), Ok(()));

        let other = changed(signature, at, with);
        if other != signature {
            prop_assert!(verdict(&path, &other, &body).is_err(), "header {other:?}");
        }
        let other = changed(&body, at, with);
        if says_else(body[at.index(body.len())], with) {
            prop_assert_eq!(verdict(&path, signature, &other), Err(Refused::Wrong));
        }
        let other = String::from_utf8(changed(path.as_bytes(), at, with)).unwrap();
        if other != path {
            prop_assert_eq!(verdict(&other, signature, &body), Err(Refused::Wrong));
        }
    }
}
