use aws_sdk_sqs::types::{
    BatchResultErrorEntry, ChangeMessageVisibilityBatchRequestEntry,
    DeleteMessageBatchRequestEntry, SendMessageBatchRequestEntry,
};

use super::{Server, bodies, code, handle, refusal};

fn send(id: &str, body: &str) -> SendMessageBatchRequestEntry {
    let entry = SendMessageBatchRequestEntry::builder()
        .id(id)
        .message_body(body);
    entry.build().unwrap()
}

fn delete(id: &str, handle: &str) -> DeleteMessageBatchRequestEntry {
    let entry = DeleteMessageBatchRequestEntry::builder()
        .id(id)
        .receipt_handle(handle);
    entry.build().unwrap()
}

fn show(id: &str, handle: &str, seconds: i32) -> ChangeMessageVisibilityBatchRequestEntry {
    let entry = ChangeMessageVisibilityBatchRequestEntry::builder()
        .id(id)
        .receipt_handle(handle);
    entry.visibility_timeout(seconds).build().unwrap()
}

/// What failed: entry, code, and whether the sender is to blame.
fn failures(failed: &[BatchResultErrorEntry]) -> Vec<(&str, &str, bool)> {
    failed
        .iter()
        .map(|entry| (entry.id(), entry.code(), entry.sender_fault()))
        .collect()
}

#[tokio::test]
async fn entries_of_a_batch_fail_one_by_one() {
    let server = Server::start().await;
    let url = server.queue("webhooks", &[]).await;
    let late = SendMessageBatchRequestEntry::builder()
        .id("late")
        .message_body("late");
    let late = late.delay_seconds(901).build().unwrap();
    let entries = vec![
        send("good", "paid"),
        send("bell", "\u{7}"),
        late,
        send("last", "sent"),
    ];
    let request = server.client.send_message_batch().queue_url(&url);
    let answer = request.set_entries(Some(entries)).send().await.unwrap();
    let sent: Vec<&str> = answer.successful().iter().map(|entry| entry.id()).collect();
    assert_eq!(sent, ["good", "last"]);
    assert_eq!(
        failures(answer.failed()),
        [
            ("bell", "InvalidMessageContents", true),
            ("late", "InvalidParameterValue", true)
        ]
    );

    let received = server.receive(&url).await;
    assert_eq!(bodies(&received), ["paid", "sent"]);
    let entries = vec![
        show("one", handle(&received[0]), 0),
        show("bad", "garbage", 0),
    ];
    let request = server
        .client
        .change_message_visibility_batch()
        .queue_url(&url);
    let answer = request.set_entries(Some(entries)).send().await.unwrap();
    assert_eq!(answer.successful()[0].id(), "one");
    assert_eq!(
        failures(answer.failed()),
        [("bad", "ReceiptHandleIsInvalid", true)]
    );
    assert_eq!(server.bodies(&url).await, ["paid"]);

    let entries = vec![
        delete("one", handle(&received[1])),
        delete("bad", "garbage"),
    ];
    let request = server.client.delete_message_batch().queue_url(&url);
    let answer = request.set_entries(Some(entries)).send().await.unwrap();
    assert_eq!(answer.successful()[0].id(), "one");
    assert_eq!(
        failures(answer.failed()),
        [("bad", "ReceiptHandleIsInvalid", true)]
    );
    assert_eq!(server.sqs.pending().unwrap(), 1);
}

#[tokio::test]
async fn a_malformed_batch_is_refused_whole() {
    let server = Server::start().await;
    let url = server.queue("webhooks", &[]).await;
    let many: Vec<String> = (0..11).map(|number| format!("e{number}")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    let long = "i".repeat(81);
    let cases: [(&[&str], &str); 5] = [
        (&[], "AWS.SimpleQueueService.EmptyBatchRequest"),
        (&many, "AWS.SimpleQueueService.TooManyEntriesInBatchRequest"),
        (
            &["one", "one"],
            "AWS.SimpleQueueService.BatchEntryIdsNotDistinct",
        ),
        (
            &["invalid:id"],
            "AWS.SimpleQueueService.InvalidBatchEntryId",
        ),
        (&[&long], "AWS.SimpleQueueService.InvalidBatchEntryId"),
    ];
    for (ids, expect) in cases {
        let sends = ids.iter().map(|id| send(id, "hello")).collect();
        let sends = server.client.send_message_batch().set_entries(Some(sends));
        let sends = sends
            .queue_url(&url)
            .send()
            .await
            .map_err(code)
            .unwrap_err();
        let deletes = ids.iter().map(|id| delete(id, "handle")).collect();
        let deletes = server
            .client
            .delete_message_batch()
            .set_entries(Some(deletes));
        let deletes = deletes
            .queue_url(&url)
            .send()
            .await
            .map_err(code)
            .unwrap_err();
        let shows = ids.iter().map(|id| show(id, "handle", 0)).collect();
        let shows = server
            .client
            .change_message_visibility_batch()
            .set_entries(Some(shows));
        let shows = shows
            .queue_url(&url)
            .send()
            .await
            .map_err(code)
            .unwrap_err();
        assert_eq!([sends.as_str(), &deletes, &shows], [expect; 3]);
    }
    assert_eq!(server.sqs.pending().unwrap(), 0);
}

#[tokio::test]
async fn a_batch_is_limited_as_a_whole() {
    let server = Server::start().await;
    let url = server.queue("webhooks", &[]).await;
    let half = "x".repeat(524_288);
    let entries = |tail: &str| {
        vec![
            send("1", &half),
            send("2", &half[..524_287]),
            send("3", tail),
        ]
    };
    let batch = server.client.send_message_batch().queue_url(&url);
    let (code, words) = batch
        .clone()
        .set_entries(Some(entries("ab")))
        .send()
        .await
        .map_err(refusal)
        .unwrap_err();
    assert_eq!(code, "AWS.SimpleQueueService.BatchRequestTooLong");
    let expect = "Batch requests cannot be longer than 1048576 bytes. You have sent 1048577 bytes.";
    assert_eq!(words, expect);
    let answer = batch.set_entries(Some(entries("a"))).send().await.unwrap();
    assert_eq!(answer.successful().len(), 3);
}

#[tokio::test]
async fn a_batch_to_a_fifo_queue_needs_group_and_deduplication_id() {
    let server = Server::start().await;
    let url = server.queue("inbound.fifo", &[]).await;
    let entry = |id: &str| {
        SendMessageBatchRequestEntry::builder()
            .id(id)
            .message_body(id)
    };
    let whole = entry("whole")
        .message_group_id("ada")
        .message_deduplication_id("whole");
    let whole = whole.build().unwrap();
    for (entry, words) in [
        (
            entry("no-group").message_deduplication_id("x"),
            "MessageGroupId",
        ),
        (
            entry("no-id").message_group_id("ada"),
            "ContentBasedDeduplication",
        ),
    ] {
        let request = server
            .client
            .send_message_batch()
            .queue_url(&url)
            .entries(whole.clone());
        let request = request.entries(entry.build().unwrap());
        let (code, message) = request.send().await.map_err(refusal).unwrap_err();
        assert_eq!(code, "InvalidParameterValue");
        assert!(message.contains(words), "{message}");
    }
    assert_eq!(server.sqs.pending().unwrap(), 0);
    let request = server
        .client
        .send_message_batch()
        .queue_url(&url)
        .entries(whole);
    let answer = request.send().await.unwrap();
    assert!(answer.successful()[0].sequence_number().is_some());
}
