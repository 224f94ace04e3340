//! Lambda's Runtime API, for one process: it hands out events and says when which answer came.
//!
//! Source: <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html>.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
    time::Instant,
};

use anyhow::Context;
use axum::{
    Json, Router,
    body::Bytes,
    extract::{DefaultBodyLimit, Path, State},
    response::{IntoResponse, Response},
    routing::{get, post},
    serve::ListenerExt,
};
use http::{StatusCode, header::CONTENT_TYPE};
use jiff::Timestamp;
use serde_json::json;
use tokio::{
    net::TcpListener,
    sync::{Mutex as Queue, mpsc},
};
use uuid::Uuid;

use crate::stack::AbortOnDrop;

/// No answer may be larger, in bytes.
const MOST_BYTES: usize = 6 * 1024 * 1024;
/// How long a function has for an event, in milliseconds.
const TIMEOUT: i64 = 30_000;

/// The API on a port of its own, until it is dropped.
pub(super) struct RuntimeApi {
    address: SocketAddr,
    events: mpsc::UnboundedSender<Bytes>,
    said: mpsc::UnboundedReceiver<Said>,
    _serving: AbortOnDrop,
}

/// What the process said, and when it was here.
#[derive(Debug, PartialEq)]
pub(super) enum Said {
    /// It is ready for an event.
    Next(Instant),
    /// It answered the event it has.
    Answer(Instant, Bytes),
    /// It failed at the event it has.
    Failed(Bytes),
    /// It can't start.
    NotStarted(Bytes),
}

struct Served {
    name: String,
    events: Queue<mpsc::UnboundedReceiver<Bytes>>,
    said: mpsc::UnboundedSender<Said>,
    under_way: Mutex<Option<String>>,
}

impl RuntimeApi {
    /// Serves it to a process that is the function `name`.
    pub(super) async fn start(name: &str) -> anyhow::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await;
        let listener = listener.context("no port for the Runtime API")?;
        let address = listener.local_addr()?;
        let (events, waiting) = mpsc::unbounded_channel();
        let (saying, said) = mpsc::unbounded_channel();
        let served = Arc::new(Served {
            name: name.to_owned(),
            events: Queue::new(waiting),
            said: saying,
            under_way: Mutex::default(),
        });
        let router = Router::new()
            .route("/2018-06-01/runtime/invocation/next", get(next))
            .route(
                "/2018-06-01/runtime/invocation/{id}/response",
                post(response),
            )
            .route("/2018-06-01/runtime/invocation/{id}/error", post(error))
            .route("/2018-06-01/runtime/init/error", post(init_error))
            .layer(DefaultBodyLimit::max(MOST_BYTES))
            .with_state(served);
        // Without it, what is written in two parts waits for the other side's delayed
        // acknowledgement: 40 ms that are nobody's.
        let listener = listener.tap_io(|stream| {
            if let Err(error) = stream.set_nodelay(true) {
                tracing::warn!(%error, "TCP_NODELAY could not be set: times are too long");
            }
        });
        let serving = AbortOnDrop(tokio::spawn(async move {
            if let Err(error) = axum::serve(listener, router).await {
                tracing::error!(%error, "the Runtime API ended");
            }
        }));
        Ok(Self {
            address,
            events,
            said,
            _serving: serving,
        })
    }

    /// What `AWS_LAMBDA_RUNTIME_API` is to the process.
    pub(super) fn address(&self) -> String {
        self.address.to_string()
    }

    /// The process gets this event as soon as it is ready for it.
    ///
    /// # Errors
    /// When the API has ended, so that nobody would ever take the event.
    pub(super) fn hand(&self, event: &Bytes) -> anyhow::Result<()> {
        let handed = self.events.send(event.clone());
        handed.context("the Runtime API ended before it had the event")
    }

    /// What the process says next; nothing when the server has ended.
    pub(super) async fn said(&mut self) -> Option<Said> {
        self.said.recv().await
    }
}

impl Served {
    fn says(&self, said: Said) {
        // It fails only when the measurement was dropped, and with it the server's task: the process
        // that says so is being killed, and nobody waits for what it says.
        let _ = self.said.send(said);
    }

    /// Ends the invocation that is under way with what became of it, if it is this one.
    fn ends(&self, id: &str, said: Said) -> Response {
        let under_way = self.under_way.lock();
        let mut under_way = under_way.unwrap_or_else(PoisonError::into_inner);
        if under_way.as_deref() != Some(id) {
            let said = json!({
                "errorType": "InvalidRequestID",
                "errorMessage": format!("{id} is no invocation that is under way"),
            });
            return (StatusCode::BAD_REQUEST, Json(said)).into_response();
        }
        *under_way = None;
        self.says(said);
        accepted()
    }
}

async fn next(State(served): State<Arc<Served>>) -> Response {
    served.says(Said::Next(Instant::now()));
    let Some(event) = served.events.lock().await.recv().await else {
        return StatusCode::GONE.into_response();
    };
    let id = Uuid::new_v4().to_string();
    *served
        .under_way
        .lock()
        .unwrap_or_else(PoisonError::into_inner) = Some(id.clone());
    let deadline = Timestamp::now().as_millisecond() + TIMEOUT;
    let name = &served.name;
    let headers = [
        (CONTENT_TYPE.as_str(), "application/json".to_owned()),
        ("lambda-runtime-aws-request-id", id),
        ("lambda-runtime-deadline-ms", deadline.to_string()),
        (
            "lambda-runtime-invoked-function-arn",
            format!("arn:aws:lambda:us-east-1:000000000000:function:{name}"),
        ),
        (
            "lambda-runtime-trace-id",
            "Root=1-00000000-000000000000000000000000;Sampled=0".to_owned(),
        ),
    ];
    (headers, event).into_response()
}

async fn response(
    State(served): State<Arc<Served>>,
    Path(id): Path<String>,
    body: Bytes,
) -> Response {
    served.ends(&id, Said::Answer(Instant::now(), body))
}

async fn error(State(served): State<Arc<Served>>, Path(id): Path<String>, body: Bytes) -> Response {
    served.ends(&id, Said::Failed(body))
}

async fn init_error(State(served): State<Arc<Served>>, body: Bytes) -> Response {
    served.says(Said::NotStarted(body));
    accepted()
}

fn accepted() -> Response {
    (StatusCode::ACCEPTED, Json(json!({"status": "OK"}))).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A function without a process.
    struct Played {
        client: reqwest::Client,
        base: String,
    }

    impl Played {
        fn of(api: &RuntimeApi) -> Self {
            Self {
                client: reqwest::Client::builder().no_proxy().build().unwrap(),
                base: format!("http://{}/2018-06-01/runtime", api.address()),
            }
        }

        /// The id and text of the next event.
        async fn next(&self) -> (String, String) {
            let url = format!("{}/invocation/next", self.base);
            let answer = self.client.get(url).send().await.unwrap();
            assert_eq!(answer.status(), StatusCode::OK);
            let header = |name: &str| answer.headers()[name].to_str().unwrap().to_owned();
            let id = header("lambda-runtime-aws-request-id");
            let deadline: i64 = header("lambda-runtime-deadline-ms").parse().unwrap();
            assert!(deadline > Timestamp::now().as_millisecond());
            assert!(header("lambda-runtime-invoked-function-arn").ends_with(":ingress"));
            (id, answer.text().await.unwrap())
        }

        async fn post(&self, path: &str, body: &str) -> StatusCode {
            let request = self.client.post(format!("{}/{path}", self.base));
            request.body(body.to_owned()).send().await.unwrap().status()
        }
    }

    #[tokio::test]
    async fn f5_an_event_is_handed_out_and_its_answer_taken() {
        let mut api = RuntimeApi::start("ingress").await.unwrap();
        let played = Played::of(&api);
        let began = Instant::now();
        for event in ["one", "two"] {
            api.hand(&Bytes::from_static(event.as_bytes())).unwrap();
            let (id, text) = played.next().await;
            assert_eq!(text, event);
            let Some(Said::Next(asked)) = api.said().await else {
                panic!("the process asked for an event");
            };
            let status = played
                .post(&format!("invocation/{id}/response"), "done")
                .await;
            assert_eq!(status, StatusCode::ACCEPTED);
            let Some(Said::Answer(answered, body)) = api.said().await else {
                panic!("the process answered");
            };
            assert_eq!(body, "done");
            assert!(began <= asked && asked <= answered);
        }
    }

    #[tokio::test]
    async fn f5_who_asks_before_there_is_an_event_waits_for_it() {
        let mut api = RuntimeApi::start("ingress").await.unwrap();
        let played = Played::of(&api);
        let waiting = tokio::spawn(async move { played.next().await.1 });
        assert!(matches!(api.said().await, Some(Said::Next(_))));
        assert!(!waiting.is_finished());
        api.hand(&Bytes::from_static(b"late")).unwrap();
        assert_eq!(waiting.await.unwrap(), "late");
    }

    #[tokio::test]
    async fn f5_failures_are_told_from_answers() {
        let mut api = RuntimeApi::start("ingress").await.unwrap();
        let played = Played::of(&api);
        assert_eq!(
            played.post("init/error", "no settings").await,
            StatusCode::ACCEPTED
        );
        let no_settings = Bytes::from_static(b"no settings");
        assert_eq!(api.said().await, Some(Said::NotStarted(no_settings)));

        api.hand(&Bytes::from_static(b"{}")).unwrap();
        let (id, _) = played.next().await;
        assert!(matches!(api.said().await, Some(Said::Next(_))));
        let status = played
            .post(&format!("invocation/{id}/error"), "it broke")
            .await;
        assert_eq!(status, StatusCode::ACCEPTED);
        let broke = Bytes::from_static(b"it broke");
        assert_eq!(api.said().await, Some(Said::Failed(broke)));
    }

    #[tokio::test]
    async fn f5_an_event_is_answered_once_and_by_its_id() {
        let api = RuntimeApi::start("ingress").await.unwrap();
        let played = Played::of(&api);
        api.hand(&Bytes::from_static(b"{}")).unwrap();
        let (id, _) = played.next().await;
        let answer = format!("invocation/{id}/response");
        let refused = StatusCode::BAD_REQUEST;
        assert_eq!(
            played.post("invocation/another/response", "").await,
            refused
        );
        assert_eq!(played.post(&answer, "").await, StatusCode::ACCEPTED);
        assert_eq!(played.post(&answer, "").await, refused);
        assert_eq!(
            played.post(&format!("invocation/{id}/error"), "").await,
            refused
        );
    }

    #[tokio::test]
    async fn f5_an_event_that_nobody_can_take_is_an_error() {
        let mut api = RuntimeApi::start("ingress").await.unwrap();
        api._serving.0.abort();
        // The server's end is the end of what it says.
        assert_eq!(api.said().await, None);
        let error = api.hand(&Bytes::from_static(b"{}")).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the Runtime API ended before it had the event"
        );
    }
}
