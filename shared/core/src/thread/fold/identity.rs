//! What a thread knows of who its customer is.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    ChallengeId,
    identity::{COUNTED, MOST_CHALLENGES, MOST_TRIES, Outcome, VALID},
};

/// The codes that were asked for, and what became of them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// The newest challenge, until it is passed, dead, or answered too late.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub challenge: Option<Challenge>,
    /// How long the customer is known to be who they are. Never beside a challenge: nobody is asked
    /// who is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verified_until: Option<Timestamp>,
    /// When the last challenges were made, in seconds since 1970, oldest first. Numbers, because the
    /// fold has to stay small.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub asked: Vec<i64>,
}

/// A code that was sent and can be entered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Challenge {
    /// Which.
    pub id: ChallengeId,
    /// When it can't be entered any more.
    pub expires_at: Timestamp,
    /// How often it can be tried.
    pub left: u8,
}

impl Challenge {
    /// When it was made.
    pub fn asked_at(&self) -> Timestamp {
        self.expires_at - VALID
    }
}

impl Identity {
    /// Whether the customer has shown who they are and that still holds.
    pub fn is_verified(&self, now: Timestamp) -> bool {
        self.verified_until.is_some_and(|until| now < until)
    }

    /// The customer goes by other names: who they are is to be shown anew.
    pub(in crate::thread) fn renamed(&mut self) {
        self.challenge = None;
        self.verified_until = None;
    }

    /// The challenge that can still be met.
    pub fn open(&self, now: Timestamp) -> Option<&Challenge> {
        let challenge = self.challenge.as_ref();
        challenge.filter(|challenge| now < challenge.expires_at)
    }

    /// How many challenges were made lately.
    pub fn asked_lately(&self, now: Timestamp) -> usize {
        let since = now.as_second().saturating_sub(COUNTED.as_secs());
        self.asked.iter().filter(|asked| **asked > since).count()
    }

    pub(super) fn is_new(&self) -> bool {
        *self == Self::default()
    }

    /// The code of the challenge before is void.
    pub(super) fn asked(&mut self, id: ChallengeId, expires_at: Timestamp) {
        let challenge = Challenge {
            id,
            expires_at,
            left: MOST_TRIES,
        };
        self.asked.push(challenge.asked_at().as_second());
        if self.asked.len() > MOST_CHALLENGES {
            self.asked.remove(0);
        }
        self.challenge = Some(challenge);
        self.verified_until = None;
    }

    pub(super) fn checked(&mut self, id: ChallengeId, outcome: Outcome) {
        let Some(challenge) = self.challenge.as_mut().filter(|it| it.id == id) else {
            return;
        };
        match outcome {
            Outcome::Wrong { left } if left > 0 => challenge.left = left,
            Outcome::Wrong { .. } | Outcome::Expired => self.challenge = None,
            Outcome::Passed { until } => {
                self.challenge = None;
                self.verified_until = Some(until);
            }
        }
    }
}
