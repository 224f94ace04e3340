//! What the bar chart shows: which days make one bar, and the scale beside them.

use jiff::civil::Date;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use super::DayLine;

/// More bars than this are too thin to read on a page.
pub(super) const MOST_BARS: usize = 62;

/// The days of a report, gathered so that they fit one chart.
pub(super) struct Chart {
    /// How many days one bar stands for: one, or whole weeks.
    days_per_bar: usize,
    /// How many days all of them stand for.
    days: usize,
    /// At most [`MOST_BARS`]; the last may stand for fewer days.
    pub(super) bars: Vec<Bar>,
    /// The scale that holds all of them.
    pub(super) scale: Scale,
}

/// The revenue of the days from one date on.
#[derive(Debug, PartialEq)]
pub(super) struct Bar {
    pub(super) from: Date,
    /// In major units; a drawing needs no more than this type's precision.
    pub(super) revenue: f64,
}

/// A vertical axis whose marks are round numbers, zero among them.
#[derive(Debug, PartialEq)]
pub(super) struct Scale {
    /// The distance between marks, above zero.
    pub(super) step: f64,
    /// Marks below zero.
    pub(super) below: u32,
    /// Marks above zero; together with those below, at least one.
    pub(super) above: u32,
}

impl Chart {
    pub(super) fn new(days: &[DayLine]) -> Self {
        let days_per_bar = if days.len() <= MOST_BARS {
            1
        } else {
            7 * days.len().div_ceil(7 * MOST_BARS)
        };
        let bars: Vec<Bar> = days
            .chunks(days_per_bar)
            .filter_map(|days| {
                let revenue = days.iter().map(|day| as_f64(day.total.revenue)).sum();
                let from = days.first()?.date;
                Some(Bar { from, revenue })
            })
            .collect();
        let scale = Scale::holding(bars.iter().map(|bar| bar.revenue));
        Self {
            days_per_bar,
            days: days.len(),
            bars,
            scale,
        }
    }

    /// What one bar stands for, as in "Revenue by …".
    pub(super) fn unit(&self) -> String {
        match self.days_per_bar {
            1 => "day".to_owned(),
            7 => "week".to_owned(),
            days => format!("{} weeks", days / 7),
        }
    }

    /// How many days the last bar stands for, where those are fewer than the others'.
    pub(super) fn days_in_last_bar(&self) -> Option<usize> {
        let rest = self.days % self.days_per_bar;
        (rest > 0).then_some(rest)
    }
}

impl Scale {
    /// The scale with about four marks that zero and all of `values` lie on.
    fn holding(values: impl Iterator<Item = f64>) -> Self {
        let (low, high) = values.fold((0.0_f64, 0.0_f64), |(low, high), value| {
            (low.min(value), high.max(value))
        });
        let step = round_step((high - low) / 4.0);
        let below = (-low / step).ceil() as u32;
        let above = (high / step).ceil() as u32;
        Self {
            step,
            below,
            // Where nothing was sold there is still an axis to draw.
            above: above.max(u32::from(below == 0)),
        }
    }

    /// The marks from the lowest to the highest.
    pub(super) fn marks(&self) -> impl Iterator<Item = f64> {
        let (step, below) = (self.step, f64::from(self.below));
        (0..=self.below + self.above).map(move |mark| (f64::from(mark) - below) * step)
    }

    /// Where `value` lies, from 0 at the lowest mark to 1 at the highest.
    pub(super) fn position(&self, value: f64) -> f32 {
        let marks = f64::from(self.below + self.above);
        ((value / self.step + f64::from(self.below)) / marks) as f32
    }
}

/// A short form for the axis: `0`, `2.5K`, `-40K`, `1.2M`.
pub(super) fn format_mark(value: f64) -> String {
    let (mut scaled, mut unit) = (value, "");
    for larger in ["K", "M", "B", "T"] {
        if scaled.abs() < 1_000.0 {
            break;
        }
        (scaled, unit) = (scaled / 1_000.0, larger);
    }
    if scaled.abs() >= 1_000_000.0 {
        return format!("{value:e}");
    }
    let digits = format!("{scaled:.3}");
    let digits = digits.trim_end_matches('0').trim_end_matches('.');
    format!("{digits}{unit}")
}

/// The smallest of 1, 2 or 5 times a power of ten that is at least `step`; 1 for zero.
fn round_step(step: f64) -> f64 {
    if step <= 0.0 {
        return 1.0;
    }
    let mut power = 1.0;
    while power > step {
        power /= 10.0;
    }
    while power * 10.0 <= step {
        power *= 10.0;
    }
    [1.0, 2.0, 5.0]
        .map(|factor| factor * power)
        .into_iter()
        .find(|candidate| *candidate >= step)
        .unwrap_or(10.0 * power)
}

/// [`Decimal`] always fits, so zero never stands for another number.
fn as_f64(amount: Decimal) -> f64 {
    amount.to_f64().unwrap_or(0.0)
}

#[cfg(test)]
mod tests {
    use jiff::ToSpan;
    use proptest::prelude::*;

    use super::super::Totals;
    use super::*;

    fn days(revenues: impl IntoIterator<Item = i64>) -> Vec<DayLine> {
        let first = Date::constant(2026, 7, 1);
        (first.series(1.day()).zip(revenues))
            .map(|(date, revenue)| DayLine {
                date,
                total: Totals {
                    units: 1,
                    revenue: Decimal::from(revenue),
                },
            })
            .collect()
    }

    #[test]
    fn c7_long_periods_are_gathered_into_weeks() {
        let check = |count: usize, unit: &str, bars: usize, last: Option<usize>| {
            let chart = Chart::new(&days(std::iter::repeat_n(1, count)));
            assert_eq!((chart.unit().as_str(), chart.bars.len()), (unit, bars));
            assert_eq!(chart.days_in_last_bar(), last);
            let revenue: f64 = chart.bars.iter().map(|bar| bar.revenue).sum();
            assert_eq!(revenue, count as f64);
        };
        check(0, "day", 0, None);
        check(1, "day", 1, None);
        check(62, "day", 62, None);
        check(63, "week", 9, None);
        check(365, "week", 53, Some(1));
        check(434, "week", 62, None);
        check(435, "2 weeks", 32, Some(1));
        check(3_660, "9 weeks", 59, Some(6));
    }

    #[test]
    fn marks_are_round_and_hold_every_bar() {
        let check = |revenues: &[i64], expect: &[&str]| {
            let chart = Chart::new(&days(revenues.iter().copied()));
            let marks: Vec<String> = chart.scale.marks().map(format_mark).collect();
            assert_eq!(marks, expect);
        };
        check(&[], &["0", "1"]);
        check(&[0, 0], &["0", "1"]);
        check(&[40, 3], &["0", "10", "20", "30", "40"]);
        check(&[41], &["0", "20", "40", "60"]);
        check(&[1_800_000], &["0", "500K", "1M", "1.5M", "2M"]);
        check(&[90_000, -30_000], &["-50K", "0", "50K", "100K"]);
        check(&[-100], &["-100", "-50", "0"]);
    }

    #[test]
    fn marks_are_short() {
        let check = |value: f64, expect: &str| assert_eq!(format_mark(value), expect);
        check(0.0, "0");
        check(0.25, "0.25");
        check(999.0, "999");
        check(-2_500.0, "-2.5K");
        check(5e13, "50T");
        check(2e28, "2e28");
    }

    proptest! {
        #[test]
        fn every_bar_lies_on_the_scale(revenues in proptest::collection::vec(any::<i64>(), 0..200)) {
            let chart = Chart::new(&days(revenues));
            prop_assert!(chart.bars.len() <= MOST_BARS);
            prop_assert!(chart.scale.marks().count() <= 7);
            for bar in &chart.bars {
                let position = chart.scale.position(bar.revenue);
                prop_assert!((0.0..=1.0).contains(&position), "{position}");
            }
        }
    }
}
