//! Tasks that come round: when a schedule runs next.

use std::{fmt, str::FromStr};

use jiff::{
    SignedDuration, Timestamp,
    civil::{Date, Time, Weekday},
    tz::TimeZone,
};
use serde::{Deserialize, Serialize};

use crate::{E164, EndpointId, SenderId, launch::Task};

/// The longest that "every" may be, in hours: a week.
const MOST_HOURS: u16 = 168;

/// Something that an agent does again and again, without being asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Schedule {
    /// Its name: 1 to 40 of a-z, 0-9, - and _; unique in the company.
    pub name: String,
    /// The endpoint whose number writes.
    pub endpoint: EndpointId,
    /// That number.
    pub number: E164,
    /// Who gets what comes of it.
    pub recipient: SenderId,
    /// What is to be done.
    pub task: Task,
    /// When.
    pub every: Every,
    /// The IANA time zone that times of day are told in.
    pub time_zone: String,
    /// Whether it runs.
    pub enabled: bool,
    /// The agent that looks first: the task is done only if it found something to tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent: Option<Background>,
}

/// The agents that work behind the conversations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Background {
    /// Holds the stock against its reorder points, and raises and resolves alerts.
    InventoryMonitor,
    /// Finds alerts that matter and are new.
    AlertGenerator,
    /// Makes reports.
    ReportGenerator,
}

impl Background {
    /// Every one.
    pub const ALL: [Self; 3] = [
        Self::InventoryMonitor,
        Self::AlertGenerator,
        Self::ReportGenerator,
    ];

    /// Its name, as a row of the company's agents has it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::InventoryMonitor => "inventory_monitor",
            Self::AlertGenerator => "alert_generator",
            Self::ReportGenerator => "report_generator",
        }
    }
}

impl fmt::Display for Background {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Schedule {
    /// When it runs first after `after`: a run that was missed is not made up for.
    ///
    /// # Errors
    /// When its time zone is unknown, or there is no such time.
    pub fn next(&self, after: Timestamp) -> Result<Timestamp, jiff::Error> {
        self.every.next(after, &TimeZone::get(&self.time_zone)?)
    }
}

/// Whether `name` can be a schedule's.
pub fn is_name(name: &str) -> bool {
    let valid = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'_';
    (1..=40).contains(&name.len()) && name.bytes().all(valid)
}

/// When something comes round.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Every {
    /// Each day at this time there.
    Day(Time),
    /// Each week on this day, at this time there.
    Week(Weekday, Time),
    /// Each time so many hours have gone by since 1970, whatever clocks on walls do: 1 to 168.
    Hours(u16),
}

/// What "every" can be.
pub const WANTS: &str = r#""daily 08:00", "weekly mon 08:00" (mon, tue, wed, thu, fri, sat, sun) or "every 6h" (1 to 168)"#;

/// A text that does not say when.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("every: got {got:?}, wants {WANTS}")]
pub struct WrongEvery {
    got: String,
}

const DAYS: [(&str, Weekday); 7] = [
    ("mon", Weekday::Monday),
    ("tue", Weekday::Tuesday),
    ("wed", Weekday::Wednesday),
    ("thu", Weekday::Thursday),
    ("fri", Weekday::Friday),
    ("sat", Weekday::Saturday),
    ("sun", Weekday::Sunday),
];

impl Every {
    /// The first time after `after`. A time of day that a change of clocks skips is that much
    /// later on that day, and one that comes twice is taken the first time.
    ///
    /// # Errors
    /// When it is beyond what can be told.
    pub fn next(self, after: Timestamp, there: &TimeZone) -> Result<Timestamp, jiff::Error> {
        match self {
            Self::Hours(hours) => {
                let step = i64::from(hours) * 3600;
                let passed = after.as_second().div_euclid(step) + 1;
                Timestamp::UNIX_EPOCH.checked_add(SignedDuration::from_secs(passed * step))
            }
            Self::Day(time) => {
                let mut day = there.to_datetime(after).date();
                loop {
                    let at = at(day, time, there)?;
                    if at > after {
                        return Ok(at);
                    }
                    day = day.tomorrow()?;
                }
            }
            Self::Week(weekday, time) => {
                let mut day = there.to_datetime(after).date();
                loop {
                    if day.weekday() == weekday {
                        let at = at(day, time, there)?;
                        if at > after {
                            return Ok(at);
                        }
                    }
                    day = day.tomorrow()?;
                }
            }
        }
    }
}

fn at(day: Date, time: Time, there: &TimeZone) -> Result<Timestamp, jiff::Error> {
    Ok(day.to_datetime(time).to_zoned(there.clone())?.timestamp())
}

impl FromStr for Every {
    type Err = WrongEvery;

    fn from_str(text: &str) -> Result<Self, WrongEvery> {
        let words: Vec<&str> = text.split(' ').collect();
        let every = match words.as_slice() {
            ["daily", at] => time(at).map(Self::Day),
            ["weekly", day, at] => {
                let day = DAYS.iter().find(|(name, _)| name == day);
                day.zip(time(at)).map(|((_, day), at)| Self::Week(*day, at))
            }
            ["every", hours] => hours
                .strip_suffix('h')
                .filter(|hours| hours.bytes().all(|b| b.is_ascii_digit()))
                .and_then(|hours| hours.parse().ok())
                .filter(|hours| (1..=MOST_HOURS).contains(hours))
                .map(Self::Hours),
            _ => None,
        };
        every.ok_or_else(|| WrongEvery {
            got: text.chars().take(60).collect(),
        })
    }
}

/// Hours and minutes, two digits each.
fn time(text: &str) -> Option<Time> {
    let (hour, minute) = text.split_once(':')?;
    let two = |digits: &str| {
        let plain = digits.len() == 2 && digits.bytes().all(|b| b.is_ascii_digit());
        plain.then(|| digits.parse().ok()).flatten()
    };
    Time::new(two(hour)?, two(minute)?, 0, 0).ok()
}

impl fmt::Display for Every {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let clock = |time: &Time| format!("{:02}:{:02}", time.hour(), time.minute());
        match self {
            Self::Day(time) => write!(f, "daily {}", clock(time)),
            Self::Week(weekday, time) => {
                let named = DAYS.iter().find(|(_, day)| day == weekday);
                let name = named.map_or("", |(name, _)| name);
                write!(f, "weekly {name} {}", clock(time))
            }
            Self::Hours(hours) => write!(f, "every {hours}h"),
        }
    }
}

impl TryFrom<String> for Every {
    type Error = WrongEvery;

    fn try_from(text: String) -> Result<Self, WrongEvery> {
        text.parse()
    }
}

impl From<Every> for String {
    fn from(every: Every) -> Self {
        every.to_string()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(every: &str, zone: &str, after: &str, expect: &[&str]) {
        let every: Every = every.parse().unwrap();
        let zone = TimeZone::get(zone).unwrap();
        let mut at: Timestamp = after.parse().unwrap();
        for expect in expect {
            at = every.next(at, &zone).unwrap();
            assert_eq!(at.to_string(), *expect, "{every} after {after}");
        }
    }

    #[test]
    fn a9_a_schedule_runs_at_its_time_there() {
        check(
            "daily 08:00",
            "Africa/Kigali",
            "2026-11-20T06:00:00Z",
            &["2026-11-21T06:00:00Z", "2026-11-22T06:00:00Z"],
        );
        check(
            "daily 08:00",
            "Africa/Kigali",
            "2026-11-20T05:59:59.999Z",
            &["2026-11-20T06:00:00Z"],
        );
        check(
            "weekly mon 08:00",
            "Africa/Kigali",
            "2026-11-20T07:00:00Z",
            &["2026-11-23T06:00:00Z", "2026-11-30T06:00:00Z"],
        );
        check(
            "every 6h",
            "Africa/Kigali",
            "2026-11-20T07:00:00Z",
            &["2026-11-20T12:00:00Z", "2026-11-20T18:00:00Z"],
        );
    }

    /// Source: the European Union's changes of 2026, on 29 March and 25 October at 01:00 UTC.
    #[test]
    fn a9_a_change_of_clocks_neither_skips_nor_doubles_a_run() {
        check(
            "daily 08:00",
            "Europe/Berlin",
            "2026-03-28T00:00:00Z",
            &[
                "2026-03-28T07:00:00Z",
                "2026-03-29T06:00:00Z",
                "2026-03-30T06:00:00Z",
            ],
        );
        // 02:30 is skipped on the 29th, so it is 03:30.
        check(
            "daily 02:30",
            "Europe/Berlin",
            "2026-03-28T12:00:00Z",
            &["2026-03-29T01:30:00Z", "2026-03-30T00:30:00Z"],
        );
        // And comes twice on 25 October.
        check(
            "daily 02:30",
            "Europe/Berlin",
            "2026-10-24T12:00:00Z",
            &["2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"],
        );
        check(
            "weekly sun 02:30",
            "Europe/Berlin",
            "2026-03-23T12:00:00Z",
            &["2026-03-29T01:30:00Z", "2026-04-05T00:30:00Z"],
        );
    }

    #[test]
    fn a9_what_says_no_time_is_refused_with_what_would() {
        for wrong in [
            "",
            "daily",
            "daily 8:00",
            "daily 24:00",
            "daily 08:60",
            "weekly 08:00",
            "weekly monday 08:00",
            "every 0h",
            "every 169h",
            "every +6h",
            "every 6",
            "hourly",
            "daily  08:00",
            "daily 08:00 ",
        ] {
            let says = wrong.parse::<Every>().unwrap_err().to_string();
            assert!(says.contains("daily 08:00"), "{says}");
        }
    }

    proptest! {
        #[test]
        fn a9_a_run_is_always_later_and_within_eight_days(
            second in 0_i64..4_000_000_000,
            kind in 0..3,
            day in 0..7_usize,
            hour in 0..24_i8,
            minute in 0..60_i8,
            hours in 1..=MOST_HOURS,
            zone in prop::sample::select(vec![
                "UTC", "Africa/Kigali", "Europe/Berlin", "America/St_Johns", "Australia/Lord_Howe",
            ]),
        ) {
            let time = Time::new(hour, minute, 0, 0).unwrap();
            let every = match kind {
                0 => Every::Day(time),
                1 => Every::Week(DAYS[day].1, time),
                _ => Every::Hours(hours),
            };
            prop_assert_eq!(every.to_string().parse::<Every>().unwrap(), every);
            let after = Timestamp::from_second(second).unwrap();
            let next = every.next(after, &TimeZone::get(zone).unwrap()).unwrap();
            prop_assert!(next > after);
            prop_assert!(next.duration_since(after) < SignedDuration::from_hours(24 * 8));
        }
    }
}
