//! Calls of tools that run elsewhere and change nothing. One that keeps failing is left alone for a
//! while, by everybody.

use std::time::Duration;

use countersign_aws::breakers::{Passage, Permit};
use countersign_core::{
    CallId,
    breaker::{Outcome, Subject},
    registry::Effect,
    remote::RemoteTool,
    step,
    thread::Head,
    tool::{RemoteCall, ToolOutcome},
};
use countersign_remote::CallError;
use jiff::SignedDuration;
use tracing::{error, info, warn};

use crate::Agent;

/// The most characters of an answer that a thread keeps.
const MOST_SAID: usize = 8_000;

/// The most characters of a refusal.
const MOST_REFUSAL: usize = 600;

impl Agent {
    /// What a tool elsewhere answers within `left` and its own time.
    pub(crate) async fn look_elsewhere(
        &self,
        company: &step::Agent,
        head: &Head,
        id: CallId,
        call: &RemoteCall,
        left: SignedDuration,
    ) -> ToolOutcome {
        let failed = |reason: String| ToolOutcome::Failed { reason };
        // It was chosen a while ago, maybe: what it is called for must still be what it is.
        let is_same = |tool: &&RemoteTool| {
            tool.enabled && tool.effect == Effect::None && tool.definition() == call.definition
        };
        let Some(tool) = company.remote.get(&call.name).filter(is_same) else {
            return failed(format!("{} was changed since it was chosen", call.name));
        };
        let permit = match self.permit(head, tool).await {
            Ok(permit) => permit,
            Err(why) => return failed(why),
        };
        let began = self.clock.now();
        let left = Duration::try_from(left).unwrap_or_default();
        let within = Duration::from_secs(tool.timeout_seconds.into()).min(left);
        let key = id.to_string();
        let answer = self.remote.call(tool, &call.arguments, &key, within).await;
        let ms = self.clock.now().duration_since(began).as_millis() as u64;
        let outcome = match &answer {
            Err(why) if why.is_outage() => Outcome::Failed,
            _ => Outcome::Worked,
        };
        self.went(head, permit, outcome).await;
        match answer {
            Ok(said) => {
                info!(tool = tool.name, ms, "executed");
                let text = said.text.chars().take(MOST_SAID).collect();
                ToolOutcome::Said { text }
            }
            Err(CallError::Refused { status, said }) => {
                info!(tool = tool.name, ms, ?status, "refused");
                let said = match status {
                    Some(status) => format!("{status}: {said}"),
                    None => said,
                };
                let said = said.chars().take(MOST_REFUSAL).collect();
                ToolOutcome::Refused { said }
            }
            Err(why @ (CallError::NotConfigured(_) | CallError::Forbidden(_))) => {
                error!(tool = tool.name, error = %why, "ALARM: a tool is configured wrong");
                failed(why.to_string())
            }
            Err(why) => {
                warn!(tool = tool.name, ms, error = %why, "no answer");
                failed(why.to_string())
            }
        }
    }

    /// A breaker that can't be read says nothing of the tool.
    async fn permit(&self, head: &Head, tool: &RemoteTool) -> Result<Option<Permit>, String> {
        let Some(thinking) = &self.thinking else {
            return Ok(None);
        };
        let subject = Subject::Tool(tool.name.clone());
        let now = self.clock.now();
        match thinking.breakers.ask(&head.tenant, &subject, now).await {
            Ok(Passage::Go(permit)) => Ok(Some(permit)),
            Ok(Passage::Wait { until }) => Err(format!(
                "{} keeps failing and is left alone until {until}",
                tool.name
            )),
            Err(error) => {
                warn!(%error, "a breaker can't be read");
                Ok(None)
            }
        }
    }

    async fn went(&self, head: &Head, permit: Option<Permit>, outcome: Outcome) {
        let (Some(thinking), Some(permit)) = (&self.thinking, permit) else {
            return;
        };
        let now = self.clock.now();
        let ended = thinking.breakers.ended(&head.tenant, &permit, outcome, now);
        if let Err(error) = ended.await {
            warn!(%error, "a breaker can't be written");
        }
    }
}
