//! What happened to a thread. Events are only ever added.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    CallId, ChallengeId, ContentHash, EventId, MessageRef, OutputId, PersonaName,
    ProviderMessageId, SenderId, ThreadId,
    agent::AgentKind,
    approval::{Act, Decision},
    commands::Pending,
    identity::Outcome,
    launch::{LaunchChannel, Task},
    limits::Because,
    message::{Beside, CauseKey, Content, ControlAction, Document, Fetched},
    model::{Answer, ModelName, Purpose, Usage},
    money::MicroUsd,
    offer::Offer,
    opt_out::Opted,
    response_cache::Cached,
    tool::{Chooser, ToolCall, ToolOutcome},
    window::WindowEvent,
};

/// The version events are written in.
pub const EVENT_VERSION: u16 = 1;

/// One thing that happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// Derived from the event's cause, so that a repeated turn gives it the same id.
    pub id: EventId,
    /// When.
    pub at: Timestamp,
    /// The events this one deals with. What nothing has dealt with yet is the thread's work.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub answers: Vec<EventId>,
    /// What.
    #[serde(flatten)]
    pub data: EventData,
}

/// The kinds of event.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", content = "data", rename_all = "snake_case")]
pub enum EventData {
    /// A customer wrote.
    UserMessage {
        /// Which delivery brought it.
        cause: CauseKey,
        /// Who wrote, as received.
        from: SenderId,
        /// The name they gave themselves. Data: never an instruction, never an authority.
        name: Option<String>,
        /// What they sent.
        content: Content,
        /// What it replies to, and where they come from.
        #[serde(default, skip_serializing_if = "Beside::is_nothing")]
        beside: Beside,
    },
    /// The file of a customer's message was stored, or will not be.
    FileFetched {
        /// The event of the message.
        message: EventId,
        /// What became of it.
        #[serde(flatten)]
        outcome: Fetched,
    },
    /// The company has something done for the customer, who has not asked for it.
    Launched {
        /// Which launch.
        cause: CauseKey,
        /// Who launched it.
        by: String,
        /// How it came.
        channel: LaunchChannel,
        /// What is to be done. Data: a task decides nothing.
        task: Task,
    },
    /// What a model answered, as it came. Nothing of it is said or done yet.
    ModelThinking {
        /// What it was asked for.
        purpose: Purpose,
        /// By which agent.
        agent: AgentKind,
        /// Which model.
        model: ModelName,
        /// The events it was asked about.
        about: Vec<EventId>,
        /// Its answer.
        answer: Answer,
        /// How many parts of an answer had left before it was asked: it goes on from them.
        #[serde(default, skip_serializing_if = "is_none")]
        said: u16,
        /// What it cost.
        cost: MicroUsd,
        /// Set when no model was asked: it was another customer's answer to the same words.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        cached: Option<Cached>,
        /// What a provider's moderation says is wrong with it: categories, by its names.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        flagged: Vec<String>,
        /// The messages whose pictures it was shown.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        pictures: Vec<EventId>,
    },
    /// A tool was chosen. For a tool with effects this is the intent, committed before it runs.
    ToolCall {
        /// The call.
        call: CallId,
        /// Tool and validated arguments.
        #[serde(flatten)]
        tool: ToolCall,
        /// Who chose it.
        #[serde(default)]
        by: Chooser,
    },
    /// A tool's answer.
    ToolResult {
        /// The call it answers.
        call: CallId,
        /// What came of it.
        outcome: ToolOutcome,
    },
    /// A person is asked to decide.
    HumanRequest {
        /// Exactly what is asked; the decision binds its digest.
        act: Box<Act>,
        /// The digest.
        digest: ContentHash,
        /// The file it is about.
        document: Document,
        /// Who is asked.
        approver: String,
        /// Where they are asked over WhatsApp.
        approver_address: SenderId,
    },
    /// A rule of the company's allows an act without asking anybody.
    Permitted {
        /// Exactly what is allowed.
        act: Box<Act>,
        /// Its digest.
        digest: ContentHash,
        /// The file it is about.
        document: Document,
        /// The rule's name.
        rule: String,
    },
    /// The verified end of a request.
    HumanResponse {
        /// What was decided on.
        output: OutputId,
        /// Its version.
        version: u32,
        /// How it ended.
        decision: Decision,
    },
    /// A tool wants to know who asks: the customer is sent a one-time code, which is in no record.
    IdentityAsked {
        /// Which code.
        challenge: ChallengeId,
        /// The tool that wants it.
        tool: String,
        /// When it can't be entered any more.
        expires_at: Timestamp,
    },
    /// The customer entered a code.
    IdentityChecked {
        /// The challenge it was compared with.
        challenge: ChallengeId,
        /// What became of it.
        #[serde(flatten)]
        outcome: Outcome,
    },
    /// The agent answers the customer.
    AgentMessage {
        /// What is sent.
        body: AgentWords,
        /// Set when it asks for what a command lacks.
        asks: Option<Pending>,
    },
    /// Another agent takes over, or a person.
    HandOver {
        /// From which agent.
        from: AgentKind,
        /// To whom.
        to: Recipient,
        /// What the next should know.
        note: String,
    },
    /// An operator acted on the thread.
    Control {
        /// What was done.
        action: ControlAction,
        /// By whom.
        by: String,
    },
    /// The thread is to be looked at again.
    Wake {
        /// Why.
        reason: String,
    },
    /// Something failed.
    Error {
        /// The whole error, for operators. Never shown to the customer.
        detail: String,
        /// What failed, where it counts.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        of: Option<Failing>,
        /// What was spent on models in vain.
        #[serde(default, skip_serializing_if = "MicroUsd::is_zero")]
        cost: MicroUsd,
    },
    /// Said by the system to whoever reads the thread.
    SystemNote {
        /// The note.
        text: String,
        /// The thread this one continues.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        continues: Option<ThreadId>,
        /// When the customer last wrote before this thread, in the one it continues or in one before.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        wrote_at: Option<Timestamp>,
        /// Set when it says as which persona the customer is spoken to from here on.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        persona: Option<PersonaName>,
    },
    /// A message of the agent did not arrive.
    Undelivered {
        /// Which.
        reference: MessageRef,
        /// The provider's code.
        code: String,
        /// What it means and what to do.
        meaning: String,
    },
    /// What this deals with is left without an answer: nobody is sent anything about it.
    Unanswered {
        /// Why.
        #[serde(flatten)]
        because: Because,
        /// The output whose released document is not sent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        output: Option<OutputId>,
    },
    /// The customer asked to be sent nothing more, or to be written to again.
    Opted {
        /// Which of both.
        way: Opted,
        /// The thread in which they did, where this one has taken it over.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        from: Option<ThreadId>,
    },
    /// What becomes of messages that the closed 24-hour window keeps back.
    Window(WindowEvent),
    /// Older events were summed up.
    Compaction {
        /// The last commit it covers.
        through: u64,
        /// The summary.
        summary: String,
        /// The model whose words it is in; none where it was made by rule.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<Writer>,
        /// What a model cost for it, be it in vain.
        #[serde(default, skip_serializing_if = "MicroUsd::is_zero")]
        cost: MicroUsd,
    },
}

/// A model that wrote a summary.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Writer {
    /// Which.
    pub model: ModelName,
    /// What it read and wrote.
    pub usage: Usage,
}

/// Who takes over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Recipient {
    /// An agent.
    Agent(AgentKind),
    /// A person of the company.
    Human,
}

impl Recipient {
    /// An agent's kind, or `human`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Agent(kind) => kind.as_str(),
            Self::Human => "human",
        }
    }
}

/// What failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", content = "tool", rename_all = "snake_case")]
pub enum Failing {
    /// No model could be asked, or none gave an answer.
    Model,
    /// A model's answer is of no use: it is empty, or may not be said. Another is asked.
    Answer,
    /// The conversation has cost what it may.
    Limit,
    /// No model answered the customer, and what they wrote is no command.
    Unanswered,
    /// A rule of the company's could not be evaluated; a person was asked.
    Rule,
    /// A template of the company's came to nothing; the default's words were said.
    Template,
    /// What the company wanted done could not be; nobody was told but its operators.
    Launch,
    /// A call that a model wanted could not be made: an unknown tool, wrong arguments, or one that
    /// is not allowed. The name is the model's, and the detail is for it to read.
    Call(String),
}

impl EventData {
    /// An error that cost nothing.
    pub fn error(detail: String, of: Option<Failing>) -> Self {
        Self::Error {
            detail,
            of,
            cost: MicroUsd::ZERO,
        }
    }
}

/// What an agent sends a customer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum AgentWords {
    /// Words.
    Text {
        /// At most what the provider takes at once.
        text: String,
    },
    /// Words of an answer that was still being written. What comes after them is the next part, and
    /// at last the rest, as [`Text`](Self::Text).
    Part {
        /// At most what the provider takes at once.
        text: String,
    },
    /// A released document.
    Document {
        /// The file.
        document: Document,
        /// The output whose approval released it.
        output: OutputId,
        /// Its version.
        version: u32,
        /// The digest of the approved act.
        digest: ContentHash,
    },
    /// Words with answers to choose from.
    Choices(Offer),
    /// A sign put to a message of the customer's.
    Reaction {
        /// The message.
        to: ProviderMessageId,
        /// The sign.
        emoji: String,
    },
}

fn is_none(parts: &u16) -> bool {
    *parts == 0
}

/// An event that can't be read.
#[derive(Debug, thiserror::Error)]
pub enum Unreadable {
    /// Written by a newer release.
    #[error("event version {got}: this release reads up to {EVENT_VERSION}; deploy the newer one")]
    Newer {
        /// The version found.
        got: u64,
    },
    /// No version at all.
    #[error("event without a version: not written by Countersign")]
    NoVersion,
    /// Not an event.
    #[error("event cannot be read: {0}")]
    Malformed(#[from] serde_json::Error),
}

/// Changes an event's JSON from one version to the next.
pub type Upcaster = fn(&mut Value);

/// `UPCASTERS[n]` takes an event from version `n + 1` to `n + 2`.
const UPCASTERS: &[Upcaster] = &[];

impl Event {
    /// The event as it is stored: its JSON with the version.
    ///
    /// # Errors
    /// When the event has a value JSON can't hold; no kind above has.
    pub fn to_stored(&self) -> Result<Value, serde_json::Error> {
        let mut stored = serde_json::to_value(self)?;
        stored["v"] = EVENT_VERSION.into();
        Ok(stored)
    }

    /// The event in today's shape, whichever version it was stored in.
    ///
    /// # Errors
    /// When a newer release wrote it or it is not an event.
    pub fn from_stored(stored: &Value) -> Result<Self, Unreadable> {
        Ok(serde_json::from_value(upcast(
            stored.clone(),
            UPCASTERS,
            EVENT_VERSION,
        )?)?)
    }
}

fn upcast(mut stored: Value, upcasters: &[Upcaster], to: u16) -> Result<Value, Unreadable> {
    let version = stored["v"].as_u64().ok_or(Unreadable::NoVersion)?;
    if version == 0 || version > u64::from(to) {
        return Err(Unreadable::Newer { got: version });
    }
    for upcaster in upcasters.iter().skip(version as usize - 1) {
        upcaster(&mut stored);
    }
    stored["v"] = to.into();
    Ok(stored)
}

#[cfg(test)]
mod tests;
