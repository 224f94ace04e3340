//! Calls of tools that change something elsewhere: first written down, so that what is approved is
//! what is made, and made once it was approved.

use std::time::Duration;

use countersign_aws::{
    Error,
    approvals::{Ended, Request, State},
};
use countersign_core::{
    OutputId,
    approval::{ActArguments, CALL_MEDIA_TYPE, call_document},
    message::{Execution, ExecutionResult},
    remote::{RemoteTool, Repeat},
    tool::RemoteCall,
};
use countersign_remote::{CallError, Said};
use serde_json::Value;
use tracing::{error, info, warn};

use crate::{Executor, NotDone, Tries};

/// The most characters of a tool's answer that stay with the approval.
const MOST_SAID: usize = 300;

/// How a call went.
enum Went {
    /// It ended, well or not.
    Ended(Ended),
    /// It surely did not take effect, and may go better later.
    NotMade(String),
    /// It may have taken effect, and the tool takes it again with the same key.
    MayBeRepeated(String),
}

impl Executor {
    /// Stores the arguments of a call as they are to be made. Storing them again stores the same.
    pub(crate) async fn prepare(
        &self,
        order: &Execution,
        call: &RemoteCall,
    ) -> Result<(), NotDone> {
        let (document, bytes) = call_document(&call.name, &call.arguments)
            .map_err(|why| NotDone::Never(format!("{} can't be written: {why}", call.name)))?;
        let stored = self
            .bucket
            .put(&order.tenant, bytes, CALL_MEDIA_TYPE)
            .await?;
        if stored != document.content {
            return Err(NotDone::Never(format!(
                "{} was stored as another",
                call.name
            )));
        }
        let result = ExecutionResult::Prepared {
            call: call.clone(),
            document,
        };
        self.report(order, result).await?;
        Ok(())
    }

    /// Makes the call of an act that was claimed and compared. From the moment it begins, whoever
    /// takes the claim over knows that it may have been made.
    pub(crate) async fn make(
        &self,
        order: &Execution,
        asked: &Request,
        claimed: &State,
        tries: Tries,
    ) -> Result<Ended, NotDone> {
        let is_first = claimed.began.is_none();
        // Whatever a try before came to, this one is not made.
        let failed = |why: String| {
            Ok(match is_first {
                true => Ended::NotMade { why },
                false => Ended::Failed { why },
            })
        };
        let ActArguments::CallTool(call) = &asked.act.arguments else {
            return failed("what was approved is not a call".to_owned());
        };
        let tool = self.business.remote_tool(&order.tenant, &call.called);
        let Some(tool) = tool.await?.filter(|tool| tool.enabled) else {
            return failed(format!("there is no tool {:?} any more", call.called));
        };
        let output = claimed.output;
        if tool.definition() != call.definition {
            error!(%output, tool = tool.name, "ALARM: the tool was changed since it was approved");
            return failed(format!("{} was changed since it was approved", tool.name));
        }
        if claimed.began.is_some() && tool.repeat == Repeat::Never {
            error!(%output, tool = tool.name, "ALARM: nobody knows whether a call was made");
            let why = "outcome unknown: a worker died over it".to_owned();
            return Ok(Ended::Failed { why });
        }
        let begun = self.approvals.begin(claimed, self.clock.now()).await;
        if let Err(Error::Conflict { .. }) = begun {
            // This worker stalled, and may not call any more.
            return Err(NotDone::Taken);
        }
        if let Err(error) = begun {
            // It may be written down, and nothing was called.
            if is_first {
                self.take_back(claimed).await;
            }
            return Err(error.into());
        }
        let went = match self.call(&tool, &call.with, output).await {
            // A try before may have taken effect, whatever came of this one.
            Went::NotMade(why) if !is_first => Went::MayBeRepeated(why),
            Went::Ended(Ended::NotMade { why }) if !is_first => Went::MayBeRepeated(why),
            went => went,
        };
        match went {
            Went::Ended(ended) => Ok(ended),
            Went::NotMade(why) => {
                self.take_back(claimed).await;
                match tries {
                    Tries::Left => Err(NotDone::NotNow(why)),
                    Tries::Over => failed(why),
                }
            }
            Went::MayBeRepeated(why) => match tries {
                Tries::Left => Err(NotDone::NotNow(why)),
                Tries::Over => {
                    error!(%output, why, "ALARM: nobody knows whether a call was made");
                    let why = format!("outcome unknown: {why}");
                    Ok(Ended::Failed { why })
                }
            },
        }
    }

    async fn take_back(&self, claimed: &State) {
        if let Err(why) = self.approvals.take_back(claimed, self.clock.now()).await {
            warn!(%why, "a beginning was not taken back; the next try ends as unknown");
        }
    }

    async fn call(&self, tool: &RemoteTool, arguments: &Value, output: OutputId) -> Went {
        let within = Duration::from_secs(tool.timeout_seconds.into());
        let key = output.to_string();
        let name = &tool.name;
        match self.remote.call(tool, arguments, &key, within).await {
            Ok(Said { text }) => {
                info!(%output, tool = name, "called");
                let said = text.chars().take(MOST_SAID).collect();
                Went::Ended(Ended::Executed { said: Some(said) })
            }
            Err(error @ (CallError::NotSent(_) | CallError::Busy { .. })) => {
                Went::NotMade(error.to_string())
            }
            Err(
                error @ (CallError::NotConfigured(_)
                | CallError::Forbidden(_)
                | CallError::Refused { .. }),
            ) => {
                error!(%output, tool = name, %error, "ALARM: an approved call was refused");
                let why = error.to_string();
                Went::Ended(Ended::NotMade { why })
            }
            Err(error @ CallError::Unknown(_)) if tool.repeat == Repeat::Safe => {
                Went::MayBeRepeated(error.to_string())
            }
            Err(error @ CallError::Unknown(_)) => {
                error!(%output, tool = name, %error, "ALARM: nobody knows whether a call was made");
                let why = format!("outcome unknown: {error}");
                Went::Ended(Ended::Failed { why })
            }
        }
    }
}
