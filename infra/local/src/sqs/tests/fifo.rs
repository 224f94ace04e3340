use aws_sdk_sqs::types::{MessageSystemAttributeName, QueueAttributeName};

use super::{Server, attribute, bodies};

#[tokio::test]
async fn a_group_is_locked_while_one_of_it_is_in_flight() {
    let server = Server::start().await;
    let url = server.queue("inbound.fifo", &[]).await;
    for (group, body) in [("ada", "a1"), ("ada", "a2"), ("ben", "b1")] {
        server.send_to(&url, group, body).await;
    }
    let first = server
        .client
        .receive_message()
        .queue_url(&url)
        .send()
        .await
        .unwrap();
    assert_eq!(bodies(first.messages()), ["a1"]);
    assert_eq!(server.bodies(&url).await, ["b1"], "a2 waits for a1");
    server.send_to(&url, "ada", "a3").await;
    assert_eq!(server.receive(&url).await, [], "what comes later waits too");
    server.delete(&url, &first.messages()[0]).await.unwrap();
    assert_eq!(server.bodies(&url).await, ["a2", "a3"]);
}

#[tokio::test]
async fn order_is_kept_when_a_timeout_is_over() {
    let server = Server::start().await;
    let url = server.queue("inbound.fifo", &[]).await;
    server.send_to(&url, "ada", "a1").await;
    assert_eq!(server.bodies(&url).await, ["a1"]);
    server.advance(29);
    server.send_to(&url, "ada", "a2").await;
    assert_eq!(server.receive(&url).await, []);
    server.advance(1);
    assert_eq!(server.bodies(&url).await, ["a1", "a2"]);
}

#[tokio::test]
async fn ten_of_one_group_come_at_once_and_groups_share_an_answer() {
    let server = Server::start().await;
    let url = server.queue("inbound.fifo", &[]).await;
    for number in 1..=11 {
        server.send_to(&url, "ada", &format!("a{number}")).await;
    }
    server.send_to(&url, "ben", "b1").await;
    let ten = server.receive(&url).await;
    let expect: Vec<String> = (1..=10).map(|number| format!("a{number}")).collect();
    assert_eq!(bodies(&ten), expect);
    let sequence = |message| attribute(message, MessageSystemAttributeName::SequenceNumber);
    assert!(ten.iter().map(sequence).is_sorted());
    assert_eq!(server.bodies(&url).await, ["b1"]);
    server.advance(30);
    for message in &server.receive(&url).await[..8] {
        server.delete(&url, message).await.unwrap();
    }
    server.advance(30);
    assert_eq!(server.bodies(&url).await, ["a9", "a10", "a11", "b1"]);
}

#[tokio::test]
async fn a_group_stays_locked_until_the_whole_batch_is_back() {
    let server = Server::start().await;
    let url = server.queue("inbound.fifo", &[]).await;
    for body in ["a1", "a2", "a3"] {
        server.send_to(&url, "ada", body).await;
    }
    let batch = server.receive(&url).await;
    server.delete(&url, &batch[0]).await.unwrap();
    server.show_again(&url, &batch[2], 0).await.unwrap();
    assert_eq!(server.receive(&url).await, [], "a2 is in flight before a3");
    server.show_again(&url, &batch[1], 0).await.unwrap();
    assert_eq!(server.bodies(&url).await, ["a2", "a3"]);
}

#[tokio::test]
async fn a_head_that_is_back_waits_for_the_rest_of_its_batch() {
    let server = Server::start().await;
    let url = server.queue("inbound.fifo", &[]).await;
    for body in ["a1", "a2"] {
        server.send_to(&url, "ada", body).await;
    }
    let batch = server.receive(&url).await;
    server.show_again(&url, &batch[0], 0).await.unwrap();
    assert_eq!(
        server.receive(&url).await,
        [],
        "a2 is still with its consumer"
    );
    server.delete(&url, &batch[1]).await.unwrap();
    assert_eq!(server.bodies(&url).await, ["a1"]);
}

#[tokio::test]
async fn an_old_receipt_handle_deletes_nothing() {
    let server = Server::start().await;
    let url = server.queue("inbound.fifo", &[]).await;
    server.send_to(&url, "ada", "a1").await;
    let first = server.receive(&url).await.remove(0);
    server.advance(30);
    let request = server.client.delete_message().queue_url(&url);
    let request = request.receipt_handle(first.receipt_handle().unwrap());
    let (code, words) = request.send().await.map_err(super::refusal).unwrap_err();
    assert_eq!(code, "InvalidParameterValue");
    assert!(
        words.ends_with("Reason: The receipt handle has expired."),
        "{words}"
    );
    let second = server.receive(&url).await.remove(0);
    let expired = Err("InvalidParameterValue".to_owned());
    assert_eq!(
        server.delete(&url, &first).await,
        expired,
        "it is with somebody else now"
    );
    server.delete(&url, &second).await.unwrap();
    server.delete(&url, &second).await.unwrap();
    assert_eq!(server.sqs.pending().unwrap(), 0);
}

#[tokio::test]
async fn a_duplicate_is_answered_like_the_original_for_five_minutes() {
    let server = Server::start().await;
    let url = server.queue("inbound.fifo", &[]).await;
    let send = async |group: &str, body: &str| {
        let request = server
            .client
            .send_message()
            .queue_url(&url)
            .message_body(body);
        let request = request
            .message_group_id(group)
            .message_deduplication_id("wamid.1");
        let sent = request.send().await.unwrap();
        (sent.message_id.unwrap(), sent.sequence_number.unwrap())
    };
    let original = send("ada", "hello").await;
    assert_eq!(send("ada", "hello").await, original);
    assert_eq!(
        send("ben", "other").await,
        original,
        "the scope is the queue"
    );
    let received = server.receive(&url).await;
    assert_eq!(bodies(&received), ["hello"]);
    server.delete(&url, &received[0]).await.unwrap();
    server.advance(299);
    assert_eq!(send("ada", "hello").await, original);
    assert_eq!(
        server.sqs.pending().unwrap(),
        0,
        "also when the original is gone"
    );
    server.advance(1);
    let later = send("ada", "hello").await;
    assert_ne!(later.0, original.0);
    assert!(later.1 > original.1);
    assert_eq!(server.bodies(&url).await, ["hello"]);
}

#[tokio::test]
async fn deduplication_may_be_per_group() {
    let server = Server::start().await;
    let scope = [(QueueAttributeName::DeduplicationScope, "messageGroup")];
    let url = server.queue("inbound.fifo", &scope).await;
    for group in ["ada", "ben", "ada"] {
        let request = server
            .client
            .send_message()
            .queue_url(&url)
            .message_body("hi");
        let request = request
            .message_group_id(group)
            .message_deduplication_id("1");
        request.send().await.unwrap();
    }
    assert_eq!(server.sqs.counts("inbound.fifo").unwrap().visible, 2);
}

#[tokio::test]
async fn content_is_the_deduplication_id_if_the_queue_says_so() {
    let server = Server::start().await;
    let content = [(QueueAttributeName::ContentBasedDeduplication, "true")];
    let url = server.queue("inbound.fifo", &content).await;
    let send = async |body: &str, id: Option<&str>| {
        let request = server
            .client
            .send_message()
            .queue_url(&url)
            .message_body(body);
        let request = request.message_group_id("ada");
        let request = request.set_message_deduplication_id(id.map(str::to_owned));
        request.send().await.unwrap().message_id.unwrap()
    };
    let hash = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";
    let original = send("hello", None).await;
    assert_eq!(send("hello", None).await, original);
    assert_eq!(send("other", Some(hash)).await, original);
    assert_ne!(send("hello", Some("own")).await, original);
    let received = server.receive(&url).await;
    let id = |message| attribute(message, MessageSystemAttributeName::MessageDeduplicationId);
    assert_eq!(received.iter().map(id).collect::<Vec<_>>(), [hash, "own"]);
}

#[tokio::test]
async fn a_queues_delay_holds_its_groups_in_order() {
    let server = Server::start().await;
    let url = server
        .queue("outbound.fifo", &[(QueueAttributeName::DelaySeconds, "10")])
        .await;
    server.send_to(&url, "ada", "a1").await;
    server.advance(5);
    server.send_to(&url, "ada", "a2").await;
    assert_eq!(server.receive(&url).await, []);
    server.advance(5);
    assert_eq!(
        server.bodies(&url).await,
        ["a1"],
        "a2 is delayed, and does not hold a1 up"
    );
    server.advance(5);
    assert_eq!(server.receive(&url).await, [], "a1 is in flight");
}

#[tokio::test]
async fn a_changed_delay_applies_to_what_waits_in_a_fifo_queue() {
    let server = Server::start().await;
    let url = server
        .queue(
            "outbound.fifo",
            &[(QueueAttributeName::DelaySeconds, "900")],
        )
        .await;
    server.send_to(&url, "ada", "a1").await;
    let change = server.client.set_queue_attributes().queue_url(&url);
    change
        .attributes(QueueAttributeName::DelaySeconds, "10")
        .send()
        .await
        .unwrap();
    server.advance(9);
    assert_eq!(server.receive(&url).await, []);
    server.advance(1);
    assert_eq!(server.bodies(&url).await, ["a1"]);
}
