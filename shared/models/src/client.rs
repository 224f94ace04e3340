//! One HTTP client for every provider, made when it is first needed.

use std::{
    fmt,
    sync::{Arc, Mutex, OnceLock, PoisonError},
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

/// The HTTP client, and genai over it. Reading the root certificates takes its time, and a turn that
/// asks no model doesn't pay for it.
#[derive(Default)]
pub(crate) struct Lazy {
    made: OnceLock<Clients>,
    /// Held by whoever makes them, so that they are made once.
    under_way: Mutex<()>,
}

/// They share their connections.
pub(crate) struct Clients {
    pub(crate) genai: genai::Client,
    /// For what genai has no words for.
    pub(crate) http: reqwest::Client,
}

impl Lazy {
    /// The clients; their connections are shared by every provider.
    ///
    /// # Errors
    /// If the system's root certificates can't be read; says why.
    pub(crate) fn get(&self, patience: &Patience) -> Result<&Clients, String> {
        if let Some(made) = self.made.get() {
            return Ok(made);
        }
        let _under_way = self
            .under_way
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(made) = self.made.get() {
            return Ok(made);
        }
        let no_client =
            |why: String| format!("no HTTP client ({why}); check the system's root certificates");
        let http = http(patience).map_err(|why| no_client(why.to_string()))?;
        let genai = genai::Client::builder().with_reqwest(http.clone()).build();
        let genai = genai.map_err(|why| no_client(why.to_string()))?;
        Ok(self.made.get_or_init(|| Clients { genai, http }))
    }
}

/// It follows no redirect, repeats nothing by itself and goes through no proxy of the environment.
fn http(patience: &Patience) -> reqwest::Result<reqwest::Client> {
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
