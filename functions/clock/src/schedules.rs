//! Tasks whose time has come. The task is queued first, under an id that says which run it is, and
//! then the schedule is moved on: a crash in between queues the same run again, which is done once.

use countersign_aws::{
    Error,
    launch::{NotQueued, launch},
    schedules::DueSchedule,
};
use countersign_business::Look;
use countersign_core::{
    launch::{LaunchChannel, LaunchNotice},
    schedule::Schedule,
};
use jiff::Timestamp;
use tracing::{error, info, warn};

use crate::Clock;

impl Clock {
    /// Runs it once, however many of its runs were missed.
    pub(crate) async fn schedule(&self, due: &DueSchedule) -> Result<(), Error> {
        let now = self.clock.now();
        let name = due.name.as_str();
        let planned = due.schedule.clone().and_then(|schedule| {
            let next = schedule.next(now).map_err(|why| why.to_string())?;
            Ok((schedule, next))
        });
        let (schedule, next) = match planned {
            Ok(planned) => planned,
            Err(why) => return self.stop(due, &why).await,
        };
        let found = match self.look(due, &schedule, now).await? {
            Look::Tell(found) => found,
            Look::Nothing => {
                self.schedules.ran(due, now, next).await?;
                info!(name, planned = %due.planned, %next, "nothing to tell");
                return Ok(());
            }
        };
        let notice = LaunchNotice {
            id: format!("schedule/{name}/{}", due.planned),
            endpoint: schedule.endpoint,
            number: schedule.number,
            recipient: schedule.recipient,
            task: schedule.task,
            by: format!("the schedule {name}"),
            channel: LaunchChannel::Schedule,
        };
        match launch(&self.inbound, &due.tenant, notice, now).await {
            Ok(()) => {}
            Err(NotQueued::Wrong(why)) => return self.stop(due, &why.to_string()).await,
            Err(NotQueued::Failed(error)) => {
                if let Err(why) = self.schedules.failed(due, &error.to_string()).await {
                    warn!(name, %why, "why a schedule did not run is not on record");
                }
                return Err(error);
            }
        }
        self.monitor.told(&due.tenant, &found, now).await?;
        self.schedules.ran(due, now, next).await?;
        info!(name, planned = %due.planned, %next, "scheduled task launched");
        Ok(())
    }

    /// Has the schedule's agent look, if it has one. How that went stands on the agent's record, and
    /// a failure keeps the schedule due.
    async fn look(
        &self,
        due: &DueSchedule,
        schedule: &Schedule,
        now: Timestamp,
    ) -> Result<Look, Error> {
        let Some(agent) = schedule.agent else {
            return Ok(Look::Tell(Vec::new()));
        };
        let tenant = &due.tenant;
        let looked = self.monitor.look(tenant, agent, now).await;
        let failure = looked.as_ref().err().map(ToString::to_string);
        let ran = self
            .business
            .agent_ran(tenant, agent.as_str(), now, failure.as_deref());
        ran.await?;
        if let Some(why) = &failure {
            self.schedules.failed(due, why).await?;
        }
        looked
    }

    async fn stop(&self, due: &DueSchedule, why: &str) -> Result<(), Error> {
        error!(
            name = due.name,
            why, "ALARM: a schedule can't run and is turned off until its row is stored anew"
        );
        self.schedules.stop(due, why).await
    }
}
