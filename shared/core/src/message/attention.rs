//! What a customer sees while they wait: that we have read what they wrote, and that we are typing.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::Correlation;
use crate::{EndpointId, ProviderMessageId, Tenant};

/// So long a phone shows us as typing, unless a message arrives before. Both providers say so.
pub const TYPING_LASTS: SignedDuration = SignedDuration::from_secs(25);

/// On the queue `webhooks`, for the outbound function: the provider is told what its customer is to
/// see. Nothing depends on it: it is on no record, and lost when it fails.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Attention {
    /// [`ENVELOPE_VERSION`](super::ENVELOPE_VERSION).
    pub v: u16,
    /// Whose.
    pub tenant: Tenant,
    /// Follows the message.
    pub correlation: Correlation,
    /// The endpoint it came through.
    pub endpoint: EndpointId,
    /// The customer's message, by its provider's id.
    pub message: ProviderMessageId,
    /// What they see of us.
    pub presence: Presence,
    /// When that was so.
    pub at: Timestamp,
}

/// What a customer sees of us.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Presence {
    /// That their message was read.
    Read,
    /// The same, and that we are typing.
    Typing,
}

impl Attention {
    /// Whether it would say what is no longer so. That something was read stays true.
    pub fn is_late(&self, now: Timestamp) -> bool {
        match self.presence {
            Presence::Read => false,
            Presence::Typing => now.duration_since(self.at) >= TYPING_LASTS,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn w2_typing_is_late_once_it_would_not_be_shown_any_more() {
        let at: Timestamp = "2026-11-20T10:00:00Z".parse().unwrap();
        let check = |presence, seconds, expect| {
            let attention = Attention {
                v: super::super::ENVELOPE_VERSION,
                tenant: "acme".parse().unwrap(),
                correlation: Correlation("c".into()),
                endpoint: "demo".parse().unwrap(),
                message: "wamid.1".parse().unwrap(),
                presence,
                at,
            };
            let now = at + SignedDuration::from_secs(seconds);
            assert_eq!(attention.is_late(now), expect, "{presence:?} {seconds}");
            let json = serde_json::to_string(&attention).unwrap();
            assert_eq!(serde_json::from_str::<Attention>(&json).unwrap(), attention);
        };
        check(Presence::Typing, -1, false);
        check(Presence::Typing, 24, false);
        check(Presence::Typing, 25, true);
        check(Presence::Read, 3600, false);
    }
}
