//! A relay before a service that passes bytes on and notes when: where a function's first
//! answer spends its time is seen from outside, without code in the function that measures.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
    time::Instant,
};

use anyhow::Context;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
};

use crate::stack::AbortOnDrop;

/// So much is passed on at once, in bytes.
const PIECE: usize = 64 * 1024;

/// What went through the relays since the last reset. Clones share it.
#[derive(Debug, Clone, Default)]
pub(super) struct Watch(Arc<Mutex<Seen>>);

/// When what was seen.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Seen {
    /// The first bytes of the first request.
    pub(super) first_request: Option<Instant>,
    /// The newest bytes of an answer.
    pub(super) last_answer: Option<Instant>,
    /// How many connections were opened.
    pub(super) connections: usize,
}

/// A relay, until it is dropped; its connections end with their client.
pub(super) struct Relay {
    address: SocketAddr,
    _serving: AbortOnDrop,
}

impl Watch {
    /// Forgets everything.
    pub(super) fn reset(&self) {
        self.note(|seen| *seen = Seen::default());
    }

    /// What was seen so far.
    pub(super) fn seen(&self) -> Seen {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts a relay before `upstream`, a base URL on this machine.
    pub(super) async fn relay(&self, upstream: &str) -> anyhow::Result<Relay> {
        let upstream: SocketAddr = upstream
            .trim_start_matches("http://")
            .parse()
            .with_context(|| format!("{upstream} is no address of this machine"))?;
        let listener = TcpListener::bind("127.0.0.1:0").await;
        let listener = listener.context("no port for a relay")?;
        let address = listener.local_addr()?;
        let watch = self.clone();
        let serving = AbortOnDrop(tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(watch.clone().pass(client, upstream));
            }
        }));
        Ok(Relay {
            address,
            _serving: serving,
        })
    }

    async fn pass(self, client: TcpStream, upstream: SocketAddr) {
        self.note(|seen| seen.connections += 1);
        let Ok(service) = TcpStream::connect(upstream).await else {
            return;
        };
        for stream in [&client, &service] {
            if let Err(error) = stream.set_nodelay(true) {
                tracing::warn!(%error, "TCP_NODELAY could not be set: times are too long");
            }
        }
        let (from_client, to_client) = client.into_split();
        let (from_service, to_service) = service.into_split();
        let requests = copy(from_client, to_service, || {
            self.note(|seen| {
                seen.first_request.get_or_insert_with(Instant::now);
            });
        });
        let answers = copy(from_service, to_client, || {
            self.note(|seen| seen.last_answer = Some(Instant::now()));
        });
        // A service may answer before it has read everything, and close: its answer is passed on
        // even so. When the client is gone, the service is told, and ends it.
        let requests = async {
            requests.await;
            std::future::pending::<()>().await
        };
        tokio::select! {
            () = requests => {}
            () = answers => {}
        }
    }

    fn note(&self, note: impl FnOnce(&mut Seen)) {
        note(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

impl Relay {
    /// Its base URL.
    pub(super) fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

async fn copy(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, seen: impl Fn()) {
    let mut piece = vec![0; PIECE];
    while let Ok(length @ 1..) = from.read(&mut piece).await {
        seen();
        if to.write_all(&piece[..length]).await.is_err() {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use axum::{Router, routing::post};

    use super::*;

    /// As S3 does with what is there already.
    #[tokio::test]
    async fn f5_an_answer_arrives_though_the_service_did_not_read_on() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let upstream = format!("http://{}", listener.local_addr().unwrap());
        let (read_nothing_more, told) = tokio::sync::oneshot::channel();
        tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            assert_eq!(stream.read_u8().await.unwrap(), b'1');
            told.await.unwrap();
            stream.write_all(b"no").await.unwrap();
        });
        let relay = Watch::default().relay(&upstream).await.unwrap();
        let mut client = TcpStream::connect(relay.address).await.unwrap();
        client.write_all(b"1").await.unwrap();
        client.shutdown().await.unwrap();
        read_nothing_more.send(()).unwrap();
        let mut answer = String::new();
        client.read_to_string(&mut answer).await.unwrap();
        assert_eq!(answer, "no");
    }

    #[tokio::test]
    async fn f5_a_relay_passes_on_what_is_said_and_notes_when() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let upstream = format!("http://{}", listener.local_addr().unwrap());
        let echo = Router::new().route("/", post(async |body: String| body));
        let serving = tokio::spawn(async move { axum::serve(listener, echo).await });

        let watch = Watch::default();
        let relay = watch.relay(&upstream).await.unwrap();
        assert_eq!(watch.seen(), Seen::default());
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let large = "x".repeat(3 * PIECE);
        let began = Instant::now();
        for text in ["one", &large] {
            let request = client.post(relay.url()).body(text.to_owned());
            let answer = request.send().await.unwrap().text().await.unwrap();
            assert!(answer == text, "{} bytes came back", answer.len());
        }
        let seen = watch.seen();
        assert_eq!(seen.connections, 1);
        let (first, last) = (seen.first_request.unwrap(), seen.last_answer.unwrap());
        assert!(began <= first && first < last && last <= Instant::now());
        watch.reset();
        assert_eq!(watch.seen(), Seen::default());
        serving.abort();
    }
}
