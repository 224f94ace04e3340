//! Whom the agent speaks for: read once, then remembered for a while.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use countersign_aws::{Clock, Error, business::Business};
use countersign_core::{
    Tenant,
    identity::{self, Codes},
    money::{MicroUsd, PriceList},
    policy::{Policy, explained},
    remote::{Identity, RemoteTool},
    step::Agent,
};
use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use tracing::error;

/// A change of a company's profile is seen after this long at the latest.
const REMEMBERED: SignedDuration = SignedDuration::from_mins(5);

/// The companies' agents.
pub(crate) struct Profiles {
    business: Business,
    clock: Arc<dyn Clock>,
    /// What a conversation may cost, where models are asked at all.
    models: Option<MicroUsd>,
    codes: Codes,
    known: Mutex<HashMap<Tenant, (Timestamp, Arc<Profile>)>>,
}

/// A company's agent, and what its models cost.
pub(crate) struct Profile {
    pub(crate) agent: Agent,
    /// None before the company is seeded with them: no model is asked at an unknown price.
    pub(crate) prices: Option<PriceList>,
}

impl Profiles {
    /// Companies' agents; with models, where there is something that a conversation may cost.
    pub(crate) fn new(
        business: Business,
        models: Option<MicroUsd>,
        codes: Codes,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self {
            business,
            clock,
            models,
            codes,
            known: Mutex::default(),
        }
    }

    /// The tenant's agent. One read when it is not remembered, and two more for models.
    pub(crate) async fn of(&self, tenant: &Tenant) -> Result<Arc<Profile>, Error> {
        let now = self.clock.now();
        if let Some(known) = self.remembered(tenant, now) {
            return Ok(known);
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
        let mut agent = Agent::without_models(
            profile.agent,
            profile.company,
            time_zone,
            profile.approver,
            SignedDuration::from_hours(profile.hours_to_decide.into()),
        );
        agent.approvers.extend(profile.colleagues);
        agent.greets = profile.greet.into();
        agent.policy = self.policy(tenant).await?;
        let mut prices = None;
        if let Some(limit) = self.models {
            agent.conversation_limit = limit;
            let records = readable(self.business.agents(tenant).await)?.unwrap_or_default();
            let rows = records.into_iter().filter_map(|record| record.row);
            agent.agents = rows.map(|row| (row.kind, row)).collect();
            prices = readable(self.business.prices(tenant).await)?.flatten();
            let tools = readable(self.business.remote_tools(tenant).await)?.unwrap_or_default();
            tools.iter().for_each(|tool| self.can_be_called(tool));
            agent.remote = tools.into_iter().map(|it| (it.name.clone(), it)).collect();
            agent.codes = self.codes;
        }
        let profile = Arc::new(Profile { agent, prices });
        self.known
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(tenant.clone(), (now, profile.clone()));
        Ok(profile)
    }

    /// The company's rules about calls. Those that can't be read may have forbidden anything, so
    /// people are asked about everything.
    async fn policy(&self, tenant: &Tenant) -> Result<Policy, Error> {
        let Some(rules) = readable(self.business.policy(tenant).await)? else {
            return Ok(Policy::asking());
        };
        Ok(
            Policy::parse(&rules.unwrap_or_default()).unwrap_or_else(|wrong| {
                let wrong = explained(&wrong);
                error!(
                    wrong,
                    "ALARM: the rules about calls are wrong; people are asked about all"
                );
                Policy::asking()
            }),
        )
    }

    /// Tells operators of a tool that no customer can have.
    fn can_be_called(&self, tool: &RemoteTool) {
        if self.codes == Codes::Unset && tool.identity == Identity::Code && tool.enabled {
            error!(
                tool = tool.name,
                "ALARM: a tool wants a one-time code and none can be made, so it is not called; set {} \
                 for agent and outbound",
                identity::SETTING
            );
        }
    }

    fn remembered(&self, tenant: &Tenant, now: Timestamp) -> Option<Arc<Profile>> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known
            .get(tenant)
            .filter(|(at, _)| now.duration_since(*at) < REMEMBERED)
            .map(|(_, profile)| profile.clone())
    }
}

/// What can't be read costs the company what it is for, and not its commands.
fn readable<T>(read: Result<T, Error>) -> Result<Option<T>, Error> {
    match read {
        Ok(it) => Ok(Some(it)),
        Err(error @ Error::Unreadable { .. }) => {
            error!(%error, "ALARM: without it less is done; correct it and seed it again");
            Ok(None)
        }
        Err(error) => Err(error),
    }
}
