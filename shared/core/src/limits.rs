//! How much one person may write (O9): so many messages a minute and so many a day are answered.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// How many messages of one person are answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Within a minute of the first of them; 0 for no limit.
    pub per_minute: u32,
    /// Within a day of the first of them; 0 for no limit.
    pub per_day: u32,
}

impl Limits {
    /// Everything is answered.
    pub const NONE: Self = Self {
        per_minute: 0,
        per_day: 0,
    };

    /// How many are answered in a window; none where there is no limit.
    pub fn of(self, window: Window) -> Option<u32> {
        let most = match window {
            Window::Minute => self.per_minute,
            Window::Day => self.per_day,
        };
        (most > 0).then_some(most)
    }
}

impl Default for Limits {
    /// 10 a minute and 100 a day.
    fn default() -> Self {
        Self {
            per_minute: 10,
            per_day: 100,
        }
    }
}

/// The time messages are counted in. It begins with a message and not with the clock's minute or
/// day, which may be another where the customer is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Window {
    /// 60 seconds.
    Minute,
    /// 24 hours.
    Day,
}

impl Window {
    /// Both, the longer first: who has written too much for a day hears of that.
    pub const ALL: [Self; 2] = [Self::Day, Self::Minute];

    /// How long it is, in seconds.
    pub fn seconds(self) -> i64 {
        match self {
            Self::Minute => 60,
            Self::Day => SignedDuration::from_hours(24).as_secs(),
        }
    }

    /// As in the API and in a prompt.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Minute => "minute",
            Self::Day => "day",
        }
    }
}

/// Why something is left without an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "why", rename_all = "snake_case")]
pub enum Because {
    /// The customer wrote more than is answered.
    TooMany {
        /// In which time.
        window: Window,
        /// When it ends.
        until: Timestamp,
    },
    /// The customer asked to be sent nothing.
    OptedOut,
    /// What it was about was taken back meanwhile.
    NobodyWaits,
}

impl Because {
    /// The same in words, for whoever reads the record.
    pub fn told(&self) -> &'static str {
        match self {
            Self::TooMany { .. } => "The customer wrote more than is answered, and this was not",
            Self::OptedOut => "Nothing was said, because the customer asked to be sent nothing",
            Self::NobodyWaits => {
                "Nothing was said, because the customer took back what it was about"
            }
        }
    }
}
