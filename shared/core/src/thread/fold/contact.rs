//! Who has met whom: the customer the agent, and a person the thread.

use serde::{Deserialize, Serialize};

/// Whether a customer has met the agent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Contact {
    /// Not yet, as far as this thread knows.
    #[default]
    New,
    /// They were greeted or answered, or have talked with it before this thread.
    Made,
}

impl Contact {
    pub(super) fn is_new(&self) -> bool {
        *self == Self::New
    }
}

/// Whether a person was called to a thread.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Escalation {
    /// None was, or one has let the agent go on.
    #[default]
    None,
    /// One was, and has not acted on it.
    Called,
}

impl Escalation {
    pub(super) fn is_none(&self) -> bool {
        *self == Self::None
    }
}
