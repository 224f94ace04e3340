//! Carrying an approved act out: claimed by one worker at a time, ended once.

use aws_sdk_dynamodb::{
    operation::update_item::builders::UpdateItemFluentBuilder, types::AttributeValue,
};
use countersign_core::{ContentHash, OutputId, Tenant, approval::OutputStatus};
use jiff::Timestamp;

use super::{Approvals, BEGAN, NOT_MADE, REPORT_GRACE, SAID, State, shard, state};
use crate::{
    error::Error,
    item::{maybe_text, millis, number, text},
    schema::{DUE_AT, DUE_SHARD},
    sends::{Written, outcome},
};

/// A claim is still the newest: whoever lost it writes nothing any more.
const HELD: &str = "#status = :executing AND #fence = :fence";

/// How an execution ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ended {
    /// The act was carried out.
    Executed {
        /// What the tool that it calls answered, cut.
        said: Option<String>,
    },
    /// The tool that it calls was surely not called, or did nothing, and won't be by itself.
    NotMade {
        /// The whole reason, for operators.
        why: String,
    },
    /// It was not, or nobody knows; it will not be by itself.
    Failed {
        /// The whole reason, for operators.
        why: String,
    },
}

/// What became of a claim.
#[derive(Debug, Clone, PartialEq)]
pub enum Claimed {
    /// It is ours.
    Ours(Box<State>),
    /// It came to its end before.
    Over(Box<State>),
    /// Another worker has it until its lease ends.
    Taken,
    /// It may not be carried out: not approved, or another act was.
    Refused(Option<Box<State>>),
}

impl Approvals {
    /// Claims the execution of an approved act until `lease_ends`, after which it is due. A claim whose lease is over
    /// may be taken over; the one before can't end the execution any more. One write.
    ///
    /// # Errors
    /// When the call fails or what is stored can't be read.
    pub async fn claim(
        &self,
        tenant: &Tenant,
        output: OutputId,
        digest: ContentHash,
        token: &str,
        now: Timestamp,
        lease_ends: Timestamp,
    ) -> Result<Claimed, Error> {
        const WHAT: &str = "claiming an execution";
        let update = self
            .update(tenant, output)
            .update_expression(
                "SET #status = :executing, #claimant = :token, #lease = :lease, \
                 #fence = #fence + :one, #due_shard = :shard, #due_at = :due",
            )
            .condition_expression(
                "#digest = :digest AND (#status = :approved \
                 OR (#status = :executing AND #lease <= :now))",
            )
            .expression_attribute_names("#claimant", "claimant")
            .expression_attribute_names("#lease", "lease")
            .expression_attribute_names("#fence", "fence")
            .expression_attribute_names("#digest", "digest")
            .expression_attribute_names("#due_shard", DUE_SHARD)
            .expression_attribute_names("#due_at", DUE_AT)
            .expression_attribute_values(":executing", text(OutputStatus::Executing.as_str()))
            .expression_attribute_values(":approved", text(OutputStatus::Approved.as_str()))
            .expression_attribute_values(":digest", text(digest.to_string()))
            .expression_attribute_values(":token", text(token))
            .expression_attribute_values(":now", millis(now))
            .expression_attribute_values(":lease", millis(lease_ends))
            .expression_attribute_values(":shard", text(shard(output)))
            .expression_attribute_values(":due", millis(lease_ends + REPORT_GRACE))
            .expression_attribute_values(":one", number(1));
        let old = match outcome(WHAT, update.send().await)? {
            Written::New(item) => {
                return Ok(Claimed::Ours(Box::new(state(tenant, output, &item)?)));
            }
            Written::Refused(old) if old.is_empty() => return Ok(Claimed::Refused(None)),
            Written::Refused(old) => old,
        };
        let ours = maybe_text(&old, "claimant") == Some(token);
        let old = Box::new(state(tenant, output, &old)?);
        Ok(match old.status {
            _ if old.digest != digest => Claimed::Refused(Some(old)),
            OutputStatus::Executing if ours => Claimed::Ours(old),
            OutputStatus::Executing => Claimed::Taken,
            OutputStatus::Executed | OutputStatus::Failed => Claimed::Over(old),
            _ => Claimed::Refused(Some(old)),
        })
    }

    /// Ends an execution, if the claim is still the newest. The item is due until
    /// [`Approvals::reported`]. One write.
    ///
    /// # Errors
    /// [`Error::Conflict`] when another worker has taken over.
    pub async fn finish(
        &self,
        claimed: &State,
        ended: &Ended,
        now: Timestamp,
    ) -> Result<State, Error> {
        const WHAT: &str = "ending an execution";
        const SET: &str = "SET #status = :status, #due_shard = :shard, #due_at = :due";
        let shard = shard(claimed.output);
        let update = self.update(&claimed.tenant, claimed.output);
        let (status, update) = match ended {
            Ended::Executed { said: None } => (
                OutputStatus::Executed,
                update.update_expression(format!("{SET} REMOVE #failure")),
            ),
            Ended::Executed { said: Some(said) } => (
                OutputStatus::Executed,
                update
                    .update_expression(format!("{SET}, #said = :said REMOVE #failure"))
                    .expression_attribute_names("#said", SAID)
                    .expression_attribute_values(":said", text(said)),
            ),
            Ended::NotMade { why } => (
                OutputStatus::Failed,
                update
                    .update_expression(format!("{SET}, #failure = :failure, #not_made = :true"))
                    .expression_attribute_names("#not_made", NOT_MADE)
                    .expression_attribute_values(":true", AttributeValue::Bool(true))
                    .expression_attribute_values(":failure", text(why)),
            ),
            Ended::Failed { why } => (
                OutputStatus::Failed,
                update
                    .update_expression(format!("{SET}, #failure = :failure"))
                    .expression_attribute_values(":failure", text(why)),
            ),
        };
        let update = update
            .condition_expression("#status = :executing AND #fence = :fence")
            .expression_attribute_names("#failure", "failure")
            .expression_attribute_names("#fence", "fence")
            .expression_attribute_names("#due_shard", DUE_SHARD)
            .expression_attribute_names("#due_at", DUE_AT)
            .expression_attribute_values(":executing", text(OutputStatus::Executing.as_str()))
            .expression_attribute_values(":status", text(status.as_str()))
            .expression_attribute_values(":fence", number(claimed.fence))
            .expression_attribute_values(":shard", text(shard))
            .expression_attribute_values(":due", millis(now + REPORT_GRACE));
        match outcome(WHAT, update.send().await)? {
            Written::New(item) => state(&claimed.tenant, claimed.output, &item),
            Written::Refused(old) if old.is_empty() => Err(Error::Conflict { what: WHAT }),
            Written::Refused(old) => {
                let old = state(&claimed.tenant, claimed.output, &old)?;
                if old.status == status && old.fence == claimed.fence {
                    Ok(old)
                } else {
                    Err(Error::Conflict { what: WHAT })
                }
            }
        }
    }

    /// Writes down that the tool is called now, for whoever takes over: from then on nobody knows
    /// that it has not taken effect. One write.
    ///
    /// # Errors
    /// [`Error::Conflict`] when another worker has taken over; then it must not be called.
    pub async fn begin(&self, claimed: &State, now: Timestamp) -> Result<(), Error> {
        const WHAT: &str = "beginning an execution";
        let update = self
            .held(claimed)
            .update_expression("SET #began = if_not_exists(#began, :now)")
            .condition_expression(format!("{HELD} AND #lease > :now"))
            .expression_attribute_names("#began", BEGAN)
            .expression_attribute_names("#lease", "lease")
            .expression_attribute_values(":now", millis(now));
        match outcome(WHAT, update.send().await)? {
            Written::New(_) => Ok(()),
            Written::Refused(_) => Err(Error::Conflict { what: WHAT }),
        }
    }

    /// Takes [`Approvals::begin`] back and ends the lease: the call surely did not take effect. A
    /// claim that is not the newest any more takes nothing back. One write.
    ///
    /// # Errors
    /// When the call fails.
    pub async fn take_back(&self, claimed: &State, now: Timestamp) -> Result<(), Error> {
        let update = self
            .held(claimed)
            .update_expression("SET #lease = :now REMOVE #began")
            .condition_expression(HELD)
            .expression_attribute_names("#began", BEGAN)
            .expression_attribute_names("#lease", "lease")
            .expression_attribute_values(":now", millis(now));
        outcome("taking an execution back", update.send().await).map(drop)
    }

    /// Ends the lease of a claim whose work failed, so that the next try need not wait for it.
    /// A claim that is not the newest any more ends nothing. One write.
    ///
    /// # Errors
    /// When the call fails.
    pub async fn let_go(&self, claimed: &State, now: Timestamp) -> Result<(), Error> {
        let update = self
            .held(claimed)
            .update_expression("SET #lease = :now")
            .condition_expression(HELD)
            .expression_attribute_names("#lease", "lease")
            .expression_attribute_values(":now", millis(now));
        outcome("letting an execution go", update.send().await).map(drop)
    }

    /// A write under [`HELD`].
    fn held(&self, claimed: &State) -> UpdateItemFluentBuilder {
        self.update(&claimed.tenant, claimed.output)
            .expression_attribute_names("#fence", "fence")
            .expression_attribute_values(":executing", text(OutputStatus::Executing.as_str()))
            .expression_attribute_values(":fence", number(claimed.fence))
    }
}
