//! The state: a SQLite database, and the queues' definitions read from it once.

use std::{
    collections::BTreeMap,
    path::Path,
    sync::{Arc, atomic::AtomicUsize},
    time::Duration,
};

use anyhow::Context;
use rusqlite::{Connection, Transaction, TransactionBehavior, params};
use tokio::sync::Notify;

use super::{SqsError, attributes::QueueAttributes, protocol::required};

/// Milliseconds since 1970.
pub(super) type Millis = i64;

/// Raised when the tables change: a file of another version is refused, not misread.
const VERSION: i64 = 1;

/// `sequence` is both the order of messages and what FIFO queues number them by. A message is visible
/// when `visible_at` has come; before that it is in flight if it was ever received, else delayed.
/// `enqueued_at` is what retention counts from.
const TABLES: &str = "
    CREATE TABLE queues (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        name TEXT NOT NULL UNIQUE,
        attributes TEXT NOT NULL,
        created_at INTEGER NOT NULL,
        modified_at INTEGER NOT NULL,
        purged_at INTEGER
    ) STRICT;
    CREATE TABLE messages (
        sequence INTEGER PRIMARY KEY AUTOINCREMENT,
        queue INTEGER NOT NULL,
        id TEXT NOT NULL,
        body TEXT NOT NULL,
        body_md5 TEXT NOT NULL,
        attributes TEXT,
        trace_header TEXT,
        group_id TEXT,
        deduplication_id TEXT,
        source_arn TEXT,
        sent_at INTEGER NOT NULL,
        enqueued_at INTEGER NOT NULL,
        first_received_at INTEGER,
        received_at INTEGER,
        visible_at INTEGER NOT NULL,
        receive_count INTEGER NOT NULL DEFAULT 0
    ) STRICT;
    CREATE INDEX messages_in_order ON messages (queue, sequence);
    CREATE INDEX messages_visible ON messages (queue, visible_at);
    CREATE INDEX messages_of_group ON messages (queue, group_id, visible_at)
        WHERE group_id IS NOT NULL;
    CREATE INDEX messages_by_age ON messages (queue, enqueued_at);
    CREATE TABLE deduplications (
        queue INTEGER NOT NULL,
        scope TEXT NOT NULL,
        id TEXT NOT NULL,
        message_id TEXT NOT NULL,
        sequence INTEGER NOT NULL,
        expires_at INTEGER NOT NULL,
        PRIMARY KEY (queue, scope, id)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX deduplications_by_age ON deduplications (expires_at);
";

/// The database and the queues in it.
pub(super) struct Store {
    pub connection: Connection,
    pub queues: BTreeMap<String, Queue>,
}

/// A queue's definition.
pub(super) struct Queue {
    pub id: i64,
    pub name: String,
    pub attributes: QueueAttributes,
    pub created_at: Millis,
    pub modified_at: Millis,
    pub purged_at: Option<Millis>,
    pub polls: Arc<Polls>,
}

/// The long polls on a queue.
#[derive(Default)]
pub(super) struct Polls {
    /// Told whenever a receive may find something that an earlier one has not.
    pub changed: Notify,
    pub waiting: AtomicUsize,
}

impl Store {
    pub fn open(path: Option<&Path>) -> anyhow::Result<Self> {
        let mut connection = match path {
            Some(path) => Connection::open(path)
                .with_context(|| format!("the queues' file {} cannot be opened", path.display()))?,
            None => Connection::open_in_memory()?,
        };
        connection.set_prepared_statement_cache_capacity(64);
        connection.busy_timeout(Duration::from_secs(5))?;
        // Every commit is in the log before it is acknowledged; only a power failure could lose one.
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", "NORMAL")?;
        create_tables(&mut connection)?;
        let queues = load(&connection)?;
        Ok(Self { connection, queues })
    }

    /// The queue that `url` names by its last part.
    pub fn queue(&self, url: Option<&str>) -> Result<&Queue, SqsError> {
        find(&self.queues, url)
    }

    /// Starts a request's work on the queue at `url`.
    pub fn begin(
        &mut self,
        url: Option<&str>,
    ) -> Result<(Transaction<'_>, &Queue, &BTreeMap<String, Queue>), SqsError> {
        let queue = find(&self.queues, url)?;
        let transaction = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)?;
        Ok((transaction, queue, &self.queues))
    }
}

impl Queue {
    pub fn is_fifo(&self) -> bool {
        self.attributes.fifo.is_some()
    }

    /// Ends the retention of what was sent too long ago.
    pub fn expire(&self, connection: &Connection, now: Millis) -> Result<(), SqsError> {
        let oldest = now - Millis::from(self.attributes.message_retention_period) * 1000;
        connection
            .prepare_cached("DELETE FROM messages WHERE queue = ?1 AND enqueued_at <= ?2")?
            .execute(params![self.id, oldest])?;
        Ok(())
    }

    /// Lets the long polls look again.
    pub fn wake(&self) {
        self.polls.changed.notify_waiters();
    }
}

fn find<'a>(queues: &'a BTreeMap<String, Queue>, url: Option<&str>) -> Result<&'a Queue, SqsError> {
    let url = required("QueueUrl", url)?;
    let name = url.rsplit('/').next().unwrap_or_default();
    queues.get(name).ok_or(SqsError::QueueDoesNotExist)
}

fn create_tables(connection: &mut Connection) -> anyhow::Result<()> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let version: i64 = transaction.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    match version {
        0 => {
            transaction.execute_batch(TABLES)?;
            transaction.pragma_update(None, "user_version", VERSION)?;
            transaction.commit()?;
        }
        VERSION => {}
        other => anyhow::bail!(
            "the queues' file has version {other} where {VERSION} is expected: delete the file to \
             start with empty queues"
        ),
    }
    Ok(())
}

fn load(connection: &Connection) -> anyhow::Result<BTreeMap<String, Queue>> {
    let mut statement = connection
        .prepare("SELECT id, name, attributes, created_at, modified_at, purged_at FROM queues")?;
    let mut rows = statement.query([])?;
    let mut queues = BTreeMap::new();
    while let Some(row) = rows.next()? {
        let attributes: String = row.get(2)?;
        let queue = Queue {
            id: row.get(0)?,
            name: row.get(1)?,
            attributes: serde_json::from_str(&attributes)?,
            created_at: row.get(3)?,
            modified_at: row.get(4)?,
            purged_at: row.get(5)?,
            polls: Arc::default(),
        };
        queues.insert(queue.name.clone(), queue);
    }
    Ok(queues)
}
