//! Identifiers, each a type of its own so that one can't stand where another belongs.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// A text that is not a valid identifier of its kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what}: got {got:?}, wants {wants}")]
pub struct InvalidId {
    what: &'static str,
    got: String,
    wants: &'static str,
}

impl InvalidId {
    fn new(what: &'static str, got: &str, wants: &'static str) -> Self {
        // An id comes from outside: what is quoted of it stays short.
        let got = got.chars().take(60).collect();
        Self { what, got, wants }
    }
}

fn is_slug(text: &str) -> bool {
    (1..=40).contains(&text.len())
        && text
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident, $what:literal, $wants:literal, $valid:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// The id as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;

            fn from_str(text: &str) -> Result<Self, InvalidId> {
                let valid: fn(&str) -> bool = $valid;
                if valid(text) {
                    Ok(Self(text.to_owned()))
                } else {
                    Err(InvalidId::new($what, text, $wants))
                }
            }
        }

        impl TryFrom<String> for $name {
            type Error = InvalidId;

            fn try_from(text: String) -> Result<Self, InvalidId> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> String {
                id.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

text_id!(
    /// A company that runs agents. Every stored key begins with one.
    Tenant,
    "tenant",
    "1 to 40 of a-z, 0-9 and -",
    is_slug
);

text_id!(
    /// The last part of a webhook's path: selects tenant, number and secrets.
    EndpointId,
    "endpoint",
    "1 to 40 of a-z, 0-9 and -",
    is_slug
);

text_id!(
    /// A persona: how somebody is spoken to.
    PersonaName,
    "persona",
    "1 to 40 of a-z, 0-9 and -",
    is_slug
);

impl Default for PersonaName {
    /// The persona of whoever has no other.
    fn default() -> Self {
        Self("default".to_owned())
    }
}

text_id!(
    /// A phone number in E.164 form, `+` and 7 to 15 digits.
    E164,
    "phone number",
    "+ and 7 to 15 digits, such as +14155238886",
    |text| {
        text.strip_prefix('+').is_some_and(|digits| {
            (7..=15).contains(&digits.len())
                && digits.bytes().all(|b| b.is_ascii_digit())
                && !digits.starts_with('0')
        })
    }
);

text_id!(
    /// A sender as the provider names them: a business-scoped user id, a `wa_id` or a phone
    /// number. One customer may have several (see the alias items).
    SenderId,
    "sender",
    "1 to 140 printable ASCII characters without spaces or #",
    |text| {
        (1..=140).contains(&text.len())
            && text.bytes().all(|b| b.is_ascii_graphic() && b != b'#')
    }
);

text_id!(
    /// A provider's own id of a message, such as Twilio's `SM…`.
    ProviderMessageId,
    "provider message id",
    "1 to 256 printable ASCII characters without spaces or #",
    |text| {
        (1..=256).contains(&text.len())
            && text.bytes().all(|b| b.is_ascii_graphic() && b != b'#')
    }
);

text_id!(
    /// One attempt at one model call, for which money is held. A repeat of the call costs again,
    /// and so takes another.
    ReservationId,
    "reservation",
    "1 to 64 of A-Z, a-z, 0-9, _ and -",
    |text| {
        let valid = |b: u8| b.is_ascii_alphanumeric() || b == b'_' || b == b'-';
        (1..=64).contains(&text.len()) && text.bytes().all(valid)
    }
);

text_id!(
    /// A stock keeping unit, upper case.
    Sku,
    "SKU",
    "2 to 20 of A-Z, 0-9 and -",
    |text| {
        (2..=20).contains(&text.len())
            && text
                .bytes()
                .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'-')
    }
);

macro_rules! uuid_id {
    ($(#[$doc:meta])* $name:ident, $prefix:literal, $wants:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(Uuid);

        impl $name {
            /// An id from 16 bytes that the caller took from a clock and randomness (UUID v7) or
            /// derived from the id's cause.
            pub const fn new(uuid: Uuid) -> Self {
                Self(uuid)
            }

            /// The same id for the same cause, whoever derives it and however often.
            pub fn derived(cause: &str) -> Self {
                Self(uuid_from(&format!("{}{cause}", $prefix)))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}{}", $prefix, self.0.simple())
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;

            fn from_str(text: &str) -> Result<Self, InvalidId> {
                text.strip_prefix($prefix)
                    .filter(|hex| hex.len() == 32 && !hex.bytes().any(|b| b.is_ascii_uppercase()))
                    .and_then(|hex| Uuid::try_parse(hex).ok())
                    .map(Self)
                    .ok_or_else(|| InvalidId::new(stringify!($name), text, $wants))
            }
        }

        impl TryFrom<String> for $name {
            type Error = InvalidId;

            fn try_from(text: String) -> Result<Self, InvalidId> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> String {
                id.to_string()
            }
        }
    };
}

uuid_id!(
    /// One customer's conversation with one tenant.
    ThreadId,
    "th_",
    "th_ and 32 lower-case hex digits"
);
uuid_id!(
    /// A person who writes, whatever numbers and user ids they write from.
    CustomerId,
    "cu_",
    "cu_ and 32 lower-case hex digits"
);
uuid_id!(
    /// One event of a thread.
    EventId,
    "ev_",
    "ev_ and 32 lower-case hex digits"
);
uuid_id!(
    /// One call of a tool, from its choice to its result.
    CallId,
    "ca_",
    "ca_ and 32 lower-case hex digits"
);
uuid_id!(
    /// A one-time code that a customer was asked for, without the code.
    ChallengeId,
    "ch_",
    "ch_ and 32 lower-case hex digits"
);
uuid_id!(
    /// What a skill produced and an approver decides on.
    OutputId,
    "out_",
    "out_ and 32 lower-case hex digits"
);
uuid_id!(
    /// An outgoing message, derived from the effect that causes it; the provider's status
    /// callback carries it back.
    MessageRef,
    "msg_",
    "msg_ and 32 lower-case hex digits"
);

fn uuid_from(cause: &str) -> Uuid {
    let digest = Sha256::digest(cause.as_bytes());
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    uuid::Builder::from_custom_bytes(bytes).into_uuid()
}

/// A SHA-256, written as 64 lower-case hex digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ContentHash([u8; 32]);

impl ContentHash {
    /// What precedes the first commit of a thread.
    pub const GENESIS: Self = Self([0; 32]);

    /// The hash of `bytes`.
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// The first eight hex digits, for people to compare.
    pub fn short(&self) -> String {
        self.to_string().chars().take(8).collect()
    }
}

impl fmt::Display for ContentHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for ContentHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ContentHash({self})")
    }
}

impl FromStr for ContentHash {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        let invalid = || InvalidId::new("content hash", text, "64 lower-case hex digits");
        let digits = text.as_bytes();
        if digits.len() != 64 {
            return Err(invalid());
        }
        let mut bytes = [0; 32];
        for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
            *byte = (nibble(pair[0]).ok_or_else(invalid)? << 4)
                | nibble(pair[1]).ok_or_else(invalid)?;
        }
        Ok(Self(bytes))
    }
}

fn nibble(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    }
}

impl TryFrom<String> for ContentHash {
    type Error = InvalidId;

    fn try_from(text: String) -> Result<Self, InvalidId> {
        text.parse()
    }
}

impl From<ContentHash> for String {
    fn from(hash: ContentHash) -> String {
        hash.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_come_back_from_their_text() {
        let id = OutputId::derived("th_1/3/0");
        assert_eq!(id.to_string().parse(), Ok(id));
        assert_eq!(OutputId::derived("th_1/3/0"), id);
        assert_ne!(OutputId::derived("th_1/3/1"), id);
        let hash = ContentHash::of(b"abc");
        assert_eq!(hash.to_string().parse(), Ok(hash));
        assert_eq!(hash.short(), "ba7816bf");
    }

    #[test]
    fn a_key_cannot_be_broken_out_of_by_an_id() {
        for bad in ["", "Acme", "a#b", "a b", "a/b", &"a".repeat(41)] {
            assert!(bad.parse::<Tenant>().is_err(), "{bad}");
        }
        for bad in ["", "a#b", "a b", "a\u{e9}", &"1".repeat(141)] {
            assert!(bad.parse::<SenderId>().is_err(), "{bad}");
        }
        for bad in [
            "14155238886",
            "+1415523888x",
            "+1",
            "+0415523888",
            "whatsapp:+14155238886",
        ] {
            assert!(bad.parse::<E164>().is_err(), "{bad}");
        }
        for bad in ["out_", "out_xyz", "th_00000000000000000000000000000000"] {
            assert!(bad.parse::<OutputId>().is_err(), "{bad}");
        }
    }

    #[test]
    fn an_error_names_what_it_got_and_what_it_wants() {
        let error = "4155".parse::<E164>().unwrap_err().to_string();
        assert_eq!(
            error,
            "phone number: got \"4155\", wants + and 7 to 15 digits, such as +14155238886"
        );
    }
}
