//! Language models on this machine: a server that speaks OpenAI's, Anthropic's and Gemini's
//! protocols, holds every request against them, and answers what it is told to.
//!
//! What comes in is a question as a program asks it of the real provider; what goes out is an answer
//! from a script, whole or in pieces, or what goes wrong with one. Tokens are counted the same way
//! every time, and what was read before is counted as cached, as far as the provider would.
//!
//! The shapes are those of
//! <https://platform.openai.com/docs/api-reference/chat>,
//! <https://platform.claude.com/docs/en/api/messages> and
//! <https://ai.google.dev/api/generate-content>.

mod anthropic;
mod check;
mod count;
mod gemini;
mod moderations;
mod openai;
mod pictures;
mod request;
mod script;
mod serve;
#[cfg(test)]
mod tests;
mod transcriptions;

pub use self::{
    moderations::Judgement,
    request::{Delivery, Message, Part, Request, Role},
    script::{Call, Canned, Ends, Reply},
    transcriptions::{Listened, Spoken},
};

use std::{
    collections::VecDeque,
    fmt,
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use anyhow::Context;
use futures::future::BoxFuture;
use serde_json::json;
use tokio::{net::TcpListener, task::AbortHandle};

use self::{count::Cache, moderations::Judge, transcriptions::Ear};

/// The key that every dialect wants. Everybody can read it here, so it guards nothing.
pub const KEY: &str = "local-models-key";

/// How many requests are remembered.
const REMEMBERED: usize = 2_000;

/// The setting `MODELS` that makes every provider the server at `address`, or what stands before it.
pub fn settings(address: SocketAddr) -> String {
    let url = format!("http://{address}");
    json!({
        "openai": { "key": KEY, "base_url": format!("{url}/v1/") },
        "anthropic": { "key": KEY, "base_url": format!("{url}/v1/") },
        "gemini": { "key": KEY, "base_url": format!("{url}/v1beta/") },
        "compatible": { "base_url": format!("{url}/compatible/v1/") },
    })
    .to_string()
}

/// The server. Clones are the same one; it ends with the last of them.
#[derive(Clone)]
pub struct FakeModels(Arc<Running>);

struct Running {
    address: SocketAddr,
    state: Arc<State>,
    task: AbortHandle,
}

impl Drop for Running {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Answers a question that the script has no answer for.
type Answerer = Arc<dyn Fn(&Request) -> Canned + Send + Sync>;

/// Passes before each piece of a streamed answer, of which these words have been sent.
type Pause = Arc<dyn Fn(String) -> BoxFuture<'static, ()> + Send + Sync>;

struct State(Mutex<Inner>);

struct Inner {
    script: VecDeque<Canned>,
    otherwise: Option<Answerer>,
    summarizer: Option<Answerer>,
    pause: Option<Pause>,
    judge: Option<Judge>,
    judged: Vec<String>,
    ear: Option<Ear>,
    listened: Vec<Listened>,
    requests: VecDeque<Request>,
    violations: Vec<String>,
    cache: Cache,
}

impl FakeModels {
    /// Starts on a port of 127.0.0.1; 0 takes any free one. Runs within the Tokio runtime of the
    /// caller.
    ///
    /// # Errors
    /// The port is taken.
    pub async fn start(port: u16) -> anyhow::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", port))
            .await
            .with_context(|| format!("no language models on port {port}; choose another one"))?;
        let address = listener.local_addr()?;
        let state = Arc::new(State(Mutex::new(Inner {
            script: VecDeque::new(),
            otherwise: None,
            summarizer: None,
            pause: None,
            judge: None,
            judged: Vec::new(),
            ear: None,
            listened: Vec::new(),
            requests: VecDeque::new(),
            violations: Vec::new(),
            cache: Cache::default(),
        })));
        let router = serve::router(state.clone());
        let task = tokio::spawn(async move {
            // It ends only with the task.
            let _ = axum::serve(listener, router).await;
        });
        Ok(Self(Arc::new(Running {
            address,
            state,
            task: task.abort_handle(),
        })))
    }

    /// Where it is, such as `http://127.0.0.1:4005`.
    pub fn url(&self) -> String {
        format!("http://{}", self.0.address)
    }

    /// Its address.
    pub fn address(&self) -> SocketAddr {
        self.0.address
    }

    /// The setting `MODELS` that makes every provider this server.
    pub fn settings(&self) -> String {
        settings(self.0.address)
    }

    /// Adds answers: the next questions get them, in this order, whoever asks.
    pub fn script(&self, answers: impl IntoIterator<Item = Canned>) {
        self.inner().script.extend(answers);
    }

    /// Answers whatever the script has no answer for. Without this, such a question is a violation.
    pub fn answer_with(&self, answer: impl Fn(&Request) -> Canned + Send + Sync + 'static) {
        self.inner().otherwise = Some(Arc::new(answer));
    }

    /// Answers whoever asks for a summary, before the script is looked at: when one is due is no
    /// part of what a script tells.
    pub fn summarize_with(&self, answer: impl Fn(&Request) -> Canned + Send + Sync + 'static) {
        self.inner().summarizer = Some(Arc::new(answer));
    }

    /// Waits before each piece of a streamed answer, given the words that have been sent of it. A
    /// test so decides what happens between them.
    pub fn pause_with(
        &self,
        pause: impl Fn(String) -> BoxFuture<'static, ()> + Send + Sync + 'static,
    ) {
        self.inner().pause = Some(Arc::new(pause));
    }

    /// How many answers of the script nobody has asked for yet.
    pub fn left_over(&self) -> usize {
        self.inner().script.len()
    }

    /// The questions since the start or the last [`reset`](Self::reset), 2,000 of them at most.
    pub fn requests(&self) -> Vec<Request> {
        self.inner().requests.iter().cloned().collect()
    }

    /// What was against a provider's protocol. Each was refused with 400, or with 401 for the key.
    pub fn violations(&self) -> Vec<String> {
        self.inner().violations.clone()
    }

    /// Forgets script and answerers, pauses, requests, violations and what was cached.
    pub fn reset(&self) {
        let mut inner = self.inner();
        inner.script.clear();
        inner.otherwise = None;
        inner.summarizer = None;
        inner.pause = None;
        inner.judge = None;
        inner.judged.clear();
        inner.ear = None;
        inner.listened.clear();
        inner.requests.clear();
        inner.violations.clear();
        inner.cache = Cache::default();
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.state.inner()
    }
}

impl State {
    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Remembers a request with what is wrong about it, counts what it reads, and says how it is
    /// answered; `None` when it is against the protocol.
    fn take(&self, mut request: Request, wrong: Vec<String>) -> Option<(Canned, Request)> {
        let mut inner = self.inner();
        request.usage = inner.cache.read(&request);
        let number = inner.requests.len() + 1;
        if inner.requests.len() == REMEMBERED {
            inner.requests.pop_front();
        }
        inner.requests.push_back(request.clone());
        let summarizer = inner.summarizer.clone();
        let summarizer = summarizer.filter(|_| request.is_for_a_summary());
        let scripted = match summarizer {
            Some(_) => None,
            None => inner.script.pop_front(),
        };
        let otherwise = summarizer.or_else(|| inner.otherwise.clone());
        let is_right = wrong.is_empty();
        let name = request.provider.name();
        let told = wrong
            .into_iter()
            .map(|wrong| format!("request {number} ({name}): {wrong}"));
        inner.violations.extend(told);
        if !is_right {
            return None;
        }
        let canned = match (scripted, otherwise) {
            (Some(canned), _) => Some(canned),
            (None, Some(answer)) => {
                // The answerer may look at this server.
                drop(inner);
                Some(answer(&request))
            }
            (None, None) => {
                let told = format!("request {number} ({name}): no answer was scripted for it");
                inner.violations.push(told);
                None
            }
        };
        canned.map(|canned| (canned, request))
    }

    fn pause(&self) -> Option<Pause> {
        self.inner().pause.clone()
    }

    /// Remembers what is wrong about a request that can't even be read.
    fn refuse(&self, provider: &str, wrong: &str) {
        self.inner().violations.push(format!("{provider}: {wrong}"));
    }
}

impl fmt::Debug for FakeModels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("FakeModels").field(&self.0.address).finish()
    }
}
