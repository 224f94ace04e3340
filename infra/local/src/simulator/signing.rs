//! The signing side of Twilio's webhooks, written apart from the code that checks them: two
//! readings of the same description that have to agree.

use std::collections::{BTreeMap, BTreeSet};

use base64::{Engine, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;

/// How a webhook is signed, for posts that a real provider would not make.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signature {
    /// As Twilio signs it.
    Right,
    /// Well formed, with another account's token.
    Forged,
    /// Without the header.
    Missing,
    /// The right one without its last four characters.
    Truncated,
}

/// The body of a form POST and its `X-Twilio-Signature`: base64 of the HMAC-SHA1, by the auth
/// token, over the URL followed by each key and value. Keys are in byte order; the values of one
/// key are sorted and each counts once.
pub fn signed_form<K, V>(url: &str, auth_token: &str, params: &[(K, V)]) -> (String, String)
where
    K: AsRef<str>,
    V: AsRef<str>,
{
    let pairs = || params.iter().map(|(k, v)| (k.as_ref(), v.as_ref()));
    let body = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(pairs())
        .finish();
    let mut values = BTreeMap::<&str, BTreeSet<&str>>::new();
    for (key, value) in pairs() {
        values.entry(key).or_default().insert(value);
    }
    let mut text = url.to_owned();
    for (key, values) in values {
        for value in values {
            text.push_str(key);
            text.push_str(value);
        }
    }
    (body, hmac_sha1(auth_token, &text))
}

/// What the header says for `signature`, or `None` where it is left out.
pub(super) fn header(
    signature: Signature,
    url: &str,
    auth_token: &str,
    params: &[(String, String)],
) -> Option<String> {
    let right = || signed_form(url, auth_token, params).1;
    match signature {
        Signature::Right => Some(right()),
        Signature::Forged => Some(signed_form(url, &format!("{auth_token}x"), params).1),
        Signature::Missing => None,
        Signature::Truncated => {
            let whole = right();
            Some(whole[..whole.len() - 4].to_owned())
        }
    }
}

fn hmac_sha1(key: &str, text: &str) -> String {
    let Ok(mut mac) = Hmac::<Sha1>::new_from_slice(key.as_bytes()) else {
        unreachable!("HMAC takes a key of any length")
    };
    mac.update(text.as_bytes());
    STANDARD.encode(mac.finalize().into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    const CALL: &[(&str, &str)] = &[
        ("CallSid", "CA1234567890ABCDE"),
        ("Caller", "+14158675309"),
        ("Digits", "1234"),
        ("From", "+14158675309"),
        ("To", "+18005551212"),
    ];

    fn check(url: &str, params: &[(&str, &str)], expect: &str) {
        assert_eq!(signed_form(url, "12345", params).1, expect, "{url}");
    }

    #[test]
    fn c1_signatures_are_those_of_twilios_own_libraries() {
        let url = "https://mycompany.com/myapp.php?foo=1&bar=2";
        check(url, CALL, "RSOYDt4T1cUTdK1PDd93/VVr8B8=");
        let with_port = "https://mycompany.com:443/myapp.php?foo=1&bar=2";
        check(with_port, CALL, "kvajT1Ptam85bY51eRf/AJRuM3w=");
        let plain = "http://mycompany.com:80/myapp.php?foo=1&bar=2";
        check(plain, CALL, "0ZXoZLH/DfblKGATFgpif+LLRf4=");
        let repeated = [
            ("Sid", "CA123"),
            ("SidAccount", "AC123"),
            ("Digits", "5678"),
            ("Digits", "1234"),
            ("Digits", "1234"),
        ];
        check(url, &repeated, "IK+Dwps556ElfBT0I3Rgjkr1wJU=");
    }

    #[test]
    fn the_order_of_the_form_does_not_change_its_signature() {
        let mut backwards = CALL.to_vec();
        backwards.reverse();
        let url = "https://mycompany.com/myapp.php?foo=1&bar=2";
        check(url, &backwards, "RSOYDt4T1cUTdK1PDd93/VVr8B8=");
    }

    #[test]
    fn the_body_keeps_whitespace_and_every_script() {
        let (body, _) = signed_form("http://a/", "t", &[("Body", " 1+1 & \u{1F34B}\n")]);
        assert_eq!(body, "Body=+1%2B1+%26+%F0%9F%8D%8B%0A");
        let back: Vec<_> = form_urlencoded::parse(body.as_bytes())
            .into_owned()
            .collect();
        assert_eq!(back, [("Body".into(), " 1+1 & \u{1F34B}\n".into())]);
    }

    #[test]
    fn wrong_signatures_differ_from_the_right_one() {
        let params = [("Body".to_owned(), "hello".to_owned())];
        let of = |signature| header(signature, "http://a/", "t", &params);
        let right = of(Signature::Right).unwrap();
        assert_eq!(of(Signature::Missing), None);
        let forged = of(Signature::Forged).unwrap();
        assert_eq!(forged.len(), right.len());
        assert_ne!(forged, right);
        assert_eq!(of(Signature::Truncated).unwrap(), right[..right.len() - 4]);
    }
}
