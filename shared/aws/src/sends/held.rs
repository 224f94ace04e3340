//! Sends that are held until an operator releases their number. Nothing is due about them; they are in
//! a list of those that wait for the same number, in the order in which they were held.

use std::sync::atomic::{AtomicU64, Ordering};

use aws_sdk_dynamodb::{
    operation::transact_write_items::TransactWriteItemsError,
    types::{ReturnValuesOnConditionCheckFailure, TransactWriteItem, Update},
};
use countersign_core::{E164, MessageRef, Tenant, message::Outgoing};
use jiff::Timestamp;
use tracing::error;

use super::{
    SendRecord, SendStatus, Sends, Written,
    fields::{Fields, HELD},
    outcome, record,
};
use crate::{
    error::Error,
    item::{Item, get_text, millis, number, text},
    keys, numbers,
    schema::{DUE_AT, DUE_SHARD, LIST, LISTS, PK, PLACE},
};

/// How many held sends are looked at at once.
const PAGE: i32 = 100;

/// Tells sends that one process holds within the same millisecond apart, in their order.
static IN_ORDER: AtomicU64 = AtomicU64::new(0);

/// Whether a send is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hold {
    /// It is: its number's release will send it.
    Held,
    /// Its number is not paused any more.
    NotPaused,
    /// It is being sent, was sent, or is held already.
    Elsewhere,
}

/// Held sends, oldest first.
#[derive(Debug)]
pub struct HeldPage {
    /// The sends.
    pub records: Vec<SendRecord>,
    /// Where the next page begins, if there is one.
    pub next: Option<HeldFrom>,
}

/// Where a page begins.
#[derive(Debug, Clone)]
pub struct HeldFrom(Item);

impl Sends {
    /// Holds a send of a paused number until the number is released: one that has not begun, or
    /// that this `token` began and the provider refused. One transaction, which holds it only
    /// while the number is paused.
    ///
    /// # Errors
    /// When the call fails.
    pub async fn hold_for_number(
        &self,
        message: &Outgoing,
        number_of_ours: &E164,
        token: &str,
        code: &str,
        now: Timestamp,
    ) -> Result<Hold, Error> {
        const WHAT: &str = "holding a send";
        let key = keys::send(&message.tenant, message.reference);
        let place = in_order(now, message.reference);
        let mut fields = Fields::of(message, number_of_ours, token, SendStatus::Held, now);
        fields.set("code", code);
        fields.set(HELD, code);
        fields.set(LIST, held_list(&message.tenant, number_of_ours));
        fields.set(PLACE, place);
        let update = fields
            .on(Update::builder()
                .table_name(&self.table)
                .set_key(Some(key.into_item())))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .build()
            .map_err(|why| Error::unreadable(WHAT, why))?;
        let result = self
            .client
            .transact_write_items()
            .transact_items(numbers::is_paused(
                &self.table,
                &message.tenant,
                number_of_ours,
            )?)
            .transact_items(TransactWriteItem::builder().update(update).build())
            .send()
            .await;
        let Err(error) = result else {
            return Ok(Hold::Held);
        };
        let Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) =
            error.as_service_error()
        else {
            return Err(Error::sdk(WHAT, error));
        };
        let failed = |index: usize| {
            let reason = cancelled.cancellation_reasons().get(index)?;
            (reason.code() == Some("ConditionalCheckFailed")).then_some(reason)
        };
        if let Some(reason) = failed(1) {
            // An answer was lost, and the SDK asked again: it was this run that holds it.
            let old = reason.item();
            let ours = old.is_some_and(|old| {
                get_text(WHAT, old, "token").is_ok_and(|held| held == token)
                    && get_text(WHAT, old, "status").is_ok_and(|s| s == SendStatus::Held.as_str())
            });
            return Ok(if ours { Hold::Held } else { Hold::Elsewhere });
        }
        match failed(0) {
            Some(_) => Ok(Hold::NotPaused),
            None => Err(Error::sdk(WHAT, error)),
        }
    }

    /// A page of what is held for a number, oldest first; it may lag. One query.
    ///
    /// # Errors
    /// When the call fails or what is stored can't be read.
    pub async fn held_for_number(
        &self,
        tenant: &Tenant,
        number_of_ours: &E164,
        from: Option<HeldFrom>,
    ) -> Result<HeldPage, Error> {
        const WHAT: &str = "reading what is held for a number";
        let page = self
            .client
            .query()
            .table_name(&self.table)
            .index_name(LISTS.name)
            .key_condition_expression("#list = :list")
            .expression_attribute_names("#list", LIST)
            .expression_attribute_values(":list", text(held_list(tenant, number_of_ours)))
            .limit(PAGE)
            .set_exclusive_start_key(from.map(|from| from.0))
            .send()
            .await
            .map_err(|error| Error::sdk(WHAT, error))?;
        let records = page.items.unwrap_or_default().into_iter().map(|item| {
            let reference = get_text(WHAT, &item, PK)?
                .rsplit_once('#')
                .and_then(|(_, reference)| reference.parse().ok())
                .ok_or_else(|| Error::unreadable(WHAT, "a key without a reference"))?;
            record(tenant, reference, &item)
        });
        // One that can't be read keeps no other from going out.
        let readable = records.filter_map(|record| match record {
            Ok(record) => Some(record),
            Err(error) => {
                error!(%error, "ALARM: a held message can't be read, and stays");
                None
            }
        });
        Ok(HeldPage {
            records: readable.collect(),
            next: page.last_evaluated_key.map(HeldFrom),
        })
    }

    /// Takes a held send out of its list, to be repeated. It is due until [`Sends::no_longer_due`],
    /// so that a crash in between is caught. One write.
    ///
    /// # Errors
    /// [`Error::Conflict`] when the record moved on meanwhile.
    pub async fn let_go(&self, record: &SendRecord, due: Timestamp) -> Result<(), Error> {
        const WHAT: &str = "letting a held send go";
        let update = self
            .update(&record.tenant, record.reference)
            .update_expression(
                "SET #status = :retrying, #rank = :rank, #due_shard = :shard, #due_at = :due \
                 REMOVE #list, #place",
            )
            .condition_expression("#token = :token AND #status = :held")
            .expression_attribute_names("#rank", "rank")
            .expression_attribute_names("#token", "token")
            .expression_attribute_names("#list", LIST)
            .expression_attribute_names("#place", PLACE)
            .expression_attribute_names("#due_shard", DUE_SHARD)
            .expression_attribute_names("#due_at", DUE_AT)
            .expression_attribute_values(":retrying", text(SendStatus::Retrying.as_str()))
            .expression_attribute_values(":held", text(SendStatus::Held.as_str()))
            .expression_attribute_values(":rank", number(SendStatus::Retrying.rank()))
            .expression_attribute_values(":token", text(&record.token))
            .expression_attribute_values(
                ":shard",
                text(keys::due_shard(&record.reference.to_string())),
            )
            .expression_attribute_values(":due", millis(due));
        match outcome(WHAT, update.send().await)? {
            Written::New(_) => Ok(()),
            Written::Refused(_) => Err(Error::Conflict { what: WHAT }),
        }
    }
}

/// A place after that of whatever this process held before.
pub(super) fn in_order(now: Timestamp, reference: MessageRef) -> String {
    let tie = IN_ORDER.fetch_add(1, Ordering::Relaxed);
    format!("{:015}#{tie:020}#{reference}", now.as_millisecond())
}

fn held_list(tenant: &Tenant, number_of_ours: &E164) -> String {
    format!("{tenant}#held#{number_of_ours}")
}
