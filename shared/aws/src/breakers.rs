//! The breakers that all functions share: one small item for each provider and tool that ever
//! failed, all of a company in one partition.
//!
//! What they say is remembered by each process, so that a call in good times costs nothing: one
//! eventually consistent query tells of all of them, at most every ten seconds, or every three
//! while something is failing. A call that worked is counted in the process. It is written only
//! with the process's next failure or, while something is failing, with the next look, so that the
//! rate of failures stays true. Written is what failed, who probes, and what came of the probe; each
//! write is conditional on the version it was decided on.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use aws_sdk_dynamodb::{
    Client,
    types::{ReturnValue, ReturnValuesOnConditionCheckFailure},
};
use countersign_core::{
    Tenant,
    breaker::{Outcome, Rule, State, Subject, Verdict, Window, look},
};
use jiff::{SignedDuration, Timestamp};

use crate::{
    error::Error,
    fresh_token,
    item::{BODY, Item, body, get_number, get_text, maybe_text, number, text},
    keys,
    schema::{EXPIRES_AT, SK},
    sends::{Written, outcome},
};

/// Counts an item's writes.
const VERSION: &str = "version";
/// Names the write that made the version.
const WRITER: &str = "writer";

/// For so long what was read is true enough while nothing fails.
const QUIET: SignedDuration = SignedDuration::from_secs(10);
/// And while something fails.
const TROUBLED: SignedDuration = SignedDuration::from_secs(3);
/// A breaker that nothing failed behind for so long is deleted.
const KEPT: SignedDuration = SignedDuration::from_hours(24);
/// How often a write that others got ahead of is tried.
const TRIES: usize = 8;
/// The most companies a process remembers.
const MOST_COMPANIES: usize = 1_000;

/// The breakers in the business table. Clones share what they remember.
#[derive(Debug, Clone)]
pub struct Breakers {
    client: Client,
    table: String,
    rule: Rule,
    companies: Arc<Mutex<HashMap<Tenant, Remembered>>>,
}

/// Whether a call may be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Passage {
    /// It may; say what came of it to [`Breakers::ended`].
    Go(Permit),
    /// It may not before then.
    Wait {
        /// When to ask again.
        until: Timestamp,
    },
}

/// A call that was let through.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Permit {
    subject: Subject,
    probe: Option<String>,
}

/// A breaker as stored; version 0 is none.
#[derive(Debug, Clone, Default)]
struct Stored {
    state: State,
    version: u64,
}

/// What a process knows of a company's breakers.
#[derive(Debug, Default)]
struct Remembered {
    read_at: Option<Timestamp>,
    stored: BTreeMap<Subject, Stored>,
    /// What was counted here and is written nowhere.
    counted: BTreeMap<Subject, Window>,
}

impl Breakers {
    /// Breakers in this table that follow this rule.
    pub fn new(client: Client, table: String, rule: Rule) -> Self {
        Self {
            client,
            table,
            rule,
            companies: Arc::default(),
        }
    }

    /// Whether `subject` may be called. Nothing is asked of AWS if that is known from the last few
    /// seconds; else one query. While something fails, one write more for what worked here; when
    /// a probe is wanted, one write to be it.
    ///
    /// # Errors
    /// When a call fails or what is stored can't be read. That says nothing of `subject`: go ahead.
    pub async fn ask(
        &self,
        tenant: &Tenant,
        subject: &Subject,
        now: Timestamp,
    ) -> Result<Passage, Error> {
        if self.is_time_to_read(tenant, now) {
            self.read(tenant).await?;
            self.report(tenant, subject, now).await?;
        }
        let state = self.stored(tenant, subject).state;
        let probe = match look(&state, now) {
            Verdict::Go => None,
            Verdict::Wait { until } => return Ok(Passage::Wait { until }),
            Verdict::Probe => {
                let probe = fresh_token();
                let begin = |state: &State| state.probe(&probe, now, &self.rule);
                let state = self.change(tenant, subject, now, begin).await?;
                let is_ours = matches!(&state, State::HalfOpen { probe: by, .. } if *by == probe);
                match look(&state, now) {
                    Verdict::Wait { until } if !is_ours => return Ok(Passage::Wait { until }),
                    Verdict::Go => None,
                    Verdict::Wait { .. } | Verdict::Probe => Some(probe),
                }
            }
        };
        Ok(Passage::Go(Permit {
            subject: subject.clone(),
            probe,
        }))
    }

    /// What came of a call. One write if it failed or was the probe, none if not.
    ///
    /// # Errors
    /// When the call fails or what is stored can't be read. A failure is then written with the
    /// next.
    pub async fn ended(
        &self,
        tenant: &Tenant,
        permit: &Permit,
        outcome: Outcome,
        now: Timestamp,
    ) -> Result<(), Error> {
        let Permit { subject, probe } = permit;
        if let Some(probe) = probe {
            let end = |state: &State| state.probed(probe, outcome, now, &self.rule);
            return self.change(tenant, subject, now, end).await.map(drop);
        }
        {
            let mut companies = self.companies();
            let company = companies.entry(tenant.clone()).or_default();
            let counted = company.counted.entry(subject.clone()).or_default();
            counted.count(outcome, now);
            counted.forget(now, &self.rule);
        }
        match outcome {
            Outcome::Worked => Ok(()),
            Outcome::Failed => self.write_counted(tenant, subject, now).await,
        }
    }

    /// While something fails, others want to know what worked here.
    async fn report(
        &self,
        tenant: &Tenant,
        subject: &Subject,
        now: Timestamp,
    ) -> Result<(), Error> {
        let state = self.stored(tenant, subject).state;
        if state.is_troubled(now, &self.rule) {
            self.write_counted(tenant, subject, now).await
        } else {
            Ok(())
        }
    }

    async fn write_counted(
        &self,
        tenant: &Tenant,
        subject: &Subject,
        now: Timestamp,
    ) -> Result<(), Error> {
        let counted = self
            .companies()
            .get_mut(tenant)
            .and_then(|company| company.counted.remove(subject));
        let Some(counted) = counted.filter(|counted| !counted.is_empty()) else {
            return Ok(());
        };
        let learn = |state: &State| state.learn(&counted, now, &self.rule);
        let written = self.change(tenant, subject, now, learn).await;
        if written.is_err() {
            let mut companies = self.companies();
            let company = companies.entry(tenant.clone()).or_default();
            let again = company.counted.entry(subject.clone()).or_default();
            again.merge(&counted);
        }
        written.map(drop)
    }

    /// Writes what `next` makes of what stands, until nobody gets ahead or there is nothing to be
    /// made of it. Gives what stands then.
    async fn change(
        &self,
        tenant: &Tenant,
        subject: &Subject,
        now: Timestamp,
        next: impl Fn(&State) -> Option<State>,
    ) -> Result<State, Error> {
        const WHAT: &str = "writing a breaker";
        let writer = fresh_token();
        let mut stored = self.stored(tenant, subject);
        for _ in 0..TRIES {
            let Some(state) = next(&stored.state) else {
                return Ok(self.remember(tenant, subject, stored));
            };
            let new = Stored {
                version: stored.version + 1,
                state,
            };
            match self.write(tenant, subject, &new, &writer, now).await? {
                Written::New(_) => return Ok(self.remember(tenant, subject, new)),
                // Our own, whose answer was lost.
                Written::Refused(item) if maybe_text(&item, WRITER) == Some(&writer) => {
                    return Ok(self.remember(tenant, subject, new));
                }
                Written::Refused(item) if item.is_empty() => stored = Stored::default(),
                Written::Refused(item) => stored = read(&item)?,
            }
        }
        Err(Error::Conflict { what: WHAT })
    }

    async fn write(
        &self,
        tenant: &Tenant,
        subject: &Subject,
        new: &Stored,
        writer: &str,
        now: Timestamp,
    ) -> Result<Written, Error> {
        const WHAT: &str = "writing a breaker";
        let body = serde_json::to_string(&new.state).map_err(|why| Error::unreadable(WHAT, why))?;
        let expires = now.saturating_add(KEPT).unwrap_or(Timestamp::MAX);
        let update = self
            .client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(keys::breaker(tenant, subject).into_item()))
            .update_expression(
                "SET #body = :body, #version = :version, #writer = :writer, #expires = :expires",
            )
            .expression_attribute_names("#body", BODY)
            .expression_attribute_names("#version", VERSION)
            .expression_attribute_names("#writer", WRITER)
            .expression_attribute_names("#expires", EXPIRES_AT)
            .expression_attribute_values(":body", text(body))
            .expression_attribute_values(":version", number(new.version))
            .expression_attribute_values(":writer", text(writer))
            .expression_attribute_values(":expires", number(expires.as_second()))
            .return_values(ReturnValue::UpdatedNew)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        let update = match new.version - 1 {
            0 => update.condition_expression("attribute_not_exists(#version)"),
            before => update
                .condition_expression("#version = :before")
                .expression_attribute_values(":before", number(before)),
        };
        outcome(WHAT, update.send().await)
    }

    /// All of a company's breakers. Those that nothing ever failed behind are not there.
    async fn read(&self, tenant: &Tenant) -> Result<(), Error> {
        const WHAT: &str = "reading the breakers";
        let pages = self
            .client
            .query()
            .table_name(&self.table)
            .key_condition_expression("pk = :pk")
            .expression_attribute_values(":pk", text(keys::breakers(tenant)))
            .into_paginator()
            .items()
            .send()
            .try_collect()
            .await
            .map_err(|error| Error::sdk(WHAT, error))?;
        let mut found = BTreeMap::new();
        for item in &pages {
            let key = get_text(WHAT, item, SK)?;
            let subject = keys::breaker_subject(key).and_then(|subject| subject.parse().ok());
            // A newer release may put breakers before what this one doesn't know.
            if let Some(subject) = subject {
                found.insert(subject, read(item)?);
            }
        }
        let mut companies = self.companies();
        let company = companies.entry(tenant.clone()).or_default();
        for (subject, known) in &company.stored {
            // The read may be older than a write of our own.
            if found
                .get(subject)
                .is_some_and(|new| new.version < known.version)
            {
                found.insert(subject.clone(), known.clone());
            }
        }
        company.stored = found;
        Ok(())
    }

    /// Whether what is remembered is too old; if so, it is this caller who reads, and the others
    /// go by what they have meanwhile.
    fn is_time_to_read(&self, tenant: &Tenant, now: Timestamp) -> bool {
        let mut companies = self.companies();
        if companies.len() >= MOST_COMPANIES && !companies.contains_key(tenant) {
            companies.clear();
        }
        let company = companies.entry(tenant.clone()).or_default();
        let troubled = |stored: &Stored| stored.state.is_troubled(now, &self.rule);
        let fresh = if company.stored.values().any(troubled) {
            TROUBLED
        } else {
            QUIET
        };
        let is_fresh = company.read_at.is_some_and(|read_at| {
            let age = now.duration_since(read_at);
            !age.is_negative() && age < fresh
        });
        if !is_fresh {
            company.read_at = Some(now);
        }
        !is_fresh
    }

    fn stored(&self, tenant: &Tenant, subject: &Subject) -> Stored {
        let companies = self.companies();
        let stored = companies
            .get(tenant)
            .and_then(|company| company.stored.get(subject));
        stored.cloned().unwrap_or_default()
    }

    fn remember(&self, tenant: &Tenant, subject: &Subject, stored: Stored) -> State {
        let state = stored.state.clone();
        let mut companies = self.companies();
        let company = companies.entry(tenant.clone()).or_default();
        company.stored.insert(subject.clone(), stored);
        state
    }

    fn companies(&self) -> MutexGuard<'_, HashMap<Tenant, Remembered>> {
        self.companies
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

fn read(item: &Item) -> Result<Stored, Error> {
    const WHAT: &str = "reading a breaker";
    Ok(Stored {
        state: body(WHAT, item)?,
        version: get_number(WHAT, item, VERSION)?,
    })
}
