//! Looking at the queues from inside the process, for tests and the local console. Nothing is received
//! by looking.

use std::{collections::BTreeSet, sync::atomic::Ordering};

use jiff::Timestamp;
use rusqlite::{Connection, Row, named_params, params};

use super::{
    Sqs, SqsError,
    store::{Millis, Queue},
};

/// How many messages a queue has, by state.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct QueueCounts {
    /// Can be received, or wait for their group.
    pub visible: usize,
    /// Received, and neither deleted nor visible again.
    pub in_flight: usize,
    /// Sent with a delay that is not over.
    pub delayed: usize,
}

/// A message as it stands in its queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PeekedMessage {
    /// The id that the sender was answered with.
    pub message_id: String,
    /// What was sent.
    pub body: String,
    /// The message group, if it has one.
    pub group: Option<String>,
    /// The deduplication id, on a FIFO queue.
    pub deduplication_id: Option<String>,
    /// How often it was received, in dead-letter queues including the queue before.
    pub receive_count: u32,
    /// When it was sent.
    pub sent_at: Timestamp,
    /// When its delay or visibility timeout is or was over.
    pub visible_at: Timestamp,
    /// Where it stands now.
    pub state: MessageState,
}

/// Where a message stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MessageState {
    /// Can be received, or waits for its group.
    Visible,
    /// Received, and neither deleted nor visible again.
    InFlight,
    /// Its delay is not over.
    Delayed,
}

impl Sqs {
    /// The names of all queues, in alphabetical order.
    pub fn queues(&self) -> Vec<String> {
        self.store().queues.keys().cloned().collect()
    }

    /// The messages of the queue named `queue`, counted.
    ///
    /// # Errors
    ///
    /// [`SqsError::QueueDoesNotExist`], or [`SqsError::Storage`].
    pub fn counts(&self, queue: &str) -> Result<QueueCounts, SqsError> {
        let store = self.store();
        let queue = store.queue(Some(queue))?;
        let now = self.now();
        queue.expire(&store.connection, now)?;
        counts(&store.connection, queue, now)
    }

    /// The messages of the queue named `queue`, in the order they were sent.
    ///
    /// # Errors
    ///
    /// [`SqsError::QueueDoesNotExist`], or [`SqsError::Storage`].
    pub fn peek(&self, queue: &str) -> Result<Vec<PeekedMessage>, SqsError> {
        let store = self.store();
        let queue = store.queue(Some(queue))?;
        let now = self.now();
        queue.expire(&store.connection, now)?;
        let mut statement = store.connection.prepare_cached(
            "SELECT id, body, group_id, deduplication_id, receive_count, sent_at, visible_at
             FROM messages WHERE queue = ?1 ORDER BY sequence",
        )?;
        let messages = statement.query_map([queue.id], |row| peeked(row, now))?;
        Ok(messages.collect::<Result<_, _>>()?)
    }

    /// How many messages there are in any state, besides those in dead-letter queues (queues that a
    /// redrive policy names). None means that everything sent was dealt with.
    ///
    /// # Errors
    ///
    /// [`SqsError::Storage`].
    pub fn pending(&self) -> Result<usize, SqsError> {
        let store = self.store();
        let now = self.now();
        let policies = store
            .queues
            .values()
            .filter_map(|q| q.attributes.redrive_policy.as_ref());
        let dead: BTreeSet<&str> = policies.filter_map(|policy| policy.target()).collect();
        let mut pending = 0;
        for queue in store
            .queues
            .values()
            .filter(|queue| !dead.contains(queue.name.as_str()))
        {
            queue.expire(&store.connection, now)?;
            pending += store
                .connection
                .prepare_cached("SELECT count(*) FROM messages WHERE queue = ?1")?
                .query_row(params![queue.id], |row| row.get::<_, usize>(0))?;
        }
        Ok(pending)
    }

    /// How many long polls are under way on the queue named `queue`.
    ///
    /// # Errors
    ///
    /// [`SqsError::QueueDoesNotExist`].
    pub fn waiting(&self, queue: &str) -> Result<usize, SqsError> {
        let store = self.store();
        let queue = store.queue(Some(queue))?;
        Ok(queue.polls.waiting.load(Ordering::SeqCst))
    }
}

/// Counts the messages of `queue`.
pub(super) fn counts(
    connection: &Connection,
    queue: &Queue,
    now: Millis,
) -> Result<QueueCounts, SqsError> {
    let counts = connection
        .prepare_cached(
            "SELECT count(*) FILTER (WHERE visible_at <= :now),
                count(*) FILTER (WHERE visible_at > :now AND receive_count > 0),
                count(*) FILTER (WHERE visible_at > :now AND receive_count = 0)
             FROM messages WHERE queue = :queue",
        )?
        .query_row(named_params! { ":queue": queue.id, ":now": now }, |row| {
            Ok(QueueCounts {
                visible: row.get(0)?,
                in_flight: row.get(1)?,
                delayed: row.get(2)?,
            })
        })?;
    Ok(counts)
}

fn peeked(row: &Row<'_>, now: Millis) -> rusqlite::Result<PeekedMessage> {
    // Times come from a clock of the same range, so none is out of it.
    let time = |millis| Timestamp::from_millisecond(millis).unwrap_or(Timestamp::MAX);
    let receive_count: u32 = row.get("receive_count")?;
    let visible_at: Millis = row.get("visible_at")?;
    Ok(PeekedMessage {
        message_id: row.get("id")?,
        body: row.get("body")?,
        group: row.get("group_id")?,
        deduplication_id: row.get("deduplication_id")?,
        receive_count,
        sent_at: time(row.get("sent_at")?),
        visible_at: time(visible_at),
        state: match () {
            () if visible_at <= now => MessageState::Visible,
            () if receive_count > 0 => MessageState::InFlight,
            () => MessageState::Delayed,
        },
    })
}
