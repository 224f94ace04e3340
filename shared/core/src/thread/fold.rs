//! What is unfinished of a thread, derived from its events and nothing else.

mod attempt;
mod changes;
mod contact;
mod identity;
mod offered;
mod open;
mod rate;
mod unanswered;
mod waits;

pub use self::{
    attempt::{Attempt, Failures, Models},
    changes::{Change, Known},
    contact::{Contact, Escalation},
    identity::{Challenge, Identity},
    open::{FileState, OpenEvent, OpenKind},
    rate::{Count, Rate},
    unanswered::Unanswered,
    waits::{Notices, Waits},
};

use serde::{Deserialize, Serialize};

use super::{MOST_OPEN, MOST_TASKS};
use crate::{
    CallId, ContentHash, OutputId, PersonaName,
    agent::AgentKind,
    approval::Decision,
    commands::Pending,
    event::{AgentWords, Event, EventData, Failing, Recipient},
    identity::Outcome,
    message::{Content, ControlAction, NOT_WHAT_WAS_APPROVED},
    offer::Shows,
    opt_out::Opted,
    question::Question,
    tool::{Chooser, Runs, ToolCall, ToolOutcome},
};

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
    /// Calls that change something and were ordered, oldest first, until it is known what came of
    /// them. With it the same is not ordered twice, however long it takes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<Change>,
    /// The agent whose conversation it is, once one has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent: Option<AgentKind>,
    /// How the attempt at what is open has gone so far.
    #[serde(default, skip_serializing_if = "Attempt::is_new")]
    pub attempt: Attempt,
    /// Whether the customer has met the agent.
    #[serde(default, skip_serializing_if = "Contact::is_new")]
    pub contact: Contact,
    /// Whether a person was called.
    #[serde(default, skip_serializing_if = "Escalation::is_none")]
    pub escalation: Escalation,
    /// As which persona the customer is spoken to; the default where none is on record.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub persona: Option<PersonaName>,
    /// The commit of the answers that can be chosen from, while they are the last that was said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offered: Option<u64>,
    /// What the customer's phone is shown besides words.
    #[serde(default, skip_serializing_if = "Shows::is_words")]
    pub shows: Shows,
    /// What nobody could answer lately.
    #[serde(default, skip_serializing_if = "Unanswered::is_none")]
    pub unanswered: Unanswered,
    /// The newest summary, if one was made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub compacted: Option<Compacted>,
    /// Who the customer is known to be.
    #[serde(default, skip_serializing_if = "Identity::is_new")]
    pub identity: Identity,
    /// How much they have written lately.
    #[serde(default, skip_serializing_if = "Rate::is_new")]
    pub rate: Rate,
    /// Whether they may be sent anything.
    #[serde(default, skip_serializing_if = "Opted::is_in")]
    pub opted: Opted,
    /// What is held until they write.
    #[serde(default, skip_serializing_if = "Waits::is_none")]
    pub waits: Waits,
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
    /// Set when it is a question to a colleague: [`Question::mark`](crate::question::Question::mark).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub question: Option<String>,
}

impl Fold {
    /// Takes in an event of commit `commit`. Decides nothing.
    pub fn apply(&mut self, commit: u64, event: &Event) {
        let is_dealt_with = |open: &OpenEvent| event.answers.contains(&open.event);
        // Only what deals with a message of the customer's has to do with a question to them; a code
        // is no answer to one, and neither is what is left unanswered.
        let is_check = matches!(
            event.data,
            EventData::IdentityChecked { .. } | EventData::Unanswered { .. }
        );
        // What takes a message's place is no answer either, but what was said of one goes with it.
        let is_change = matches!(event.data, EventData::UserMessage { .. });
        let ends_message = !is_check
            && self
                .open
                .iter()
                .any(|open| open.kind == OpenKind::Message && is_dealt_with(open));
        let answers_message = ends_message && !is_change;
        if answers_message {
            self.contact = Contact::Made;
            self.pending = None;
            self.offered = None;
        }
        self.unanswered.apply(event, answers_message);
        let answers_thought = || {
            let mut open = self.open.iter();
            open.any(|open| open.kind == OpenKind::Thought && is_dealt_with(open))
        };
        let answers_finding = || {
            let mut open = self.open.iter();
            open.any(|open| open.kind == OpenKind::Finding && is_dealt_with(open))
        };
        let is_whole = matches!(
            &event.data,
            EventData::AgentMessage {
                body: AgentWords::Text { .. } | AgentWords::Choices(_),
                ..
            }
        );
        if ends_message
            || ends_an_answer(&event.data) && answers_thought()
            || is_whole && answers_finding()
        {
            self.attempt.said.clear();
        }
        let file = self
            .open
            .iter()
            .find(|open| is_dealt_with(open) && open.has_file());
        let file = file.filter(|_| is_change).copied();
        let results = |open: &&OpenEvent| open.kind == OpenKind::Result;
        let before = self.open.iter().filter(results).count();
        self.open.retain(|open| !is_dealt_with(open));
        let left = self.open.iter().filter(results).count();
        let settles = left == 0 && before > 0;
        self.take_in(commit, event, answers_message);
        if let (Some(before), Some(open)) = (file, self.open.last_mut()) {
            open.takes_file(event, &before);
        }
        if settles {
            self.forget_what_came_to_nothing();
        }
    }

    fn take_in(&mut self, commit: u64, event: &Event, answers_message: bool) {
        if let EventData::UserMessage { beside, .. } = &event.data {
            self.shows = beside.shows;
        }
        match &event.data {
            EventData::UserMessage { content, .. } if !content.wants_answer() => {}
            EventData::UserMessage { .. } | EventData::Launched { .. } => {
                // An answer that was interrupted goes on, whatever else it answers then.
                self.attempt = Attempt {
                    said: std::mem::take(&mut self.attempt.said),
                    ..Attempt::default()
                };
                let kind = match &event.data {
                    EventData::Launched { .. } => OpenKind::Launch,
                    _ => {
                        self.rate.came(event.at);
                        OpenKind::Message
                    }
                };
                self.open(kind, commit, event);
            }
            EventData::FileFetched { message, .. } => {
                let mut open = self.open.iter_mut();
                if let Some(open) = open.find(|open| open.event == *message) {
                    open.file = FileState::None;
                    open.asked = Some(commit);
                }
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
                (Runs::InTheExecutor, _) => {
                    self.running.push(*call);
                    if let ToolCall::Remote(remote) = tool {
                        self.ordered(Change {
                            mark: remote.mark(),
                            order: *call,
                            known: Known::UnderWay,
                        });
                    }
                }
            },
            EventData::ToolResult { call, outcome } => {
                let chosen = self.chosen.iter().position(|chosen| chosen.call == *call);
                if let Some(chosen) = chosen {
                    let chosen = self.chosen.remove(chosen);
                    match outcome {
                        ToolOutcome::Failed { .. } | ToolOutcome::Refused { .. } => {
                            self.attempt.failed(&chosen.tool);
                        }
                        _ => self.attempt.failing = None,
                    }
                    return self.open(OpenKind::Finding, commit, event);
                }
                self.running.retain(|running| running != call);
                self.changed(*call, outcome);
                if let ToolOutcome::Failed { .. }
                | ToolOutcome::NotMade { .. }
                | ToolOutcome::Made { .. } = outcome
                {
                    self.awaiting
                        .retain(|awaiting| carry_out_call(awaiting.output) != *call);
                }
                let kind = match outcome {
                    ToolOutcome::Made { .. } => OpenKind::Finding,
                    _ => OpenKind::Result,
                };
                self.open(kind, commit, event);
            }
            EventData::HumanRequest { act, digest, .. }
            | EventData::Permitted { act, digest, .. } => {
                let question = act.question().map(Question::mark);
                self.attempt.questions = self
                    .attempt
                    .questions
                    .saturating_add(question.is_some().into());
                self.awaiting.push(Awaiting {
                    output: act.output,
                    version: act.version,
                    digest: *digest,
                    commit,
                    question,
                });
            }
            EventData::HumanResponse {
                output, decision, ..
            } => {
                if let Some(asked) = self.asked(*output) {
                    self.attempt.goes_on();
                    return self.open_about(OpenKind::Finding, commit, event, Some(asked));
                }
                match decision {
                    // Nothing but a question is answered, and that was above.
                    Decision::Approved { .. } | Decision::Answered { .. } => {}
                    Decision::Rejected { .. } | Decision::Expired { .. } => {
                        self.changes.retain(|change| change.output() != *output);
                        self.awaiting.retain(|awaiting| awaiting.output != *output);
                    }
                }
                self.open(OpenKind::Result, commit, event);
            }
            EventData::IdentityAsked {
                challenge,
                expires_at,
                ..
            } => self.identity.asked(*challenge, *expires_at),
            EventData::IdentityChecked { challenge, outcome } => {
                self.identity.checked(*challenge, *outcome);
                let kind = match outcome {
                    Outcome::Passed { .. } => OpenKind::Finding,
                    Outcome::Wrong { .. } | Outcome::Expired => OpenKind::Result,
                };
                self.open(kind, commit, event);
            }
            EventData::AgentMessage { asks, body } => {
                if answers_message {
                    self.pending.clone_from(asks);
                }
                // What is said while they wait for an answer greets them, or is as good as that.
                if self.waits(OpenKind::Message) {
                    self.contact = Contact::Made;
                }
                self.said(commit, body);
            }
            EventData::Control { action, .. } => {
                self.escalation = Escalation::None;
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
                match to {
                    Recipient::Agent(kind) => self.agent = Some(*kind),
                    Recipient::Human => self.escalation = Escalation::Called,
                }
            }
            EventData::Error { of: Some(of), .. } => match of {
                Failing::Model => self.attempt.models = Models::Failed,
                Failing::Answer => self.attempt.useless = self.attempt.useless.saturating_add(1),
                Failing::Limit
                | Failing::Unanswered
                | Failing::Rule
                | Failing::Template
                | Failing::Launch => {}
                Failing::Call(tool) => self.attempt.failed(tool),
            },
            EventData::Unanswered { because, output } => {
                self.rate.left(event.answers.len(), because);
                self.awaiting.retain(|it| Some(it.output) != *output);
            }
            EventData::Opted { way, from } => {
                self.opted = *way;
                if from.is_none() {
                    self.rate.opted(event.at);
                }
            }
            EventData::Window(what) => self.waits.apply(what, event.at),
            EventData::Compaction { through, .. } => {
                self.compacted = Some(Compacted {
                    commit,
                    through: *through,
                });
            }
            EventData::SystemNote {
                persona: Some(persona),
                ..
            } => self.persona = Some(persona.clone()),
            EventData::SystemNote {
                continues: Some(_), ..
            } => self.contact = Contact::Made,
            EventData::Undelivered { .. }
            | EventData::Wake { .. }
            | EventData::Error { of: None, .. }
            | EventData::SystemNote { .. } => {}
        }
    }

    fn waits(&self, kind: OpenKind) -> bool {
        self.open.iter().any(|open| open.kind == kind)
    }

    /// How much more may be ordered.
    pub fn room(&self) -> usize {
        MOST_OPEN.saturating_sub(self.running.len() + self.awaiting.len())
    }

    /// Once a question to a colleague has ended, it waits no longer: gives the commit that asked it.
    fn asked(&mut self, output: OutputId) -> Option<u64> {
        let mut waiting = self.awaiting.iter();
        let index = waiting.position(|it| it.output == output && it.question.is_some())?;
        Some(self.awaiting.remove(index).commit)
    }

    fn open(&mut self, kind: OpenKind, commit: u64, event: &Event) {
        self.open_about(kind, commit, event, None);
    }

    fn open_about(&mut self, kind: OpenKind, commit: u64, event: &Event, asked: Option<u64>) {
        let most = match kind {
            OpenKind::Message => MOST_OPEN,
            OpenKind::Launch => MOST_TASKS,
            OpenKind::Result | OpenKind::Finding | OpenKind::Thought => usize::MAX,
        };
        let of_kind = || self.open.iter().enumerate();
        let mut waiting = of_kind().filter(|(_, open)| open.kind == kind);
        if let Some((oldest, _)) = waiting.next()
            && waiting.count() + 1 >= most
        {
            self.open.remove(oldest);
        }
        self.open.push(OpenEvent {
            event: event.id,
            commit,
            kind,
            asked,
            file: match &event.data {
                EventData::UserMessage {
                    content: Content::Media(_),
                    ..
                } => FileState::Fetching,
                _ => FileState::None,
            },
        });
    }
}

/// What deals with a model's answer so that the next one is another answer. After an error it is
/// asked for the same again.
fn ends_an_answer(data: &EventData) -> bool {
    match data {
        EventData::AgentMessage { .. }
        | EventData::ToolCall { .. }
        | EventData::IdentityAsked { .. }
        | EventData::HandOver { .. }
        | EventData::Unanswered { .. }
        | EventData::SystemNote { .. } => true,
        EventData::Error { of, .. } => matches!(of, Some(Failing::Call(_) | Failing::Rule)),
        _ => false,
    }
}

/// The call that carries out an approved output: one per output, whoever orders it.
pub fn carry_out_call(output: OutputId) -> CallId {
    CallId::derived(&format!("carry out {output}"))
}
