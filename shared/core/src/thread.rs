//! A thread: its head, which is stored beside the chain, and the newest of its events.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{
    CallId, ContentHash, CustomerId, E164, EndpointId, EventId, OutputId, SenderId, Tenant,
    ThreadId,
    agent::AgentKind,
    approval::Decision,
    commands::Pending,
    event::{AgentWords, Event, EventData, Failing, Recipient},
    message::{Content, ControlAction, Group, NOT_WHAT_WAS_APPROVED},
    money::MicroUsd,
    tool::{Chooser, Runs, ToolCall, ToolOutcome},
};

/// After this long without an event a thread is over; the next message starts a new one.
pub const SILENCE: SignedDuration = SignedDuration::from_hours(7 * 24);

/// How many orders and approvals a thread may wait for at once, and how many unanswered messages
/// it remembers. With it the fold stays under its 4 KB.
pub const MOST_OPEN: usize = 8;

/// The most characters of a tool's name that the fold remembers.
const MOST_TOOL_NAME: usize = 64;

/// The version heads are written in.
pub const HEAD_VERSION: u16 = 1;

/// What is stored beside a thread's commits and replaced with each: everything that `step` needs
/// and that must be known without reading the chain.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Head {
    /// [`HEAD_VERSION`].
    pub v: u16,
    /// Whose.
    pub tenant: Tenant,
    /// The thread.
    pub thread: ThreadId,
    /// Whose conversation it is.
    pub customer: CustomerId,
    /// The endpoint it goes through.
    pub endpoint: EndpointId,
    /// Our number.
    pub number: E164,
    /// Where answers go.
    pub sender: SenderId,
    /// The queue's message group of everything that happens to it.
    pub group: Group,
    /// Grows with every operator's act, which so wins over a turn that is under way.
    pub epoch: u64,
    /// The newest commit, 0 before the first.
    pub commit: u64,
    /// The newest commit's hash.
    pub hash: ContentHash,
    /// When it began.
    pub opened_at: Timestamp,
    /// When it last changed.
    pub changed_at: Timestamp,
    /// When the customer last wrote: their 24-hour window begins there.
    pub customer_wrote_at: Option<Timestamp>,
    /// How much has happened.
    pub counts: Counts,
    /// What is unfinished.
    pub fold: Fold,
}

/// How much has happened in a thread.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Events.
    pub events: u64,
    /// The customer's messages.
    pub messages_in: u64,
    /// The agent's messages.
    pub messages_out: u64,
    /// What models cost.
    #[serde(default)]
    pub cost: MicroUsd,
}

/// Whether a thread goes on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// The agent works on it.
    #[default]
    Active,
    /// A person has it.
    Paused,
    /// It is over.
    Completed,
}

/// What is unfinished, derived from the events and nothing else. At most 4 KB as JSON.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Fold {
    /// Whether it goes on.
    pub status: Status,
    /// Events that nothing has dealt with yet, oldest first.
    pub open: Vec<OpenEvent>,
    /// The command that lacks something, when the customer was asked for it.
    pub pending: Option<Pending>,
    /// Work the executor has.
    pub running: Vec<CallId>,
    /// Outputs that wait for a decision or for being carried out.
    pub awaiting: Vec<Awaiting>,
    /// Calls that a model chose and that have not run yet, oldest first: what a pause or a crash
    /// came before.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub chosen: Vec<Chosen>,
    /// The agent whose conversation it is, once one has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent: Option<AgentKind>,
    /// How the attempt at what is open has gone so far.
    #[serde(default, skip_serializing_if = "Attempt::is_new")]
    pub attempt: Attempt,
    /// The newest summary, if one was made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub compacted: Option<Compacted>,
}

/// Where a thread's newest summary is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Compacted {
    /// The commit it is in.
    pub commit: u64,
    /// The last commit it covers.
    pub through: u64,
}

/// A call that was chosen and has not run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chosen {
    /// Which.
    pub call: CallId,
    /// Its tool.
    pub tool: String,
    /// The commit it is in.
    pub commit: u64,
}

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
    /// How many answers were of no use: each time, another model is asked.
    #[serde(default)]
    pub useless: u16,
    /// Whether models have failed, so that the rules answer alone.
    pub models: Models,
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

impl Attempt {
    fn is_new(&self) -> bool {
        *self == Self::default()
    }

    fn failed(&mut self, tool: &str) {
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

/// An event that nothing has dealt with yet, and where it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenEvent {
    /// Which.
    pub event: EventId,
    /// The commit it is in.
    pub commit: u64,
    /// What kind of event.
    pub kind: OpenKind,
}

/// Kinds of open event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OpenKind {
    /// A customer's message. Only the newest [`MOST_OPEN`] are answered, as when a person comes
    /// back to a paused thread.
    Message,
    /// A tool's result, a decision, or that what was to be sent may not be. There are never more
    /// than were ordered.
    Result,
    /// The result of a call that a model chose: the model goes on from it.
    Finding,
    /// What a model answered, of which nothing has been made yet.
    Thought,
}

/// An output that waits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Awaiting {
    /// Which.
    pub output: OutputId,
    /// Its version.
    pub version: u32,
    /// The digest that was asked about.
    pub digest: ContentHash,
    /// The commit that asked.
    pub commit: u64,
}

/// A thread as a turn works on it.
#[derive(Debug, Clone, PartialEq)]
pub struct Thread {
    /// As of the newest event below.
    pub head: Head,
    /// The newest events, oldest first: at least all that are open.
    pub events: Vec<Event>,
}

impl Fold {
    /// Takes in an event of commit `commit`. Decides nothing.
    pub fn apply(&mut self, commit: u64, event: &Event) {
        let is_dealt_with = |open: &OpenEvent| event.answers.contains(&open.event);
        // Only what deals with a message of the customer's has to do with a question to them.
        let answers_message = self
            .open
            .iter()
            .any(|open| open.kind == OpenKind::Message && is_dealt_with(open));
        if answers_message {
            self.pending = None;
        }
        self.open.retain(|open| !is_dealt_with(open));
        match &event.data {
            EventData::UserMessage { .. } => {
                self.attempt = Attempt::default();
                self.open(OpenKind::Message, commit, event);
            }
            EventData::ModelThinking { .. } => {
                self.attempt.asks = self.attempt.asks.saturating_add(1);
                self.open(OpenKind::Thought, commit, event);
            }
            EventData::ToolCall { call, tool, by } => match (tool.runs(), by) {
                (Runs::InTheTurn, Chooser::Command) => {}
                (Runs::InTheTurn, Chooser::Model) => self.chosen.push(Chosen {
                    call: *call,
                    tool: tool.name().to_owned(),
                    commit,
                }),
                (Runs::InTheExecutor, _) => self.running.push(*call),
            },
            EventData::ToolResult { call, outcome } => {
                let chosen = self.chosen.iter().position(|chosen| chosen.call == *call);
                if let Some(chosen) = chosen {
                    let chosen = self.chosen.remove(chosen);
                    match outcome {
                        ToolOutcome::Failed { .. } => self.attempt.failed(&chosen.tool),
                        _ => self.attempt.failing = None,
                    }
                    return self.open(OpenKind::Finding, commit, event);
                }
                self.running.retain(|running| running != call);
                if let ToolOutcome::Failed { .. } = outcome {
                    self.awaiting
                        .retain(|awaiting| carry_out_call(awaiting.output) != *call);
                }
                self.open(OpenKind::Result, commit, event);
            }
            EventData::HumanRequest { act, digest, .. } => self.awaiting.push(Awaiting {
                output: act.output,
                version: act.version,
                digest: *digest,
                commit,
            }),
            EventData::HumanResponse {
                output, decision, ..
            } => {
                match decision {
                    Decision::Approved { .. } => {}
                    Decision::Rejected { .. } | Decision::Expired { .. } => {
                        self.awaiting.retain(|awaiting| awaiting.output != *output);
                    }
                }
                self.open(OpenKind::Result, commit, event);
            }
            EventData::AgentMessage { asks, body } => {
                if answers_message {
                    self.pending.clone_from(asks);
                }
                if let AgentWords::Document { output, .. } = body {
                    self.awaiting.retain(|awaiting| awaiting.output != *output);
                }
            }
            EventData::Control { action, .. } => {
                self.status = match action {
                    ControlAction::Pause | ControlAction::Takeover => Status::Paused,
                    ControlAction::Resume => Status::Active,
                    ControlAction::Stop => Status::Completed,
                }
            }
            // The customer waits for it, and can be reached.
            EventData::Undelivered { code, .. } if code == NOT_WHAT_WAS_APPROVED => {
                self.open(OpenKind::Result, commit, event);
            }
            EventData::HandOver { to, .. } => {
                self.attempt.hand_overs = self.attempt.hand_overs.saturating_add(1);
                self.attempt.failing = None;
                if let Recipient::Agent(kind) = to {
                    self.agent = Some(*kind);
                }
            }
            EventData::Error { of: Some(of), .. } => match of {
                Failing::Model => self.attempt.models = Models::Failed,
                Failing::Answer => self.attempt.useless = self.attempt.useless.saturating_add(1),
                Failing::Limit => {}
                Failing::Call(tool) => self.attempt.failed(tool),
            },
            EventData::Compaction { through, .. } => {
                self.compacted = Some(Compacted {
                    commit,
                    through: *through,
                });
            }
            EventData::Undelivered { .. }
            | EventData::Wake { .. }
            | EventData::Error { of: None, .. }
            | EventData::SystemNote { .. } => {}
        }
    }

    /// How much more may be ordered.
    pub fn room(&self) -> usize {
        MOST_OPEN.saturating_sub(self.running.len() + self.awaiting.len())
    }

    fn open(&mut self, kind: OpenKind, commit: u64, event: &Event) {
        if kind == OpenKind::Message {
            let messages = || self.open.iter().enumerate();
            let mut waiting = messages().filter(|(_, open)| open.kind == OpenKind::Message);
            if let Some((oldest, _)) = waiting.next()
                && waiting.count() + 1 >= MOST_OPEN
            {
                self.open.remove(oldest);
            }
        }
        self.open.push(OpenEvent {
            event: event.id,
            commit,
            kind,
        });
    }
}

/// The call that carries out an approved output: one per output, whoever orders it.
pub fn carry_out_call(output: OutputId) -> CallId {
    CallId::derived(&format!("carry out {output}"))
}

impl Head {
    /// The head of a thread that has no commit yet.
    #[expect(
        clippy::too_many_arguments,
        reason = "each is a fact of the thread that never changes"
    )]
    pub fn new(
        tenant: Tenant,
        thread: ThreadId,
        customer: CustomerId,
        endpoint: EndpointId,
        number: E164,
        sender: SenderId,
        group: Group,
        now: Timestamp,
    ) -> Self {
        Self {
            v: HEAD_VERSION,
            tenant,
            thread,
            customer,
            endpoint,
            number,
            sender,
            group,
            epoch: 0,
            commit: 0,
            hash: ContentHash::GENESIS,
            opened_at: now,
            changed_at: now,
            customer_wrote_at: None,
            counts: Counts::default(),
            fold: Fold::default(),
        }
    }

    /// The same thread's head before its first commit.
    pub fn before_first(&self) -> Self {
        Self::new(
            self.tenant.clone(),
            self.thread,
            self.customer,
            self.endpoint.clone(),
            self.number.clone(),
            self.sender.clone(),
            self.group.clone(),
            self.opened_at,
        )
    }

    /// Whether the thread is over, by an act or by silence.
    pub fn is_over(&self, now: Timestamp) -> Over {
        if self.fold.status == Status::Completed || now.duration_since(self.changed_at) > SILENCE {
            Over::Yes
        } else {
            Over::No
        }
    }
}

/// Whether a thread is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Over {
    /// The next message starts a new one.
    Yes,
    /// It goes on.
    No,
}

impl Thread {
    /// Takes in an event that is to be part of commit `head.commit + 1`.
    pub fn apply(&mut self, event: Event) {
        let head = &mut self.head;
        head.fold.apply(head.commit + 1, &event);
        head.counts.events += 1;
        match &event.data {
            EventData::UserMessage { .. } => {
                head.counts.messages_in += 1;
                head.customer_wrote_at = Some(event.at);
            }
            EventData::AgentMessage { .. } => head.counts.messages_out += 1,
            EventData::ModelThinking { cost, .. } | EventData::Error { cost, .. } => {
                head.counts.cost = head.counts.cost + *cost;
            }
            EventData::Control { .. } => head.epoch += 1,
            _ => {}
        }
        self.events.push(event);
    }

    /// The open events of a kind that are at hand, oldest first.
    pub fn open(&self, kind: OpenKind) -> impl Iterator<Item = &Event> {
        let open = self.head.fold.open.iter();
        open.filter(move |open| open.kind == kind)
            .filter_map(|open| self.event(open.event))
    }

    /// The calls a model chose that have not run yet, oldest first.
    pub fn chosen(&self) -> impl Iterator<Item = (CallId, &ToolCall)> {
        let chosen = self.head.fold.chosen.iter();
        chosen.filter_map(|chosen| {
            let call = self
                .events
                .iter()
                .rev()
                .find_map(|event| match &event.data {
                    EventData::ToolCall { call, tool, .. } if *call == chosen.call => Some(tool),
                    _ => None,
                });
            call.map(|tool| (chosen.call, tool))
        })
    }

    /// An event by its id.
    pub fn event(&self, id: EventId) -> Option<&Event> {
        self.events.iter().rev().find(|event| event.id == id)
    }
}

/// The words of a message, if it has any.
pub fn words(content: &Content) -> Option<&str> {
    match content {
        Content::Text { body } => Some(body),
        Content::Unreadable { .. } => None,
    }
}
