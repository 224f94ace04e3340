//! Sends that the closed 24-hour window keeps back: held until the customer writes, each with an entry
//! in a partition of its own. An index would lag, and what it has not got yet would be left behind when
//! the customer writes.

use aws_sdk_dynamodb::{
    operation::transact_write_items::TransactWriteItemsError,
    types::{AttributeValue, Put, ReturnValuesOnConditionCheckFailure, TransactWriteItem, Update},
};
use countersign_core::{
    CustomerId, E164, MessageRef, ProviderMessageId, Tenant,
    message::{Outgoing, Resend},
    window::Refused,
};
use jiff::Timestamp;
use tracing::error;

use super::{
    Hold, SendRecord, SendStatus, Sends, Written,
    fields::{As, Fields, HELD},
    held::in_order,
    outcome, record,
};
use crate::{
    error::Error,
    item::{Item, get_text, maybe_text, millis, number, text},
    keys::{self, Key},
    schema::{DUE_AT, DUE_SHARD, EXPIRES_AT, LIST, PK, PLACE, SK},
};

/// The provider's ids of tries that the window was closed for: what is said of them later is no news.
pub(super) const REFUSED: &str = "refused";
/// The provider's word that the window was closed, as JSON.
pub(super) const WORD: &str = "refused_word";
/// For whom a send is held.
pub(super) const WAITS_FOR: &str = "waits_for";
/// Where its entry is.
pub(super) const WAITS_AT: &str = "waits_at";

/// Set on an entry under which nothing is held any more. It expires: nobody may delete anything.
const OVER: &str = "over";

/// What reading the entries is called where it fails.
const READING: &str = "reading what is held for a customer";

/// For whom sends are held until they write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WaitsFor<'a> {
    /// A customer who writes to this number of ours.
    Customer {
        /// Who.
        customer: CustomerId,
        /// The number.
        number: &'a E164,
    },
    /// Nobody of whose writing is known: it is tried again at this time.
    Nobody {
        /// When.
        due: Timestamp,
    },
}

impl WaitsFor<'_> {
    fn name(&self) -> String {
        match self {
            Self::Customer { customer, number } => format!("{customer}#{number}"),
            Self::Nobody { .. } => "nobody".to_owned(),
        }
    }
}

/// Why a send that was to be repeated is not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ended<'a> {
    /// The code.
    pub code: &'a str,
    /// What it means.
    pub meaning: &'a str,
}

/// A send in the list of those held for somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    sk: String,
    /// Which.
    pub reference: MessageRef,
}

impl SendRecord {
    /// Has it sent once more.
    pub fn resend(&self) -> Resend {
        Resend {
            thread: self.thread,
            commit: self.commit,
            reference: self.reference,
            attempt: self.attempt + 1,
            held: self.held.clone(),
            refused: self.refused.clone(),
            wrote_at: None,
            to: None,
            current: None,
        }
    }
}

impl Sends {
    /// Holds a send until the customer writes: one that has not begun, or that this `token` began and
    /// the provider refused. One transaction.
    ///
    /// # Errors
    /// When the call fails.
    pub async fn hold_for_window(
        &self,
        message: &Outgoing,
        number_of_ours: &E164,
        token: &str,
        code: &str,
        waits_for: &WaitsFor<'_>,
        now: Timestamp,
    ) -> Result<Hold, Error> {
        const WHAT: &str = "holding a send until the customer writes";
        let place = in_order(now, message.reference);
        let mut fields = Fields::of(message, number_of_ours, token, SendStatus::Held, now);
        fields.set("code", code);
        fields.set(HELD, code);
        fields.set(WAITS_FOR, waits_for.name());
        fields.set(WAITS_AT, place.clone());
        fields.goes(message, As::Itself);
        // It is in no other list, where it could be let go or taken for a sign of life.
        fields.remove(LIST);
        fields.remove(PLACE);
        if let WaitsFor::Nobody { due } = waits_for {
            fields.due(keys::due_shard(&message.reference.to_string()), *due);
            // By then they may have written: the provider is asked anew.
            fields.remove(WORD);
        }
        let key = keys::send(&message.tenant, message.reference);
        let update = fields
            .on(Update::builder()
                .table_name(&self.table)
                .set_key(Some(key.into_item())))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .build()
            .map_err(|why| Error::unreadable(WHAT, why))?;
        let mut items = vec![TransactWriteItem::builder().update(update).build()];
        if let WaitsFor::Customer { customer, number } = waits_for {
            let key = Key {
                pk: keys::waits(&message.tenant, *customer, number),
                sk: place,
            };
            let mut entry = key.into_item();
            entry.insert("reference".to_owned(), text(message.reference.to_string()));
            let put = Put::builder()
                .table_name(&self.table)
                .set_item(Some(entry))
                .build()
                .map_err(|why| Error::unreadable(WHAT, why))?;
            items.push(TransactWriteItem::builder().put(put).build());
        }
        let result = self
            .client
            .transact_write_items()
            .set_transact_items(Some(items))
            .send()
            .await;
        let Err(error) = result else {
            return Ok(Hold::Held);
        };
        let reason = match error.as_service_error() {
            Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) => {
                let reason = cancelled.cancellation_reasons().first();
                reason.filter(|reason| reason.code() == Some("ConditionalCheckFailed"))
            }
            _ => None,
        };
        let Some(reason) = reason else {
            return Err(Error::sdk(WHAT, error));
        };
        // An answer was lost, and the SDK asked again: it was this run that holds it.
        let ours = reason.item().is_some_and(|old| {
            maybe_text(old, "token") == Some(token)
                && maybe_text(old, "status") == Some(SendStatus::Held.as_str())
        });
        Ok(if ours { Hold::Held } else { Hold::Elsewhere })
    }

    /// All that is held for a customer until they write, in the order in which it was held. One
    /// strongly consistent query for every megabyte. An entry that can't be read is left out.
    ///
    /// # Errors
    /// When a call fails.
    pub async fn waiting_for(
        &self,
        tenant: &Tenant,
        customer: CustomerId,
        number_of_ours: &E164,
    ) -> Result<Vec<Entry>, Error> {
        let mut entries = Vec::new();
        let mut from: Option<Item> = None;
        loop {
            let page = self
                .client
                .query()
                .table_name(&self.table)
                .consistent_read(true)
                .key_condition_expression("pk = :pk")
                .filter_expression("attribute_not_exists(#over)")
                .expression_attribute_names("#over", OVER)
                .expression_attribute_values(
                    ":pk",
                    text(keys::waits(tenant, customer, number_of_ours)),
                )
                .set_exclusive_start_key(from)
                .send()
                .await
                .map_err(|error| Error::sdk(READING, error))?;
            for item in page.items.unwrap_or_default() {
                match entry(&item) {
                    Ok(entry) => entries.push(entry),
                    // One that can't be read keeps no other from going out.
                    Err(error) => error!(%error, "ALARM: a held message can't be found, and stays"),
                }
            }
            from = page.last_evaluated_key;
            if from.is_none() {
                return Ok(entries);
            }
        }
    }

    /// Lets a send go that is held under this entry, to be repeated; the entry is over then. It is
    /// due until [`Sends::no_longer_due`], so that a crash in between is caught. One transaction; gives
    /// whether there was one to let go.
    ///
    /// # Errors
    /// [`Error::Conflict`] when the record moved on meanwhile: nothing is held under the entry any
    /// more.
    pub async fn let_go_waiting(
        &self,
        record: &SendRecord,
        customer: CustomerId,
        entry: &Entry,
        due: Timestamp,
    ) -> Result<(), Error> {
        const WHAT: &str = "letting go what was held for a customer";
        let update = Update::builder()
            .table_name(&self.table)
            .set_key(Some(
                keys::send(&record.tenant, record.reference).into_item(),
            ))
            .update_expression(
                "SET #status = :retrying, #rank = :rank, #attempt = #attempt + :one, \
                 #due_shard = :shard, #due_at = :due REMOVE #waits_for, #waits_at",
            )
            .condition_expression("#status = :held AND #waits_at = :place")
            .expression_attribute_names("#status", "status")
            .expression_attribute_names("#rank", "rank")
            .expression_attribute_names("#attempt", "attempt")
            .expression_attribute_names("#due_shard", DUE_SHARD)
            .expression_attribute_names("#due_at", DUE_AT)
            .expression_attribute_names("#waits_for", WAITS_FOR)
            .expression_attribute_names("#waits_at", WAITS_AT)
            .expression_attribute_values(":retrying", text(SendStatus::Retrying.as_str()))
            .expression_attribute_values(":held", text(SendStatus::Held.as_str()))
            .expression_attribute_values(":rank", number(SendStatus::Retrying.rank()))
            .expression_attribute_values(":one", number(1))
            .expression_attribute_values(":place", text(&entry.sk))
            .expression_attribute_values(
                ":shard",
                text(keys::due_shard(&record.reference.to_string())),
            )
            .expression_attribute_values(":due", millis(due))
            .build()
            .map_err(|why| Error::unreadable(WHAT, why))?;
        let over = Update::builder()
            .table_name(&self.table)
            .set_key(Some(self.entry(record, customer, entry)))
            .update_expression("SET #over = :at, #expires = :at")
            .expression_attribute_names("#over", OVER)
            .expression_attribute_names("#expires", EXPIRES_AT)
            .expression_attribute_values(":at", number(due.as_second()))
            .build()
            .map_err(|why| Error::unreadable(WHAT, why))?;
        let result = self
            .client
            .transact_write_items()
            .transact_items(TransactWriteItem::builder().update(update).build())
            .transact_items(TransactWriteItem::builder().update(over).build())
            .send()
            .await;
        let Err(error) = result else {
            return Ok(());
        };
        let is_conflict = match error.as_service_error() {
            Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) => {
                let mut reasons = cancelled.cancellation_reasons().iter();
                reasons.any(|reason| reason.code() == Some("ConditionalCheckFailed"))
            }
            _ => false,
        };
        match is_conflict {
            true => Err(Error::Conflict { what: WHAT }),
            false => Err(Error::sdk(WHAT, error)),
        }
    }

    /// Ends an entry under which nothing is held any more. One write.
    ///
    /// # Errors
    /// When the call fails.
    pub async fn forget_waiting(
        &self,
        record: &SendRecord,
        customer: CustomerId,
        entry: &Entry,
        now: Timestamp,
    ) -> Result<(), Error> {
        self.client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(self.entry(record, customer, entry)))
            .update_expression("SET #over = :at, #expires = :at")
            .expression_attribute_names("#over", OVER)
            .expression_attribute_names("#expires", EXPIRES_AT)
            .expression_attribute_values(":at", number(now.as_second()))
            .send()
            .await
            .map_err(|error| Error::sdk("forgetting what was held for a customer", error))?;
        Ok(())
    }

    /// The provider says of a message it had taken that the window is closed: it is decided that it is
    /// repeated, as a template or to be held. Only of the try that the record is about, and once; a
    /// message that arrived stays as it is. It is due until [`Sends::no_longer_due`], so that a crash in
    /// between is caught. One write.
    ///
    /// # Errors
    /// When the call fails or what is stored can't be read.
    pub async fn refused_late(
        &self,
        before: &SendRecord,
        id: &ProviderMessageId,
        code: &str,
        due: Timestamp,
    ) -> Result<Option<SendRecord>, Error> {
        const WHAT: &str = "recording that the window is closed";
        let (tenant, reference) = (&before.tenant, before.reference);
        let word = Refused {
            code: code.to_owned(),
            wrote_at: before.wrote_at,
            template: before.template.clone(),
        };
        let word = serde_json::to_string(&word).map_err(|why| Error::unreadable(WHAT, why))?;
        let update = self
            .update(tenant, reference)
            .update_expression(
                "SET #status = :retrying, #rank = :rank, #attempt = #attempt + :one, \
                 #token = :token, #code = :code, #word = :word, #due_shard = :shard, \
                 #due_at = :due ADD #refused :ids",
            )
            // A run that is at the provider's has not told the id yet; then it is this one.
            .condition_expression(
                "#token = :was AND NOT contains(#refused, :id) \
                 AND (#status = :sending OR #status = :unknown \
                 OR (#status = :held AND attribute_not_exists(#waits_for)) \
                 OR (#status = :sent AND #id = :id))",
            )
            .expression_attribute_names("#rank", "rank")
            .expression_attribute_names("#attempt", "attempt")
            .expression_attribute_names("#token", "token")
            .expression_attribute_names("#code", "code")
            .expression_attribute_names("#word", WORD)
            .expression_attribute_names("#refused", REFUSED)
            .expression_attribute_names("#id", "provider_id")
            .expression_attribute_names("#waits_for", WAITS_FOR)
            .expression_attribute_values(":held", text(SendStatus::Held.as_str()))
            .expression_attribute_names("#due_shard", DUE_SHARD)
            .expression_attribute_names("#due_at", DUE_AT)
            .expression_attribute_values(":retrying", text(SendStatus::Retrying.as_str()))
            .expression_attribute_values(":sending", text(SendStatus::Sending.as_str()))
            .expression_attribute_values(":unknown", text(SendStatus::Unknown.as_str()))
            .expression_attribute_values(":sent", text(SendStatus::Sent.as_str()))
            .expression_attribute_values(":rank", number(SendStatus::Retrying.rank()))
            .expression_attribute_values(":one", number(1))
            .expression_attribute_values(":was", text(&before.token))
            .expression_attribute_values(":token", text(format!("refused {}", id.as_str())))
            .expression_attribute_values(":code", text(code))
            .expression_attribute_values(":word", text(word))
            .expression_attribute_values(":id", text(id.as_str()))
            .expression_attribute_values(":ids", AttributeValue::Ss(vec![id.as_str().to_owned()]))
            .expression_attribute_values(":shard", text(keys::due_shard(&reference.to_string())))
            .expression_attribute_values(":due", millis(due));
        match outcome(WHAT, update.send().await)? {
            Written::New(item) => record(tenant, reference, &item).map(Some),
            Written::Refused(_) => Ok(None),
        }
    }

    /// A send that was to be repeated is not: that is the end of it. One write.
    ///
    /// # Errors
    /// When the call fails.
    pub async fn not_repeated(
        &self,
        tenant: &Tenant,
        reference: MessageRef,
        ended: Ended<'_>,
    ) -> Result<(), Error> {
        let Ended { code, meaning } = ended;
        let update = self
            .update(tenant, reference)
            .update_expression(
                "SET #status = :failed, #rank = :rank, #code = :code, #meaning = :meaning \
                 REMOVE #due_shard, #due_at",
            )
            .condition_expression("#status = :retrying")
            .expression_attribute_names("#rank", "rank")
            .expression_attribute_names("#code", "code")
            .expression_attribute_names("#meaning", "meaning")
            .expression_attribute_names("#due_shard", DUE_SHARD)
            .expression_attribute_names("#due_at", DUE_AT)
            .expression_attribute_values(":failed", text(SendStatus::Failed.as_str()))
            .expression_attribute_values(":retrying", text(SendStatus::Retrying.as_str()))
            .expression_attribute_values(":rank", number(SendStatus::Failed.rank()))
            .expression_attribute_values(":code", text(code))
            .expression_attribute_values(":meaning", text(meaning));
        outcome("ending a send", update.send().await).map(drop)
    }

    fn entry(&self, record: &SendRecord, customer: CustomerId, entry: &Entry) -> Item {
        Item::from([
            (
                PK.to_owned(),
                text(keys::waits(&record.tenant, customer, &record.number)),
            ),
            (SK.to_owned(), text(&entry.sk)),
        ])
    }
}

fn entry(item: &Item) -> Result<Entry, Error> {
    Ok(Entry {
        sk: get_text(READING, item, SK)?.to_owned(),
        reference: get_text(READING, item, "reference")?
            .parse()
            .map_err(|why| Error::unreadable(READING, why))?,
    })
}
