//! Batch calls: what is wrong with one entry is its own affair, what is wrong with the batch is
//! everybody's.

use aws_sdk_sqs::types::{
    BatchResultErrorEntry, ChangeMessageVisibilityBatchRequestEntry,
    DeleteMessageBatchRequestEntry, SendMessageBatchRequestEntry,
};
use countersign_aws::Clients;

use super::{Queue, Right, bodies, check, code};

fn send(id: &str, body: &str) -> SendMessageBatchRequestEntry {
    let entry = SendMessageBatchRequestEntry::builder().id(id);
    entry.message_body(body).build().unwrap()
}

fn failures(failed: &[BatchResultErrorEntry]) -> Vec<(&str, &str, bool)> {
    failed
        .iter()
        .map(|entry| (entry.id(), entry.code(), entry.sender_fault()))
        .collect()
}

#[tokio::test]
async fn f2_entries_of_a_batch_that_is_put_back_or_deleted_fail_one_by_one() {
    let case = async |clients: Clients| {
        let queue = Queue::new(&clients, "webhooks").await;
        queue.send("one").await;
        queue.send("two").await;
        let received = queue.receive().await;
        let [first, second] = &received[..] else {
            panic!("{received:?}")
        };
        let invalid = [("bad", "ReceiptHandleIsInvalid", true)];

        let show = |id: &str, handle: &str| {
            let entry = ChangeMessageVisibilityBatchRequestEntry::builder().id(id);
            let entry = entry.receipt_handle(handle).visibility_timeout(0);
            entry.build().unwrap()
        };
        let request = clients.sqs().change_message_visibility_batch();
        let request = request
            .queue_url(&queue.url)
            .entries(show("one", first.receipt_handle().unwrap()))
            .entries(show("bad", "garbage"));
        let answer = request.send().await.unwrap();
        assert_eq!(answer.successful()[0].id(), "one");
        assert_eq!(failures(answer.failed()), invalid);
        assert_eq!(queue.bodies().await, bodies(&received[..1]));

        let delete = |id: &str, handle: &str| {
            let entry = DeleteMessageBatchRequestEntry::builder().id(id);
            entry.receipt_handle(handle).build().unwrap()
        };
        let request = clients.sqs().delete_message_batch();
        let request = request
            .queue_url(&queue.url)
            .entries(delete("one", second.receipt_handle().unwrap()))
            .entries(delete("bad", "garbage"));
        let answer = request.send().await.unwrap();
        assert_eq!(answer.successful()[0].id(), "one");
        assert_eq!(failures(answer.failed()), invalid);
        assert_eq!(queue.counts().await, ["0", "1"]);
    };
    check(Right::Both, case).await;
}

#[tokio::test]
async fn f2_entries_of_a_batch_that_is_sent_fail_one_by_one() {
    let case = async |clients: Clients| {
        let queue = Queue::new(&clients, "webhooks").await;
        let request = clients.sqs().send_message_batch().queue_url(&queue.url);
        let request = request
            .entries(send("good", "paid"))
            .entries(send("bell", "\u{7}"))
            .entries(send("last", "sent"));
        let answer = request.send().await.unwrap();
        let sent: Vec<&str> = answer.successful().iter().map(|entry| entry.id()).collect();
        assert_eq!(sent, ["good", "last"]);
        let expect = [("bell", "InvalidMessageContents", true)];
        assert_eq!(failures(answer.failed()), expect);
    };
    check(Right::Embedded, case).await;
}

async fn refused(clients: Clients, ids: Vec<String>, expect: &str) {
    let queue = Queue::new(&clients, "webhooks").await;
    let entries = ids.iter().map(|id| send(id, "hello")).collect();
    let request = clients.sqs().send_message_batch().queue_url(&queue.url);
    let sent = request.set_entries(Some(entries)).send().await;
    assert_eq!(sent.map_err(code).unwrap_err(), expect);
    assert_eq!(queue.counts().await, ["0", "0"]);
}

#[tokio::test]
async fn f2_a_batch_of_nothing_is_refused() {
    let case = |clients| refused(clients, Vec::new(), "EmptyBatchRequest");
    check(Right::Both, case).await;
}

#[tokio::test]
async fn f2_a_batch_of_eleven_is_refused() {
    let case = |clients| {
        let ids = (0..11).map(|number| format!("e{number}")).collect();
        refused(clients, ids, "TooManyEntriesInBatchRequest")
    };
    check(Right::Both, case).await;
}

#[tokio::test]
async fn f2_a_batch_with_an_id_twice_is_refused() {
    let case = |clients| {
        let ids = vec!["one".to_owned(), "one".to_owned()];
        refused(clients, ids, "BatchEntryIdsNotDistinct")
    };
    check(Right::Both, case).await;
}

#[tokio::test]
async fn f2_a_batch_with_an_id_that_is_none_is_refused() {
    let case = |clients| refused(clients, vec!["in:valid".to_owned()], "InvalidBatchEntryId");
    check(Right::Both, case).await;
}
