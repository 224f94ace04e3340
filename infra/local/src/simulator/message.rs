//! What the simulated provider knows of a message and of the people who have a phone.

use countersign_core::E164;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{content::SimContent, provider::SimProvider};

/// A message as the simulated provider keeps it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SimMessage {
    /// `SM` and 32 hex digits at Twilio, `wamid.` and base64 at Meta.
    pub sid: String,
    /// Whose API it went through.
    #[serde(default)]
    pub provider: SimProvider,
    /// Which way it went.
    pub direction: Direction,
    /// The person's number, whichever way the message went.
    pub phone: E164,
    /// The name the person gave themselves. `None` on what is sent to them.
    pub name: Option<String>,
    /// The words, possibly none beside a file.
    pub body: String,
    /// What it is beside the words.
    #[serde(default)]
    pub content: SimContent,
    /// The message that it answers, quoted above it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<String>,
    /// What the sender gave Meta to have back in statuses (`biz_opaque_callback_data`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// How the person appears in statuses.
    #[serde(default)]
    pub shown: Shown,
    /// The advertisement that led a person here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub referral: Option<SimReferral>,
    /// Where the file that came with it can be fetched.
    pub media_url: Option<String>,
    /// How far it got.
    pub status: SimStatus,
    /// Where its statuses are posted.
    pub status_callback: Option<String>,
    /// The provider's code of why it failed.
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
    /// A voice note was listened to. Meta alone reports it.
    Played,
    /// It left, and will not arrive.
    Undelivered,
    /// It was refused.
    Failed,
}

impl SimStatus {
    /// The providers' word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Sent => "sent",
            Self::Delivered => "delivered",
            Self::Read => "read",
            Self::Played => "played",
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

/// How much of who somebody is a webhook of Meta's says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Shown {
    /// Number and business-scoped user id.
    #[default]
    Both,
    /// The business-scoped user id alone: the person has a username.
    UserId,
    /// The number alone, as before there were such ids.
    Number,
}

/// An advertisement that a person came from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SimReferral {
    /// The advertisement's id.
    pub source_id: String,
    /// Where it is.
    pub source_url: String,
    /// What stands above it.
    pub headline: String,
    /// What it says.
    pub body: String,
    /// The id of the click (`ctwa_clid`).
    pub click_id: String,
}

/// A webhook as it was posted, kept to be posted again to the byte.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct PostedWebhook {
    #[serde(default)]
    pub(super) provider: SimProvider,
    pub(super) url: String,
    pub(super) body: String,
    pub(super) signature: Option<String>,
}
