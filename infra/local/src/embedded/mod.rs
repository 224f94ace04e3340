//! DynamoDB and S3 inside this process, each a real HTTP server on a port of its own.
//!
//! Nothing in the program or its tests knows that they are embedded: the AWS SDK reaches them by
//! its ordinary endpoint settings.

use std::net::SocketAddr;

use anyhow::Context;
use tokio::{net::TcpListener, sync::oneshot, task::JoinHandle};

pub mod dynamo;
pub mod s3;

#[cfg(test)]
pub(crate) mod testing;

/// A server of this module while it runs. Dropping it stops the server too, without waiting.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    shutdown: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl Server {
    /// Where the server listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The address as the SDK's endpoint settings want it, for example `http://127.0.0.1:8000`.
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Accepts no more connections and returns when the server has let go of its port.
    pub async fn stop(self) {
        // A receiver that is gone means the server has ended by itself.
        let _ = self.shutdown.send(());
        if let Err(error) = self.task.await {
            tracing::warn!(%error, "an embedded server did not end in order");
        }
    }

    /// Spawns what `serve` makes of the listener and of a future that resolves on shutdown.
    fn spawn<F>(
        listener: TcpListener,
        serve: impl FnOnce(TcpListener, oneshot::Receiver<()>) -> F,
    ) -> anyhow::Result<Self>
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let address = listener
            .local_addr()
            .context("the listener of an embedded server has no local address")?;
        let (shutdown, stopped) = oneshot::channel();
        let task = tokio::spawn(serve(listener, stopped));
        Ok(Self {
            address,
            shutdown,
            task,
        })
    }
}
