//! What AWS documents of DynamoDB and SQS and we rely on, asked of the embedded ones and, when there
//! is one, of the second opinion (`tests/second_opinion/run`), by the same code.

mod batches;
mod fifo;
mod flows;
mod refusals;
mod standard;
mod tables;

use std::{net::SocketAddr, sync::Arc};

use aws_sdk_sqs::{
    error::{ProvideErrorMetadata, SdkError},
    types::{Message, MessageSystemAttributeName, QueueAttributeName},
};
use countersign_aws::{Clients, LocalAws};
use countersign_local::{
    clock::ManualClock,
    stack::{Data, EmbeddedAws, Options, Others, Ports},
};
use it::{fresh_region, second_opinion};

/// Who does as AWS documents. A difference that is listed and is none any more fails its case, so
/// that no list outlives what it is about. `docs/second-opinion.md` tells each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Right {
    /// The embedded one and the other.
    Both,
    /// The embedded one alone: the case fails on the other.
    Embedded,
}

/// Runs a case where there is something to run it on, and compares with who should be right.
async fn check<F: Future<Output = ()> + Send + 'static>(right: Right, case: impl Fn(Clients) -> F) {
    let embedded = embedded().await;
    let held = holds(case(Clients::local(&embedded.at))).await;
    assert!(held, "the embedded one");
    if let Some(address) = second_opinion() {
        let held = holds(case(elsewhere(address))).await;
        assert_eq!(
            held,
            right == Right::Both,
            "whether it holds on the other one"
        );
    }
}

/// Whether a case came to its end without a panic.
async fn holds(case: impl Future<Output = ()> + Send + 'static) -> bool {
    tokio::spawn(case).await.is_ok()
}

/// Embedded services whose clock stands still, as no case waits for anything.
async fn embedded() -> EmbeddedAws {
    let clock = ManualClock::at("2026-11-20T07:00:00Z".parse().unwrap());
    let options = Options {
        data: Data::Gone,
        ports: Ports::Any,
        clock: Arc::new(clock),
        others: Others::default(),
    };
    EmbeddedAws::start(&options).await.unwrap()
}

/// Clients of the second opinion, in a region of their own.
fn elsewhere(address: SocketAddr) -> Clients {
    let url = format!("http://{address}");
    Clients::local(&LocalAws {
        dynamodb: url.clone(),
        sqs: url.clone(),
        s3: url,
        region: fresh_region(),
        access_key: "local".to_owned(),
        secret_key: "local".to_owned(),
    })
}

/// A queue of a case.
struct Queue {
    sqs: aws_sdk_sqs::Client,
    url: String,
}

impl Queue {
    /// Makes one, FIFO if its name says so.
    async fn new(clients: &Clients, name: &str) -> Self {
        Self::with(clients, name, &[]).await
    }

    async fn with(
        clients: &Clients,
        name: &str,
        attributes: &[(QueueAttributeName, &str)],
    ) -> Self {
        let mut request = clients.sqs().create_queue().queue_name(name);
        if name.ends_with(".fifo") {
            request = request.attributes(QueueAttributeName::FifoQueue, "true");
        }
        for (attribute, value) in attributes {
            request = request.attributes(attribute.clone(), *value);
        }
        Self {
            sqs: clients.sqs().clone(),
            url: request.send().await.unwrap().queue_url.unwrap(),
        }
    }

    /// One whose messages go to `dead` after `most` receives.
    async fn with_dead_letters(clients: &Clients, name: &str, dead: &Self, most: u32) -> Self {
        let arn = dead.attribute(QueueAttributeName::QueueArn).await;
        let policy = format!(r#"{{"deadLetterTargetArn":"{arn}","maxReceiveCount":{most}}}"#);
        Self::with(
            clients,
            name,
            &[(QueueAttributeName::RedrivePolicy, &policy)],
        )
        .await
    }

    async fn send(&self, body: &str) {
        let request = self.sqs.send_message().queue_url(&self.url);
        request.message_body(body).send().await.unwrap();
    }

    /// Sends to a group; the body is the deduplication id as well. Gives the message's id.
    async fn send_to(&self, group: &str, body: &str) -> String {
        self.send_as(group, body, body).await
    }

    async fn send_as(&self, group: &str, body: &str, id: &str) -> String {
        let request = self.sqs.send_message().queue_url(&self.url);
        let request = request.message_group_id(group).message_body(body);
        let sent = request.message_deduplication_id(id).send().await;
        sent.unwrap().message_id.unwrap()
    }

    async fn receive(&self) -> Vec<Message> {
        self.receive_at_most(10).await
    }

    async fn receive_at_most(&self, most: i32) -> Vec<Message> {
        let request = self.sqs.receive_message().queue_url(&self.url);
        let request = request.max_number_of_messages(most);
        let request = request.message_system_attribute_names(MessageSystemAttributeName::All);
        request.send().await.unwrap().messages.unwrap_or_default()
    }

    async fn bodies(&self) -> Vec<String> {
        bodies(&self.receive().await)
    }

    async fn delete(&self, message: &Message) -> Result<(), String> {
        let request = self.sqs.delete_message().queue_url(&self.url);
        let request = request.set_receipt_handle(message.receipt_handle.clone());
        request.send().await.map(drop).map_err(code)
    }

    async fn show_in(&self, message: &Message, seconds: i32) -> Result<(), String> {
        let request = self.sqs.change_message_visibility().queue_url(&self.url);
        let request = request.set_receipt_handle(message.receipt_handle.clone());
        let request = request.visibility_timeout(seconds);
        request.send().await.map(drop).map_err(code)
    }

    /// As a function does with what it could not finish.
    async fn show_again(&self, message: &Message) {
        self.show_in(message, 0).await.unwrap();
    }

    async fn attribute(&self, name: QueueAttributeName) -> String {
        let request = self.sqs.get_queue_attributes().queue_url(&self.url);
        let answer = request.attribute_names(name.clone()).send().await.unwrap();
        answer.attributes.unwrap().remove(&name).unwrap()
    }

    /// How many are visible and how many are in flight.
    async fn counts(&self) -> [String; 2] {
        let visible = QueueAttributeName::ApproximateNumberOfMessages;
        let in_flight = QueueAttributeName::ApproximateNumberOfMessagesNotVisible;
        [
            self.attribute(visible).await,
            self.attribute(in_flight).await,
        ]
    }
}

fn bodies(messages: &[Message]) -> Vec<String> {
    let body = |message: &Message| message.body.clone().unwrap();
    messages.iter().map(body).collect()
}

fn attribute(message: &Message, name: MessageSystemAttributeName) -> &str {
    message.attributes().unwrap().get(&name).unwrap()
}

/// The code a call was refused with, without the prefix that SQS's older protocol had.
fn code<E: ProvideErrorMetadata, R>(error: SdkError<E, R>) -> String {
    let code = error.code().unwrap_or("no code");
    let prefix = "AWS.SimpleQueueService.";
    code.strip_prefix(prefix).unwrap_or(code).to_owned()
}
