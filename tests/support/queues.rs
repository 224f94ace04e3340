//! Deliveries by hand: what waits in a queue, given to a function past the queue's own locks, as
//! often and to as many at once as a test likes. The messages themselves stay in their queue.

use aws_lambda_events::sqs::{SqsEvent, SqsMessage};
use countersign_aws::{
    queues::{Envelope, Queue},
    schema,
};
use countersign_core::message::Inbound;

use crate::World;

/// A message that can be delivered any number of times.
#[derive(Debug, Clone)]
pub struct Waiting {
    /// What was sent.
    pub body: String,
    id: String,
    group: Option<String>,
}

impl World {
    /// What is in a queue, oldest first. Nothing is received by looking.
    pub fn waiting(&self, queue: schema::Queue) -> Vec<Waiting> {
        let messages = self.stack.sqs().peek(queue.name).unwrap();
        let waiting = messages.into_iter().map(|message| Waiting {
            body: message.body,
            id: message.message_id,
            group: message.group,
        });
        waiting.collect()
    }

    /// One receive on one queue, with the stack's own functions.
    pub async fn drain_queue(&self, queue: schema::Queue) {
        let url = self.stack.environment.get(queue.variable).unwrap();
        let mappings = self.stack.mappings(&self.stack.functions());
        let mapping = mappings.iter().find(|mapping| mapping.queue_url == url);
        let drained = self.drain(mapping.unwrap()).await;
        assert_eq!(drained.failed, Vec::<String>::new());
    }

    /// Puts something that happened on the inbound queue, as a function does.
    pub async fn inbound(&self, inbound: &Inbound) {
        let url = self.stack.environment.get(schema::INBOUND.variable);
        let queue = Queue::new(self.stack.direct.sqs().clone(), url.unwrap());
        queue.send(inbound).await.unwrap();
    }
}

impl Waiting {
    /// The message group it is in.
    pub fn group(&self) -> &str {
        self.group.as_deref().unwrap()
    }

    /// A message that never was in a queue.
    pub fn new<T: Envelope>(id: &str, message: &T) -> Self {
        Self {
            body: serde_json::to_string(message).unwrap(),
            id: id.to_owned(),
            group: message.fifo().map(|(group, _)| group),
        }
    }

    /// An event with this message alone, received for the `receives`th time.
    pub fn event(&self, receives: u32) -> SqsEvent {
        let mut message = SqsMessage::default();
        message.message_id = Some(self.id.clone());
        message.receipt_handle = Some(format!("by hand {}", self.id));
        message.body = Some(self.body.clone());
        let attributes = &mut message.attributes;
        attributes.insert("ApproximateReceiveCount".into(), receives.to_string());
        attributes.extend(
            self.group
                .clone()
                .map(|group| ("MessageGroupId".into(), group)),
        );
        let mut event = SqsEvent::default();
        event.records = vec![message];
        event
    }
}
