//! What was said and done in some commits of a conversation.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{Timestamp, tz::TimeZone};
use serde::Serialize;
use serde_json::Value;

use crate::{
    CallId, EventId, MessageRef,
    agent::AgentKind,
    commands::{self, Completion, Intent, Pending, Recognised},
    commit::{Commit, Effect},
    event::{AgentWords, Event, EventData, Unreadable},
    message::{Document, Heard},
    money::MicroUsd,
    thread::words,
    tool::{Chooser, ToolCall, ToolOutcome},
};

/// What was said and done, oldest first.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Exchange {
    /// What was said.
    pub messages: Vec<Message>,
    /// What was called.
    pub executions: Vec<Execution>,
    /// What was thought after the last message: nothing has come of it in these commits.
    pub unsaid: Work,
    /// The newest summary in these commits.
    pub summary: Option<String>,
}

/// A message.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Message {
    /// Its event.
    pub id: EventId,
    /// The commit it is in.
    pub commit: u64,
    /// When.
    pub at: Timestamp,
    /// Who speaks.
    pub role: Role,
    /// The name a customer gave themselves, or who launched a task.
    pub name: Option<String>,
    /// What is said.
    pub content: Content,
    /// What the command engine took a customer's message or a task for, as far as for anything.
    pub intent: Option<Recognised>,
    /// What it deals with.
    pub answers: Vec<EventId>,
    /// What it took to come to an agent's message.
    pub work: Work,
    /// What an agent's message is sent under.
    pub reference: Option<MessageRef>,
    /// What became of it, where that was looked up.
    pub sent: Option<String>,
}

/// Who speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Whose conversation it is.
    Customer,
    /// The company's agent.
    Agent,
    /// The company, which has something done.
    Company,
}

/// What is said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Content {
    /// Words.
    Text {
        /// As recorded.
        text: String,
    },
    /// What was heard in a recording that the customer sent before; it may be misheard.
    Transcript {
        /// As recorded.
        text: String,
        /// The event of the recording's message.
        of: EventId,
        /// Who transcribed it.
        by: String,
    },
    /// A file.
    Document {
        /// Which.
        document: Document,
    },
    /// Something that can't be read.
    Unreadable {
        /// The provider's word for it.
        kind: String,
    },
}

/// What was thought and called.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Work {
    /// By which agents, each once.
    pub agents: Vec<AgentKind>,
    /// What models read, in tokens.
    pub tokens_in: u64,
    /// What they wrote, in tokens.
    pub tokens_out: u64,
    /// What they cost, in US dollars, as a decimal.
    pub cost_usd: String,
    /// The tools that were called.
    pub calls: Vec<CallId>,
}

/// A call of a tool.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Execution {
    /// Which.
    pub id: CallId,
    /// The tool; none where the call is in an older commit.
    pub tool: Option<String>,
    /// Who chose it.
    pub by: Option<Chooser>,
    /// When it was chosen.
    pub began_at: Option<Timestamp>,
    /// Its arguments.
    pub input: Option<Value>,
    /// What came of it; none until something did.
    pub output: Option<ToolOutcome>,
    /// Whether it worked; none until that is known.
    pub success: Option<bool>,
    /// Why it did not.
    pub error: Option<String>,
    /// From its choice to its result, in milliseconds.
    pub duration_ms: Option<i64>,
}

/// Adds up until something is said.
#[derive(Default)]
struct Adding {
    work: Work,
    cost: MicroUsd,
}

impl Adding {
    fn take(&mut self) -> Work {
        let Self { work, cost } = std::mem::take(self);
        Work {
            cost_usd: cost.to_string(),
            ..work
        }
    }
}

/// What was said and done in these commits, which follow each other, oldest first. What an older
/// one began is told as far as they know of it.
///
/// # Errors
/// When an event can't be read.
pub fn exchange(commits: &[Commit], time_zone: &TimeZone) -> Result<Exchange, Unreadable> {
    let mut seen = Exchange::default();
    let mut adding = Adding::default();
    let mut pending: Option<Pending> = None;
    let mut places: BTreeMap<CallId, usize> = BTreeMap::new();
    let mut written: BTreeSet<EventId> = BTreeSet::new();
    for commit in commits {
        for index in 0..commit.events.len() {
            let index = u16::try_from(index).unwrap_or(u16::MAX);
            // Erased, by a person's right.
            let Some(event) = commit.event(index)? else {
                continue;
            };
            match &event.data {
                EventData::ModelThinking {
                    agent,
                    answer,
                    cost,
                    ..
                } => {
                    adding.cost = adding.cost + *cost;
                    let work = &mut adding.work;
                    work.tokens_in += answer.usage.read();
                    work.tokens_out += answer.usage.output;
                    if !work.agents.contains(agent) {
                        work.agents.push(*agent);
                    }
                }
                EventData::Error { cost, .. } => adding.cost = adding.cost + *cost,
                EventData::FileFetched { outcome, .. } => {
                    adding.cost = adding.cost + outcome.cost();
                }
                EventData::Compaction { summary, cost, .. } => {
                    adding.cost = adding.cost + *cost;
                    seen.summary = Some(summary.clone());
                }
                EventData::ToolCall { call, tool, by } => {
                    adding.work.calls.push(*call);
                    places.insert(*call, seen.executions.len());
                    seen.executions.push(called(&event, *call, tool, *by));
                }
                EventData::ToolResult { call, outcome } => {
                    let place = *places.entry(*call).or_insert_with(|| {
                        seen.executions.push(unknown(*call));
                        seen.executions.len() - 1
                    });
                    ended(&mut seen.executions[place], event.at, outcome);
                }
                _ => {}
            }
            if let EventData::UserMessage { .. } = &event.data {
                written.insert(event.id);
            }
            let today = time_zone.to_datetime(event.at).date();
            if let Some(mut message) = said(commit, index, &event) {
                if let Content::Text { text } | Content::Transcript { text, .. } = &message.content
                    && message.role != Role::Agent
                {
                    let asked = pending.as_ref().filter(|_| message.role == Role::Customer);
                    message.intent = intent(asked, text, today);
                }
                if message.role == Role::Agent {
                    message.work = adding.take();
                }
                seen.messages.push(message);
            }
            // As the fold has it: only what deals with a message of the customer's is a question.
            if let EventData::AgentMessage { asks, .. } = &event.data
                && event.answers.iter().any(|id| written.contains(id))
            {
                pending.clone_from(asks);
            }
        }
    }
    seen.unsaid = adding.take();
    Ok(seen)
}

/// What the command engine made of a text, where it made anything of it.
fn intent(pending: Option<&Pending>, text: &str, today: jiff::civil::Date) -> Option<Recognised> {
    let completed = pending.map(|pending| commands::complete(pending, text, today));
    let recognised = match completed {
        Some(Completion::Answered(it) | Completion::Replaced(it)) => it,
        Some(Completion::Dropped) => return None,
        Some(Completion::Unrelated) | None => commands::recognise(text, today),
    };
    (recognised.intent != Intent::Unknown).then_some(recognised)
}

fn said(commit: &Commit, index: u16, event: &Event) -> Option<Message> {
    let (role, name, content) = match &event.data {
        EventData::UserMessage { name, content, .. } => {
            let text = words(content).map(|text| Content::Text {
                text: text.to_owned(),
            });
            let kind = || content.kind().to_owned();
            let content = text.unwrap_or_else(|| Content::Unreadable { kind: kind() });
            (Role::Customer, name.clone(), content)
        }
        EventData::FileFetched { message, outcome } => {
            let Some(Heard::Words { text, model, .. }) = outcome.heard() else {
                return None;
            };
            let content = Content::Transcript {
                text: text.clone(),
                of: *message,
                by: model.clone(),
            };
            (Role::Customer, None, content)
        }
        EventData::Launched { by, task, .. } => {
            let text = task.as_str().to_owned();
            (Role::Company, Some(by.clone()), Content::Text { text })
        }
        EventData::AgentMessage { body, .. } => {
            let content = match body {
                AgentWords::Text { text } | AgentWords::Part { text } => {
                    Content::Text { text: text.clone() }
                }
                AgentWords::Choices(offer) => Content::Text {
                    text: offer.lines(),
                },
                AgentWords::Reaction { emoji, .. } => Content::Text {
                    text: emoji.clone(),
                },
                AgentWords::Document { document, .. } => Content::Document {
                    document: document.clone(),
                },
            };
            (Role::Agent, None, content)
        }
        _ => return None,
    };
    let effects = commit.outbox.iter();
    let sends = |effect: &Effect| *effect == Effect::Send { event: index };
    let effect = effects.clone().position(sends);
    Some(Message {
        id: event.id,
        commit: commit.number,
        at: event.at,
        role,
        name,
        content,
        intent: None,
        answers: event.answers.clone(),
        work: Work::default(),
        reference: effect.map(|effect| commit.reference(effect)),
        sent: None,
    })
}

fn called(event: &Event, call: CallId, tool: &ToolCall, by: Chooser) -> Execution {
    let input = match tool {
        ToolCall::Remote(remote) => Some(remote.arguments.clone()),
        tool => {
            let recorded = serde_json::to_value(tool).unwrap_or_default();
            recorded.get("arguments").cloned()
        }
    };
    Execution {
        tool: Some(tool.name().to_owned()),
        by: Some(by),
        began_at: Some(event.at),
        input,
        ..unknown(call)
    }
}

fn unknown(id: CallId) -> Execution {
    Execution {
        id,
        tool: None,
        by: None,
        began_at: None,
        input: None,
        output: None,
        success: None,
        error: None,
        duration_ms: None,
    }
}

fn ended(execution: &mut Execution, at: Timestamp, outcome: &ToolOutcome) {
    let error = match outcome {
        ToolOutcome::Failed { reason } | ToolOutcome::NotMade { reason } => Some(reason.clone()),
        ToolOutcome::Refused { said } => Some(said.clone()),
        _ => None,
    };
    execution.success = Some(error.is_none());
    execution.error = error;
    execution.output = Some(outcome.clone());
    let began = execution.began_at;
    let took = began.map(|began| at.duration_since(began).as_millis());
    execution.duration_ms = took.and_then(|took| i64::try_from(took).ok());
}
