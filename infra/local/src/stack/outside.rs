//! What functions that run elsewhere reach outside of AWS: the simulated provider and the approver's
//! own endpoint.

use axum::Router;

use super::{AbortOnDrop, Environment, Inbox, Options, front::simulator, listen};
use crate::{seed::Seed, simulator::Statuses};

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
        let url = environment.get("PUBLIC_URL").unwrap_or_default();
        let simulator = simulator(seed, &url, options.clock.clone(), None)?;
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
