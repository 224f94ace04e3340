//! What came of a turn, as far as expectations speak of it.

use std::{fmt, time::Duration};

use countersign_core::{
    agent::AgentKind,
    event::{Event, EventData, Failing, Recipient},
    model::Usage,
    money::MicroUsd,
    tool::ToolCall,
};
use serde::{Serialize, Serializer};
use serde_json::{Map, Value};

/// The most characters of an argument that a person is shown; ids and digests are longer.
const MOST_SHOWN: usize = 60;

/// What came of a turn.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Happened {
    /// What reached the writer's phone, in order.
    pub heard: Vec<String>,
    /// How many of those came with a document.
    pub documents: usize,
    /// Whose conversation it is now.
    pub agent: Option<AgentKind>,
    /// What was called, in order.
    pub calls: Vec<Called>,
    /// The tools whose calls were refused, in order.
    pub refused: Vec<String>,
    /// Which agents it was handed over to, triage apart.
    pub handed_over_to: Vec<AgentKind>,
    /// Why a person was called, each time.
    pub escalated: Vec<String>,
    /// How often an approver was asked to decide.
    pub approvals_asked: usize,
    /// How often a model answered.
    pub answers: usize,
    /// Tokens, of all answers and summaries together.
    pub tokens: Usage,
    /// What models cost, with what they cost in vain.
    #[serde(rename = "usd", serialize_with = "dollars")]
    pub cost: MicroUsd,
    /// How long models were waited for, in milliseconds.
    #[serde(rename = "model_ms", serialize_with = "milliseconds")]
    pub model_time: Duration,
    /// How long the whole turn took, until nothing was under way any more, in milliseconds.
    #[serde(rename = "turn_ms", serialize_with = "milliseconds")]
    pub turn_time: Duration,
}

/// A call that was made.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Called {
    /// The tool.
    pub tool: String,
    /// Its arguments.
    pub arguments: Map<String, Value>,
}

impl Happened {
    /// Takes in what a thread's events of the turn say.
    pub(super) fn take_in(&mut self, events: &[Event]) {
        for event in events {
            match &event.data {
                EventData::ModelThinking { answer, cost, .. } => {
                    self.answers += 1;
                    self.tokens = sum(self.tokens, answer.usage);
                    self.cost = self.cost + *cost;
                }
                EventData::Compaction { by, cost, .. } => {
                    let usage = by.as_ref().map(|by| by.usage);
                    self.tokens = sum(self.tokens, usage.unwrap_or_default());
                    self.cost = self.cost + *cost;
                }
                EventData::ToolCall { tool, .. } => self.calls.push(Called::from(tool)),
                EventData::HandOver {
                    from: AgentKind::Triage,
                    ..
                } => {}
                EventData::HandOver {
                    to: Recipient::Agent(kind),
                    ..
                } => self.handed_over_to.push(*kind),
                EventData::HandOver {
                    to: Recipient::Human,
                    note,
                    ..
                } => self.escalated.push(note.clone()),
                EventData::HumanRequest { .. } => self.approvals_asked += 1,
                EventData::Error { of, cost, .. } => {
                    self.cost = self.cost + *cost;
                    if let Some(Failing::Call(tool)) = of {
                        self.refused.push(tool.clone());
                    }
                }
                EventData::UserMessage { .. }
                | EventData::FileFetched { .. }
                | EventData::Launched { .. }
                | EventData::ToolResult { .. }
                | EventData::Permitted { .. }
                | EventData::HumanResponse { .. }
                | EventData::IdentityAsked { .. }
                | EventData::IdentityChecked { .. }
                | EventData::AgentMessage { .. }
                | EventData::Control { .. }
                | EventData::Wake { .. }
                | EventData::SystemNote { .. }
                | EventData::Unanswered { .. }
                | EventData::Opted { .. }
                | EventData::Window(_)
                | EventData::Undelivered { .. } => {}
            }
        }
    }
}

impl From<&ToolCall> for Called {
    fn from(call: &ToolCall) -> Self {
        // The form in which it is recorded: a tool, and arguments where it takes any.
        let recorded = serde_json::to_value(call).unwrap_or_default();
        let arguments = match call {
            ToolCall::Remote(call) => call.arguments.as_object(),
            _ => recorded.get("arguments").and_then(Value::as_object),
        };
        Self {
            tool: call.name().to_owned(),
            arguments: arguments.cloned().unwrap_or_default(),
        }
    }
}

/// Such as `check_inventory(sku: "ABC123")`. What is not given is left out.
impl fmt::Display for Called {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_call(f, &self.tool, &self.arguments)
    }
}

pub(super) fn write_call(
    f: &mut fmt::Formatter<'_>,
    tool: &str,
    arguments: &Map<String, Value>,
) -> fmt::Result {
    let given = arguments.iter().filter(|(_, value)| !value.is_null());
    let shown = given.map(|(name, value)| {
        let value = value.to_string();
        match value.char_indices().nth(MOST_SHOWN) {
            None => format!("{name}: {value}"),
            Some((end, _)) => format!("{name}: {}…", &value[..end]),
        }
    });
    let arguments: Vec<String> = shown.collect();
    write!(f, "{tool}({})", arguments.join(", "))
}

/// Both together.
pub(super) fn sum(one: Usage, other: Usage) -> Usage {
    Usage {
        input: one.input + other.input,
        cached: one.cached + other.cached,
        cache_written: one.cache_written + other.cache_written,
        output: one.output + other.output,
    }
}

/// As text, so that no float comes near it.
pub(super) fn dollars<S: Serializer>(cost: &MicroUsd, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(cost)
}

fn milliseconds<S: Serializer>(time: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(time.as_secs_f64() * 1000.0)
}
