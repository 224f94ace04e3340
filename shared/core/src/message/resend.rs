//! That a message is sent once more.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{MessageRef, SenderId, ThreadId, window::Refused};

/// Names an effect of a commit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Resend {
    /// The thread.
    pub thread: ThreadId,
    /// The commit that holds the effect.
    pub commit: u64,
    /// The message the effect sends.
    pub reference: MessageRef,
    /// Counts the tries, from 1; the first send was 0.
    pub attempt: u32,
    /// The code it was held under, if it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held: Option<String>,
    /// The provider's word that the 24-hour window was closed, if that is why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<Refused>,
    /// When the customer wrote who lets it go by that, if they did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wrote_at: Option<Timestamp>,
    /// The name they have in the conversation they wrote in, which may be a later one than the message's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<SenderId>,
    /// The thread in which they wrote that: what they want to be sent now is said there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub current: Option<ThreadId>,
}
