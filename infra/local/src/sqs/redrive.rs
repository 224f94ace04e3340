//! Dead letters: where a message goes that was received too often.

use rusqlite::{Transaction, named_params};
use serde::{Deserialize, Serialize};

use super::{
    ARN_PREFIX, SqsError,
    store::{Millis, Queue},
};

/// Where messages go once they were received so many times.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct RedrivePolicy {
    pub dead_letter_target_arn: String,
    /// 1 to 1000.
    pub max_receive_count: u32,
}

impl RedrivePolicy {
    /// Reads the attribute's JSON. An empty value is no policy. The count may be a string.
    pub fn parse(value: &str) -> Result<Option<Self>, SqsError> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Written {
            dead_letter_target_arn: String,
            max_receive_count: Count,
        }
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Count {
            Number(u32),
            Text(String),
        }
        if value.is_empty() {
            return Ok(None);
        }
        let wrong = |reason: &str| SqsError::value("RedrivePolicy", value, reason);
        let written: Written = serde_json::from_str(value)
            .map_err(|_| wrong("Redrive policy is not a valid JSON map."))?;
        let count = match written.max_receive_count {
            Count::Number(count) => Some(count),
            Count::Text(text) => text.parse().ok(),
        };
        let count = count.filter(|count| (1..=1000).contains(count));
        let policy = Self {
            dead_letter_target_arn: written.dead_letter_target_arn,
            max_receive_count: count.ok_or_else(|| {
                wrong("Invalid value for maxReceiveCount: it is between 1 and 1000.")
            })?,
        };
        if policy.target().is_none() {
            return Err(wrong("Invalid value for deadLetterTargetArn."));
        }
        Ok(Some(policy))
    }

    pub fn to_json(&self) -> String {
        let Self {
            dead_letter_target_arn,
            max_receive_count,
        } = self;
        serde_json::json!({
            "deadLetterTargetArn": dead_letter_target_arn,
            "maxReceiveCount": max_receive_count,
        })
        .to_string()
    }

    /// The name of the dead-letter queue, if the ARN is a queue's. All regions and accounts are one.
    pub fn target(&self) -> Option<&str> {
        let queue = self.dead_letter_target_arn.strip_prefix("arn:aws:sqs:")?;
        let mut parts = queue.split(':');
        match (parts.next(), parts.next(), parts.next(), parts.next()) {
            (Some(_), Some(_), Some(name), None) if is_name(name) => Some(name),
            _ => None,
        }
    }

    /// Whether `source` can have this policy with `target` being the queue it names.
    pub fn check(&self, source: &str, target: Option<&Queue>) -> Result<(), SqsError> {
        let wrong = |reason| SqsError::value("RedrivePolicy", self.to_json(), reason);
        let target = target.ok_or_else(|| wrong("Dead letter target does not exist."))?;
        if target.name == source {
            return Err(wrong("A queue cannot be its own dead letter target."));
        }
        if target.is_fifo() != source.ends_with(".fifo") {
            return Err(wrong(
                "Dead-letter queue must be same type of queue as the source.",
            ));
        }
        Ok(())
    }
}

/// Moves a message to its dead-letter queue, as the last one there. It keeps its ids, its times and
/// its count. Its retention goes on from when it was sent; on a FIFO queue it begins anew.
pub(super) fn bury(
    transaction: &Transaction<'_>,
    sequence: i64,
    source: &Queue,
    target: &Queue,
    now: Millis,
) -> Result<(), SqsError> {
    transaction
        .prepare_cached(
            "INSERT INTO messages (queue, id, body, body_md5, attributes, trace_header, group_id,
                deduplication_id, source_arn, sent_at, enqueued_at, first_received_at, received_at,
                visible_at, receive_count)
             SELECT :target, id, body, body_md5, attributes, trace_header, group_id,
                deduplication_id, :source, sent_at, coalesce(:enqueued_at, enqueued_at),
                first_received_at, received_at, :now, receive_count
             FROM messages WHERE sequence = :sequence",
        )?
        .execute(named_params! {
            ":target": target.id,
            ":source": format!("{ARN_PREFIX}{}", source.name),
            ":enqueued_at": source.is_fifo().then_some(now),
            ":now": now,
            ":sequence": sequence,
        })?;
    transaction
        .prepare_cached("DELETE FROM messages WHERE sequence = ?1")?
        .execute([sequence])?;
    Ok(())
}

/// Whether a queue could have this name.
pub(super) fn is_name(name: &str) -> bool {
    let stem = name.strip_suffix(".fifo").unwrap_or(name);
    let legal = |c: char| c.is_ascii_alphanumeric() || "-_".contains(c);
    !stem.is_empty() && name.len() <= 80 && stem.chars().all(legal)
}
