//! Meta's request signature, and its question whether a webhook is ours.
//!
//! Source: <https://developers.facebook.com/docs/graph-api/webhooks/getting-started>. No time is
//! signed: a replay is recognised by the message's id.

use countersign_core::Secret;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq;

use crate::{Refused, WebhookRequest};

/// The header that bears the signature. Meta sends one by SHA-1 too, which proves nothing here.
pub const HEADER: &str = "x-hub-signature-256";

const PREFIX: &str = "sha256=";

/// The longest challenge that is echoed, in characters; Meta's are ten digits.
const LONGEST_CHALLENGE: usize = 128;

/// What Meta would put in [`HEADER`] for `body`.
pub fn sign(app_secret: &Secret, body: &[u8]) -> String {
    let hex: String = mac(app_secret, body)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    format!("{PREFIX}{hex}")
}

/// Checks that `request`'s body, byte for byte, is signed with the app's secret.
pub(super) fn verify(app_secret: &Secret, request: &WebhookRequest<'_>) -> Result<(), Refused> {
    if !request.headers.contains_key(HEADER) {
        return Err(Refused::Missing);
    }
    let given = request
        .header(HEADER)
        .and_then(|text| text.strip_prefix(PREFIX))
        .and_then(bytes)
        .ok_or(Refused::Malformed)?;
    if bool::from(mac(app_secret, request.body).ct_eq(&given)) {
        Ok(())
    } else {
        Err(Refused::Wrong)
    }
}

/// What to answer to Meta's question whether this webhook is ours, if it knows our token.
pub(super) fn challenge<'a>(
    verify_token: &Secret,
    request: &WebhookRequest<'a>,
) -> Result<std::borrow::Cow<'a, str>, Refused> {
    let mode = request
        .query_parameter("hub.mode")
        .ok_or(Refused::Missing)?;
    let token = request
        .query_parameter("hub.verify_token")
        .ok_or(Refused::Missing)?;
    let challenge = request
        .query_parameter("hub.challenge")
        .ok_or(Refused::Missing)?;
    // It is answered as it came: what could be more than a token of theirs is not.
    let fits = (1..=LONGEST_CHALLENGE).contains(&challenge.len());
    let is_plain = challenge.bytes().all(|b| b.is_ascii_alphanumeric());
    if mode != "subscribe" || !fits || !is_plain {
        return Err(Refused::Malformed);
    }
    // Of tokens with other lengths that alone is learned.
    if bool::from(verify_token.expose().as_bytes().ct_eq(token.as_bytes())) {
        Ok(challenge)
    } else {
        Err(Refused::Wrong)
    }
}

/// 64 hexadecimal digits of either case as bytes.
fn bytes(hex: &str) -> Option<[u8; 32]> {
    let digits: [u8; 64] = hex.as_bytes().try_into().ok()?;
    let mut bytes = [0; 32];
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        let nibble = |digit: u8| char::from(digit).to_digit(16);
        // Two digits of four bits fill a byte.
        *byte = (nibble(pair[0])? << 4 | nibble(pair[1])?) as u8;
    }
    Some(bytes)
}

fn mac(app_secret: &Secret, body: &[u8]) -> [u8; 32] {
    // HMAC takes a key of any length; the error is one of its interface only.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(app_secret.expose().as_bytes()) else {
        unreachable!("HMAC takes a key of any length");
    };
    mac.update(body);
    mac.finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, HeaderValue};
    use proptest::prelude::*;

    use super::*;

    const BODY: &[u8] = br#"{"object":"whatsapp_business_account","entry":[]}"#;
    const SIGNATURE: &str =
        "sha256=159d8a124fb0e2f4ef3bb4a98ebbbf1d3e3c9dda24422558da59e727d517c943";

    fn secret() -> Secret {
        Secret::new("local-app-secret")
    }

    fn headers(signature: Option<&[u8]>) -> HeaderMap {
        let mut headers = HeaderMap::new();
        if let Some(signature) = signature {
            headers.insert(HEADER, HeaderValue::from_bytes(signature).unwrap());
        }
        headers
    }

    fn verdict(body: &[u8], signature: Option<&[u8]>) -> Result<(), Refused> {
        let request = WebhookRequest {
            path_and_query: "/webhooks/meta/ventas",
            headers: &headers(signature),
            body,
        };
        verify(&secret(), &request)
    }

    /// Computed with Python's `hmac`.
    #[test]
    fn w1_meta_vectors() {
        let check = |key: &str, body: &[u8], expect: &str| {
            let expect = format!("sha256={expect}");
            assert_eq!(sign(&Secret::new(key), body), expect, "{key}");
        };
        check("local-app-secret", BODY, &SIGNATURE["sha256=".len()..]);
        check(
            "local-app-secret",
            b"",
            "faa3cdce7999c41a4e6993827c49427abf1bcab027a99783b2a87e69adbd1d31",
        );
        check(
            "another-secret",
            BODY,
            "e8bbcb542d3f062c63cae6988c10a0cd8f76d31a9a5a6ddb31f2cbff057eadbd",
        );
        check(
            &"k".repeat(100),
            "é\n\0".as_bytes(),
            "592fa605b90cadf86b4dade1c8f04b9af31601c80821665934c5574163102e30",
        );
        assert_eq!(verdict(BODY, Some(SIGNATURE.as_bytes())), Ok(()));
    }

    #[test]
    fn w1_what_is_not_a_signature_of_this_body_is_refused() {
        let check = |signature: Option<&[u8]>, expect| {
            assert_eq!(verdict(BODY, signature), expect, "{signature:?}");
        };
        let hex = &SIGNATURE["sha256=".len()..];
        check(None, Err(Refused::Missing));
        // Digits of either case are the same bytes; the algorithm has one name.
        let upper = format!("sha256={}", hex.to_uppercase());
        check(Some(upper.as_bytes()), Ok(()));
        for malformed in [
            "",
            " ",
            "sha256=",
            hex,
            &SIGNATURE[..70],
            &format!("{SIGNATURE}00"),
            &format!("SHA256={hex}"),
            &format!("sha256= {hex}"),
            &format!("sha256={}", "é".repeat(32)),
            &format!("sha256={}", "g".repeat(64)),
            "sha1=875f59c4976bc6ffccf3a5980154d01e8d9271dd",
            &format!("sha1={hex}"),
        ] {
            check(Some(malformed.as_bytes()), Err(Refused::Malformed));
        }
        check(Some(b"\xff\xfe"), Err(Refused::Malformed));
        let other_key = sign(&Secret::new("another-secret"), BODY);
        check(Some(other_key.as_bytes()), Err(Refused::Wrong));
        let other_body = sign(&secret(), b"{}");
        check(Some(other_body.as_bytes()), Err(Refused::Wrong));
    }

    #[test]
    fn w1_a_header_by_sha_1_alone_proves_nothing() {
        let mut headers = HeaderMap::new();
        let old = "sha1=875f59c4976bc6ffccf3a5980154d01e8d9271dd";
        headers.insert("x-hub-signature", old.parse().unwrap());
        let request = WebhookRequest {
            path_and_query: "/webhooks/meta/ventas",
            headers: &headers,
            body: BODY,
        };
        assert_eq!(verify(&secret(), &request), Err(Refused::Missing));
    }

    #[test]
    fn w1_two_signatures_are_none_here_either() {
        let mut headers = headers(Some(SIGNATURE.as_bytes()));
        headers.append(HEADER, SIGNATURE.parse().unwrap());
        let request = WebhookRequest {
            path_and_query: "/webhooks/meta/ventas",
            headers: &headers,
            body: BODY,
        };
        assert_eq!(verify(&secret(), &request), Err(Refused::Malformed));
    }

    #[test]
    fn w1_a_challenge_is_answered_to_who_knows_the_token() {
        let check = |query: &str, expect: Result<&str, Refused>| {
            let path = format!("/webhooks/meta/ventas{query}");
            let request = WebhookRequest {
                path_and_query: &path,
                headers: &HeaderMap::new(),
                body: b"",
            };
            let answer = challenge(&Secret::new("verify me"), &request);
            assert_eq!(answer.as_deref().map_err(|it| *it), expect, "{query}");
        };
        let asked = |token: &str, challenge: &str| {
            format!("?hub.mode=subscribe&hub.verify_token={token}&hub.challenge={challenge}")
        };
        check(&asked("verify+me", "1158201444"), Ok("1158201444"));
        check(&asked("verify%20me", "1158201444"), Ok("1158201444"));
        check(&asked("verify+m", "1158201444"), Err(Refused::Wrong));
        check(&asked("Verify+me", "1158201444"), Err(Refused::Wrong));
        check(&asked("", "1158201444"), Err(Refused::Wrong));
        check(&asked("verify+me", ""), Err(Refused::Malformed));
        check(&asked("verify+me", "%3Cb%3E"), Err(Refused::Malformed));
        check(
            &asked("verify+me", &"1".repeat(129)),
            Err(Refused::Malformed),
        );
        check("", Err(Refused::Missing));
        check("?hub.mode=subscribe", Err(Refused::Missing));
        let other = asked("verify+me", "1").replace("subscribe", "unsubscribe");
        check(&other, Err(Refused::Malformed));
        let twice = format!("{}&hub.verify_token=verify+me", asked("verify+me", "1"));
        check(&twice, Err(Refused::Missing));
    }

    proptest! {
        #[test]
        fn w1_a_signed_body_verifies_and_no_other(
            body in prop::collection::vec(any::<u8>(), 1..200),
            at in any::<prop::sample::Index>(),
            bit in 0_u8..8,
        ) {
            let signature = sign(&secret(), &body);
            prop_assert_eq!(verdict(&body, Some(signature.as_bytes())), Ok(()));
            let mut other = body.clone();
            other[at.index(body.len())] ^= 1 << bit;
            let verdict = verdict(&other, Some(signature.as_bytes()));
            prop_assert_eq!(verdict, Err(Refused::Wrong));
        }

        #[test]
        fn any_header_is_refused_calmly(header in prop::collection::vec(0x20_u8..0x7f, 0..100)) {
            prop_assert!(verdict(BODY, Some(&header)).is_err());
        }
    }
}
