//! Numbers that can't send: paused when the provider says that nothing goes out from them any
//! more, and released by an operator.
//!
//! One item for each number that ever was paused. It stays, so that what a message failed with that
//! was sent before the release does not pause the number anew.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use aws_sdk_dynamodb::{
    Client,
    operation::update_item::builders::UpdateItemFluentBuilder,
    types::{ConditionCheck, ReturnValue, ReturnValuesOnConditionCheckFailure, TransactWriteItem},
};
use countersign_core::{E164, Tenant};
use jiff::{SignedDuration, Timestamp};

use crate::{
    due::Due,
    error::Error,
    item::{Item, get_text, get_time, maybe_text, millis, text},
    keys,
    schema::{DUE_AT, DUE_SHARD},
    sends::{Written, outcome},
};

/// For so long a process goes on by what it read.
const REMEMBERED: SignedDuration = SignedDuration::from_secs(30);
/// The most numbers a process remembers.
const MOST_NUMBERS: usize = 1_000;

/// Whether a number sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NumberStatus {
    /// It does.
    Open,
    /// It does, and what was held while it did not goes out.
    Releasing,
    /// Nothing goes out from it.
    Paused,
}

impl NumberStatus {
    /// The word for it in storage.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Releasing => "releasing",
            Self::Paused => "paused",
        }
    }

    fn parse(word: &str) -> Option<Self> {
        [Self::Open, Self::Releasing, Self::Paused]
            .into_iter()
            .find(|status| status.as_str() == word)
    }
}

/// A number that was paused once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NumberState {
    /// Whose.
    pub tenant: Tenant,
    /// Which.
    pub number: E164,
    /// Whether it sends.
    pub status: NumberStatus,
    /// The provider's code that paused it last.
    pub code: String,
    /// What the code means and what to do, for operators.
    pub meaning: String,
    /// When that was.
    pub since: Timestamp,
    /// When it was last released.
    pub released_at: Option<Timestamp>,
}

/// What pauses a number.
#[derive(Debug, Clone, Copy)]
pub struct Alarming<'a> {
    /// The provider's code.
    pub code: &'a str,
    /// What it means and what to do, for operators.
    pub meaning: &'a str,
    /// When the message that failed with it was begun to be sent.
    pub sent_at: Timestamp,
}

/// What came of pausing a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Paused {
    /// This paused it: whoever did tells an operator.
    Now,
    /// It was paused before, or released after the failing message was sent.
    Before,
}

/// What came of releasing a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Released {
    /// What was held goes out within a minute or two.
    Now,
    /// It was not paused.
    WasNotPaused,
}

/// The numbers in the threads table. Clones share what they remember.
#[derive(Debug, Clone)]
pub struct Numbers {
    client: Client,
    table: String,
    remembered: Arc<Mutex<Remembered>>,
}

/// What was read of numbers, and when.
type Remembered = HashMap<(Tenant, E164), (Timestamp, NumberStatus)>;

impl Numbers {
    /// Numbers in this table.
    pub fn new(client: Client, table: String) -> Self {
        Self {
            client,
            table,
            remembered: Arc::default(),
        }
    }

    /// Whether a number sends, by what is at most 30 seconds old: else one eventually consistent
    /// read. A number that was paused meanwhile refuses what is sent, and what is held is checked
    /// by the write that holds it.
    ///
    /// # Errors
    /// When the call fails or what is stored can't be read.
    pub async fn status(
        &self,
        tenant: &Tenant,
        number: &E164,
        now: Timestamp,
    ) -> Result<NumberStatus, Error> {
        if let Some(status) = self.recall(tenant, number, now) {
            return Ok(status);
        }
        let found = self.read(tenant, number).await?;
        let status = found.map_or(NumberStatus::Open, |found| found.status);
        self.remember(tenant, number, now, status);
        Ok(status)
    }

    /// What is on record about a number. One eventually consistent read.
    ///
    /// # Errors
    /// When the call fails or what is stored can't be read.
    pub async fn read(&self, tenant: &Tenant, number: &E164) -> Result<Option<NumberState>, Error> {
        let found = self
            .client
            .get_item()
            .table_name(&self.table)
            .set_key(Some(keys::number(tenant, number).into_item()))
            .send()
            .await
            .map_err(|error| Error::sdk("reading whether a number sends", error))?;
        found
            .item
            .map(|item| state(tenant, number.clone(), &item))
            .transpose()
    }

    /// Pauses a number. Of any who do so at once exactly one is told that it was them. One write.
    ///
    /// # Errors
    /// When the call fails.
    pub async fn pause(
        &self,
        tenant: &Tenant,
        number: &E164,
        why: Alarming<'_>,
        now: Timestamp,
    ) -> Result<Paused, Error> {
        let update = self
            .update(tenant, number)
            .update_expression(
                "SET #status = :paused, #code = :code, #meaning = :meaning, #since = :now \
                 REMOVE #due_shard, #due_at",
            )
            .condition_expression(
                "attribute_not_exists(pk) OR (#status <> :paused AND #released <= :sent)",
            )
            .expression_attribute_names("#code", "code")
            .expression_attribute_names("#meaning", "meaning")
            .expression_attribute_names("#since", "since")
            .expression_attribute_names("#released", "released_at")
            .expression_attribute_names("#due_shard", DUE_SHARD)
            .expression_attribute_names("#due_at", DUE_AT)
            .expression_attribute_values(":paused", text(NumberStatus::Paused.as_str()))
            .expression_attribute_values(":code", text(why.code))
            .expression_attribute_values(":meaning", text(why.meaning))
            .expression_attribute_values(":sent", millis(why.sent_at))
            .expression_attribute_values(":now", millis(now));
        let paused = match outcome("pausing a number", update.send().await)? {
            Written::New(_) => Paused::Now,
            Written::Refused(_) => Paused::Before,
        };
        // Whether it was paused or released before, it is read anew.
        self.forget(tenant, number);
        Ok(paused)
    }

    /// Lets a number send again; what was held goes out in its order as the clock comes by. One
    /// write.
    ///
    /// # Errors
    /// When the call fails.
    pub async fn release(
        &self,
        tenant: &Tenant,
        number: &E164,
        now: Timestamp,
    ) -> Result<Released, Error> {
        let shard = keys::due_shard(number.as_str());
        let update = self
            .update(tenant, number)
            .update_expression(
                "SET #status = :releasing, #released = :now, #due_shard = :shard, #due_at = :now",
            )
            .condition_expression("#status = :paused")
            .expression_attribute_names("#released", "released_at")
            .expression_attribute_names("#due_shard", DUE_SHARD)
            .expression_attribute_names("#due_at", DUE_AT)
            .expression_attribute_values(":releasing", text(NumberStatus::Releasing.as_str()))
            .expression_attribute_values(":paused", text(NumberStatus::Paused.as_str()))
            .expression_attribute_values(":shard", text(shard))
            .expression_attribute_values(":now", millis(now));
        let released = match outcome("releasing a number", update.send().await)? {
            Written::New(_) => Released::Now,
            Written::Refused(_) => Released::WasNotPaused,
        };
        self.forget(tenant, number);
        Ok(released)
    }

    /// All that was held has gone out. One write; a number that was paused again stays so.
    ///
    /// # Errors
    /// When the call fails.
    pub async fn opened(&self, state: &NumberState) -> Result<(), Error> {
        let update = self
            .update(&state.tenant, &state.number)
            .update_expression("SET #status = :open REMOVE #due_shard, #due_at")
            .condition_expression("#status = :releasing")
            .expression_attribute_names("#due_shard", DUE_SHARD)
            .expression_attribute_names("#due_at", DUE_AT)
            .expression_attribute_values(":releasing", text(NumberStatus::Releasing.as_str()))
            .expression_attribute_values(":open", text(NumberStatus::Open.as_str()));
        outcome("opening a number", update.send().await).map(drop)
    }

    fn update(&self, tenant: &Tenant, number: &E164) -> UpdateItemFluentBuilder {
        self.client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(keys::number(tenant, number).into_item()))
            .expression_attribute_names("#status", "status")
            .return_values(ReturnValue::AllNew)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
    }

    fn recall(&self, tenant: &Tenant, number: &E164, now: Timestamp) -> Option<NumberStatus> {
        let remembered = self
            .remembered
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let (read_at, status) = *remembered.get(&(tenant.clone(), number.clone()))?;
        let age = now.duration_since(read_at);
        (age >= SignedDuration::ZERO && age < REMEMBERED).then_some(status)
    }

    fn remember(&self, tenant: &Tenant, number: &E164, now: Timestamp, status: NumberStatus) {
        let mut remembered = self
            .remembered
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if remembered.len() >= MOST_NUMBERS {
            remembered.clear();
        }
        remembered.insert((tenant.clone(), number.clone()), (now, status));
    }

    /// What is known of the number is read anew the next time.
    pub fn forget(&self, tenant: &Tenant, number: &E164) {
        self.remembered
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(&(tenant.clone(), number.clone()));
    }
}

/// The part of a transaction that holds only while the number is paused.
pub(crate) fn is_paused(
    table: &str,
    tenant: &Tenant,
    number: &E164,
) -> Result<TransactWriteItem, Error> {
    let check = ConditionCheck::builder()
        .table_name(table)
        .set_key(Some(keys::number(tenant, number).into_item()))
        .condition_expression("#status = :paused")
        .expression_attribute_names("#status", "status")
        .expression_attribute_values(":paused", text(NumberStatus::Paused.as_str()))
        .build()
        .map_err(|why| Error::unreadable("checking that a number is paused", why))?;
    Ok(TransactWriteItem::builder().condition_check(check).build())
}

impl TryFrom<&Due> for NumberState {
    type Error = Error;

    /// The number whose held messages are due.
    fn try_from(due: &Due) -> Result<Self, Error> {
        let number = due
            .rest
            .strip_prefix("number#")
            .and_then(|number| number.parse().ok())
            .ok_or_else(|| Error::unreadable("reading a number", format!("key {}", due.rest)))?;
        state(&due.tenant, number, &due.item)
    }
}

fn state(tenant: &Tenant, number: E164, item: &Item) -> Result<NumberState, Error> {
    const WHAT: &str = "reading whether a number sends";
    let status = get_text(WHAT, item, "status")?;
    Ok(NumberState {
        tenant: tenant.clone(),
        number,
        status: NumberStatus::parse(status)
            .ok_or_else(|| Error::unreadable(WHAT, format!("status {status:?}")))?,
        code: maybe_text(item, "code").unwrap_or_default().to_owned(),
        meaning: maybe_text(item, "meaning").unwrap_or_default().to_owned(),
        since: get_time(WHAT, item, "since")?,
        released_at: match item.contains_key("released_at") {
            true => Some(get_time(WHAT, item, "released_at")?),
            false => None,
        },
    })
}
