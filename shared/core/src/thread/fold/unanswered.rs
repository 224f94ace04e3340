//! What nobody could answer, message after message.

use serde::{Deserialize, Serialize};

use crate::event::{Event, EventData, Failing};

/// How often in a row nobody could answer the customer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unanswered {
    /// So many of their messages in a row, and nothing of theirs was answered in between.
    pub times: u16,
    /// What it will be once the customer is told that it is one more; 0 where it is none.
    #[serde(default, skip_serializing_if = "is_zero")]
    next: u16,
}

impl Unanswered {
    pub(super) fn is_none(&self) -> bool {
        *self == Self::default()
    }

    pub(super) fn apply(&mut self, event: &Event, answers_message: bool) {
        match &event.data {
            EventData::Error {
                of: Some(Failing::Limit | Failing::Unanswered),
                ..
            } => self.next = self.times.saturating_add(1),
            // A person has seen the conversation.
            EventData::Control { .. } => *self = Self::default(),
            EventData::AgentMessage { .. } if self.next > 0 => self.settle(),
            _ if answers_message => self.settle(),
            _ => {}
        }
    }

    fn settle(&mut self) {
        self.times = std::mem::take(&mut self.next);
    }
}

fn is_zero(times: &u16) -> bool {
    *times == 0
}
