//! A batch of messages as Lambda's event source mapping hands it to a function.
//!
//! Source: <https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html>.

use base64::{Engine, prelude::BASE64_STANDARD};
use countersign_aws::{queues::Envelope, schema::Queue};
use jiff::{Timestamp, ToSpan};
use md5::{Digest, Md5};
use serde_json::{Value, json};

use super::{Local, token, uuid};

/// The account of the queues on this machine.
pub(super) const ACCOUNT: &str = "000000000000";
/// The role whose functions sent the messages.
const SENDER: &str = "AROALOCALCOUNTERSIGN0:countersign";
/// The samples' messages on FIFO queues are numbered from here on, by the time they were sent.
const SEQUENCE: u128 = 18_870_000_000_000_000_000;

/// The event of a batch: messages of one queue, each with the time it was sent at.
pub(super) fn sqs_event<T: Envelope>(
    local: &Local,
    queue: Queue,
    messages: &[(&T, Timestamp)],
) -> anyhow::Result<Value> {
    let records = messages
        .iter()
        .map(|(message, sent_at)| record(local, queue, *message, *sent_at))
        .collect::<anyhow::Result<Vec<Value>>>()?;
    Ok(json!({"Records": records}))
}

fn record<T: Envelope>(
    local: &Local,
    queue: Queue,
    message: &T,
    sent_at: Timestamp,
) -> anyhow::Result<Value> {
    let body = serde_json::to_string(message)?;
    let md5: String = Md5::digest(&body)
        .iter()
        .map(|b| format!("{b:02x}"))
        .collect();
    let receipt = BASE64_STANDARD.encode(token(&format!("receipt of {body}")));
    let sent = sent_at.as_millisecond();
    let mut attributes = json!({
        "ApproximateReceiveCount": "1",
        "ApproximateFirstReceiveTimestamp": (sent_at + 5.milliseconds()).as_millisecond().to_string(),
        "SenderId": SENDER,
        "SentTimestamp": sent.to_string(),
    });
    if let Some((group, same)) = message.fifo().filter(|_| queue.is_fifo()) {
        let sequence = SEQUENCE + u128::from(sent.unsigned_abs()) * 256;
        attributes["MessageGroupId"] = group.into();
        attributes["MessageDeduplicationId"] = same.into();
        attributes["SequenceNumber"] = sequence.to_string().into();
    }
    Ok(json!({
        "messageId": uuid(&format!("message {body}")),
        "receiptHandle": format!("AQEB{receipt}"),
        "body": body,
        "attributes": attributes,
        "messageAttributes": {},
        "md5OfBody": md5,
        "eventSource": "aws:sqs",
        "eventSourceARN": format!("arn:aws:sqs:{}:{ACCOUNT}:{}", local.region, queue.name),
        "awsRegion": local.region,
    }))
}
