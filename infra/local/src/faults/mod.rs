//! What goes wrong between the program and the services it talks to, made to go wrong on purpose.
//!
//! A proxy stands before each outside service. It counts every request the program under test
//! sends and, where a [`Plan`] says so, stops the program there, loses an answer or gives one of
//! its own. The queue pump and the tests themselves use the services' own addresses, so that only
//! the program's calls are counted. A retry by the SDK is a call of its own.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use anyhow::Context;
use tokio::{net::TcpListener, sync::watch};

pub use self::{
    canned::Canned,
    plan::{At, Fault, Plan},
};

mod canned;
mod operation;
mod plan;
mod proxy;

/// A service outside the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Service {
    /// DynamoDB.
    DynamoDb,
    /// SQS.
    Sqs,
    /// S3.
    S3,
    /// The WhatsApp provider, Twilio or Meta.
    Provider,
    /// The approver's own endpoint, which outputs are posted to.
    Webhook,
    /// The language models.
    Models,
}

/// One request that reached a proxy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// Which proxy it reached.
    pub service: Service,
    /// What it asked for: `TransactWriteItems`, `SendMessageBatch`, `PutObject`; where the
    /// protocol has no names, method and path (`GET /content/a`), for the provider method and last
    /// segment (`POST Messages.json`).
    pub operation: String,
    /// Its number among all calls since the last reset, from 1.
    pub number: usize,
}

/// The one control of all proxies. Clones share it.
#[derive(Debug, Clone)]
pub struct Faults(Arc<Control>);

#[derive(Debug)]
struct Control {
    log: Mutex<Log>,
    stopped: watch::Sender<bool>,
    hanging: watch::Sender<usize>,
}

#[derive(Debug, Default)]
struct Log {
    calls: Vec<Call>,
    plans: Vec<Plan>,
}

impl Faults {
    /// A control without plans: proxies forward everything.
    pub fn new() -> Self {
        Self(Arc::new(Control {
            log: Mutex::default(),
            stopped: watch::Sender::new(false),
            hanging: watch::Sender::new(0),
        }))
    }

    /// Puts a proxy before `upstream` and returns the address the program is to be given. It runs
    /// as long as the Tokio runtime does.
    ///
    /// # Errors
    /// When no port of the loopback interface is free.
    pub async fn proxy(
        &self,
        service: Service,
        upstream: SocketAddr,
    ) -> anyhow::Result<SocketAddr> {
        let listener = TcpListener::bind("127.0.0.1:0")
            .await
            .with_context(|| format!("no port for the fault proxy before {service:?}"))?;
        let address = listener.local_addr()?;
        tokio::spawn(proxy::run(self.clone(), service, upstream, listener));
        Ok(address)
    }

    /// Every call since the last reset, in the order of arrival.
    pub fn calls(&self) -> Vec<Call> {
        self.log().calls.clone()
    }

    /// Forgets calls, plans and a stop; numbers start at 1 again. Requests that hang go on hanging:
    /// the program that sent them is over.
    pub fn reset(&self) {
        let mut log = self.log();
        *log = Log::default();
        self.0.stopped.send_replace(false);
    }

    /// Adds a plan. Where several fit a call, the one armed first strikes.
    pub fn arm(&self, plan: Plan) {
        self.log().plans.push(plan);
    }

    /// Resolves once a stop has struck, at once if it has already. From that moment on no request
    /// is counted, forwarded or answered until the next reset, as if the program were dead; who
    /// waits here drops the program's futures and clients.
    pub async fn stopped(&self) {
        let mut stopped = self.0.stopped.subscribe();
        // An error would mean that the sender is gone, but `self` holds it.
        let _ = stopped.wait_for(|stopped| *stopped).await;
    }

    /// Lets the program act; `None` when a stop strikes meanwhile, and the act's future is gone.
    pub async fn unless_stopped<T>(&self, act: impl Future<Output = T>) -> Option<T> {
        tokio::select! {
            biased;
            () = self.stopped() => None,
            ended = act => Some(ended),
        }
    }

    /// Records a request and says what becomes of it.
    fn judge(&self, service: Service, operation: String, body: &[u8]) -> Verdict {
        let mut log = self.log();
        if *self.0.stopped.borrow() {
            return Verdict::Hang;
        }
        let number = log.calls.len() + 1;
        let call = Call {
            service,
            operation,
            number,
        };
        log.calls.push(call.clone());
        let Log { calls, plans } = &mut *log;
        let strikes = |plan: &Plan| plan.strikes(&call, body, calls);
        match plans.iter().position(strikes) {
            None => Verdict::Forward,
            Some(index) if plans[index].at.is_once() => Verdict::Strike(plans.remove(index).fault),
            Some(index) => Verdict::Strike(plans[index].fault.clone()),
        }
    }

    fn stop(&self) {
        self.0.stopped.send_replace(true);
    }

    /// Never returns; counts the request as hanging for as long as its client waits.
    async fn hang(&self) -> ! {
        let _counted = Hanging::count(&self.0.hanging);
        loop {
            std::future::pending::<()>().await;
        }
    }

    fn log(&self) -> MutexGuard<'_, Log> {
        self.0.log.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for Faults {
    fn default() -> Self {
        Self::new()
    }
}

/// What becomes of one request.
#[derive(Debug, Clone, PartialEq)]
enum Verdict {
    Forward,
    Hang,
    Strike(Fault),
}

struct Hanging<'a>(&'a watch::Sender<usize>);

impl<'a> Hanging<'a> {
    fn count(hanging: &'a watch::Sender<usize>) -> Self {
        hanging.send_modify(|count| *count += 1);
        Self(hanging)
    }
}

impl Drop for Hanging<'_> {
    fn drop(&mut self) {
        self.0.send_modify(|count| *count -= 1);
    }
}

#[cfg(test)]
mod sdk_tests;
#[cfg(test)]
mod tests;
