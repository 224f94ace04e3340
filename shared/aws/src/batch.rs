//! A batch of queue messages, as Lambda hands it to a function.

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent, SqsMessage};
use serde::de::DeserializeOwned;

use crate::{error::Error, queues};

/// No pause between tries is longer, in seconds: a group waits as long as any of its messages.
pub const LONGEST_PAUSE: i32 = 30;

/// One delivery of a queue message.
#[derive(Debug)]
pub struct Delivery<T> {
    /// What a batch response names it by.
    pub id: String,
    /// What changes its visibility.
    pub receipt: String,
    /// The name of the queue it came by.
    pub queue: String,
    /// How often it was received, this time included.
    pub receives: u32,
    /// The message, if it could be read.
    pub message: Result<T, Error>,
}

/// The batch by message group, each group's messages in their order. On a standard queue every
/// message stands alone.
pub fn by_group<T: DeserializeOwned>(event: SqsEvent) -> Vec<Vec<Delivery<T>>> {
    let mut groups: Vec<(String, Vec<Delivery<T>>)> = Vec::new();
    for record in event.records {
        let group = record.attributes.get("MessageGroupId").cloned();
        let delivery = Delivery::new(record);
        let group = group.unwrap_or_else(|| delivery.id.clone());
        match groups.iter_mut().find(|(known, _)| *known == group) {
            Some((_, deliveries)) => deliveries.push(delivery),
            None => groups.push((group, vec![delivery])),
        }
    }
    groups.into_iter().map(|(_, group)| group).collect()
}

/// How long a failed message waits for its next try, in seconds: longer each time, at most 30.
pub fn pause(receives: u32) -> i32 {
    (1 << receives.min(5)).min(LONGEST_PAUSE)
}

/// The answer that leaves these messages in their queue.
pub fn stay(ids: impl IntoIterator<Item = String>) -> SqsBatchResponse {
    let mut response = SqsBatchResponse::default();
    for id in ids {
        response.add_failure(id);
    }
    response
}

impl<T: DeserializeOwned> Delivery<T> {
    fn new(record: SqsMessage) -> Self {
        let receives = record
            .attributes
            .get("ApproximateReceiveCount")
            .and_then(|count| count.parse().ok())
            .unwrap_or(1);
        let source = record.event_source_arn.as_deref().unwrap_or_default();
        let queue = source.rsplit(':').next().unwrap_or_default();
        Self {
            message: queues::read(record.body.as_deref()),
            id: record.message_id.unwrap_or_default(),
            receipt: record.receipt_handle.unwrap_or_default(),
            queue: queue.to_owned(),
            receives,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use serde_json::{Value, json};

    use super::*;

    fn record(id: &str, group: Option<&str>, body: &Value) -> SqsMessage {
        let mut record = SqsMessage::default();
        record.message_id = Some(id.to_owned());
        record.body = Some(body.to_string());
        record.attributes = HashMap::from([("ApproximateReceiveCount".to_owned(), "3".to_owned())]);
        if let Some(group) = group {
            record
                .attributes
                .insert("MessageGroupId".to_owned(), group.to_owned());
        }
        record
    }

    fn check(records: Vec<SqsMessage>, expect: &[&[&str]]) {
        let mut event = SqsEvent::default();
        event.records = records;
        let groups = by_group::<Value>(event);
        let ids: Vec<Vec<&str>> = groups
            .iter()
            .map(|group| group.iter().map(|delivery| delivery.id.as_str()).collect())
            .collect();
        assert_eq!(ids, expect);
        assert!(
            groups
                .iter()
                .flatten()
                .all(|delivery| delivery.receives == 3)
        );
    }

    #[test]
    fn a_failed_message_waits_longer_each_time() {
        let pauses: Vec<i32> = (1..=7).map(pause).collect();
        assert_eq!(pauses, [2, 4, 8, 16, 30, 30, 30]);
    }

    #[test]
    fn w4_a_groups_messages_keep_their_order() {
        let body = json!({"v": 1});
        check(
            vec![
                record("1", Some("a"), &body),
                record("2", Some("b"), &body),
                record("3", Some("a"), &body),
            ],
            &[&["1", "3"], &["2"]],
        );
        check(
            vec![record("1", None, &body), record("2", None, &body)],
            &[&["1"], &["2"]],
        );
    }

    #[test]
    fn a2_a_message_of_a_newer_release_stays_in_its_queue() {
        let mut event = SqsEvent::default();
        event.records = vec![
            record("1", None, &json!({"v": 2})),
            record("2", None, &json!("not an envelope")),
        ];
        for group in by_group::<Value>(event) {
            assert!(group[0].message.is_err());
        }
    }
}
