//! How long a stock check takes on an idle system, and behind reports that are queued and worked on
//! while the approver's endpoint is dead.

use std::{
    fmt,
    time::{Duration, Instant},
};

use anyhow::{Context, ensure};
use clap::Args;
use http::StatusCode;
use serde::Serialize;
use serde_json::Value;

use super::{
    progress,
    report::percentile,
    road::{hook, phone, stack},
};
use crate::{growth::QUESTION, simulator::Direction, stack::Stack};

/// Nobody listens there.
const DEAD: &str = "http://127.0.0.1:9/approvals";
/// No single answer takes longer unless something is broken.
const PATIENCE: Duration = Duration::from_secs(60);
/// So many come before any that is measured.
const WARM: usize = 5;

/// How much is measured.
#[derive(Debug, Args)]
pub(super) struct Isolation {
    /// Reports that are queued.
    #[arg(long, default_value_t = 500)]
    reports: usize,
    /// Stock checks, idle and then behind the reports.
    #[arg(long, default_value_t = 50)]
    checks: usize,
    /// Prints one JSON document in place of the table.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Serialize)]
struct Times {
    checks: usize,
    p50_ms: f64,
    p99_ms: f64,
}

#[derive(Debug, Serialize)]
struct Figures {
    idle: Times,
    loaded: Times,
    reports_queued: usize,
    reports_left: usize,
    endpoint_calls_in_vain: usize,
}

impl Isolation {
    pub(super) async fn run(self) -> anyhow::Result<()> {
        ensure!(self.checks > 0, "--checks: at least one is measured");
        ensure!(
            self.reports < 9_000,
            "--reports: there are phones for 8999 of them"
        );
        let mut stack = stack().await?;
        let endpoints = stack.environment.get("ENDPOINTS").context("no ENDPOINTS")?;
        let mut endpoints: Value = serde_json::from_str(&endpoints)?;
        endpoints[0]["approval_url"] = DEAD.into();
        stack.set("ENDPOINTS", &endpoints.to_string())?;
        let running = stack.pump();
        progress("idle");
        self.checks(&stack, WARM).await?;
        let idle = self.checks(&stack, self.checks).await?;
        progress("reports are asked for");
        for customer in 1..=self.reports {
            let hook = hook(&stack, &phone(customer)?, "sales report for last week")?;
            let answer = stack.functions().ingress.handle(hook).await;
            ensure!(answer.status() == StatusCode::OK, "{}", answer.status());
        }
        // Once all of them are ordered, only what waits for the executor is left.
        let asked = || -> anyhow::Result<usize> {
            let counts = stack.sqs().counts("inbound.fifo")?;
            Ok(counts.visible + counts.in_flight)
        };
        let began = Instant::now();
        while asked()? > 0 && began.elapsed() < PATIENCE {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        progress("behind them");
        let loaded = self.checks(&stack, self.checks).await?;
        let queued = |queue: &str| -> anyhow::Result<usize> {
            let counts = stack.sqs().counts(queue)?;
            Ok(counts.visible + counts.in_flight + counts.delayed)
        };
        let figures = Figures {
            idle,
            loaded,
            reports_queued: self.reports,
            reports_left: queued("executions")?,
            endpoint_calls_in_vain: queued("webhooks")?,
        };
        running.stop().await;
        progress("");
        if self.json {
            println!("{}", serde_json::to_string_pretty(&figures)?);
        } else {
            print!("{figures}");
        }
        Ok(())
    }

    /// So many stock checks of one customer's, one after the other: from the webhook until the answer
    /// is on the phone.
    async fn checks(&self, stack: &Stack, checks: usize) -> anyhow::Result<Times> {
        let phone = phone(0)?;
        let mut times = Vec::with_capacity(checks);
        for _ in 0..checks {
            let before = stack.simulator.sent_to(&phone).len();
            let hook = hook(stack, &phone, QUESTION)?;
            let began = Instant::now();
            let answer = stack.functions().ingress.handle(hook).await;
            ensure!(answer.status() == StatusCode::OK, "{}", answer.status());
            let arrived = |messages: &[crate::simulator::SimMessage]| {
                let theirs = messages
                    .iter()
                    .filter(|it| it.direction == Direction::Outbound && it.phone == phone);
                (theirs.count() > before).then_some(())
            };
            let simulator = &stack.simulator;
            simulator
                .wait_for("an answer on the phone", PATIENCE, arrived)
                .await?;
            times.push(began.elapsed());
        }
        times.sort_unstable();
        Ok(Times {
            checks,
            p50_ms: percentile(&times, 50),
            p99_ms: percentile(&times, 99),
        })
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "“{QUESTION}” answered: webhook → phone")?;
        let mut line = |name: &str, it: &Times| {
            writeln!(
                f,
                "  {name:<34} n {:>4}   p50 {:>8.2} ms   p99 {:>8.2} ms",
                it.checks, it.p50_ms, it.p99_ms
            )
        };
        line("idle", &self.idle)?;
        line("behind reports and a dead endpoint", &self.loaded)?;
        writeln!(
            f,
            "  {} reports were queued and {} of them left at the end; {} calls of the dead endpoint waited \
             for their next try",
            self.reports_queued, self.reports_left, self.endpoint_calls_in_vain
        )?;
        writeln!(
            f,
            "  Here all functions share this machine's processors with the reports that are typeset; on AWS \
             each has its own."
        )
    }
}
