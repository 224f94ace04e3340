//! One HTTP client for every service, made when it is first needed.

use std::{sync::OnceLock, time::Duration};

use reqwest::{redirect, retry};

use crate::guard::Resolver;

/// For a connection with its TLS handshake. Past it a call counts as not sent.
const CONNECT: Duration = Duration::from_secs(3);

/// How long a connection that nobody uses is kept. Servers close theirs after 5 s at the earliest;
/// a call over one that is just being closed would be one of which nobody knows what came of it.
const IDLE: Duration = Duration::from_secs(4);

/// A client that reaches only what the resolver lets it. It follows no redirect, repeats nothing by
/// itself and goes through no proxy of the environment.
pub fn builder(resolver: Resolver) -> reqwest::ClientBuilder {
    reqwest::Client::builder()
        .dns_resolver(resolver)
        .redirect(redirect::Policy::none())
        // What is read is bounded, and must be what was sent.
        .no_gzip()
        .no_brotli()
        .no_deflate()
        .no_zstd()
        .retry(retry::never())
        .no_proxy()
        .connect_timeout(CONNECT)
        .tcp_nodelay(true)
        .pool_idle_timeout(IDLE)
        .user_agent(concat!("countersign/", env!("CARGO_PKG_VERSION")))
}

/// The client. Reading the root certificates takes its time, and a turn that calls no tool doesn't
/// pay for it.
#[derive(Debug)]
pub(crate) struct Lazy {
    resolver: Resolver,
    client: OnceLock<reqwest::Client>,
}

impl Lazy {
    pub fn new(resolver: Resolver) -> Self {
        Self {
            resolver,
            client: OnceLock::new(),
        }
    }

    /// The client; its connections are shared by every call.
    ///
    /// # Errors
    /// If the system's root certificates can't be read; says why.
    pub fn get(&self) -> Result<&reqwest::Client, String> {
        if let Some(client) = self.client.get() {
            return Ok(client);
        }
        let client = builder(self.resolver.clone()).build().map_err(|why| {
            format!("no HTTP client ({why}); check the system's root certificates")
        })?;
        Ok(self.client.get_or_init(|| client))
    }
}
