//! The settings of the context engine.

use serde::{Deserialize, Serialize};

/// The least budget, in tokens: one message, cut, with its tags.
pub const LEAST_BUDGET: u64 = 200;

/// How much of a thread a prompt shows: settings of a tenant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Parameters {
    /// The most tokens the thread takes in a prompt, instructions and tools apart. At least
    /// [`LEAST_BUDGET`]. Everything below gives way to it.
    pub budget_tokens: u64,
    /// How many of the newest events stand whole, at least.
    pub whole: usize,
    /// By how many events the boundary of what stands whole moves at once: higher means fewer
    /// changes and more tokens.
    pub step: usize,
    /// How many of the newest commits a compaction does not turn into lines.
    pub compact_commits: u64,
    /// The most characters of a text that is not whole any more.
    pub compact_characters: usize,
    /// The most characters of a line.
    pub line_characters: usize,
    /// The most characters of a tool's result, even of the newest.
    pub result_characters: usize,
    /// The most characters of the rolling summary.
    pub summary_characters: usize,
    /// How many of the newest commits the caller loads.
    pub window: u64,
    /// How many commits before one would leave the window it is summed up: as many as a turn can
    /// make.
    pub slack: u64,
    /// How many of the newest commits are not summed up.
    pub keep: u64,
}

impl Default for Parameters {
    fn default() -> Self {
        Self {
            budget_tokens: 8_000,
            whole: 12,
            step: 8,
            compact_commits: 5,
            compact_characters: 400,
            line_characters: 120,
            result_characters: 2_000,
            summary_characters: 1_500,
            window: 32,
            slack: 4,
            keep: 10,
        }
    }
}

/// Parameters that contradict each other.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WrongParameters {
    /// Too little to say anything.
    #[error("context budget: got {got} tokens, wants at least {LEAST_BUDGET}")]
    Budget {
        /// What it was.
        got: u64,
    },
    /// Nothing would be left to sum up.
    #[error(
        "context window: got {window} commits, of which {slack} are slack and {keep} are kept; \
         wants a window greater than both together"
    )]
    Window {
        /// The window.
        window: u64,
        /// Its slack.
        slack: u64,
        /// What is kept.
        keep: u64,
    },
}

impl Parameters {
    /// Says what contradicts, before such parameters are saved. Wrong ones harm no prompt but
    /// what it costs and how far back it goes.
    ///
    /// # Errors
    /// Names the parameter, what it is and what it is to be.
    pub fn check(&self) -> Result<(), WrongParameters> {
        let (window, slack, keep) = (self.window, self.slack, self.keep);
        if self.budget_tokens < LEAST_BUDGET {
            let got = self.budget_tokens;
            return Err(WrongParameters::Budget { got });
        }
        if window <= slack.saturating_add(keep) {
            return Err(WrongParameters::Window {
                window,
                slack,
                keep,
            });
        }
        Ok(())
    }

    pub(super) fn budget(&self) -> u64 {
        self.budget_tokens.max(LEAST_BUDGET)
    }
}
