//! What a function is made of its settings, kept up to date while it runs.

use std::{error::Error, sync::Arc, time::Duration};

use jiff::Timestamp;
use tokio::sync::Mutex;

use super::{
    Values,
    references::{Patience, Sources},
};
use crate::{Clients, Clock, clock::local_clock};

/// Values that are kept elsewhere are fetched again after so long.
const FRESH: Duration = Duration::from_secs(5 * 60);
/// After they could not be had, or were wrong, they are tried again after so long.
const AGAIN: Duration = Duration::from_secs(30);

type Failed = Box<dyn Error + Send + Sync>;

/// What a function starts with.
pub struct Start<'a> {
    /// Looks a setting up.
    pub variable: &'a dyn Fn(&str) -> Option<String>,
    /// The clients it calls AWS with.
    pub clients: &'a Clients,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
}

type Make<T> = fn(Start<'_>) -> Result<T, Failed>;

/// A function made of its settings. Settings that refer to Secrets Manager or Parameter Store are
/// fetched at the start and, every five minutes, with the next invocation; when they have changed,
/// the function is made anew. One that can't be had or is wrong then changes nothing but the logs.
pub struct Fresh<T> {
    sources: Sources,
    clients: Clients,
    clock: Arc<dyn Clock>,
    make: Make<T>,
    state: Mutex<State<T>>,
}

struct State<T> {
    function: Arc<T>,
    values: Values,
    fetch_at: Timestamp,
}

impl<T> Fresh<T> {
    /// The function that `make` makes of the process's environment, by the machine's clock or, in
    /// front of a local stack, the one that `LOCAL_CLOCK` stops.
    ///
    /// # Errors
    /// Names every setting that is wrong or can't be had.
    pub async fn start(make: Make<T>) -> Result<Self, Failed> {
        let environment = Values::environment();
        let variable = |name: &str| environment.get(name);
        let clients = Clients::from_env(&variable)?;
        let clock = local_clock(&variable)?;
        Self::new(environment, clients, clock, make).await
    }

    /// The function that `make` makes of `environment`.
    ///
    /// # Errors
    /// Names every setting that is wrong or can't be had.
    pub async fn new(
        environment: Values,
        clients: Clients,
        clock: Arc<dyn Clock>,
        make: Make<T>,
    ) -> Result<Self, Failed> {
        let sources = Sources::new(environment);
        let values = sources.fetch(&clients, Patience::Start).await?;
        let function = make(Start {
            variable: &|name| values.get(name),
            clients: &clients,
            clock: clock.clone(),
        })?;
        let state = State {
            function: Arc::new(function),
            values,
            fetch_at: clock.now() + FRESH,
        };
        Ok(Self {
            sources,
            clients,
            clock,
            make,
            state: Mutex::new(state),
        })
    }

    /// The function as its settings want it now.
    pub async fn get(&self) -> Arc<T> {
        let mut state = self.state.lock().await;
        if self.sources.refer() && state.fetch_at <= self.clock.now() {
            let wait = match self.refresh(&mut state).await {
                Ok(()) => FRESH,
                Err(error) => {
                    tracing::error!(%error, "ALARM: settings can't be renewed; those before stay in use");
                    AGAIN
                }
            };
            state.fetch_at = self.clock.now() + wait;
        }
        state.function.clone()
    }

    async fn refresh(&self, state: &mut State<T>) -> Result<(), Failed> {
        let values = self.sources.fetch(&self.clients, Patience::Renewal).await?;
        if values != state.values {
            let function = (self.make)(Start {
                variable: &|name| values.get(name),
                clients: &self.clients,
                clock: self.clock.clone(),
            })?;
            state.function = Arc::new(function);
            state.values = values;
            tracing::info!("settings have changed and are in use");
        }
        Ok(())
    }
}
