//! What is due: work that no queue message stands behind.

use aws_sdk_dynamodb::Client;
use countersign_core::Tenant;
use jiff::Timestamp;

use crate::{
    error::Error,
    item::{Item, get_text, millis, text},
    keys,
    schema::{DUE, DUE_AT, DUE_SHARD, DUE_SHARDS, PK},
};

/// How many items one query returns.
pub const PAGE: i32 = 100;
/// How many queries one look at a shard of a table takes; what is more comes the next time.
pub const MOST_PAGES: usize = 10;

/// Something that is due.
#[derive(Debug, Clone)]
pub struct Due {
    /// Whose.
    pub tenant: Tenant,
    /// Its partition key after the tenant, which says what it is.
    pub rest: String,
    pub(crate) item: Item,
}

/// The due indexes of all tables.
#[derive(Debug, Clone)]
pub struct DueIndex {
    client: Client,
    tables: Vec<String>,
}

impl DueIndex {
    /// The indexes of these tables.
    pub fn new(client: Client, tables: Vec<String>) -> Self {
        Self { client, tables }
    }

    /// What is due at `now`, oldest first within each shard, and what could not be read, each as
    /// an error of its own: it keeps nothing else from being dealt with. One query per table and
    /// shard for every [`PAGE`] items, at most [`MOST_PAGES`]. The index may lag: whoever acts on
    /// what it says does so by a conditional write.
    pub async fn due(&self, now: Timestamp) -> Vec<Result<Due, Error>> {
        let mut due = Vec::new();
        for table in &self.tables {
            for shard in 0..DUE_SHARDS {
                if let Err(error) = self.shard(table, shard, now, &mut due).await {
                    due.push(Err(error));
                }
            }
        }
        due
    }

    async fn shard(
        &self,
        table: &str,
        shard: u8,
        now: Timestamp,
        due: &mut Vec<Result<Due, Error>>,
    ) -> Result<(), Error> {
        let mut from = None;
        for _ in 0..MOST_PAGES {
            let page = self
                .client
                .query()
                .table_name(table)
                .index_name(DUE.name)
                .key_condition_expression("#shard = :shard AND #at <= :now")
                .expression_attribute_names("#shard", DUE_SHARD)
                .expression_attribute_names("#at", DUE_AT)
                .expression_attribute_values(":shard", text(keys::due_shard_name(shard)))
                .expression_attribute_values(":now", millis(now))
                .limit(PAGE)
                .set_exclusive_start_key(from)
                .send()
                .await
                .map_err(|error| Error::sdk("asking what is due", error))?;
            let items = page.items.unwrap_or_default();
            due.extend(items.into_iter().map(Due::try_from));
            from = page.last_evaluated_key;
            if from.is_none() {
                break;
            }
        }
        Ok(())
    }
}

impl TryFrom<Item> for Due {
    type Error = Error;

    fn try_from(item: Item) -> Result<Self, Error> {
        const WHAT: &str = "reading what is due";
        let (tenant, rest) = get_text(WHAT, &item, PK)?
            .split_once('#')
            .ok_or_else(|| Error::unreadable(WHAT, "a key without a tenant"))?;
        Ok(Self {
            tenant: tenant.parse().map_err(|why| Error::unreadable(WHAT, why))?,
            rest: rest.to_owned(),
            item,
        })
    }
}
