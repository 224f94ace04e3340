//! What is said around a question to a colleague.

use jiff::Timestamp;

use super::Voice;
use crate::approval::Decision;

impl Voice<'_> {
    /// When a colleague is asked, who has until `deadline`.
    pub fn asks_colleague(&self, deadline: Timestamp) -> String {
        let there = |at: Timestamp| self.agent.time_zone.to_datetime(at);
        let until = there(deadline);
        let until = match until.date() == there(self.now).date() {
            true => until.strftime("%H:%M"),
            false => until.strftime("%-d %b, %H:%M"),
        };
        format!(
            "I'm asking a colleague, who has until {until} to answer. I'll write to you as soon as \
             I know more."
        )
    }

    /// What came of a question to a colleague, when no model can go on from it.
    pub fn asked_colleague(&self, decision: &Decision) -> String {
        const ASK_AGAIN: &str = "Please ask again, or write *help* to see what I can do.";
        match decision {
            Decision::Answered { by, answer, .. } => {
                format!("I asked a colleague. {by} answered: {answer}")
            }
            Decision::Rejected {
                by,
                reason: Some(reason),
                ..
            } => format!("Sorry, {by} could not answer what I asked: {reason}\n{ASK_AGAIN}"),
            Decision::Rejected { by, .. } => {
                format!("Sorry, {by} could not answer what I asked. {ASK_AGAIN}")
            }
            // An approval answers no question.
            Decision::Expired { .. } | Decision::Approved { .. } => {
                format!("Sorry, no colleague answered what I asked in time. {ASK_AGAIN}")
            }
        }
    }
}
