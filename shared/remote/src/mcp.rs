//! Tools of MCP servers, over streamable HTTP. Only this module names rmcp, whose major versions
//! follow each other quickly.
//!
//! Each call has a session of its own: a function may be frozen and thawed between two, and a
//! session that a server closed meanwhile would only be found out by the call. What a server says of
//! its tools is shown to whoever configures them ([`list`](crate::Remote::list)); models are told
//! what the company keeps, which a server can't change afterwards.

mod wire;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Mutex, PoisonError},
    time::Duration,
};

use countersign_core::{Secret, remote::McpWay};
use reqwest::Client;
use rmcp::{
    ClientLifecycleMode, ClientServiceExt, RoleClient,
    model::{
        CallToolRequestParams, CallToolResponse, CallToolResult, ClientCapabilities, ClientConfig,
        ContentBlock, ErrorCode, ErrorData, Implementation, MetaObject, PaginatedRequestParams,
        ProtocolVersion, RequestMetaObject,
    },
    service::{ClientInitializeError, RunningService, ServiceError},
    transport::streamable_http_client::{
        StreamableHttpClientTransport, StreamableHttpClientTransportConfig,
    },
};
use serde_json::{Map, Value};
use tokio::time::{Instant, timeout_at};

use self::wire::{Trouble, Wire};
use crate::{
    error::CallError,
    guard::Network,
    headers::headers,
    said::{Rest, Said, cut, words},
    web::allowed,
};

/// The most tools of a server that are listed.
const MOST_TOOLS: usize = 200;
/// The most pages: a server could give empty ones for ever.
const MOST_PAGES: usize = 50;
/// How long the end of a session is waited for, if there is time. The call is over by then.
const CLOSING: Duration = Duration::from_millis(500);
/// The name of the idempotency key in a call's `_meta`.
const KEY: &str = "countersign/idempotency-key";

/// A tool as an MCP server describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// What it is called there.
    pub name: String,
    /// What it does, as far as the server says.
    pub description: String,
    /// JSON Schema of its arguments.
    pub schema: Value,
    /// Whether the server says that it changes nothing. Only who runs the server knows.
    pub reads_only_hint: bool,
}

/// Servers of this process that speak an older protocol, so that they aren't asked for the newest
/// each time.
#[derive(Debug, Default)]
pub(crate) struct Older(Mutex<BTreeSet<String>>);

impl Older {
    fn set<T>(&self, with: impl FnOnce(&mut BTreeSet<String>) -> T) -> T {
        with(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// What a session needs.
pub(crate) struct Mcp<'a> {
    pub client: &'a Client,
    pub network: Network,
    pub secrets: &'a BTreeMap<String, Secret>,
    pub older: &'a Older,
    pub limit: Duration,
}

/// A session that is open.
struct Session {
    running: RunningService<RoleClient, ClientConfig>,
    wire: Wire,
    limit: Duration,
}

impl Mcp<'_> {
    /// Calls a tool. Where the server has forgotten the session by then it has done nothing, and is
    /// called once more in a new one.
    pub async fn call(
        &self,
        way: &McpWay,
        arguments: &Value,
        key: Option<&str>,
    ) -> Result<Said, CallError> {
        let deadline = Instant::now() + self.limit;
        let mut params = CallToolRequestParams::new(way.tool.clone());
        params.arguments = arguments.as_object().cloned();
        if let Some(key) = key {
            let meta = Map::from_iter([(KEY.to_owned(), key.into())]);
            params.meta = Some(RequestMetaObject(MetaObject(meta)));
        }
        let mut is_again = false;
        loop {
            let session = self.open(&way.server, &way.headers, deadline).await?;
            let call = session.running.call_tool_once(params.clone());
            let answer = timeout_at(deadline, call).await;
            let trouble = session.wire.trouble();
            let is_expired = matches!(trouble, Some(Trouble::Expired));
            let said = match (answer, trouble) {
                (Err(_), _) => Err(session.over()),
                (Ok(Ok(response)), _) => session.response(response),
                (Ok(Err(_)), Some(Trouble::TooLong)) => Ok(Said {
                    text: "(its answer is longer than 1 MB and can't be read; ask for less)"
                        .to_owned(),
                }),
                (Ok(Err(error)), trouble) => Err(session.meaning(error, trouble)),
            };
            session.close(deadline).await;
            if !is_expired || is_again {
                return said;
            }
            is_again = true;
        }
    }

    /// The tools of a server.
    pub async fn list(
        &self,
        server: &str,
        headers: &BTreeMap<String, String>,
    ) -> Result<Vec<Listed>, CallError> {
        let deadline = Instant::now() + self.limit;
        let session = self.open(server, headers, deadline).await?;
        let mut tools = Vec::new();
        let mut cursor = None;
        for _ in 0..MOST_PAGES {
            let page = PaginatedRequestParams::default().with_cursor(cursor);
            let page = timeout_at(deadline, session.running.list_tools(Some(page))).await;
            let page = match page {
                Ok(Ok(page)) => page,
                Ok(Err(error)) => return Err(session.meaning(error, session.wire.trouble())),
                Err(_) => return Err(session.over()),
            };
            tools.extend(page.tools.into_iter().map(|tool| {
                Listed {
                    name: tool.name.into_owned(),
                    description: tool.description.unwrap_or_default().into_owned(),
                    schema: Value::Object((*tool.input_schema).clone()),
                    reads_only_hint: tool
                        .annotations
                        .and_then(|hints| hints.read_only_hint)
                        .unwrap_or(false),
                }
            }));
            cursor = page.next_cursor;
            if cursor.is_none() || tools.len() >= MOST_TOOLS {
                break;
            }
        }
        session.close(deadline).await;
        tools.truncate(MOST_TOOLS);
        Ok(tools)
    }

    async fn open(
        &self,
        server: &str,
        configured: &BTreeMap<String, String>,
        deadline: Instant,
    ) -> Result<Session, CallError> {
        let url = allowed(server, self.network)?;
        let wire = Wire::new(self.client.clone(), headers(configured, self.secrets)?);
        let mut config = StreamableHttpClientTransportConfig::with_uri(url.as_str());
        config.reinit_on_expired_session = false;
        let transport = StreamableHttpClientTransport::with_client(wire.clone(), config);
        let program = Implementation::new("countersign", env!("CARGO_PKG_VERSION"));
        let program = ClientConfig::new(ClientCapabilities::default(), program)
            .with_protocol_version(ProtocolVersion::LATEST_WITH_INITIALIZE);
        let lifecycle = if self.older.set(|known| known.contains(server)) {
            ClientLifecycleMode::Initialize
        } else {
            ClientLifecycleMode::Auto {
                preferred_versions: vec![ProtocolVersion::LATEST],
                legacy_version: None,
            }
        };
        let opening = program.serve_with_lifecycle(transport, lifecycle);
        let running = match timeout_at(deadline, opening).await {
            Ok(Ok(running)) => running,
            Ok(Err(error)) => return Err(unopened(&wire, error)),
            Err(_) => {
                return Err(CallError::NotSent(format!(
                    "the MCP server had opened no session when the {:?} for it were over",
                    self.limit
                )));
            }
        };
        let version = running
            .peer_info()
            .map(|info| info.protocol_version.clone());
        if version.is_some_and(|version| version.has_initialize()) {
            self.older.set(|known| known.insert(server.to_owned()));
        }
        Ok(Session {
            running,
            wire,
            limit: self.limit,
        })
    }
}

/// Why there is no session. Whatever it is, no tool was called.
fn unopened(wire: &Wire, error: ClientInitializeError) -> CallError {
    match (wire.trouble(), error) {
        (Some(Trouble::Error(CallError::Unknown(why))), _) => {
            CallError::NotSent(format!("the MCP server opened no session ({why})"))
        }
        (Some(Trouble::Error(error)), _) => error,
        (_, ClientInitializeError::JsonRpcError(error)) => CallError::Refused {
            status: None,
            said: words(error.message.into_owned(), wire.hidden()),
        },
        _ => CallError::NotSent(
            "the MCP server opened no session (it keeps to no protocol that is known here)"
                .to_owned(),
        ),
    }
}

impl Session {
    /// What it means that the time was over before the answer came.
    fn over(&self) -> CallError {
        let limit = self.limit;
        if self.wire.was_called() {
            CallError::Unknown(format!(
                "it had not answered when the {limit:?} for it were over"
            ))
        } else {
            CallError::NotSent(format!("the {limit:?} for it were over"))
        }
    }

    fn response(&self, response: CallToolResponse) -> Result<Said, CallError> {
        let refused = |said: &str| {
            Err(CallError::Refused {
                status: None,
                said: said.to_owned(),
            })
        };
        match response {
            CallToolResponse::Complete(result) if result.is_error == Some(true) => {
                refused(&words(blocks(&result.content), self.wire.hidden()))
            }
            CallToolResponse::Complete(result) => {
                let text = self.wire.hidden().answer(shown(result));
                Ok(Said {
                    text: cut(text, Rest::None),
                })
            }
            CallToolResponse::InputRequired(_) => {
                refused("the tool wants to ask a person, and there is none it could ask")
            }
            _ => Err(CallError::Unknown(
                "it goes on without saying what comes of it".to_owned(),
            )),
        }
    }

    fn meaning(&self, error: ServiceError, trouble: Option<Trouble>) -> CallError {
        let unknown = |why: &str| match self.wire.was_called() {
            true => CallError::Unknown(why.to_owned()),
            false => CallError::NotSent(why.to_owned()),
        };
        match (trouble, error) {
            (Some(Trouble::Error(error)), _) => error,
            (Some(Trouble::Expired), _) => {
                CallError::NotSent("the MCP server forgets its sessions at once".to_owned())
            }
            (Some(Trouble::TooLong), _) => unknown("its answer is longer than 1 MB"),
            (None, ServiceError::McpError(ErrorData { code, message, .. })) => {
                let said = words(message.into_owned(), self.wire.hidden());
                // Only these say that the tool had not begun.
                match code {
                    ErrorCode::PARSE_ERROR
                    | ErrorCode::INVALID_REQUEST
                    | ErrorCode::METHOD_NOT_FOUND
                    | ErrorCode::INVALID_PARAMS => CallError::Refused { status: None, said },
                    _ => unknown(&format!("it failed within: {said}")),
                }
            }
            (None, _) => unknown("it gave no answer that the protocol knows"),
        }
    }

    async fn close(self, deadline: Instant) {
        let until = deadline.min(Instant::now() + CLOSING);
        let _ = timeout_at(until, self.running.cancel()).await;
    }
}

/// A result as a model reads it. A structured one says it all; its text is for clients that can't
/// read that.
fn shown(result: CallToolResult) -> String {
    let text = match result.structured_content {
        Some(json) if !json.is_null() => json.to_string(),
        _ => blocks(&result.content),
    };
    if text.is_empty() {
        "(it said nothing)".to_owned()
    } else {
        text
    }
}

fn blocks(content: &[ContentBlock]) -> String {
    let block = |block: &ContentBlock| match block {
        ContentBlock::Text(text) => text.text.clone(),
        ContentBlock::Image(image) => format!("(an image, {:.60})", image.mime_type),
        ContentBlock::Audio(audio) => format!("(a sound, {:.60})", audio.mime_type),
        ContentBlock::ResourceLink(link) => format!("(a link to {:.200})", link.uri),
        _ => "(a resource)".to_owned(),
    };
    content.iter().map(block).collect::<Vec<_>>().join("\n")
}
