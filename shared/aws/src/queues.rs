//! The queues. Every message on a FIFO queue names its group and what makes it the same message.

use aws_sdk_sqs::{
    Client,
    types::{ChangeMessageVisibilityBatchRequestEntry, SendMessageBatchRequestEntry},
};
use countersign_core::message::{
    CauseKey, ENVELOPE_VERSION, Execution, Group, Inbound, OutboundTask, OutgoingBody,
};
use serde::{Serialize, de::DeserializeOwned};

use crate::error::Error;

/// How many messages one batch call takes.
const BATCH: usize = 10;

/// A queue that carries `T`.
#[derive(Debug)]
pub struct Queue<T> {
    client: Client,
    url: String,
    carries: std::marker::PhantomData<fn(T)>,
}

impl<T> Clone for Queue<T> {
    fn clone(&self) -> Self {
        Self {
            client: self.client.clone(),
            url: self.url.clone(),
            carries: self.carries,
        }
    }
}

/// What travels on a queue.
pub trait Envelope: Serialize + DeserializeOwned {
    /// The message group and the deduplication id, on a FIFO queue.
    fn fifo(&self) -> Option<(String, String)>;
}

impl Envelope for Inbound {
    fn fifo(&self) -> Option<(String, String)> {
        let key = self.cause.key();
        Some((self.group.as_str().to_owned(), same(&self.tenant, &key)))
    }
}

impl Envelope for OutboundTask {
    fn fifo(&self) -> Option<(String, String)> {
        let Self::Message(message) = self else {
            return None;
        };
        let group = match &message.body {
            // The approver has a conversation of their own, with its own order.
            OutgoingBody::ApprovalRequest { .. } => Group::of(&message.number, &message.to),
            OutgoingBody::Text { .. }
            | OutgoingBody::Choices { .. }
            | OutgoingBody::Reaction { .. }
            | OutgoingBody::Document { .. }
            | OutgoingBody::Code { .. }
            | OutgoingBody::Notice { .. } => message.group.clone(),
        };
        let group = group.as_str().to_owned();
        Some((group, format!("{}-{}", message.reference, message.attempt)))
    }
}

impl Envelope for Execution {
    fn fifo(&self) -> Option<(String, String)> {
        None
    }
}

/// A deduplication id: SQS takes 128 characters, a provider's message id may have more.
fn same(tenant: &countersign_core::Tenant, key: &CauseKey) -> String {
    countersign_core::ContentHash::of(format!("{tenant}/{}", key.as_str()).as_bytes()).to_string()
}

impl<T: Envelope> Queue<T> {
    /// The queue's name.
    pub fn name(&self) -> &str {
        self.url.rsplit('/').next().unwrap_or_default()
    }

    /// The queue at `url`.
    pub fn new(client: Client, url: String) -> Self {
        Self {
            client,
            url,
            carries: std::marker::PhantomData,
        }
    }

    /// Puts one message on the queue. One call.
    ///
    /// # Errors
    /// When the call fails; it may have taken effect.
    pub async fn send(&self, message: &T) -> Result<(), Error> {
        const WHAT: &str = "queueing a message";
        let body = body(message)?;
        let (group, same) = message.fifo().unzip();
        self.client
            .send_message()
            .queue_url(&self.url)
            .message_body(body)
            .set_message_group_id(group)
            .set_message_deduplication_id(same)
            .send()
            .await
            .map_err(|error| Error::sdk(WHAT, error))?;
        Ok(())
    }

    /// Puts messages on the queue in their order. One call for every ten.
    ///
    /// # Errors
    /// When a call or any entry of one fails; what went before has taken effect.
    pub async fn send_all(&self, messages: &[T]) -> Result<(), Error> {
        const WHAT: &str = "queueing messages";
        if let [message] = messages {
            return self.send(message).await;
        }
        for batch in messages.chunks(BATCH) {
            let entries = batch
                .iter()
                .enumerate()
                .map(|(index, message)| {
                    let body = body(message)?;
                    let (group, same) = message.fifo().unzip();
                    SendMessageBatchRequestEntry::builder()
                        .id(index.to_string())
                        .message_body(body)
                        .set_message_group_id(group)
                        .set_message_deduplication_id(same)
                        .build()
                        .map_err(|why| Error::unreadable(WHAT, why))
                })
                .collect::<Result<Vec<_>, Error>>()?;
            let answer = self
                .client
                .send_message_batch()
                .queue_url(&self.url)
                .set_entries(Some(entries))
                .send()
                .await
                .map_err(|error| Error::sdk(WHAT, error))?;
            if let Some(failed) = answer.failed.first() {
                return Err(Error::Transient {
                    what: WHAT,
                    why: format!(
                        "{}: {}",
                        failed.code,
                        failed.message.as_deref().unwrap_or_default()
                    ),
                });
            }
        }
        Ok(())
    }

    /// Lets received messages be invisible for so many seconds from now. One call for every ten.
    ///
    /// # Errors
    /// When a call or any entry of one fails.
    pub async fn defer(&self, receipts: &[&str], seconds: i32) -> Result<(), Error> {
        const WHAT: &str = "deferring messages";
        for batch in receipts.chunks(BATCH) {
            let entries = batch
                .iter()
                .enumerate()
                .map(|(index, receipt)| {
                    ChangeMessageVisibilityBatchRequestEntry::builder()
                        .id(index.to_string())
                        .receipt_handle(*receipt)
                        .visibility_timeout(seconds)
                        .build()
                        .map_err(|why| Error::unreadable(WHAT, why))
                })
                .collect::<Result<Vec<_>, Error>>()?;
            let answer = self
                .client
                .change_message_visibility_batch()
                .queue_url(&self.url)
                .set_entries(Some(entries))
                .send()
                .await
                .map_err(|error| Error::sdk(WHAT, error))?;
            if let Some(failed) = answer.failed.first() {
                return Err(Error::Transient {
                    what: WHAT,
                    why: failed.code.clone(),
                });
            }
        }
        Ok(())
    }
}

/// A message's JSON, without the two characters that SQS refuses and JSON allows.
fn body(message: &impl Serialize) -> Result<String, Error> {
    let json = serde_json::to_string(message)
        .map_err(|why| Error::unreadable("writing a queue message", why))?;
    Ok(json
        .replace('\u{fffe}', "\\ufffe")
        .replace('\u{ffff}', "\\uffff"))
}

/// Reads a message's body.
///
/// # Errors
/// When it is not such a message, or a newer release wrote it: it is tried again, and ends among the
/// dead letters.
pub fn read<T: DeserializeOwned>(body: Option<&str>) -> Result<T, Error> {
    const WHAT: &str = "reading a queue message";
    let body = body.unwrap_or_default();
    let value: serde_json::Value =
        serde_json::from_str(body).map_err(|why| Error::unreadable(WHAT, why))?;
    match value["v"].as_u64() {
        Some(v) if v <= u64::from(ENVELOPE_VERSION) => {
            serde_json::from_value(value).map_err(|why| Error::unreadable(WHAT, why))
        }
        v => Err(Error::unreadable(
            WHAT,
            format!("version: got {v:?}, this release reads up to {ENVELOPE_VERSION}"),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Source: SQS's list of the characters a message may have.
    #[test]
    fn a_body_has_no_character_that_sqs_refuses() {
        let said = "a\u{fffe}b\u{ffff}c\u{0}d";
        let body = body(&said).unwrap();
        assert!(!body.contains(['\u{fffe}', '\u{ffff}', '\u{0}']));
        assert_eq!(serde_json::from_str::<String>(&body).unwrap(), said);
    }
}
