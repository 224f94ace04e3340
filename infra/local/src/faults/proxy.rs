//! The proxy itself: HTTP/1.1 in, HTTP/1.1 out, bodies held whole. Only what a service says as a
//! stream of events is passed on as it comes, unless the program is to die or not to hear of it.

use std::net::SocketAddr;

use anyhow::{Context, bail};
use bytes::Bytes;
use http::{
    HeaderMap, Request, Response, Uri, Version,
    header::{CONNECTION, CONTENT_TYPE, TRANSFER_ENCODING},
    request::Parts,
    uri::{PathAndQuery, Scheme},
};
use http_body_util::{BodyExt, Full, Limited, combinators::UnsyncBoxBody};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::{TokioExecutor, TokioIo},
};
use tokio::net::{TcpListener, TcpStream};

use super::{Fault, Faults, Service, Verdict, canned, operation};

/// DynamoDB's limit, the largest of the services'.
const MAX_BODY: usize = 16 * 1024 * 1024;

/// What the program gets.
type Answer = Response<UnsyncBoxBody<Bytes, hyper::Error>>;

/// Accepts connections for as long as the runtime runs.
pub(super) async fn run(
    faults: Faults,
    service: Service,
    upstream: SocketAddr,
    listener: TcpListener,
) {
    let mut connector = HttpConnector::new();
    connector.set_nodelay(true);
    let proxy = Proxy {
        faults,
        service,
        upstream: Upstream {
            address: upstream,
            client: Client::builder(TokioExecutor::new()).build(connector),
        },
    };
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                tokio::spawn(proxy.clone().serve(stream));
            }
            Err(error) => tracing::warn!(%error, "a fault proxy could not accept a connection"),
        }
    }
}

#[derive(Clone)]
struct Proxy {
    faults: Faults,
    service: Service,
    upstream: Upstream,
}

impl Proxy {
    async fn serve(self, stream: TcpStream) {
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "TCP_NODELAY could not be set on a proxied connection");
        }
        let service = service_fn(|request| self.handle(request));
        // hyper reads on while a request is being handled, so a client that disconnects ends the
        // connection, and with it a request that hangs.
        let connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
        if let Err(error) = connection.await {
            tracing::debug!(%error, "a proxied connection ended");
        }
    }

    /// An error closes the connection without an answer.
    async fn handle(&self, request: Request<Incoming>) -> anyhow::Result<Answer> {
        let (parts, body) = request.into_parts();
        let body = whole(body).await.context("reading the request")?;
        let operation = operation::name(self.service, &parts);
        let fault = match self.faults.judge(self.service, operation, &body) {
            Verdict::Forward => return self.forward(parts, body).await,
            Verdict::Hang => self.faults.hang().await,
            Verdict::Strike(fault) => fault,
        };
        match fault {
            Fault::StopBefore => {
                self.faults.stop();
                self.faults.hang().await
            }
            Fault::StopAfter => {
                let (upstream, faults) = (self.upstream.clone(), self.faults.clone());
                tokio::spawn(async move {
                    if let Err(error) = upstream.send_whole(parts, body).await {
                        tracing::warn!(%error, "the call to stop after did not take effect");
                    }
                    faults.stop();
                })
                .await?;
                self.faults.hang().await
            }
            Fault::LoseAnswer => {
                self.forward_whole(parts, body).await?;
                bail!("the answer is lost on purpose")
            }
            Fault::Refuse => bail!("the call is refused on purpose"),
            Fault::Answer(canned) => Ok(held(canned.response(&body))),
            Fault::AnswerAfter(canned) => {
                self.forward_whole(parts, body.clone()).await?;
                Ok(held(canned.response(&body)))
            }
            Fault::Delay(time) => {
                let upstream = self.upstream.clone();
                let late = async move {
                    tokio::time::sleep(time).await;
                    upstream.send(parts, body).await
                };
                tokio::spawn(late).await?
            }
            Fault::StaleIndex => Ok(held(canned::empty_query())),
        }
    }

    /// In a task of its own: what has reached the service takes effect even when the program is
    /// dropped before the answer.
    async fn forward(&self, parts: Parts, body: Bytes) -> anyhow::Result<Answer> {
        let upstream = self.upstream.clone();
        tokio::spawn(async move { upstream.send(parts, body).await }).await?
    }

    async fn forward_whole(&self, parts: Parts, body: Bytes) -> anyhow::Result<()> {
        let upstream = self.upstream.clone();
        tokio::spawn(async move { upstream.send_whole(parts, body).await }).await?
    }
}

#[derive(Clone)]
struct Upstream {
    address: SocketAddr,
    client: Client<HttpConnector, Full<Bytes>>,
}

impl Upstream {
    /// The request as it came, path and `Host` included, because both are signed.
    async fn send(&self, mut parts: Parts, body: Bytes) -> anyhow::Result<Answer> {
        let path = parts.uri.path_and_query().cloned();
        parts.uri = Uri::builder()
            .scheme(Scheme::HTTP)
            .authority(self.address.to_string())
            .path_and_query(path.unwrap_or(PathAndQuery::from_static("/")))
            .build()?;
        parts.version = Version::HTTP_11;
        drop_hop_headers(&mut parts.headers);
        let request = Request::from_parts(parts, Full::new(body));
        let answer = self
            .client
            .request(request)
            .await
            .with_context(|| format!("the service at {} does not answer", self.address))?;
        let (mut parts, body) = answer.into_parts();
        drop_hop_headers(&mut parts.headers);
        let content_type = parts.headers.get(CONTENT_TYPE);
        if content_type.is_some_and(|it| it.as_bytes().starts_with(b"text/event-stream")) {
            return Ok(Response::from_parts(parts, body.boxed_unsync()));
        }
        let body = whole(body).await.context("reading the service's answer")?;
        Ok(held(Response::from_parts(parts, Full::new(body))))
    }

    /// The same, and its answer is read to the end, which nobody hears.
    async fn send_whole(&self, parts: Parts, body: Bytes) -> anyhow::Result<()> {
        let answer = self.send(parts, body).await?;
        answer.into_body().collect().await?;
        Ok(())
    }
}

fn held(answer: Response<Full<Bytes>>) -> Answer {
    answer.map(|body| body.map_err(|never| match never {}).boxed_unsync())
}

/// What speaks of one connection only, and of a body that is no longer in chunks.
fn drop_hop_headers(headers: &mut HeaderMap) {
    headers.remove(CONNECTION);
    headers.remove("keep-alive");
    headers.remove(TRANSFER_ENCODING);
}

async fn whole(body: Incoming) -> anyhow::Result<Bytes> {
    let collected = Limited::new(body, MAX_BODY)
        .collect()
        .await
        .map_err(|error| anyhow::anyhow!(error))?;
    Ok(collected.to_bytes())
}
