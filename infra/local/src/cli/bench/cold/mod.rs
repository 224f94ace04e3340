//! How fast the functions start: their release binaries, each a process of its own under a Runtime
//! API of ours, as Lambda runs them.
//!
//! The functions take turns, round by round, so that whatever else the machine does meets all of
//! them. Times are taken with functions that reach AWS straight; where they go is seen in rounds
//! of their own through relays, and calls are counted in one behind the fault proxies.

mod binaries;
mod cases;
mod process;
mod relay;
mod report;
mod runtime_api;
mod stage;
mod tables;

use std::{collections::BTreeSet, path::PathBuf, time::Duration};

use anyhow::{Context, anyhow};
use bytes::Bytes;
use clap::{Args, builder::PossibleValuesParser};

use self::{
    binaries::Binaries,
    cases::{BARE, CASES, Case},
    process::Function,
    relay::Watch,
    report::{Measured, Phase, Report, Setting, Start},
    stage::{Stage, Way},
};
use super::progress;
use crate::{cli::bench::report::Calls, stack::Environment};

/// So often each process gets its event again.
const AGAIN: usize = 5;

/// What is started, and how often.
#[derive(Debug, Args)]
pub(super) struct Cold {
    /// Fresh processes of each function, after one that is not measured.
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u16).range(1..))]
    runs: u16,
    /// The folder of the release binaries; target/lambda or else target/release unless given.
    #[arg(long, value_name = "DIR")]
    bin_dir: Option<PathBuf>,
    /// Only these functions, such as ingress, beside the bare one; all unless given.
    #[arg(long, value_name = "FUNCTION", value_parser = functions())]
    only: Vec<String>,
    /// Prints one JSON document in place of the tables.
    #[arg(long)]
    json: bool,
}

/// What can be measured beside the bare function.
fn functions() -> PossibleValuesParser {
    let functions: BTreeSet<&str> = CASES.iter().map(|case| case.function).collect();
    PossibleValuesParser::new(functions.into_iter().filter(|function| *function != BARE))
}

/// A case with what it is played with.
struct Played {
    case: Case,
    binary: PathBuf,
    event: Bytes,
}

impl Cold {
    pub(super) async fn run(self) -> anyhow::Result<()> {
        let binaries = Binaries::of(self.bin_dir)?;
        let is_wanted = |case: &Case| {
            let all = self.only.is_empty() || case.function == BARE;
            all || self.only.iter().any(|only| only == case.function)
        };
        let cases: Vec<Case> = CASES.into_iter().filter(is_wanted).collect();
        for case in &cases {
            binaries.find(case.function)?;
        }
        let setting = Setting::of_this_machine(self.runs);
        if !self.json {
            print!("{setting}");
        }
        progress("the seed that the events speak of");
        let stage = Stage::start().await?;
        let mut played = Vec::new();
        for case in cases {
            played.push(Played {
                case,
                binary: binaries.find(case.function)?,
                event: case.event(&stage.samples)?,
            });
        }
        progress("calls");
        let mut measured = Vec::new();
        let counted = stage.counted().await?;
        for played in &played {
            let size = std::fs::metadata(&played.binary)?.len();
            let calls = played.count(&counted).await;
            let (before, first) = calls.context("behind the fault proxies")?;
            measured.push(Measured::new(played.case, size, before, first));
        }
        // The first round is the one that is not measured: binaries come off the disk.
        for round in 0..=self.runs {
            progress(&format!("round {round} of {}", self.runs));
            for way in [Way::Direct, Way::Watched] {
                let stands = stage.round(way).await?;
                for (played, measured) in played.iter().zip(&mut measured) {
                    let watch = &stands.watch;
                    let lived = played.measure(&stands.environment, watch).await;
                    let (start, phase) =
                        lived.with_context(|| format!("in round {round}, {way:?}"))?;
                    match way {
                        _ if round == 0 => {}
                        Way::Direct => measured.starts.push(start),
                        Way::Watched => measured.phases.push(phase),
                    }
                }
            }
        }
        progress("");
        let report = Report::new(setting, measured);
        if self.json {
            println!("{}", serde_json::to_string_pretty(&report)?);
        } else {
            print!("{report}");
        }
        Ok(())
    }
}

impl Played {
    /// Starts it once, and gives it its event and then some more.
    async fn measure(
        &self,
        environment: &Environment,
        watch: &Watch,
    ) -> anyhow::Result<(Start, Phase)> {
        watch.reset();
        let first = Some(&self.event);
        let name = self.case.function;
        let mut function = Function::start(name, &self.binary, environment, first).await?;
        let began = function.began();
        let ready = function.ready().await?;
        let (answered, answer) = function.answer().await?;
        self.check(&function, &answer)?;
        let seen = watch.seen();
        let mut again = Vec::with_capacity(AGAIN);
        for _ in 0..AGAIN {
            function.ready().await?;
            again.push(self.once(&mut function).await?);
        }
        let start = Start {
            ready: ready - began,
            first: answered - began,
            again,
            peak_mib: function.peak(),
        };
        function.end().await?;
        let phase = Phase::new(began, ready, seen, answered);
        Ok((start, phase))
    }

    /// The event again, to a function that is ready for it.
    async fn once(&self, function: &mut Function) -> anyhow::Result<Duration> {
        let began = std::time::Instant::now();
        function.hand(&self.event)?;
        let (answered, answer) = function.answer().await?;
        self.check(function, &answer)?;
        Ok(answered - began)
    }

    fn check(&self, function: &Function, answer: &[u8]) -> anyhow::Result<()> {
        let checked = self.case.check(answer);
        checked.map_err(|wrong| anyhow!("{wrong}; it logged:\n{}", function.tail()))
    }

    /// What it calls before it has an event, and then for the first one.
    async fn count(&self, round: &stage::CountedRound<'_>) -> anyhow::Result<(Calls, Calls)> {
        round.calls();
        let name = self.case.function;
        let mut function = Function::start(name, &self.binary, &round.environment, None).await?;
        function.ready().await?;
        let before = round.calls();
        self.once(&mut function).await?;
        let first = round.calls();
        function.end().await?;
        Ok((before, first))
    }
}
