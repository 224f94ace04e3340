//! What is said to somebody who writes too much, or wants to be sent nothing more.

use super::Voice;
use crate::limits::Window;

impl Voice<'_> {
    /// To more messages than are answered in a window, which ends at `until`, in seconds since 1970.
    pub fn too_many(&self, window: Window, until: i64) -> String {
        let left = until.saturating_sub(self.now.as_second()).max(1);
        format!(
            "Sorry, that's more messages than I can answer in a {}. Please write again {}.",
            window.as_str(),
            within(left)
        )
    }

    /// To somebody who asks to be sent nothing more.
    pub fn opted_out(&self) -> String {
        format!(
            "You won't get any more messages from {} here. Write *START* if you want them again.",
            self.agent.company
        )
    }

    /// To somebody who asks to be written to again.
    pub fn opted_in(&self) -> String {
        format!(
            "Welcome back to {}. Write *help* to see what I can do, or *STOP* to get no more messages.",
            self.agent.company
        )
    }
}

/// When so many seconds have passed. The customer's clock may be another than the company's.
fn within(seconds: i64) -> String {
    let counted = |count: i64, unit: &str| match count {
        1 => format!("1 {unit}"),
        _ => format!("{count} {unit}s"),
    };
    match seconds {
        ..=89 => format!("in {}", counted(seconds, "second")),
        90..=5400 => format!("in {}", counted((seconds + 59) / 60, "minute")),
        _ => format!("in {}", counted((seconds + 3599) / 3600, "hour")),
    }
}
