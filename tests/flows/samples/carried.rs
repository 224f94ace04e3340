//! What the events carry is what the functions put on their queues.

use aws_lambda_events::sqs::SqsMessage;
use countersign_aws::schema;
use countersign_core::message::{Cause, Execution, ExecutionReport, ExecutionResult, Inbound};
use it::Waiting;
use serde_json::Value;

use super::{Stage, committed, play::sqs};

/// A turn that is delivered again lets what is unfinished leave again: the agent itself says what
/// it queues.
#[tokio::test]
async fn f5_events_carry_what_the_agent_queues() {
    let stage = Stage::new().await;
    let turns = stage.story.conversations.iter().flat_map(|c| &c.turns);
    for (number, turn) in turns.enumerate() {
        let again = Waiting::new(&format!("again {number}"), &turn.inbound).event(2);
        let answer = stage.functions.agent.handle(again).await;
        assert_eq!(answer.batch_item_failures, []);
    }
    for (path, queue) in [
        ("outbound/messages-two-groups.json", schema::OUTBOUND),
        ("outbound/webhook.json", schema::WEBHOOKS),
        ("executor/draft.json", schema::EXECUTIONS),
        ("executor/release.json", schema::EXPRESS),
    ] {
        let queued = stage.world.waiting(queue);
        for record in sqs(path).records {
            let body = record.body.unwrap();
            let carried = at_any_time(&body);
            assert!(
                queued
                    .iter()
                    .any(|message| at_any_time(&message.body) == carried),
                "{path}: the agent does not queue {body}"
            );
        }
    }
}

/// The seed's drafts are the executor's, to the byte.
#[tokio::test]
async fn f5_the_seed_holds_what_the_executor_drafts() {
    let stage = Stage::new().await;
    let events = stage.story.drafts.iter().enumerate();
    for (number, draft) in events {
        let order = Waiting::new(&format!("order {number}"), &draft.order).event(1);
        let answer = stage.functions.executor.handle(order).await;
        assert_eq!(answer.batch_item_failures, []);
        let mut reports = stage.queued::<Inbound>(schema::INBOUND);
        assert_eq!(reports.len(), number + 1);
        let expect = Cause::Execution(ExecutionReport {
            thread: draft.order.thread,
            call: draft.order.call,
            result: ExecutionResult::Drafted {
                asks: None,
                document: draft.page.document.clone(),
                rows: draft.rows.document.clone(),
            },
        });
        assert_eq!(reports.pop().map(|report| report.cause), Some(expect));
    }
    assert_eq!(stage.queued::<Execution>(schema::EXECUTIONS), []);
}

/// Batches look as Lambda hands them over: no more than its mapping takes, all of one queue, and
/// on a FIFO queue with group, deduplication id and a number that grows.
#[test]
fn f5_batches_are_shaped_as_lambda_shapes_them() {
    let mut batches = 0;
    for (path, text) in committed() {
        if !text.contains("\"Records\"") {
            continue;
        }
        batches += 1;
        let records = sqs(&path).records;
        let arn = records[0].event_source_arn.clone().unwrap();
        let queue = schema::QUEUES
            .into_iter()
            .find(|queue| arn.ends_with(&format!(":{}", queue.name)));
        let queue = queue.unwrap_or_else(|| panic!("{path}: {arn}"));
        assert!(records.len() <= usize::from(queue.batch), "{path}");
        let mut sequence = 0;
        for record in &records {
            assert_eq!(record.event_source_arn.as_ref(), Some(&arn), "{path}");
            assert_eq!(record.attributes["ApproximateReceiveCount"], "1");
            let fifo = ["MessageGroupId", "MessageDeduplicationId", "SequenceNumber"];
            let has = fifo.map(|name| record.attributes.contains_key(name));
            assert_eq!(has, [queue.is_fifo(); 3], "{path}");
            if queue.is_fifo() {
                let next = number(record, "SequenceNumber");
                assert!(next > sequence, "{path}");
                sequence = next;
            }
        }
    }
    assert_eq!(batches, 7);
}

/// A message without the time at which the customer last wrote: what leaves again says what is known by
/// then.
fn at_any_time(body: &str) -> Value {
    let mut message: Value = serde_json::from_str(body).unwrap();
    if let Some(window) = message.get_mut("window").and_then(Value::as_object_mut) {
        // An approver's own conversation is not looked at, so a request has none.
        window.remove("wrote_at");
    }
    message
}

fn number(record: &SqsMessage, name: &str) -> u128 {
    record.attributes[name].parse().unwrap()
}
