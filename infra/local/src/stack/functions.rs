//! The real functions, in this process.

use std::{sync::Arc, time::Duration};

use agent::Agent;
use approvals::Approvals;
use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use clock::Clock;
use countersign_aws::{Clients, Clock as TimeSource, schema};
use executor::Executor;
use ingress::Ingress;
use outbound::Outbound;

use super::Environment;
use crate::pump::{Handler, HandlerError, Kind, Mapping, handler};

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

    pub(super) fn mappings(&self, environment: &Environment) -> Vec<Mapping> {
        let agent = self.agent.clone();
        let executor = self.executor.clone();
        let outbound = || {
            let outbound = self.outbound.clone();
            infallible(move |event| {
                let outbound = outbound.clone();
                async move { outbound.handle(event).await }
            })
        };
        let handlers = [
            (
                schema::INBOUND,
                infallible(move |event| {
                    let agent = agent.clone();
                    async move { agent.handle(event).await }
                }),
            ),
            (
                schema::EXECUTIONS,
                infallible(move |event| {
                    let executor = executor.clone();
                    async move { executor.handle(event).await }
                }),
            ),
            (schema::OUTBOUND, outbound()),
            (schema::STATUSES, outbound()),
            (schema::WEBHOOKS, outbound()),
        ];
        handlers
            .into_iter()
            .map(|(queue, handler)| Mapping {
                queue_url: environment.get(queue.variable).unwrap_or_default(),
                batch_size: queue.batch.into(),
                max_concurrency: 5,
                kind: if queue.is_fifo() {
                    Kind::Fifo
                } else {
                    Kind::Standard
                },
                timeout: Duration::from_secs((queue.visibility / 6).into()),
                handler,
            })
            .collect()
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
