//! A stack driven by hand, for tests and for the scripted day: its queues are emptied when asked,
//! and its clock stands still until it is moved.

mod look;
mod visits;

use std::{sync::Arc, time::Duration};

use anyhow::{Context, ensure};
use countersign_aws::{Clock, schema};
use countersign_core::E164;
use jiff::Timestamp;

pub use self::visits::{Answer, Page};
use crate::{
    clock::ManualClock,
    pump::{Drained, Mapping, Pump},
    simulator::SimMessage,
    stack::{Data, Functions, Options, Others, Ports, Stack},
};

/// No condition takes longer in real time.
const PATIENCE: Duration = Duration::from_secs(20);
/// Settling moves the time by no more: what waits longer waits for the clock function.
const LONGEST: Duration = Duration::from_secs(2000);

/// A whole stack in memory, its time in the caller's hands.
pub struct Driver {
    /// The stack.
    pub stack: Stack,
    /// The stack's clock.
    pub clock: ManualClock,
    /// Empties the queues.
    pub pump: Pump,
    client: reqwest::Client,
}

impl Driver {
    /// A stack whose time is `at`, with these services from elsewhere.
    ///
    /// # Errors
    /// When it can't start.
    pub async fn start_with(at: Timestamp, others: Others) -> anyhow::Result<Self> {
        let clock = ManualClock::at(at);
        let stack = Stack::start(Options {
            data: Data::Gone,
            ports: Ports::Any,
            clock: Arc::new(clock.clone()),
            others,
        })
        .await?;
        let pump = Pump::new(stack.direct.sqs().clone());
        let client = reqwest::Client::builder().no_proxy().build()?;
        Ok(Self {
            stack,
            clock,
            pump,
            client,
        })
    }

    /// What time it is there.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Somebody writes; the webhook is signed and goes through the gateway. Gives its id.
    ///
    /// # Errors
    /// When the webhook is not taken.
    pub async fn say(&self, from: &E164, name: &str, text: &str) -> anyhow::Result<String> {
        let sent = self.stack.simulator.send_text(from, name, text).await?;
        ensure!(
            sent.http_status == 200,
            "the webhook of {text:?} was answered {}",
            sent.http_status
        );
        Ok(sent.sid)
    }

    /// What the provider took for a phone, in order.
    pub fn sent_to(&self, phone: &E164) -> Vec<SimMessage> {
        self.stack.simulator.sent_to(phone)
    }

    /// The words that arrived on a phone, in order.
    pub fn heard(&self, phone: &E164) -> Vec<String> {
        self.sent_to(phone).into_iter().map(|m| m.body).collect()
    }

    /// Empties the queues with the stack's own functions, moving the time where messages wait.
    ///
    /// # Errors
    /// When the queues don't come to rest.
    pub async fn settle(&self) -> anyhow::Result<()> {
        self.settle_with(&self.stack.functions()).await
    }

    /// Empties the queues with these functions.
    ///
    /// # Errors
    /// When the queues don't come to rest.
    pub async fn settle_with(&self, functions: &Functions) -> anyhow::Result<()> {
        let mappings = self.stack.mappings(functions);
        let mut pause = Pause::default();
        loop {
            let received = self.round(&mappings).await?;
            self.statuses_posted().await?;
            if received > 0 {
                pause = Pause::default();
            } else if self.is_idle()? {
                return Ok(());
            } else {
                self.clock.advance(pause.step()?);
            }
        }
    }

    /// One receive on every queue; gives how many messages came.
    ///
    /// # Errors
    /// When a queue is out of reach, or a function let a message overtake one of its group.
    pub async fn round(&self, mappings: &[Mapping]) -> anyhow::Result<usize> {
        let mut received = 0;
        for mapping in mappings {
            let drained = self.drain(mapping).await?;
            ensure!(
                drained.overtaken.is_empty(),
                "messages of {} overtook others: {:?}",
                mapping.queue_url,
                drained.overtaken
            );
            received += drained.received;
        }
        Ok(received)
    }

    /// One receive on one queue.
    ///
    /// # Errors
    /// When the queue is out of reach.
    pub async fn drain(&self, mapping: &Mapping) -> anyhow::Result<Drained> {
        self.pump.drain_once(mapping).await
    }

    /// Whether no queue has anything.
    ///
    /// # Errors
    /// When the queues can't be read.
    pub fn is_idle(&self) -> anyhow::Result<bool> {
        Ok(self.stack.sqs().pending()? == 0)
    }

    /// Waits until the provider has told all it has to tell so far.
    ///
    /// # Errors
    /// When that takes too long.
    pub async fn statuses_posted(&self) -> anyhow::Result<()> {
        let posted = self.stack.simulator.statuses_posted(PATIENCE).await;
        posted.context("the provider did not come to an end")
    }

    /// Time passes, the clock function comes by, and all that follows happens.
    ///
    /// # Errors
    /// When something that is due can't be dealt with.
    pub async fn pass(&self, time: Duration) -> anyhow::Result<()> {
        self.clock.advance(time);
        let ticked = self.stack.functions().clock.tick().await;
        ensure!(
            ticked.failed == 0,
            "{} of {} due items failed",
            ticked.failed,
            ticked.due
        );
        self.settle().await
    }

    /// Messages in dead letter queues.
    ///
    /// # Errors
    /// When the queues can't be read.
    pub fn dead_letters(&self) -> anyhow::Result<usize> {
        let mut dead = 0;
        for queue in schema::QUEUES {
            let counts = self.stack.sqs().counts(&queue.dead_letters())?;
            dead += counts.visible + counts.in_flight + counts.delayed;
        }
        Ok(dead)
    }
}

/// How far to move the time while messages wait on their queues: further each time.
pub struct Pause {
    next: Duration,
    waited: Duration,
}

impl Default for Pause {
    fn default() -> Self {
        Self {
            next: Duration::from_millis(500),
            waited: Duration::ZERO,
        }
    }
}

impl Pause {
    /// The next step.
    ///
    /// # Errors
    /// When it has been too many.
    pub fn step(&mut self) -> anyhow::Result<Duration> {
        let next = self.next;
        self.waited += next;
        self.next = (next * 2).min(Duration::from_secs(60));
        ensure!(
            self.waited < LONGEST,
            "the queues don't come to rest within {LONGEST:?}"
        );
        Ok(next)
    }
}
