//! Releasing an approved act: claimed once, compared with what was approved, and handed to the
//! thread, which sends it.

use countersign_aws::{
    Error,
    approvals::{Claimed, Ended, Request, State},
    fresh_token,
};
use countersign_core::{
    ContentHash,
    approval::ActTool,
    message::Execution,
    tool::{ReleasedAct, ToolCall},
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
        act: &ReleasedAct,
        tries: Tries,
    ) -> Result<(), NotDone> {
        let now = self.clock.now();
        let token = fresh_token();
        let claimed = self
            .approvals
            .claim(
                &order.tenant,
                act.output,
                act.digest,
                &token,
                now,
                now + LEASE,
            )
            .await?;
        let state = match claimed {
            Claimed::Ours(state) => *state,
            Claimed::Over(state) => return self.tell(order, &state).await,
            Claimed::Taken => return Err(NotDone::Taken),
            Claimed::Refused(state) => {
                let status = state.map_or("not there", |state| state.status.as_str());
                error!(output = %act.output, status, "ALARM: ordered, but not approved as such");
                return Err(NotDone::Never(format!(
                    "{} is {status}: it may not be carried out",
                    act.output
                )));
            }
        };
        match self.end(order, act, &state, tries).await {
            Ok(ended) => self.tell(order, &ended).await,
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
        act: &ReleasedAct,
        claimed: &State,
        tries: Tries,
    ) -> Result<State, NotDone> {
        let ended = match self.what_was_approved(order, act).await {
            Ok(Ok(asked)) => match (&order.tool, asked.act.tool) {
                // The thread sends it.
                (ToolCall::SendDocument(_), ActTool::SendDocument) => {
                    Ended::Executed { said: None }
                }
                (ToolCall::CarryOut(_), ActTool::CallTool) => {
                    self.made(order, &asked, claimed, tries).await?
                }
                _ => not_approved(act, "another kind of act was approved"),
            },
            Ok(Err(why)) => not_approved(act, why),
            Err(error) if tries == Tries::Left => return Err(error),
            Err(error) => {
                error!(output = %act.output, %error, "not carried out; given up");
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

    /// How the call went. What can't be read lastingly ends it, for an operator.
    async fn made(
        &self,
        order: &Execution,
        asked: &Request,
        claimed: &State,
        tries: Tries,
    ) -> Result<Ended, NotDone> {
        match self.make(order, asked, claimed, tries).await {
            Err(NotDone::Aws(error)) if tries == Tries::Over => {
                error!(output = %claimed.output, %error, "ALARM: an approved call was given up");
                Ok(match claimed.began {
                    None => Ended::NotMade {
                        why: error.to_string(),
                    },
                    Some(_) => Ended::Failed {
                        why: format!("outcome unknown: {error}"),
                    },
                })
            }
            went => went,
        }
    }

    /// What approvers were shown, if the act and its stored content are still exactly that.
    async fn what_was_approved(
        &self,
        order: &Execution,
        act: &ReleasedAct,
    ) -> Result<Result<Request, &'static str>, NotDone> {
        let asked = self
            .approvals
            .request(&order.tenant, act.output, act.version)
            .await?;
        let Some(asked) = asked else {
            return Ok(Err("it was never asked about"));
        };
        if asked.act.digest().ok() != Some(act.digest) {
            return Ok(Err("the act's digest differs from the approved one"));
        }
        let content = asked.act.content;
        let bytes = self.bucket.get(&order.tenant, content).await?;
        Ok(match bytes {
            Some(bytes) if ContentHash::of(&bytes) == content => Ok(asked),
            Some(_) => Err("the stored content was changed"),
            None => Err("the stored content is gone"),
        })
    }

    /// The end goes to the thread; then nothing is due about it any more.
    async fn tell(&self, order: &Execution, state: &State) -> Result<(), NotDone> {
        self.report(order, state.result()).await?;
        if let Err(why) = self.approvals.reported(state, self.clock.now()).await {
            warn!(%why, "due mark not removed; the clock will report again, which is harmless");
        }
        Ok(())
    }
}

fn not_approved(act: &ReleasedAct, why: &str) -> Ended {
    error!(output = %act.output, why, "ALARM: not what was approved");
    let why = why.to_owned();
    Ended::Failed { why }
}
