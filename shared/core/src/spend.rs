//! What a company may spend on models in a day, and what of it is taken. A call's most possible
//! cost is reserved before it is made and settled for its real one afterwards, so that calls at
//! the same time can't pass the limit together. Arithmetic only; `countersign-aws` stores it.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp, civil::Date, tz::TimeZone};
use serde::{Deserialize, Serialize};

use crate::{ReservationId, money::MicroUsd};

/// What a company may spend in a day when nothing else is set.
pub const DAILY_LIMIT: MicroUsd = MicroUsd(10_000_000);

/// A reservation outlasts its call's deadline by this: whoever still runs then will settle soon.
const GRACE: SignedDuration = SignedDuration::from_mins(2);

/// For so long after its end a released reservation is remembered, so that a call that comes back
/// late is told from one that was settled before. A Lambda lives for a quarter of an hour at most.
const REMEMBERED: SignedDuration = SignedDuration::from_hours(1);

/// The most reservations that stand at the same time: the day's item is written whole each time.
pub const MOST_OPEN: usize = 512;

/// The most released reservations that are remembered at the same time, the latest.
pub const MOST_RELEASED: usize = 512;

/// The day a call counts towards, in UTC: the providers bill by it, and no change of a company's
/// time zone begins a day anew.
pub fn day_of(at: Timestamp) -> Date {
    TimeZone::UTC.to_datetime(at).date()
}

/// Until when a call that ends by `deadline` holds its reservation.
pub fn held_until(deadline: Timestamp) -> Timestamp {
    deadline.saturating_add(GRACE).unwrap_or(Timestamp::MAX)
}

/// Money that is held for one call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Held {
    /// How much.
    pub amount: MicroUsd,
    /// Until when. Whoever needs it may release it from then on.
    pub until: Timestamp,
}

/// A reservation as whoever made it keeps it until the call is over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reservation {
    /// Names one attempt at one call.
    pub id: ReservationId,
    /// The day it counts towards, also when the call ends on the next.
    pub day: Date,
    /// What is held.
    pub held: Held,
}

/// There is too little left of the limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "{asked} USD are wanted for a model call, but {spent} of {limit} USD are spent or reserved \
     today; raise the limit, or wait for the next day (UTC)"
)]
pub struct OverLimit {
    /// What was wanted.
    pub asked: MicroUsd,
    /// What is settled, and what is reserved.
    pub spent: MicroUsd,
    /// What may be spent in a day.
    pub limit: MicroUsd,
}

/// A company's day.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ledger {
    /// What is settled, and what is reserved.
    pub spent: MicroUsd,
    /// The reservations that stand.
    pub open: BTreeMap<ReservationId, Held>,
    /// Those that were released because nobody settled them, with their ends.
    pub released: BTreeMap<ReservationId, Timestamp>,
    /// The reservation that found the limit reached first.
    pub over: Option<ReservationId>,
}

/// How a reservation stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It is part of what is spent.
    Open(Held),
    /// It was released and is part of nothing.
    Released,
    /// It was settled, and its real cost is part of what is spent.
    Settled,
}

/// What a release takes out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Release {
    /// Reservations that nobody settled in time.
    pub open: BTreeMap<ReservationId, Held>,
    /// Released ones that need not be remembered any longer.
    pub forgotten: BTreeMap<ReservationId, Timestamp>,
}

impl Release {
    /// What comes free.
    pub fn amount(&self) -> MicroUsd {
        self.open.values().map(|held| held.amount).sum()
    }
}

impl Ledger {
    /// Up to `most` reservations that have ended by `now`, those that ended first before the
    /// others, and what is forgotten when they are released.
    pub fn release(&self, now: Timestamp, most: usize) -> Option<Release> {
        let mut ended: Vec<_> = self
            .open
            .iter()
            .filter(|(_, held)| held.until <= now)
            .collect();
        ended.sort_by_key(|(_, held)| held.until);
        ended.truncate(most);
        if ended.is_empty() {
            return None;
        }
        let mut remembered: Vec<_> = self.released.iter().collect();
        remembered.sort_by_key(|(_, until)| **until);
        let room = MOST_RELEASED.saturating_sub(ended.len());
        let surplus = remembered.len().saturating_sub(room);
        let is_over = |until: Timestamp| {
            until
                .checked_add(REMEMBERED)
                .is_ok_and(|forgotten| forgotten <= now)
        };
        let forgotten = remembered
            .into_iter()
            .enumerate()
            .filter(|(index, (_, until))| *index < surplus || is_over(**until))
            .map(|(_, (id, until))| (id.clone(), *until))
            .take(most);
        Some(Release {
            forgotten: forgotten.collect(),
            open: ended
                .into_iter()
                .map(|(id, held)| (id.clone(), *held))
                .collect(),
        })
    }

    /// How a reservation that was made stands.
    pub fn standing(&self, id: &ReservationId) -> Standing {
        match (self.open.get(id), self.released.get(id)) {
            (Some(held), _) => Standing::Open(*held),
            (None, Some(_)) => Standing::Released,
            (None, None) => Standing::Settled,
        }
    }

    /// What the calls that are over have cost.
    pub fn settled(&self) -> MicroUsd {
        self.spent
            .less(self.open.values().map(|held| held.amount).sum())
    }

    /// Whether `amount` more stays within `limit`.
    pub fn has_room(&self, amount: MicroUsd, limit: MicroUsd) -> bool {
        self.spent <= limit.less(amount) && amount <= limit
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + seconds).unwrap()
    }

    fn id(n: usize) -> ReservationId {
        format!("r{n}").parse().unwrap()
    }

    fn held(amount: u64, until: i64) -> Held {
        Held {
            amount: MicroUsd(amount),
            until: at(until),
        }
    }

    #[test]
    fn o9_a_day_is_one_of_utc() {
        for (at, expect) in [
            ("2026-11-20T23:59:59.999+00:00", "2026-11-20"),
            ("2026-11-21T00:00:00+00:00", "2026-11-21"),
            ("2026-11-21T01:30:00+02:00", "2026-11-20"),
        ] {
            let day = day_of(at.parse().unwrap());
            assert_eq!(day.to_string(), expect);
        }
    }

    #[test]
    fn o9_a_limit_is_reached_exactly_and_not_passed() {
        let check = |spent, amount, limit, expect| {
            let ledger = Ledger {
                spent: MicroUsd(spent),
                ..Ledger::default()
            };
            assert_eq!(ledger.has_room(MicroUsd(amount), MicroUsd(limit)), expect);
        };
        check(0, 10, 10, true);
        check(0, 11, 10, false);
        check(7, 3, 10, true);
        check(8, 3, 10, false);
        check(12, 0, 10, false);
        check(0, u64::MAX, 10, false);
    }

    #[test]
    fn o9_only_what_has_ended_is_released_and_the_oldest_first() {
        let ledger = Ledger {
            open: [
                (id(1), held(5, 20)),
                (id(2), held(7, 10)),
                (id(3), held(9, 30)),
            ]
            .into(),
            ..Ledger::default()
        };
        let released = |now, most| {
            ledger
                .release(at(now), most)
                .map(|release| release.amount())
        };
        assert_eq!(released(9, 8), None);
        assert_eq!(released(10, 8), Some(MicroUsd(7)));
        assert_eq!(released(20, 8), Some(MicroUsd(12)));
        assert_eq!(released(29, 1), Some(MicroUsd(7)));
        assert_eq!(released(30, 8), Some(MicroUsd(21)));
    }

    #[test]
    fn o3_what_is_only_reserved_has_not_been_spent() {
        let ledger = Ledger {
            spent: MicroUsd(50),
            open: [(id(1), held(5, 20)), (id(2), held(7, 10))].into(),
            ..Ledger::default()
        };
        assert_eq!(ledger.settled(), MicroUsd(38));
    }

    #[test]
    fn o9_what_was_released_is_forgotten_after_an_hour_or_when_it_is_too_much() {
        let open = BTreeMap::from([(id(9999), held(5, 4000))]);
        let few = Ledger {
            open: open.clone(),
            released: [(id(1), at(100)), (id(2), at(1000))].into(),
            ..Ledger::default()
        };
        let forgotten = |ledger: &Ledger, now| {
            let release = ledger.release(at(now), 25).unwrap();
            release.forgotten.into_keys().collect::<Vec<_>>()
        };
        assert_eq!(forgotten(&few, 4000), [id(1)]);
        assert_eq!(forgotten(&few, 4600), [id(1), id(2)]);
        let many = Ledger {
            open,
            released: (0..MOST_RELEASED)
                .map(|n| (id(n), at(3900 - n as i64)))
                .collect(),
            ..Ledger::default()
        };
        assert_eq!(forgotten(&many, 4000), [id(MOST_RELEASED - 1)]);
    }

    #[test]
    fn o9_a_refusal_says_what_was_spent() {
        let over = OverLimit {
            asked: MicroUsd(20_000),
            spent: MicroUsd(9_990_000),
            limit: DAILY_LIMIT,
        };
        assert_eq!(
            over.to_string(),
            "0.02 USD are wanted for a model call, but 9.99 of 10.00 USD are spent or reserved \
             today; raise the limit, or wait for the next day (UTC)"
        );
    }
}
