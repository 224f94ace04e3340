//! Whom the agent speaks for: read once, then remembered for a while.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use countersign_aws::{Clock, Error, business::Business};
use countersign_core::{Tenant, step::Agent};
use jiff::{SignedDuration, Timestamp, tz::TimeZone};

/// A change of a company's profile is seen after this long at the latest.
const REMEMBERED: SignedDuration = SignedDuration::from_mins(5);

/// The companies' agents.
pub(crate) struct Profiles {
    business: Business,
    clock: Arc<dyn Clock>,
    known: Mutex<HashMap<Tenant, (Timestamp, Arc<Agent>)>>,
}

impl Profiles {
    pub(crate) fn new(business: Business, clock: Arc<dyn Clock>) -> Self {
        Self {
            business,
            clock,
            known: Mutex::default(),
        }
    }

    /// The tenant's agent. One read when it is not remembered.
    pub(crate) async fn agent(&self, tenant: &Tenant) -> Result<Arc<Agent>, Error> {
        let now = self.clock.now();
        if let Some(agent) = self.remembered(tenant, now) {
            return Ok(agent);
        }
        let unreadable = |why: String| Error::Unreadable {
            what: "reading a company",
            why,
        };
        let profile = self
            .business
            .profile(tenant)
            .await?
            .ok_or_else(|| unreadable(format!("{tenant} has no profile; seed it first")))?;
        let time_zone = TimeZone::get(&profile.time_zone)
            .map_err(|why| unreadable(format!("time zone {:?}: {why}", profile.time_zone)))?;
        let agent = Arc::new(Agent {
            name: profile.agent,
            company: profile.company,
            time_zone,
            approver: profile.approver,
            time_to_decide: SignedDuration::from_hours(profile.hours_to_decide.into()),
        });
        self.known
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(tenant.clone(), (now, agent.clone()));
        Ok(agent)
    }

    fn remembered(&self, tenant: &Tenant, now: Timestamp) -> Option<Arc<Agent>> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known
            .get(tenant)
            .filter(|(at, _)| now.duration_since(*at) < REMEMBERED)
            .map(|(_, agent)| agent.clone())
    }
}
