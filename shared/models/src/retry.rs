//! How often the same question is asked, and what lies between.

use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBackoff, ExponentialBuilder};

use crate::AskError;

/// A question is asked at most this often.
const TRIES: usize = 3;

/// All the waits of one question together are no longer: a function that waits is paid for
/// (invariant 16).
const MOST_WAITING: Duration = Duration::from_secs(2);

/// The waits of one question.
pub(crate) struct Waits {
    backoff: ExponentialBackoff,
    left: Duration,
}

impl Waits {
    pub(crate) fn new() -> Self {
        Self {
            backoff: ExponentialBuilder::new()
                .with_min_delay(Duration::from_millis(200))
                .with_factor(2.0)
                .with_jitter()
                .with_max_times(TRIES - 1)
                .build(),
            left: MOST_WAITING,
        }
    }

    /// How long to wait after `error` before another try; `None` when none is worth it, none is
    /// left, or the provider wants to be left alone for longer than a function may wait or than
    /// there is `time`.
    pub(crate) fn after(&mut self, error: &AskError, time: Duration) -> Option<Duration> {
        if !error.is_worth_another_try() {
            return None;
        }
        let wait = self.backoff.next()?;
        let wait = wait.max(error.retry_after().unwrap_or_default());
        if wait > self.left || wait >= time {
            return None;
        }
        self.left -= wait;
        Some(wait)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: Duration = Duration::from_secs(60);

    fn limited(seconds: Option<f64>) -> AskError {
        AskError::Limited {
            retry_after: seconds.map(Duration::from_secs_f64),
            why: String::new(),
        }
    }

    #[test]
    fn o8_waits_grow_vary_and_are_at_most_two() {
        let mut seen = std::collections::BTreeSet::new();
        for _ in 0..50 {
            let mut waits = Waits::new();
            let first = waits.after(&limited(None), LONG).unwrap();
            let second = waits.after(&limited(None), LONG).unwrap();
            assert_eq!(waits.after(&limited(None), LONG), None);
            assert!((200..=400).contains(&first.as_millis()), "{first:?}");
            assert!((400..=1_200).contains(&second.as_millis()), "{second:?}");
            assert!(first + second <= MOST_WAITING);
            seen.insert(first);
        }
        assert!(seen.len() > 1, "no jitter");
    }

    #[test]
    fn o8_a_wait_is_as_long_as_the_provider_says_but_not_longer_than_a_function_may() {
        let mut waits = Waits::new();
        let wait = waits.after(&limited(Some(1.5)), LONG).unwrap();
        assert_eq!(wait, Duration::from_millis(1500));
        assert_eq!(waits.after(&limited(Some(1.0)), LONG), None);
        assert_eq!(Waits::new().after(&limited(Some(2.1)), LONG), None);
    }

    #[test]
    fn o8_nothing_is_waited_for_in_vain() {
        let short = Duration::from_millis(100);
        assert_eq!(Waits::new().after(&limited(None), short), None);
        let refused = AskError::Refused(String::new());
        assert_eq!(Waits::new().after(&refused, LONG), None);
        let timeout = AskError::Timeout(String::new());
        assert_eq!(Waits::new().after(&timeout, LONG), None);
    }
}
