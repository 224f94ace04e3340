//! Sends that wait: for the provider's word, or for their next try.

use countersign_core::{E164, MessageRef, Tenant};
use jiff::Timestamp;

use super::{LIST_SHARDS, SendRecord, SendStatus, Sends, Written, list, outcome};
use crate::{
    error::Error,
    item::{millis, number, text},
    keys,
    schema::{DUE_AT, DUE_SHARD, LIST, LISTS, PLACE},
};

/// Whether statuses come in on a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Channel {
    /// They do.
    Alive,
    /// They don't.
    Silent,
}

impl Sends {
    /// Nobody knows whether the provider took it: the status callback will tell, or it is looked
    /// at again when due. One write.
    ///
    /// # Errors
    /// When the call fails.
    pub async fn unknown(
        &self,
        tenant: &Tenant,
        reference: MessageRef,
        token: &str,
        due: Timestamp,
    ) -> Result<(), Error> {
        self.wait(
            tenant,
            reference,
            token,
            SendStatus::Sending,
            SendStatus::Unknown,
            due,
        )
        .await
    }

    /// It has waited, and the number is silent. One write.
    ///
    /// # Errors
    /// When the call fails.
    pub async fn hold(&self, record: &SendRecord, due: Timestamp) -> Result<(), Error> {
        self.wait(
            &record.tenant,
            record.reference,
            &record.token,
            record.status,
            SendStatus::Held,
            due,
        )
        .await
    }

    /// Decides that a send is to be repeated. The due mark stays until [`Sends::no_longer_due`],
    /// so that a crash in between is caught. One write.
    ///
    /// # Errors
    /// [`Error::Conflict`] when the record moved on meanwhile.
    pub async fn repeat(&self, record: &SendRecord, due: Timestamp) -> Result<(), Error> {
        const WHAT: &str = "deciding on a repeat";
        let update = self
            .update(&record.tenant, record.reference)
            .update_expression("SET #status = :retrying, #rank = :rank, #due_at = :due")
            .condition_expression("#token = :token AND (#status = :was OR #status = :retrying)")
            .expression_attribute_names("#rank", "rank")
            .expression_attribute_names("#token", "token")
            .expression_attribute_names("#due_at", DUE_AT)
            .expression_attribute_values(":retrying", text(SendStatus::Retrying.as_str()))
            .expression_attribute_values(":rank", number(SendStatus::Retrying.rank()))
            .expression_attribute_values(":was", text(record.status.as_str()))
            .expression_attribute_values(":token", text(&record.token))
            .expression_attribute_values(":due", millis(due));
        match outcome(WHAT, update.send().await)? {
            Written::New(_) => Ok(()),
            Written::Refused(_) => Err(Error::Conflict { what: WHAT }),
        }
    }

    /// Nothing is due about it any more: it is settled, or a queue message stands behind it. A
    /// record that moved on meanwhile stays as it is. One write.
    ///
    /// # Errors
    /// When the call fails.
    pub async fn no_longer_due(&self, record: &SendRecord) -> Result<(), Error> {
        let update = self
            .update(&record.tenant, record.reference)
            .update_expression("REMOVE #due_shard, #due_at")
            .condition_expression("#token = :token AND #status = :status")
            .expression_attribute_names("#token", "token")
            .expression_attribute_names("#due_shard", DUE_SHARD)
            .expression_attribute_names("#due_at", DUE_AT)
            .expression_attribute_values(":status", text(record.status.as_str()))
            .expression_attribute_values(":token", text(&record.token));
        outcome("removing a due mark", update.send().await).map(drop)
    }

    /// Whether a status came in for any message this number began to send after `since`: then the
    /// channel is alive. At most four queries.
    ///
    /// # Errors
    /// When a call fails.
    pub async fn alive_since(
        &self,
        tenant: &Tenant,
        number_of_ours: &E164,
        since: Timestamp,
    ) -> Result<Channel, Error> {
        for shard in 0..LIST_SHARDS {
            let mut from = None;
            loop {
                let page = self
                    .client
                    .query()
                    .table_name(&self.table)
                    .index_name(LISTS.name)
                    .key_condition_expression("#list = :list AND #place > :since")
                    .filter_expression("attribute_exists(status_at)")
                    .expression_attribute_names("#list", LIST)
                    .expression_attribute_names("#place", PLACE)
                    .expression_attribute_values(":list", text(list(tenant, number_of_ours, shard)))
                    .expression_attribute_values(
                        ":since",
                        // '~' sorts after every reference of that very millisecond.
                        text(format!("{:015}~", since.as_millisecond())),
                    )
                    .set_exclusive_start_key(from)
                    .send()
                    .await
                    .map_err(|error| Error::sdk("asking whether a number is alive", error))?;
                if page.count > 0 {
                    return Ok(Channel::Alive);
                }
                from = page.last_evaluated_key;
                if from.is_none() {
                    break;
                }
            }
        }
        Ok(Channel::Silent)
    }

    async fn wait(
        &self,
        tenant: &Tenant,
        reference: MessageRef,
        token: &str,
        from: SendStatus,
        to: SendStatus,
        due: Timestamp,
    ) -> Result<(), Error> {
        let update = self
            .update(tenant, reference)
            .update_expression(
                "SET #status = :to, #rank = :rank, #due_shard = :shard, #due_at = :due",
            )
            .condition_expression("#token = :token AND #status = :from")
            .expression_attribute_names("#rank", "rank")
            .expression_attribute_names("#token", "token")
            .expression_attribute_names("#due_shard", DUE_SHARD)
            .expression_attribute_names("#due_at", DUE_AT)
            .expression_attribute_values(":to", text(to.as_str()))
            .expression_attribute_values(":from", text(from.as_str()))
            .expression_attribute_values(":rank", number(to.rank()))
            .expression_attribute_values(":token", text(token))
            .expression_attribute_values(":shard", text(keys::due_shard(&reference.to_string())))
            .expression_attribute_values(":due", millis(due));
        outcome("letting a send wait", update.send().await).map(drop)
    }
}
