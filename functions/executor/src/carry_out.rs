//! Releasing an approved act: claimed once, compared with what was approved, and handed to the
//! thread, which sends it.

use countersign_aws::{
    Error,
    approvals::{Claimed, Ended, State},
    fresh_token,
};
use countersign_core::{
    ContentHash,
    approval::OutputStatus,
    message::{Execution, ExecutionResult},
    tool::SendDocumentCall,
};
use jiff::SignedDuration;
use tracing::{error, warn};

use crate::{Executor, NotDone, Tries};

/// A claim that has not ended by then may be taken over. Releasing is idempotent: it compares,
/// and what it reports is taken in once.
pub(crate) const LEASE: SignedDuration = SignedDuration::from_mins(2);

impl Executor {
    pub(crate) async fn carry_out(
        &self,
        order: &Execution,
        call: &SendDocumentCall,
        tries: Tries,
    ) -> Result<(), NotDone> {
        let now = self.clock.now();
        let token = fresh_token();
        let claimed = self
            .approvals
            .claim(
                &order.tenant,
                call.output,
                call.digest,
                &token,
                now,
                now + LEASE,
            )
            .await?;
        let state = match claimed {
            Claimed::Ours(state) => *state,
            Claimed::Over(state) => return self.tell(order, call, &state).await,
            Claimed::Taken => return Err(NotDone::Taken),
            Claimed::Refused(state) => {
                let status = state.map_or("not there", |state| state.status.as_str());
                error!(output = %call.output, status, "ALARM: ordered, but not approved as such");
                return Err(NotDone::Never(format!(
                    "{} is {status}: it may not be carried out",
                    call.output
                )));
            }
        };
        match self.end(order, call, &state, tries).await {
            Ok(ended) => self.tell(order, call, &ended).await,
            Err(error) => {
                if let Err(why) = self.approvals.let_go(&state, self.clock.now()).await {
                    warn!(%why, "claim not let go; the next try waits for its lease to end");
                }
                Err(error)
            }
        }
    }

    async fn end(
        &self,
        order: &Execution,
        call: &SendDocumentCall,
        claimed: &State,
        tries: Tries,
    ) -> Result<State, NotDone> {
        let ended = match (self.is_what_was_approved(order, call).await, tries) {
            (Ok(Ok(())), _) => Ended::Executed,
            (Ok(Err(why)), _) => {
                error!(output = %call.output, why, "ALARM: not what was approved");
                let why = why.to_owned();
                Ended::Failed { why }
            }
            (Err(error), Tries::Left) => return Err(error),
            (Err(error), Tries::Over) => {
                error!(output = %call.output, %error, "not carried out; given up");
                let why = error.to_string();
                Ended::Failed { why }
            }
        };
        let now = self.clock.now();
        match self.approvals.finish(claimed, &ended, now).await {
            // This worker stalled, and its end is another's to tell: not even that it failed.
            Err(Error::Conflict { .. }) => Err(NotDone::Taken),
            finished => Ok(finished?),
        }
    }

    async fn is_what_was_approved(
        &self,
        order: &Execution,
        call: &SendDocumentCall,
    ) -> Result<Result<(), &'static str>, NotDone> {
        let asked = self
            .approvals
            .request(&order.tenant, call.output, call.version)
            .await?;
        let Some(asked) = asked else {
            return Ok(Err("it was never asked about"));
        };
        if asked.act.digest().ok() != Some(call.digest) {
            return Ok(Err("the act's digest differs from the approved one"));
        }
        let content = asked.act.content;
        let bytes = self.bucket.get(&order.tenant, content).await?;
        Ok(match bytes {
            Some(bytes) if ContentHash::of(&bytes) == content => Ok(()),
            Some(_) => Err("the stored content was changed"),
            None => Err("the stored content is gone"),
        })
    }

    /// The end goes to the thread; then nothing is due about it any more.
    async fn tell(
        &self,
        order: &Execution,
        call: &SendDocumentCall,
        state: &State,
    ) -> Result<(), NotDone> {
        let result = match state.status {
            OutputStatus::Executed => ExecutionResult::Released {
                output: call.output,
                version: call.version,
                digest: call.digest,
            },
            status => ExecutionResult::Failed {
                reason: format!(
                    "{} is {}: {}",
                    call.output,
                    status.as_str(),
                    state.failure.as_deref().unwrap_or("see the log's alarm")
                ),
            },
        };
        self.report(order, result).await?;
        if let Err(why) = self.approvals.reported(state, self.clock.now()).await {
            warn!(%why, "due mark not removed; the clock will report again, which is harmless");
        }
        Ok(())
    }
}
