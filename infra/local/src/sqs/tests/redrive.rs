use aws_sdk_sqs::types::{MessageSystemAttributeName as Name, QueueAttributeName};

use super::{Server, attribute, bodies, code, refusal};

fn policy(queue: &str, count: &str) -> String {
    let arn = format!("arn:aws:sqs:us-east-1:000000000000:{queue}");
    format!(r#"{{"deadLetterTargetArn":"{arn}","maxReceiveCount":{count}}}"#)
}

#[tokio::test]
async fn a_message_received_too_often_goes_to_the_dead_letter_queue() {
    let server = Server::start().await;
    let dead = server.queue("inbound-dlq.fifo", &[]).await;
    let policy = policy("inbound-dlq.fifo", "2");
    let url = server
        .queue(
            "inbound.fifo",
            &[(QueueAttributeName::RedrivePolicy, &policy)],
        )
        .await;
    server.send_to(&url, "ada", "poison").await;
    server.send_to(&url, "ada", "healthy").await;
    let one = async || {
        let request = server.client.receive_message().queue_url(&url);
        let request = request.message_system_attribute_names(Name::All);
        request.send().await.unwrap().messages.unwrap_or_default()
    };
    let original = one().await.remove(0);
    server.advance(30);
    assert_eq!(bodies(&one().await), ["poison"]);
    server.advance(30);
    assert_eq!(
        server.receive(&dead).await,
        [],
        "it moves at the next receive"
    );
    assert_eq!(server.sqs.pending().unwrap(), 2);
    assert_eq!(
        bodies(&one().await),
        ["healthy"],
        "the group goes on without it"
    );
    assert_eq!(
        server.sqs.pending().unwrap(),
        1,
        "dead letters are not pending"
    );

    let moved = server.receive(&dead).await.remove(0);
    assert_eq!(moved.body(), Some("poison"));
    assert_eq!(moved.message_id, original.message_id);
    for name in [
        Name::MessageGroupId,
        Name::MessageDeduplicationId,
        Name::SentTimestamp,
    ] {
        assert_eq!(attribute(&moved, name.clone()), attribute(&original, name));
    }
    let source = "arn:aws:sqs:us-east-1:000000000000:inbound.fifo";
    assert_eq!(attribute(&moved, Name::DeadLetterQueueSourceArn), source);
    assert_eq!(attribute(&moved, Name::ApproximateReceiveCount), "3");
}

#[tokio::test]
async fn dead_letters_of_a_standard_queue_keep_their_age() {
    let server = Server::start().await;
    let retention = (QueueAttributeName::MessageRetentionPeriod, "100");
    let dead = server.queue("webhooks-dlq", &[retention]).await;
    let policy = policy("webhooks-dlq", "\"1\"");
    let url = server
        .queue("webhooks", &[(QueueAttributeName::RedrivePolicy, &policy)])
        .await;
    server.send(&url, "poison").await;
    assert_eq!(server.bodies(&url).await, ["poison"]);
    server.advance(40);
    assert_eq!(server.receive(&url).await, []);
    assert_eq!(server.bodies(&dead).await, ["poison"]);
    server.advance(60);
    assert_eq!(server.receive(&dead).await, [], "it was sent 100 s ago");
}

#[tokio::test]
async fn a_poll_on_the_dead_letter_queue_sees_what_arrives() {
    let server = Server::start().await;
    let dead = server.queue("webhooks-dlq", &[]).await;
    let policy = policy("webhooks-dlq", "1");
    let url = server
        .queue("webhooks", &[(QueueAttributeName::RedrivePolicy, &policy)])
        .await;
    server.send(&url, "poison").await;
    server.receive(&url).await;
    server.advance(30);
    let request = server
        .client
        .receive_message()
        .queue_url(&dead)
        .wait_time_seconds(20);
    let polling = tokio::spawn(async move { request.send().await.unwrap() });
    super::until(|| server.sqs.waiting("webhooks-dlq").unwrap() == 1).await;
    assert_eq!(server.receive(&url).await, []);
    assert_eq!(bodies(polling.await.unwrap().messages()), ["poison"]);
}

#[tokio::test]
async fn redrive_policies_are_checked() {
    let server = Server::start().await;
    server.queue("dlq", &[]).await;
    server.queue("dlq.fifo", &[]).await;
    let url = server.queue("webhooks", &[]).await;
    let set = async |value: &str| {
        let request = server.client.set_queue_attributes().queue_url(&url);
        request
            .attributes(QueueAttributeName::RedrivePolicy, value)
            .send()
            .await
    };
    let wrong = "InvalidParameterValue";
    for value in [
        "not json".to_owned(),
        policy("gone", "3"),
        policy("dlq.fifo", "3"),
        policy("webhooks", "3"),
        policy("dlq", "0"),
        policy("dlq", "1001"),
        policy("dlq", "\"often\""),
        r#"{"deadLetterTargetArn":"dummy","maxReceiveCount":3}"#.to_owned(),
        r#"{"maxReceiveCount":3}"#.to_owned(),
    ] {
        assert_eq!(
            set(&value).await.map_err(code).unwrap_err(),
            wrong,
            "{value}"
        );
    }
    let (_, words) = set(&policy("gone", "3"))
        .await
        .map_err(refusal)
        .unwrap_err();
    assert!(
        words.ends_with("Reason: Dead letter target does not exist."),
        "{words}"
    );

    let read = async || {
        let request = server.client.get_queue_attributes().queue_url(&url);
        let request = request.attribute_names(QueueAttributeName::RedrivePolicy);
        let answer = request.send().await.unwrap().attributes.unwrap_or_default();
        answer.get(&QueueAttributeName::RedrivePolicy).cloned()
    };
    set(&policy("dlq", "\"3\"")).await.unwrap();
    assert_eq!(read().await, Some(policy("dlq", "3")));
    set("").await.unwrap();
    assert_eq!(read().await, None);
}
