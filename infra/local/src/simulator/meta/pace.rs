//! How fast one person may be written to: a burst of 45, and then one message in six seconds.

use std::collections::HashMap;

use countersign_core::E164;
use jiff::{SignedDuration, Timestamp};

const BURST: i32 = 45;
const APART: SignedDuration = SignedDuration::from_secs(6);

/// When each person may be written to again. Kept as the time at which all that was sent would be
/// paid off at one message in six seconds.
#[derive(Debug, Default)]
pub(in crate::simulator) struct Pace(HashMap<E164, Timestamp>);

impl Pace {
    /// Counts a message to `phone`; `false` if it is one too many, and then it does not count.
    pub(super) fn takes(&mut self, phone: &E164, now: Timestamp) -> bool {
        let paid = self.0.get(phone).copied().unwrap_or(now).max(now);
        if paid.duration_since(now) > APART * (BURST - 1) {
            return false;
        }
        self.0.insert(phone.clone(), paid + APART);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn w5_one_person_is_written_to_45_times_at_once_and_then_every_six_seconds() {
        let maria: E164 = "+5511987654321".parse().unwrap();
        let other: E164 = "+5511987654322".parse().unwrap();
        let start: Timestamp = "2026-11-20T09:30:00Z".parse().unwrap();
        let mut pace = Pace::default();
        let taken = |pace: &mut Pace, at| (0..100).filter(|_| pace.takes(&maria, at)).count();
        assert_eq!(taken(&mut pace, start), 45);
        assert!(pace.takes(&other, start));
        assert_eq!(taken(&mut pace, start + SignedDuration::from_secs(5)), 0);
        assert_eq!(taken(&mut pace, start + SignedDuration::from_secs(6)), 1);
        assert_eq!(taken(&mut pace, start + SignedDuration::from_secs(24)), 3);
        assert_eq!(taken(&mut pace, start + SignedDuration::from_hours(1)), 45);
    }
}
