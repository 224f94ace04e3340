//! Which answers there are to choose from.

use super::Fold;
use crate::event::AgentWords;

impl Fold {
    /// Takes in what was said in commit `commit`: a number is an answer to what was said last, and to
    /// nothing before it.
    pub(super) fn said(&mut self, commit: u64, body: &AgentWords) {
        match body {
            AgentWords::Choices(_) => self.offered = Some(commit),
            AgentWords::Reaction { .. } => {
                self.attempt.reactions = self.attempt.reactions.saturating_add(1);
            }
            AgentWords::Part { .. } => {
                self.offered = None;
                self.attempt.said.push(commit);
            }
            AgentWords::Text { .. } => self.offered = None,
            AgentWords::Document { output, .. } => {
                self.offered = None;
                self.awaiting.retain(|awaiting| awaiting.output != *output);
            }
        }
    }
}
