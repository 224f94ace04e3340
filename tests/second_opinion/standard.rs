//! Queues without order, and what holds on every queue.

use aws_sdk_sqs::types::{
    MessageAttributeValue, MessageSystemAttributeName as Name, QueueAttributeName,
};
use countersign_aws::Clients;

use super::{Queue, Right, attribute, bodies, check, code};

#[tokio::test]
async fn f2_what_is_received_is_in_flight_until_it_is_deleted() {
    let case = async |clients| {
        let queue = Queue::new(&clients, "webhooks").await;
        queue.send("one").await;
        queue.send("two").await;
        assert_eq!(queue.counts().await, ["2", "0"]);
        let one = queue.receive_at_most(1).await;
        assert_eq!(queue.counts().await, ["1", "1"]);
        assert_eq!(queue.bodies().await.len(), 1, "the other");
        queue.delete(&one[0]).await.unwrap();
        assert_eq!(queue.counts().await, ["0", "1"]);
        queue.delete(&one[0]).await.unwrap();
    };
    check(Right::Both, case).await;
}

#[tokio::test]
async fn f2_what_was_put_back_comes_again_and_counts_its_receives() {
    let case = async |clients| {
        let queue = Queue::new(&clients, "webhooks").await;
        queue.send("one").await;
        for expect in ["1", "2", "3"] {
            let received = queue.receive().await;
            let count = attribute(&received[0], Name::ApproximateReceiveCount);
            assert_eq!(count, expect);
            queue.show_again(&received[0]).await;
        }
    };
    check(Right::Both, case).await;
}

#[tokio::test]
async fn f2_a_poison_message_leaves_its_queue() {
    let case = async |clients| {
        let dead = Queue::new(&clients, "webhooks-dlq").await;
        let queue = Queue::with_dead_letters(&clients, "webhooks", &dead, 2).await;
        queue.send("poison").await;
        for _ in 0..2 {
            queue.show_again(&queue.receive().await[0]).await;
        }
        assert_eq!(queue.receive().await, []);
        assert_eq!(queue.counts().await, ["0", "0"]);
        assert_eq!(bodies(&dead.receive().await), ["poison"]);
    };
    check(Right::Both, case).await;
}

#[tokio::test]
async fn f2_only_what_is_in_flight_can_be_put_back() {
    let case = async |clients| {
        let queue = Queue::new(&clients, "webhooks").await;
        queue.send("one").await;
        let received = queue.receive().await.remove(0);
        queue.show_again(&received).await;
        let refused = queue.show_in(&received, 10).await;
        assert_eq!(refused, Err("MessageNotInflight".to_owned()));
    };
    check(Right::Embedded, case).await;
}

#[tokio::test]
async fn f2_a_timeout_of_more_than_twelve_hours_is_refused() {
    let case = async |clients| {
        let queue = Queue::new(&clients, "webhooks").await;
        queue.send("one").await;
        let received = queue.receive().await.remove(0);
        let refused = queue.show_in(&received, 43_201).await;
        assert_eq!(refused, Err("InvalidParameterValue".to_owned()));
    };
    check(Right::Both, case).await;
}

#[tokio::test]
async fn f2_a_handle_that_is_none_is_refused() {
    let case = async |clients| {
        let queue = Queue::new(&clients, "webhooks").await;
        let request = queue.sqs.delete_message().queue_url(&queue.url);
        let refused = request.receipt_handle("garbage").send().await;
        let error = refused.unwrap_err().into_service_error();
        assert!(error.is_receipt_handle_is_invalid(), "{error:?}");
        let request = queue.sqs.change_message_visibility().queue_url(&queue.url);
        let request = request.receipt_handle("garbage").visibility_timeout(0);
        let error = request.send().await.unwrap_err().into_service_error();
        assert!(error.is_receipt_handle_is_invalid(), "{error:?}");
    };
    check(Right::Both, case).await;
}

#[tokio::test]
async fn f2_a_queue_is_made_once_and_not_made_into_another() {
    let case = async |clients: Clients| {
        let timeout = [(QueueAttributeName::VisibilityTimeout, "180")];
        let queue = Queue::with(&clients, "webhooks", &timeout).await;
        let again = Queue::with(&clients, "webhooks", &timeout).await;
        assert_eq!(queue.url, again.url);
        let request = clients.sqs().create_queue().queue_name("webhooks");
        let other = request.attributes(QueueAttributeName::VisibilityTimeout, "60");
        let error = other.send().await.unwrap_err().into_service_error();
        assert!(error.is_queue_name_exists(), "{error:?}");
    };
    check(Right::Both, case).await;
}

#[tokio::test]
async fn f2_a_queue_that_is_not_there_is_named_as_such() {
    let case = async |clients: Clients| {
        let queue = Queue::new(&clients, "webhooks").await;
        let url = format!("{}-gone", queue.url);
        let request = clients.sqs().send_message().queue_url(url);
        let sent = request.message_body("hello").send().await;
        let error = sent.unwrap_err().into_service_error();
        assert!(error.is_queue_does_not_exist(), "{error:?}");
    };
    check(Right::Both, case).await;
}

/// The tracing header travels so, and the SDK compares the digests by itself.
#[tokio::test]
async fn f2_attributes_arrive_when_they_are_asked_for() {
    let case = async |clients: Clients| {
        let queue = Queue::new(&clients, "webhooks").await;
        let value = MessageAttributeValue::builder()
            .data_type("String")
            .string_value("demo");
        let request = clients.sqs().send_message().queue_url(&queue.url);
        let request = request
            .message_body("hello")
            .message_attributes("tenant", value.build().unwrap());
        request.send().await.unwrap();
        let plain = queue.receive().await.remove(0);
        assert_eq!(plain.message_attributes, None);
        queue.show_again(&plain).await;
        let request = clients.sqs().receive_message().queue_url(&queue.url);
        let asked = request.message_attribute_names("All").send().await.unwrap();
        let attributes = asked.messages()[0].message_attributes().unwrap();
        assert_eq!(attributes["tenant"].string_value(), Some("demo"));
    };
    check(Right::Both, case).await;
}

#[tokio::test]
async fn f2_what_is_no_text_is_refused() {
    let case = async |clients: Clients| {
        let queue = Queue::new(&clients, "webhooks").await;
        let request = clients.sqs().send_message().queue_url(&queue.url);
        let sent = request.message_body("\u{7}").send().await;
        assert_eq!(sent.map_err(code).unwrap_err(), "InvalidMessageContents");
    };
    check(Right::Embedded, case).await;
}

#[tokio::test]
async fn f2_a_message_has_a_largest_size() {
    let case = async |clients: Clients| {
        let queue = Queue::new(&clients, "webhooks").await;
        let send = |bytes| {
            let request = clients.sqs().send_message().queue_url(&queue.url);
            request.message_body("x".repeat(bytes)).send()
        };
        send(1_048_576).await.unwrap();
        let refused = send(1_048_577).await.map_err(code).unwrap_err();
        assert_eq!(refused, "InvalidParameterValue");
    };
    check(Right::Both, case).await;
}
