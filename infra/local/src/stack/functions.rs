//! The real functions, in this process.

use std::sync::Arc;

use agent::Agent;
use approvals::Approvals;
use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use clock::Clock;
use countersign_aws::{Clients, Clock as TimeSource};
use executor::Executor;
use ingress::Ingress;
use outbound::Outbound;

use super::{Environment, backend::Handlers};
use crate::pump::{Handler, HandlerError, handler};

/// One of each.
#[derive(Clone)]
pub struct Functions {
    /// Webhooks in.
    pub ingress: Arc<Ingress>,
    /// What happens to threads.
    pub agent: Arc<Agent>,
    /// Long and approved work.
    pub executor: Arc<Executor>,
    /// Decisions in.
    pub approvals: Arc<Approvals>,
    /// Messages, webhooks and statuses.
    pub outbound: Arc<Outbound>,
    /// What is due.
    pub clock: Arc<Clock>,
}

impl Functions {
    /// The functions with this environment, as their `main`s make them.
    ///
    /// # Errors
    /// When a setting is wrong.
    pub fn new(
        environment: &Environment,
        clients: &Clients,
        time: Arc<dyn TimeSource>,
    ) -> anyhow::Result<Self> {
        let variable = |name: &str| environment.get(name);
        Ok(Self {
            ingress: Arc::new(Ingress::new(
                ingress::Settings::read(&variable)?,
                clients,
                time.clone(),
            )?),
            agent: Arc::new(Agent::new(
                &agent::Settings::read(&variable)?,
                clients,
                time.clone(),
            )),
            executor: Arc::new(Executor::new(
                executor::Settings::read(&variable)?,
                clients,
                time.clone(),
            )),
            approvals: Arc::new(Approvals::new(
                approvals::Settings::read(&variable)?,
                clients,
                time.clone(),
            )),
            outbound: Arc::new(Outbound::new(
                outbound::Settings::read(&variable)?,
                clients,
                time.clone(),
            )?),
            clock: Arc::new(Clock::new(clock::Settings::read(&variable)?, clients, time)),
        })
    }

    pub(super) fn handlers(&self) -> Handlers {
        let agent = self.agent.clone();
        let executor = self.executor.clone();
        let outbound = self.outbound.clone();
        Handlers {
            agent: infallible(move |event| {
                let agent = agent.clone();
                async move { agent.handle(event).await }
            }),
            executor: infallible(move |event| {
                let executor = executor.clone();
                async move { executor.handle(event).await }
            }),
            outbound: infallible(move |event| {
                let outbound = outbound.clone();
                async move { outbound.handle(event).await }
            }),
        }
    }
}

fn infallible<F, Fut>(function: F) -> Handler
where
    F: Fn(SqsEvent) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = SqsBatchResponse> + Send + 'static,
{
    handler(move |event| {
        let answer = function(event);
        async move { Ok::<_, HandlerError>(answer.await) }
    })
}
