//! Everything in one webhook that tells many things at once.

use countersign_core::{ProviderMessageId, message::InboundMessage};

use crate::StatusReport;

/// What a verified request holds.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Received {
    /// The customers' messages, in their order.
    pub messages: Vec<InboundMessage>,
    /// What became of messages of ours.
    pub statuses: Vec<StatusReport>,
    /// What was not taken, for the log.
    pub left_out: Vec<LeftOut>,
}

/// Something in a request that was not taken as it is. It quotes nothing that a customer wrote.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LeftOut {
    /// It concerns a number that isn't this endpoint's.
    #[error("something is for {number}, which is not this endpoint's number")]
    NotOurs {
        /// What the provider calls it.
        number: String,
    },
    /// Something else than messages.
    #[error("the webhook tells of {name:?}, which nobody here reads: unsubscribe from it")]
    Field {
        /// The provider's word for it.
        name: String,
    },
    /// The provider had an error with the number.
    #[error("the provider reports error {code}")]
    Error {
        /// Its code.
        code: String,
    },
    /// A message that can't be anybody's.
    #[error("a message could not be taken: {why}; its kind is {kind:?} and its id {id:?}")]
    Malformed {
        /// The provider's id of it.
        id: Option<ProviderMessageId>,
        /// The provider's word for what it is.
        kind: Option<String>,
        /// What is wrong with it.
        why: &'static str,
    },
    /// A message that was taken as one that can't be read.
    #[error("message {id} is not as documented, or its kind {kind:?} is new")]
    Odd {
        /// The provider's id of it.
        id: ProviderMessageId,
        /// The provider's word for what it is.
        kind: String,
    },
    /// A status that settles nothing.
    #[error("status {word:?} is left out: {why}")]
    Status {
        /// The provider's word.
        word: String,
        /// Why.
        why: &'static str,
    },
}

impl Received {
    /// Whether a part of it is for a number that isn't this endpoint's.
    pub fn has_foreign(&self) -> bool {
        let mut left_out = self.left_out.iter();
        left_out.any(|it| matches!(it, LeftOut::NotOurs { .. }))
    }
}
