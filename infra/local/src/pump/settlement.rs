//! Which messages of a batch are deleted, decided from the handler's answer alone.

use std::collections::HashSet;

use aws_lambda_events::event::sqs::{SqsBatchResponse, SqsMessage};

use super::{Kind, Thrown};

/// What became of one receive.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Drained {
    /// Messages received.
    pub received: usize,
    /// Ids of the messages that were not deleted, in the batch's order. They come again when their
    /// visibility timeout is over.
    pub failed: Vec<String>,
    /// Ids of messages of a FIFO queue that were deleted although an earlier one of their group
    /// failed. The handler's list is obeyed, as Lambda does; but the handler should have failed
    /// them too, for what failed now comes out of order.
    pub overtaken: Vec<String>,
    /// Why the whole batch failed, if it did.
    pub thrown: Option<Thrown>,
}

impl Drained {
    /// How many messages were deleted.
    pub fn deleted(&self) -> usize {
        self.received - self.failed.len()
    }

    pub(super) fn report(&self, queue_url: &str) {
        if let Some(thrown) = &self.thrown {
            tracing::warn!(queue_url, ?thrown, "the handler failed a whole batch");
        }
        if !self.overtaken.is_empty() {
            tracing::warn!(
                queue_url,
                overtaken = ?self.overtaken,
                "messages were handled before an earlier one of their group; \
                 the handler must fail everything behind a failure"
            );
        }
    }
}

/// The receipt handles to delete, and what became of the batch. The conditions are those of "Handling
/// errors for an SQS event source" in the Lambda Developer Guide.
pub(super) fn settle(
    batch: &[SqsMessage],
    kind: Kind,
    answer: Result<SqsBatchResponse, Thrown>,
) -> (Vec<String>, Drained) {
    let failures = match answer.and_then(|response| known(batch, response)) {
        Ok(failures) => failures,
        Err(thrown) => {
            let drained = Drained {
                received: batch.len(),
                failed: batch.iter().map(id).collect(),
                overtaken: Vec::new(),
                thrown: Some(thrown),
            };
            return (Vec::new(), drained);
        }
    };
    let mut receipts = Vec::new();
    let mut drained = Drained {
        received: batch.len(),
        ..Drained::default()
    };
    let mut failed_groups = HashSet::new();
    for message in batch {
        let id = id(message);
        let group = message.attributes.get("MessageGroupId");
        if failures.contains(&id) {
            failed_groups.extend(group);
            drained.failed.push(id);
            continue;
        }
        if kind == Kind::Fifo && group.is_some_and(|group| failed_groups.contains(group)) {
            drained.overtaken.push(id);
        }
        receipts.extend(message.receipt_handle.clone());
    }
    (receipts, drained)
}

/// The ids the handler failed, if all of them are the batch's.
fn known(batch: &[SqsMessage], response: SqsBatchResponse) -> Result<HashSet<String>, Thrown> {
    let ids: HashSet<String> = batch.iter().map(id).collect();
    response
        .batch_item_failures
        .into_iter()
        .map(|failure| failure.item_identifier)
        .map(|failed| match ids.contains(&failed) {
            true => Ok(failed),
            false => Err(Thrown::UnknownMessage(failed)),
        })
        .collect()
}

fn id(message: &SqsMessage) -> String {
    message.message_id.clone().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `batch` is `id:group` by spaces, `failed` are ids; compared are deleted, failed, overtaken.
    fn check(kind: Kind, batch: &str, failed: &str, expect: [&str; 3]) {
        let mut response = SqsBatchResponse::default();
        response.set_failures(failed.split_whitespace());
        let (receipts, drained) = settle(&messages(batch), kind, Ok(response));
        let seen = [receipts, drained.failed, drained.overtaken].map(|ids| ids.join(" "));
        assert_eq!((seen, drained.thrown), (expect.map(str::to_owned), None));
    }

    #[test]
    fn what_the_handler_did_not_fail_is_deleted() {
        let batch = "1:a 2:a 3:b 4:a 5:b";
        check(Kind::Fifo, batch, "", ["1 2 3 4 5", "", ""]);
        check(Kind::Fifo, batch, "2 4", ["1 3 5", "2 4", ""]);
        check(Kind::Fifo, batch, "5", ["1 2 3 4", "5", ""]);
        check(Kind::Fifo, batch, "1 2 3 4 5", ["", "1 2 3 4 5", ""]);
        check(Kind::Standard, batch, "1", ["2 3 4 5", "1", ""]);
    }

    #[test]
    fn a_handler_that_goes_on_behind_a_failure_is_obeyed_and_told_on() {
        check(Kind::Fifo, "1:a 2:a 3:b 4:a", "1", ["2 3 4", "1", "2 4"]);
        check(Kind::Fifo, "1:a 2:b 3:a", "1 2", ["3", "1 2", "3"]);
    }

    #[test]
    fn a_batch_that_was_thrown_is_kept_whole() {
        let thrown = Thrown::Error("no such table".to_owned());
        check_kept(Err(thrown.clone()), thrown);
    }

    #[test]
    fn a_failure_of_an_unknown_message_keeps_the_whole_batch() {
        for id in ["9", ""] {
            let mut response = SqsBatchResponse::default();
            response.set_failures(["1", id]);
            check_kept(Ok(response), Thrown::UnknownMessage(id.to_owned()));
        }
    }

    fn check_kept(answer: Result<SqsBatchResponse, Thrown>, thrown: Thrown) {
        let drained = Drained {
            received: 2,
            failed: vec!["1".to_owned(), "2".to_owned()],
            overtaken: Vec::new(),
            thrown: Some(thrown),
        };
        let settled = settle(&messages("1:a 2:a"), Kind::Fifo, answer);
        assert_eq!(settled, (Vec::new(), drained));
    }

    fn messages(batch: &str) -> Vec<SqsMessage> {
        batch
            .split_whitespace()
            .filter_map(|message| message.split_once(':'))
            .map(|(id, group)| {
                let mut message = SqsMessage::default();
                message.message_id = Some(id.to_owned());
                message.receipt_handle = Some(id.to_owned());
                message
                    .attributes
                    .insert("MessageGroupId".to_owned(), group.to_owned());
                message
            })
            .collect()
    }
}
