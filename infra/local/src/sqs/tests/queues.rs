use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_sqs::types::QueueAttributeName as Attribute;

use super::{Server, code, refusal};

#[tokio::test]
async fn creating_twice_finds_the_same_queue() {
    let server = Server::start().await;
    let first = server
        .queue("status", &[(Attribute::DelaySeconds, "5")])
        .await;
    assert_eq!(
        first,
        format!("http://{}/000000000000/status", server.address)
    );
    let again = server
        .queue("status", &[(Attribute::DelaySeconds, "5")])
        .await;
    let unsaid = server.queue("status", &[]).await;
    let found = server.client.get_queue_url().queue_name("status");
    let found = found.send().await.unwrap().queue_url.unwrap();
    assert_eq!(
        [again, unsaid, found],
        [first.clone(), first.clone(), first]
    );

    let other = server.client.create_queue().queue_name("status");
    let other = other.attributes(Attribute::DelaySeconds, "6").send().await;
    let error = other.unwrap_err().into_service_error();
    assert!(error.is_queue_name_exists(), "{error:?}");
}

#[tokio::test]
async fn a_queue_is_found_by_the_last_part_of_its_url() {
    let server = Server::start().await;
    server.queue("statuses", &[]).await;
    server
        .send("http://127.0.0.1:1/000000000000/statuses", "delivered")
        .await;
    assert_eq!(server.bodies("statuses").await, ["delivered"]);
}

#[tokio::test]
async fn a_queue_that_does_not_exist_is_named_as_such() {
    let server = Server::start().await;
    let url = format!("http://{}/000000000000/gone", server.address);
    let sent = server
        .client
        .send_message()
        .queue_url(&url)
        .message_body("hello");
    let sent = sent.send().await.unwrap_err().into_service_error();
    assert!(sent.is_queue_does_not_exist(), "{sent:?}");
    let received = server.client.receive_message().queue_url(&url).send().await;
    let received = received.unwrap_err().into_service_error();
    assert!(received.is_queue_does_not_exist(), "{received:?}");
    let found = server
        .client
        .get_queue_url()
        .queue_name("gone")
        .send()
        .await;
    let found = found.unwrap_err().into_service_error();
    assert!(found.is_queue_does_not_exist(), "{found:?}");
    let deleted = server.client.delete_queue().queue_url(&url).send().await;
    let deleted = deleted.unwrap_err().into_service_error();
    assert!(deleted.is_queue_does_not_exist(), "{deleted:?}");
}

#[tokio::test]
async fn names_and_attributes_are_checked() {
    let server = Server::start().await;
    let check = async |name: &str, attributes: &[(Attribute, &str)], expect: &str| {
        let mut request = server.client.create_queue().queue_name(name);
        for (attribute, value) in attributes {
            request = request.attributes(attribute.clone(), *value);
        }
        let outcome = request.send().await.map(drop).map_err(code);
        assert_eq!(outcome, Err(expect.to_owned()), "{name} {attributes:?}");
    };
    let long = "q".repeat(81);
    let fifo = (Attribute::FifoQueue, "true");

    for name in ["", "two words", "dots.inside", long.as_str()] {
        check(name, &[], "InvalidParameterValue").await;
    }
    check("inbound.fifo", &[], "InvalidParameterValue").await;
    check(
        "inbound",
        std::slice::from_ref(&fifo),
        "InvalidParameterValue",
    )
    .await;
    check(
        "inbound",
        &[(Attribute::FifoQueue, "false")],
        "InvalidAttributeName",
    )
    .await;
    let content = (Attribute::ContentBasedDeduplication, "true");
    check("inbound", &[content], "InvalidAttributeName").await;
    for (attribute, value) in [
        (Attribute::DelaySeconds, "901"),
        (Attribute::DelaySeconds, "-1"),
        (Attribute::DelaySeconds, "soon"),
        (Attribute::MaximumMessageSize, "1023"),
        (Attribute::MaximumMessageSize, "1048577"),
        (Attribute::MessageRetentionPeriod, "59"),
        (Attribute::MessageRetentionPeriod, "1209601"),
        (Attribute::ReceiveMessageWaitTimeSeconds, "21"),
        (Attribute::VisibilityTimeout, "43201"),
        (Attribute::KmsDataKeyReusePeriodSeconds, "59"),
        (Attribute::SqsManagedSseEnabled, "maybe"),
        (Attribute::Policy, "not json"),
        (Attribute::RedriveAllowPolicy, "not json"),
    ] {
        check("inbound", &[(attribute, value)], "InvalidAttributeValue").await;
    }
    for (attribute, value) in [
        (Attribute::ContentBasedDeduplication, "maybe"),
        (Attribute::DeduplicationScope, "everywhere"),
        (Attribute::FifoThroughputLimit, "none"),
        (Attribute::FifoThroughputLimit, "perMessageGroupId"),
    ] {
        let attributes = [fifo.clone(), (attribute, value)];
        check("inbound.fifo", &attributes, "InvalidAttributeValue").await;
    }
    for name in ["Colour", "QueueArn"] {
        check(
            "inbound",
            &[(Attribute::from(name), "1")],
            "InvalidAttributeName",
        )
        .await;
    }
}

#[tokio::test]
async fn all_attributes_are_told() {
    let server = Server::start().await;
    let standard = server
        .queue("webhooks", &[(Attribute::VisibilityTimeout, "69")])
        .await;
    let fifo = server.queue("inbound.fifo", &[]).await;
    server.advance(10);
    for body in ["one", "two", "three"] {
        server.send(&standard, body).await;
    }
    let later = server.client.send_message().queue_url(&standard);
    later
        .message_body("later")
        .delay_seconds(60)
        .send()
        .await
        .unwrap();
    let one = server.client.receive_message().queue_url(&standard);
    one.send().await.unwrap();
    let change = server.client.set_queue_attributes().queue_url(&standard);
    let change = change.attributes(Attribute::DelaySeconds, "420");
    change
        .attributes(Attribute::MaximumMessageSize, "2048")
        .send()
        .await
        .unwrap();

    let all = async |url: &str| -> BTreeMap<String, String> {
        let request = server.client.get_queue_attributes().queue_url(url);
        let answer = request
            .attribute_names(Attribute::All)
            .send()
            .await
            .unwrap();
        let attributes = answer.attributes.unwrap().into_iter();
        attributes
            .map(|(name, value)| (name.as_str().to_owned(), value))
            .collect()
    };
    let expect = |pairs: &[(&str, &str)]| -> BTreeMap<String, String> {
        let pair = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        pairs.iter().map(pair).collect()
    };
    assert_eq!(
        all(&standard).await,
        expect(&[
            ("ApproximateNumberOfMessages", "2"),
            ("ApproximateNumberOfMessagesDelayed", "1"),
            ("ApproximateNumberOfMessagesNotVisible", "1"),
            ("CreatedTimestamp", "1785747600"),
            ("DelaySeconds", "420"),
            ("LastModifiedTimestamp", "1785747610"),
            ("MaximumMessageSize", "2048"),
            ("MessageRetentionPeriod", "345600"),
            ("QueueArn", "arn:aws:sqs:us-east-1:000000000000:webhooks"),
            ("ReceiveMessageWaitTimeSeconds", "0"),
            ("SqsManagedSseEnabled", "true"),
            ("VisibilityTimeout", "69"),
        ])
    );
    assert_eq!(
        all(&fifo).await,
        expect(&[
            ("ApproximateNumberOfMessages", "0"),
            ("ApproximateNumberOfMessagesDelayed", "0"),
            ("ApproximateNumberOfMessagesNotVisible", "0"),
            ("ContentBasedDeduplication", "false"),
            ("CreatedTimestamp", "1785747600"),
            ("DeduplicationScope", "queue"),
            ("DelaySeconds", "0"),
            ("FifoQueue", "true"),
            ("FifoThroughputLimit", "perQueue"),
            ("LastModifiedTimestamp", "1785747600"),
            ("MaximumMessageSize", "1048576"),
            ("MessageRetentionPeriod", "345600"),
            (
                "QueueArn",
                "arn:aws:sqs:us-east-1:000000000000:inbound.fifo"
            ),
            ("ReceiveMessageWaitTimeSeconds", "0"),
            ("SqsManagedSseEnabled", "true"),
            ("VisibilityTimeout", "30"),
        ])
    );
    let unknown = server.client.get_queue_attributes().queue_url(&fifo);
    let unknown = unknown
        .attribute_names(Attribute::from("Colour"))
        .send()
        .await;
    let error = unknown.unwrap_err().into_service_error();
    assert!(error.is_invalid_attribute_name(), "{error:?}");
}

#[tokio::test]
async fn the_kind_of_a_queue_cannot_be_changed() {
    let server = Server::start().await;
    let standard = server.queue("webhooks", &[]).await;
    let fifo = server.queue("inbound.fifo", &[]).await;
    let check = async |url: &str, value: &str, expect: (&str, &str)| {
        let request = server.client.set_queue_attributes().queue_url(url);
        let request = request.attributes(Attribute::FifoQueue, value);
        let (code, message) = request.send().await.map_err(refusal).unwrap_err();
        assert_eq!((code.as_str(), message.as_str()), expect);
    };
    check(
        &standard,
        "true",
        ("InvalidAttributeName", "Unknown Attribute FifoQueue."),
    )
    .await;
    let fixed = "Invalid value for the parameter FifoQueue. Reason: Modifying queue type is not \
                 supported.";
    check(&fifo, "false", ("InvalidAttributeValue", fixed)).await;
}

#[tokio::test]
async fn queues_are_listed_by_prefix_and_page() {
    let server = Server::start().await;
    for name in ["inbound", "inbound-dlq", "outbound"] {
        server.queue(name, &[]).await;
    }
    let url = |name: &str| format!("http://{}/000000000000/{name}", server.address);
    let some = server.client.list_queues().queue_name_prefix("inb");
    let some = some.send().await.unwrap().queue_urls.unwrap();
    assert_eq!(some, [url("inbound"), url("inbound-dlq")]);

    let first = server
        .client
        .list_queues()
        .max_results(2)
        .send()
        .await
        .unwrap();
    assert_eq!(first.queue_urls(), [url("inbound"), url("inbound-dlq")]);
    let rest = server.client.list_queues().max_results(2);
    let rest = rest.set_next_token(first.next_token).send().await.unwrap();
    assert_eq!(rest.queue_urls(), [url("outbound")]);
    assert_eq!(rest.next_token(), None);
}

#[tokio::test]
async fn a_deleted_queue_takes_its_messages_along() {
    let server = Server::start().await;
    let url = server.queue("webhooks", &[]).await;
    server.send(&url, "order paid").await;
    server
        .client
        .delete_queue()
        .queue_url(&url)
        .send()
        .await
        .unwrap();
    let list = server.client.list_queues().send().await.unwrap();
    assert_eq!(list.queue_urls(), [""; 0]);
    server.queue("webhooks", &[]).await;
    assert_eq!(server.receive(&url).await, []);
}

#[tokio::test]
async fn a_purge_empties_a_queue_once_a_minute() {
    let server = Server::start().await;
    let url = server.queue("webhooks", &[]).await;
    server.send(&url, "in flight").await;
    assert_eq!(server.bodies(&url).await, ["in flight"]);
    server.send(&url, "visible").await;
    let purge = async || server.client.purge_queue().queue_url(&url).send().await;
    purge().await.unwrap();
    server.advance(59);
    assert_eq!(server.receive(&url).await, []);
    let error = purge().await.unwrap_err().into_service_error();
    assert!(error.is_purge_queue_in_progress(), "{error:?}");
    server.advance(1);
    purge().await.unwrap();
}

#[tokio::test]
async fn what_is_not_built_is_refused_by_name() {
    let server = Server::start().await;
    let url = server.queue("webhooks", &[]).await;
    let tags = server.client.list_queue_tags().queue_url(&url).send().await;
    let error = tags.unwrap_err().into_service_error();
    assert!(error.is_unsupported_operation(), "{error:?}");
}

#[tokio::test]
async fn errors_are_worded_for_every_sdk() {
    let server = Server::start().await;
    let ask = async |action: &str, body: &str| {
        let request = reqwest::Client::new().post(format!("http://{}/", server.address));
        let request = request.header("x-amz-target", action).body(body.to_owned());
        let answer = request.send().await.unwrap();
        let header = answer.headers()["x-amzn-query-error"]
            .to_str()
            .unwrap()
            .to_owned();
        (
            answer.status().as_u16(),
            header,
            answer.text().await.unwrap(),
        )
    };
    let expect = |status: u16, header: &str, body: &str| (status, header.into(), body.into());
    assert_eq!(
        ask("AmazonSQS.GetQueueUrl", r#"{"QueueName":"gone"}"#).await,
        expect(
            400,
            "AWS.SimpleQueueService.NonExistentQueue;Sender",
            r#"{"__type":"com.amazonaws.sqs#QueueDoesNotExist","message":"The specified queue does not exist."}"#
        )
    );
    assert_eq!(
        ask("AmazonSQS.SendMessage", "{}").await,
        expect(
            400,
            "MissingParameter;Sender",
            r#"{"__type":"com.amazon.coral.service#MissingRequiredParameterException","message":"The request must contain the parameter QueueUrl."}"#
        )
    );
    let codes: BTreeSet<u16> = [
        ask("AmazonSQS.SendMessage", "no json").await.0,
        ask("Nobody.Knows", "{}").await.0,
    ]
    .into();
    assert_eq!(codes, [400].into());
}
