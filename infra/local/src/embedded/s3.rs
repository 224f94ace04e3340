//! S3: `s3s-fs` over a folder, behind real signature checks.
//!
//! Objects are ordinary files at `folder/bucket/key`. Their metadata's file names hold bucket and
//! key once more, in base64: together they have room for 165 bytes (`tenant/sha256` fits).

use std::{
    hash::{DefaultHasher, Hash, Hasher},
    path::Path,
    sync::Arc,
};

use anyhow::Context;
use http::{Method, Request};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use s3s::{
    Body, HttpError, HttpResponse,
    auth::SimpleAuth,
    service::{S3Service, S3ServiceBuilder},
};
use s3s_fs::FileSystem;
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{RwLock, oneshot},
    task::JoinSet,
};

use super::Server;

/// The one pair of keys that requests and presigned URLs must be signed with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keys {
    /// As in `AWS_ACCESS_KEY_ID`.
    pub access_key: String,
    /// As in `AWS_SECRET_ACCESS_KEY`. It guards nothing but this machine's own demo data.
    pub secret_key: String,
}

/// Serves S3 on `listener` until the returned server is stopped or dropped. Buckets are reached
/// path style, and are made by `CreateBucket`.
///
/// # Errors
/// When `folder` does not exist or can't be read.
pub fn start(listener: TcpListener, folder: &Path, keys: &Keys) -> anyhow::Result<Server> {
    let files = FileSystem::new(folder)
        .map_err(|error| anyhow::anyhow!("{error:?}"))
        .with_context(|| {
            format!(
                "S3 needs the folder {}; make it first, writable",
                folder.display()
            )
        })?;
    let mut builder = S3ServiceBuilder::new(files);
    builder.set_auth(SimpleAuth::from_single(
        keys.access_key.clone(),
        keys.secret_key.clone(),
    ));
    let guarded = Arc::new(Guarded {
        service: builder.build(),
        queues: std::array::from_fn(|_| RwLock::new(())),
    });
    Server::spawn(listener, |listener, stopped| {
        accept(listener, guarded, stopped)
    })
}

/// The service, with a queue before each key: one writer at a time, and readers in between.
///
/// `If-None-Match` is checked by s3s-fs before the body is read and the file renamed afterwards,
/// so two racing conditional writes would both win. Every writer queues, conditional or not: an
/// unconditional one between check and rename would be lost as well. A reader queues because the
/// checksum is written after the object, and in between the two don't fit.
struct Guarded {
    service: S3Service,
    /// Keys share a slot by the hash of their path: two that meet wait for no reason, and the
    /// table never grows.
    queues: [RwLock<()>; 64],
}

impl Guarded {
    async fn call(&self, request: Request<Incoming>) -> Result<HttpResponse, HttpError> {
        let queue = self.queue(request.uri().path());
        match *request.method() {
            Method::GET | Method::HEAD => {
                // Until the file is open: what its body then streams stays the same.
                let _turn = queue.read().await;
                self.service.call(request.map(Body::from)).await
            }
            _ => {
                let _turn = queue.write().await;
                self.service.call(request.map(Body::from)).await
            }
        }
    }

    fn queue(&self, path: &str) -> &RwLock<()> {
        let mut hasher = DefaultHasher::new();
        path.hash(&mut hasher);
        &self.queues[(hasher.finish() % self.queues.len() as u64) as usize]
    }
}

async fn accept(listener: TcpListener, guarded: Arc<Guarded>, mut stopped: oneshot::Receiver<()>) {
    let mut connections = JoinSet::new();
    loop {
        while connections.try_join_next().is_some() {}
        tokio::select! {
            _ = &mut stopped => return,
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    connections.spawn(serve(stream, Arc::clone(&guarded)));
                }
                Err(error) => tracing::warn!(%error, "S3 could not accept a connection"),
            },
        }
    }
}

async fn serve(stream: TcpStream, guarded: Arc<Guarded>) {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "TCP_NODELAY could not be set on a connection to S3");
    }
    let service = service_fn(move |request| {
        let guarded = Arc::clone(&guarded);
        // In a task of its own, because a write whose client has left is finished at AWS too:
        // dropped halfway it would leave an object without its metadata.
        async move {
            tokio::spawn(async move { guarded.call(request).await })
                .await
                .unwrap_or_else(|panic| Err(HttpError::new(panic.into())))
        }
    });
    let connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
    if let Err(error) = connection.await {
        tracing::debug!(%error, "a connection to S3 ended");
    }
}

#[cfg(test)]
#[path = "s3_tests.rs"]
mod tests;
