//! A company's conversations, to look at: one with its messages and calls, page by page, and which
//! there are.

use std::collections::{BTreeMap, HashMap};
use std::{fmt, str::FromStr};

use aws_sdk_dynamodb::{Client, types::KeysAndAttributes};
use countersign_core::{
    MessageRef, Tenant, ThreadId,
    commit::Commit,
    thread::Head,
    view::{self, Conversation, Exchange, State},
};
use jiff::{Timestamp, tz::TimeZone};

use crate::{
    error::Error,
    item::{Item, body, maybe_text, text},
    keys,
    schema::{LIST, LISTS, PK, PLACE},
};

/// How many commits a page shows.
pub const PAGE: u64 = 50;

/// How many conversations a list shows.
pub const MOST_LISTED: usize = 50;

/// How many shards a company's list of conversations has.
const SHARDS: u8 = 4;

/// How many items one read of many takes.
const BATCH: usize = 100;

/// The conversations in the threads table.
#[derive(Debug, Clone)]
pub struct Conversations {
    client: Client,
    table: String,
}

/// A page of a conversation.
#[derive(Debug, Clone, PartialEq)]
pub struct Page {
    /// The conversation, on the first page.
    pub conversation: Option<Conversation>,
    /// What was said and done in the commits of this page, oldest first.
    pub exchange: Exchange,
    /// What comes before it.
    pub older: Option<PageToken>,
}

/// Where a page begins. What is in it is nobody's business.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageToken(u64);

/// A text that is no page's token.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "page token: got {got:?}, wants one that came with the page before; leave it out for the first"
)]
pub struct WrongToken {
    got: String,
}

impl fmt::Display for PageToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "c{:010}", self.0)
    }
}

impl FromStr for PageToken {
    type Err = WrongToken;

    fn from_str(token: &str) -> Result<Self, WrongToken> {
        let number = token.strip_prefix('c').and_then(|it| it.parse().ok());
        let number = number
            .map(Self)
            .filter(|it| it.0 > 1 && it.to_string() == token);
        number.ok_or_else(|| WrongToken {
            got: token.chars().take(60).collect(),
        })
    }
}

impl Conversations {
    /// Conversations in this table.
    pub fn new(client: Client, table: String) -> Self {
        Self { client, table }
    }

    /// A page of a conversation, the newest without a token; none where there is no such thread.
    /// Times of day are those of `time_zone`. One query, and one read for every hundred messages of
    /// the agent, for what became of them.
    ///
    /// # Errors
    /// When a call fails or what is stored can't be read.
    pub async fn page(
        &self,
        tenant: &Tenant,
        thread: ThreadId,
        before: Option<PageToken>,
        time_zone: &TimeZone,
        now: Timestamp,
    ) -> Result<Option<Page>, Error> {
        const WHAT: &str = "reading a conversation";
        let head = keys::head(tenant, thread);
        // The head sorts after every commit.
        let (last, limit) = match before {
            None => (head.sk, PAGE + 1),
            Some(PageToken(before)) => (keys::commit(tenant, thread, before - 1).sk, PAGE),
        };
        let found = self
            .client
            .query()
            .table_name(&self.table)
            .key_condition_expression("pk = :pk AND sk <= :last")
            .expression_attribute_values(":pk", text(head.pk))
            .expression_attribute_values(":last", text(last))
            .consistent_read(true)
            .scan_index_forward(false)
            .limit(i32::try_from(limit).unwrap_or(i32::MAX))
            .send()
            .await
            .map_err(|error| Error::sdk(WHAT, error))?;
        let items = found.items.unwrap_or_default();
        let (conversation, items) = match (before, items.split_first()) {
            (_, None) => return Ok(None),
            (Some(_), Some(_)) => (None, items.as_slice()),
            (None, Some((head, items))) => {
                let head: Head = body(WHAT, head)?;
                (Some(view::conversation(&head, now)), items)
            }
        };
        let mut commits = items
            .iter()
            .map(|item| body(WHAT, item))
            .collect::<Result<Vec<Commit>, Error>>()?;
        commits.reverse();
        let exchange = view::exchange(&commits, time_zone);
        let mut exchange = exchange.map_err(|why| Error::unreadable(WHAT, why))?;
        self.look_up_sends(tenant, &mut exchange).await?;
        let oldest = commits.first().map_or(1, |commit| commit.number);
        Ok(Some(Page {
            conversation,
            exchange,
            older: (oldest > 1).then_some(PageToken(oldest)),
        }))
    }

    async fn look_up_sends(&self, tenant: &Tenant, exchange: &mut Exchange) -> Result<(), Error> {
        const WHAT: &str = "reading what became of messages";
        let references = exchange.messages.iter().filter_map(|it| it.reference);
        let keys: Vec<Item> = references
            .map(|reference| keys::send(tenant, reference).into_item())
            .collect();
        let mut statuses: BTreeMap<String, String> = BTreeMap::new();
        for batch in keys.chunks(BATCH) {
            let mut left = batch.to_vec();
            while !left.is_empty() {
                let asked = KeysAndAttributes::builder()
                    .set_keys(Some(left))
                    .consistent_read(true)
                    .build()
                    .map_err(|why| Error::unreadable(WHAT, why))?;
                let answer = self
                    .client
                    .batch_get_item()
                    .set_request_items(Some(HashMap::from([(self.table.clone(), asked)])))
                    .send()
                    .await
                    .map_err(|error| Error::sdk(WHAT, error))?;
                let found = answer.responses.unwrap_or_default();
                for item in found.values().flatten() {
                    let status = maybe_text(item, PK).zip(maybe_text(item, "status"));
                    statuses.extend(status.map(|(pk, it)| (pk.to_owned(), it.to_owned())));
                }
                let unread = answer.unprocessed_keys.unwrap_or_default();
                let unread = unread.into_values().next();
                left = unread.map(|unread| unread.keys).unwrap_or_default();
            }
        }
        for message in &mut exchange.messages {
            let status = |reference: MessageRef| {
                // Without a record it has not been begun yet.
                let known = statuses.get(&keys::send(tenant, reference).pk);
                known.cloned().unwrap_or_else(|| "queued".to_owned())
            };
            message.sent = message.reference.map(status);
        }
        Ok(())
    }

    /// A company's conversations that stand so, or all: those in which something happened last
    /// come first, of those in which nothing has happened since `before`. At most [`MOST_LISTED`].
    /// One query for each of four shards, and more where many stand otherwise. The list may lag.
    ///
    /// # Errors
    /// When a call fails or what is stored can't be read.
    pub async fn list(
        &self,
        tenant: &Tenant,
        which: Option<State>,
        before: Timestamp,
        now: Timestamp,
    ) -> Result<Vec<Conversation>, Error> {
        const WHAT: &str = "listing conversations";
        let mut listed = Vec::new();
        for shard in 0..SHARDS {
            let mut from: Option<Item> = None;
            let mut of_shard = 0;
            loop {
                let page = self
                    .client
                    .query()
                    .table_name(&self.table)
                    .index_name(LISTS.name)
                    .key_condition_expression("#list = :list AND #place < :before")
                    .expression_attribute_names("#list", LIST)
                    .expression_attribute_names("#place", PLACE)
                    .expression_attribute_values(":list", text(list(tenant, shard)))
                    .expression_attribute_values(":before", text(millis(before)))
                    .scan_index_forward(false)
                    .limit(i32::try_from(MOST_LISTED).unwrap_or(i32::MAX))
                    .set_exclusive_start_key(from)
                    .send()
                    .await
                    .map_err(|error| Error::sdk(WHAT, error))?;
                for item in page.items.unwrap_or_default() {
                    let conversation = view::conversation(&body(WHAT, &item)?, now);
                    if which.is_none_or(|which| which == conversation.state) {
                        listed.push(conversation);
                        of_shard += 1;
                    }
                }
                from = page.last_evaluated_key;
                if from.is_none() || of_shard >= MOST_LISTED {
                    break;
                }
            }
        }
        listed.sort_by_key(|it| (std::cmp::Reverse(it.changed_at), it.thread));
        listed.truncate(MOST_LISTED);
        Ok(listed)
    }
}

/// Puts a head into its company's list, by when it last changed.
pub(crate) fn list_head(item: &mut Item, head: &Head) {
    let thread = head.thread.to_string();
    let sum = thread
        .bytes()
        .fold(0_u8, |sum, byte| sum.wrapping_add(byte));
    item.insert(LIST.to_owned(), text(list(&head.tenant, sum % SHARDS)));
    let place = format!("{}#{thread}", millis(head.changed_at));
    item.insert(PLACE.to_owned(), text(place));
}

fn list(tenant: &Tenant, shard: u8) -> String {
    format!("{tenant}#threads#{shard}")
}

fn millis(at: Timestamp) -> String {
    format!("{:015}", at.as_millisecond())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn o3_a_page_token_is_one_that_was_given() {
        assert_eq!(PageToken(51).to_string().parse(), Ok(PageToken(51)));
        for wrong in [
            "",
            "51",
            "c51",
            "c0000000001",
            "c-000000051",
            "c99999999999999999999999",
        ] {
            assert!(wrong.parse::<PageToken>().is_err(), "{wrong}");
        }
    }
}
