//! What became of each message that was to be sent. The record is the idempotency key of the
//! send: whoever wants to send asks it first.

mod fields;
mod held;
mod waiting;
mod window;

use aws_sdk_dynamodb::{
    Client,
    error::SdkError,
    operation::update_item::{UpdateItemError, builders::UpdateItemFluentBuilder},
    types::ReturnValuesOnConditionCheckFailure,
};
use countersign_core::{
    E164, MessageRef, ProviderMessageId, Tenant, ThreadId,
    message::{Correlation, DeliveryStatus, Group, Outgoing, StatusUpdate},
    window::Refused,
};
use jiff::Timestamp;

use crate::{
    due::Due,
    error::Error,
    item::{Item, get_number, get_text, get_time, maybe_text, millis, number, parse, text},
    keys,
    schema::{DUE_AT, DUE_SHARD, LIST, PLACE},
};

pub use self::{
    fields::As,
    held::{HeldFrom, HeldPage, Hold},
    waiting::Channel,
    window::{Ended, Entry, WaitsFor},
};

use self::fields::Fields;

/// How many lists a number's sends are spread over, so that no partition takes them all.
const LIST_SHARDS: u8 = 4;

/// Where a send stands. The order is the one it can move in: a record never goes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SendStatus {
    /// It is to be tried again: the provider certainly did not take it.
    Retrying,
    /// The provider is being called.
    Sending,
    /// The call's outcome is not known: it waits for the provider's status callback.
    Unknown,
    /// It waited long enough, but the number is silent: held, and an operator is told. Or its number is
    /// paused, or it is to wait until the customer writes.
    Held,
    /// The provider has it.
    Sent,
    /// It will not arrive.
    Failed,
    /// It reached the phone.
    Delivered,
    /// It was opened.
    Read,
}

impl SendStatus {
    /// The word for it in storage.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Retrying => "retrying",
            Self::Sending => "sending",
            Self::Unknown => "unknown",
            Self::Held => "held",
            Self::Sent => "sent",
            Self::Failed => "failed",
            Self::Delivered => "delivered",
            Self::Read => "read",
        }
    }

    fn parse(word: &str) -> Option<Self> {
        [
            Self::Retrying,
            Self::Sending,
            Self::Unknown,
            Self::Held,
            Self::Sent,
            Self::Failed,
            Self::Delivered,
            Self::Read,
        ]
        .into_iter()
        .find(|status| status.as_str() == word)
    }

    /// The place in the order above; a record is only ever moved to a higher one, but for a
    /// repeat that the settlement decides on.
    fn rank(self) -> u8 {
        self as u8 * 10
    }
}

/// A send's record.
#[derive(Debug, Clone, PartialEq)]
pub struct SendRecord {
    /// Whose.
    pub tenant: Tenant,
    /// Which message.
    pub reference: MessageRef,
    /// Where it stands.
    pub status: SendStatus,
    /// The thread that sends it.
    pub thread: ThreadId,
    /// That thread's group.
    pub group: Group,
    /// The commit it was decided in.
    pub commit: u64,
    /// Which repeat, from 0.
    pub attempt: u32,
    /// How often the provider refused it for the moment.
    pub tries: u32,
    /// Names the handler run that last began to send.
    pub token: String,
    /// When that was.
    pub began_at: Timestamp,
    /// Follows the message.
    pub correlation: Correlation,
    /// The number that sends it.
    pub number: E164,
    /// The provider's last code, if it gave one.
    pub code: Option<String>,
    /// The code it is or was held under, if it was.
    pub held: Option<String>,
    /// The template it went as, if it did.
    pub template: Option<String>,
    /// When the customer had last written, as far as was known when it was begun.
    pub wrote_at: Option<Timestamp>,
    /// The provider's word that the 24-hour window was closed for it, if that was its last word.
    pub refused: Option<Refused>,
    /// For whom it is held, if it is held until they write.
    pub waits_for: Option<String>,
}

/// Whether a send may begin.
#[derive(Debug, Clone, PartialEq)]
pub enum Begin {
    /// Call the provider now.
    Go {
        /// How often the provider refused it for the moment before.
        tries: u32,
    },
    /// Another run began and never told what came of it.
    Began(Box<SendRecord>),
    /// Nothing is to be sent.
    Done(Box<SendRecord>),
}

/// The send records in the threads table.
#[derive(Debug, Clone)]
pub struct Sends {
    client: Client,
    table: String,
}

impl Sends {
    /// Records in this table.
    pub fn new(client: Client, table: String) -> Self {
        Self { client, table }
    }

    /// Writes `sending`, unless the record says otherwise. One write. A run that has begun can do so
    /// once more, as something else.
    ///
    /// # Errors
    /// When the call fails or what is stored can't be read.
    pub async fn begin(
        &self,
        message: &Outgoing,
        number_of_ours: &E164,
        token: &str,
        as_what: As<'_>,
        now: Timestamp,
    ) -> Result<Begin, Error> {
        const WHAT: &str = "beginning to send";
        let mut fields = Fields::of(message, number_of_ours, token, SendStatus::Sending, now);
        fields.set(
            LIST,
            list(&message.tenant, number_of_ours, shard(message.reference)),
        );
        fields.set(PLACE, place(now, message.reference));
        fields.goes(message, as_what);
        fields.remove(window::WAITS_FOR);
        fields.remove(window::WAITS_AT);
        let update = fields.on(self.update(&message.tenant, message.reference));
        match outcome(WHAT, update.send().await)? {
            Written::New(item) => Ok(Begin::Go {
                tries: get_number(WHAT, &item, "tries")?,
            }),
            Written::Refused(old) => {
                let record = Box::new(record(&message.tenant, message.reference, &old)?);
                Ok(match record.status {
                    SendStatus::Sending => Begin::Began(record),
                    _ => Begin::Done(record),
                })
            }
        }
    }

    /// The provider has it. A status callback may have told more already. One write.
    ///
    /// # Errors
    /// When the call fails.
    pub async fn sent(
        &self,
        message: &Outgoing,
        token: &str,
        id: &ProviderMessageId,
        now: Timestamp,
    ) -> Result<(), Error> {
        let update = self
            .update(&message.tenant, message.reference)
            .update_expression(
                "SET #status = :status, #rank = :rank, #id = :id, #sent = :now \
                 REMOVE #due_shard, #due_at",
            )
            .condition_expression("#token = :token AND #rank < :rank")
            .expression_attribute_names("#rank", "rank")
            .expression_attribute_names("#token", "token")
            .expression_attribute_names("#id", "provider_id")
            .expression_attribute_names("#sent", "sent_at")
            .expression_attribute_names("#due_shard", DUE_SHARD)
            .expression_attribute_names("#due_at", DUE_AT)
            .expression_attribute_values(":status", text(SendStatus::Sent.as_str()))
            .expression_attribute_values(":rank", number(SendStatus::Sent.rank()))
            .expression_attribute_values(":token", text(token))
            .expression_attribute_values(":id", text(id.as_str()))
            .expression_attribute_values(":now", millis(now));
        outcome("recording a send", update.send().await).map(drop)
    }

    /// The provider refused it for good: nothing is due any more, also if another run has begun to
    /// wait for its status. One write.
    ///
    /// # Errors
    /// When the call fails.
    pub async fn failed(
        &self,
        message: &Outgoing,
        token: &str,
        code: &str,
        meaning: &str,
    ) -> Result<(), Error> {
        let update = self
            .update(&message.tenant, message.reference)
            .update_expression(
                "SET #status = :status, #rank = :rank, #code = :code, #meaning = :meaning \
                 REMOVE #due_shard, #due_at",
            )
            .condition_expression("#token = :token AND #rank < :rank")
            .expression_attribute_names("#rank", "rank")
            .expression_attribute_names("#token", "token")
            .expression_attribute_names("#code", "code")
            .expression_attribute_names("#meaning", "meaning")
            .expression_attribute_names("#due_shard", DUE_SHARD)
            .expression_attribute_names("#due_at", DUE_AT)
            .expression_attribute_values(":status", text(SendStatus::Failed.as_str()))
            .expression_attribute_values(":rank", number(SendStatus::Failed.rank()))
            .expression_attribute_values(":token", text(token))
            .expression_attribute_values(":code", text(code))
            .expression_attribute_values(":meaning", text(meaning));
        outcome("recording a refusal", update.send().await).map(drop)
    }

    /// The provider did not take it, for now: it is tried again when its queue message comes back,
    /// or when it is due. One write.
    ///
    /// # Errors
    /// When the call fails.
    pub async fn retry(
        &self,
        message: &Outgoing,
        token: &str,
        code: &str,
        due: Timestamp,
    ) -> Result<(), Error> {
        let shard = keys::due_shard(&message.reference.to_string());
        let update = self
            .update(&message.tenant, message.reference)
            .update_expression(
                "SET #status = :status, #rank = :rank, #code = :code, #tries = #tries + :one, \
                 #due_shard = :shard, #due_at = :due",
            )
            .condition_expression("#token = :token AND #status = :sending")
            .expression_attribute_names("#rank", "rank")
            .expression_attribute_names("#token", "token")
            .expression_attribute_names("#code", "code")
            .expression_attribute_names("#tries", "tries")
            .expression_attribute_names("#due_shard", DUE_SHARD)
            .expression_attribute_names("#due_at", DUE_AT)
            .expression_attribute_values(":status", text(SendStatus::Retrying.as_str()))
            .expression_attribute_values(":sending", text(SendStatus::Sending.as_str()))
            .expression_attribute_values(":rank", number(SendStatus::Retrying.rank()))
            .expression_attribute_values(":token", text(token))
            .expression_attribute_values(":code", text(code))
            .expression_attribute_values(":one", number(1))
            .expression_attribute_values(":shard", text(shard))
            .expression_attribute_values(":due", millis(due));
        outcome("recording a retry", update.send().await).map(drop)
    }

    /// Takes in a status callback, unless the record is further already. One write.
    ///
    /// # Errors
    /// When the call fails.
    pub async fn status(&self, update: &StatusUpdate) -> Result<Progress, Error> {
        const WHAT: &str = "recording a status";
        let (status, code) = match &update.status {
            DeliveryStatus::Accepted | DeliveryStatus::Sent => (SendStatus::Sent, None),
            DeliveryStatus::Delivered => (SendStatus::Delivered, None),
            DeliveryStatus::Read => (SendStatus::Read, None),
            DeliveryStatus::Failed { code } => (SendStatus::Failed, Some(code.as_str())),
        };
        let request = self
            .update(&update.tenant, update.reference)
            .update_expression(
                "SET #status = :status, #rank = :rank, #id = :id, #told = :now, #code = :code \
                 REMOVE #due_shard, #due_at",
            )
            // What came of a try that the window was closed for is no news of the one after it.
            .condition_expression(
                "attribute_exists(pk) AND #rank < :rank AND NOT contains(#refused, :id)",
            )
            .expression_attribute_names("#refused", window::REFUSED)
            .expression_attribute_names("#rank", "rank")
            .expression_attribute_names("#id", "provider_id")
            .expression_attribute_names("#told", "status_at")
            .expression_attribute_names("#code", "code")
            .expression_attribute_names("#due_shard", DUE_SHARD)
            .expression_attribute_names("#due_at", DUE_AT)
            .expression_attribute_values(":status", text(status.as_str()))
            .expression_attribute_values(":rank", number(status.rank()))
            .expression_attribute_values(":id", text(update.provider_id.as_str()))
            .expression_attribute_values(":now", millis(update.received_at))
            .expression_attribute_values(":code", text(code.unwrap_or_default()));
        match outcome(WHAT, request.send().await)? {
            Written::New(item) => {
                let record = record(&update.tenant, update.reference, &item)?;
                Ok(Progress::Moved(Box::new(record)))
            }
            Written::Refused(old) if old.is_empty() => Ok(Progress::NotOurs),
            Written::Refused(old) => {
                let record = record(&update.tenant, update.reference, &old)?;
                Ok(Progress::Behind(Box::new(record)))
            }
        }
    }

    /// One record. One strongly consistent read.
    ///
    /// # Errors
    /// When the call fails or what is stored can't be read.
    pub async fn read(
        &self,
        tenant: &Tenant,
        reference: MessageRef,
    ) -> Result<Option<SendRecord>, Error> {
        let found = self
            .client
            .get_item()
            .table_name(&self.table)
            .set_key(Some(keys::send(tenant, reference).into_item()))
            .consistent_read(true)
            .send()
            .await
            .map_err(|error| Error::sdk("reading a send", error))?;
        found
            .item
            .map(|item| record(tenant, reference, &item))
            .transpose()
    }

    fn update(&self, tenant: &Tenant, reference: MessageRef) -> UpdateItemFluentBuilder {
        self.client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(keys::send(tenant, reference).into_item()))
            .expression_attribute_names("#status", "status")
            .return_values(aws_sdk_dynamodb::types::ReturnValue::AllNew)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
    }
}

/// What a status callback did.
#[derive(Debug, Clone, PartialEq)]
pub enum Progress {
    /// The record moved; this is what it says now.
    Moved(Box<SendRecord>),
    /// The record was as far or further already.
    Behind(Box<SendRecord>),
    /// No message of ours has that reference.
    NotOurs,
}

impl TryFrom<&Due> for SendRecord {
    type Error = Error;

    /// The record that is due.
    fn try_from(due: &Due) -> Result<Self, Error> {
        let reference = due
            .rest
            .strip_prefix("send#")
            .and_then(|reference| reference.parse().ok())
            .ok_or_else(|| Error::unreadable("reading a due send", format!("key {}", due.rest)))?;
        record(&due.tenant, reference, &due.item)
    }
}

pub(crate) enum Written {
    /// What is stored now.
    New(Item),
    /// What stood in the way; empty when there was nothing.
    Refused(Item),
}

pub(crate) fn outcome<R: std::fmt::Debug>(
    what: &'static str,
    result: Result<
        aws_sdk_dynamodb::operation::update_item::UpdateItemOutput,
        SdkError<UpdateItemError, R>,
    >,
) -> Result<Written, Error> {
    match result {
        Ok(output) => Ok(Written::New(output.attributes.unwrap_or_default())),
        Err(error) => match error.as_service_error() {
            Some(UpdateItemError::ConditionalCheckFailedException(failed)) => {
                Ok(Written::Refused(failed.item().cloned().unwrap_or_default()))
            }
            _ => Err(Error::sdk(what, error)),
        },
    }
}

fn record(tenant: &Tenant, reference: MessageRef, item: &Item) -> Result<SendRecord, Error> {
    const WHAT: &str = "reading a send";
    let status = get_text(WHAT, item, "status")?;
    let group = get_text(WHAT, item, "group")?;
    Ok(SendRecord {
        tenant: tenant.clone(),
        reference,
        status: SendStatus::parse(status)
            .ok_or_else(|| Error::unreadable(WHAT, format!("status {status:?}")))?,
        thread: parse(WHAT, item, "thread")?,
        group: serde_json::from_value(group.into()).map_err(|why| Error::unreadable(WHAT, why))?,
        commit: get_number(WHAT, item, "commit")?,
        attempt: get_number(WHAT, item, "attempt")?,
        tries: get_number(WHAT, item, "tries")?,
        token: get_text(WHAT, item, "token")?.to_owned(),
        began_at: get_time(WHAT, item, "began_at")?,
        correlation: Correlation(get_text(WHAT, item, "correlation")?.to_owned()),
        number: parse(WHAT, item, "number")?,
        code: maybe_text(item, "code")
            .filter(|code| !code.is_empty())
            .map(str::to_owned),
        held: maybe_text(item, fields::HELD).map(str::to_owned),
        template: maybe_text(item, fields::TEMPLATE).map(str::to_owned),
        wrote_at: fields::wrote_at(WHAT, item)?,
        refused: maybe_text(item, window::WORD)
            .map(serde_json::from_str)
            .transpose()
            .map_err(|why| Error::unreadable(WHAT, why))?,
        waits_for: maybe_text(item, window::WAITS_FOR).map(str::to_owned),
    })
}

fn shard(reference: MessageRef) -> u8 {
    let sum = reference
        .to_string()
        .bytes()
        .fold(0_u8, |sum, byte| sum.wrapping_add(byte));
    sum % LIST_SHARDS
}

fn list(tenant: &Tenant, number_of_ours: &E164, shard: u8) -> String {
    format!("{tenant}#sends#{number_of_ours}#{shard}")
}

fn place(began_at: Timestamp, reference: MessageRef) -> String {
    format!("{:015}#{reference}", began_at.as_millisecond())
}
