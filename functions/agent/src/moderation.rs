//! What a provider says about an answer before it leaves. It is asked besides our own rules, never in
//! place of them, so whatever is wrong with it costs a warning and no answer.

use std::time::Duration;

use countersign_aws::{Clock, breakers::Passage};
use countersign_core::{
    Tenant,
    breaker::{Outcome, Subject},
    model::Provider,
    safety::{self, Own},
};
use countersign_models::AskError;
use jiff::{SignedDuration, Timestamp};
use tracing::{error, warn};

use crate::{switches::Moderation, think::Thinking};

/// A verdict is waited for no longer: whoever asked waits for the answer.
const LONGEST: SignedDuration = SignedDuration::from_secs(2);

/// And for so long even where a model has used up the time: what it said is there, and the function
/// has three seconds more than its batch.
const SHORTEST: SignedDuration = SignedDuration::from_secs(1);

/// What a provider says about a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Nobody was to be asked, or nothing is wrong.
    Fine,
    /// It should not leave, for these reasons.
    Flagged(Vec<String>),
    /// The provider gave none: our own rules decide alone.
    Unknown,
}

impl Verdict {
    /// What is wrong, as far as it is known.
    pub(crate) fn wrong(self) -> Vec<String> {
        match self {
            Self::Flagged(wrong) => wrong,
            Self::Fine | Self::Unknown => Vec::new(),
        }
    }
}

impl Thinking {
    /// Whether a provider judges what models say.
    pub(crate) fn is_judged(&self) -> bool {
        self.moderation == Moderation::On && self.models.has(Provider::OpenAi)
    }

    /// What a provider says about words that are to leave before `ends`. While it keeps failing it
    /// is left alone, so that an outage costs no answer two seconds.
    pub(crate) async fn judge(
        &self,
        tenant: &Tenant,
        clock: &dyn Clock,
        words: &str,
        ends: Timestamp,
    ) -> Verdict {
        if !self.is_judged() || words.is_empty() {
            return Verdict::Fine;
        }
        let now = clock.now();
        let within = within(ends.duration_since(now));
        let subject = Subject::Moderation(Provider::OpenAi);
        let permit = match self.breakers.ask(tenant, &subject, now).await {
            Ok(Passage::Go(permit)) => Some(permit),
            Ok(Passage::Wait { until }) => {
                warn!(%until, "the moderation is left alone; the rules decide alone");
                return Verdict::Unknown;
            }
            Err(error) => {
                warn!(%error, "a breaker can't be read");
                None
            }
        };
        // Whose model wrote them may be another provider, so it is told nobody's numbers.
        let words = safety::redact(words, &Own::nothing()).text;
        let judged = self.models.moderate(&words, within).await;
        if let Some(permit) = permit {
            let outcome = match &judged {
                Ok(_) => Outcome::Worked,
                Err(_) => Outcome::Failed,
            };
            let ended = self.breakers.ended(tenant, &permit, outcome, clock.now());
            if let Err(error) = ended.await {
                warn!(%error, "a breaker can't be written");
            }
        }
        match judged {
            Ok(wrong) if wrong.is_empty() => Verdict::Fine,
            Ok(wrong) => {
                warn!(?wrong, "an answer is flagged");
                Verdict::Flagged(wrong)
            }
            // That does not pass by itself, and whoever turned it on relies on it.
            Err(error @ AskError::Refused(_)) => {
                error!(%error, "ALARM: the moderation refuses; the rules decide alone");
                Verdict::Unknown
            }
            Err(error) => {
                warn!(%error, "no moderation; the rules decide alone");
                Verdict::Unknown
            }
        }
    }
}

/// How long a verdict is waited for where so much time is left.
fn within(left: SignedDuration) -> Duration {
    left.clamp(SHORTEST, LONGEST).unsigned_abs()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn o10_a_verdict_is_waited_for_for_one_or_two_seconds() {
        let check = |left: i64, expected: u64| {
            let within = within(SignedDuration::from_millis(left));
            assert_eq!(within, Duration::from_millis(expected), "{left}");
        };
        check(20_000, 2_000);
        check(1_500, 1_500);
        check(0, 1_000);
        check(-7_000, 1_000);
    }
}
