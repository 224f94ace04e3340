//! Calls that change something and are not over: what keeps one from being ordered twice.

use serde::{Deserialize, Serialize};

use super::{Fold, carry_out_call};
use crate::{CallId, OutputId, tool::ToolOutcome};

/// A call that changes something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// Tells it from others: [`RemoteCall::mark`](crate::tool::RemoteCall::mark).
    pub mark: String,
    /// The call that ordered it.
    pub order: CallId,
    /// What is known of it.
    pub known: Known,
}

/// What is known of a call that changes something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Known {
    /// It is under way: written down, asked about, or being made.
    UnderWay,
    /// It failed, or nobody knows whether it was made. A person looks into it.
    Failed,
}

impl Change {
    /// The output that it is asked about as.
    pub fn output(&self) -> OutputId {
        OutputId::derived(&self.order.to_string())
    }
}

/// So many calls that failed are remembered.
const MOST_FAILED: usize = 3;

impl Fold {
    /// What is known of a call that changes something, once it came to something.
    pub(super) fn changed(&mut self, call: CallId, outcome: &ToolOutcome) {
        // It was not even written down, or it was made.
        let is_over = |change: &Change| match outcome {
            ToolOutcome::Failed { .. } => change.order == call,
            ToolOutcome::NotMade { .. } => carry_out_call(change.output()) == call,
            ToolOutcome::Made { output, .. } => change.output() == *output,
            _ => false,
        };
        self.changes.retain(|change| !is_over(change));
        let of_call = |change: &Change| carry_out_call(change.output()) == call;
        if let ToolOutcome::Failed { .. } = outcome
            && let Some(index) = self.changes.iter().position(of_call)
        {
            // In the order in which they failed, so that the newest stays known the longest.
            let mut failed = self.changes.remove(index);
            failed.known = Known::Failed;
            self.changes.push(failed);
        }
    }

    /// Another call is ordered. What failed longest ago makes room for it; never one that fails, for
    /// what is said of it depends on it.
    pub(super) fn ordered(&mut self, change: Change) {
        let failed = |change: &Change| change.known == Known::Failed;
        while self.changes.iter().filter(|it| failed(it)).count() >= MOST_FAILED
            && let Some(oldest) = self.changes.iter().position(failed)
        {
            self.changes.remove(oldest);
        }
        self.changes.push(change);
    }

    /// What was ordered and came to nothing before anybody was asked is over.
    pub(super) fn forget_what_came_to_nothing(&mut self) {
        let (running, awaiting) = (&self.running, &self.awaiting);
        self.changes.retain(|change| {
            let output = change.output();
            change.known == Known::Failed
                || running.contains(&change.order)
                || awaiting.iter().any(|it| it.output == output)
        });
    }

    /// What is known of a call, if it was ordered before and is not over.
    pub fn change(&self, mark: &str) -> Option<Known> {
        let mut changes = self.changes.iter().rev();
        changes.find(|it| it.mark == mark).map(|it| it.known)
    }
}
