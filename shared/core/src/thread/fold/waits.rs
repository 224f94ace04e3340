//! What the closed 24-hour window keeps back.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::window::WindowEvent;

/// At most one notice in so long.
const BETWEEN_NOTICES: SignedDuration = SignedDuration::from_hours(24);

/// What is held until the customer writes. Which messages those are is kept where they are held: the
/// fold has to stay small.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waits {
    /// How many were held since the last time they were let go.
    pub held: u16,
    /// The earliest of what was known, of when the customer had last written, to whoever held one: a
    /// later message of theirs lets all go. None where that was nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Timestamp>,
    /// When the customer was last told that something waits, in seconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub noticed: Option<i64>,
}

impl Waits {
    /// Nothing is, and nobody was told.
    pub(super) fn is_none(&self) -> bool {
        *self == Self::default()
    }

    pub(super) fn apply(&mut self, what: &WindowEvent, at: Timestamp) {
        match what {
            WindowEvent::Held { wrote_at, .. } | WindowEvent::TakenOver { wrote_at, .. } => {
                self.hold(*wrote_at);
            }
            WindowEvent::Noticed { .. } => self.noticed = Some(at.as_second()),
            WindowEvent::LetGo { .. } => {
                self.held = 0;
                self.since = None;
            }
        }
    }

    /// When the customer wrote, if that lets go what is held.
    pub fn ends(&self, wrote_at: Option<Timestamp>) -> Option<Timestamp> {
        wrote_at.filter(|at| self.held > 0 && self.since.is_none_or(|since| *at > since))
    }

    /// Whether the customer has not been told for a day that something waits.
    pub fn may_notice(&self, at: Timestamp) -> Notices {
        let between = BETWEEN_NOTICES.as_secs();
        match self.noticed {
            Some(noticed) if at.as_second().saturating_sub(noticed) < between => Notices::Enough,
            Some(_) | None => Notices::None,
        }
    }

    fn hold(&mut self, wrote_at: Option<Timestamp>) {
        self.since = match self.held {
            0 => wrote_at,
            _ => self.since.min(wrote_at),
        };
        self.held = self.held.saturating_add(1);
    }

    #[cfg(test)]
    pub(crate) fn most(at: Timestamp) -> Self {
        Self {
            held: u16::MAX,
            since: Some(at + SignedDuration::from_nanos(123_456_789)),
            noticed: Some(at.as_second()),
        }
    }
}

/// How often a customer was told lately that something waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Notices {
    /// Not at all.
    None,
    /// As often as they may be.
    Enough,
}
