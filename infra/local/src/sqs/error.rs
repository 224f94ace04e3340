//! What SQS refuses with, and how it says so on the wire.

use super::message::MAX_BYTES;

/// Why a request, or one entry of a batch, was refused. The messages are AWS's.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SqsError {
    /// No queue has this name.
    #[error("The specified queue does not exist.")]
    QueueDoesNotExist,
    /// A queue of this name differs in the attribute.
    #[error("A queue already exists with the same name and a different value for attribute {0}")]
    QueueNameExists(String),
    /// No such attribute, or none that this kind of queue has.
    #[error("Unknown Attribute {0}.")]
    InvalidAttributeName(String),
    /// A queue attribute's value is out of range.
    #[error("Invalid value for the parameter {0}.")]
    InvalidAttributeValue(String),
    /// A parameter that cannot be left out is missing.
    #[error("The request must contain the parameter {0}.")]
    MissingParameter(&'static str),
    /// A parameter's value cannot be used.
    #[error("{0}")]
    InvalidParameterValue(String),
    /// The body or an attribute has characters that XML 1.0 has not.
    #[error(
        "Invalid characters found. Valid unicode characters are #x9 | #xA | #xD | #x20 to #xD7FF | \
         #xE000 to #xFFFD | #x10000 to #x10FFFF"
    )]
    InvalidMessageContents,
    /// The handle was not given out by this queue.
    #[error("The input receipt handle \"{0}\" is not a valid receipt handle.")]
    ReceiptHandleIsInvalid(String),
    /// The message is back in the queue.
    #[error("The message referred to isn't in flight.")]
    MessageNotInflight,
    /// A batch without entries.
    #[error("There should be at least one entry in the request.")]
    EmptyBatchRequest,
    /// A batch of more than ten entries.
    #[error("Maximum number of entries per request are 10. You have sent {0}.")]
    TooManyEntriesInBatchRequest(usize),
    /// Two entries of a batch share an id.
    #[error("Id {0} repeated.")]
    BatchEntryIdsNotDistinct(String),
    /// An entry's id has other characters, or too many.
    #[error(
        "A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can \
         be at most 80 letters long."
    )]
    InvalidBatchEntryId,
    /// The messages of a batch are too large together.
    #[error("Batch requests cannot be longer than {MAX_BYTES} bytes. You have sent {0} bytes.")]
    BatchRequestTooLong(usize),
    /// The queue was purged less than a minute ago.
    #[error("Only one PurgeQueue operation on {0} is allowed every 60 seconds.")]
    PurgeQueueInProgress(String),
    /// SQS can do this, this server cannot.
    #[error("The embedded SQS does not support {0}.")]
    UnsupportedOperation(String),
    /// The request is not JSON of the expected shape.
    #[error("The request cannot be read: {0}")]
    Serialization(#[from] serde_json::Error),
    /// The request's body is too large, or broke off.
    #[error("The request cannot be read: {0}")]
    Unreadable(Box<dyn std::error::Error + Send + Sync>),
    /// The state could not be read or written.
    #[error("The queue's storage failed: {0}")]
    Storage(#[from] rusqlite::Error),
}

/// How an error is named to clients.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Wire {
    /// The shape in the service's model, as the JSON protocol has it.
    pub shape: &'static str,
    /// The code of the older query protocol, which SDKs know the error by.
    pub code: &'static str,
    pub status: u16,
}

impl SqsError {
    /// A value that the named parameter cannot have.
    pub(super) fn value(parameter: &str, value: impl std::fmt::Display, reason: &str) -> Self {
        Self::InvalidParameterValue(format!(
            "Value {value} for parameter {parameter} is invalid. Reason: {reason}"
        ))
    }

    /// Whether it is the caller who has to change something.
    pub(super) fn is_senders_fault(&self) -> bool {
        self.wire().status < 500
    }

    pub(super) fn wire(&self) -> Wire {
        let wire = |shape, code, status| Wire {
            shape,
            code,
            status,
        };
        match self {
            Self::QueueDoesNotExist => wire(
                "com.amazonaws.sqs#QueueDoesNotExist",
                "AWS.SimpleQueueService.NonExistentQueue",
                400,
            ),
            Self::QueueNameExists(_) => wire(
                "com.amazonaws.sqs#QueueNameExists",
                "QueueAlreadyExists",
                400,
            ),
            Self::InvalidAttributeName(_) => wire(
                "com.amazonaws.sqs#InvalidAttributeName",
                "InvalidAttributeName",
                400,
            ),
            Self::InvalidAttributeValue(_) => wire(
                "com.amazonaws.sqs#InvalidAttributeValue",
                "InvalidAttributeValue",
                400,
            ),
            Self::MissingParameter(_) => wire(
                "com.amazon.coral.service#MissingRequiredParameterException",
                "MissingParameter",
                400,
            ),
            Self::InvalidParameterValue(_) => wire(
                "com.amazon.coral.service#InvalidParameterValueException",
                "InvalidParameterValue",
                400,
            ),
            Self::InvalidMessageContents => wire(
                "com.amazonaws.sqs#InvalidMessageContents",
                "InvalidMessageContents",
                400,
            ),
            Self::ReceiptHandleIsInvalid(_) => wire(
                "com.amazonaws.sqs#ReceiptHandleIsInvalid",
                "ReceiptHandleIsInvalid",
                404,
            ),
            Self::MessageNotInflight => wire(
                "com.amazonaws.sqs#MessageNotInflight",
                "AWS.SimpleQueueService.MessageNotInflight",
                400,
            ),
            Self::EmptyBatchRequest => wire(
                "com.amazonaws.sqs#EmptyBatchRequest",
                "AWS.SimpleQueueService.EmptyBatchRequest",
                400,
            ),
            Self::TooManyEntriesInBatchRequest(_) => wire(
                "com.amazonaws.sqs#TooManyEntriesInBatchRequest",
                "AWS.SimpleQueueService.TooManyEntriesInBatchRequest",
                400,
            ),
            Self::BatchEntryIdsNotDistinct(_) => wire(
                "com.amazonaws.sqs#BatchEntryIdsNotDistinct",
                "AWS.SimpleQueueService.BatchEntryIdsNotDistinct",
                400,
            ),
            Self::InvalidBatchEntryId => wire(
                "com.amazonaws.sqs#InvalidBatchEntryId",
                "AWS.SimpleQueueService.InvalidBatchEntryId",
                400,
            ),
            Self::BatchRequestTooLong(_) => wire(
                "com.amazonaws.sqs#BatchRequestTooLong",
                "AWS.SimpleQueueService.BatchRequestTooLong",
                400,
            ),
            Self::PurgeQueueInProgress(_) => wire(
                "com.amazonaws.sqs#PurgeQueueInProgress",
                "AWS.SimpleQueueService.PurgeQueueInProgress",
                403,
            ),
            Self::UnsupportedOperation(_) => wire(
                "com.amazonaws.sqs#UnsupportedOperation",
                "AWS.SimpleQueueService.UnsupportedOperation",
                400,
            ),
            Self::Serialization(_) | Self::Unreadable(_) => wire(
                "com.amazon.coral.service#SerializationException",
                "SerializationException",
                400,
            ),
            Self::Storage(_) => wire(
                "com.amazon.coral.service#InternalFailure",
                "InternalFailure",
                500,
            ),
        }
    }
}
