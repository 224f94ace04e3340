//! Telling a provider what its customer is to see while they wait.

use std::time::Duration;

use reqwest::RequestBuilder;

use crate::answer::cause;

/// So long the provider is waited for: what is shown later is of little use to anybody.
const PATIENCE: Duration = Duration::from_secs(3);

/// Why a customer may not see it. Nothing follows from that: it is not tried again.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the provider was not told what its customer is to see: {why}")]
pub struct NotShown {
    /// What happened.
    pub why: String,
}

/// Tells it once.
pub(crate) async fn tell(request: RequestBuilder) -> Result<(), NotShown> {
    let answer = request.timeout(PATIENCE).send().await.map_err(not_told)?;
    let status = answer.status();
    match status.is_success() {
        true => Ok(()),
        false => Err(NotShown {
            why: format!("it answered HTTP {}", status.as_u16()),
        }),
    }
}

/// There was no answer, or no client to ask with.
pub(crate) fn not_told(error: reqwest::Error) -> NotShown {
    NotShown { why: cause(&error) }
}
