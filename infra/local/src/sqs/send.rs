//! Sending: one message, or a batch of up to ten.

use rusqlite::{OptionalExtension, Transaction, named_params, params};
use uuid::Uuid;

use super::{
    SqsError,
    attributes::DeduplicationScope,
    digest,
    message::{MAX_BYTES, Message, NewMessage, TRACE_HEADER},
    protocol::{Batch, MessageAttributes, Outcomes, SendMessage, Sent},
    store::{Millis, Queue, Store},
};

/// How long a deduplication id is remembered: five minutes.
const DEDUPLICATION: Millis = 300_000;

impl Store {
    pub fn send_message(&mut self, request: SendMessage, now: Millis) -> Result<Sent, SqsError> {
        let (transaction, queue, _) = self.begin(request.queue_url.as_deref())?;
        let sent = send(&transaction, queue, request.message.checked(queue)?, now)?;
        transaction.commit()?;
        queue.wake();
        Ok(sent)
    }

    pub fn send_message_batch(
        &mut self,
        request: Batch<NewMessage>,
        now: Millis,
    ) -> Result<Outcomes<Sent>, SqsError> {
        let (transaction, queue, _) = self.begin(request.queue_url.as_deref())?;
        let entries = request.checked()?;
        let bytes = entries.iter().map(|entry| entry.what.bytes()).sum();
        if bytes > MAX_BYTES {
            return Err(SqsError::BatchRequestTooLong(bytes));
        }
        for entry in &entries {
            // AWS refuses the whole batch for this, and calls it an invalid value.
            let place = entry.what.check_place(queue);
            place.map_err(|error| SqsError::InvalidParameterValue(error.to_string()))?;
        }
        let outcomes = Outcomes::each(entries, |message| {
            send(&transaction, queue, message.checked(queue)?, now)
        })?;
        transaction.commit()?;
        queue.wake();
        Ok(outcomes)
    }
}

/// A sequence number as clients see it: 20 digits, growing.
pub(super) fn sequence_number(sequence: i64) -> String {
    format!("1{sequence:019}")
}

/// Adds a message to its queue. A duplicate adds nothing and is answered like the original.
fn send(
    transaction: &Transaction<'_>,
    queue: &Queue,
    message: Message,
    now: Millis,
) -> Result<Sent, SqsError> {
    let body_md5 = digest::md5_of_body(&message.body);
    let original = find_original(transaction, queue, &message, now)?;
    let (id, sequence) = match original {
        Some(original) => original,
        None => {
            let id = Uuid::new_v4().to_string();
            let sequence = insert(transaction, queue, &message, &id, &body_md5, now)?;
            remember(transaction, queue, &message, (&id, sequence), now)?;
            (id, sequence)
        }
    };
    Ok(Sent {
        message_id: id,
        md5_of_body: body_md5,
        md5_of_attributes: digest::md5_of_attributes(&message.attributes),
        md5_of_system_attributes: digest::md5_of_attributes(&message.system_attributes),
        sequence_number: queue.is_fifo().then(|| sequence_number(sequence)),
    })
}

fn insert(
    transaction: &Transaction<'_>,
    queue: &Queue,
    message: &Message,
    id: &str,
    body_md5: &str,
    now: Millis,
) -> Result<i64, SqsError> {
    let json = |attributes: &MessageAttributes| {
        let filled = (!attributes.is_empty()).then_some(attributes);
        filled.map(serde_json::to_string).transpose()
    };
    let trace = message.system_attributes.get(TRACE_HEADER);
    transaction
        .prepare_cached(
            "INSERT INTO messages (queue, id, body, body_md5, attributes, trace_header, group_id,
                deduplication_id, sent_at, enqueued_at, visible_at)
             VALUES (:queue, :id, :body, :body_md5, :attributes, :trace_header, :group_id,
                :deduplication_id, :now, :now, :visible_at)",
        )?
        .execute(named_params! {
            ":queue": queue.id,
            ":id": id,
            ":body": message.body,
            ":body_md5": body_md5,
            ":attributes": json(&message.attributes)?,
            ":trace_header": trace.and_then(|trace| trace.string_value.as_deref()),
            ":group_id": message.group,
            ":deduplication_id": message.deduplication_id,
            ":now": now,
            ":visible_at": now + Millis::from(message.delay_seconds) * 1000,
        })?;
    Ok(transaction.last_insert_rowid())
}

/// The id and sequence of the message that this one repeats.
fn find_original(
    transaction: &Transaction<'_>,
    queue: &Queue,
    message: &Message,
    now: Millis,
) -> Result<Option<(String, i64)>, SqsError> {
    let Some(scope) = scope(queue, message) else {
        return Ok(None);
    };
    transaction
        .prepare_cached("DELETE FROM deduplications WHERE expires_at <= ?1")?
        .execute([now])?;
    let original = transaction
        .prepare_cached(
            "SELECT message_id, sequence FROM deduplications
             WHERE queue = ?1 AND scope = ?2 AND id = ?3",
        )?
        .query_row(params![queue.id, scope, message.deduplication_id], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .optional()?;
    Ok(original)
}

fn remember(
    transaction: &Transaction<'_>,
    queue: &Queue,
    message: &Message,
    (message_id, sequence): (&str, i64),
    now: Millis,
) -> Result<(), SqsError> {
    let Some(scope) = scope(queue, message) else {
        return Ok(());
    };
    transaction
        .prepare_cached(
            "INSERT INTO deduplications (queue, scope, id, message_id, sequence, expires_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )?
        .execute(params![
            queue.id,
            scope,
            message.deduplication_id,
            message_id,
            sequence,
            now + DEDUPLICATION
        ])?;
    Ok(())
}

/// Within what a deduplication id is unique: the queue (empty) or the message's group. None on a
/// standard queue.
fn scope<'a>(queue: &Queue, message: &'a Message) -> Option<&'a str> {
    match queue.attributes.fifo.as_ref()?.deduplication_scope {
        DeduplicationScope::Queue => Some(""),
        DeduplicationScope::MessageGroup => message.group.as_deref(),
    }
}
