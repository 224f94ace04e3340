//! How fast the paths of a message are on this machine, and which calls each makes.
//!
//! Times are taken with functions that reach the services directly, and with the queue pump running
//! as in `cargo dev`. Calls are counted on a second set of functions behind the fault proxies.

mod cache;
mod cold;
mod isolation;
mod paths;
mod prompts;
mod report;
mod road;
mod services;

use clap::{Args, Subcommand};

use self::report::{Report, Setting};

/// How much is measured, and how it is shown.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(super) struct Bench {
    #[command(subcommand)]
    other: Option<Other>,
    /// A tenth of everything: a look whether it works, no figure to rely on.
    #[arg(long)]
    quick: bool,
    /// Prints one JSON document in place of the table.
    #[arg(long)]
    json: bool,
    /// Webhooks, at each concurrency.
    #[arg(long, default_value_t = 4000)]
    webhooks: usize,
    /// Commands answered.
    #[arg(long, default_value_t = 500)]
    commands: usize,
    /// Decisions carried out.
    #[arg(long, default_value_t = 100)]
    decisions: usize,
    /// Commands answered in a thread of each length.
    #[arg(long, default_value_t = 200)]
    rounds: usize,
    /// The lengths of threads, in commits, shortest first.
    #[arg(long, value_delimiter = ',', default_values_t = [10, 1_000, 10_000])]
    lengths: Vec<u64>,
}

/// What is measured apart from the paths.
#[derive(Debug, Subcommand)]
enum Other {
    /// What the response cache saves of first questions.
    Cache(cache::Cache),
    /// How fast the functions start: their release binaries under a Runtime API of ours.
    Cold(cold::Cold),
    /// How long a stock check takes behind reports that are queued and a dead endpoint.
    Isolation(isolation::Isolation),
    /// How large the prompts of a conversation are, how much of them is cached, and what a turn calls.
    Prompts(prompts::Prompts),
}

impl Bench {
    pub(super) async fn run(self) -> anyhow::Result<()> {
        match self.other {
            Some(Other::Cache(cache)) => return cache.run().await,
            Some(Other::Cold(cold)) => return cold.run().await,
            Some(Other::Isolation(isolation)) => return isolation.run().await,
            Some(Other::Prompts(prompts)) => return prompts.run().await,
            None => {}
        }
        let part = |whole: usize| {
            if self.quick {
                whole.div_ceil(10)
            } else {
                whole
            }
        };
        let lengths: Vec<u64> = match self.quick {
            true => self.lengths.iter().map(|n| n.div_ceil(10).max(2)).collect(),
            false => self.lengths.clone(),
        };
        let setting = Setting::of_this_build();
        if !self.json {
            print!("{setting}");
        }
        let mut rows = Vec::new();
        for at_once in [1, 16] {
            progress(&format!("webhooks, {at_once} at once"));
            rows.push(paths::webhooks(part(self.webhooks), at_once).await?);
        }
        progress("commands");
        rows.push(paths::commands(part(self.commands)).await?);
        progress("decisions");
        rows.push(paths::decisions(part(self.decisions)).await?);
        progress("threads of different lengths");
        let threads = paths::threads(part(self.rounds), &lengths).await?;
        progress("single calls");
        let services = services::calls(part(self.commands)).await?;
        progress("");
        let report = Report {
            setting,
            rows,
            threads,
            services,
        };
        if self.json {
            println!("{}", serde_json::to_string_pretty(&report)?);
        } else {
            print!("{report}");
        }
        Ok(())
    }
}

/// Says on a terminal's last line what is under way, or nothing any more.
fn progress(what: &str) {
    use std::io::IsTerminal;
    if std::io::stderr().is_terminal() {
        eprint!("\r\x1b[K{what}");
    }
}
