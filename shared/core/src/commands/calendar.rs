//! Finds the days that a written date stands for.

use jiff::{
    ToSpan,
    civil::{Date, Weekday},
};

use super::{DateRange, spelling};

/// One end of a span, or a date of its own.
#[derive(Clone, Copy)]
pub(super) enum Point {
    /// Relative to today, such as "last week".
    Relative(DateRange),
    /// With its year.
    Exact(DateRange),
    /// A day of a month, or all of it, without a year.
    Yearless { month: i8, day: Option<i8> },
    /// The day of a month that the other end of the span names: "1 to 15 November".
    DayOnly(i8),
    /// None that a calendar has.
    Impossible,
}

/// Which day of a span or month.
#[derive(Clone, Copy)]
enum Edge {
    First,
    Last,
}

impl Point {
    /// A day of a month, or all of the month, of a year that has to be found.
    pub fn yearless(month: i8, day: Option<i8>) -> Self {
        // 2000 was a leap year: what it doesn't have, no year has.
        match Date::new(2000, month, day.unwrap_or(1)) {
            Ok(_) => Self::Yearless { month, day },
            Err(_) => Self::Impossible,
        }
    }

    /// A date with its year.
    pub fn exact(year: i16, month: i8, day: i8) -> Self {
        match Date::new(year, month, day) {
            Ok(date) if YEARS.contains(&year) => Self::Exact(DateRange::day(date)),
            _ => Self::Impossible,
        }
    }

    /// All of a month with its year; of the month that is going on, what has been.
    pub fn month_of(year: i16, number: i8, today: Date) -> Self {
        match Date::new(year, number, 1) {
            Ok(first) if YEARS.contains(&year) => Self::Exact(month(first).until(today)),
            _ => Self::Impossible,
        }
    }

    /// The days it stands for by itself.
    pub fn alone(self, today: Date) -> Option<DateRange> {
        match self {
            Self::Relative(range) | Self::Exact(range) => Some(range),
            Self::Yearless { month, day } => {
                let first = latest(month, day, Edge::First, today)?;
                let last = in_year(first.year(), month, day, Edge::Last)?;
                Some(match day {
                    Some(_) => DateRange::day(first),
                    None => DateRange::new(first, last).until(today),
                })
            }
            Self::DayOnly(_) | Self::Impossible => None,
        }
    }

    /// The days from this to `second`.
    pub fn until(self, second: Self, today: Date) -> Option<DateRange> {
        let first = match (self, second) {
            (Self::DayOnly(day), Self::Yearless { month, .. }) => Self::yearless(month, Some(day)),
            (Self::DayOnly(day), Self::Exact(range)) => {
                let date = Date::new(range.last().year(), range.last().month(), day).ok()?;
                Self::Exact(DateRange::day(date))
            }
            _ => self,
        };
        let (from, to) = match (first, second) {
            (Self::Yearless { month, day }, Self::Yearless { .. }) => {
                let from = latest(month, day, Edge::First, today)?;
                (from, beside(from, second, Edge::Last)?)
            }
            (Self::Yearless { .. }, _) => {
                let to = second.alone(today)?.last();
                (beside(to, first, Edge::First)?, to)
            }
            (_, Self::Yearless { .. }) => {
                let from = first.alone(today)?.first();
                (from, beside(from, second, Edge::Last)?)
            }
            _ => (first.alone(today)?.first(), second.alone(today)?.last()),
        };
        Some(DateRange::new(from, to))
    }
}

/// Years that a date of business can lie in; others are slips.
pub(super) const YEARS: std::ops::RangeInclusive<i16> = 2000..=2100;

/// What a calendar counts in.
#[derive(Clone, Copy)]
pub(super) enum Unit {
    Day,
    Week,
    Month,
    Year,
}

/// The week of `day`, from Monday on.
pub(super) fn week(day: Date) -> DateRange {
    let into = day.weekday().since(Weekday::Monday);
    let monday = day.saturating_sub(i32::from(into).days());
    DateRange::new(monday, monday.saturating_add(6.days()))
}

/// The month of `day`.
pub(super) fn month(day: Date) -> DateRange {
    DateRange::new(day.first_of_month(), day.last_of_month())
}

/// The year of `day`.
pub(super) fn year(day: Date) -> DateRange {
    DateRange::new(day.first_of_year(), day.last_of_year())
}

/// The last `count` units, today included; none for a count that is a slip.
pub(super) fn days_until(today: Date, count: i32, unit: Unit) -> Option<DateRange> {
    let most = match unit {
        Unit::Day => 731,
        Unit::Week => 104,
        Unit::Month => 24,
        Unit::Year => 2,
    };
    if !(1..=most).contains(&count) {
        return None;
    }
    let before = match unit {
        Unit::Day => today.saturating_sub(count.days()),
        Unit::Week => today.saturating_sub(count.weeks()),
        Unit::Month => today.saturating_sub(count.months()),
        Unit::Year => today.saturating_sub(count.years()),
    };
    Some(DateRange::new(before.saturating_add(1.day()), today))
}

fn in_year(year: i16, month: i8, day: Option<i8>, edge: Edge) -> Option<Date> {
    let date = Date::new(year, month, day.unwrap_or(1)).ok()?;
    Some(match (day, edge) {
        (None, Edge::Last) => date.last_of_month(),
        _ => date,
    })
}

/// One end of a span, without a year, whose other end is `known`.
///
/// They lie in one year if that puts them in order. If not, the span is either over the turn of a
/// year ("25 Dec to 5 Jan") or the wrong way round ("10 Nov to 1 Nov"): whichever is shorter.
fn beside(known: Date, end: Point, edge: Edge) -> Option<Date> {
    let Point::Yearless { month, day } = end else {
        return None;
    };
    let in_neighbour = |years: i16| in_year(known.year().checked_add(years)?, month, day, edge);
    let same_year = in_neighbour(0);
    let (is_in_order, over_the_turn): (fn(&Date, &Date) -> bool, _) = match edge {
        Edge::First => (Date::le, in_neighbour(-1)),
        Edge::Last => (Date::ge, in_neighbour(1)),
    };
    if let Some(date) = same_year.filter(|date| is_in_order(date, &known)) {
        return Some(date);
    }
    over_the_turn
        .into_iter()
        .chain(same_year)
        .min_by_key(|date| date.duration_since(known).abs())
}

/// The latest such date that is not after `limit`; eight years back there was a 29 February.
fn latest(month: i8, day: Option<i8>, edge: Edge, limit: Date) -> Option<Date> {
    (0..=8)
        .filter_map(|years| in_year(limit.year().checked_sub(years)?, month, day, edge))
        .find(|date| *date <= limit)
}

/// The month (1 to 12) that a word names, and how many edits it took.
pub(super) fn month_named(word: &str) -> Option<(i8, u8)> {
    let (position, typos) = match MONTHS.iter().position(|month| month[..3] == *word) {
        Some(position) => (position, 0),
        None if word == "sept" => (8, 0),
        None => spelling::nearest(word, &MONTHS)?,
    };
    Some((i8::try_from(position).ok()? + 1, typos))
}

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];
