//! How large the prompts of a conversation are, how much of them a provider has cached, and which AWS
//! calls a turn makes: in a conversation that a script plays on the fake server, and in a thread of
//! thousands of events.
//!
//! The fake server counts a token for four characters, the same every time, so figures are compared
//! with each other and with earlier ones, not with a provider's bill.

mod conversation;
mod report;

use clap::Args;

use self::{
    conversation::{Conversation, Writer},
    report::{Long, Report, Turn},
};
use super::{progress, report::Setting};

/// So many turns are the mean of a long thread: prompts grow and are compacted by turns.
const MEAN_OF: usize = 24;
/// So many events are in each commit that lengthens a thread: question, call, result and answer.
const EVENTS_OF_A_COMMIT: u64 = 4;

/// What is played, and how it is shown.
#[derive(Debug, Args)]
pub(in crate::cli) struct Prompts {
    /// The turns whose prompts are measured; the conversation ends with the last of them.
    #[arg(long, value_delimiter = ',', default_values_t = [1, 10, 200],
          value_parser = clap::value_parser!(u16).range(1..))]
    turns: Vec<u16>,
    /// Prints this turn's whole prompts, as the provider got them, and nothing else.
    #[arg(long, value_name = "TURN", value_parser = clap::value_parser!(u16).range(1..))]
    show: Option<u16>,
    /// The lengths of the long thread, in events, shortest first.
    #[arg(long, value_delimiter = ',', default_values_t = [100, 1_000, 10_000])]
    events: Vec<u64>,
    /// Prints one JSON document in place of the tables.
    #[arg(long)]
    json: bool,
}

impl Prompts {
    pub(super) async fn run(self) -> anyhow::Result<()> {
        if let Some(turn) = self.show {
            return self.shown(turn).await;
        }
        let setting = Setting::of_this_build().measured(
            "from a webhook until nothing is under way any more, less the time of the models; \
             functions call AWS through the fault proxies",
            "of the functions, in that time",
        );
        let turns = measured(&self.turns).await?;
        let long = long(&self.events).await?;
        progress("");
        let report = Report {
            setting,
            turns,
            long,
        };
        if self.json {
            println!("{}", serde_json::to_string_pretty(&report)?);
        } else {
            print!("{report}");
        }
        Ok(())
    }

    async fn shown(&self, number: u16) -> anyhow::Result<()> {
        let turns = measured(&[number]).await?;
        progress("");
        if self.json {
            println!("{}", serde_json::to_string_pretty(&turns)?);
        } else {
            for turn in &turns {
                print!("{}", turn.prompts());
            }
        }
        Ok(())
    }
}

/// Plays the conversation up to the last of these turns.
async fn measured(numbers: &[u16]) -> anyhow::Result<Vec<Turn>> {
    let mut conversation = Conversation::open(Writer::Staff).await?;
    let last = numbers.iter().copied().max().unwrap_or_default();
    let mut turns = Vec::new();
    for number in 1..=last {
        progress(&format!("turn {number} of {last}"));
        let seen = conversation.turn().await?;
        if numbers.contains(&number) {
            turns.push(Turn::new(number, seen));
        }
    }
    Ok(turns)
}

/// Lengthens one thread and goes on talking at each length.
async fn long(lengths: &[u64]) -> anyhow::Result<Vec<Long>> {
    let mut conversation = Conversation::open(Writer::Customer).await?;
    let mut rows = Vec::new();
    conversation.turn().await?;
    for length in lengths {
        progress(&format!("a thread of {length} events"));
        let (commits, events) = conversation.counts().await?;
        let lacking = length.saturating_sub(events).div_ceil(EVENTS_OF_A_COMMIT);
        conversation.grow(commits + lacking).await?;
        let counts = conversation.counts().await?;
        let mut seen = Vec::new();
        for _ in 0..MEAN_OF {
            seen.push(conversation.turn().await?);
        }
        rows.push(Long::new(counts, &seen));
    }
    Ok(rows)
}
