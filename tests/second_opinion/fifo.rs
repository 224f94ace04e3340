//! Queues that keep the order of a group.

use aws_sdk_sqs::types::{MessageSystemAttributeName as Name, QueueAttributeName};

use super::{Queue, Right, attribute, bodies, check, code};

#[tokio::test]
async fn w4_a_group_is_locked_while_one_of_it_is_in_flight() {
    let case = async |clients| {
        let queue = Queue::new(&clients, "inbound.fifo").await;
        for (group, body) in [("ada", "a1"), ("ada", "a2"), ("ben", "b1")] {
            queue.send_to(group, body).await;
        }
        let first = queue.receive_at_most(1).await;
        assert_eq!(bodies(&first), ["a1"]);
        assert_eq!(queue.bodies().await, ["b1"], "a2 waits for a1");
        queue.send_to("ada", "a3").await;
        assert_eq!(queue.receive().await, [], "what comes later waits too");
        queue.delete(&first[0]).await.unwrap();
        assert_eq!(queue.bodies().await, ["a2", "a3"]);
    };
    check(Right::Both, case).await;
}

#[tokio::test]
async fn w4_ten_of_one_group_come_at_once_in_order() {
    let case = async |clients| {
        let queue = Queue::new(&clients, "inbound.fifo").await;
        let expect: Vec<String> = (1..=10).map(|number| format!("a{number}")).collect();
        for body in expect.iter().map(String::as_str).chain(["a11"]) {
            queue.send_to("ada", body).await;
        }
        let ten = queue.receive().await;
        assert_eq!(bodies(&ten), expect);
        assert_eq!(queue.receive().await, [], "the eleventh waits");
    };
    check(Right::Both, case).await;
}

#[tokio::test]
async fn w4_sequence_numbers_grow_within_a_group() {
    let case = async |clients| {
        let queue = Queue::new(&clients, "inbound.fifo").await;
        for number in 1..=10 {
            queue.send_to("ada", &format!("a{number}")).await;
        }
        let ten = queue.receive().await;
        let sequence = |message| attribute(message, Name::SequenceNumber).parse::<u128>();
        let sequence = ten.iter().map(|message| sequence(message).unwrap());
        assert!(sequence.is_sorted());
    };
    check(Right::Embedded, case).await;
}

#[tokio::test]
async fn w4_a_group_stays_locked_until_the_whole_batch_is_back() {
    let case = async |clients| {
        let queue = Queue::new(&clients, "inbound.fifo").await;
        for body in ["a1", "a2", "a3"] {
            queue.send_to("ada", body).await;
        }
        let batch = queue.receive().await;
        queue.delete(&batch[0]).await.unwrap();
        queue.show_again(&batch[2]).await;
        assert_eq!(queue.receive().await, [], "a2 is in flight before a3");
        queue.show_again(&batch[1]).await;
        assert_eq!(queue.bodies().await, ["a2", "a3"]);
    };
    check(Right::Both, case).await;
}

#[tokio::test]
async fn w4_a_head_that_is_back_waits_for_the_rest_of_its_batch() {
    let case = async |clients| {
        let queue = Queue::new(&clients, "inbound.fifo").await;
        for body in ["a1", "a2"] {
            queue.send_to("ada", body).await;
        }
        let batch = queue.receive().await;
        queue.show_again(&batch[0]).await;
        assert_eq!(queue.receive().await, [], "a2 is still with its consumer");
        queue.delete(&batch[1]).await.unwrap();
        assert_eq!(queue.bodies().await, ["a1"]);
    };
    check(Right::Both, case).await;
}

/// What settles a burst: all of a group goes back to be received together, with what came since.
#[tokio::test]
async fn w4_a_burst_that_was_put_back_comes_as_one() {
    let case = async |clients| {
        let queue = Queue::new(&clients, "inbound.fifo").await;
        queue.send_to("ada", "a1").await;
        queue.send_to("ada", "a2").await;
        for message in queue.receive().await {
            queue.show_again(&message).await;
        }
        queue.send_to("ada", "a3").await;
        let burst = queue.receive().await;
        assert_eq!(bodies(&burst), ["a1", "a2", "a3"]);
        let receives = burst
            .iter()
            .map(|message| attribute(message, Name::ApproximateReceiveCount));
        assert_eq!(receives.collect::<Vec<_>>(), ["2", "2", "1"]);
    };
    check(Right::Both, case).await;
}

#[tokio::test]
async fn w4_a_duplicate_is_taken_and_not_delivered() {
    let case = async |clients| {
        let queue = Queue::new(&clients, "inbound.fifo").await;
        for (group, body) in [("ada", "hello"), ("ada", "hello"), ("ben", "other")] {
            queue.send_as(group, body, "wamid.1").await;
        }
        assert_eq!(queue.bodies().await, ["hello"], "the scope is the queue");
    };
    check(Right::Both, case).await;
}

#[tokio::test]
async fn w4_a_duplicate_of_what_is_deleted_is_not_delivered() {
    let case = async |clients| {
        let queue = Queue::new(&clients, "inbound.fifo").await;
        queue.send_to("ada", "hello").await;
        let received = queue.receive().await;
        queue.delete(&received[0]).await.unwrap();
        queue.send_to("ada", "hello").await;
        assert_eq!(queue.receive().await, []);
    };
    check(Right::Embedded, case).await;
}

#[tokio::test]
async fn w4_deduplication_may_be_per_group() {
    let case = async |clients| {
        let scope = [
            (QueueAttributeName::DeduplicationScope, "messageGroup"),
            (QueueAttributeName::FifoThroughputLimit, "perMessageGroupId"),
        ];
        let queue = Queue::with(&clients, "inbound.fifo", &scope).await;
        for group in ["ada", "ben", "ada"] {
            queue.send_as(group, "hi", "1").await;
        }
        assert_eq!(queue.bodies().await.len(), 2);
    };
    check(Right::Embedded, case).await;
}

#[tokio::test]
async fn w4_content_is_the_deduplication_id_if_the_queue_says_so() {
    let case = async |clients| {
        let content = [(QueueAttributeName::ContentBasedDeduplication, "true")];
        let queue = Queue::with(&clients, "inbound.fifo", &content).await;
        for body in ["hello", "hello", "other"] {
            let request = queue.sqs.send_message().queue_url(&queue.url);
            let request = request.message_group_id("ada").message_body(body);
            request.send().await.unwrap();
        }
        assert_eq!(queue.bodies().await, ["hello", "other"]);
    };
    check(Right::Both, case).await;
}

#[tokio::test]
async fn w4_a_handle_whose_time_is_over_deletes_nothing() {
    let case = async |clients| {
        let queue = Queue::new(&clients, "inbound.fifo").await;
        queue.send_to("ada", "a1").await;
        let first = queue.receive().await.remove(0);
        queue.show_again(&first).await;
        let expired = Err("InvalidParameterValue".to_owned());
        assert_eq!(queue.delete(&first).await, expired);
        assert_eq!(queue.bodies().await, ["a1"]);
    };
    check(Right::Embedded, case).await;
}

#[tokio::test]
async fn f2_a_poison_message_goes_to_the_dead_letters_and_its_group_goes_on() {
    let case = async |clients| {
        let dead = Queue::new(&clients, "inbound-dlq.fifo").await;
        let queue = Queue::with_dead_letters(&clients, "inbound.fifo", &dead, 2).await;
        let id = queue.send_to("ada", "poison").await;
        queue.send_to("ada", "healthy").await;
        for _ in 0..2 {
            let received = queue.receive_at_most(1).await;
            assert_eq!(bodies(&received), ["poison"]);
            queue.show_again(&received[0]).await;
        }
        assert_eq!(dead.receive().await, [], "it moves at the next receive");
        assert_eq!(queue.bodies().await, ["healthy"]);
        let moved = dead.receive().await.remove(0);
        assert_eq!(moved.body(), Some("poison"));
        assert_eq!(moved.message_id, Some(id));
        assert_eq!(attribute(&moved, Name::MessageGroupId), "ada");
        assert_eq!(attribute(&moved, Name::MessageDeduplicationId), "poison");
    };
    check(Right::Both, case).await;
}

#[tokio::test]
async fn f2_a_dead_letter_says_where_it_comes_from() {
    let case = async |clients| {
        let dead = Queue::new(&clients, "inbound-dlq.fifo").await;
        let queue = Queue::with_dead_letters(&clients, "inbound.fifo", &dead, 1).await;
        queue.send_to("ada", "poison").await;
        queue.show_again(&queue.receive().await[0]).await;
        assert_eq!(queue.receive().await, []);
        let moved = dead.receive().await.remove(0);
        let source = queue.attribute(QueueAttributeName::QueueArn).await;
        assert_eq!(attribute(&moved, Name::DeadLetterQueueSourceArn), source);
    };
    check(Right::Embedded, case).await;
}

#[tokio::test]
async fn f2_the_dead_letters_of_a_fifo_queue_are_one() {
    let case = async |clients: countersign_aws::Clients| {
        let dead = Queue::new(&clients, "dead").await;
        let arn = dead.attribute(QueueAttributeName::QueueArn).await;
        let policy = format!(r#"{{"deadLetterTargetArn":"{arn}","maxReceiveCount":2}}"#);
        let request = clients.sqs().create_queue().queue_name("inbound.fifo");
        let request = request
            .attributes(QueueAttributeName::FifoQueue, "true")
            .attributes(QueueAttributeName::RedrivePolicy, policy);
        request.send().await.unwrap_err();
    };
    check(Right::Both, case).await;
}

#[tokio::test]
async fn w4_a_message_needs_a_group_and_a_deduplication_id() {
    let case = async |clients| {
        let queue = Queue::new(&clients, "inbound.fifo").await;
        let request = queue.sqs.send_message().queue_url(&queue.url);
        let request = request.message_body("hello");
        let no_group = request.clone().message_deduplication_id("1").send().await;
        assert_eq!(no_group.map_err(code).unwrap_err(), "MissingParameter");
        let no_id = request.message_group_id("ada").send().await;
        assert_eq!(no_id.map_err(code).unwrap_err(), "InvalidParameterValue");
        assert_eq!(queue.counts().await, ["0", "0"]);
    };
    check(Right::Both, case).await;
}

#[tokio::test]
async fn w4_a_message_has_no_delay_of_its_own() {
    let case = async |clients| {
        let queue = Queue::new(&clients, "inbound.fifo").await;
        let request = queue.sqs.send_message().queue_url(&queue.url);
        let request = request.message_group_id("ada").message_body("hello");
        let delayed = request.message_deduplication_id("1").delay_seconds(5);
        let refused = delayed.send().await.map_err(code).unwrap_err();
        assert_eq!(refused, "InvalidParameterValue");
    };
    check(Right::Both, case).await;
}
