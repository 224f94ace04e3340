use std::path::PathBuf;

use aws_sdk_sqs::types::{MessageSystemAttributeName as Name, QueueAttributeName};

use super::{Server, attribute, bodies};
use crate::clock::ManualClock;

/// A directory of this test's own, removed when it is over.
struct Directory(PathBuf);

impl Directory {
    fn new() -> Self {
        let path = std::env::temp_dir().join(format!("sqs-{}", uuid::Uuid::new_v4()));
        std::fs::create_dir(&path).unwrap();
        Self(path)
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.0).unwrap();
    }
}

#[tokio::test]
async fn everything_acknowledged_survives_a_restart() {
    let directory = Directory::new();
    let path = directory.0.join("sqs.db");
    let clock = ManualClock::at("2026-08-03T09:00:00Z".parse().unwrap());
    let start = async || Server::open(Some(&path), clock.clone()).await;

    let server = start().await;
    let content = [(QueueAttributeName::ContentBasedDeduplication, "true")];
    let url = server.queue("inbound.fifo", &content).await;
    for (group, body) in [
        ("ada", "deleted"),
        ("ben", "in-flight"),
        ("cleo", "waiting"),
    ] {
        server.send_to(&url, group, body).await;
    }
    let request = server
        .client
        .receive_message()
        .queue_url(&url)
        .max_number_of_messages(2);
    let received = request.send().await.unwrap().messages.unwrap();
    assert_eq!(bodies(&received), ["deleted", "in-flight"]);
    server.delete(&url, &received[0]).await.unwrap();
    drop(server);

    let server = start().await;
    let answer = server.client.get_queue_attributes().queue_url(&url);
    let answer = answer.attribute_names(QueueAttributeName::ContentBasedDeduplication);
    let kept = answer.send().await.unwrap().attributes.unwrap();
    assert_eq!(
        kept,
        [(QueueAttributeName::ContentBasedDeduplication, "true".into())].into()
    );
    for body in ["deleted", "in-flight", "waiting"] {
        server.send_to(&url, "duplicate", body).await;
    }
    assert_eq!(server.bodies(&url).await, ["waiting"]);
    server.delete(&url, &received[1]).await.unwrap();
    assert_eq!(server.sqs.counts("inbound.fifo").unwrap().in_flight, 1);
    server.send_to(&url, "ada", "after-the-restart").await;
    drop(server);

    server_restarted_later(start().await, &url).await;
}

async fn server_restarted_later(server: Server, url: &str) {
    server.advance(30);
    let received = server.receive(url).await;
    assert_eq!(bodies(&received), ["waiting", "after-the-restart"]);
    let count = |message| attribute(message, Name::ApproximateReceiveCount);
    assert_eq!(received.iter().map(count).collect::<Vec<_>>(), ["2", "1"]);
}
