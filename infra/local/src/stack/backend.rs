//! What the functions are: here in this process, or elsewhere behind Lambda's Invoke API. Gateway
//! and queues take either.

use std::time::Duration;

use bytes::Bytes;
use countersign_aws::schema;
use http::{Request, Response, StatusCode, header::CONTENT_TYPE};

use super::{Environment, Functions};
use crate::{
    lambda::{Function, Remote},
    pump::{Handler, Kind, Mapping},
};

/// How many events of one queue are in flight at the same time.
const CONCURRENCY: usize = 5;
/// What an HTTP API answers with 500 when its function failed or gave no answer of the right shape.
const NO_ANSWER: &str = r#"{"message":"Internal Server Error"}"#;

/// The functions that the gateway calls.
#[derive(Clone)]
pub(super) enum Backend {
    /// In this process.
    Here(Functions),
    /// Behind the Invoke API.
    Elsewhere(Remote),
}

/// The functions that empty queues.
pub(super) struct Handlers {
    pub(super) agent: Handler,
    pub(super) executor: Handler,
    pub(super) outbound: Handler,
}

impl Backend {
    /// What ingress answers.
    pub(super) async fn ingress(&self, request: Request<Bytes>) -> Response<Bytes> {
        match self {
            Self::Here(functions) => {
                let answer = functions.ingress.handle(to_lambda(request));
                from_lambda(answer.await)
            }
            Self::Elsewhere(remote) => elsewhere(remote, Function::Ingress, &request).await,
        }
    }

    /// What approvals answers.
    pub(super) async fn approvals(&self, request: Request<Bytes>) -> Response<Bytes> {
        match self {
            Self::Here(functions) => {
                let answer = functions.approvals.handle(to_lambda(request));
                from_lambda(answer.await)
            }
            Self::Elsewhere(remote) => elsewhere(remote, Function::Approvals, &request).await,
        }
    }
}

impl Handlers {
    /// Those behind the Invoke API.
    pub(super) fn elsewhere(remote: &Remote) -> Self {
        Self {
            agent: remote.handler(Function::Agent),
            executor: remote.handler(Function::Executor),
            outbound: remote.handler(Function::Outbound),
        }
    }

    /// The queues, each with the function that empties it.
    pub(super) fn mappings(self, environment: &Environment) -> Vec<Mapping> {
        [
            (schema::INBOUND, self.agent),
            (schema::EXECUTIONS, self.executor.clone()),
            (schema::OUTBOUND, self.outbound.clone()),
            (schema::STATUSES, self.outbound.clone()),
            (schema::WEBHOOKS, self.outbound),
            (schema::EXPRESS, self.executor),
        ]
        .into_iter()
        .map(|(queue, handler)| Mapping {
            queue_url: environment.get(queue.variable).unwrap_or_default(),
            batch_size: queue.batch.into(),
            max_concurrency: CONCURRENCY,
            kind: if queue.is_fifo() {
                Kind::Fifo
            } else {
                Kind::Standard
            },
            timeout: Duration::from_secs((queue.visibility / 6).into()),
            handler,
        })
        .collect()
    }
}

async fn elsewhere(
    remote: &Remote,
    function: Function,
    request: &Request<Bytes>,
) -> Response<Bytes> {
    remote
        .answer(function, request)
        .await
        .unwrap_or_else(|error| {
            let path = request.uri().path();
            tracing::error!(%error, path, "a function did not answer");
            let mut response = Response::new(Bytes::from_static(NO_ANSWER.as_bytes()));
            *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
            let json = http::HeaderValue::from_static("application/json");
            response.headers_mut().insert(CONTENT_TYPE, json);
            response
        })
}

fn to_lambda(request: Request<Bytes>) -> lambda_http::Request {
    request.map(|body| {
        if body.is_empty() {
            lambda_http::Body::Empty
        } else {
            lambda_http::Body::Binary(body.to_vec())
        }
    })
}

fn from_lambda(response: lambda_http::Response<lambda_http::Body>) -> Response<Bytes> {
    response.map(|body| Bytes::copy_from_slice(&body))
}
