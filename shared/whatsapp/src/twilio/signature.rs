//! Twilio's request signature.
//!
//! Source: <https://www.twilio.com/docs/usage/security#validating-requests> and the validators of
//! Twilio's own libraries. No time is signed: a replay is recognised by the message's id.

use base64::{Engine, engine::general_purpose::STANDARD};
use countersign_core::Secret;
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::form::Form;
use crate::{Refused, WebhookRequest};

/// The header that bears the signature.
pub const HEADER: &str = "x-twilio-signature";

/// What Twilio would put in [`HEADER`] for a form posted to `url`.
pub fn sign(token: &Secret, url: &str, form: &[(&str, &str)]) -> String {
    let mut pairs: Vec<_> = form
        .iter()
        .map(|(key, value)| (key.as_bytes(), value.as_bytes()))
        .collect();
    STANDARD.encode(mac(token, url, sorted(&mut pairs)))
}

/// Checks `request`, which was sent to one of `urls`.
pub(super) fn verify(
    token: &Secret,
    urls: &[String],
    request: &WebhookRequest<'_>,
) -> Result<(), Refused> {
    if !request.headers.contains_key(HEADER) {
        return Err(Refused::Missing);
    }
    let given: [u8; 20] = request
        .header(HEADER)
        .and_then(|text| STANDARD.decode(text).ok())
        .and_then(|bytes| bytes.try_into().ok())
        .ok_or(Refused::Malformed)?;

    let form = Form::parse(if is_form(request) { request.body } else { b"" });
    let mut pairs: Vec<_> = form.pairs().collect();
    let pairs = sorted(&mut pairs);
    // Which of the URLs matched is no secret, but what the others' signatures look like is.
    let matches = urls
        .iter()
        .map(|url| mac(token, url, pairs).ct_eq(&given))
        .fold(subtle::Choice::from(0), |any, this| any | this);
    if bool::from(matches) && (is_form(request) || body_is_signed(request)) {
        Ok(())
    } else {
        Err(Refused::Wrong)
    }
}

/// Whether the body is a form, whose pairs the signature covers.
pub(super) fn is_form(request: &WebhookRequest<'_>) -> bool {
    request.header("content-type").is_some_and(|value| {
        let essence = value.split(';').next().unwrap_or_default().trim();
        essence.eq_ignore_ascii_case("application/x-www-form-urlencoded")
    })
}

/// Of a body that isn't a form only the hash is signed, as part of the URL.
fn body_is_signed(request: &WebhookRequest<'_>) -> bool {
    let hash = Sha256::digest(request.body);
    let hash: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
    request
        .query_parameter("bodySHA256")
        .is_some_and(|given| bool::from(given.as_bytes().ct_eq(hash.as_bytes())))
}

/// Keys in byte order, the values of one key likewise and each of them once.
fn sorted<'a, 'b>(pairs: &'a mut Vec<(&'b [u8], &'b [u8])>) -> &'a [(&'b [u8], &'b [u8])] {
    pairs.sort_unstable();
    pairs.dedup();
    pairs
}

fn mac(token: &Secret, url: &str, pairs: &[(&[u8], &[u8])]) -> [u8; 20] {
    // HMAC takes a key of any length; the error is one of its interface only.
    let Ok(mut mac) = Hmac::<Sha1>::new_from_slice(token.expose().as_bytes()) else {
        unreachable!("HMAC takes a key of any length");
    };
    mac.update(url.as_bytes());
    for (key, value) in pairs {
        mac.update(key);
        mac.update(value);
    }
    mac.finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, HeaderValue};
    use proptest::prelude::*;

    use super::*;

    const URL: &str = "https://mycompany.com/myapp.php?foo=1&bar=2";
    const CALL: [(&str, &str); 5] = [
        ("To", "+18005551212"),
        ("Digits", "1234"),
        ("From", "+14158675309"),
        ("Caller", "+14158675309"),
        ("CallSid", "CA1234567890ABCDE"),
    ];
    const CALL_SIGNATURE: &str = "RSOYDt4T1cUTdK1PDd93/VVr8B8=";
    const FORM: &str = "application/x-www-form-urlencoded";
    const JSON: &[u8] = br#"{"property": "value", "boolean": true}"#;
    const JSON_URL: &str = "https://mycompany.com/myapp.php?foo=1&bar=2&bodySHA256=\
        0a1ff7634d9ab3b95db5c9a2dfe9416e41502b283a80c7cf19632632f96e6620";
    const JSON_SIGNATURE: &str = "a9nBmqA0ju/hNViExpshrM61xv4=";

    fn token() -> Secret {
        Secret::new("12345")
    }

    fn encode(pairs: &[(&str, &str)]) -> Vec<u8> {
        let mut body = form_urlencoded::Serializer::new(String::new());
        body.extend_pairs(pairs).finish().into_bytes()
    }

    fn headers(content_type: &str, signature: Option<&[u8]>) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert("content-type", content_type.parse().unwrap());
        if let Some(signature) = signature {
            headers.insert(HEADER, HeaderValue::from_bytes(signature).unwrap());
        }
        headers
    }

    fn verdict(
        url: &str,
        content_type: &str,
        body: &[u8],
        signature: Option<&[u8]>,
    ) -> Result<(), Refused> {
        let request = WebhookRequest {
            path_and_query: url.strip_prefix("https://mycompany.com").unwrap_or(url),
            headers: &headers(content_type, signature),
            body,
        };
        verify(&token(), &[url.to_owned()], &request)
    }

    #[test]
    fn w1_twilio_vectors() {
        let check = |url: &str, form: &[(&str, &str)], expect: &str| {
            assert_eq!(sign(&token(), url, form), expect, "{url}");
            let verdict = verdict(url, FORM, &encode(form), Some(expect.as_bytes()));
            assert_eq!(verdict, Ok(()), "{url}");
        };
        check(URL, &CALL, CALL_SIGNATURE);
        check(
            "https://mycompany.com:443/myapp.php?foo=1&bar=2",
            &CALL,
            "kvajT1Ptam85bY51eRf/AJRuM3w=",
        );
        check(
            "http://mycompany.com:80/myapp.php?foo=1&bar=2",
            &CALL,
            "0ZXoZLH/DfblKGATFgpif+LLRf4=",
        );
        check(
            URL,
            &[
                ("Sid", "CA123"),
                ("SidAccount", "AC123"),
                ("Digits", "5678"),
                ("Digits", "1234"),
                ("Digits", "1234"),
            ],
            "IK+Dwps556ElfBT0I3Rgjkr1wJU=",
        );
        assert_eq!(sign(&token(), JSON_URL, &[]), JSON_SIGNATURE);
    }

    #[test]
    fn w1_a_json_body_is_covered_by_its_hash() {
        let check = |url: &str, content_type: &str, body: &[u8], signature: &str, expect| {
            let verdict = verdict(url, content_type, body, Some(signature.as_bytes()));
            assert_eq!(verdict, expect, "{content_type} {url}");
        };
        let json = "application/json; charset=utf-8";
        check(JSON_URL, json, JSON, JSON_SIGNATURE, Ok(()));
        check(JSON_URL, json, b"{}", JSON_SIGNATURE, Err(Refused::Wrong));
        // The same signed URL lends nothing to a form.
        check(
            JSON_URL,
            FORM,
            b"Body=hi",
            JSON_SIGNATURE,
            Err(Refused::Wrong),
        );
        // A body whose hash is not in the URL is not signed, nor is one with two hashes.
        let plain = sign(&token(), URL, &[]);
        check(URL, json, JSON, &plain, Err(Refused::Wrong));
        let twice = format!("{JSON_URL}&bodySHA256=00");
        check(
            &twice,
            json,
            JSON,
            &sign(&token(), &twice, &[]),
            Err(Refused::Wrong),
        );
    }

    #[test]
    fn w1_what_is_not_a_signature_of_this_request_is_refused() {
        let body = encode(&CALL);
        let check = |signature: Option<&[u8]>, expect| {
            assert_eq!(
                verdict(URL, FORM, &body, signature),
                expect,
                "{signature:?}"
            );
        };
        check(Some(CALL_SIGNATURE.as_bytes()), Ok(()));
        check(None, Err(Refused::Missing));
        for malformed in [
            &b""[..],
            b" ",
            b"RSOYDt4T1cUTdK1PDd93/VVr8B8",
            b"RSOYDt4T1cUTdK1PDd93/VVr",
            b"RSOYDt4T1cUTdK1PDd93_VVr8B8=",
            b"not base64!",
            b"\xff\xfe",
            b"RSOYDt4T1cUTdK1PDd93/VVr8B8=RSOYDt4T1cUTdK1PDd93/VVr8B8=",
        ] {
            check(Some(malformed), Err(Refused::Malformed));
        }
        let other_key = sign(&Secret::new("12346"), URL, &CALL);
        check(Some(other_key.as_bytes()), Err(Refused::Wrong));
        check(Some(b"SSOYDt4T1cUTdK1PDd93/VVr8B8="), Err(Refused::Wrong));
        let other_body = sign(&token(), URL, &CALL[1..]);
        check(Some(other_body.as_bytes()), Err(Refused::Wrong));
    }

    #[test]
    fn w1_two_signatures_are_none() {
        let mut headers = headers(FORM, Some(CALL_SIGNATURE.as_bytes()));
        headers.append(HEADER, CALL_SIGNATURE.parse().unwrap());
        let request = WebhookRequest {
            path_and_query: "/myapp.php?foo=1&bar=2",
            headers: &headers,
            body: &encode(&CALL),
        };
        let verdict = verify(&token(), &[URL.to_owned()], &request);
        assert_eq!(verdict, Err(Refused::Malformed));
    }

    #[test]
    fn w1_values_are_signed_as_they_are_with_keys_in_byte_order() {
        // Upper case precedes lower case, and white space stays.
        let expect = sign(
            &token(),
            &format!("{URL}Zoe  two \nZ"),
            &[("a", "\t"), ("á", "")],
        );
        let form = [("á", ""), ("a", "\t"), ("Zoe", "  two \nZ")];
        assert_eq!(sign(&token(), URL, &form), expect);
        let verdict = verdict(URL, FORM, &encode(&form), Some(expect.as_bytes()));
        assert_eq!(verdict, Ok(()));
    }

    #[test]
    fn w1_bytes_that_are_no_text_are_signed_as_bytes() {
        // "Body" and 0xff, then "To" and a broken escape.
        let mut bytes = Hmac::<Sha1>::new_from_slice(b"12345").unwrap();
        bytes.update(URL.as_bytes());
        bytes.update(b"Body\xffTo%4");
        let signature = STANDARD.encode(bytes.finalize().into_bytes());
        let check = |body: &[u8], expect| {
            assert_eq!(verdict(URL, FORM, body, Some(signature.as_bytes())), expect);
        };
        check(b"To=%4&Body=%FF", Ok(()));
        check(b"To=%4&Body=%EF%BF%BD", Err(Refused::Wrong));
    }

    #[test]
    fn the_content_type_may_have_parameters_and_any_case() {
        for content_type in [
            "Application/X-WWW-Form-Urlencoded",
            "application/x-www-form-urlencoded; charset=UTF-8",
        ] {
            let signature = Some(CALL_SIGNATURE.as_bytes());
            let verdict = verdict(URL, content_type, &encode(&CALL), signature);
            assert_eq!(verdict, Ok(()), "{content_type}");
        }
    }

    proptest! {
        #[test]
        fn w1_what_is_signed_verifies_and_nothing_else(
            pairs in prop::collection::vec((".{1,8}", ".{0,20}"), 0..6),
            shift in any::<prop::sample::Index>(),
        ) {
            let pairs: Vec<_> = pairs.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
            let signature = sign(&token(), URL, &pairs);
            let body = encode(&pairs);
            prop_assert_eq!(verdict(URL, FORM, &body, Some(signature.as_bytes())), Ok(()));
            let mut other = signature.clone().into_bytes();
            // Any of the first 26 characters is six bits of the signature.
            let at = shift.index(26);
            other[at] = if other[at] == b'A' { b'B' } else { b'A' };
            prop_assert_eq!(verdict(URL, FORM, &body, Some(&other)), Err(Refused::Wrong));
        }
    }
}
