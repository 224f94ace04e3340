//! The code itself: six digits that follow from a challenge and a secret.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq;

use crate::{ChallengeId, Secret, SenderId, Tenant, ThreadId};

/// Keeps a MAC made here from being one made elsewhere under the same secret.
const DOMAIN: &str = "countersign identity code 1";

/// There are so many codes.
const CODES: u128 = 1_000_000;

/// What a code is made for: it is of no use anywhere else.
#[derive(Debug, Clone, Copy)]
pub struct Sealing<'a> {
    /// Whose conversation.
    pub tenant: &'a Tenant,
    /// The conversation.
    pub thread: ThreadId,
    /// The challenge.
    pub challenge: ChallengeId,
    /// Who gets it.
    pub recipient: &'a SenderId,
}

/// A one-time code. Its `Debug` shows nothing of it.
pub struct Code(String);

impl Code {
    /// The code of a challenge.
    pub fn made(secret: &Secret, of: &Sealing<'_>) -> Self {
        // HMAC takes a key of any length; the error is one of its interface only.
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.expose().as_bytes()) else {
            unreachable!("HMAC takes a key of any length");
        };
        let Sealing {
            tenant,
            thread,
            challenge,
            recipient,
        } = of;
        // No part can have a line feed in it, so no two challenges are written alike.
        let written = format!("{DOMAIN}\n{tenant}\n{thread}\n{challenge}\n{recipient}");
        mac.update(written.as_bytes());
        let mac: [u8; 32] = mac.finalize().into_bytes().into();
        let mut first = [0; 16];
        first.copy_from_slice(&mac[..16]);
        // Of 128 bits, no code is likelier than another by more than one in 10³².
        Self(format!("{:06}", u128::from_be_bytes(first) % CODES))
    }

    /// Its six digits, for the message that brings it and for nothing else.
    pub fn digits(&self) -> &str {
        &self.0
    }

    /// Whether it is what was entered, in the same time whichever digit differs.
    pub fn is(&self, entered: &str) -> bool {
        self.0.as_bytes().ct_eq(entered.as_bytes()).into()
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Code(hidden)")
    }
}
