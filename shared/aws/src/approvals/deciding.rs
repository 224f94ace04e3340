//! The one write that decides.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use countersign_core::{
    Tenant,
    approval::{Decision, OutputStatus},
};
use jiff::Timestamp;

use super::{Approvals, Decided, QUESTION, REPORT_GRACE, Verdict, state};
use crate::{
    error::Error,
    item::{maybe_text, millis, number, text},
    schema::DUE_AT,
    sends::{Written, outcome},
};

impl Approvals {
    /// Decides, if nobody has: one conditional write, from which the loser learns who won.
    /// The item stays due until [`Approvals::reported`], so that a crash before the report to
    /// the thread is caught.
    ///
    /// # Errors
    /// When the call fails or what is stored can't be read.
    pub async fn decide(
        &self,
        tenant: &Tenant,
        verdict: &Verdict,
        now: Timestamp,
    ) -> Result<Decided, Error> {
        const WHAT: &str = "deciding";
        let (status, voter) = match &verdict.decision {
            Decision::Approved { by, .. } => (OutputStatus::Approved, by.as_str()),
            Decision::Rejected { by, .. } => (OutputStatus::Rejected, by.as_str()),
            Decision::Expired { .. } => (OutputStatus::Expired, "clock"),
            Decision::Answered { by, .. } => (OutputStatus::Answered, by.as_str()),
        };
        // Nothing is carried out after an answer, and nothing is known after an approval.
        let kind = match &verdict.decision {
            Decision::Approved { .. } => " AND attribute_not_exists(#question)",
            Decision::Answered { .. } => " AND attribute_exists(#question)",
            Decision::Rejected { .. } | Decision::Expired { .. } => "",
        };
        let in_time = match &verdict.decision {
            Decision::Expired { .. } => "#deadline <= :now",
            Decision::Approved { .. } | Decision::Rejected { .. } | Decision::Answered { .. } => {
                "#deadline > :now"
            }
        };
        let decision =
            serde_json::to_string(&verdict.decision).map_err(|why| Error::unreadable(WHAT, why))?;
        let vote = AttributeValue::M(HashMap::from([
            ("vote".to_owned(), text(status.as_str())),
            ("at".to_owned(), millis(now)),
            ("channel".to_owned(), text(verdict.channel)),
        ]));
        let update = self
            .update(tenant, verdict.output)
            .update_expression(
                "SET #status = :status, #decision = :decision, #decision_id = :id, \
                 #votes.#voter = :vote, #due_at = :due",
            )
            .condition_expression(format!(
                "#status = :pending AND #version = :version AND #digest = :digest AND {in_time}{kind}"
            ))
            .expression_attribute_names("#decision", "decision")
            .expression_attribute_names("#decision_id", "decision_id")
            .expression_attribute_names("#votes", "votes")
            .expression_attribute_names("#voter", voter)
            .expression_attribute_names("#due_at", DUE_AT)
            .expression_attribute_names("#version", "version")
            .expression_attribute_names("#digest", "digest")
            .expression_attribute_names("#deadline", "deadline")
            .expression_attribute_values(":status", text(status.as_str()))
            .expression_attribute_values(":pending", text(OutputStatus::Pending.as_str()))
            .expression_attribute_values(":decision", text(decision))
            .expression_attribute_values(":id", text(&verdict.id))
            .expression_attribute_values(":vote", vote)
            .expression_attribute_values(":due", millis(now + REPORT_GRACE))
            .expression_attribute_values(":version", number(verdict.version))
            .expression_attribute_values(":digest", text(verdict.digest.to_string()))
            .expression_attribute_values(":now", millis(now));
        let update = match kind {
            "" => update,
            _ => update.expression_attribute_names("#question", QUESTION),
        };
        let old = match outcome(WHAT, update.send().await)? {
            Written::New(item) => {
                return Ok(Decided::Won(Box::new(state(
                    tenant,
                    verdict.output,
                    &item,
                )?)));
            }
            Written::Refused(old) if old.is_empty() => return Ok(Decided::NotFound),
            Written::Refused(old) => old,
        };
        let ours = maybe_text(&old, "decision_id") == Some(verdict.id.as_str());
        let is_question = old.contains_key(QUESTION);
        let fits = match &verdict.decision {
            Decision::Approved { .. } => !is_question,
            Decision::Answered { .. } => is_question,
            Decision::Rejected { .. } | Decision::Expired { .. } => true,
        };
        let old = state(tenant, verdict.output, &old)?;
        Ok(match old.decision {
            Some(_) if ours => Decided::Won(Box::new(old)),
            Some(_) => Decided::Lost(Box::new(old)),
            None if old.version != verdict.version || old.digest != verdict.digest => {
                Decided::NotWhatWaits
            }
            None if !fits => Decided::NotThatKind,
            None => Decided::Deadline,
        })
    }
}
