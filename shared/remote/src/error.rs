//! Why a call gave no answer.

use std::time::Duration;

/// Why a call gave no answer, in the kinds a caller acts on. No text holds a secret or a header's
/// value; what a service said, in [`Refused`](Self::Refused), had them taken out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CallError {
    /// A header wants a secret that there is none of. Nothing was sent.
    #[error(
        "nothing was sent: the secret {0:?} is not in TOOL_SECRETS; add it there, or take \
         {{secret:{0}}} out of the tool's headers"
    )]
    NotConfigured(String),

    /// The address may not be reached. Nothing was sent.
    #[error("nothing was sent: {0}")]
    Forbidden(String),

    /// The service refused the call, or its tool says that it failed. Another call may do.
    #[error("refused{}: {said}", .status.map(|status| format!(" with {status}")).unwrap_or_default())]
    Refused {
        /// The HTTP status, if that was the refusal.
        status: Option<u16>,
        /// What it said, or what is wrong, for a model to mend.
        said: String,
    },

    /// The service wants fewer calls, and has done nothing.
    #[error("the service is busy{}", .after.map(|after| format!("; it asks for {after:?} of peace")).unwrap_or_default())]
    Busy {
        /// How long it wants to be left alone, when it says so in seconds.
        after: Option<Duration>,
    },

    /// The service was not reached: nothing can have happened.
    #[error("nothing was sent: {0}")]
    NotSent(String),

    /// It may have happened.
    #[error("nobody knows whether it happened: {0}")]
    Unknown(String),
}

impl CallError {
    /// Whether the call may have had an effect all the same.
    pub fn may_have_happened(&self) -> bool {
        match self {
            Self::Unknown(_) => true,
            Self::NotConfigured(_)
            | Self::Forbidden(_)
            | Self::Refused { .. }
            | Self::Busy { .. }
            | Self::NotSent(_) => false,
        }
    }

    /// Whether it speaks against the service rather than against this call, so that a breaker
    /// counts it.
    pub fn is_outage(&self) -> bool {
        match self {
            Self::Busy { .. } | Self::NotSent(_) | Self::Unknown(_) => true,
            Self::NotConfigured(_) | Self::Forbidden(_) | Self::Refused { .. } => false,
        }
    }
}
