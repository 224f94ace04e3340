//! How much a customer has written lately.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::limits::{Because, Window};

/// What of theirs was answered, or is to be, in the current windows. Numbers in seconds since 1970,
/// because the fold has to stay small.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rate {
    /// In the last minute that began.
    pub minute: Count,
    /// In the last day that began.
    pub day: Count,
    /// The end of the window that the customer was told of last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub told: Option<i64>,
    /// When they last asked to be sent nothing, or to be written to again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opted: Option<i64>,
}

/// Messages in a window.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Count {
    /// When it began.
    pub since: i64,
    /// How many came, without those that were left unanswered for being too many.
    pub messages: u32,
}

impl Rate {
    /// The count of a window.
    pub fn of(&self, window: Window) -> Count {
        match window {
            Window::Minute => self.minute,
            Window::Day => self.day,
        }
    }

    /// Whether the customer was told that nothing is answered before a window ends.
    pub fn was_told(&self, until: i64) -> bool {
        self.told.is_some_and(|told| told >= until)
    }

    /// Whether they have opted in or out in a window that began then.
    pub fn has_opted(&self, since: i64) -> bool {
        self.opted.is_some_and(|opted| opted >= since)
    }

    pub(super) fn opted(&mut self, at: Timestamp) {
        self.opted = Some(at.as_second());
    }

    pub(super) fn is_new(&self) -> bool {
        *self == Self::default()
    }

    /// A message came.
    pub(super) fn came(&mut self, at: Timestamp) {
        let at = at.as_second();
        for (count, window) in [
            (&mut self.minute, Window::Minute),
            (&mut self.day, Window::Day),
        ] {
            // A clock may be a little behind another's: what seems to come before the window is in it.
            if at >= count.since.saturating_add(window.seconds()) {
                *count = Count {
                    since: at,
                    messages: 0,
                };
            }
            count.messages = count.messages.saturating_add(1);
        }
    }

    /// So many messages were left unanswered.
    pub(super) fn left(&mut self, messages: usize, because: &Because) {
        let Because::TooMany { until, .. } = because else {
            return;
        };
        let messages = u32::try_from(messages).unwrap_or(u32::MAX);
        self.minute.messages = self.minute.messages.saturating_sub(messages);
        self.day.messages = self.day.messages.saturating_sub(messages);
        self.told = Some(until.as_second());
    }
}
