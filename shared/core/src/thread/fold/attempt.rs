//! How the attempt at what a customer wrote has gone so far.

use serde::{Deserialize, Serialize};

/// The most characters of a tool's name that the fold remembers.
const MOST_TOOL_NAME: usize = 64;
/// How the attempt at the customer's newest message has gone so far. A message begins a new one.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    /// How often a model was asked.
    pub asks: u16,
    /// How often it was handed over.
    pub hand_overs: u16,
    /// The tool whose calls came to nothing last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failing: Option<Failures>,
    /// How many questions were put to colleagues.
    #[serde(default, skip_serializing_if = "is_none")]
    pub questions: u16,
    /// How many signs were put to the newest message.
    #[serde(default, skip_serializing_if = "is_none")]
    pub reactions: u16,
    /// How many answers were of no use: each time, another model is asked.
    #[serde(default)]
    pub useless: u16,
    /// Whether models have failed, so that the rules answer alone.
    pub models: Models,
    /// The commits whose last event is a part of the answer under way: it has left, and what is
    /// answered next goes on from it. Never more than [`MOST_PARTS`](super::MOST_PARTS).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub said: Vec<u64>,
}

/// How often a tool's calls came to nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failures {
    /// The tool, as the model named it.
    pub tool: String,
    /// In how many answers in a row: calls of one answer count once.
    pub times: u16,
    /// The number of the last such answer.
    pub ask: u16,
}

/// Whether models are asked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Models {
    /// They are.
    #[default]
    Asked,
    /// They have failed; the rules answer.
    Failed,
}

fn is_none(count: &u16) -> bool {
    *count == 0
}

impl Attempt {
    pub(super) fn is_new(&self) -> bool {
        *self == Self::default()
    }

    /// A colleague's answer may come hours later: what failed before is tried again. What is counted
    /// against going round in circles stays counted.
    pub(super) fn goes_on(&mut self) {
        self.failing = None;
        self.useless = 0;
        self.models = Models::Asked;
    }

    pub(super) fn failed(&mut self, tool: &str) {
        let tool: String = tool.chars().take(MOST_TOOL_NAME).collect();
        let ask = self.asks;
        match &mut self.failing {
            Some(failing) if failing.tool == tool => {
                failing.times += u16::from(failing.ask != ask);
                failing.ask = ask;
            }
            failing => {
                *failing = Some(Failures {
                    tool,
                    times: 1,
                    ask,
                });
            }
        }
    }
}
