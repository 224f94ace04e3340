//! The report as people read it.

use std::fmt::{self, Display};

use super::{
    cases::CASES,
    report::{Report, Row, Setting},
};
use crate::cli::bench::report::Calls;

impl Display for Setting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "runs    {} fresh processes of each", self.runs)?;
        let load = self.load.map(|load| format!("{load:.2}"));
        writeln!(
            f,
            "where   {} processors, load {} before; {}",
            self.processors,
            load.as_deref().unwrap_or("unknown"),
            self.services
        )?;
        writeln!(f, "times   {}", self.times)?;
        writeln!(f, "again   {}", self.again)?;
        writeln!(f, "parts   {}\n", self.ways)
    }
}

impl Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.starts(f)?;
        targets(f)?;
        self.parts(f)?;
        self.calls(f)
    }
}

impl Report {
    /// Names of functions and events in columns.
    fn names(&self) -> (usize, usize) {
        let longest = |name: fn(&Row) -> &str| {
            let lengths = self.rows.iter().map(|row| name(row).chars().count());
            lengths.max().unwrap_or_default()
        };
        (longest(|row| row.function), longest(|row| row.event))
    }

    fn starts(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (function, event) = self.names();
        let names = function + 2 + event;
        writeln!(
            f,
            "{:names$}  {:>7}  {:>17}  {:>18}  {:>8}  {:>7}  {:>6}",
            "", "size", "start → ready", "→ first response", "again", "peak", "ratio"
        )?;
        writeln!(
            f,
            "{:names$}  {:>7}  {:>8} {:>8}  {:>9} {:>8}  {:>8}  {:>7}  {:>6}",
            "", "MB ", "p50 ms", "p99", "p50 ms ", "p99", "p50 ms", "MiB ", "bare "
        )?;
        for row in &self.rows {
            let peak = row.peak_mib.map(|peak| peak.cell());
            writeln!(
                f,
                "{:function$}  {:event$}  {:>7}  {:>8.2} {:>8.2}  {:>9} {:>8.2}  {:>8.2}  {:>7}  {:>6}",
                row.function,
                row.event,
                row.size_mb.cell(),
                row.ready_p50_ms,
                row.ready_p99_ms,
                row.first_p50_ms.cell(),
                row.first_p99_ms,
                row.again_p50_ms,
                peak.as_deref().unwrap_or("not measured"),
                row.ratio_to_bare.cell(),
            )?;
        }
        Ok(())
    }

    fn parts(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (function, event) = self.names();
        let names = function + 2 + event;
        writeln!(f, "\nwhere the time goes: medians in ms, watched")?;
        writeln!(
            f,
            "{:names$}  {:>13}  {:>12}  {:>10}  {:>9}  {:>11}  {:>11}",
            "",
            "start → ready",
            "→ first call",
            "its calls",
            "→ answer",
            "event alone",
            "connections"
        )?;
        for row in &self.rows {
            let phases = &row.phases;
            let part = |part: Option<f64>| part.map(|ms| format!("{ms:.2}")).unwrap_or_default();
            writeln!(
                f,
                "{:function$}  {:event$}  {:>13.2}  {:>12}  {:>10}  {:>9}  {:>11}  {:>11}",
                row.function,
                row.event,
                phases.start_to_ready_ms,
                part(phases.event_to_first_call_ms),
                part(phases.calls_ms),
                part(phases.last_answer_to_response_ms),
                part(phases.event_to_response_ms),
                phases.connections,
            )?;
        }
        Ok(())
    }

    fn calls(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (function, event) = self.names();
        writeln!(f, "\ncalls for the first event")?;
        let said = |calls: &Calls| match calls.is_empty() {
            true => "none".to_owned(),
            false => calls.to_string(),
        };
        for row in &self.rows {
            let first = said(&row.calls_for_the_first);
            writeln!(
                f,
                "{:function$}  {:event$}  {first}",
                row.function, row.event
            )?;
        }
        let early: Vec<&Row> = self
            .rows
            .iter()
            .filter(|row| !row.calls_before_an_event.is_empty())
            .collect();
        if early.is_empty() {
            return writeln!(f, "before it: none, of any function");
        }
        for row in early {
            let before = &row.calls_before_an_event;
            writeln!(f, "before it, by {}: {before}!", row.function)?;
        }
        Ok(())
    }
}

/// What the marks mean.
fn targets(f: &mut fmt::Formatter<'_>) -> fmt::Result {
    writeln!(f, "\n! is beyond the target:")?;
    let mut told = Vec::new();
    for case in CASES {
        if told.contains(&case.function) {
            continue;
        }
        told.push(case.function);
        let targets = case.targets;
        let parts = [
            targets.size_mb.map(|mb| format!("{mb} MB")),
            targets
                .first_ms
                .map(|ms| format!("{ms} ms to the first response")),
            targets.peak_mib.map(|mib| format!("{mib} MiB")),
            targets
                .ratio
                .map(|ratio| format!("{ratio} times the bare function's first response")),
        ];
        let parts: Vec<String> = parts.into_iter().flatten().collect();
        if !parts.is_empty() {
            writeln!(f, "  {:<8}  {}", case.function, parts.join(", "))?;
        }
    }
    Ok(())
}
