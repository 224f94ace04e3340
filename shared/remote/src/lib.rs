//! Tools that run elsewhere: HTTP services and MCP servers that a company configures.
//!
//! A [`RemoteTool`] and checked arguments go in, what the tool [`Said`] or a [`CallError`] comes
//! out. Nothing is decided here: whether a tool may be called, and what is done when nobody knows
//! what came of it, is the caller's.
//!
//! - **Nothing is repeated**, and no redirect is followed. [`CallError`] tells apart what surely did
//!   not happen from what may have.
//! - **The network is closed** to addresses that are not public ([`guard`]), after the name was
//!   resolved and on every connection, unless who runs this program opens it.
//! - **Secrets are named, not written**: a header's `{secret:NAME}` is filled in from the setting
//!   `TOOL_SECRETS` when a call is made. What a service says has them taken out.
//! - **What a service says is bounded**: 1 MB is read and 16 KB are kept.
//!
//! rmcp's own log lines print bodies, so who sets up the log turns the target `rmcp` off.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used))]

pub mod client;
mod error;
pub mod guard;
mod headers;
mod mcp;
mod said;
mod settings;
mod web;

pub use self::{
    error::CallError,
    mcp::Listed,
    said::{MOST_TEXT, Said},
    settings::{Settings, parse_secrets},
};

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use countersign_core::{
    Secret,
    registry::Effect,
    remote::{RemoteTool, Way},
};
use serde_json::Value;
use tokio::time::timeout;

use self::{
    client::Lazy,
    guard::{Network, Resolver},
    mcp::{Mcp, Older},
};

/// The tools that run elsewhere. Clones are the same ones and share their connections.
#[derive(Debug, Clone)]
pub struct Remote(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    secrets: BTreeMap<String, Secret>,
    network: Network,
    client: Lazy,
    older: Older,
}

impl Remote {
    /// The tools of these settings. Nothing is connected or read yet.
    pub fn new(settings: Settings) -> Self {
        let resolver = Resolver::new(settings.network);
        Self::with_resolver(settings.secrets, resolver)
    }

    /// The same with another way to find a name's addresses.
    pub fn with_resolver(secrets: BTreeMap<String, Secret>, resolver: Resolver) -> Self {
        Self(Arc::new(Inner {
            secrets,
            network: resolver.network(),
            client: Lazy::new(resolver),
            older: Older::default(),
        }))
    }

    /// Calls a tool once, for as long as it may take and `within` a time. The arguments are those
    /// that [`RemoteTool::read_arguments`] gave. A tool that changes something is told the `key`, so
    /// that the same call takes effect once if the service keeps to it.
    ///
    /// # Errors
    /// See [`CallError`].
    pub async fn call(
        &self,
        tool: &RemoteTool,
        arguments: &Value,
        key: &str,
        within: Duration,
    ) -> Result<Said, CallError> {
        let limit = Duration::from_secs(tool.timeout_seconds.into()).min(within);
        if limit.is_zero() {
            return Err(CallError::NotSent("no time was left for it".to_owned()));
        }
        let Inner {
            secrets, network, ..
        } = &*self.0;
        let client = self.0.client.get().map_err(CallError::NotSent)?;
        let key = match tool.effect {
            Effect::Some | Effect::PassesOn => Some(key),
            Effect::None => None,
        };
        match &tool.way {
            Way::Http(way) => {
                let call = web::call(client, *network, secrets, way, arguments, key);
                timeout(limit, call).await.unwrap_or_else(|_| {
                    Err(CallError::Unknown(format!(
                        "it had not answered when the {limit:?} for it were over"
                    )))
                })
            }
            Way::Mcp(way) => self.mcp(client, limit).call(way, arguments, key).await,
        }
    }

    /// The tools that an MCP server says it has, 200 at most, for who configures them. The headers
    /// are as in [`McpWay::headers`](countersign_core::remote::McpWay::headers).
    ///
    /// # Errors
    /// See [`CallError`].
    pub async fn list(
        &self,
        server: &str,
        headers: &BTreeMap<String, String>,
        within: Duration,
    ) -> Result<Vec<Listed>, CallError> {
        let client = self.0.client.get().map_err(CallError::NotSent)?;
        self.mcp(client, within).list(server, headers).await
    }

    fn mcp<'a>(&'a self, client: &'a reqwest::Client, limit: Duration) -> Mcp<'a> {
        let Inner {
            secrets,
            network,
            older,
            ..
        } = &*self.0;
        Mcp {
            client,
            network: *network,
            secrets,
            older,
            limit,
        }
    }
}

#[cfg(test)]
mod tests;
