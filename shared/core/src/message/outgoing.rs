//! What is to be sent over WhatsApp, and what of it.

use serde::{Deserialize, Serialize};

use super::{Correlation, Document, Group};
use crate::{
    ChallengeId, ContentHash, E164, EndpointId, MessageRef, OutputId, ProviderMessageId, SenderId,
    Tenant, ThreadId,
    offer::Row,
    window::{Notice, SendWindow},
};

/// A message on `outbound.fifo`: to be sent over WhatsApp.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Outgoing {
    /// [`ENVELOPE_VERSION`](super::ENVELOPE_VERSION).
    pub v: u16,
    /// Whose.
    pub tenant: Tenant,
    /// Follows the message.
    pub correlation: Correlation,
    /// The endpoint whose number sends it.
    pub endpoint: EndpointId,
    /// That number.
    pub number: E164,
    /// Ours; derived from thread, commit and effect, and the idempotency key of the send.
    pub reference: MessageRef,
    /// The thread it belongs to.
    pub thread: ThreadId,
    /// That thread's message group.
    pub group: Group,
    /// The commit it was decided in.
    pub commit: u64,
    /// Counts the tries, from 0.
    pub attempt: u32,
    /// Who gets it.
    pub to: SenderId,
    /// What they get.
    pub body: OutgoingBody,
    /// What decides how it leaves when the 24-hour window is closed; none on messages of an older
    /// release.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window: Option<Box<SendWindow>>,
    /// The code it was held under, if it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held: Option<String>,
}

/// What is sent over WhatsApp.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum OutgoingBody {
    /// Words.
    Text {
        /// At most what the provider takes at once.
        body: String,
    },
    /// A file that an approver released.
    Document {
        /// The file.
        document: Document,
        /// The output whose approval released it.
        output: OutputId,
        /// Its version.
        version: u32,
        /// The digest of the act that was approved.
        digest: ContentHash,
    },
    /// Words with answers that can be tapped; numbered lines are words.
    Choices {
        /// The words.
        body: String,
        /// The answers, in their order.
        rows: Vec<Row>,
        /// What opens the list, where there are too many for buttons.
        opens: String,
    },
    /// A sign put to a message of the customer's. Where there are none, nothing is sent.
    Reaction {
        /// The provider's id of the message.
        to: ProviderMessageId,
        /// The sign.
        emoji: String,
    },
    /// A one-time code, which shows who the customer is. It is made when it is sent: a code is never
    /// stored.
    Code {
        /// Which.
        challenge: ChallengeId,
    },
    /// That something waits for the customer: a registered template.
    Notice {
        /// Which, and its values.
        #[serde(flatten)]
        notice: Notice,
    },
    /// The request to decide, to an approver. The link is made when it is sent: a token is never stored.
    ApprovalRequest {
        /// What is asked about.
        output: OutputId,
        /// Its version.
        version: u32,
        /// Who is asked.
        approver: String,
    },
}
