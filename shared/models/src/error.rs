//! Why a model gave no answer.

use std::time::Duration;

use countersign_core::model::{Provider, Usage};

/// Why a model gave no answer, in the kinds a caller acts on. The text is for operators: it says
/// which provider said what, by status and by the provider's own short code, and contains nothing
/// of a request's or an answer's body and no key. No user ever reads it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AskError {
    /// There is no key for the provider. Another model may do.
    #[error(
        "no question was sent to {}: it has no entry in MODELS; set one, such as {}",
        .0.name(),
        example(*.0)
    )]
    NotConfigured(Provider),

    /// The provider won't answer this question however often it is asked: a wrong key, no credit,
    /// an unknown model, or a request it can't take.
    #[error("{0}")]
    Refused(String),

    /// The provider wants fewer questions.
    #[error("{why}")]
    Limited {
        /// How long it wants to be left alone, when it says so.
        retry_after: Option<Duration>,
        /// For operators.
        why: String,
    },

    /// The provider is overloaded or out of reach, or its answer broke off. It may do later.
    #[error("{why}")]
    Transient {
        /// How long it wants to be left alone, when it says so.
        retry_after: Option<Duration>,
        /// For operators.
        why: String,
    },

    /// The time was over before the answer was, or nothing came for too long.
    #[error("{0}")]
    Timeout(String),

    /// The provider answered something that is no answer to this question.
    #[error("{why}")]
    Malformed {
        /// For operators.
        why: String,
        /// What it took nevertheless, as far as the provider said.
        usage: Usage,
    },
}

impl AskError {
    /// Whether it speaks against the provider or the model rather than against this question, so
    /// that a breaker counts it.
    pub fn is_outage(&self) -> bool {
        match self {
            Self::Limited { .. } | Self::Transient { .. } | Self::Timeout(_) => true,
            Self::NotConfigured(_) | Self::Refused(_) | Self::Malformed { .. } => false,
        }
    }

    /// The tokens it took; none where the provider said nothing of them.
    pub fn usage(&self) -> Usage {
        match self {
            Self::Malformed { usage, .. } => *usage,
            _ => Usage::default(),
        }
    }

    /// The wait that the provider asked for.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Limited { retry_after, .. } | Self::Transient { retry_after, .. } => *retry_after,
            _ => None,
        }
    }

    /// Whether asking the same again may help.
    pub(crate) fn is_worth_another_try(&self) -> bool {
        matches!(self, Self::Limited { .. } | Self::Transient { .. })
    }
}

fn example(provider: Provider) -> &'static str {
    match provider {
        Provider::OpenAi => r#"{"openai": {"key": "…"}}"#,
        Provider::Anthropic => r#"{"anthropic": {"key": "…"}}"#,
        Provider::Gemini => r#"{"gemini": {"key": "…"}}"#,
        Provider::Compatible => r#"{"compatible": {"base_url": "http://127.0.0.1:11434/v1/"}}"#,
    }
}
