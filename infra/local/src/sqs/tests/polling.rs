use std::time::{Duration, Instant};

use aws_sdk_sqs::types::{
    Message, MessageSystemAttributeName::ApproximateReceiveCount, QueueAttributeName,
};
use tokio::{io::AsyncWriteExt, net::TcpStream, task::JoinHandle};

use super::{Server, attribute, bodies, until};

/// Polls `url` for `seconds` in the background, once the server holds the request.
async fn poll(server: &Server, url: &str, seconds: i32) -> JoinHandle<Vec<Message>> {
    let name = url.rsplit('/').next().unwrap().to_owned();
    let before = server.sqs.waiting(&name).unwrap();
    let request = server
        .client
        .receive_message()
        .queue_url(url)
        .wait_time_seconds(seconds);
    let polling =
        tokio::spawn(async move { request.send().await.unwrap().messages.unwrap_or_default() });
    until(|| server.sqs.waiting(&name).unwrap() == before + 1).await;
    polling
}

#[tokio::test]
async fn a_poll_ends_at_once_when_a_message_arrives() {
    let server = Server::start().await;
    let url = server.queue("webhooks", &[]).await;
    let started = Instant::now();
    let polling = poll(&server, &url, 20).await;
    let other = server.queue("statuses", &[]).await;
    server.send(&other, "nobody is blocked").await;
    assert_eq!(server.bodies(&other).await, ["nobody is blocked"]);
    server.send(&url, "order paid").await;
    assert_eq!(bodies(&polling.await.unwrap()), ["order paid"]);
    assert!(started.elapsed() < Duration::from_secs(15));
}

#[tokio::test]
async fn a_poll_ends_when_the_clock_makes_a_message_visible() {
    let server = Server::start().await;
    let url = server
        .queue("webhooks", &[(QueueAttributeName::DelaySeconds, "5")])
        .await;
    server.send(&url, "delayed").await;
    let polling = poll(&server, &url, 20).await;
    server.advance(5);
    assert_eq!(bodies(&polling.await.unwrap()), ["delayed"]);
    let polling = poll(&server, &url, 20).await;
    server.advance(60);
    let late = bodies(&polling.await.unwrap());
    assert_eq!(
        late,
        ["delayed"],
        "the timeout was over before the poll was"
    );
}

#[tokio::test]
async fn a_poll_ends_when_a_group_is_unlocked() {
    let server = Server::start().await;
    let url = server.queue("inbound.fifo", &[]).await;
    server.send_to(&url, "ada", "a1").await;
    let first = server.receive(&url).await.remove(0);
    server.send_to(&url, "ada", "a2").await;
    let polling = poll(&server, &url, 20).await;
    server.delete(&url, &first).await.unwrap();
    let second = polling.await.unwrap();
    assert_eq!(bodies(&second), ["a2"]);
    let polling = poll(&server, &url, 20).await;
    server.show_again(&url, &second[0], 0).await.unwrap();
    assert_eq!(bodies(&polling.await.unwrap()), ["a2"]);
}

#[tokio::test]
async fn a_poll_ends_by_the_clock_and_in_real_time() {
    let server = Server::start().await;
    let wait = [(QueueAttributeName::ReceiveMessageWaitTimeSeconds, "20")];
    let url = server.queue("webhooks", &wait).await;
    let started = Instant::now();
    let request = server.client.receive_message().queue_url(&url);
    let polling = tokio::spawn(async move { request.send().await.unwrap().messages });
    until(|| server.sqs.waiting("webhooks").unwrap() == 1).await;
    server.advance(20);
    assert_eq!(polling.await.unwrap(), None);
    assert!(
        started.elapsed() < Duration::from_secs(15),
        "the queue's own wait, by its clock"
    );

    let started = Instant::now();
    let polling = poll(&server, &url, 1).await;
    assert_eq!(polling.await.unwrap(), []);
    assert!(
        started.elapsed() >= Duration::from_secs(1),
        "the clock stood still"
    );
}

#[tokio::test]
async fn a_poll_ends_when_its_queue_is_deleted() {
    let server = Server::start().await;
    let url = server.queue("webhooks", &[]).await;
    let request = server
        .client
        .receive_message()
        .queue_url(&url)
        .wait_time_seconds(20);
    let polling = tokio::spawn(async move { request.send().await });
    until(|| server.sqs.waiting("webhooks").unwrap() == 1).await;
    server
        .client
        .delete_queue()
        .queue_url(&url)
        .send()
        .await
        .unwrap();
    let error = polling.await.unwrap().unwrap_err().into_service_error();
    assert!(error.is_queue_does_not_exist(), "{error:?}");
}

#[tokio::test]
async fn a_client_that_has_gone_takes_no_message_along() {
    let server = Server::start().await;
    let url = server.queue("webhooks", &[]).await;
    let body = r#"{"QueueUrl":"webhooks","WaitTimeSeconds":20}"#;
    let request = format!(
        "POST / HTTP/1.1\r\nhost: sqs\r\nx-amz-target: AmazonSQS.ReceiveMessage\r\n\
         content-length: {}\r\n\r\n{body}",
        body.len()
    );
    for round in 0..50 {
        let mut gone = TcpStream::connect(&server.address).await.unwrap();
        gone.write_all(request.as_bytes()).await.unwrap();
        until(|| server.sqs.waiting("webhooks").unwrap() == 1).await;
        drop(gone);
        server.send(&url, "order paid").await;
        until(|| server.sqs.waiting("webhooks").unwrap() == 0).await;
        let message = server.receive(&url).await.remove(0);
        assert_eq!(
            attribute(&message, ApproximateReceiveCount),
            "1",
            "round {round}"
        );
        server.delete(&url, &message).await.unwrap();
    }
}

#[tokio::test]
async fn a_server_that_stops_takes_no_message_along() {
    let server = Server::start().await;
    let url = server.queue("webhooks", &[]).await;
    let polling = server
        .client
        .receive_message()
        .queue_url(&url)
        .wait_time_seconds(20);
    let polling = tokio::spawn(async move { polling.send().await.map(drop) });
    until(|| server.sqs.waiting("webhooks").unwrap() == 1).await;
    server.serving.abort();
    until(|| server.sqs.waiting("webhooks").unwrap() == 0).await;
    assert!(polling.await.unwrap().is_err());
}
