//! Requests and answers as AWS JSON 1.0 has them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{SqsError, message::NewMessage};

/// Named strings: queue attributes, or a message's system attributes.
pub(super) type Strings = BTreeMap<String, String>;

/// A parameter that cannot be left out.
pub(super) fn required<T>(parameter: &'static str, value: Option<T>) -> Result<T, SqsError> {
    value.ok_or(SqsError::MissingParameter(parameter))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct CreateQueue {
    pub queue_name: Option<String>,
    #[serde(default)]
    pub attributes: Strings,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct GetQueueUrl {
    pub queue_name: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct QueueUrl {
    pub queue_url: String,
}

/// A request that names a queue and nothing else: DeleteQueue, PurgeQueue.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct OneQueue {
    pub queue_url: Option<String>,
}

/// The answer of actions that have nothing to tell.
#[derive(Serialize)]
pub(super) struct Done {}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListQueues {
    pub queue_name_prefix: Option<String>,
    pub max_results: Option<i64>,
    pub next_token: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct QueueUrls {
    pub queue_urls: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_token: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct GetQueueAttributes {
    pub queue_url: Option<String>,
    #[serde(default)]
    pub attribute_names: Vec<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Attributes {
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub attributes: Strings,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct SetQueueAttributes {
    pub queue_url: Option<String>,
    #[serde(default)]
    pub attributes: Strings,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct SendMessage {
    pub queue_url: Option<String>,
    #[serde(flatten)]
    pub message: NewMessage,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Sent {
    pub message_id: String,
    #[serde(rename = "MD5OfMessageBody")]
    pub md5_of_body: String,
    #[serde(
        rename = "MD5OfMessageAttributes",
        skip_serializing_if = "Option::is_none"
    )]
    pub md5_of_attributes: Option<String>,
    #[serde(
        rename = "MD5OfMessageSystemAttributes",
        skip_serializing_if = "Option::is_none"
    )]
    pub md5_of_system_attributes: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sequence_number: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ReceiveMessage {
    pub queue_url: Option<String>,
    pub max_number_of_messages: Option<i64>,
    pub visibility_timeout: Option<i64>,
    pub wait_time_seconds: Option<i64>,
    #[serde(default)]
    pub attribute_names: Vec<String>,
    #[serde(default)]
    pub message_system_attribute_names: Vec<String>,
    #[serde(default)]
    pub message_attribute_names: Vec<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Received {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub messages: Vec<ReceivedMessage>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ReceivedMessage {
    pub message_id: String,
    pub receipt_handle: String,
    #[serde(rename = "MD5OfBody")]
    pub md5_of_body: String,
    pub body: String,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub attributes: BTreeMap<&'static str, String>,
    #[serde(
        rename = "MD5OfMessageAttributes",
        skip_serializing_if = "Option::is_none"
    )]
    pub md5_of_attributes: Option<String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub message_attributes: MessageAttributes,
}

/// A message's own attributes, by name: the order their digest is taken in.
pub(super) type MessageAttributes = BTreeMap<String, MessageAttribute>;

/// One attribute of a message. Binary values stay in base64.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct MessageAttribute {
    #[serde(default)]
    pub data_type: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub string_value: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub binary_value: Option<String>,
}

/// A receipt handle: what DeleteMessage has besides the queue.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Deletion {
    pub receipt_handle: Option<String>,
}

/// What ChangeMessageVisibility has besides the queue.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct VisibilityChange {
    pub receipt_handle: Option<String>,
    pub visibility_timeout: Option<i64>,
}

/// A request about one message of a queue.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct OneMessage<T> {
    pub queue_url: Option<String>,
    #[serde(flatten)]
    pub what: T,
}

/// Up to ten requests of a kind about one queue.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Batch<T> {
    pub queue_url: Option<String>,
    #[serde(default = "Vec::new")]
    pub entries: Vec<Entry<T>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Entry<T> {
    #[serde(default)]
    pub id: String,
    #[serde(flatten)]
    pub what: T,
}

/// How each entry of a batch went.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Outcomes<T> {
    pub successful: Vec<Success<T>>,
    pub failed: Vec<Failure>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Success<T> {
    pub id: String,
    #[serde(flatten)]
    pub what: T,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Failure {
    pub id: String,
    pub sender_fault: bool,
    pub code: &'static str,
    pub message: String,
}

impl<T> Batch<T> {
    /// The entries, if there are one to ten with ids of their own.
    pub fn checked(self) -> Result<Vec<Entry<T>>, SqsError> {
        match self.entries.len() {
            0 => return Err(SqsError::EmptyBatchRequest),
            1..=10 => {}
            count => return Err(SqsError::TooManyEntriesInBatchRequest(count)),
        }
        for (index, entry) in self.entries.iter().enumerate() {
            let legal = |c: char| c.is_ascii_alphanumeric() || "-_".contains(c);
            if !(1..=80).contains(&entry.id.len()) || !entry.id.chars().all(legal) {
                return Err(SqsError::InvalidBatchEntryId);
            }
            if self.entries[..index]
                .iter()
                .any(|earlier| earlier.id == entry.id)
            {
                return Err(SqsError::BatchEntryIdsNotDistinct(entry.id.clone()));
            }
        }
        Ok(self.entries)
    }
}

impl<T> Outcomes<T> {
    /// Does one entry after the other. What the sender is to blame for fails that entry, anything
    /// else the whole request.
    pub fn each<E>(
        entries: Vec<Entry<E>>,
        mut act: impl FnMut(E) -> Result<T, SqsError>,
    ) -> Result<Self, SqsError> {
        let mut outcomes = Self {
            successful: Vec::new(),
            failed: Vec::new(),
        };
        for Entry { id, what } in entries {
            match act(what) {
                Ok(what) => outcomes.successful.push(Success { id, what }),
                Err(error) if error.is_senders_fault() => outcomes.failed.push(Failure {
                    id,
                    sender_fault: true,
                    code: error.wire().code,
                    message: error.to_string(),
                }),
                Err(error) => return Err(error),
            }
        }
        Ok(outcomes)
    }
}
