//! Threads: one query loads, one transaction commits.

use std::ops::RangeInclusive;

use aws_sdk_dynamodb::{
    Client,
    error::SdkError,
    operation::transact_write_items::TransactWriteItemsError,
    types::{
        CancellationReason, Put, ReturnValuesOnConditionCheckFailure, TransactWriteItem, Update,
    },
};
use countersign_core::{
    CustomerId, EndpointId, SenderId, Tenant, ThreadId,
    commit::Commit,
    message::CauseKey,
    thread::{Head, Thread},
    turn::Sealed,
};

use crate::{
    conversations,
    error::Error,
    fetching,
    item::{self, Item, body, get_number, number, text, with_body},
    keys,
    names::{NameChange, OF},
};

/// How many of the newest commits a turn sees.
pub const WINDOW: i32 = 5;

/// Commits are numbered in ten digits.
const MOST_COMMITS: u64 = 9_999_999_999;

/// The threads table, and the one item of the business table that a commit writes: whose thread
/// is the current one.
#[derive(Debug, Clone)]
pub struct Threads {
    client: Client,
    table: String,
    business: String,
    approvals: String,
}

/// A thread with its newest commits.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// The head and the newest events.
    pub thread: Thread,
    /// The newest commits, oldest first.
    pub commits: Vec<Commit>,
}

/// A turn's end, to be written as one.
#[derive(Debug)]
pub struct Write<'a> {
    /// The commit and the head that goes with it.
    pub sealed: &'a Sealed,
    /// Set when the commit is a thread's first: whose current thread it becomes.
    pub opens: Option<Opens>,
    /// What waits for a decision from here on.
    pub outputs: Vec<crate::approvals::NewOutput>,
}

/// Makes a thread a sender's current one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opens {
    /// Where the sender wrote to.
    pub endpoint: EndpointId,
    /// Who.
    pub sender: SenderId,
    /// Which customer that is.
    pub customer: CustomerId,
    /// The thread that was current until now.
    pub previous: Option<ThreadId>,
}

/// What changes in a customer's names with a commit, and where.
#[derive(Debug, Clone, Copy)]
pub struct Names<'a> {
    /// Where they hold.
    pub endpoint: &'a EndpointId,
    /// What changes.
    pub changes: &'a [NameChange],
}

impl Names<'_> {
    /// Whether the name's item is written already: a transaction writes an item once.
    fn writes(&self, name: &SenderId) -> bool {
        self.changes.iter().any(|it| it.sender() == name)
    }
}

/// Why a turn was not written.
#[derive(Debug, thiserror::Error)]
pub enum NotCommitted {
    /// Another writer was first. The decision is void: load and step again.
    #[error("another turn was first")]
    Lost,
    /// These were taken in before, each by the commit with that number.
    #[error("taken in before: {0:?}")]
    Duplicate(Vec<(CauseKey, ThreadId, u64)>),
    /// The call failed.
    #[error(transparent)]
    Failed(#[from] Error),
}

impl Threads {
    /// Threads in these tables.
    pub fn new(client: Client, table: String, approvals: String, business: String) -> Self {
        Self {
            client,
            table,
            business,
            approvals,
        }
    }

    /// The head and the newest [`WINDOW`] commits, whatever the thread's length. One strongly
    /// consistent query.
    ///
    /// # Errors
    /// When the call fails or what is stored can't be read.
    pub async fn load(&self, tenant: &Tenant, thread: ThreadId) -> Result<Option<Loaded>, Error> {
        const WHAT: &str = "loading a thread";
        let found = self
            .client
            .query()
            .table_name(&self.table)
            .key_condition_expression("pk = :pk")
            .expression_attribute_values(":pk", text(keys::head(tenant, thread).pk))
            .consistent_read(true)
            .scan_index_forward(false)
            .limit(WINDOW + 1)
            .send()
            .await
            .map_err(|error| Error::sdk(WHAT, error))?;
        let items = found.items.unwrap_or_default();
        let Some((head, commits)) = items.split_first() else {
            return Ok(None);
        };
        let head: Head = body(WHAT, head)?;
        let mut commits = commits
            .iter()
            .map(|item| body(WHAT, item))
            .collect::<Result<Vec<Commit>, Error>>()?;
        commits.reverse();
        let mut events = Vec::new();
        for commit in &commits {
            events.extend(
                commit
                    .events()
                    .map_err(|why| Error::unreadable(WHAT, why))?,
            );
        }
        Ok(Some(Loaded {
            thread: Thread { head, events },
            commits,
        }))
    }

    /// The head alone. One strongly consistent read.
    ///
    /// # Errors
    /// When the call fails or what is stored can't be read.
    pub async fn head(&self, tenant: &Tenant, thread: ThreadId) -> Result<Option<Head>, Error> {
        const WHAT: &str = "reading a thread's head";
        let found = self
            .client
            .get_item()
            .table_name(&self.table)
            .set_key(Some(keys::head(tenant, thread).into_item()))
            .consistent_read(true)
            .send()
            .await
            .map_err(|error| Error::sdk(WHAT, error))?;
        found.item.map(|item| body(WHAT, &item)).transpose()
    }

    /// One commit. One strongly consistent read.
    ///
    /// # Errors
    /// When the call fails or what is stored can't be read.
    pub async fn commit(
        &self,
        tenant: &Tenant,
        thread: ThreadId,
        number: u64,
    ) -> Result<Option<Commit>, Error> {
        const WHAT: &str = "reading a commit";
        let found = self
            .client
            .get_item()
            .table_name(&self.table)
            .set_key(Some(keys::commit(tenant, thread, number).into_item()))
            .consistent_read(true)
            .send()
            .await
            .map_err(|error| Error::sdk(WHAT, error))?;
        found.item.map(|item| body(WHAT, &item)).transpose()
    }

    /// The commits with these numbers, oldest first. One read per megabyte.
    ///
    /// # Errors
    /// When a call fails or what is stored can't be read.
    pub async fn commits(
        &self,
        tenant: &Tenant,
        thread: ThreadId,
        numbers: RangeInclusive<u64>,
    ) -> Result<Vec<Commit>, Error> {
        const WHAT: &str = "reading a thread's history";
        let mut commits = Vec::new();
        let mut from: Option<Item> = None;
        loop {
            let sk = |number: u64| text(keys::commit(tenant, thread, number).sk);
            let page = self
                .client
                .query()
                .table_name(&self.table)
                .key_condition_expression("pk = :pk AND sk BETWEEN :first AND :last")
                .expression_attribute_values(":pk", text(keys::head(tenant, thread).pk))
                .expression_attribute_values(":first", sk(*numbers.start()))
                .expression_attribute_values(":last", sk(*numbers.end()))
                .consistent_read(true)
                .set_exclusive_start_key(from)
                .send()
                .await
                .map_err(|error| Error::sdk(WHAT, error))?;
            for item in page.items.iter().flatten() {
                commits.push(body(WHAT, item)?);
            }
            from = page.last_evaluated_key;
            if from.is_none() {
                return Ok(commits);
            }
        }
    }

    /// A whole thread, oldest commit first. One read per megabyte.
    ///
    /// # Errors
    /// When a call fails or what is stored can't be read.
    pub async fn history(&self, tenant: &Tenant, thread: ThreadId) -> Result<Vec<Commit>, Error> {
        self.commits(tenant, thread, 1..=MOST_COMMITS).await
    }

    /// Writes a turn: the commit on the condition that its number is free, the head on the
    /// condition that nobody changed it, the duplicate markers on the condition that they are
    /// new, and what else belongs to it, all or nothing. One transaction.
    ///
    /// # Errors
    /// [`NotCommitted`] tells what to do next.
    pub async fn write(&self, write: &Write<'_>) -> Result<(), NotCommitted> {
        self.write_with(write, None).await
    }

    /// The same, with what it changes in the customer's names. Still one transaction.
    ///
    /// # Errors
    /// As [`Threads::write`].
    pub async fn write_with(
        &self,
        write: &Write<'_>,
        names: Option<Names<'_>>,
    ) -> Result<(), NotCommitted> {
        let tenant = &write.sealed.head.tenant;
        let commit = &write.sealed.commit;
        let mut items = vec![self.put_commit(write.sealed)?, self.put_head(write.sealed)?];
        for cause in &commit.causes {
            items.push(self.put_marker(tenant, cause, commit)?);
        }
        let opens = write.opens.as_ref();
        if let Some(opens) = opens
            && !names.is_some_and(|names| names.writes(&opens.sender))
        {
            items.push(self.update_alias(tenant, commit.thread, opens)?);
        }
        if let Some(names) = names {
            let opened = opens.map(|_| commit.thread);
            let at = (tenant, names.endpoint);
            for change in names.changes {
                items.push(change.write(&self.business, at, opened)?);
            }
        }
        for output in &write.outputs {
            for put in output.puts(&self.approvals)? {
                items.push(TransactWriteItem::builder().put(put).build());
            }
        }
        let token: String = commit.hash.to_string().chars().take(36).collect();
        let result = self
            .client
            .transact_write_items()
            .set_transact_items(Some(items))
            .client_request_token(token)
            .send()
            .await;
        match result {
            Ok(_) => Ok(()),
            Err(error) => why_not(commit, error),
        }
    }

    fn put_commit(&self, sealed: &Sealed) -> Result<TransactWriteItem, Error> {
        const WHAT: &str = "writing a commit";
        let commit = &sealed.commit;
        let key = keys::commit(&sealed.head.tenant, commit.thread, commit.number);
        let mut item = with_body(key, WHAT, commit)?;
        item.insert("hash".to_owned(), text(commit.hash.to_string()));
        let put = Put::builder()
            .table_name(&self.table)
            .set_item(Some(item))
            .condition_expression("attribute_not_exists(pk)")
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .build()
            .map_err(|why| Error::unreadable(WHAT, why))?;
        Ok(TransactWriteItem::builder().put(put).build())
    }

    fn put_head(&self, sealed: &Sealed) -> Result<TransactWriteItem, Error> {
        const WHAT: &str = "writing a head";
        let head = &sealed.head;
        let mut item = with_body(keys::head(&head.tenant, head.thread), WHAT, head)?;
        item.insert("commit".to_owned(), number(head.commit));
        item.insert("epoch".to_owned(), number(head.epoch));
        conversations::list_head(&mut item, head);
        fetching::put_due(&mut item, head);
        let put = Put::builder().table_name(&self.table).set_item(Some(item));
        let put = if sealed.before.commit == 0 {
            put.condition_expression("attribute_not_exists(pk)")
        } else {
            put.condition_expression("#commit = :commit AND #epoch = :epoch")
                .expression_attribute_names("#commit", "commit")
                .expression_attribute_names("#epoch", "epoch")
                .expression_attribute_values(":commit", number(sealed.before.commit))
                .expression_attribute_values(":epoch", number(sealed.before.epoch))
        };
        let put = put.build().map_err(|why| Error::unreadable(WHAT, why))?;
        Ok(TransactWriteItem::builder().put(put).build())
    }

    fn put_marker(
        &self,
        tenant: &Tenant,
        cause: &CauseKey,
        commit: &Commit,
    ) -> Result<TransactWriteItem, Error> {
        const WHAT: &str = "writing a duplicate marker";
        let mut item = keys::marker(tenant, cause).into_item();
        item.insert("thread".to_owned(), text(commit.thread.to_string()));
        item.insert("commit".to_owned(), number(commit.number));
        let put = Put::builder()
            .table_name(&self.table)
            .set_item(Some(item))
            .condition_expression("attribute_not_exists(pk)")
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .build()
            .map_err(|why| Error::unreadable(WHAT, why))?;
        Ok(TransactWriteItem::builder().put(put).build())
    }

    fn update_alias(
        &self,
        tenant: &Tenant,
        thread: ThreadId,
        opens: &Opens,
    ) -> Result<TransactWriteItem, Error> {
        const WHAT: &str = "making a thread the current one";
        let key = keys::alias(tenant, &opens.endpoint, &opens.sender);
        let update = Update::builder()
            .table_name(&self.business)
            .set_key(Some(key.into_item()))
            .update_expression("SET #thread = :thread, #customer = :customer")
            .expression_attribute_names("#thread", "thread")
            .expression_attribute_names("#customer", "customer")
            .expression_attribute_names("#of", OF)
            .expression_attribute_values(":thread", text(thread.to_string()))
            .expression_attribute_values(":customer", text(opens.customer.to_string()));
        let update = match opens.previous {
            None => update.condition_expression(
                "attribute_not_exists(#thread) AND attribute_not_exists(#of)",
            ),
            Some(previous) => update
                .condition_expression("#thread = :previous AND attribute_not_exists(#of)")
                .expression_attribute_values(":previous", text(previous.to_string())),
        };
        let update = update.build().map_err(|why| Error::unreadable(WHAT, why))?;
        Ok(TransactWriteItem::builder().update(update).build())
    }
}

/// A cancelled transaction says for each item why. Our own commit under that number is success:
/// an answer was lost and the SDK asked again.
fn why_not<R: std::fmt::Debug>(
    commit: &Commit,
    error: SdkError<TransactWriteItemsError, R>,
) -> Result<(), NotCommitted> {
    const WHAT: &str = "writing a turn";
    let reasons = match error.as_service_error() {
        Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) => {
            cancelled.cancellation_reasons()
        }
        _ => return Err(Error::sdk(WHAT, error).into()),
    };
    if found_commit(reasons) == Some(commit.hash.to_string().as_str()) {
        return Ok(());
    }
    let mut duplicates = Vec::new();
    for (index, reason) in reasons.iter().enumerate() {
        match reason.code() {
            None | Some("None" | "TransactionConflict") => {}
            Some("ConditionalCheckFailed") => {
                // The commit and the head come first, then the markers in the order of the causes.
                let cause = index.checked_sub(2).and_then(|n| commit.causes.get(n));
                if let Some(cause) = cause {
                    let (thread, number) = taken_in_by(reason)?;
                    duplicates.push((cause.clone(), thread, number));
                }
            }
            // The whole error would show the items of the reasons, and so what people wrote.
            Some(code) => {
                return Err(NotCommitted::Failed(Error::Transient {
                    what: WHAT,
                    why: code.to_owned(),
                }));
            }
        }
    }
    Err(if duplicates.is_empty() {
        NotCommitted::Lost
    } else {
        NotCommitted::Duplicate(duplicates)
    })
}

/// The hash of the commit that has the number already.
fn found_commit(reasons: &[CancellationReason]) -> Option<&str> {
    reasons
        .first()
        .and_then(CancellationReason::item)
        .and_then(|item| item::maybe_text(item, "hash"))
}

fn taken_in_by(reason: &CancellationReason) -> Result<(ThreadId, u64), Error> {
    const WHAT: &str = "reading a duplicate marker";
    let item = reason
        .item()
        .ok_or_else(|| Error::unreadable(WHAT, "the marker was not returned"))?;
    Ok((
        item::parse(WHAT, item, "thread")?,
        get_number(WHAT, item, "commit")?,
    ))
}
