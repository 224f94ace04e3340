//! What was measured of the functions' starts, as tables for people and as JSON for machines.

use std::{
    thread::available_parallelism,
    time::{Duration, Instant},
};

use serde::Serialize;

use super::{
    AGAIN,
    cases::{BARE, Case, Targets},
    relay::Seen,
};
use crate::cli::bench::report::{Calls, percentile};

/// Everything that was measured.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    pub(super) setting: Setting,
    pub(super) rows: Vec<Row>,
}

/// Under which conditions.
#[derive(Debug, Serialize)]
pub(super) struct Setting {
    pub(super) runs: u16,
    pub(super) processors: usize,
    /// Over the last minute before it began, where the system says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) load: Option<f64>,
    pub(super) services: &'static str,
    pub(super) times: &'static str,
    pub(super) again: String,
    pub(super) ways: &'static str,
}

/// One start.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Start {
    /// From the start until it asked for an event.
    pub(super) ready: Duration,
    /// From the start until it had answered the event.
    pub(super) first: Duration,
    /// The same event again, each time.
    pub(super) again: Vec<Duration>,
    pub(super) peak_mib: Option<f64>,
}

/// Where one start's time went. What follows `ready` adds up to the first response.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Phase {
    ready: Duration,
    /// From there to the answer, of one that calls nobody.
    alone: Option<Duration>,
    calling: Option<Calling>,
}

/// A first event's way through others.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Calling {
    /// From the event to the first call.
    before: Duration,
    /// From the first call to the last answer.
    calls: Duration,
    /// From there to the response.
    after: Duration,
    connections: usize,
}

/// What is known of a case before it is reported.
pub(super) struct Measured {
    case: Case,
    size: u64,
    calls_before: Calls,
    calls_first: Calls,
    pub(super) starts: Vec<Start>,
    pub(super) phases: Vec<Phase>,
}

/// A case.
#[derive(Debug, Serialize)]
pub(super) struct Row {
    pub(super) function: &'static str,
    pub(super) event: &'static str,
    pub(super) size_mb: Value,
    pub(super) ready_p50_ms: f64,
    pub(super) ready_p99_ms: f64,
    pub(super) first_p50_ms: Value,
    pub(super) first_p99_ms: f64,
    pub(super) again_p50_ms: f64,
    /// The most of all starts. Not measured off Linux.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) peak_mib: Option<Value>,
    /// The first response's median by that of the bare function.
    pub(super) ratio_to_bare: Value,
    pub(super) calls_before_an_event: Calls,
    pub(super) calls_for_the_first: Calls,
    pub(super) phases: Phases,
}

/// A value, and what it should not go beyond.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(super) struct Value {
    is: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    target: Option<f64>,
}

/// Medians, each of its own, in milliseconds.
#[derive(Debug, Serialize)]
pub(super) struct Phases {
    pub(super) start_to_ready_ms: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) event_to_response_ms: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) event_to_first_call_ms: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) calls_ms: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) last_answer_to_response_ms: Option<f64>,
    pub(super) connections: usize,
}

impl Setting {
    pub(super) fn of_this_machine(runs: u16) -> Self {
        let load = std::fs::read_to_string("/proc/loadavg").ok();
        let load = load.and_then(|load| load.split(' ').next()?.parse().ok());
        Self {
            runs,
            processors: available_parallelism().map_or(1, usize::from),
            load,
            services: if cfg!(debug_assertions) {
                "Runtime API, DynamoDB, SQS, S3 and provider in one other process, in memory, \
                 unoptimised: its answers are slow"
            } else {
                "Runtime API, DynamoDB, SQS, S3 and provider in one other process, in memory"
            },
            times: "from before the process is started, one at a time, in turns",
            again: format!(
                "the same event {AGAIN} times more in the same process; to agent and outbound it \
                 is a duplicate then"
            ),
            ways: "in rounds of their own, through relays; calls in one behind the fault proxies",
        }
    }
}

impl Phase {
    /// `seen` is empty where the function calls nobody, and where nobody watches.
    pub(super) fn new(began: Instant, ready: Instant, seen: Seen, answered: Instant) -> Self {
        let calling = match (seen.first_request, seen.last_answer) {
            (Some(first), Some(last)) => Some(Calling {
                before: first - ready,
                calls: last - first,
                after: answered - last,
                connections: seen.connections,
            }),
            _ => None,
        };
        Self {
            ready: ready - began,
            alone: calling.is_none().then(|| answered - ready),
            calling,
        }
    }
}

impl Measured {
    /// `size` is the binary's, in bytes.
    pub(super) fn new(case: Case, size: u64, calls_before: Calls, calls_first: Calls) -> Self {
        Self {
            case,
            size,
            calls_before,
            calls_first,
            starts: Vec::new(),
            phases: Vec::new(),
        }
    }

    fn first_p50(&self) -> f64 {
        percentile(&sorted(self.starts.iter().map(|start| start.first)), 50)
    }

    fn row(self, bare_ms: f64) -> Row {
        let Targets {
            size_mb,
            first_ms,
            peak_mib,
            ratio,
        } = self.case.targets;
        let first_p50 = self.first_p50();
        let ready = sorted(self.starts.iter().map(|start| start.ready));
        let first = sorted(self.starts.iter().map(|start| start.first));
        let again = self.starts.iter().flat_map(|start| start.again.clone());
        let peak = self.starts.iter().filter_map(|start| start.peak_mib);
        Row {
            function: self.case.function,
            event: self.case.event,
            size_mb: Value::of(self.size as f64 / 1e6, size_mb),
            ready_p50_ms: percentile(&ready, 50),
            ready_p99_ms: percentile(&ready, 99),
            first_p50_ms: Value::of(first_p50, first_ms),
            first_p99_ms: percentile(&first, 99),
            again_p50_ms: percentile(&sorted(again), 50),
            peak_mib: peak.reduce(f64::max).map(|peak| Value::of(peak, peak_mib)),
            ratio_to_bare: Value::of(first_p50 / bare_ms, ratio),
            calls_before_an_event: self.calls_before,
            calls_for_the_first: self.calls_first,
            phases: Phases::of(&self.phases),
        }
    }
}

impl Phases {
    fn of(phases: &[Phase]) -> Self {
        let median = |part: fn(&Phase) -> Option<Duration>| {
            let times = sorted(phases.iter().filter_map(part));
            (!times.is_empty()).then(|| percentile(&times, 50))
        };
        let connections = phases.iter().filter_map(|phase| phase.calling);
        Self {
            start_to_ready_ms: median(|phase| Some(phase.ready)).unwrap_or(f64::NAN),
            event_to_response_ms: median(|phase| phase.alone),
            event_to_first_call_ms: median(|phase| Some(phase.calling?.before)),
            calls_ms: median(|phase| Some(phase.calling?.calls)),
            last_answer_to_response_ms: median(|phase| Some(phase.calling?.after)),
            connections: connections.map(|c| c.connections).max().unwrap_or_default(),
        }
    }
}

impl Value {
    fn of(is: f64, target: Option<f64>) -> Self {
        Self { is, target }
    }

    fn is_missed(&self) -> bool {
        self.target.is_some_and(|target| self.is > target)
    }

    /// As a cell of a table.
    pub(super) fn cell(&self) -> String {
        let mark = if self.is_missed() { '!' } else { ' ' };
        format!("{:.2}{mark}", self.is)
    }
}

impl Report {
    pub(super) fn new(setting: Setting, measured: Vec<Measured>) -> Self {
        let bare = measured.iter().find(|m| m.case.function == BARE);
        let bare_ms = bare.map_or(f64::NAN, Measured::first_p50);
        let rows = measured.into_iter().map(|measured| measured.row(bare_ms));
        Self {
            setting,
            rows: rows.collect(),
        }
    }
}

fn sorted(times: impl Iterator<Item = Duration>) -> Vec<Duration> {
    let mut times: Vec<Duration> = times.collect();
    times.sort_unstable();
    times
}

#[cfg(test)]
mod tests {
    use super::{super::cases::CASES, *};

    fn start(ready: u64, first: u64, again: [u64; 2], peak_mib: f64) -> Start {
        let ms = Duration::from_millis;
        Start {
            ready: ms(ready),
            first: ms(first),
            again: again.map(ms).to_vec(),
            peak_mib: Some(peak_mib),
        }
    }

    fn measured(index: usize, size: u64, starts: Vec<Start>) -> Measured {
        let mut measured = Measured::new(CASES[index], size, Calls::default(), Calls::default());
        measured.starts = starts;
        measured
    }

    #[test]
    fn f5_a_case_is_reported_by_its_medians_and_its_worst() {
        let bare = measured(0, 2_000_000, vec![start(3, 4, [1, 1], 4.0)]);
        let starts = vec![
            start(9, 16, [3, 1], 20.0),
            start(5, 10, [2, 2], 26.0),
            start(7, 12, [1, 3], 19.0),
        ];
        let ingress = measured(2, 7_900_000, starts);
        let report = Report::new(Setting::of_this_machine(3), vec![bare, ingress]);
        let row = &report.rows[1];
        assert_eq!((row.function, row.event), ("ingress", "a forged webhook"));
        assert_eq!((row.ready_p50_ms, row.ready_p99_ms), (7.0, 9.0));
        assert_eq!((row.first_p50_ms.is, row.first_p99_ms), (12.0, 16.0));
        assert_eq!(row.again_p50_ms, 2.0);
        assert_eq!(row.ratio_to_bare, Value::of(3.0, Some(1.5)));
        let cells = [
            row.size_mb,
            row.first_p50_ms,
            row.peak_mib.unwrap(),
            row.ratio_to_bare,
        ];
        assert_eq!(
            cells.map(|v| v.cell()),
            ["7.90 ", "12.00 ", "26.00!", "3.00!"]
        );
    }

    #[test]
    fn f5_a_target_is_missed_beyond_it() {
        let check = |is, target, expect| {
            assert_eq!(Value::of(is, target).is_missed(), expect, "{is} {target:?}");
        };
        check(15.0, Some(15.0), false);
        check(15.01, Some(15.0), true);
        check(15.01, None, false);
    }

    #[test]
    fn f5_the_parts_of_a_start_add_up_to_its_first_response() {
        let began = Instant::now();
        let at = |ms| began + Duration::from_millis(ms);
        let seen = Seen {
            first_request: Some(at(7)),
            last_answer: Some(at(11)),
            connections: 2,
        };
        let calls = Phase::new(began, at(4), seen, at(12));
        let calling = calls.calling.unwrap();
        let sum = calls.ready + calling.before + calling.calls + calling.after;
        assert_eq!((sum, calls.alone), (at(12) - began, None));
        let alone = Phase::new(began, at(4), Seen::default(), at(5));
        let phases = Phases::of(&[calls, calls, calls]);
        assert_eq!(phases.calls_ms, Some(4.0));
        assert_eq!(phases.connections, 2);
        let phases = Phases::of(&[alone]);
        assert_eq!(phases.event_to_response_ms, Some(1.0));
        assert_eq!((phases.calls_ms, phases.connections), (None, 0));
    }

    #[test]
    fn f5_a_load_that_is_not_known_is_not_none() {
        let mut setting = Setting::of_this_machine(1);
        let check = |setting: &Setting, expect: &str| {
            let said = setting.to_string();
            assert!(said.contains(expect), "{said}");
        };
        setting.load = Some(0.0);
        check(&setting, " processors, load 0.00 before; ");
        setting.load = None;
        check(&setting, " processors, load unknown before; ");
        assert!(!serde_json::to_string(&setting).unwrap().contains("load"));
    }

    #[test]
    fn f5_calls_before_an_event_are_named() {
        let mut early = Calls::default();
        early.add("DynamoDB", "GetItem");
        let ingress = Measured::new(CASES[1], 1, early, Calls::default());
        let report = Report::new(Setting::of_this_machine(1), vec![ingress]).to_string();
        assert!(
            report.contains("before it, by ingress: 1 DynamoDB GetItem!"),
            "{report}"
        );
        let quiet = Measured::new(CASES[1], 1, Calls::default(), Calls::default());
        let report = Report::new(Setting::of_this_machine(1), vec![quiet]).to_string();
        assert!(
            report.contains("before it: none, of any function"),
            "{report}"
        );
    }
}
