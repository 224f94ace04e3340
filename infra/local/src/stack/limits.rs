//! How much one person may write: a stack that is measured, or whose time stands still while many
//! write, mostly has no limit.

use countersign_core::limits::Limits;

use super::Stack;

impl Stack {
    /// Has the functions answer so many messages of one person, those that were made before excepted.
    ///
    /// # Errors
    /// When there are more than a setting takes.
    pub fn set_limits(&mut self, limits: Limits) -> anyhow::Result<()> {
        self.set("MESSAGES_PER_MINUTE", &limits.per_minute.to_string())?;
        self.set("MESSAGES_PER_DAY", &limits.per_day.to_string())
    }
}
