//! Whom the agent speaks for: read once, then remembered for a while.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, PoisonError},
};

use countersign_aws::{Clock, Error, business::Business};
use countersign_core::{
    Tenant,
    agent::{AgentKind, AgentRow},
    identity::{self, Codes},
    limits::Limits,
    money::{MicroUsd, PriceList},
    opt_out::OptWords,
    persona::{self, PersonaRow, Personas},
    policy::{Policy, explained},
    remote::{Identity, RemoteTool},
    step::Agent,
};
use futures::{join, try_join};
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
    limits: Limits,
    known: Mutex<HashMap<Tenant, (Timestamp, Arc<Profile>)>>,
}

/// A company's agent, and what its models cost.
pub(crate) struct Profile {
    pub(crate) agent: Agent,
    /// None before the company is seeded with them: no model is asked at an unknown price.
    pub(crate) prices: Option<PriceList>,
}

/// A company's models.
struct ItsModels {
    conversation_limit: MicroUsd,
    agents: BTreeMap<AgentKind, AgentRow>,
    prices: Option<PriceList>,
    tools: BTreeMap<String, RemoteTool>,
}

impl Profiles {
    /// Companies' agents; with models, where there is something that a conversation may cost.
    pub(crate) fn new(
        business: Business,
        models: Option<MicroUsd>,
        codes: Codes,
        limits: Limits,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self {
            business,
            clock,
            models,
            codes,
            limits,
            known: Mutex::default(),
        }
    }

    /// The tenant's agent. Two reads at once when it is not remembered, and three more for models.
    pub(crate) async fn of(&self, tenant: &Tenant) -> Result<Arc<Profile>, Error> {
        let now = self.clock.now();
        if let Some(known) = self.remembered(tenant, now) {
            return Ok(known);
        }
        let unreadable = |why: String| Error::Unreadable {
            what: "reading a company",
            why,
        };
        // One after the other they would be most of a cold function's first turn.
        let (profile, policy, models) = try_join!(
            self.business.profile(tenant),
            self.policy(tenant),
            self.models(tenant),
        )?;
        let profile =
            profile.ok_or_else(|| unreadable(format!("{tenant} has no profile; seed it first")))?;
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
        agent.limits = self.limits;
        agent.opt_words = OptWords::new(&profile.opt_out_words, &profile.opt_in_words);
        agent.personas = personas(&profile.personas);
        agent.policy = policy;
        let mut prices = None;
        if let Some(models) = models {
            agent.conversation_limit = models.conversation_limit;
            agent.agents = models.agents;
            agent.remote = models.tools;
            agent.codes = self.codes;
            prices = models.prices;
        }
        let profile = Arc::new(Profile { agent, prices });
        self.known
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(tenant.clone(), (now, profile.clone()));
        Ok(profile)
    }

    /// What a company's models are, cost and can call; none where no model may be asked. Three reads.
    async fn models(&self, tenant: &Tenant) -> Result<Option<ItsModels>, Error> {
        let Some(conversation_limit) = self.models else {
            return Ok(None);
        };
        let (agents, prices, tools) = join!(
            self.business.agents(tenant),
            self.business.prices(tenant),
            self.business.remote_tools(tenant),
        );
        let rows = readable(agents)?.unwrap_or_default().into_iter();
        let tools = readable(tools)?.unwrap_or_default();
        tools.iter().for_each(|tool| self.can_be_called(tool));
        Ok(Some(ItsModels {
            conversation_limit,
            agents: rows
                .filter_map(|record| record.row)
                .map(|row| (row.kind, row))
                .collect(),
            prices: readable(prices)?.flatten(),
            tools: tools.into_iter().map(|it| (it.name.clone(), it)).collect(),
        }))
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

/// The company's personas; what it has of its own may be wrong only where it was stored past the check.
fn personas(rows: &[PersonaRow]) -> Personas {
    Personas::with(rows).unwrap_or_else(|wrong| {
        let wrong = persona::explained(&wrong);
        error!(
            wrong,
            "ALARM: the company's personas are wrong; the built-in ones speak"
        );
        Personas::default()
    })
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
