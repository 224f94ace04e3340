//! The queue pump: what Lambda's SQS event source mapping does, calling handlers in this process.
//!
//! It receives up to ten messages, calls the handler with them as one event, and deletes what the
//! handler did not report as failed. What failed keeps its visibility timeout and comes back when
//! that is over; a handler that threw, panicked or ran out of time fails the whole batch. The group
//! lock of FIFO queues is SQS's own: while a batch is invisible, nothing more of its groups is
//! received. One batch may hold several groups.
//!
//! Unlike Lambda it does not receive more slowly after errors of the function, only while the
//! queue itself can't be reached.

use std::{sync::Arc, time::Duration};

use anyhow::Context;
use aws_lambda_events::event::sqs::{SqsBatchResponse, SqsEvent, SqsMessage};
use aws_sdk_sqs::{
    Client,
    types::{DeleteMessageBatchRequestEntry, MessageSystemAttributeName},
};
use futures::future::BoxFuture;
use tokio::{sync::watch, task::JoinSet};

pub use self::{call::Thrown, settlement::Drained};

mod call;
mod event;
mod settlement;

/// How long one receive waits for a message. [`Running::stop`] waits for it to end, because a
/// receive that is broken off may take messages away that nobody has seen.
const LONG_POLL: Duration = Duration::from_secs(1);

/// The waits between receives that fail.
const BACK_OFF: [Duration; 5] = [
    Duration::from_millis(100),
    Duration::from_millis(300),
    Duration::from_secs(1),
    Duration::from_secs(2),
    Duration::from_secs(5),
];

/// A function's handler for a batch of messages.
pub type Handler = Arc<
    dyn Fn(SqsEvent) -> BoxFuture<'static, Result<SqsBatchResponse, HandlerError>> + Send + Sync,
>;

/// The error a handler throws, as for `lambda_runtime`.
pub type HandlerError = Box<dyn std::error::Error + Send + Sync>;

/// Makes a [`Handler`] of an async function.
pub fn handler<F, Fut, E>(function: F) -> Handler
where
    F: Fn(SqsEvent) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = Result<SqsBatchResponse, E>> + Send + 'static,
    E: Into<HandlerError>,
{
    Arc::new(move |event| {
        let answer = function(event);
        Box::pin(async move { answer.await.map_err(Into::into) })
    })
}

/// Whether a queue keeps an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Messages of one group come in order.
    Fifo,
    /// No order.
    Standard,
}

/// One queue and the function it drives.
#[derive(Clone)]
pub struct Mapping {
    /// The queue's URL.
    pub queue_url: String,
    /// Messages in one event, 1 to 10.
    pub batch_size: i32,
    /// Events in flight at the same time, at least 1 (0 counts as 1).
    pub max_concurrency: usize,
    /// As the queue was made.
    pub kind: Kind,
    /// The function's timeout: its future is dropped then and the batch has failed.
    pub timeout: Duration,
    /// The function.
    pub handler: Handler,
}

/// The pump: a client of the queues.
#[derive(Debug, Clone)]
pub struct Pump {
    sqs: Client,
}

impl Pump {
    /// A pump for the queues `sqs` reaches.
    pub fn new(sqs: Client) -> Self {
        Self { sqs }
    }

    /// Drives every mapping until the result is stopped or dropped.
    pub fn start(&self, mappings: Vec<Mapping>) -> Running {
        let stop = watch::Sender::new(false);
        let mut loops = JoinSet::new();
        for mapping in mappings {
            loops.spawn(run(self.clone(), Arc::new(mapping), stop.subscribe()));
        }
        Running { stop, loops }
    }

    /// One receive that does not wait, one call of the handler with what came, and the deletion of
    /// what it did not fail. Dropping the future drops the handler's with it.
    ///
    /// # Errors
    /// When the queue can't be received from or deleted from; a handler's error is part of the
    /// result.
    pub async fn drain_once(&self, mapping: &Mapping) -> anyhow::Result<Drained> {
        let batch = self.receive(mapping, Duration::ZERO).await?;
        self.deliver(mapping, batch).await
    }

    async fn receive(&self, mapping: &Mapping, wait: Duration) -> anyhow::Result<Vec<SqsMessage>> {
        let output = self
            .sqs
            .receive_message()
            .queue_url(&mapping.queue_url)
            .max_number_of_messages(mapping.batch_size)
            .wait_time_seconds(i32::try_from(wait.as_secs())?)
            .message_system_attribute_names(MessageSystemAttributeName::All)
            .message_attribute_names("All")
            .send()
            .await
            .with_context(|| format!("receiving from {}", mapping.queue_url))?;
        let region = self.sqs.config().region().map(AsRef::as_ref);
        let source = event::Source::of(&mapping.queue_url, region.unwrap_or("us-east-1"));
        let messages = output.messages.unwrap_or_default().into_iter();
        Ok(messages.map(|message| source.message(message)).collect())
    }

    async fn deliver(&self, mapping: &Mapping, batch: Vec<SqsMessage>) -> anyhow::Result<Drained> {
        if batch.is_empty() {
            return Ok(Drained::default());
        }
        let answer = call::call(mapping, batch.clone()).await;
        let (deletions, drained) = settlement::settle(&batch, mapping.kind, answer);
        drained.report(&mapping.queue_url);
        self.delete(&mapping.queue_url, deletions).await?;
        Ok(drained)
    }

    async fn delete(&self, queue_url: &str, receipts: Vec<String>) -> anyhow::Result<()> {
        if receipts.is_empty() {
            return Ok(());
        }
        let entries = receipts
            .into_iter()
            .enumerate()
            .map(|(index, receipt)| {
                DeleteMessageBatchRequestEntry::builder()
                    .id(index.to_string())
                    .receipt_handle(receipt)
                    .build()
            })
            .collect::<Result<Vec<_>, _>>()?;
        let output = self
            .sqs
            .delete_message_batch()
            .queue_url(queue_url)
            .set_entries(Some(entries))
            .send()
            .await
            .with_context(|| format!("deleting from {queue_url}; the messages will come again"))?;
        for failed in output.failed() {
            tracing::warn!(
                queue_url,
                code = failed.code(),
                "a handled message could not be deleted and will come again"
            );
        }
        Ok(())
    }
}

/// A pump at work. Dropping it drops the handlers in flight.
#[derive(Debug)]
pub struct Running {
    stop: watch::Sender<bool>,
    loops: JoinSet<()>,
}

impl Running {
    /// Receives nothing more and returns when every batch in flight is settled.
    pub async fn stop(mut self) {
        self.stop.send_replace(true);
        while let Some(ended) = self.loops.join_next().await {
            if let Err(error) = ended {
                tracing::error!(%error, "a loop of the queue pump ended out of order");
            }
        }
    }
}

async fn run(pump: Pump, mapping: Arc<Mapping>, mut stop: watch::Receiver<bool>) {
    let mut in_flight = JoinSet::new();
    let mut failures = 0;
    while !*stop.borrow() {
        while in_flight.try_join_next().is_some() {}
        if in_flight.len() >= mapping.max_concurrency.max(1) {
            in_flight.join_next().await;
            continue;
        }
        match pump.receive(&mapping, LONG_POLL).await {
            Ok(batch) => {
                failures = 0;
                if !batch.is_empty() {
                    in_flight.spawn(deliver(pump.clone(), Arc::clone(&mapping), batch));
                }
            }
            Err(error) => {
                let wait = BACK_OFF[failures.min(BACK_OFF.len() - 1)];
                failures += 1;
                tracing::warn!(
                    error = format!("{error:#}"),
                    ?wait,
                    "the queue is out of reach"
                );
                // Either ends the wait; the loop's condition tells which.
                let _ = tokio::time::timeout(wait, stop.wait_for(|stop| *stop)).await;
            }
        }
    }
    while in_flight.join_next().await.is_some() {}
}

async fn deliver(pump: Pump, mapping: Arc<Mapping>, batch: Vec<SqsMessage>) {
    if let Err(error) = pump.deliver(&mapping, batch).await {
        tracing::warn!(error = format!("{error:#}"), "a batch could not be settled");
    }
}

#[cfg(test)]
mod tests;
