//! Receipt handles: which receive of which message.

use base64::{Engine, prelude::BASE64_STANDARD};

use super::{SqsError, store::Queue};

/// One receive of a message. The message is named by its id as well, so a handle from before the
/// queues were emptied finds nothing.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Receipt {
    pub queue: i64,
    pub sequence: i64,
    pub receive_count: i64,
    pub message_id: String,
}

impl Receipt {
    pub fn to_handle(&self) -> String {
        let Self {
            queue,
            sequence,
            receive_count,
            message_id,
        } = self;
        BASE64_STANDARD.encode(format!("{queue} {sequence} {receive_count} {message_id}"))
    }

    /// Reads a handle that `queue` gave out.
    pub fn from_handle(handle: &str, queue: &Queue) -> Result<Self, SqsError> {
        let receipt = Self::read(handle).filter(|receipt| receipt.queue == queue.id);
        receipt.ok_or_else(|| SqsError::ReceiptHandleIsInvalid(handle.to_owned()))
    }

    fn read(handle: &str) -> Option<Self> {
        let text = String::from_utf8(BASE64_STANDARD.decode(handle).ok()?).ok()?;
        let mut parts = text.split(' ');
        let receipt = Self {
            queue: parts.next()?.parse().ok()?,
            sequence: parts.next()?.parse().ok()?,
            receive_count: parts.next()?.parse().ok()?,
            message_id: parts.next()?.to_owned(),
        };
        parts.next().is_none().then_some(receipt)
    }
}
