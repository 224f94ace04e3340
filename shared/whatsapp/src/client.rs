//! How the providers are reached: one HTTP client for all numbers.

use std::{
    sync::{Arc, Mutex, OnceLock, PoisonError},
    thread,
    time::Duration,
};

use reqwest::{Client, redirect, retry};
use url::Url;

/// How long a call may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeouts {
    /// To connect, TLS included. What fails within it was certainly not sent.
    pub connect: Duration,
    /// The whole call, its connection and answer included.
    pub total: Duration,
}

impl Timeouts {
    /// 3 seconds to connect, 10 in all: providers answer within one, and a call that is cut short
    /// leaves a message whose fate is unknown.
    pub const DEFAULT: Self = Self {
        connect: Duration::from_secs(3),
        total: Duration::from_secs(10),
    };
}

impl Default for Timeouts {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// A setting that can't be used. It doesn't quote the value, which may be a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{provider} setting {setting}: wants {wants}")]
pub struct InvalidConfig {
    pub(crate) provider: &'static str,
    pub(crate) setting: &'static str,
    pub(crate) wants: &'static str,
}

/// An HTTP client that is made when it is first used: reading the root certificates takes its time,
/// and not everybody who could call does. Clones are the same one, and share its connections.
#[derive(Debug, Clone, Default)]
pub struct HttpClient(Arc<Making>);

#[derive(Debug, Default)]
struct Making {
    client: OnceLock<Client>,
    /// Held by whoever makes it, so that it is made once.
    under_way: Mutex<()>,
}

impl HttpClient {
    /// The client. It follows no redirect, repeats nothing by itself and goes through no proxy of
    /// the environment. The first call sets its timeouts.
    ///
    /// # Errors
    /// If the system's root certificates can't be read.
    pub fn get(&self, timeouts: Timeouts) -> reqwest::Result<&Client> {
        let Making { client, under_way } = &*self.0;
        if let Some(client) = client.get() {
            return Ok(client);
        }
        let _under_way = under_way.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = client.get() {
            return Ok(client);
        }
        let made = build(timeouts)?;
        Ok(client.get_or_init(|| made))
    }

    /// Begins to make it on a thread of its own, for somebody who is about to need it and has other
    /// things to do first. What goes wrong is told by [`HttpClient::get`].
    pub fn prepare(&self, timeouts: Timeouts) {
        let this = self.clone();
        let thread = thread::Builder::new().name("roots".to_owned());
        // Without a thread, or when it fails, whoever needs it makes it.
        let _ = thread.spawn(move || this.get(timeouts).is_ok());
    }
}

fn build(timeouts: Timeouts) -> reqwest::Result<Client> {
    Client::builder()
        .redirect(redirect::Policy::none())
        .retry(retry::never())
        .no_proxy()
        .connect_timeout(timeouts.connect)
        .timeout(timeouts.total)
        .tcp_nodelay(true)
        // A function may be frozen between two calls; what it then writes into a connection that
        // died meanwhile may or may not have been sent.
        .pool_idle_timeout(Duration::from_secs(5))
        .build()
}

/// Whether `text` is an address that paths can be put after.
pub(crate) fn is_base_url(text: &str) -> bool {
    Url::parse(text).is_ok_and(|url| {
        matches!(url.scheme(), "http" | "https")
            && text.starts_with(&format!("{}://", url.scheme()))
            && url.username().is_empty()
            && url.password().is_none()
            && url.query().is_none()
            && url.fragment().is_none()
            && !text.ends_with('/')
    })
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;

    /// Whoever needs it later finds it made, and waits for it while it is being made.
    #[test]
    fn f5_a_client_is_prepared_beside() {
        let client = HttpClient::default();
        let under_way = client.0.under_way.lock().unwrap();
        client.prepare(Timeouts::DEFAULT);
        let other = client.clone();
        let waits = thread::spawn(move || other.get(Timeouts::DEFAULT).is_ok());
        assert!(client.0.client.get().is_none());
        drop(under_way);
        let limit = Instant::now() + Duration::from_secs(20);
        while client.0.client.get().is_none() {
            assert!(Instant::now() < limit, "nobody made it");
            thread::yield_now();
        }
        assert!(waits.join().unwrap());
    }
}
