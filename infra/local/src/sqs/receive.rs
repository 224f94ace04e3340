//! Receiving: which messages, to whom, and the long poll that waits for them.

use std::{
    collections::BTreeMap,
    pin::pin,
    sync::{Arc, atomic::Ordering},
    time::{Duration, Instant},
};

use rusqlite::{Row, Transaction, named_params, params};

use super::{
    Sqs, SqsError, digest,
    message::within,
    protocol::{MessageAttributes, ReceiveMessage, Received, ReceivedMessage},
    receipt::Receipt,
    redrive::bury,
    send::sequence_number,
    store::{Millis, Polls, Queue, Store},
};

/// How often a waiting poll looks at the clock handed in, which tells nobody when it is moved.
const TICK: Duration = Duration::from_millis(10);

/// Who sent every message: there is one principal here.
const SENDER: &str = "AIDALOCALCOUNTERSIGN";

/// The oldest in line. In a standard queue, of what became visible.
const NEXT: &str = "
    SELECT sequence, receive_count FROM messages
    WHERE queue = :queue AND visible_at <= :now
    ORDER BY visible_at, sequence LIMIT :limit";

/// In a FIFO queue, of what is not behind a message of its group that is delayed or in flight, and
/// whose group is with nobody else.
const NEXT_IN_GROUPS: &str = "
    SELECT sequence, receive_count FROM messages AS message INDEXED BY messages_in_order
    WHERE queue = :queue AND visible_at <= :now AND NOT EXISTS (
        SELECT 1 FROM messages AS other INDEXED BY messages_of_group
        WHERE other.queue = message.queue AND other.group_id = message.group_id
            AND other.visible_at > :now
            AND (other.receive_count > 0 OR other.sequence < message.sequence))
    ORDER BY sequence LIMIT :limit";

impl Sqs {
    /// Receives up to ten messages, and waits for the first if the request or the queue says so.
    ///
    /// Nothing is awaited between taking messages and answering with them: a poll whose client has
    /// gone is dropped while it waits, with nothing taken.
    pub(super) async fn receive_message(
        &self,
        request: ReceiveMessage,
    ) -> Result<Received, SqsError> {
        let url = request.queue_url.clone();
        let (wanted, wait, polls) = {
            let store = self.store();
            let queue = store.queue(url.as_deref())?;
            let wait = match request.wait_time_seconds {
                Some(seconds) => within("WaitTimeSeconds", seconds, 0, 20)?,
                None => queue.attributes.receive_message_wait_time_seconds,
            };
            (Wanted::new(request)?, wait, queue.polls.clone())
        };
        let end = self.now() + Millis::from(wait) * 1000;
        let real_end = Instant::now() + Duration::from_secs(u64::from(wait));
        let _waiting = (wait > 0).then(|| Waiting::new(polls.clone()));
        loop {
            // Registered before looking, so that no change falls between looking and waiting.
            let mut changed = pin!(polls.changed.notified());
            changed.as_mut().enable();
            let now = self.now();
            let is_last = now >= end || Instant::now() >= real_end;
            let taken = self.store().receive(url.as_deref(), &wanted, now)?;
            if is_last || !taken.messages.is_empty() {
                return Ok(Received {
                    messages: taken.messages,
                });
            }
            let due = taken.next_visible_at.map_or(end, |next| next.min(end));
            let clock = async {
                while self.now() < due && Instant::now() < real_end {
                    tokio::time::sleep(TICK).await;
                }
            };
            tokio::select! {
                () = changed => {}
                () = clock => {}
            }
            // Lets a client that has gone be noticed first, which ends this future here.
            tokio::task::yield_now().await;
        }
    }
}

/// Counts a poll while it is held.
struct Waiting(Arc<Polls>);

impl Waiting {
    fn new(polls: Arc<Polls>) -> Self {
        polls.waiting.fetch_add(1, Ordering::SeqCst);
        Self(polls)
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.waiting.fetch_sub(1, Ordering::SeqCst);
    }
}

/// What a receive asks for.
struct Wanted {
    limit: u32,
    /// Seconds; the queue's if not given.
    visibility_timeout: Option<u32>,
    system_attributes: Vec<SystemAttribute>,
    attributes: Vec<String>,
}

impl Wanted {
    fn new(request: ReceiveMessage) -> Result<Self, SqsError> {
        let limit = request.max_number_of_messages.unwrap_or(1);
        let limit = within("MaxNumberOfMessages", limit, 1, 10)?;
        let timeout = request.visibility_timeout;
        let timeout = timeout.map(|seconds| within("VisibilityTimeout", seconds, 0, 43_200));
        let mut system_attributes = Vec::new();
        for name in request
            .message_system_attribute_names
            .iter()
            .chain(&request.attribute_names)
        {
            match SystemAttribute::ALL
                .into_iter()
                .find(|attribute| attribute.name() == name)
            {
                Some(attribute) => system_attributes.push(attribute),
                None if name == "All" => system_attributes.extend(SystemAttribute::ALL),
                None => return Err(SqsError::InvalidAttributeName(name.clone())),
            }
        }
        Ok(Self {
            limit,
            visibility_timeout: timeout.transpose()?,
            system_attributes,
            attributes: request.message_attribute_names,
        })
    }

    /// Whether the message attribute `name` is asked for: by name, by prefix, or all.
    fn has(&self, name: &str) -> bool {
        self.attributes
            .iter()
            .any(|asked| match asked.strip_suffix(".*") {
                Some(prefix) => name.starts_with(prefix),
                None => asked == "All" || asked == name,
            })
    }
}

/// What a receive found.
struct Taken {
    messages: Vec<ReceivedMessage>,
    /// When the next delay or visibility timeout of the queue is over. Read only if there is no message.
    next_visible_at: Option<Millis>,
}

impl Store {
    fn receive(
        &mut self,
        url: Option<&str>,
        wanted: &Wanted,
        now: Millis,
    ) -> Result<Taken, SqsError> {
        let (transaction, queue, queues) = self.begin(url)?;
        queue.expire(&transaction, now)?;
        let policy = queue.attributes.redrive_policy.as_ref();
        let target = policy.and_then(|policy| queues.get(policy.target()?));
        let limit = policy.zip(target);
        let candidates = loop {
            let candidates = next(&transaction, queue, wanted.limit, now)?;
            let Some((policy, target)) = limit else {
                break candidates;
            };
            let (dead, alive): (Vec<_>, Vec<_>) = candidates
                .into_iter()
                .partition(|candidate| candidate.receive_count >= policy.max_receive_count);
            if dead.is_empty() {
                break alive;
            }
            // With these out of the way others may be next, of the same group for instance.
            for candidate in dead {
                bury(&transaction, candidate.sequence, queue, target, now)?;
            }
            target.wake();
        };
        let mut messages = Vec::with_capacity(candidates.len());
        for candidate in candidates {
            messages.push(take(&transaction, queue, candidate.sequence, wanted, now)?);
        }
        let next_visible_at = match messages.is_empty() {
            true => transaction
                .prepare_cached(
                    "SELECT min(visible_at) FROM messages WHERE queue = ?1 AND visible_at > ?2",
                )?
                .query_row(params![queue.id, now], |row| row.get(0))?,
            false => None,
        };
        transaction.commit()?;
        Ok(Taken {
            messages,
            next_visible_at,
        })
    }
}

/// A message that can be received.
struct Candidate {
    sequence: i64,
    receive_count: u32,
}

fn next(
    transaction: &Transaction<'_>,
    queue: &Queue,
    limit: u32,
    now: Millis,
) -> Result<Vec<Candidate>, SqsError> {
    let statement = match queue.is_fifo() {
        true => NEXT_IN_GROUPS,
        false => NEXT,
    };
    let mut statement = transaction.prepare_cached(statement)?;
    let parameters = named_params! { ":queue": queue.id, ":now": now, ":limit": limit };
    let candidates = statement.query_map(parameters, |row| {
        Ok(Candidate {
            sequence: row.get(0)?,
            receive_count: row.get(1)?,
        })
    })?;
    Ok(candidates.collect::<Result<_, _>>()?)
}

/// Puts a message in flight and describes it.
fn take(
    transaction: &Transaction<'_>,
    queue: &Queue,
    sequence: i64,
    wanted: &Wanted,
    now: Millis,
) -> Result<ReceivedMessage, SqsError> {
    let timeout = wanted
        .visibility_timeout
        .unwrap_or(queue.attributes.visibility_timeout);
    let mut statement = transaction.prepare_cached(
        "UPDATE messages SET receive_count = receive_count + 1, received_at = :now,
            first_received_at = coalesce(first_received_at, :now), visible_at = :visible_at
         WHERE sequence = :sequence
         RETURNING id, body, body_md5, attributes, sequence, receive_count, sent_at,
            first_received_at, group_id, deduplication_id, trace_header, source_arn",
    )?;
    let parameters = named_params! {
        ":now": now,
        ":visible_at": now + Millis::from(timeout) * 1000,
        ":sequence": sequence,
    };
    let (mut message, attributes) = statement.query_row(parameters, |row| {
        let message = describe(row, queue, wanted)?;
        Ok((message, row.get::<_, Option<String>>("attributes")?))
    })?;
    if let Some(attributes) = attributes.filter(|_| !wanted.attributes.is_empty()) {
        let mut attributes: MessageAttributes = serde_json::from_str(&attributes)?;
        attributes.retain(|name, _| wanted.has(name));
        message.md5_of_attributes = digest::md5_of_attributes(&attributes);
        message.message_attributes = attributes;
    }
    Ok(message)
}

fn describe(row: &Row<'_>, queue: &Queue, wanted: &Wanted) -> rusqlite::Result<ReceivedMessage> {
    let message_id: String = row.get("id")?;
    let receipt = Receipt {
        queue: queue.id,
        sequence: row.get("sequence")?,
        receive_count: row.get("receive_count")?,
        message_id: message_id.clone(),
    };
    let mut attributes = BTreeMap::new();
    for attribute in &wanted.system_attributes {
        if let Some(value) = attribute.value(row, queue)? {
            attributes.insert(attribute.name(), value);
        }
    }
    Ok(ReceivedMessage {
        message_id,
        receipt_handle: receipt.to_handle(),
        md5_of_body: row.get("body_md5")?,
        body: row.get("body")?,
        attributes,
        md5_of_attributes: None,
        message_attributes: MessageAttributes::new(),
    })
}

/// What the service tells of a message besides its content.
#[derive(Debug, Clone, Copy)]
enum SystemAttribute {
    SenderId,
    SentTimestamp,
    ApproximateReceiveCount,
    ApproximateFirstReceiveTimestamp,
    SequenceNumber,
    MessageDeduplicationId,
    MessageGroupId,
    TraceHeader,
    DeadLetterQueueSourceArn,
}

impl SystemAttribute {
    const ALL: [Self; 9] = [
        Self::SenderId,
        Self::SentTimestamp,
        Self::ApproximateReceiveCount,
        Self::ApproximateFirstReceiveTimestamp,
        Self::SequenceNumber,
        Self::MessageDeduplicationId,
        Self::MessageGroupId,
        Self::TraceHeader,
        Self::DeadLetterQueueSourceArn,
    ];

    fn name(self) -> &'static str {
        match self {
            Self::SenderId => "SenderId",
            Self::SentTimestamp => "SentTimestamp",
            Self::ApproximateReceiveCount => "ApproximateReceiveCount",
            Self::ApproximateFirstReceiveTimestamp => "ApproximateFirstReceiveTimestamp",
            Self::SequenceNumber => "SequenceNumber",
            Self::MessageDeduplicationId => "MessageDeduplicationId",
            Self::MessageGroupId => "MessageGroupId",
            Self::TraceHeader => super::message::TRACE_HEADER,
            Self::DeadLetterQueueSourceArn => "DeadLetterQueueSourceArn",
        }
    }

    fn value(self, row: &Row<'_>, queue: &Queue) -> rusqlite::Result<Option<String>> {
        let number = |column| Ok(Some(row.get::<_, i64>(column)?.to_string()));
        match self {
            Self::SenderId => Ok(Some(SENDER.to_owned())),
            Self::SentTimestamp => number("sent_at"),
            Self::ApproximateReceiveCount => number("receive_count"),
            Self::ApproximateFirstReceiveTimestamp => number("first_received_at"),
            Self::SequenceNumber => {
                let sequence = row.get("sequence")?;
                Ok(queue.is_fifo().then(|| sequence_number(sequence)))
            }
            Self::MessageDeduplicationId => row.get("deduplication_id"),
            Self::MessageGroupId => row.get("group_id"),
            Self::TraceHeader => row.get("trace_header"),
            Self::DeadLetterQueueSourceArn => row.get("source_arn"),
        }
    }
}
