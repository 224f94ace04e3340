//! HTTP: which action a request asks for, and how answers and errors are written.

use std::{convert::Infallible, time::Duration};

use bytes::Bytes;
use http::{HeaderMap, Request, Response, StatusCode, header};
use http_body_util::{BodyExt, Full, Limited};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use serde::{Serialize, de::DeserializeOwned};
use tokio::{
    net::{TcpListener, TcpStream},
    task::JoinSet,
};

use super::{Sqs, SqsError};

/// Room for a batch of the largest size in which JSON writes every byte as `\u0000`.
const MAX_REQUEST: usize = 8 * 1024 * 1024;

/// How long to wait when no connection can be accepted, for lack of file descriptors mostly.
const ACCEPT_AGAIN: Duration = Duration::from_millis(100);

const JSON: &str = "application/x-amz-json-1.0";

impl Sqs {
    /// Answers requests on `listener`. Dropping the future closes its connections and ends the polls
    /// they hold.
    pub async fn serve(self, listener: TcpListener) {
        let mut connections = JoinSet::new();
        loop {
            tokio::select! {
                accepted = listener.accept() => match accepted {
                    Ok((stream, _)) => {
                        connections.spawn(converse(self.clone(), stream));
                    }
                    Err(error) => {
                        tracing::warn!(%error, "the embedded SQS cannot accept a connection");
                        tokio::time::sleep(ACCEPT_AGAIN).await;
                    }
                },
                Some(_) = connections.join_next() => {}
            }
        }
    }
}

/// Answers the requests of one connection. When the client closes it, what is being answered is
/// dropped.
async fn converse(sqs: Sqs, stream: TcpStream) {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "an SQS connection answers with Nagle's delay");
    }
    // Any path will do: SDKs post to the endpoint itself, older ones to the queue's URL.
    let service = service_fn(async |request| Ok::<_, Infallible>(answer(&sqs, request).await));
    let connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
    if let Err(error) = connection.await {
        tracing::debug!(%error, "an SQS connection broke");
    }
}

async fn answer(sqs: &Sqs, request: Request<Incoming>) -> Response<Full<Bytes>> {
    let (head, body) = request.into_parts();
    let body = match Limited::new(body, MAX_REQUEST).collect().await {
        Ok(body) => body.to_bytes(),
        Err(error) => return refuse(&SqsError::Unreadable(error)),
    };
    match act(sqs, &head.headers, &body).await {
        Ok(json) => respond(StatusCode::OK, json),
        Err(error) => refuse(&error),
    }
}

async fn act(sqs: &Sqs, headers: &HeaderMap, body: &[u8]) -> Result<Vec<u8>, SqsError> {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let target = text("x-amz-target").unwrap_or_default();
    // Behind a proxy this is the proxy's address, so queue URLs lead back through it.
    let host = text("host").unwrap_or("127.0.0.1");
    let now = sqs.now();
    match target.strip_prefix("AmazonSQS.").unwrap_or_default() {
        "CreateQueue" => run(body, |request| sqs.store().create_queue(request, host, now)),
        "DeleteQueue" => run(body, |request| sqs.store().delete_queue(request)),
        "GetQueueUrl" => run(body, |request| sqs.store().get_queue_url(request, host)),
        "ListQueues" => run(body, |request| sqs.store().list_queues(request, host)),
        "GetQueueAttributes" => run(body, |request| {
            sqs.store().get_queue_attributes(request, now)
        }),
        "SetQueueAttributes" => run(body, |request| {
            sqs.store().set_queue_attributes(request, now)
        }),
        "PurgeQueue" => run(body, |request| sqs.store().purge_queue(request, now)),
        "SendMessage" => run(body, |request| sqs.store().send_message(request, now)),
        "SendMessageBatch" => run(body, |request| sqs.store().send_message_batch(request, now)),
        "ReceiveMessage" => {
            let received = sqs.receive_message(serde_json::from_slice(body)?).await?;
            Ok(serde_json::to_vec(&received)?)
        }
        "DeleteMessage" => run(body, |request| sqs.store().delete_message(request, now)),
        "DeleteMessageBatch" => run(body, |request| {
            sqs.store().delete_message_batch(request, now)
        }),
        "ChangeMessageVisibility" => run(body, |request| {
            sqs.store().change_message_visibility(request, now)
        }),
        "ChangeMessageVisibilityBatch" => run(body, |request| {
            sqs.store().change_message_visibility_batch(request, now)
        }),
        _ => Err(SqsError::UnsupportedOperation(target.to_owned())),
    }
}

/// Reads the request, acts on it, writes the answer.
fn run<Q: DeserializeOwned, A: Serialize>(
    body: &[u8],
    act: impl FnOnce(Q) -> Result<A, SqsError>,
) -> Result<Vec<u8>, SqsError> {
    let answer = act(serde_json::from_slice(body)?)?;
    Ok(serde_json::to_vec(&answer)?)
}

/// An error in the JSON protocol, with the code of the older query protocol beside it.
fn refuse(error: &SqsError) -> Response<Full<Bytes>> {
    #[derive(Serialize)]
    struct Refusal<'a> {
        #[serde(rename = "__type")]
        shape: &'a str,
        message: String,
    }
    let wire = error.wire();
    let fault = if error.is_senders_fault() {
        "Sender"
    } else {
        tracing::error!(%error, "the embedded SQS failed");
        "Receiver"
    };
    let refusal = Refusal {
        shape: wire.shape,
        message: error.to_string(),
    };
    let status = StatusCode::from_u16(wire.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = respond(status, serde_json::to_vec(&refusal).unwrap_or_default());
    if let Ok(code) = format!("{};{fault}", wire.code).try_into() {
        response.headers_mut().insert("x-amzn-query-error", code);
    }
    response
}

fn respond(status: StatusCode, json: Vec<u8>) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::from(json));
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, header::HeaderValue::from_static(JSON));
    response
}
