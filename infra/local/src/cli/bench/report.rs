//! What was measured, as a table for people and as JSON for machines.

use std::{
    collections::BTreeMap,
    fmt::{self, Display},
    thread::available_parallelism,
    time::Duration,
};

use serde::Serialize;

/// Everything that was measured.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    pub(super) setting: Setting,
    pub(super) rows: Vec<Row>,
    pub(super) threads: Threads,
    pub(super) services: Vec<Row>,
}

/// Under which conditions.
#[derive(Debug, Serialize)]
pub(super) struct Setting {
    build: &'static str,
    processors: usize,
    services: &'static str,
    times: &'static str,
    calls: &'static str,
}

/// A path.
#[derive(Debug, Serialize)]
pub(super) struct Row {
    path: String,
    iterations: usize,
    /// Where several are under way at once.
    #[serde(skip_serializing_if = "Option::is_none")]
    per_second: Option<f64>,
    p50_ms: f64,
    p99_ms: f64,
    #[serde(skip_serializing_if = "Calls::is_empty")]
    calls: Calls,
}

/// The same path in threads of different lengths.
#[derive(Debug, Serialize)]
pub(super) struct Threads {
    growing_s: f64,
    rows: Vec<Row>,
    /// Each row's median by the first's.
    ratios: Vec<f64>,
}

/// How often each operation of a service was called.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[serde(transparent)]
pub(super) struct Calls(BTreeMap<String, f64>);

impl Setting {
    pub(super) fn of_this_build() -> Self {
        Self {
            build: if cfg!(debug_assertions) {
                "debug: these times say little"
            } else {
                "optimised"
            },
            processors: available_parallelism().map_or(1, usize::from),
            services: "functions, queue pump, DynamoDB, SQS, S3 and provider in one process, \
                       in memory, over HTTP on loopback",
            times: "functions call AWS without the fault proxies; statuses are held back",
            calls: "counted apart, on warm functions behind the fault proxies; for one repetition",
        }
    }

    /// The same for a bench that takes times and counts calls in another way.
    pub(super) fn measured(self, times: &'static str, calls: &'static str) -> Self {
        Self {
            times,
            calls,
            ..self
        }
    }
}

impl Row {
    pub(super) fn new(path: String, mut times: Vec<Duration>, calls: Calls) -> Self {
        times.sort_unstable();
        Self {
            path,
            iterations: times.len(),
            per_second: None,
            p50_ms: percentile(&times, 50),
            p99_ms: percentile(&times, 99),
            calls,
        }
    }

    /// A call by itself.
    pub(super) fn of_call(name: &str, times: Vec<Duration>) -> Self {
        Self::new(name.to_owned(), times, Calls::default())
    }

    /// With how many there were in a second, when all together took `wall`.
    pub(super) fn in_all(mut self, wall: Duration) -> Self {
        self.per_second = Some(self.iterations as f64 / wall.as_secs_f64());
        self
    }
}

impl Threads {
    pub(super) fn new(rows: Vec<Row>, growing: Duration) -> Self {
        let first = rows.first().map_or(1.0, |row| row.p50_ms);
        Self {
            growing_s: growing.as_secs_f64(),
            ratios: rows.iter().map(|row| row.p50_ms / first).collect(),
            rows,
        }
    }
}

impl Calls {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn add(&mut self, service: &str, operation: &str) {
        *self.0.entry(format!("{service} {operation}")).or_default() += 1.0;
    }

    pub(super) fn merge(&mut self, more: &Self) {
        for (name, count) in &more.0 {
            *self.0.entry(name.clone()).or_default() += count;
        }
    }

    /// How many of them are AWS's.
    pub(super) fn to_aws(&self) -> usize {
        let aws = self.0.iter().filter(|(name, _)| {
            let services = ["DynamoDB ", "SQS ", "S3 "];
            services.iter().any(|service| name.starts_with(service))
        });
        aws.map(|(_, count)| *count as usize).sum()
    }

    /// The time that these take one after the other, each its median of `services`, in
    /// milliseconds. What is not among those counts nothing.
    fn alone(&self, services: &[Row]) -> f64 {
        services
            .iter()
            .map(|service| self.0.get(&service.path).copied().unwrap_or_default() * service.p50_ms)
            .sum()
    }

    /// Of one repetition, when these are of `repetitions`.
    pub(super) fn each(mut self, repetitions: usize) -> Self {
        for count in self.0.values_mut() {
            *count /= repetitions as f64;
        }
        self
    }
}

/// The time that so many in a hundred don't exceed, in milliseconds, of times in order.
pub(super) fn percentile(times: &[Duration], percent: usize) -> f64 {
    let rank = (times.len() * percent).div_ceil(100);
    let time = times.get(rank.saturating_sub(1));
    time.map_or(f64::NAN, |time| time.as_secs_f64() * 1000.0)
}

impl Display for Setting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "build   {}", self.build)?;
        writeln!(
            f,
            "        cargo run --profile measure -p countersign-local -- bench"
        )?;
        writeln!(
            f,
            "where   {} processors; {}",
            self.processors, self.services
        )?;
        writeln!(f, "times   {}", self.times)?;
        writeln!(f, "calls   {}\n", self.calls)
    }
}

impl Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let paths = || self.rows.iter().chain(&self.threads.rows);
        let width = paths().map(|row| row.path.chars().count()).max();
        let width = width.unwrap_or_default();
        writeln!(
            f,
            "{:width$}  {:>5}  {:>8}  {:>9}  {:>9}  {:>5}",
            "", "n", "a second", "p50", "p99", "ratio"
        )?;
        for row in &self.rows {
            row.line(f, width, None)?;
        }
        let what = "the same command; the threads take turns";
        writeln!(f, "\n{what} (grown in {:.1} s)", self.threads.growing_s)?;
        for (row, ratio) in self.threads.rows.iter().zip(&self.threads.ratios) {
            row.line(f, width, Some(*ratio))?;
        }
        writeln!(f, "\none call by itself, as the SDK makes it here")?;
        for row in &self.services {
            row.line(f, width, None)?;
        }
        writeln!(f, "\ncalls, and what the AWS ones take by themselves")?;
        for row in paths() {
            let alone = row.calls.alone(&self.services);
            writeln!(f, "{}: {alone:.2} ms\n    {}", row.path, row.calls)?;
        }
        Ok(())
    }
}

impl Row {
    fn line(&self, f: &mut fmt::Formatter<'_>, width: usize, ratio: Option<f64>) -> fmt::Result {
        let per_second = self.per_second.map(|n| format!("{n:.0}"));
        let ratio = ratio.map(|ratio| format!("{ratio:.2}"));
        let line = format!(
            "{:width$}  {:>5}  {:>8}  {:>6.2} ms  {:>6.2} ms  {:>5}",
            self.path,
            self.iterations,
            per_second.unwrap_or_default(),
            self.p50_ms,
            self.p99_ms,
            ratio.unwrap_or_default(),
        );
        writeln!(f, "{}", line.trim_end())
    }
}

impl Display for Calls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let calls: Vec<String> = self
            .0
            .iter()
            .map(|(name, count)| format!("{count} {name}"))
            .collect();
        f.write_str(&calls.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentile_is_a_time_that_was_measured() {
        let check = |millis: &[u64], percent, expect: f64| {
            let times: Vec<_> = millis.iter().copied().map(Duration::from_millis).collect();
            assert_eq!(percentile(&times, percent), expect, "{millis:?}");
        };
        check(&[7], 50, 7.0);
        check(&[7], 99, 7.0);
        check(&[1, 2, 3, 4], 50, 2.0);
        check(&[1, 2, 3, 4], 99, 4.0);
        let hundred: Vec<u64> = (1..=100).collect();
        check(&hundred, 50, 50.0);
        check(&hundred, 99, 99.0);
    }

    #[test]
    fn calls_are_given_for_one_repetition() {
        let mut calls = Calls::default();
        for _ in 0..4 {
            calls.add("DynamoDB", "GetItem");
            calls.add("DynamoDB", "GetItem");
            calls.add("SQS", "SendMessage");
        }
        let each = calls.each(4);
        assert_eq!(each.to_string(), "2 DynamoDB GetItem, 1 SQS SendMessage");
    }
}
