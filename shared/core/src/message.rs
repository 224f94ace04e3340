//! What travels on the queues between the functions.
//!
//! Every envelope carries a version, its tenant and a correlation id that follows one customer's
//! message through every function it sets in motion.

mod attention;
mod content;
pub mod file;
pub mod heard;
mod outgoing;
mod resend;

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    CallId, ContentHash, E164, EndpointId, MessageRef, OutputId, ProviderMessageId, SenderId,
    Tenant, ThreadId,
    approval::Decision,
    launch::LaunchNotice,
    policy::Asking,
    tool::{RemoteCall, ToolCall},
    window::{HeldNotice, ReleaseOrder},
};

pub use self::{
    attention::{Attention, Presence, TYPING_LASTS},
    content::{
        Beside, ContactCard, Content, Location, Media, MediaKind, Order, OrderItem, Referral,
    },
    file::{FetchOrder, FetchReport, Fetched, NotFetched},
    heard::{Heard, Listening, NotHeard},
    outgoing::{Outgoing, OutgoingBody},
    resend::Resend,
};

/// The version of the envelopes below. A function refuses a later one, so that a message written
/// by a newer release is put off, and ends among the dead letters, instead of being misread.
pub const ENVELOPE_VERSION: u16 = 1;

/// Follows a message through every function and log line, 1 to 64 characters.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Correlation(pub String);

impl fmt::Display for Correlation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What keeps a customer's messages in order: the queue's message group, the receiving number
/// and the sender as received. At most 128 characters, SQS's limit.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Group(String);

impl Group {
    /// The group of what `sender` writes to `number`.
    pub fn of(number: &E164, sender: &SenderId) -> Self {
        let plain = format!("{number}:{sender}");
        if plain.len() <= 128 {
            Self(plain)
        } else {
            // A business-scoped user id can fill the limit alone.
            Self(format!(
                "{number}:{}",
                ContentHash::of(sender.as_str().as_bytes())
            ))
        }
    }

    /// The group as SQS takes it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A message on `inbound.fifo`: something happened to a thread.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Inbound {
    /// [`ENVELOPE_VERSION`].
    pub v: u16,
    /// Whose thread.
    pub tenant: Tenant,
    /// Follows the message.
    pub correlation: Correlation,
    /// The queue's message group.
    pub group: Group,
    /// When the function that queued it learned of it.
    pub received_at: Timestamp,
    /// What happened.
    pub cause: Cause,
}

/// What can happen to a thread.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "cause", rename_all = "snake_case")]
pub enum Cause {
    /// A customer wrote.
    Message(InboundMessage),
    /// An approval was decided, or expired.
    Decision(DecisionNotice),
    /// Long or approved work came to an end.
    Execution(ExecutionReport),
    /// A message was refused for good.
    Undelivered(Undelivered),
    /// An effect that was committed is to be sent again, after its outcome was settled.
    Resend(Resend),
    /// An operator acts on the thread.
    Control(ControlNotice),
    /// The company has something done for somebody.
    Launch(LaunchNotice),
    /// A customer's file was fetched, or will not be.
    Fetched(FetchReport),
    /// A message is held until the customer writes.
    Held(HeldNotice),
}

impl Cause {
    /// What tells this cause from every other of its tenant, however often it is delivered.
    pub fn key(&self) -> CauseKey {
        CauseKey(match self {
            Self::Message(m) => format!("message/{}/{}", m.endpoint, m.id),
            Self::Decision(d) => format!("decision/{}/{}", d.output, d.version),
            Self::Execution(e) => format!("execution/{}", e.call),
            Self::Undelivered(u) => format!("undelivered/{}", u.reference),
            Self::Resend(r) => format!("resend/{}/{}", r.reference, r.attempt),
            Self::Control(c) => format!("control/{}", c.id),
            Self::Launch(l) => format!("launch/{}", l.id),
            Self::Fetched(f) => format!("fetched/{}", f.message),
            Self::Held(h) => format!("held/{}/{}", h.reference, h.attempt),
        })
    }
}

impl Cause {
    /// How much there is to record of it, in bytes of JSON.
    pub fn weight(&self) -> usize {
        serde_json::to_string(self).map_or(0, |json| json.len())
    }
}

/// Identifies a cause within its tenant. The duplicate marker bears it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CauseKey(String);

impl CauseKey {
    /// The key as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Of a message's key, the provider's id of the message.
    pub fn message(&self) -> Option<ProviderMessageId> {
        let mut parts = self.0.splitn(3, '/');
        match (parts.next(), parts.next(), parts.next()) {
            (Some("message"), Some(_), Some(id)) => id.parse().ok(),
            _ => None,
        }
    }

    /// Of a message's key, that of another message to the same endpoint.
    pub fn of_other(&self, id: &ProviderMessageId) -> Option<Self> {
        let mut parts = self.0.splitn(3, '/');
        match (parts.next(), parts.next()) {
            (Some("message"), Some(endpoint)) => Some(Self(format!("message/{endpoint}/{id}"))),
            _ => None,
        }
    }
}

/// A customer's message, whichever provider brought it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct InboundMessage {
    /// The webhook endpoint it arrived at.
    pub endpoint: EndpointId,
    /// The number of ours it was sent to.
    pub number: E164,
    /// The provider's id of it.
    pub id: ProviderMessageId,
    /// Who wrote, as the provider names them.
    pub sender: SenderId,
    /// The sender's phone number, where the provider tells it.
    pub phone: Option<E164>,
    /// The name the sender gave themselves: data, never trusted.
    pub name: Option<String>,
    /// What was sent.
    pub content: Content,
    /// What came with it.
    #[serde(default, skip_serializing_if = "Beside::is_nothing")]
    pub beside: Beside,
}

/// An approval's end, on its way to the thread that asked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DecisionNotice {
    /// The thread that asked.
    pub thread: ThreadId,
    /// What was decided on.
    pub output: OutputId,
    /// The version of it.
    pub version: u32,
    /// How it ended.
    pub decision: Decision,
}

/// The end of long or approved work, on its way to the thread that ordered it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ExecutionReport {
    /// The thread that ordered it.
    pub thread: ThreadId,
    /// The call it answers.
    pub call: CallId,
    /// How it ended.
    pub result: ExecutionResult,
}

/// How an execution ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "result", rename_all = "snake_case")]
pub enum ExecutionResult {
    /// A document was made and stored; nothing has been sent.
    Drafted {
        /// The document.
        document: Document,
        /// What it says as rows, for machines; it stays on record and is not sent.
        rows: Document,
        /// Who decides whether it leaves, where a rule of the company's says so.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        asks: Option<Asking>,
    },
    /// An approved act was claimed and checked, and is the thread's to carry out.
    Released {
        /// The output whose act it is.
        output: OutputId,
        /// Its version.
        version: u32,
        /// The digest the decision was bound to.
        digest: ContentHash,
    },
    /// A call that changes something was written down as it is to be made.
    Prepared {
        /// The call.
        call: RemoteCall,
        /// Its arguments as a file.
        document: Document,
    },
    /// A call that was approved was made.
    Made {
        /// The output whose act it is.
        output: OutputId,
        /// What the tool answered, cut.
        said: String,
    },
    /// An approved call surely did not take effect, and will not be tried again by itself.
    NotMade {
        /// The whole reason, for operators.
        reason: String,
    },
    /// It failed, and will not be tried again by itself.
    Failed {
        /// The whole reason, for operators.
        reason: String,
    },
}

/// A file in the outputs bucket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Document {
    /// What the recipient sees as its name.
    pub filename: String,
    /// MIME type.
    pub media_type: String,
    /// SHA-256 of the bytes; the key under the tenant.
    pub content: ContentHash,
    /// Size in bytes.
    pub size: u64,
    /// In words, what it is.
    pub title: String,
}

/// The code of a message that we refused ourselves, because it is not what was approved.
pub const NOT_WHAT_WAS_APPROVED: &str = "not_what_was_approved";

/// The code of a request to decide that is not sent over WhatsApp, because whoever would get it may not be
/// asked.
pub const APPROVER_NOT_ASKED: &str = "approver_not_asked";

/// A message that was refused for good: by the provider, or by ourselves under
/// [`NOT_WHAT_WAS_APPROVED`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Undelivered {
    /// The thread it belonged to.
    pub thread: ThreadId,
    /// Which message.
    pub reference: MessageRef,
    /// The code.
    pub code: String,
    /// What the code means and what to do, for operators.
    pub meaning: String,
}

/// What an operator does to a thread.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ControlNotice {
    /// The thread.
    pub thread: ThreadId,
    /// Tells one act from the next.
    pub id: String,
    /// What is done.
    pub action: ControlAction,
    /// Who does it.
    pub by: String,
}

/// What an operator can do to a thread.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ControlAction {
    /// The agent waits.
    Pause,
    /// The agent goes on.
    Resume,
    /// The thread ends.
    Stop,
    /// A person answers in the agent's place.
    Takeover,
}

impl ControlAction {
    /// Its word, as it is stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pause => "pause",
            Self::Resume => "resume",
            Self::Stop => "stop",
            Self::Takeover => "takeover",
        }
    }
}

/// A message on `statuses`: what became of a send.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StatusUpdate {
    /// [`ENVELOPE_VERSION`].
    pub v: u16,
    /// Whose.
    pub tenant: Tenant,
    /// Follows the callback.
    pub correlation: Correlation,
    /// The endpoint it arrived at.
    pub endpoint: EndpointId,
    /// When it arrived.
    pub received_at: Timestamp,
    /// Our reference, which the provider gave back.
    pub reference: MessageRef,
    /// The provider's id of the message.
    pub provider_id: ProviderMessageId,
    /// What became of it.
    pub status: DeliveryStatus,
}

/// What a provider says became of a message, in the order it can happen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "status", rename_all = "snake_case")]
pub enum DeliveryStatus {
    /// The provider has it.
    Accepted,
    /// It left the provider.
    Sent,
    /// It reached the phone.
    Delivered,
    /// It was opened.
    Read,
    /// It will not arrive.
    Failed {
        /// The provider's code.
        code: String,
    },
}

/// A message on `webhooks`: an approver's endpoint is to be called.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WebhookCall {
    /// [`ENVELOPE_VERSION`].
    pub v: u16,
    /// Whose.
    pub tenant: Tenant,
    /// Follows the message.
    pub correlation: Correlation,
    /// The endpoint whose webhook settings apply.
    pub endpoint: EndpointId,
    /// The `webhook-id`, the same on every try: derived from thread, commit and effect.
    pub id: MessageRef,
    /// What is asked about.
    pub output: OutputId,
    /// Its version.
    pub version: u32,
    /// Counts the tries, from 0.
    pub attempt: u32,
}

/// A message on `executions`: work for the executor.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Execution {
    /// [`ENVELOPE_VERSION`].
    pub v: u16,
    /// Whose.
    pub tenant: Tenant,
    /// Follows the message.
    pub correlation: Correlation,
    /// The endpoint the thread talks through.
    pub endpoint: EndpointId,
    /// The thread that ordered it.
    pub thread: ThreadId,
    /// That thread's message group, for the report back.
    pub group: Group,
    /// When the thread ordered it.
    pub ordered_at: Timestamp,
    /// The call it answers; the idempotency key of the work.
    pub call: CallId,
    /// What to do: a tool that runs in the executor.
    #[serde(flatten)]
    pub tool: ToolCall,
}

/// A message on one of the queues that the outbound function empties.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "task", rename_all = "snake_case")]
pub enum OutboundTask {
    /// On `outbound.fifo`.
    Message(Outgoing),
    /// On `statuses`.
    Status(StatusUpdate),
    /// On `webhooks`.
    Webhook(WebhookCall),
    /// On `webhooks`, too: each of its messages stands for itself.
    Fetch(FetchOrder),
    /// On `webhooks`, so that no message waits behind it.
    Attention(Attention),
    /// On `webhooks`, likewise.
    Release(ReleaseOrder),
}
