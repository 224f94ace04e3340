//! The server as a real client sees it: every case speaks through `aws-sdk-sqs` over HTTP. What is
//! expected comes from the SQS API reference and developer guide, and from AWS's recorded answers.

mod batches;
mod fifo;
mod messages;
mod persistence;
mod polling;
mod queues;
mod races;
mod redrive;
mod visibility;

use std::{path::Path, sync::Arc, time::Duration};

use aws_sdk_sqs::{
    Client,
    config::{Credentials, Region, retry::RetryConfig},
    error::{ProvideErrorMetadata, SdkError},
    types::{Message, MessageSystemAttributeName, QueueAttributeName},
};
use tokio::{net::TcpListener, task::JoinHandle};

use super::Sqs;
use crate::clock::ManualClock;

/// A server on a port of its own whose clock stands still, and a client of it.
struct Server {
    sqs: Sqs,
    clock: ManualClock,
    client: Client,
    address: String,
    serving: JoinHandle<()>,
}

impl Server {
    async fn start() -> Self {
        Self::open(
            None,
            ManualClock::at("2026-08-03T09:00:00Z".parse().unwrap()),
        )
        .await
    }

    async fn open(path: Option<&Path>, clock: ManualClock) -> Self {
        let sqs = Sqs::open(path, Arc::new(clock.clone())).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let serving = tokio::spawn(sqs.clone().serve(listener));
        let client = client(&address).await;
        Self {
            sqs,
            clock,
            client,
            address,
            serving,
        }
    }

    fn advance(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
    }

    /// Creates a queue (FIFO if its name says so) and returns its URL.
    async fn queue(&self, name: &str, attributes: &[(QueueAttributeName, &str)]) -> String {
        let mut request = self.client.create_queue().queue_name(name);
        if name.ends_with(".fifo") {
            request = request.attributes(QueueAttributeName::FifoQueue, "true");
        }
        for (attribute, value) in attributes {
            request = request.attributes(attribute.clone(), *value);
        }
        request.send().await.unwrap().queue_url.unwrap()
    }

    async fn send(&self, url: &str, body: &str) {
        let request = self.client.send_message().queue_url(url);
        request.message_body(body).send().await.unwrap();
    }

    /// Sends `body` to `group`; the body is the deduplication id as well.
    async fn send_to(&self, url: &str, group: &str, body: &str) {
        let request = self.client.send_message().queue_url(url);
        let request = request
            .message_group_id(group)
            .message_deduplication_id(body);
        request.message_body(body).send().await.unwrap();
    }

    async fn receive(&self, url: &str) -> Vec<Message> {
        let request = self.client.receive_message().queue_url(url);
        let request = request.max_number_of_messages(10);
        let request = request.message_system_attribute_names(MessageSystemAttributeName::All);
        request.send().await.unwrap().messages.unwrap_or_default()
    }

    async fn bodies(&self, url: &str) -> Vec<String> {
        bodies(&self.receive(url).await)
    }

    async fn delete(&self, url: &str, message: &Message) -> Result<(), String> {
        let request = self.client.delete_message().queue_url(url);
        let request = request.receipt_handle(handle(message));
        request.send().await.map(drop).map_err(code)
    }

    async fn show_again(&self, url: &str, message: &Message, seconds: i32) -> Result<(), String> {
        let request = self.client.change_message_visibility().queue_url(url);
        let request = request.receipt_handle(handle(message));
        let request = request.visibility_timeout(seconds);
        request.send().await.map(drop).map_err(code)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn client(address: &str) -> Client {
    let credentials = Credentials::builder()
        .access_key_id("local")
        .secret_access_key("local")
        .provider_name("tests")
        .build();
    let config = aws_config::defaults(aws_config::BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .credentials_provider(credentials)
        .endpoint_url(format!("http://{address}"))
        .retry_config(RetryConfig::disabled())
        .load()
        .await;
    Client::new(&config)
}

fn bodies(messages: &[Message]) -> Vec<String> {
    let body = |message: &Message| message.body.clone().unwrap();
    messages.iter().map(body).collect()
}

fn handle(message: &Message) -> &str {
    message.receipt_handle().unwrap()
}

fn attribute(message: &Message, name: MessageSystemAttributeName) -> &str {
    message.attributes().unwrap().get(&name).unwrap()
}

/// The code a call was refused with.
fn code<E: ProvideErrorMetadata, R>(error: SdkError<E, R>) -> String {
    error.code().unwrap_or("no code").to_owned()
}

/// The code and the words a call was refused with.
fn refusal<E: ProvideErrorMetadata, R>(error: SdkError<E, R>) -> (String, String) {
    let message = error.message().unwrap_or_default().to_owned();
    (code(error), message)
}

/// Lets everything else run until `condition` holds.
async fn until(condition: impl Fn() -> bool) {
    let patience = Duration::from_secs(10);
    let waiting = async {
        while !condition() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(patience, waiting).await.unwrap();
}
