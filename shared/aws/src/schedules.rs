//! Schedules: tasks that come round, in the business table. When one runs next is its due mark, so
//! that one which is turned off, or can't be read, is in no index.

use aws_sdk_dynamodb::Client;
use countersign_core::{Tenant, schedule::Schedule};
use jiff::Timestamp;

use crate::{
    due::Due,
    error::Error,
    item::{Item, body, get_text, get_time, maybe_text, millis, text, with_body},
    keys,
    schema::{DUE_AT, DUE_SHARD, PK, SK},
    sends::{Written, outcome},
};

/// When it last ran; beside the body, because the clock writes it.
const LAST_RUN: &str = "last_run";
/// Why it did not the last time.
const LAST_ERROR: &str = "last_error";

/// The schedules of the business table.
#[derive(Debug, Clone)]
pub struct Schedules {
    client: Client,
    table: String,
}

/// A schedule and how it has fared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// The schedule.
    pub schedule: Schedule,
    /// When it runs next; none while it is turned off.
    pub next_run: Option<Timestamp>,
    /// When it last ran.
    pub last_run: Option<Timestamp>,
    /// Why it did not the last time.
    pub last_error: Option<String>,
}

/// What comes of having a schedule run now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RunNow {
    /// The clock's next tick runs it.
    Due,
    /// It is turned off, or there is none of that name.
    Off,
}

/// A schedule whose time has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueSchedule {
    /// Whose.
    pub tenant: Tenant,
    /// Its name, which stands in its key.
    pub name: String,
    /// When it was to run: the oldest run that was missed, if some were.
    pub planned: Timestamp,
    /// The schedule, or why it can't be read.
    pub schedule: Result<Schedule, String>,
}

impl Schedules {
    /// The schedules in this table.
    pub fn new(client: Client, table: String) -> Self {
        Self { client, table }
    }

    /// Stores a schedule in place of the one with its name; it runs first after `now`, if it is
    /// turned on. One write.
    ///
    /// # Errors
    /// When its time zone is unknown, or the call fails.
    pub async fn put(
        &self,
        tenant: &Tenant,
        schedule: &Schedule,
        now: Timestamp,
    ) -> Result<(), Error> {
        const WHAT: &str = "storing a schedule";
        let key = keys::schedule(tenant, &schedule.name);
        let mut item = with_body(key, WHAT, schedule)?;
        let next = schedule.next(now);
        let next = next.map_err(|why| Error::unreadable(WHAT, why))?;
        if schedule.enabled {
            item.insert(DUE_SHARD.to_owned(), text(shard(tenant, &schedule.name)));
            item.insert(DUE_AT.to_owned(), millis(next));
        }
        self.client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(item))
            .send()
            .await
            .map_err(|error| Error::sdk(WHAT, error))?;
        Ok(())
    }

    /// A company's schedules, by name. One query.
    ///
    /// # Errors
    /// When the call fails or one can't be read.
    pub async fn all(&self, tenant: &Tenant) -> Result<Vec<Kept>, Error> {
        const WHAT: &str = "reading the schedules";
        let found = self
            .client
            .query()
            .table_name(&self.table)
            .key_condition_expression("pk = :pk")
            .expression_attribute_values(":pk", text(keys::schedules(tenant)))
            .send()
            .await
            .map_err(|error| Error::sdk(WHAT, error))?;
        let items = found.items.unwrap_or_default();
        items
            .iter()
            .map(|item| {
                Ok(Kept {
                    schedule: body(WHAT, item)?,
                    next_run: time(WHAT, item, DUE_AT)?,
                    last_run: time(WHAT, item, LAST_RUN)?,
                    last_error: maybe_text(item, LAST_ERROR).map(str::to_owned),
                })
            })
            .collect()
    }

    /// It runs at `now`, once before its next time, if it is turned on. One write.
    ///
    /// # Errors
    /// When the call fails.
    pub async fn run_now(
        &self,
        tenant: &Tenant,
        name: &str,
        now: Timestamp,
    ) -> Result<RunNow, Error> {
        let key = keys::schedule(tenant, name);
        let update = self
            .client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(key.into_item()))
            .update_expression("SET #at = :now")
            .condition_expression("attribute_exists(#at)")
            .expression_attribute_names("#at", DUE_AT)
            .expression_attribute_values(":now", millis(now));
        match outcome("having a schedule run now", update.send().await)? {
            Written::New(_) => Ok(RunNow::Due),
            Written::Refused(_) => Ok(RunNow::Off),
        }
    }

    /// It ran at `now`, and runs next at `next`. Nothing happens if another did this, or it was
    /// changed meanwhile. One write.
    ///
    /// # Errors
    /// When the call fails.
    pub async fn ran(
        &self,
        due: &DueSchedule,
        now: Timestamp,
        next: Timestamp,
    ) -> Result<(), Error> {
        let update = self
            .update(due)
            .update_expression("SET #at = :next, #run = :now REMOVE #error")
            .expression_attribute_names("#run", LAST_RUN)
            .expression_attribute_names("#error", LAST_ERROR)
            .expression_attribute_values(":now", millis(now))
            .expression_attribute_values(":next", millis(next));
        unless_changed(outcome("moving a schedule on", update.send().await).map(drop))
    }

    /// It could not run, and stays due. One write.
    ///
    /// # Errors
    /// When the call fails.
    pub async fn failed(&self, due: &DueSchedule, why: &str) -> Result<(), Error> {
        let update = self
            .update(due)
            .update_expression("SET #error = :error")
            .expression_attribute_names("#error", LAST_ERROR)
            .expression_attribute_values(":error", text(why));
        unless_changed(outcome("recording a schedule's failure", update.send().await).map(drop))
    }

    /// It can't ever run as it stands, and is due no more until it is stored anew. One write.
    ///
    /// # Errors
    /// When the call fails.
    pub async fn stop(&self, due: &DueSchedule, why: &str) -> Result<(), Error> {
        let update = self
            .update(due)
            .update_expression("SET #error = :error REMOVE #at, #shard")
            .expression_attribute_names("#error", LAST_ERROR)
            .expression_attribute_names("#shard", DUE_SHARD)
            .expression_attribute_values(":error", text(why));
        unless_changed(outcome("stopping a schedule", update.send().await).map(drop))
    }

    /// An update of what is still due as it was found.
    fn update(
        &self,
        due: &DueSchedule,
    ) -> aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder {
        let key = keys::schedule(&due.tenant, &due.name);
        self.client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(key.into_item()))
            .condition_expression("#at = :planned")
            .expression_attribute_names("#at", DUE_AT)
            .expression_attribute_values(":planned", millis(due.planned))
    }
}

fn time(what: &'static str, item: &Item, name: &str) -> Result<Option<Timestamp>, Error> {
    let is_there = item.contains_key(name);
    is_there.then(|| get_time(what, item, name)).transpose()
}

fn unless_changed(updated: Result<(), Error>) -> Result<(), Error> {
    match updated {
        Err(Error::Conflict { .. }) => Ok(()),
        other => other,
    }
}

fn shard(tenant: &Tenant, name: &str) -> String {
    keys::due_shard(&format!("{tenant}{name}"))
}

impl TryFrom<&Due> for DueSchedule {
    type Error = Error;

    /// One whose body can't be read is still known by its key.
    fn try_from(due: &Due) -> Result<Self, Error> {
        const WHAT: &str = "reading a schedule";
        let sk = get_text(WHAT, &due.item, SK)?;
        let name = keys::schedule_name(sk).ok_or_else(|| {
            let pk = maybe_text(&due.item, PK).unwrap_or_default();
            Error::unreadable(WHAT, format!("{pk} {sk} is no schedule's key"))
        })?;
        let schedule = body::<Schedule>(WHAT, &due.item);
        Ok(Self {
            tenant: due.tenant.clone(),
            name: name.to_owned(),
            planned: get_time(WHAT, &due.item, DUE_AT)?,
            schedule: schedule.map_err(|why| why.to_string()),
        })
    }
}
