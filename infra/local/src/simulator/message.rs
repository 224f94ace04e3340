//! What the simulated provider knows of a message and of the people who have a phone.

use countersign_core::E164;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A message as the simulated provider keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SimMessage {
    /// `SM` and 32 hex digits.
    pub sid: String,
    /// Which way it went.
    pub direction: Direction,
    /// The person's number, whichever way the message went.
    pub phone: E164,
    /// The name the person gave themselves. `None` on what is sent to them.
    pub name: Option<String>,
    /// The words, possibly none beside a file.
    pub body: String,
    /// Where the file that came with it can be fetched.
    pub media_url: Option<String>,
    /// How far it got.
    pub status: SimStatus,
    /// Where its statuses are posted.
    pub status_callback: Option<String>,
    /// Twilio's code of why it failed.
    pub error_code: Option<u32>,
    /// Why a message from a phone did not reach the webhook, and what to do.
    pub problem: Option<String>,
    /// When the provider took it.
    pub at: Timestamp,
}

/// Which way a message went, seen from the business.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// From a person's phone to us.
    Inbound,
    /// From us to a person's phone.
    Outbound,
}

/// How far a message got. A later one never gives way to an earlier one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SimStatus {
    /// The provider has it.
    Queued,
    /// It is on its way.
    Sent,
    /// It arrived: on the phone, or at the webhook.
    Delivered,
    /// It was opened, or answered.
    Read,
    /// It left, and will not arrive.
    Undelivered,
    /// It was refused.
    Failed,
}

impl SimStatus {
    /// Twilio's word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Sent => "sent",
            Self::Delivered => "delivered",
            Self::Read => "read",
            Self::Undelivered => "undelivered",
            Self::Failed => "failed",
        }
    }
}

/// A phone the page offers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SimPerson {
    /// What they call themselves.
    pub name: String,
    /// Their number.
    pub number: E164,
    /// Which of the page's phones is theirs.
    pub role: SimRole,
}

/// What a person is to the business.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SimRole {
    /// Writes to the agent.
    Customer,
    /// Decides on what the agent may do.
    Approver,
}

/// A webhook as it was posted, kept to be posted again to the byte.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct PostedWebhook {
    pub(super) url: String,
    pub(super) body: String,
    pub(super) signature: Option<String>,
}

/// A new id as Twilio makes them.
pub(super) fn new_sid() -> String {
    format!("SM{}", uuid::Uuid::new_v4().simple())
}
