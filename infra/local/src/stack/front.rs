//! What stands before and beside the functions on this machine: the simulated provider, the
//! approver's endpoint, and the HTTP gateway. Alone, it stands before functions that run elsewhere.

use std::{net::SocketAddr, path::PathBuf, sync::Arc};

use countersign_aws::Clock;
use tokio::net::TcpListener;

use super::{
    AbortOnDrop, Environment, Inbox, Ports,
    backend::{Backend, Handlers},
    embedded_aws::listen,
    environment, gateway,
};
use crate::{
    lambda::{InvokeApi, Remote},
    pump::Mapping,
    seed::{Role, Seed},
    simulator::{MetaConfig, SimPerson, SimRole, Simulator, SimulatorConfig, SimulatorError},
};

/// Phones and gateway before functions that run elsewhere, behind Lambda's Invoke API. It has no
/// AWS of its own, and keeps conversations in `store`, if anywhere. It ends when it is dropped.
pub struct Front {
    /// The page and API.
    pub address: SocketAddr,
    /// The simulated provider.
    pub simulator: Simulator,
    /// The approver's own endpoint.
    pub inbox: Inbox,
    /// What company the phones show.
    pub seed: Seed,
    /// The functions.
    pub remote: Remote,
    _serving: AbortOnDrop,
}

impl Front {
    /// Starts it. No function is called before a request comes.
    ///
    /// # Errors
    /// In one sentence: a taken port.
    pub async fn start(
        ports: Ports,
        clock: Arc<dyn Clock>,
        functions: InvokeApi,
        store: Option<PathBuf>,
    ) -> anyhow::Result<Self> {
        let listener = listen(ports, 0).await?;
        let address = listener.local_addr()?;
        let seed = crate::seed::load()?;
        let simulator = simulator(&seed, &format!("http://{address}"), clock.clone(), store)?;
        let inbox = Inbox::default();
        let remote = Remote::new(functions, clock);
        let backend = Backend::Elsewhere(remote.clone());
        Ok(Self {
            address,
            _serving: serve(listener, backend, &simulator, &inbox),
            simulator,
            inbox,
            seed,
            remote,
        })
    }

    /// The queues that the environment names, each with the function that empties it.
    pub fn mappings(&self, environment: &Environment) -> Vec<Mapping> {
        Handlers::elsewhere(&self.remote).mappings(environment)
    }

    /// The base URL of page and API.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

/// The provider of the company's number, whose webhooks go to the gateway at `url`.
pub(super) fn simulator(
    seed: &Seed,
    url: &str,
    clock: Arc<dyn Clock>,
    store: Option<PathBuf>,
) -> Result<Simulator, SimulatorError> {
    let webhook_url = format!("{url}/webhooks/twilio/{}", seed.company.whatsapp.endpoint);
    Simulator::new(SimulatorConfig {
        account_sid: environment::ACCOUNT_SID.to_owned(),
        auth_token: environment::AUTH_TOKEN.to_owned(),
        name: seed.company.name.clone(),
        number: seed.company.whatsapp.number.clone(),
        public_url: webhook_url.clone(),
        webhook_url,
        api_url: url.to_owned(),
        meta: seed.company.meta.as_ref().map(|meta| MetaConfig {
            phone_number_id: environment::META_PHONE_NUMBER_ID.to_owned(),
            account_id: environment::META_ACCOUNT_ID.to_owned(),
            access_token: environment::META_ACCESS_TOKEN.to_owned(),
            app_secret: environment::META_APP_SECRET.to_owned(),
            number: meta.number.clone(),
            webhook_url: format!("{url}/webhooks/meta/{}", meta.endpoint),
        }),
        people: people(seed),
        templates: seed.templates.clone(),
        clock,
        store,
    })
}

/// Serves gateway and pages until the result is dropped.
pub(super) fn serve(
    listener: TcpListener,
    backend: Backend,
    simulator: &Simulator,
    inbox: &Inbox,
) -> AbortOnDrop {
    let router = gateway::router(backend, simulator, inbox);
    AbortOnDrop(tokio::spawn(async move {
        if let Err(error) = axum::serve(listener, router).await {
            tracing::error!(%error, "the local gateway ended");
        }
    }))
}

fn people(seed: &Seed) -> Vec<SimPerson> {
    seed.company
        .people
        .iter()
        .map(|person| SimPerson {
            name: person.name.clone(),
            number: person.number.clone(),
            role: match person.role {
                Role::Approver => SimRole::Approver,
                Role::Staff | Role::Customer => SimRole::Customer,
            },
        })
        .collect()
}
