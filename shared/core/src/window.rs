//! The 24-hour window: after a customer's last message WhatsApp passes on free words for a day, and
//! nothing but registered templates after that. What can't go as one is held until the customer
//! writes.

mod template;

pub use self::template::{
    MOST_CHARACTERS, MOST_VALUE, MessageTemplate, Provider, WrongTemplate, one_line,
};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{
    CustomerId, E164, MessageRef, PersonaName, SenderId, Tenant, ThreadId,
    message::{Correlation, Group},
};

/// How long after a customer's last message free words go out.
pub const WINDOW: SignedDuration = SignedDuration::from_hours(24);

/// What an output is held under that we knew could not go out.
pub const CLOSED: &str = "window_closed";

/// What a message is, by which its template is found. It follows from what the message is made of and
/// never from its words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MessageIntent {
    /// Words of the agent's.
    Answer,
    /// Words on a task of the company's, such as an alert or a daily figure.
    Task,
    /// A report, or another document that was released.
    Report,
    /// A request to decide.
    ApprovalRequest,
    /// A one-time code.
    Code,
    /// That something waits for the customer: what is sent in place of anything else.
    Waiting,
}

impl MessageIntent {
    /// Every one.
    pub const ALL: [Self; 6] = [
        Self::Answer,
        Self::Task,
        Self::Report,
        Self::ApprovalRequest,
        Self::Code,
        Self::Waiting,
    ];

    /// The word for it in seeds and storage.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Answer => "answer",
            Self::Task => "task",
            Self::Report => "report",
            Self::ApprovalRequest => "approval_request",
            Self::Code => "code",
            Self::Waiting => "waiting",
        }
    }

    /// The variables that a template for it can have.
    pub const fn variables(self) -> &'static [&'static str] {
        match self {
            Self::Answer | Self::Task => &["text"],
            Self::Report => &["title"],
            Self::ApprovalRequest => &["what", "content", "until", "link"],
            Self::Code => &["code"],
            Self::Waiting => &[],
        }
    }

    /// The variable that carries all that such a message says; without it a template is a notice. A
    /// document is in no variable.
    pub const fn carrier(self) -> Option<&'static str> {
        match self {
            Self::Answer | Self::Task => Some("text"),
            Self::ApprovalRequest => Some("link"),
            Self::Code => Some("code"),
            Self::Report | Self::Waiting => None,
        }
    }
}

/// What decides how a message leaves: on it from the thread that sends it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SendWindow {
    /// What it is.
    pub intent: MessageIntent,
    /// As whom its recipient is spoken to; the default where none is on record.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub persona: Option<PersonaName>,
    /// The customer who gets it; none where it is an approver, whose window nobody here knows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customer: Option<CustomerId>,
    /// When they last wrote, as far as their thread knows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wrote_at: Option<Timestamp>,
    /// The provider's word of an earlier try that the window is closed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<Refused>,
    /// Whether it is all that is said.
    #[serde(default, skip_serializing_if = "Extent::is_whole")]
    pub extent: Extent,
}

/// Whether a message is all that is said at once.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Extent {
    /// It is, or an older release sent it.
    #[default]
    Whole,
    /// Other messages say the rest: as a template it would arrive without them.
    Piece,
}

impl Extent {
    fn is_whole(&self) -> bool {
        *self == Self::Whole
    }
}

/// A provider's word that the window is closed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refused {
    /// Its code.
    pub code: String,
    /// When the customer had last written, as far as was known then: what they write after it opens
    /// the window again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wrote_at: Option<Timestamp>,
    /// The template it went as, if it did: another try as that would end the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub template: Option<String>,
}

/// Whether free words go out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Open {
    /// They do, or nobody knows better.
    Yes,
    /// They don't.
    No {
        /// The provider's code, or [`CLOSED`].
        code: String,
    },
}

impl SendWindow {
    /// Whether free words go out at `now`.
    pub fn is_open(&self, now: Timestamp) -> Open {
        let refused = self.refused.as_ref();
        if let Some(refused) = refused.filter(|refused| self.wrote_at <= refused.wrote_at) {
            let code = refused.code.clone();
            return Open::No { code };
        }
        match self.wrote_at {
            Some(at) if now.duration_since(at) >= WINDOW => Open::No {
                code: CLOSED.to_owned(),
            },
            Some(_) | None => Open::Yes,
        }
    }
}

/// A template with its values, that tells a customer that something waits for them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// The template's name.
    pub template: String,
    /// The values of its variables, in their order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<String>,
}

/// What becomes of what the closed window keeps back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum WindowEvent {
    /// A message is held until the customer writes.
    Held {
        /// Which.
        reference: MessageRef,
        /// The provider's code, or [`CLOSED`].
        code: String,
        /// Why it is held and what ends that, for operators.
        meaning: String,
        /// When the customer had last written, as far as was known to whoever held it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        wrote_at: Option<Timestamp>,
        /// What there is to tell them that something waits.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        notice: Option<Notice>,
    },
    /// What the conversation before held waits in this one.
    TakenOver {
        /// That conversation.
        from: ThreadId,
        /// When the customer had last written then: what they write after it lets it go.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        wrote_at: Option<Timestamp>,
    },
    /// The customer is told that something waits.
    Noticed {
        /// How.
        #[serde(flatten)]
        notice: Notice,
    },
    /// The customer wrote: what was held goes out.
    LetGo {
        /// When they did.
        wrote_at: Timestamp,
    },
}

impl WindowEvent {
    /// In a sentence, for whoever reads the conversation. It quotes nothing.
    pub fn told(&self) -> &'static str {
        match self {
            Self::Held { .. } => {
                "A message of the agent could not be delivered, because the customer has not written \
                 for a day; it waits until they write"
            }
            Self::TakenOver { .. } => {
                "Messages of the conversation before wait until the customer writes"
            }
            Self::Noticed { .. } => "The customer was told that a message waits for them",
            Self::LetGo { .. } => "The customer wrote, and what waited for that was sent",
        }
    }

    /// The word for it in storage.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Held { .. } => "held",
            Self::TakenOver { .. } => "taken_over",
            Self::Noticed { .. } => "noticed",
            Self::LetGo { .. } => "let_go",
        }
    }
}

/// That a message is held, on its way to the thread that sent it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeldNotice {
    /// The thread.
    pub thread: ThreadId,
    /// Which message.
    pub reference: MessageRef,
    /// Which try of it.
    pub attempt: u32,
    /// The provider's code, or [`CLOSED`].
    pub code: String,
    /// Why it is held and what ends that, for operators.
    pub meaning: String,
    /// When the customer had last written, as far as was known to whoever held it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wrote_at: Option<Timestamp>,
    /// What there is to tell them that something waits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notice: Option<Notice>,
}

impl From<&HeldNotice> for WindowEvent {
    fn from(held: &HeldNotice) -> Self {
        Self::Held {
            reference: held.reference,
            code: held.code.clone(),
            meaning: held.meaning.clone(),
            wrote_at: held.wrote_at,
            notice: held.notice.clone(),
        }
    }
}

/// On the queue `webhooks`, for the outbound function: what is held for a customer goes out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReleaseOrder {
    /// [`ENVELOPE_VERSION`](crate::message::ENVELOPE_VERSION).
    pub v: u16,
    /// Whose.
    pub tenant: Tenant,
    /// Follows the message.
    pub correlation: Correlation,
    /// For whom.
    pub customer: CustomerId,
    /// The number of ours they wrote to.
    pub number: E164,
    /// The message group of their current thread.
    pub group: Group,
    /// When they wrote.
    pub wrote_at: Timestamp,
    /// The name they have in their current thread. The one that held it may know an older one, which is
    /// somebody else's by now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<SenderId>,
    /// Their current thread; an order from before it was said has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub current: Option<ThreadId>,
}

#[cfg(test)]
mod tests;
