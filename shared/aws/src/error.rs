//! What can go wrong with a call to AWS, in the few kinds callers act on.

use aws_sdk_dynamodb::error::{DisplayErrorContext, SdkError};

/// A failed call.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The condition of a write did not hold, or another writer was at it.
    #[error("{what}: somebody else changed it first")]
    Conflict {
        /// What was being written.
        what: &'static str,
    },
    /// A stored value can't be read.
    #[error("{what}: stored value cannot be read: {why}")]
    Unreadable {
        /// What was being read.
        what: &'static str,
        /// What is wrong with it.
        why: String,
    },
    /// AWS did not do it; trying again later may help.
    #[error("{what}: {why}")]
    Transient {
        /// What was being done.
        what: &'static str,
        /// The whole error, for operators.
        why: String,
    },
}

impl Error {
    pub(crate) fn sdk<E, R>(what: &'static str, error: SdkError<E, R>) -> Self
    where
        E: std::error::Error + 'static,
        R: std::fmt::Debug,
    {
        Self::Transient {
            what,
            why: DisplayErrorContext(error).to_string(),
        }
    }

    pub(crate) fn unreadable(what: &'static str, why: impl std::fmt::Display) -> Self {
        Self::Unreadable {
            what,
            why: why.to_string(),
        }
    }
}
