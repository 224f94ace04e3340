use std::{collections::BTreeMap, slice};

use aws_sdk_sqs::{
    primitives::Blob,
    types::{MessageAttributeValue, MessageSystemAttributeName, QueueAttributeName},
};

use super::{Server, refusal};

fn text(kind: &str, value: &str) -> MessageAttributeValue {
    let value = MessageAttributeValue::builder()
        .data_type(kind)
        .string_value(value);
    value.build().unwrap()
}

fn binary(value: &[u8]) -> MessageAttributeValue {
    let builder = MessageAttributeValue::builder().data_type("Binary");
    builder.binary_value(Blob::new(value)).build().unwrap()
}

#[tokio::test]
async fn digests_are_those_of_aws() {
    let server = Server::start().await;
    let url = server.queue("webhooks", &[]).await;
    let check = async |attributes: &[(&str, MessageAttributeValue)], expect: &str| {
        let mut request = server
            .client
            .send_message()
            .queue_url(&url)
            .message_body("msg");
        for (name, value) in attributes {
            request = request.message_attributes(*name, value.clone());
        }
        let sent = request.send().await.unwrap();
        assert_eq!(
            sent.md5_of_message_body(),
            Some("6e2baaf3b97dbeef01c0043275f9a0e7")
        );
        assert_eq!(
            sent.md5_of_message_attributes(),
            Some(expect),
            "{attributes:?}"
        );
    };
    let plain = ("attribName1", text("String", "attribValue 1"));
    let number = "4563442423554324324264524243.32543234";
    let number = ("customNumberTypeAttrib", text("Number.float", number));
    let bytes = ("binaryAttribute", binary(b"Hello binary world!"));
    check(slice::from_ref(&plain), "19e27d4e946b072f3f58da80d94fd778").await;
    check(slice::from_ref(&number), "9fe1b90bbd9965bdf77bac517c7d2495").await;
    check(slice::from_ref(&bytes), "31a92b15d92f8db860eda32aceb656c3").await;
    check(&[plain, number, bytes], "c932db14a896c663f83c260297d594ff").await;
}

#[tokio::test]
async fn message_attributes_are_returned_when_asked_for() {
    let server = Server::start().await;
    let url = server
        .queue("webhooks", &[(QueueAttributeName::VisibilityTimeout, "0")])
        .await;
    let request = server
        .client
        .send_message()
        .queue_url(&url)
        .message_body("msg");
    let request = request.message_attributes("Hello", text("String", "There"));
    let request = request.message_attributes("General", text("String", "Kenobi"));
    let request = request.message_attributes("Help.Me", text("String", "Me"));
    request.send().await.unwrap();

    let check = async |asked: &[&str], names: &[&str], md5: Option<&str>| {
        let asked: Vec<String> = asked.iter().map(|name| (*name).to_owned()).collect();
        let request = server.client.receive_message().queue_url(&url);
        let request = request.set_message_attribute_names(Some(asked.clone()));
        let message = request.send().await.unwrap().messages.unwrap().remove(0);
        let found = message.message_attributes.unwrap_or_default();
        let found: BTreeMap<String, MessageAttributeValue> = found.into_iter().collect();
        assert_eq!(found.keys().collect::<Vec<_>>(), names, "{asked:?}");
        assert_eq!(
            message.md5_of_message_attributes.as_deref(),
            md5,
            "{asked:?}"
        );
        assert_eq!(message.attributes, None);
    };
    let all = ["General", "Hello", "Help.Me"];
    check(&[], &[], None).await;
    check(&["All"], &all, Some("4c360f3fdafd970e05fae2f149d997f5")).await;
    check(&[".*"], &all, Some("4c360f3fdafd970e05fae2f149d997f5")).await;
    check(&["Foo"], &[], None).await;
    check(
        &["Hello", "General"],
        &all[..2],
        Some("fca026605781cb4126a1e9044df24232"),
    )
    .await;
    check(
        &["Hello", "Foo"],
        &["Hello"],
        Some("a311262e065454b75da111d535b8dacd"),
    )
    .await;
    check(
        &["Hel.*"],
        &all[1..],
        Some("83fee93c1bcd8b9a5a923ffacdc636c7"),
    )
    .await;
    check(&["AWS."], &[], None).await;
}

#[tokio::test]
async fn binary_values_and_trace_headers_survive_the_way() {
    let server = Server::start().await;
    let url = server.queue("webhooks", &[]).await;
    let header = aws_sdk_sqs::types::MessageSystemAttributeValue::builder();
    let header = header
        .data_type("String")
        .string_value("Root=1-5759e988-bd862e3fe1be46a994272793");
    let request = server
        .client
        .send_message()
        .queue_url(&url)
        .message_body("msg");
    let sent = request
        .message_attributes("raw", binary(&[0, 159, 146, 150]))
        .message_system_attributes("AWSTraceHeader".into(), header.build().unwrap())
        .send()
        .await
        .unwrap();
    assert!(sent.md5_of_message_system_attributes().is_some());
    let request = server.client.receive_message().queue_url(&url);
    let request = request.message_attribute_names("raw");
    let request =
        request.message_system_attribute_names(MessageSystemAttributeName::AwsTraceHeader);
    let message = request.send().await.unwrap().messages.unwrap().remove(0);
    let raw = message.message_attributes.unwrap().remove("raw").unwrap();
    assert_eq!(raw, binary(&[0, 159, 146, 150]));
    let trace = message.attributes.unwrap();
    let expect = "Root=1-5759e988-bd862e3fe1be46a994272793".to_owned();
    assert_eq!(
        trace,
        [(MessageSystemAttributeName::AwsTraceHeader, expect)].into()
    );
}

#[tokio::test]
async fn system_attributes_are_returned_when_asked_for() {
    use MessageSystemAttributeName as Name;
    let server = Server::start().await;
    let url = server.queue("inbound.fifo", &[]).await;
    let sent = server.client.send_message().queue_url(&url);
    let sent = sent
        .message_group_id("group-1")
        .message_deduplication_id("dedup-1");
    let sent = sent.message_body("message-body-1").send().await.unwrap();
    let sequence = sent.sequence_number.unwrap();
    let told = |count: &str| {
        std::collections::HashMap::from([
            (Name::SenderId, "AIDALOCALCOUNTERSIGN".to_owned()),
            (Name::SentTimestamp, "1785747600000".to_owned()),
            (
                Name::ApproximateFirstReceiveTimestamp,
                "1785747605000".to_owned(),
            ),
            (Name::ApproximateReceiveCount, count.to_owned()),
            (Name::MessageGroupId, "group-1".to_owned()),
            (Name::MessageDeduplicationId, "dedup-1".to_owned()),
            (Name::SequenceNumber, sequence.clone()),
        ])
    };
    server.advance(5);
    let first = server.receive(&url).await.remove(0);
    server.advance(30);
    let second = server.receive(&url).await.remove(0);
    assert_eq!(first.attributes, Some(told("1")));
    assert_eq!(second.attributes, Some(told("2")));
    assert_eq!(first.message_id, sent.message_id);
    assert_eq!(
        first.md5_of_body(),
        Some("19c9e282d65f9733bc6b35d50062c7ee")
    );
    assert_ne!(first.receipt_handle, second.receipt_handle);

    server.advance(30);
    #[expect(deprecated, reason = "older consumers still ask by this name")]
    let request = server
        .client
        .receive_message()
        .attribute_names(QueueAttributeName::from("ApproximateReceiveCount"));
    let third = request
        .queue_url(&url)
        .send()
        .await
        .unwrap()
        .messages
        .unwrap()
        .remove(0);
    let count = (Name::ApproximateReceiveCount, "3".to_owned());
    assert_eq!(third.attributes, Some([count].into()));

    let unknown = server.client.receive_message().queue_url(&url);
    let unknown = unknown
        .message_system_attribute_names(Name::from("Colour"))
        .send()
        .await;
    let expect = (
        "InvalidAttributeName".to_owned(),
        "Unknown Attribute Colour.".to_owned(),
    );
    assert_eq!(unknown.map_err(refusal).unwrap_err(), expect);
}

#[tokio::test]
async fn what_cannot_be_sent_is_refused() {
    let server = Server::start().await;
    let small = (QueueAttributeName::MaximumMessageSize, "1024");
    let standard = server.queue("webhooks", &[]).await;
    let small = server.queue("small", &[small]).await;
    let fifo = server.queue("inbound.fifo", &[]).await;
    type Send = aws_sdk_sqs::operation::send_message::builders::SendMessageFluentBuilder;
    let check =
        async |url: &str, body: &str, shape: &dyn Fn(Send) -> Send, code: &str, words: &str| {
            let request = server
                .client
                .send_message()
                .queue_url(url)
                .message_body(body);
            let refused = shape(request).send().await.map_err(refusal).unwrap_err();
            assert_eq!(refused.0, code, "{}", refused.1);
            assert!(refused.1.contains(words), "{refused:?}");
        };
    let plain = |request: Send| request;
    check(&standard, "", &plain, "MissingParameter", "MessageBody").await;
    for body in ["bell \u{7}", "\u{0}", "\u{fffe}", "\u{ffff}"] {
        check(
            &standard,
            body,
            &plain,
            "InvalidMessageContents",
            "Invalid characters",
        )
        .await;
    }
    let long = "x".repeat(1_048_577);
    let words = "Message must be shorter than 1048576 bytes.";
    check(&standard, &long, &plain, "InvalidParameterValue", words).await;
    let words = "Message must be shorter than 1024 bytes.";
    check(
        &small,
        &long[..1025],
        &plain,
        "InvalidParameterValue",
        words,
    )
    .await;
    let attributes = |request: Send| request.message_attributes("name", text("String", "value"));
    check(
        &small,
        &long[..1010],
        &attributes,
        "InvalidParameterValue",
        words,
    )
    .await;

    let wrong = "InvalidParameterValue";
    check(
        &standard,
        "x",
        &|r| r.delay_seconds(901),
        wrong,
        "DelaySeconds",
    )
    .await;
    check(
        &standard,
        "x",
        &|r| r.delay_seconds(-1),
        wrong,
        "DelaySeconds",
    )
    .await;
    let dedup = |r: Send| r.message_deduplication_id("one");
    check(&standard, "x", &dedup, wrong, "MessageDeduplicationId").await;

    let group = |r: Send| r.message_group_id("group");
    check(&fifo, "x", &plain, "MissingParameter", "MessageGroupId").await;
    check(&fifo, "x", &group, wrong, "ContentBasedDeduplication").await;
    let delayed = |r: Send| dedup(group(r)).delay_seconds(2);
    check(&fifo, "x", &delayed, wrong, "not valid for this queue type").await;
    let spaced = |r: Send| dedup(r).message_group_id("two words");
    check(&fifo, "x", &spaced, wrong, "MessageGroupId").await;
    let id = "d".repeat(129);
    let long_id = |r: Send| group(r).message_deduplication_id(&id);
    check(&fifo, "x", &long_id, wrong, "MessageDeduplicationId").await;

    for (name, value) in [
        ("AWS.own", text("String", "x")),
        ("amazon.own", text("String", "x")),
        (".dot", text("String", "x")),
        ("dots..inside", text("String", "x")),
        ("two words", text("String", "x")),
        ("empty", text("String", "")),
        ("kind", text("Colour", "red")),
        ("control", text("String", "\u{8}")),
    ] {
        let shape = |r: Send| r.message_attributes(name, value.clone());
        check(&standard, "x", &shape, wrong, name).await;
    }
    let many = |mut request: Send| {
        for number in 0..11 {
            request = request.message_attributes(format!("n{number}"), text("Number", "1"));
        }
        request
    };
    check(&standard, "x", &many, wrong, "10").await;
}

#[tokio::test]
async fn the_largest_message_passes() {
    let server = Server::start().await;
    let url = server.queue("webhooks", &[]).await;
    // A quote takes two bytes in JSON: the limit is on the message, not on the request.
    let body = "\"".repeat(1_048_576);
    server.send(&url, &body).await;
    assert!(server.bodies(&url).await == [body]);
}

#[tokio::test]
async fn a_delay_holds_a_message_back() {
    let server = Server::start().await;
    let url = server
        .queue("webhooks", &[(QueueAttributeName::DelaySeconds, "10")])
        .await;
    server.send(&url, "queue's delay").await;
    let own = server
        .client
        .send_message()
        .queue_url(&url)
        .message_body("own delay");
    own.delay_seconds(20).send().await.unwrap();
    let none = server
        .client
        .send_message()
        .queue_url(&url)
        .message_body("no delay");
    none.delay_seconds(0).send().await.unwrap();
    assert_eq!(server.bodies(&url).await, ["no delay"]);
    server.advance(10);
    assert_eq!(server.bodies(&url).await, ["queue's delay"]);
    server.advance(10);
    assert_eq!(server.bodies(&url).await, ["own delay"]);
}

#[tokio::test]
async fn a_message_is_kept_for_the_retention_period() {
    let server = Server::start().await;
    let url = server.queue("webhooks", &[]).await;
    let short = server
        .queue(
            "short",
            &[(QueueAttributeName::MessageRetentionPeriod, "60")],
        )
        .await;
    server.send(&url, "four days").await;
    server.send(&short, "a minute").await;
    server.advance(59);
    assert_eq!(server.sqs.counts("short").unwrap().visible, 1);
    server.advance(1);
    assert_eq!(server.sqs.counts("short").unwrap().visible, 0);
    assert_eq!(server.receive(&short).await, []);
    server.advance(345_600 - 61);
    assert_eq!(server.sqs.counts("webhooks").unwrap().visible, 1);
    server.advance(1);
    assert_eq!(server.receive(&url).await, []);
    assert_eq!(server.sqs.pending().unwrap(), 0);
}

#[tokio::test]
async fn receive_parameters_are_checked() {
    let server = Server::start().await;
    let url = server.queue("webhooks", &[]).await;
    let receive = || server.client.receive_message().queue_url(&url);
    let requests = [
        (
            receive().max_number_of_messages(11),
            "Value 11 for parameter MaxNumberOfMessages",
        ),
        (
            receive().max_number_of_messages(0),
            "Value 0 for parameter MaxNumberOfMessages",
        ),
        (
            receive().wait_time_seconds(21),
            "Value 21 for parameter WaitTimeSeconds",
        ),
        (
            receive().visibility_timeout(43_201),
            "Value 43201 for parameter VisibilityTimeout",
        ),
        (
            receive().visibility_timeout(-1),
            "Value -1 for parameter VisibilityTimeout",
        ),
    ];
    for (request, words) in requests {
        let (code, message) = request.send().await.map_err(refusal).unwrap_err();
        assert_eq!(code, "InvalidParameterValue");
        assert!(message.starts_with(words), "{message}");
    }
}
