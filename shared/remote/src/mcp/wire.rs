//! The messages of a session, over our HTTP client. rmcp's own transport would open a second stream,
//! take up a broken one again and begin a session anew by itself; this one sends each message once
//! and writes down what became of it.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use countersign_core::registry::Effect;
use futures::{StreamExt, stream, stream::BoxStream};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use reqwest::{Client, Response};
use rmcp::{
    model::{
        ClientJsonRpcMessage, ClientRequest, ErrorData, JsonRpcMessage, RequestId,
        ServerJsonRpcMessage,
    },
    transport::streamable_http_client::{
        SseError, StreamableHttpClient, StreamableHttpError, StreamableHttpPostResponse,
    },
};
use sse_stream::{Sse, SseStream};

use crate::{
    error::CallError,
    headers::{Headers, Hidden},
    said::{Kind, MOST_WIRE, Rest, read, refusal, words},
    web::{cause, not_answered, refused},
};

const SESSION: HeaderName = HeaderName::from_static("mcp-session-id");

/// How long a server is told that its session is over.
const GOODBYE: Duration = Duration::from_secs(1);

/// Sends the messages of one session. Clones are the same session.
#[derive(Clone)]
pub(super) struct Wire {
    client: Client,
    headers: Arc<Headers>,
    state: Arc<Mutex<State>>,
}

/// What became of a session's messages.
#[derive(Default)]
struct State {
    /// Whether a tool's call was sent.
    called: bool,
    trouble: Option<Trouble>,
}

/// What went wrong with the newest message.
#[derive(Clone)]
pub(super) enum Trouble {
    Error(CallError),
    /// The server has forgotten the session, and so has done nothing.
    Expired,
    /// The answer is there but too long to be read.
    TooLong,
}

/// Why rmcp gets no answer; the reason is in the state.
#[derive(Debug, thiserror::Error)]
#[error("the message was not answered")]
pub(super) struct Unanswered;

type Failure = StreamableHttpError<Unanswered>;

impl Wire {
    pub fn new(client: Client, headers: Headers) -> Self {
        Self {
            client,
            headers: Arc::new(headers),
            state: Arc::default(),
        }
    }

    pub fn hidden(&self) -> &Hidden {
        &self.headers.hidden
    }

    pub fn was_called(&self) -> bool {
        self.state().called
    }

    pub fn trouble(&self) -> Option<Trouble> {
        self.state().trouble.clone()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn fail(&self, trouble: Trouble) -> Failure {
        self.state().trouble = Some(trouble);
        StreamableHttpError::Client(Unanswered)
    }

    /// The answer to a request, whichever way it comes.
    async fn message(&self, answer: Response) -> Result<ServerJsonRpcMessage, Failure> {
        let is_stream = content_type(answer.headers()).starts_with("text/event-stream");
        if is_stream {
            return self.streamed(answer).await;
        }
        if Kind::of(answer.headers()) != Kind::Json {
            return Err(self.unknown("it answered neither JSON nor an event stream"));
        }
        let body = match read(answer).await {
            Ok(body) if body.rest == Rest::None => body,
            Ok(_) => return Err(self.fail(Trouble::TooLong)),
            Err(error) => {
                let why = format!("its answer broke off ({})", cause(&error));
                return Err(self.unknown(why));
            }
        };
        serde_json::from_slice(&body.bytes).map_err(|_| self.unknown("its answer is no JSON-RPC"))
    }

    /// The answer among a stream's events. What else is there, such as progress, is for nobody.
    async fn streamed(&self, answer: Response) -> Result<ServerJsonRpcMessage, Failure> {
        let pieces = stream::unfold((answer, 0_usize), |(mut answer, read)| async move {
            let piece = match answer.chunk().await {
                Ok(piece) => piece?,
                Err(error) => return Some((Err(Broken::Off(cause(&error))), (answer, read))),
            };
            let read = read + piece.len();
            let piece = if read > MOST_WIRE {
                Err(Broken::TooLong)
            } else {
                Ok(piece)
            };
            Some((piece, (answer, read)))
        });
        let mut events = Box::pin(SseStream::from_bytes_stream(pieces));
        while let Some(event) = events.next().await {
            let event = match event {
                Ok(event) => event,
                Err(error) => return Err(self.broken(&error)),
            };
            let data = event.data.unwrap_or_default();
            if data.trim().is_empty() {
                continue;
            }
            match serde_json::from_str(&data) {
                Ok(answer @ (JsonRpcMessage::Response(_) | JsonRpcMessage::Error(_))) => {
                    return Ok(answer);
                }
                Ok(_) => {}
                Err(_) => return Err(self.unknown("an event of its answer is no JSON-RPC")),
            }
        }
        Err(self.unknown("its stream ended before its answer"))
    }

    fn broken(&self, error: &SseError) -> Failure {
        let cause = match error {
            SseError::Body(cause) => cause.downcast_ref(),
            _ => None,
        };
        match cause {
            Some(Broken::TooLong) => self.fail(Trouble::TooLong),
            Some(Broken::Off(why)) => self.unknown(format!("its answer broke off ({why})")),
            None => self.unknown("its answer is no event stream"),
        }
    }

    fn unknown(&self, why: impl Into<String>) -> Failure {
        self.fail(Trouble::Error(CallError::Unknown(why.into())))
    }
}

/// Why a stream can't be read on.
#[derive(Debug, thiserror::Error)]
enum Broken {
    #[error("{0}")]
    Off(String),
    #[error("too long")]
    TooLong,
}

fn content_type(headers: &HeaderMap) -> String {
    let value = headers.get(header::CONTENT_TYPE);
    let value = value
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    value.trim().to_ascii_lowercase()
}

impl StreamableHttpClient for Wire {
    type Error = Unanswered;

    async fn post_message(
        &self,
        uri: Arc<str>,
        message: ClientJsonRpcMessage,
        session_id: Option<Arc<str>>,
        _: Option<String>,
        custom_headers: HashMap<HeaderName, HeaderValue>,
    ) -> Result<StreamableHttpPostResponse, Failure> {
        let request = match &message {
            JsonRpcMessage::Request(request) => Some(request),
            _ => None,
        };
        let mut sending = self
            .client
            .post(uri.as_ref())
            .headers(self.headers.map.clone())
            .headers(custom_headers.into_iter().collect())
            .header(header::ACCEPT, "application/json, text/event-stream")
            .json(&message);
        if let Some(session) = &session_id {
            sending = sending.header(SESSION, session.as_ref());
        }
        {
            let mut state = self.state();
            state.trouble = None;
            state.called |=
                request.is_some_and(|it| matches!(it.request, ClientRequest::CallToolRequest(_)));
        }
        let answer = sending.send().await.map_err(|error| {
            let error = not_answered(&error);
            self.fail(Trouble::Error(error))
        })?;
        let status = answer.status();
        let opened = answer.headers().get(SESSION);
        let opened = opened.and_then(|id| id.to_str().ok()).map(str::to_owned);
        if status.is_success() {
            if request.is_none() {
                return Ok(StreamableHttpPostResponse::Accepted);
            }
            let message = self.message(answer).await?;
            return Ok(StreamableHttpPostResponse::Json(message, opened));
        }
        if status == StatusCode::NOT_FOUND && session_id.is_some() {
            self.state().trouble = Some(Trouble::Expired);
            return Err(StreamableHttpError::SessionExpired);
        }
        let is_probe =
            request.is_some_and(|it| matches!(it.request, ClientRequest::DiscoverRequest(_)));
        if let (true, Some(request)) = (is_probe && is_of_older(status), request) {
            return Ok(older(&request.id));
        }
        let kind = Kind::of(answer.headers());
        if !status.is_client_error()
            || status == StatusCode::TOO_MANY_REQUESTS
            || kind != Kind::Json
        {
            let effect = match self.was_called() {
                true => Effect::Some,
                false => Effect::None,
            };
            let error = refused(answer, self.hidden(), effect).await;
            return Err(self.fail(Trouble::Error(error)));
        }
        let body = read(answer)
            .await
            .map(|body| body.bytes)
            .unwrap_or_default();
        let said = match serde_json::from_slice(&body) {
            Ok(JsonRpcMessage::<(), (), ()>::Error(error)) => {
                words(error.error.message.into_owned(), self.hidden())
            }
            _ => refusal(&kind, &body, self.hidden()),
        };
        Err(self.fail(Trouble::Error(CallError::Refused {
            status: Some(status.as_u16()),
            said,
        })))
    }

    /// Tells the server; whether it hears it matters to nobody here.
    async fn delete_session(
        &self,
        uri: Arc<str>,
        session_id: Arc<str>,
        _: Option<String>,
        custom_headers: HashMap<HeaderName, HeaderValue>,
    ) -> Result<(), Failure> {
        let goodbye = self
            .client
            .delete(uri.as_ref())
            .headers(self.headers.map.clone())
            .headers(custom_headers.into_iter().collect())
            .header(SESSION, session_id.as_ref())
            .timeout(GOODBYE)
            .send();
        let _ = goodbye.await;
        Ok(())
    }

    /// A stream of what the server wants to say by itself: a call needs none.
    async fn get_stream(
        &self,
        _: Arc<str>,
        _: Option<Arc<str>>,
        _: Option<String>,
        _: Option<String>,
        _: HashMap<HeaderName, HeaderValue>,
    ) -> Result<BoxStream<'static, Result<Sse, SseError>>, Failure> {
        Err(StreamableHttpError::ServerDoesNotSupportSse)
    }
}

/// Whether a refusal of the newest protocol's first request may be an older server's, which does not
/// know it.
fn is_of_older(status: StatusCode) -> bool {
    !matches!(
        status,
        StatusCode::UNAUTHORIZED
            | StatusCode::FORBIDDEN
            | StatusCode::TOO_MANY_REQUESTS
            | StatusCode::SERVICE_UNAVAILABLE
    )
}

/// Such a refusal in the words that make rmcp go on with the older protocol.
fn older(id: &RequestId) -> StreamableHttpPostResponse {
    let error = ErrorData::invalid_request("an older server", None);
    let message = ServerJsonRpcMessage::error(error, Some(id.clone()));
    StreamableHttpPostResponse::Json(message, None)
}
