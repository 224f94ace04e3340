//! What a consumer does with what it received: delete it, or change when it is visible again.

use rusqlite::{OptionalExtension, Transaction, params};

use super::{
    SqsError,
    message::within,
    protocol::{Batch, Deletion, Done, OneMessage, Outcomes, VisibilityChange, required},
    receipt::Receipt,
    store::{Millis, Queue, Store},
};

/// How long a message can be in flight after one receive: 12 hours.
const LONGEST_FLIGHT: Millis = 43_200_000;

impl Store {
    pub fn delete_message(
        &mut self,
        request: OneMessage<Deletion>,
        now: Millis,
    ) -> Result<Done, SqsError> {
        let (transaction, queue, _) = self.begin(request.queue_url.as_deref())?;
        let done = delete(&transaction, queue, request.what, now)?;
        transaction.commit()?;
        queue.wake();
        Ok(done)
    }

    pub fn delete_message_batch(
        &mut self,
        request: Batch<Deletion>,
        now: Millis,
    ) -> Result<Outcomes<Done>, SqsError> {
        let (transaction, queue, _) = self.begin(request.queue_url.as_deref())?;
        let entries = request.checked()?;
        let outcomes = Outcomes::each(entries, |deletion| {
            delete(&transaction, queue, deletion, now)
        })?;
        transaction.commit()?;
        queue.wake();
        Ok(outcomes)
    }

    pub fn change_message_visibility(
        &mut self,
        request: OneMessage<VisibilityChange>,
        now: Millis,
    ) -> Result<Done, SqsError> {
        let (transaction, queue, _) = self.begin(request.queue_url.as_deref())?;
        let done = change_visibility(&transaction, queue, request.what, now)?;
        transaction.commit()?;
        queue.wake();
        Ok(done)
    }

    pub fn change_message_visibility_batch(
        &mut self,
        request: Batch<VisibilityChange>,
        now: Millis,
    ) -> Result<Outcomes<Done>, SqsError> {
        let (transaction, queue, _) = self.begin(request.queue_url.as_deref())?;
        let entries = request.checked()?;
        let outcomes = Outcomes::each(entries, |change| {
            change_visibility(&transaction, queue, change, now)
        })?;
        transaction.commit()?;
        queue.wake();
        Ok(outcomes)
    }
}

/// Where a message that was received stands.
struct Flight {
    visible_at: Millis,
    received_at: Millis,
    receive_count: i64,
}

/// Deletes a message by any of its handles; on a FIFO queue only by the one of the receive that it is
/// in flight for, since its group may have gone on with somebody else. What is gone is no error.
fn delete(
    transaction: &Transaction<'_>,
    queue: &Queue,
    deletion: Deletion,
    now: Millis,
) -> Result<Done, SqsError> {
    let handle = required("ReceiptHandle", deletion.receipt_handle)?;
    let receipt = Receipt::from_handle(&handle, queue)?;
    if queue.is_fifo()
        && let Some(flight) = find(transaction, &receipt)?
        && (flight.visible_at <= now || flight.receive_count != receipt.receive_count)
    {
        let reason = "The receipt handle has expired.";
        return Err(SqsError::value("ReceiptHandle", handle, reason));
    }
    transaction
        .prepare_cached("DELETE FROM messages WHERE sequence = ?1 AND id = ?2")?
        .execute(params![receipt.sequence, receipt.message_id])?;
    Ok(Done {})
}

/// Sets when a message in flight is visible again, counted from now.
fn change_visibility(
    transaction: &Transaction<'_>,
    queue: &Queue,
    change: VisibilityChange,
    now: Millis,
) -> Result<Done, SqsError> {
    let handle = required("ReceiptHandle", change.receipt_handle)?;
    let seconds = required("VisibilityTimeout", change.visibility_timeout)?;
    let seconds = within("VisibilityTimeout", seconds, 0, 43_200)?;
    let receipt = Receipt::from_handle(&handle, queue)?;
    let flight = find(transaction, &receipt)?;
    let visible_at = now + Millis::from(seconds) * 1000;
    match flight {
        Some(flight) if flight.visible_at <= now => return Err(SqsError::MessageNotInflight),
        Some(flight) if flight.receive_count == receipt.receive_count => {
            if visible_at > flight.received_at + LONGEST_FLIGHT {
                let reason = "Total VisibilityTimeout for the message is beyond the limit [43200 \
                              seconds]";
                return Err(SqsError::value("VisibilityTimeout", seconds, reason));
            }
        }
        Some(_) | None => {
            let reason =
                "Message does not exist or is not available for visibility timeout change.";
            return Err(SqsError::value("ReceiptHandle", handle, reason));
        }
    }
    transaction
        .prepare_cached("UPDATE messages SET visible_at = ?2 WHERE sequence = ?1")?
        .execute(params![receipt.sequence, visible_at])?;
    Ok(Done {})
}

fn find(transaction: &Transaction<'_>, receipt: &Receipt) -> Result<Option<Flight>, SqsError> {
    let flight = transaction
        .prepare_cached(
            "SELECT visible_at, received_at, receive_count FROM messages
             WHERE sequence = ?1 AND id = ?2",
        )?
        .query_row(params![receipt.sequence, receipt.message_id], |row| {
            Ok(Flight {
                visible_at: row.get(0)?,
                received_at: row.get(1)?,
                receive_count: row.get(2)?,
            })
        })
        .optional()?;
    Ok(flight)
}
