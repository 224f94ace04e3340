//! One HTTP client for every provider, made when it is first needed.

use std::{
    fmt,
    sync::{Arc, OnceLock},
    time::Duration,
};

use futures::future::BoxFuture;
use reqwest::{redirect, retry};

/// How long a question may take, and how the time between two tries passes.
#[derive(Clone)]
pub struct Patience {
    /// For a connection with its TLS handshake.
    pub connect: Duration,
    /// The longest silence: until the answer begins, and then between any two pieces of it.
    pub stall: Duration,
    /// Waits between two tries.
    pub wait: Wait,
}

/// Returns when the time has passed. Tests give one that only writes the time down.
pub type Wait = Arc<dyn Fn(Duration) -> BoxFuture<'static, ()> + Send + Sync>;

impl Default for Patience {
    /// 3 s to connect, 20 s of silence, and waits on the clock.
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(3),
            stall: Duration::from_secs(20),
            wait: Arc::new(|time| Box::pin(tokio::time::sleep(time))),
        }
    }
}

impl fmt::Debug for Patience {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Patience")
            .field("connect", &self.connect)
            .field("stall", &self.stall)
            .finish_non_exhaustive()
    }
}

/// genai over the HTTP client. Reading the root certificates takes its time, and a turn that asks
/// no model doesn't pay for it.
#[derive(Default)]
pub(crate) struct Lazy(OnceLock<genai::Client>);

impl Lazy {
    /// The client; its connections are shared by every provider.
    ///
    /// # Errors
    /// If the system's root certificates can't be read; says why.
    pub(crate) fn get(&self, patience: &Patience) -> Result<&genai::Client, String> {
        if let Some(client) = self.0.get() {
            return Ok(client);
        }
        let http = http(patience).map_err(|why| why.to_string())?;
        let client = genai::Client::builder().with_reqwest(http).build();
        let client = client.map_err(|why| why.to_string())?;
        Ok(self.0.get_or_init(|| client))
    }
}

/// It follows no redirect, repeats nothing by itself and goes through no proxy of the environment.
pub(crate) fn http(patience: &Patience) -> reqwest::Result<reqwest::Client> {
    reqwest::Client::builder()
        .redirect(redirect::Policy::none())
        .retry(retry::never())
        .no_proxy()
        .connect_timeout(patience.connect)
        .tcp_nodelay(true)
        // A function may be frozen between two calls, and connections die meanwhile. Asking again
        // over a new one is harmless but costs what was read.
        .pool_idle_timeout(Duration::from_secs(20))
        .build()
}
