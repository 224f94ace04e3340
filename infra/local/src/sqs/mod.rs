//! Amazon SQS in this process: the AWS JSON 1.0 protocol over HTTP, standard and FIFO queues, all
//! state in SQLite.
//!
//! The behaviour is that of the [API reference] and the developer guide. A request is one
//! transaction under one lock, so two receivers never get the same message, and what was
//! acknowledged is on disk. Time comes from the clock handed in; only a long poll also ends by the
//! machine's own, for a clock that stands still.
//!
//! Left out, since nothing here needs it: tags, permissions, message move tasks, request signatures,
//! `ReceiveRequestAttemptId`, the limits on messages in flight, and the minute for which a deleted
//! queue's name is taken.
//!
//! [API reference]: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/

mod attributes;
mod digest;
mod error;
mod inspect;
mod message;
mod protocol;
mod queues;
mod receipt;
mod receive;
mod redrive;
mod send;
mod server;
mod settle;
mod store;
#[cfg(test)]
mod tests;

use std::{
    path::Path,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use countersign_aws::Clock;

use self::store::{Millis, Store};
pub use self::{
    error::SqsError,
    inspect::{MessageState, PeekedMessage, QueueCounts},
};

/// The region and account of every queue's ARN.
const ARN_PREFIX: &str = "arn:aws:sqs:us-east-1:000000000000:";

/// The account in every queue's URL.
const ACCOUNT: &str = "000000000000";

/// The queues of one machine. Clones share them.
#[derive(Clone)]
pub struct Sqs {
    store: Arc<Mutex<Store>>,
    clock: Arc<dyn Clock>,
}

impl Sqs {
    /// Opens the queues kept in the file at `path`, creating it if there is none. Without a path the
    /// queues live in memory and end with the last clone.
    ///
    /// # Errors
    ///
    /// If the file cannot be opened, or was not written by this server.
    pub fn open(path: Option<&Path>, clock: Arc<dyn Clock>) -> anyhow::Result<Self> {
        let store = Arc::new(Mutex::new(Store::open(path)?));
        Ok(Self { store, clock })
    }

    /// Makes what was received visible again at once, for when all its receivers are known to be
    /// gone: nothing of AWS's does that.
    ///
    /// # Errors
    ///
    /// [`SqsError::Storage`].
    pub fn release(&self) -> Result<(), SqsError> {
        let store = self.store();
        store.connection.execute(
            "UPDATE messages SET visible_at = ?1 WHERE visible_at > ?1 AND receive_count > 0",
            [self.now()],
        )?;
        store.queues.values().for_each(store::Queue::wake);
        Ok(())
    }

    /// The store, for one request. A panic elsewhere leaves it whole: its transaction is rolled back.
    fn store(&self) -> MutexGuard<'_, Store> {
        self.store.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn now(&self) -> Millis {
        self.clock.now().as_millisecond()
    }
}
