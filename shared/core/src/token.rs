//! Approval tokens: whoever has the link may decide, as the approver it was made for.
//!
//! A token is stored nowhere. It says itself what it opens and until when, and an HMAC shows that
//! we said it.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use sha2::Sha256;
use subtle::ConstantTimeEq;

use crate::{OutputId, Secret, Tenant};

/// Keeps a MAC made here from being one made elsewhere under the same secret.
const DOMAIN: &[u8] = b"countersign/approval-token\0";

/// The layout of the payload, its first byte.
const LAYOUT: u8 = 1;

/// What a token opens, for whom and until when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApprovalToken {
    /// Whose output.
    pub tenant: Tenant,
    /// The output.
    pub output: OutputId,
    /// The version of it that is shown.
    pub version: u32,
    /// Who decides with it: the name in the record.
    pub approver: String,
    /// From when on it opens nothing, in whole milliseconds.
    pub expires: Timestamp,
}

/// Why a token opens nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// It is not a token: cut off, or something else altogether.
    #[error("approval token: malformed, wants the whole link as it was sent")]
    Malformed,
    /// It was changed, or made under another secret.
    #[error("approval token: its signature is wrong, wants the link as it was sent")]
    Tampered,
    /// It is ours, and its time is over. What it opened is told, for the page that says so.
    #[error("approval token: expired at {}, ask for a new link", .0.expires)]
    Expired(Box<ApprovalToken>),
}

impl ApprovalToken {
    /// The token as text that can stand in a URL's path, some 110 characters with a usual name.
    /// What `expires` has beyond milliseconds is cut.
    pub fn mint(&self, secret: &Secret) -> String {
        let payload = self.payload();
        let mac = mac(secret, &payload);
        format!(
            "{}.{}",
            URL_SAFE_NO_PAD.encode(payload),
            URL_SAFE_NO_PAD.encode(mac)
        )
    }

    /// Reads a token that is valid at `now`, which is to say before it expires.
    ///
    /// # Errors
    /// When it is no token, not ours, or over.
    pub fn read(text: &str, secret: &Secret, now: Timestamp) -> Result<Self, TokenError> {
        let (payload, given) = text.split_once('.').ok_or(TokenError::Malformed)?;
        let decode = |part: &str| {
            URL_SAFE_NO_PAD
                .decode(part)
                .map_err(|_| TokenError::Malformed)
        };
        let (payload, given) = (decode(payload)?, decode(given)?);
        if given.len() != 32 {
            return Err(TokenError::Malformed);
        }
        // Nothing is read from the payload before it is known to be ours.
        if !bool::from(mac(secret, &payload).ct_eq(given.as_slice())) {
            return Err(TokenError::Tampered);
        }
        let token = Self::from_payload(&payload).ok_or(TokenError::Malformed)?;
        if now < token.expires {
            Ok(token)
        } else {
            Err(TokenError::Expired(Box::new(token)))
        }
    }

    /// Layout, output (16 bytes), version (4), expiry in milliseconds (8), length of the tenant
    /// (1), tenant, and the approver to the end. Numbers are big-endian.
    fn payload(&self) -> Vec<u8> {
        let tenant = self.tenant.as_str().as_bytes();
        let mut payload = vec![LAYOUT];
        payload.extend(output_number(self.output).to_be_bytes());
        payload.extend(self.version.to_be_bytes());
        payload.extend(self.expires.as_millisecond().to_be_bytes());
        // A tenant has at most 40 characters.
        payload.push(tenant.len() as u8);
        payload.extend(tenant);
        payload.extend(self.approver.as_bytes());
        payload
    }

    fn from_payload(payload: &[u8]) -> Option<Self> {
        let ([LAYOUT], rest) = payload.split_first_chunk()? else {
            return None;
        };
        let (output, rest) = rest.split_first_chunk()?;
        let (version, rest) = rest.split_first_chunk()?;
        let (expires, rest) = rest.split_first_chunk()?;
        let ([length], rest) = rest.split_first_chunk()?;
        let (tenant, approver) = rest.split_at_checked(usize::from(*length))?;
        Some(Self {
            tenant: std::str::from_utf8(tenant).ok()?.parse().ok()?,
            output: format!("out_{:032x}", u128::from_be_bytes(*output))
                .parse()
                .ok()?,
            version: u32::from_be_bytes(*version),
            approver: std::str::from_utf8(approver).ok()?.to_owned(),
            expires: Timestamp::from_millisecond(i64::from_be_bytes(*expires)).ok()?,
        })
    }
}

fn output_number(output: OutputId) -> u128 {
    // An output id is `out_` and 32 hex digits.
    output
        .to_string()
        .bytes()
        .filter_map(|digit| char::from(digit).to_digit(16))
        .fold(0, |number, digit| number << 4 | u128::from(digit))
}

fn mac(secret: &Secret, payload: &[u8]) -> [u8; 32] {
    // HMAC takes a key of any length; the error is one of its interface only.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.expose().as_bytes()) else {
        unreachable!("HMAC takes a key of any length");
    };
    mac.update(DOMAIN);
    mac.update(payload);
    mac.finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    use jiff::ToSpan;
    use proptest::prelude::*;

    use super::*;

    fn secret() -> Secret {
        Secret::new("an-approval-token-secret-for-tests")
    }

    fn token(approver: &str) -> ApprovalToken {
        ApprovalToken {
            tenant: "acme".parse().unwrap(),
            output: OutputId::derived("th_1/3/0"),
            version: 3,
            approver: approver.to_owned(),
            expires: "2026-11-21T10:00:00.250Z".parse().unwrap(),
        }
    }

    fn before() -> Timestamp {
        token("").expires - 1.hour()
    }

    #[test]
    fn p7_a_token_comes_back_from_its_text() {
        for approver in ["Aline Uwase", "", "José 🦊 \u{202e}\0.\n", "王小明"] {
            let token = token(approver);
            let text = token.mint(&secret());
            assert_eq!(ApprovalToken::read(&text, &secret(), before()), Ok(token));
        }
    }

    #[test]
    fn p7_a_token_is_short_and_needs_no_escaping_in_a_path() {
        let text = token("Aline Uwase").mint(&secret());
        assert_eq!(text.len(), 104);
        assert!(
            text.bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b))
        );
    }

    #[test]
    fn x1_a_token_with_any_character_changed_opens_nothing() {
        let text = token("Aline Uwase").mint(&secret());
        for at in 0..text.len() {
            for other in ["A", "B", "z", "-", "_", "0", ".", "+", "/", "=", " ", "é"] {
                if &text[at..=at] == other {
                    continue;
                }
                let changed = format!("{}{other}{}", &text[..at], &text[at + 1..]);
                let read = ApprovalToken::read(&changed, &secret(), before());
                assert!(
                    matches!(read, Err(TokenError::Malformed | TokenError::Tampered)),
                    "{changed}: {read:?}"
                );
            }
        }
    }

    #[test]
    fn x1_a_token_with_any_bit_of_its_payload_changed_is_tampered_with() {
        let text = token("Aline Uwase").mint(&secret());
        let (payload, mac) = text.split_once('.').unwrap();
        let payload = URL_SAFE_NO_PAD.decode(payload).unwrap();
        for bit in 0..payload.len() * 8 {
            let mut changed = payload.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            let changed = format!("{}.{mac}", URL_SAFE_NO_PAD.encode(changed));
            assert_eq!(
                ApprovalToken::read(&changed, &secret(), before()),
                Err(TokenError::Tampered)
            );
        }
    }

    #[test]
    fn x1_a_token_cut_off_or_added_to_opens_nothing() {
        let text = token("Aline Uwase").mint(&secret());
        let mut others: Vec<String> = (0..text.len()).map(|end| text[..end].to_owned()).collect();
        others.extend([format!("{text}A"), format!("{text}."), format!("A{text}")]);
        for other in others {
            let read = ApprovalToken::read(&other, &secret(), before());
            assert!(
                matches!(read, Err(TokenError::Malformed | TokenError::Tampered)),
                "{other}: {read:?}"
            );
        }
    }

    #[test]
    fn x1_a_token_of_another_secret_is_tampered_with() {
        let text = token("Aline Uwase").mint(&Secret::new("another secret of the same purpose!"));
        let read = ApprovalToken::read(&text, &secret(), before());
        assert_eq!(read, Err(TokenError::Tampered));
    }

    #[test]
    fn x1_a_mac_made_for_something_else_is_no_token() {
        let payload = token("Aline Uwase").payload();
        let mut plain = Hmac::<Sha256>::new_from_slice(secret().expose().as_bytes()).unwrap();
        plain.update(&payload);
        let text = format!(
            "{}.{}",
            URL_SAFE_NO_PAD.encode(&payload),
            URL_SAFE_NO_PAD.encode(plain.finalize().into_bytes())
        );
        let read = ApprovalToken::read(&text, &secret(), before());
        assert_eq!(read, Err(TokenError::Tampered));
    }

    #[test]
    fn p7_a_token_ends_at_the_millisecond_it_expires() {
        let token = token("Aline Uwase");
        let text = token.mint(&secret());
        let read = |now| ApprovalToken::read(&text, &secret(), now);
        assert_eq!(read(token.expires - 1.millisecond()), Ok(token.clone()));
        let over = Err(TokenError::Expired(Box::new(token.clone())));
        assert_eq!(read(token.expires), over);
        assert_eq!(read(token.expires + 1.hour()), over);
    }

    #[test]
    fn p7_a_signed_payload_of_another_layout_is_malformed() {
        let good = token("Aline Uwase").payload();
        let mut later = good.clone();
        later[0] = LAYOUT + 1;
        let mut no_tenant = good.clone();
        no_tenant[29] = 255;
        let mut no_text = good.clone();
        no_text.push(0xff);
        for payload in [vec![], good[..20].to_vec(), later, no_tenant, no_text] {
            let text = format!(
                "{}.{}",
                URL_SAFE_NO_PAD.encode(&payload),
                URL_SAFE_NO_PAD.encode(mac(&secret(), &payload))
            );
            let read = ApprovalToken::read(&text, &secret(), before());
            assert_eq!(read, Err(TokenError::Malformed), "{payload:?}");
        }
    }

    proptest! {
        #[test]
        fn p7_any_token_comes_back(
            tenant in "[a-z0-9-]{1,40}",
            cause in ".*",
            version: u32,
            approver in ".*",
            expires in -1_000_000_000_000_i64..10_000_000_000_000,
        ) {
            let token = ApprovalToken {
                tenant: tenant.parse().unwrap(),
                output: OutputId::derived(&cause),
                version,
                approver,
                expires: Timestamp::from_millisecond(expires).unwrap(),
            };
            let now = token.expires - 1.millisecond();
            prop_assert_eq!(ApprovalToken::read(&token.mint(&secret()), &secret(), now), Ok(token));
        }

        #[test]
        fn p7_no_text_is_read_as_a_token(text in ".*") {
            let read = ApprovalToken::read(&text, &secret(), before());
            prop_assert!(matches!(read, Err(TokenError::Malformed | TokenError::Tampered)));
        }
    }
}
