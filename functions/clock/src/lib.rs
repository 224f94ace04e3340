//! What comes in: a tick, once a minute. What goes out: whatever is due. The clock reads the due
//! index and nothing else; what it finds it moves on by a conditional write, so that two ticks at
//! once do nothing twice.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used))]

mod files;
mod numbers;
mod outputs;
mod schedules;
mod sends;
mod settings;

use std::sync::Arc;

use countersign_aws::{
    Clients, Clock as TimeSource, Error,
    approvals::Approvals,
    business::Business,
    due::{Due, DueIndex},
    fetching::HeadDue,
    numbers::Numbers,
    queues::Queue,
    schedules::Schedules,
    sends::Sends,
};
use countersign_business::Monitor;
use countersign_core::message::{Cause, Correlation, ENVELOPE_VERSION, Group, Inbound};
pub use settings::Settings;
use tracing::{error, info};

/// The function.
pub struct Clock {
    due: DueIndex,
    sends: Sends,
    numbers: Numbers,
    approvals: Approvals,
    schedules: Schedules,
    business: Business,
    monitor: Monitor,
    inbound: Queue<Inbound>,
    clock: Arc<dyn TimeSource>,
}

/// What a tick did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Ticked {
    /// How much was due.
    pub due: usize,
    /// How much of it could not be dealt with, and stays due.
    pub failed: usize,
}

impl Clock {
    /// The function with these settings.
    pub fn new(settings: Settings, clients: &Clients, clock: Arc<dyn TimeSource>) -> Self {
        let business = Business::new(clients.dynamodb().clone(), settings.business.clone());
        Self {
            sends: Sends::new(clients.dynamodb().clone(), settings.threads.clone()),
            numbers: Numbers::new(clients.dynamodb().clone(), settings.threads.clone()),
            approvals: Approvals::new(clients.dynamodb().clone(), settings.approvals.clone()),
            schedules: Schedules::new(clients.dynamodb().clone(), settings.business.clone()),
            monitor: Monitor::new(business.clone()),
            business,
            due: DueIndex::new(
                clients.dynamodb().clone(),
                vec![settings.threads, settings.approvals, settings.business],
            ),
            inbound: Queue::new(clients.sqs().clone(), settings.inbound),
            clock,
        }
    }

    /// Deals with all that is due. What fails stays due, and fails alone.
    pub async fn tick(&self) -> Ticked {
        let due = self.due.due(self.clock.now()).await;
        let mut ticked = Ticked {
            due: due.len(),
            failed: 0,
        };
        for due in due {
            let dealt_with = match due {
                Ok(due) => self.deal_with(&due).await,
                Err(error) => Err(error),
            };
            if let Err(error) = dealt_with {
                error!(%error, "due, and stays so");
                ticked.failed += 1;
            }
        }
        info!(due = ticked.due, failed = ticked.failed, "tick");
        ticked
    }

    async fn deal_with(&self, due: &Due) -> Result<(), Error> {
        match due.rest.split_once('#') {
            Some(("send", _)) => self.send(&due.try_into()?).await,
            Some(("number", _)) => self.number(&due.try_into()?).await,
            Some(("output", _)) => self.output(&due.try_into()?).await,
            Some(("thread", _)) => self.files(&HeadDue::try_from(due)?.0).await,
            None if due.rest == "schedules" => self.schedule(&due.try_into()?).await,
            _ => Err(Error::Unreadable {
                what: "dealing with what is due",
                why: format!("nothing is known of {}", due.rest),
            }),
        }
    }

    async fn tell(
        &self,
        tenant: &countersign_core::Tenant,
        group: &Group,
        correlation: &Correlation,
        cause: Cause,
    ) -> Result<(), Error> {
        self.inbound
            .send(&Inbound {
                v: ENVELOPE_VERSION,
                tenant: tenant.clone(),
                correlation: correlation.clone(),
                group: group.clone(),
                received_at: self.clock.now(),
                cause,
            })
            .await
    }
}
