//! What functions that run elsewhere reach outside of AWS: the simulated provider and the approver's
//! own endpoint.

use axum::Router;

use super::{AbortOnDrop, Environment, Inbox, Options, environment, listen, people};
use crate::{
    seed::Seed,
    simulator::{Simulator, SimulatorConfig, Statuses},
};

/// Both, on the first port. They end when this is dropped.
pub struct Outside(#[expect(dead_code, reason = "ends with its owner")] AbortOnDrop);

impl Outside {
    /// Serves them.
    ///
    /// # Errors
    /// In one sentence: a taken port.
    pub async fn start(
        options: &Options,
        environment: &Environment,
        seed: &Seed,
    ) -> anyhow::Result<Self> {
        let listener = listen(options.ports, 0).await?;
        let simulator = Simulator::new(SimulatorConfig {
            account_sid: environment::ACCOUNT_SID.to_owned(),
            auth_token: environment::AUTH_TOKEN.to_owned(),
            name: seed.company.name.clone(),
            number: seed.company.whatsapp.number.clone(),
            webhook_url: environment.webhook_url(seed),
            public_url: environment.webhook_url(seed),
            people: people(seed),
            clock: options.clock.clone(),
            store: None,
        })?;
        // Whoever invokes the functions tells them of statuses too: nobody takes callbacks here.
        simulator.set_statuses(Statuses::Held);
        let router: Router = simulator.router().merge(Inbox::default().router());
        Ok(Self(AbortOnDrop(tokio::spawn(async move {
            if let Err(error) = axum::serve(listener, router).await {
                tracing::error!(%error, "the simulated provider ended");
            }
        }))))
    }
}
