//! Tools that run elsewhere, as a company configures them: HTTP services and MCP servers.

mod arguments;
mod check;
mod header;
mod request;
mod schema;
mod template;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use self::{
    arguments::MOST_ARGUMENTS,
    check::{MOST_DESCRIPTION, MOST_TIMEOUT, WrongTool},
    header::{header, secret_names},
    request::{MOST_URL, Request},
    schema::MOST_SCHEMA,
};
use crate::{
    ContentHash,
    registry::{Audience, Effect},
};

/// A tool that runs elsewhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RemoteTool {
    /// Its name: 1 to 64 of a-z, 0-9, `_` and `-`, and no built-in tool's.
    pub name: String,
    /// What it does and when to call it, for models.
    pub description: String,
    /// For whom it is called.
    pub audience: Audience,
    /// Whether calling it changes anything. What changes something waits for a person's decision,
    /// unless a rule of the company's says otherwise.
    pub effect: Effect,
    /// Whether it may be called again with the same idempotency key when nobody knows what came of
    /// the first call.
    #[serde(default)]
    pub repeat: Repeat,
    /// Whether the customer must have shown who they are.
    #[serde(default)]
    pub identity: Identity,
    /// How long a call may take, in seconds, 1 to 25.
    #[serde(default = "usual_timeout")]
    pub timeout_seconds: u16,
    /// Whether it is offered and called at all.
    pub enabled: bool,
    /// JSON Schema (draft 2020-12) of its arguments: an object.
    pub schema: Value,
    /// Where it is.
    pub way: Way,
}

/// Whether a call may be repeated.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Repeat {
    /// It may not: what may have happened is for a person to find out.
    #[default]
    Never,
    /// It may: the same key takes effect once.
    Safe,
}

/// Whether a tool needs to know who asks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Identity {
    /// The number that wrote is enough.
    #[default]
    Number,
    /// A one-time code, sent to that number, was given back in this conversation.
    Code,
}

/// Where a tool is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Way {
    /// A request.
    Http(HttpWay),
    /// A tool of an MCP server, over streamable HTTP.
    Mcp(McpWay),
}

/// A request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HttpWay {
    /// How.
    pub method: Method,
    /// Where, with `{argument}` for arguments of the path and query. What the template does not
    /// name goes into the query of a GET and DELETE, and into the JSON body of the others.
    pub url: String,
    /// Sent with it; `{secret:NAME}` stands for a secret of the setting `TOOL_SECRETS`.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
}

/// HTTP methods.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Method {
    /// Reads.
    Get,
    /// Does.
    Post,
    /// Puts.
    Put,
    /// Changes.
    Patch,
    /// Removes.
    Delete,
}

/// A tool of an MCP server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct McpWay {
    /// The server's endpoint.
    pub server: String,
    /// What the tool is called there.
    pub tool: String,
    /// As for [`HttpWay::headers`].
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
}

impl RemoteTool {
    /// A digest of what a call of it does: what it is called, where it is and how it is called. Who
    /// approves a call approves it of this tool and of no other that takes its name.
    pub fn definition(&self) -> ContentHash {
        let Self {
            name,
            effect,
            repeat,
            schema,
            way,
            ..
        } = self;
        let defined = (name, effect, repeat, schema, way);
        // A tool without one is no tool that was ever approved.
        let canonical = serde_json_canonicalizer::to_vec(&defined).unwrap_or_default();
        ContentHash::of(&canonical)
    }
}

const fn usual_timeout() -> u16 {
    10
}

#[cfg(test)]
mod tests;
