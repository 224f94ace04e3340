//! The attributes of a queue that can be set: their ranges, and how they are written.

use serde::{Deserialize, Serialize};

use super::{SqsError, message::MAX_BYTES, redrive::RedrivePolicy};

/// What can be set on a queue. Times are seconds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct QueueAttributes {
    pub delay_seconds: u32,
    pub maximum_message_size: u32,
    pub message_retention_period: u32,
    pub receive_message_wait_time_seconds: u32,
    pub visibility_timeout: u32,
    pub redrive_policy: Option<RedrivePolicy>,
    /// Present on FIFO queues.
    pub fifo: Option<FifoAttributes>,
    /// Kept and told, without effect: there is no other account and no encryption here.
    pub inert: InertAttributes,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct FifoAttributes {
    pub content_based_deduplication: bool,
    pub deduplication_scope: DeduplicationScope,
    pub throughput_limit: ThroughputLimit,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum DeduplicationScope {
    Queue,
    MessageGroup,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum ThroughputLimit {
    PerQueue,
    PerMessageGroupId,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct InertAttributes {
    policy: Option<String>,
    redrive_allow_policy: Option<String>,
    kms_master_key_id: Option<String>,
    kms_data_key_reuse_period_seconds: Option<u32>,
    sqs_managed_sse_enabled: bool,
}

/// The attributes that can be set, by their names.
pub(super) const NAMES: [&str; 15] = [
    "ContentBasedDeduplication",
    "DeduplicationScope",
    "DelaySeconds",
    "FifoQueue",
    "FifoThroughputLimit",
    "KmsDataKeyReusePeriodSeconds",
    "KmsMasterKeyId",
    "MaximumMessageSize",
    "MessageRetentionPeriod",
    "Policy",
    "ReceiveMessageWaitTimeSeconds",
    "RedriveAllowPolicy",
    "RedrivePolicy",
    "SqsManagedSseEnabled",
    "VisibilityTimeout",
];

impl QueueAttributes {
    /// A new standard queue's.
    pub fn standard() -> Self {
        Self {
            delay_seconds: 0,
            maximum_message_size: MAX_BYTES as u32,
            message_retention_period: 345_600,
            receive_message_wait_time_seconds: 0,
            visibility_timeout: 30,
            redrive_policy: None,
            fifo: None,
            inert: InertAttributes {
                policy: None,
                redrive_allow_policy: None,
                kms_master_key_id: None,
                kms_data_key_reuse_period_seconds: None,
                sqs_managed_sse_enabled: true,
            },
        }
    }

    /// A new FIFO queue's.
    pub fn fifo() -> Self {
        let fifo = FifoAttributes {
            content_based_deduplication: false,
            deduplication_scope: DeduplicationScope::Queue,
            throughput_limit: ThroughputLimit::PerQueue,
        };
        Self {
            fifo: Some(fifo),
            ..Self::standard()
        }
    }

    /// Sets one attribute.
    pub fn set(&mut self, name: &str, value: &str) -> Result<(), SqsError> {
        let unknown = || SqsError::InvalidAttributeName(name.to_owned());
        match name {
            "DelaySeconds" => self.delay_seconds = number(name, value, 0, 900)?,
            "MaximumMessageSize" => {
                self.maximum_message_size = number(name, value, 1024, MAX_BYTES as u32)?;
            }
            "MessageRetentionPeriod" => {
                self.message_retention_period = number(name, value, 60, 1_209_600)?;
            }
            "ReceiveMessageWaitTimeSeconds" => {
                self.receive_message_wait_time_seconds = number(name, value, 0, 20)?;
            }
            "VisibilityTimeout" => self.visibility_timeout = number(name, value, 0, 43_200)?,
            "RedrivePolicy" => self.redrive_policy = RedrivePolicy::parse(value)?,
            "Policy" => self.inert.policy = json(name, value)?,
            "RedriveAllowPolicy" => self.inert.redrive_allow_policy = json(name, value)?,
            "KmsMasterKeyId" => {
                self.inert.kms_master_key_id = Some(value.to_owned()).filter(|id| !id.is_empty());
            }
            "KmsDataKeyReusePeriodSeconds" => {
                let seconds = number(name, value, 60, 86_400)?;
                self.inert.kms_data_key_reuse_period_seconds = Some(seconds);
            }
            "SqsManagedSseEnabled" => self.inert.sqs_managed_sse_enabled = boolean(name, value)?,
            "FifoQueue" => {
                self.fifo.as_ref().ok_or_else(unknown)?;
                if !boolean(name, value)? {
                    let reason = "FifoQueue. Reason: Modifying queue type is not supported";
                    return Err(SqsError::InvalidAttributeValue(reason.to_owned()));
                }
            }
            "ContentBasedDeduplication" => {
                let fifo = self.fifo.as_mut().ok_or_else(unknown)?;
                fifo.content_based_deduplication = boolean(name, value)?;
            }
            "DeduplicationScope" => {
                let fifo = self.fifo.as_mut().ok_or_else(unknown)?;
                fifo.deduplication_scope = match value {
                    "queue" => DeduplicationScope::Queue,
                    "messageGroup" => DeduplicationScope::MessageGroup,
                    _ => return Err(SqsError::InvalidAttributeValue(name.to_owned())),
                };
            }
            "FifoThroughputLimit" => {
                let fifo = self.fifo.as_mut().ok_or_else(unknown)?;
                fifo.throughput_limit = match value {
                    "perQueue" => ThroughputLimit::PerQueue,
                    "perMessageGroupId" => ThroughputLimit::PerMessageGroupId,
                    _ => return Err(SqsError::InvalidAttributeValue(name.to_owned())),
                };
            }
            _ => return Err(unknown()),
        }
        Ok(())
    }

    /// Whether the attributes fit each other: the limit can be per group only where deduplication is.
    pub fn check(&self) -> Result<(), SqsError> {
        match &self.fifo {
            Some(FifoAttributes {
                deduplication_scope: DeduplicationScope::Queue,
                throughput_limit: ThroughputLimit::PerMessageGroupId,
                ..
            }) => Err(SqsError::InvalidAttributeValue(
                "FifoThroughputLimit".to_owned(),
            )),
            _ => Ok(()),
        }
    }

    /// One attribute as AWS writes it, if it is set.
    pub fn get(&self, name: &str) -> Option<String> {
        let fifo = self.fifo.as_ref();
        match name {
            "DelaySeconds" => Some(self.delay_seconds.to_string()),
            "MaximumMessageSize" => Some(self.maximum_message_size.to_string()),
            "MessageRetentionPeriod" => Some(self.message_retention_period.to_string()),
            "ReceiveMessageWaitTimeSeconds" => {
                Some(self.receive_message_wait_time_seconds.to_string())
            }
            "VisibilityTimeout" => Some(self.visibility_timeout.to_string()),
            "RedrivePolicy" => self.redrive_policy.as_ref().map(RedrivePolicy::to_json),
            "Policy" => self.inert.policy.clone(),
            "RedriveAllowPolicy" => self.inert.redrive_allow_policy.clone(),
            "KmsMasterKeyId" => self.inert.kms_master_key_id.clone(),
            "KmsDataKeyReusePeriodSeconds" => {
                let seconds = self.inert.kms_data_key_reuse_period_seconds;
                seconds.map(|seconds| seconds.to_string())
            }
            "SqsManagedSseEnabled" => Some(self.inert.sqs_managed_sse_enabled.to_string()),
            "FifoQueue" => fifo.map(|_| true.to_string()),
            "ContentBasedDeduplication" => {
                fifo.map(|fifo| fifo.content_based_deduplication.to_string())
            }
            "DeduplicationScope" => fifo.map(|fifo| match fifo.deduplication_scope {
                DeduplicationScope::Queue => "queue".to_owned(),
                DeduplicationScope::MessageGroup => "messageGroup".to_owned(),
            }),
            "FifoThroughputLimit" => fifo.map(|fifo| match fifo.throughput_limit {
                ThroughputLimit::PerQueue => "perQueue".to_owned(),
                ThroughputLimit::PerMessageGroupId => "perMessageGroupId".to_owned(),
            }),
            _ => None,
        }
    }
}

fn number(name: &str, value: &str, least: u32, most: u32) -> Result<u32, SqsError> {
    let number = value
        .parse()
        .ok()
        .filter(|number| (least..=most).contains(number));
    number.ok_or_else(|| SqsError::InvalidAttributeValue(name.to_owned()))
}

fn boolean(name: &str, value: &str) -> Result<bool, SqsError> {
    match value {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => Err(SqsError::InvalidAttributeValue(name.to_owned())),
    }
}

/// A JSON document, or none if the value is empty.
fn json(name: &str, value: &str) -> Result<Option<String>, SqsError> {
    if value.is_empty() {
        return Ok(None);
    }
    match serde_json::from_str::<serde::de::IgnoredAny>(value) {
        Ok(_) => Ok(Some(value.to_owned())),
        Err(_) => Err(SqsError::InvalidAttributeValue(name.to_owned())),
    }
}
