//! Webhooks as <https://www.standardwebhooks.com> signs them, both ways: requests to an approver's
//! endpoint, and the callbacks that decide.

use base64::{Engine, engine::general_purpose::STANDARD};
use jiff::Timestamp;
use standardwebhooks::Webhook;
use subtle::ConstantTimeEq;

use crate::Secret;

/// Names one webhook, the same on every try.
pub const ID: &str = "webhook-id";
/// When this try was signed, in seconds since 1970.
pub const TIMESTAMP: &str = "webhook-timestamp";
/// `v1,` and the base64 of the MAC; several are separated by spaces.
pub const SIGNATURE: &str = "webhook-signature";

/// How far the sender's clock may be from ours, in seconds, both ways.
pub const TOLERANCE: i64 = 300;

/// An id has at most so many characters.
const LONGEST_ID: usize = 128;

/// The headers of a webhook, as far as they are there and are text.
#[derive(Debug, Clone, Copy)]
pub struct Headers<'a> {
    /// [`ID`].
    pub id: Option<&'a str>,
    /// [`TIMESTAMP`].
    pub timestamp: Option<&'a str>,
    /// [`SIGNATURE`].
    pub signature: Option<&'a str>,
}

/// A webhook that somebody with the secret sent a short while ago.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// Its id: 1 to 128 printable ASCII characters without spaces and full stops.
    pub id: String,
    /// When it was signed.
    pub at: Timestamp,
}

/// Why a webhook is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// A header is not there.
    #[error("{0} is missing; sign callbacks as Standard Webhooks does")]
    Missing(&'static str),
    /// A header can't be read.
    #[error("{0} cannot be read; sign callbacks as Standard Webhooks does")]
    Malformed(&'static str),
    /// It was signed too long ago; it may be a replay.
    #[error("webhook-timestamp is more than 300 s in the past; sign every try anew")]
    TooOld,
    /// It was signed in the future.
    #[error("webhook-timestamp is more than 300 s in the future; check the sender's clock")]
    TooNew,
    /// No signature is one of ours over this id, timestamp and body.
    #[error("no signature fits; check the secret, and that the body is signed as it is sent")]
    Wrong,
}

/// Why a webhook can't be signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CannotSign {
    /// The secret is not one.
    #[error("the secret cannot be used, wants whsec_ and the base64 of 24 to 64 bytes")]
    Secret,
    /// The body is not text.
    #[error("the body is not UTF-8, wants JSON")]
    Body,
}

/// The value of [`SIGNATURE`] for a webhook that is signed at `timestamp`, in seconds since 1970.
///
/// # Errors
/// When the secret can't be used or the body is not UTF-8.
pub fn sign(secret: &Secret, id: &str, timestamp: i64, body: &[u8]) -> Result<String, CannotSign> {
    signer(secret)
        .ok_or(CannotSign::Secret)?
        .sign(id, timestamp, body)
        .map_err(|_| CannotSign::Body)
}

/// Checks a webhook against any of `secrets`; there are two while one takes the other's place. A
/// secret that can't be used fits nothing.
///
/// # Errors
/// When a header is missing or unreadable, its time is off, or no signature fits.
pub fn verify(
    secrets: &[&Secret],
    headers: Headers<'_>,
    body: &[u8],
    now: Timestamp,
) -> Result<Verified, Refused> {
    let id = headers.id.ok_or(Refused::Missing(ID))?;
    let timestamp = headers.timestamp.ok_or(Refused::Missing(TIMESTAMP))?;
    let signatures = headers.signature.ok_or(Refused::Missing(SIGNATURE))?;
    if !is_id(id) {
        return Err(Refused::Malformed(ID));
    }
    let at = read_timestamp(timestamp).ok_or(Refused::Malformed(TIMESTAMP))?;
    let age = now.as_second() - at.as_second();
    if age > TOLERANCE {
        return Err(Refused::TooOld);
    }
    if age < -TOLERANCE {
        return Err(Refused::TooNew);
    }
    let fits = secrets
        .iter()
        .filter_map(|secret| sign(secret, id, at.as_second(), body).ok())
        .any(|expected| {
            signatures
                .split(' ')
                .any(|given| expected.as_bytes().ct_eq(given.as_bytes()).into())
        });
    if fits {
        Ok(Verified {
            id: id.to_owned(),
            at,
        })
    } else {
        Err(Refused::Wrong)
    }
}

/// The crate takes keys of any length, even of none; the standard wants 24 to 64 bytes.
fn signer(secret: &Secret) -> Option<Webhook> {
    let key = STANDARD
        .decode(secret.expose().strip_prefix("whsec_")?)
        .ok()?;
    if !(24..=64).contains(&key.len()) {
        return None;
    }
    Webhook::from_bytes(key).ok()
}

/// Without full stops, which separate id, timestamp and body in what is signed.
fn is_id(text: &str) -> bool {
    (1..=LONGEST_ID).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_graphic() && b != b'.')
}

fn read_timestamp(text: &str) -> Option<Timestamp> {
    if !text.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    Timestamp::from_second(text.parse().ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    // The vector of the Standard Webhooks reference implementations.
    const SECRET: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
    const MESSAGE: &str = "msg_27UH4WbU6Z5A5EzD8u03UvzRbpk";
    const AT: i64 = 1_649_367_553;
    const BODY: &[u8] = br#"{"email":"test@example.com","username":"test_user"}"#;
    const SIGNED: &str = "v1,tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw=";
    const OTHER: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn headers(signature: &str) -> Headers<'_> {
        Headers {
            id: Some(MESSAGE),
            timestamp: Some("1649367553"),
            signature: Some(signature),
        }
    }

    fn check(headers: Headers<'_>, body: &[u8], now: i64, expect: Result<(), Refused>) {
        let verified = verify(&[&Secret::new(SECRET)], headers, body, at(now));
        let expect = expect.map(|()| Verified {
            id: MESSAGE.to_owned(),
            at: at(AT),
        });
        assert_eq!(verified, expect, "{headers:?}");
    }

    #[test]
    fn p6_the_standards_vector_is_signed_and_verified() {
        let signed = sign(&Secret::new(SECRET), MESSAGE, AT, BODY);
        assert_eq!(signed.as_deref(), Ok(SIGNED));
        check(headers(SIGNED), BODY, AT, Ok(()));
    }

    #[test]
    fn p7_a_callback_counts_for_five_minutes_either_way() {
        for (now, expect) in [
            (AT + 300, Ok(())),
            (AT + 301, Err(Refused::TooOld)),
            (AT - 300, Ok(())),
            (AT - 301, Err(Refused::TooNew)),
        ] {
            check(headers(SIGNED), BODY, now, expect);
        }
    }

    #[test]
    fn p7_one_of_several_signatures_is_enough() {
        let other = sign(&Secret::new(OTHER), MESSAGE, AT, BODY).unwrap();
        for (signatures, expect) in [
            (format!("{other} {SIGNED}"), Ok(())),
            (format!("{SIGNED} {other}"), Ok(())),
            (format!("v1a,xyz  {SIGNED} "), Ok(())),
            (other.clone(), Err(Refused::Wrong)),
            (format!("{other} {other}"), Err(Refused::Wrong)),
        ] {
            check(headers(&signatures), BODY, AT, expect);
        }
    }

    #[test]
    fn p7_while_a_secret_is_replaced_both_fit() {
        let (old, new) = (Secret::new(OTHER), Secret::new(SECRET));
        for secrets in [vec![&old, &new], vec![&new, &old]] {
            assert!(verify(&secrets, headers(SIGNED), BODY, at(AT)).is_ok());
        }
        for secrets in [vec![&old], vec![]] {
            let refused = verify(&secrets, headers(SIGNED), BODY, at(AT));
            assert_eq!(refused, Err(Refused::Wrong));
        }
    }

    #[test]
    fn p7_a_signature_that_is_not_whole_fits_nothing() {
        for end in 0..SIGNED.len() {
            check(headers(&SIGNED[..end]), BODY, AT, Err(Refused::Wrong));
        }
        for signature in [
            "v1",
            "v1,",
            ",",
            "   ",
            "v1,====",
            "v2,tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw=",
            "tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw=",
            "v1,tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkx=",
            "v1,tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw==",
            "v1,é",
        ] {
            check(headers(signature), BODY, AT, Err(Refused::Wrong));
        }
    }

    #[test]
    fn p7_another_body_id_or_time_does_not_fit() {
        for body in [&BODY[1..], b"", b"\xff\xfe", &[BODY, b" "].concat()] {
            check(headers(SIGNED), body, AT, Err(Refused::Wrong));
        }
        for (id, timestamp) in [
            ("msg_27UH4WbU6Z5A5EzD8u03UvzRbpl", "1649367553"),
            (MESSAGE, "1649367554"),
        ] {
            let headers = Headers {
                id: Some(id),
                timestamp: Some(timestamp),
                signature: Some(SIGNED),
            };
            check(headers, BODY, AT, Err(Refused::Wrong));
        }
    }

    #[test]
    fn p7_a_missing_or_unreadable_header_is_named() {
        let good = headers(SIGNED);
        for (headers, expect) in [
            (Headers { id: None, ..good }, Refused::Missing(ID)),
            (
                Headers {
                    timestamp: None,
                    ..good
                },
                Refused::Missing(TIMESTAMP),
            ),
            (
                Headers {
                    signature: None,
                    ..good
                },
                Refused::Missing(SIGNATURE),
            ),
        ] {
            check(headers, BODY, AT, Err(expect));
        }
        for id in ["", "a.b", "a b", "é", &"a".repeat(129)] {
            let headers = Headers {
                id: Some(id),
                ..good
            };
            check(headers, BODY, AT, Err(Refused::Malformed(ID)));
        }
        for timestamp in [
            "",
            "-1",
            "+1649367553",
            "1649367553.0",
            " 1649367553",
            "2022-04-07T21:39:13Z",
            "99999999999999",
            "99999999999999999999",
        ] {
            let headers = Headers {
                timestamp: Some(timestamp),
                ..good
            };
            check(headers, BODY, AT, Err(Refused::Malformed(TIMESTAMP)));
        }
    }

    #[test]
    fn p7_a_secret_that_is_none_signs_and_verifies_nothing() {
        for secret in [
            "",
            "whsec_",
            "whsec_QUJD",
            "whsec_not base64",
            "C2FVsBQIhrscChlQIMV+b5sSYspob7oD",
        ] {
            let secret = Secret::new(secret);
            let signed = sign(&secret, MESSAGE, AT, BODY);
            assert_eq!(signed, Err(CannotSign::Secret));
            let refused = verify(&[&secret], headers(SIGNED), BODY, at(AT));
            assert_eq!(refused, Err(Refused::Wrong));
        }
    }

    #[test]
    fn p6_a_body_that_is_not_text_is_not_signed() {
        let signed = sign(&Secret::new(SECRET), MESSAGE, AT, b"\xff");
        assert_eq!(signed, Err(CannotSign::Body));
    }
}
