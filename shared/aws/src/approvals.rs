//! Outputs and the decisions on them. The state item is the only truth about an approval; it is
//! created inside the transaction of the commit that asks.

mod deciding;
mod execution;

use std::collections::HashMap;

use aws_sdk_dynamodb::{
    Client,
    operation::update_item::builders::UpdateItemFluentBuilder,
    types::{AttributeValue, Put, ReturnValue, ReturnValuesOnConditionCheckFailure},
};
use countersign_core::{
    ContentHash, EndpointId, OutputId, SenderId, Tenant, ThreadId,
    approval::{Act, Decision, OutputStatus},
    message::{Correlation, Document, ExecutionResult, Group},
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    due::Due,
    error::Error,
    item::{
        Item, body, get_number, get_text, get_time, maybe_text, millis, number, parse, text,
        with_body,
    },
    keys,
    schema::{DUE_AT, DUE_SHARD, LIST, PLACE, SK},
    sends::outcome,
};

pub use self::execution::{Claimed, Ended};

/// How long after a decision or an execution the clock looks whether its report was sent.
pub const REPORT_GRACE: jiff::SignedDuration = jiff::SignedDuration::from_secs(60);

/// How long after an approval's report the clock looks whether it was carried out.
pub const EXECUTION_GRACE: jiff::SignedDuration = jiff::SignedDuration::from_mins(10);

/// When the tool was first called.
const BEGAN: &str = "began";
/// Set when it surely took no effect.
const NOT_MADE: &str = "not_made";
/// What it answered.
const SAID: &str = "said";
/// Set where the output is a question to a colleague: what kind of answer it wants.
const QUESTION: &str = "question";

/// The approvals table.
#[derive(Debug, Clone)]
pub struct Approvals {
    client: Client,
    table: String,
}

/// An output that is to wait for a decision.
#[derive(Debug, Clone)]
pub struct NewOutput {
    /// The digest of the act.
    pub digest: ContentHash,
    /// The act, and the way back.
    pub request: Request,
    /// Set when a rule of the company's has decided already.
    pub permitted: Option<Decision>,
}

/// Exactly what is decided on, who asked, and the way back.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Request {
    /// The act.
    pub act: Act,
    /// The file it is about.
    pub document: Document,
    /// The agent that asks.
    pub agent: String,
    /// The skill that produced the output.
    pub skill: String,
    /// Whether it is carried out by itself once approved.
    pub automatable: bool,
    /// The thread that asks: the session.
    pub thread: ThreadId,
    /// That thread's message group.
    pub group: Group,
    /// The endpoint the thread goes through.
    pub endpoint: EndpointId,
    /// Follows the message that led here.
    pub correlation: Correlation,
    /// Who is asked.
    pub approver: String,
    /// Where they are asked over WhatsApp.
    pub approver_address: SenderId,
    /// When it was asked.
    pub asked_at: Timestamp,
}

/// What the state item says.
#[derive(Debug, Clone, PartialEq)]
pub struct State {
    /// Whose.
    pub tenant: Tenant,
    /// Which.
    pub output: OutputId,
    /// Where it stands.
    pub status: OutputStatus,
    /// The version that can be decided on.
    pub version: u32,
    /// The digest of that version's act.
    pub digest: ContentHash,
    /// Until when.
    pub deadline: Timestamp,
    /// How it ended, if it did.
    pub decision: Option<Decision>,
    /// The thread that asked.
    pub thread: ThreadId,
    /// That thread's group.
    pub group: Group,
    /// The endpoint it goes through.
    pub endpoint: EndpointId,
    /// Follows the message that led here.
    pub correlation: Correlation,
    /// Grows with every claim of the execution: only the newest claim's holder may end it.
    pub fence: u64,
    /// Why carrying it out failed, if it did: for operators.
    pub failure: Option<String>,
    /// When the tool that it calls was first called. From then on, nobody knows that it has not
    /// taken effect.
    pub began: Option<Timestamp>,
    /// Whether a call that failed may have taken effect.
    pub effect: Took,
    /// What the tool that it called answered, cut.
    pub said: Option<String>,
}

impl State {
    /// How its execution ended, for the thread: what the executor and the clock both tell.
    pub fn result(&self) -> ExecutionResult {
        match (self.status, &self.said) {
            (OutputStatus::Executed, None) => ExecutionResult::Released {
                output: self.output,
                version: self.version,
                digest: self.digest,
            },
            (OutputStatus::Executed, Some(said)) => ExecutionResult::Made {
                output: self.output,
                said: said.clone(),
            },
            (status, _) => {
                let reason = format!(
                    "{} is {}: {}",
                    self.output,
                    status.as_str(),
                    self.failure.as_deref().unwrap_or("see the log's alarm")
                );
                match self.effect {
                    Took::NoEffect => ExecutionResult::NotMade { reason },
                    Took::MaybeEffect => ExecutionResult::Failed { reason },
                }
            }
        }
    }
}

/// Whether a call that failed may have taken effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Took {
    /// It surely did not.
    NoEffect,
    /// Nobody knows, or it is no call.
    MaybeEffect,
}

/// A decision that wants to be the first.
#[derive(Debug, Clone)]
pub struct Verdict {
    /// What is decided on.
    pub output: OutputId,
    /// The version that was shown.
    pub version: u32,
    /// The digest that was shown.
    pub digest: ContentHash,
    /// The decision.
    pub decision: Decision,
    /// Names this try to decide: finding it in the item means that we won.
    pub id: String,
    /// The way it came: `callback`, `page`, `clock`.
    pub channel: &'static str,
}

/// What became of a verdict.
#[derive(Debug, Clone, PartialEq)]
pub enum Decided {
    /// It is the decision.
    Won(Box<State>),
    /// There is one already.
    Lost(Box<State>),
    /// It was on another version or another act than the one that waits.
    NotWhatWaits,
    /// It was an answer to what is no question, or an approval of a question.
    NotThatKind,
    /// The deadline has passed, and the clock has not come by yet; or it has not passed.
    Deadline,
    /// There is no such output.
    NotFound,
}

impl NewOutput {
    pub(crate) fn puts(&self, table: &str) -> Result<Vec<Put>, Error> {
        const WHAT: &str = "writing an output";
        let request = &self.request;
        let act = &request.act;
        let key = keys::output(&act.tenant, act.output);
        let shard = shard(act.output);
        let mut state = key.into_item();
        // What is allowed is due like what was just approved: until it is carried out.
        let (status, due) = match &self.permitted {
            None => (OutputStatus::Pending, act.deadline),
            Some(_) => (OutputStatus::Approved, request.asked_at + EXECUTION_GRACE),
        };
        if let Some(asks) = act.question() {
            state.insert(QUESTION.to_owned(), text(asks.format.as_str()));
        }
        if let Some(decision) = &self.permitted {
            let decision =
                serde_json::to_string(decision).map_err(|why| Error::unreadable(WHAT, why))?;
            state.insert("decision".to_owned(), text(decision));
        }
        for (name, value) in [
            ("status", text(status.as_str())),
            ("version", number(act.version)),
            ("digest", text(self.digest.to_string())),
            ("deadline", millis(act.deadline)),
            ("required", number(1)),
            ("votes", AttributeValue::M(HashMap::new())),
            ("fence", number(0)),
            ("thread", text(request.thread.to_string())),
            ("group", text(request.group.as_str())),
            ("endpoint", text(request.endpoint.as_str())),
            ("correlation", text(&request.correlation.0)),
            (DUE_SHARD, text(shard)),
            (DUE_AT, millis(due)),
            (LIST, text(format!("{}#outputs", act.tenant))),
            (
                PLACE,
                text(format!(
                    "{:015}#{}",
                    request.asked_at.as_millisecond(),
                    act.output
                )),
            ),
        ] {
            state.insert(name.to_owned(), value);
        }
        let shown = with_body(
            keys::act(&act.tenant, act.output, act.version),
            WHAT,
            request,
        )?;
        [state, shown]
            .into_iter()
            .map(|item| {
                Put::builder()
                    .table_name(table)
                    .set_item(Some(item))
                    .condition_expression("attribute_not_exists(pk)")
                    .build()
                    .map_err(|why| Error::unreadable(WHAT, why))
            })
            .collect()
    }
}

impl Approvals {
    /// Approvals in this table.
    pub fn new(client: Client, table: String) -> Self {
        Self { client, table }
    }

    /// What is asked: the act and its way back, as approvers are shown it. One strongly
    /// consistent read.
    ///
    /// # Errors
    /// When the call fails or what is stored can't be read.
    pub async fn request(
        &self,
        tenant: &Tenant,
        output: OutputId,
        version: u32,
    ) -> Result<Option<Request>, Error> {
        const WHAT: &str = "reading an approval request";
        let found = self.get(keys::act(tenant, output, version), WHAT).await?;
        found.map(|item| body(WHAT, &item)).transpose()
    }

    /// What is asked and where it stands, at one moment. One strongly consistent query.
    ///
    /// # Errors
    /// When the call fails or what is stored can't be read.
    pub async fn request_and_state(
        &self,
        tenant: &Tenant,
        output: OutputId,
        version: u32,
    ) -> Result<Option<(Request, State)>, Error> {
        const WHAT: &str = "reading an approval request and its state";
        let act = keys::act(tenant, output, version);
        let stands = keys::output(tenant, output);
        let found = self
            .client
            .query()
            .table_name(&self.table)
            .key_condition_expression("pk = :pk AND sk BETWEEN :act AND :state")
            .expression_attribute_values(":pk", text(&act.pk))
            .expression_attribute_values(":act", text(&act.sk))
            .expression_attribute_values(":state", text(&stands.sk))
            .consistent_read(true)
            .send()
            .await
            .map_err(|error| Error::sdk(WHAT, error))?;
        // Versions that came later lie between the two.
        let with = |sk: &str| {
            let mut items = found.items().iter();
            items.find(|item| maybe_text(item, SK) == Some(sk))
        };
        match (with(&act.sk), with(&stands.sk)) {
            (Some(asked), Some(stands)) => {
                Ok(Some((body(WHAT, asked)?, state(tenant, output, stands)?)))
            }
            _ => Ok(None),
        }
    }

    /// Where an output stands. One strongly consistent read.
    ///
    /// # Errors
    /// When the call fails or what is stored can't be read.
    pub async fn state(&self, tenant: &Tenant, output: OutputId) -> Result<Option<State>, Error> {
        const WHAT: &str = "reading an output";
        let found = self.get(keys::output(tenant, output), WHAT).await?;
        found.map(|item| state(tenant, output, &item)).transpose()
    }

    /// The thread has been told. Nothing is due about an end any more; what is approved or under
    /// way is looked at again in [`EXECUTION_GRACE`], should its order have got lost. One write.
    ///
    /// # Errors
    /// When the call fails.
    pub async fn reported(&self, state: &State, now: Timestamp) -> Result<(), Error> {
        let update = self
            .update(&state.tenant, state.output)
            .condition_expression("#status = :status AND #fence = :fence")
            .expression_attribute_names("#fence", "fence")
            .expression_attribute_names("#due_shard", DUE_SHARD)
            .expression_attribute_names("#due_at", DUE_AT)
            .expression_attribute_values(":status", text(state.status.as_str()))
            .expression_attribute_values(":fence", number(state.fence));
        let update = match state.status {
            OutputStatus::Approved | OutputStatus::Executing => update
                .update_expression("SET #due_shard = :shard, #due_at = :due")
                .expression_attribute_values(":shard", text(shard(state.output)))
                .expression_attribute_values(":due", millis(now + EXECUTION_GRACE)),
            _ => update.update_expression("REMOVE #due_shard, #due_at"),
        };
        outcome("recording a report", update.send().await).map(drop)
    }

    async fn get(&self, key: keys::Key, what: &'static str) -> Result<Option<Item>, Error> {
        let found = self
            .client
            .get_item()
            .table_name(&self.table)
            .set_key(Some(key.into_item()))
            .consistent_read(true)
            .send()
            .await
            .map_err(|error| Error::sdk(what, error))?;
        Ok(found.item)
    }

    fn update(&self, tenant: &Tenant, output: OutputId) -> UpdateItemFluentBuilder {
        self.client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(keys::output(tenant, output).into_item()))
            .expression_attribute_names("#status", "status")
            .return_values(ReturnValue::AllNew)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
    }
}

impl TryFrom<&Due> for State {
    type Error = Error;

    /// The output that is due.
    fn try_from(due: &Due) -> Result<Self, Error> {
        let output = due
            .rest
            .strip_prefix("output#")
            .and_then(|output| output.parse().ok())
            .ok_or_else(|| {
                Error::unreadable("reading a due output", format!("key {}", due.rest))
            })?;
        state(&due.tenant, output, &due.item)
    }
}

fn state(tenant: &Tenant, output: OutputId, item: &Item) -> Result<State, Error> {
    const WHAT: &str = "reading an output";
    let word = get_text(WHAT, item, "status")?;
    let group = get_text(WHAT, item, "group")?;
    Ok(State {
        tenant: tenant.clone(),
        output,
        status: serde_json::from_value(word.into()).map_err(|why| Error::unreadable(WHAT, why))?,
        version: get_number(WHAT, item, "version")?,
        digest: parse(WHAT, item, "digest")?,
        deadline: get_time(WHAT, item, "deadline")?,
        decision: maybe_text(item, "decision")
            .map(serde_json::from_str)
            .transpose()
            .map_err(|why| Error::unreadable(WHAT, why))?,
        thread: parse(WHAT, item, "thread")?,
        group: serde_json::from_value(group.into()).map_err(|why| Error::unreadable(WHAT, why))?,
        endpoint: parse(WHAT, item, "endpoint")?,
        correlation: Correlation(get_text(WHAT, item, "correlation")?.to_owned()),
        fence: get_number(WHAT, item, "fence")?,
        failure: maybe_text(item, "failure").map(str::to_owned),
        began: match item.contains_key(BEGAN) {
            true => Some(get_time(WHAT, item, BEGAN)?),
            false => None,
        },
        effect: match item.contains_key(NOT_MADE) {
            true => Took::NoEffect,
            false => Took::MaybeEffect,
        },
        said: maybe_text(item, SAID).map(str::to_owned),
    })
}

fn shard(output: OutputId) -> String {
    keys::due_shard(&output.to_string())
}
