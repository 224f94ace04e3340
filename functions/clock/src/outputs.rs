//! Outputs that nobody decided on in time, and ends that a crash kept from their thread.

use countersign_aws::{
    Error,
    approvals::{Decided, State, Verdict},
    fresh_token,
};
use countersign_core::{
    approval::{Decision, OutputStatus},
    message::{Cause, DecisionNotice, ExecutionReport, ExecutionResult},
    thread::carry_out_call,
};
use tracing::info;

use crate::Clock;

impl Clock {
    pub(crate) async fn output(&self, state: &State) -> Result<(), Error> {
        match state.status {
            OutputStatus::Pending => self.expire(state).await,
            // An approved one whose order got lost is ordered again by telling its thread again.
            OutputStatus::Approved
            | OutputStatus::Executing
            | OutputStatus::Rejected
            | OutputStatus::Expired
            | OutputStatus::Answered => self.report_decision(state).await,
            OutputStatus::Executed | OutputStatus::Failed => {
                self.report_execution(state, state.result()).await
            }
            OutputStatus::Manual
            | OutputStatus::Done
            | OutputStatus::Superseded
            | OutputStatus::Withdrawn => self.approvals.reported(state, self.clock.now()).await,
        }
    }

    /// The deadline is a decider like any other: the first write wins.
    async fn expire(&self, state: &State) -> Result<(), Error> {
        let now = self.clock.now();
        let verdict = Verdict {
            output: state.output,
            version: state.version,
            digest: state.digest,
            decision: Decision::Expired { at: now },
            id: fresh_token(),
            channel: "clock",
        };
        match self.approvals.decide(&state.tenant, &verdict, now).await? {
            Decided::Won(state) => {
                info!(output = %state.output, "expired");
                self.report_decision(&state).await
            }
            // Somebody was faster, or the deadline is another one by now.
            Decided::Lost(_)
            | Decided::NotWhatWaits
            | Decided::NotThatKind
            | Decided::Deadline
            | Decided::NotFound => Ok(()),
        }
    }

    async fn report_decision(&self, state: &State) -> Result<(), Error> {
        if let Some(decision) = &state.decision {
            let notice = DecisionNotice {
                thread: state.thread,
                output: state.output,
                version: state.version,
                decision: decision.clone(),
            };
            self.tell(
                &state.tenant,
                &state.group,
                &state.correlation,
                Cause::Decision(notice),
            )
            .await?;
        }
        self.approvals.reported(state, self.clock.now()).await
    }

    async fn report_execution(&self, state: &State, result: ExecutionResult) -> Result<(), Error> {
        let report = ExecutionReport {
            thread: state.thread,
            call: carry_out_call(state.output),
            result,
        };
        self.tell(
            &state.tenant,
            &state.group,
            &state.correlation,
            Cause::Execution(report),
        )
        .await?;
        self.approvals.reported(state, self.clock.now()).await
    }
}
