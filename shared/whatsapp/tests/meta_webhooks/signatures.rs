//! What Meta signed is taken, and with any byte of it changed it is not.

use countersign_core::Secret;
use countersign_whatsapp::{Channel, Refused, WebhookRequest, meta::signature};
use http::{HeaderMap, HeaderValue};
use proptest::{collection::vec, prelude::*, sample::Index};

use super::number;

fn verdict(header: &[u8], body: &[u8]) -> Result<(), Refused> {
    let mut headers = HeaderMap::new();
    let header = HeaderValue::from_bytes(header).unwrap();
    headers.insert(signature::HEADER, header);
    number().verify(&WebhookRequest {
        path_and_query: "/webhooks/meta/ventas",
        headers: &headers,
        body,
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn w1_a_changed_byte_of_metas_is_refused(
        body in vec(any::<u8>(), 1..200), at in any::<Index>(), with in any::<u8>(), shown in b'!'..=b'~',
    ) {
        let signature = signature::sign(&Secret::new("app"), &body);
        let signature = signature.as_bytes();
        prop_assert_eq!(verdict(signature, &body), Ok(()));

        let mut other = signature.to_vec();
        other[at.index(signature.len())] = shown;
        // The digits are of either case; the algorithm has one name.
        let is_same = other.eq_ignore_ascii_case(signature) && other.starts_with(b"sha256=");
        prop_assert_eq!(verdict(&other, &body).is_ok(), is_same);

        let mut other = body.clone();
        other[at.index(body.len())] = with;
        if other != body {
            prop_assert_eq!(verdict(signature, &other), Err(Refused::Wrong));
        }
        // Neither a beginning of the body nor more than it.
        prop_assert_eq!(verdict(signature, &body[..body.len() - 1]), Err(Refused::Wrong));
        prop_assert_eq!(verdict(signature, &[&body[..], b" "].concat()), Err(Refused::Wrong));
    }
}
