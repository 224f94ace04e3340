//! WhatsApp's providers on this machine: they speak Twilio's API and Meta's Cloud API to the
//! functions, post signed webhooks to ingress, and show the phone page what is said.
//!
//! What comes in is a send, as the functions make it towards a provider, or what is done on a phone;
//! what goes out is a webhook or a status callback. Nothing is fetched on a send.

mod answers;
mod api;
mod compose;
mod content;
mod controls;
mod conversations;
mod feed;
mod inbound;
mod media;
mod message;
mod meta;
mod provider;
mod signing;
mod statuses;
mod switches;
#[cfg(test)]
mod tests;
mod twilio_form;

pub(crate) use self::meta::signature_of;
pub use self::{
    answers::{Answer, Effect},
    compose::{Composed, SimSender},
    content::{MediaKind, SimChoice, SimContact, SimContent, SimItem, SimMedia, SimSection},
    inbound::SentInbound,
    media::SimFile,
    message::{Direction, Shown, SimMessage, SimPerson, SimReferral, SimRole, SimStatus},
    provider::{MetaConfig, SimProvider},
    signing::{Signature, signed_form},
    statuses::{PostedStatus, Statuses},
    switches::Fault,
};

use std::{
    collections::{BTreeSet, VecDeque},
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError},
    time::Duration,
};

use axum::{Router, http::header};
use countersign_aws::Clock;
use countersign_core::{E164, window::MessageTemplate};
use jiff::SignedDuration;
use tokio::sync::{mpsc, watch};

use crate::clock::WoundClock;

use self::{
    conversations::Conversations,
    media::Files,
    message::PostedWebhook,
    statuses::{Planned, plan},
};

/// What a [`Simulator`] needs to know.
#[derive(Clone)]
pub struct SimulatorConfig {
    /// Twilio's id of the account, `AC` and 32 hex digits.
    pub account_sid: String,
    /// The secret that authenticates sends and signs webhooks.
    pub auth_token: String,
    /// The business's name, as phones show it.
    pub name: String,
    /// The business's number at Twilio.
    pub number: E164,
    /// Where this API is served, for the addresses of files.
    pub api_url: String,
    /// Where texts from phones are posted, such as
    /// `http://127.0.0.1:4000/webhooks/twilio/demo`.
    pub webhook_url: String,
    /// The URL that the signature covers; [`Self::webhook_url`] unless a proxy stands between.
    pub public_url: String,
    /// The account at Meta, if there is one.
    pub meta: Option<MetaConfig>,
    /// Whose phones the page offers.
    pub people: Vec<SimPerson>,
    /// The templates it knows as approved, shown as what their recipients read.
    pub templates: Vec<MessageTemplate>,
    /// Dates the messages.
    pub clock: Arc<dyn Clock>,
    /// The file that keeps the conversations; `None` keeps them in memory.
    pub store: Option<PathBuf>,
}

/// Whether free text is refused 24 hours after a person's last message, as on WhatsApp.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Window {
    /// Free text outside the window ends as `failed` with 63016 at Twilio and is refused with
    /// 131047 at Meta; templates pass.
    Enforced,
    /// The same for everybody, whenever they wrote.
    Closed,
    /// Everything passes.
    Ignored,
}

/// What the simulator could not do.
#[derive(Debug, thiserror::Error)]
pub enum SimulatorError {
    /// A webhook or callback gave no answer.
    #[error("{url} can't be reached ({reason}); check that the functions are running there")]
    Unreachable {
        /// Where the POST went.
        url: String,
        /// The whole chain of causes.
        reason: String,
    },
    /// A message that isn't there, or has no webhook.
    #[error("no message {0} that could be used for this; list them at /sim/conversations")]
    UnknownMessage(String),
    /// A message that was sent without `StatusCallback`.
    #[error("message {0} has no StatusCallback; send it with one")]
    NoCallback(String),
    /// A kind of message that the provider does not pass on.
    #[error("{provider:?} passes no {kind} on; send it through the other provider")]
    NotPassedOn {
        /// Which provider.
        provider: SimProvider,
        /// What was to be sent.
        kind: &'static str,
    },
    /// A provider without an account.
    #[error("there is no account at {0:?} here; configure one for the simulator")]
    NoAccount(SimProvider),
    /// The file of the conversations.
    #[error("conversations can't be kept at {path}: {source}; check the folder's permissions")]
    Store {
        /// Which file.
        path: PathBuf,
        /// What the file system said.
        source: std::io::Error,
    },
    /// No HTTP client.
    #[error("no HTTP client: {0}; check this machine's certificates")]
    Client(#[from] reqwest::Error),
    /// A condition that did not come about.
    #[error("waited {bound:?} for {what}; the messages are {messages:#?}")]
    TimedOut {
        /// What was waited for.
        what: String,
        /// How long.
        bound: Duration,
        /// What there was at the end.
        messages: Vec<SimMessage>,
    },
}

/// The simulated provider. Clones are the same one.
#[derive(Clone)]
pub struct Simulator(Arc<Inner>);

struct Inner {
    config: SimulatorConfig,
    client: reqwest::Client,
    conversations: Mutex<Conversations>,
    files: Mutex<Files>,
    pace: Mutex<meta::Pace>,
    winder: OnceLock<WoundClock>,
    script: Mutex<Script>,
    changes: watch::Sender<u64>,
    planned: mpsc::UnboundedSender<Planned>,
    /// Texts typed on the page go out one after the other.
    turn: tokio::sync::Mutex<()>,
}

/// How the provider behaves.
struct Script {
    answers: VecDeque<Answer>,
    statuses: Statuses,
    window: Window,
    held: Vec<Planned>,
    faults: BTreeSet<Fault>,
    /// The message that waits for another to overtake it.
    late: Option<String>,
    /// Planned steps that the worker has not finished.
    under_way: usize,
}

impl Simulator {
    /// A provider with the conversations of its store, statuses automatic and the window
    /// enforced. Is called within a tokio runtime, which then posts the statuses.
    ///
    /// # Errors
    /// The store can't be read or written.
    pub fn new(config: SimulatorConfig) -> Result<Self, SimulatorError> {
        let unkept = |source| {
            let path = config.store.clone().unwrap_or_default();
            SimulatorError::Store { path, source }
        };
        let conversations = Conversations::open(config.store.as_deref()).map_err(unkept)?;
        let files = Files::open(config.store.as_deref()).map_err(unkept)?;
        // Twilio's own limits (facts on webhooks: 5 s to connect, 15 s to answer). A machine's
        // proxy settings don't apply: everything is here.
        let client = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(Duration::from_secs(5))
            .timeout(Duration::from_secs(15))
            .build()?;
        let (planned, steps) = mpsc::unbounded_channel();
        let inner = Arc::new(Inner {
            config,
            client,
            conversations: Mutex::new(conversations),
            files: Mutex::new(files),
            pace: Mutex::default(),
            winder: OnceLock::new(),
            script: Mutex::new(Script {
                answers: VecDeque::new(),
                statuses: Statuses::Automatic,
                window: Window::Enforced,
                held: Vec::new(),
                faults: BTreeSet::from([Fault::Window]),
                late: None,
                under_way: 0,
            }),
            changes: watch::Sender::new(0),
            planned,
            turn: tokio::sync::Mutex::new(()),
        });
        tokio::spawn(statuses::work(Arc::downgrade(&inner), steps));
        Ok(Self(inner))
    }

    /// The providers' APIs and the page's feed under `/sim`. Must be served so that a handler's unwinding
    /// closes its connection, as `axum::serve` does, for [`Answer::DropConnection`].
    pub fn router(&self) -> Router {
        api::router()
            .merge(meta::router())
            .merge(feed::router())
            .merge(controls::router())
            .with_state(self.clone())
    }

    /// Queues how the next sends are treated, after those already queued.
    pub fn next_answers(&self, answers: impl IntoIterator<Item = Answer>) {
        self.script().answers.extend(answers);
    }

    /// Switches between statuses that come by themselves and statuses that are held.
    pub fn set_statuses(&self, statuses: Statuses) {
        self.script().statuses = statuses;
    }

    /// Lets the page wind the clock, which everybody here has to go by. The first one stays.
    pub fn wind_with(&self, clock: WoundClock) {
        self.0.winder.get_or_init(|| clock);
    }

    fn winder(&self) -> Option<&WoundClock> {
        self.0.winder.get()
    }

    /// What was sent to a phone, in order.
    pub fn sent_to(&self, phone: &E164) -> Vec<SimMessage> {
        let all = self.conversations();
        let theirs = all.messages().iter().filter(|m| m.phone == *phone);
        theirs
            .filter(|m| m.direction == Direction::Outbound)
            .cloned()
            .collect()
    }

    /// Whether a phone shows the business as typing.
    pub fn is_typing(&self, provider: SimProvider, phone: &E164) -> bool {
        let now = self.config().clock.now();
        self.conversations().is_typing(provider, phone, now)
    }

    /// The message with this sid.
    pub fn message(&self, sid: &str) -> Option<SimMessage> {
        self.conversations().get(sid).cloned()
    }

    /// Waits until `condition`, asked about all messages after every change, gives something.
    ///
    /// # Errors
    /// It gave nothing within `bound` of real time.
    pub async fn wait_for<T>(
        &self,
        what: &str,
        bound: Duration,
        mut condition: impl FnMut(&[SimMessage]) -> Option<T>,
    ) -> Result<T, SimulatorError> {
        self.wait(what, bound, |simulator| {
            condition(simulator.conversations().messages())
        })
        .await
    }

    /// Waits until every automatic status was posted.
    ///
    /// # Errors
    /// That took longer than `bound` of real time.
    pub async fn statuses_posted(&self, bound: Duration) -> Result<(), SimulatorError> {
        self.wait("statuses to be posted", bound, |simulator| {
            (simulator.script().under_way == 0).then_some(())
        })
        .await
    }

    async fn wait<T>(
        &self,
        what: &str,
        bound: Duration,
        mut condition: impl FnMut(&Self) -> Option<T>,
    ) -> Result<T, SimulatorError> {
        let mut changes = self.0.changes.subscribe();
        let met = async {
            loop {
                changes.borrow_and_update();
                if let Some(found) = condition(self) {
                    return found;
                }
                if changes.changed().await.is_err() {
                    std::future::pending::<()>().await;
                }
            }
        };
        tokio::time::timeout(bound, met)
            .await
            .map_err(|_| SimulatorError::TimedOut {
                what: what.to_owned(),
                bound,
                messages: self.conversations().messages().to_vec(),
            })
    }

    fn config(&self) -> &SimulatorConfig {
        &self.0.config
    }

    fn conversations(&self) -> MutexGuard<'_, Conversations> {
        let lock = self.0.conversations.lock();
        lock.unwrap_or_else(PoisonError::into_inner)
    }

    fn files(&self) -> MutexGuard<'_, Files> {
        let lock = self.0.files.lock();
        lock.unwrap_or_else(PoisonError::into_inner)
    }

    fn pace(&self) -> MutexGuard<'_, meta::Pace> {
        let lock = self.0.pace.lock();
        lock.unwrap_or_else(PoisonError::into_inner)
    }

    fn script(&self) -> MutexGuard<'_, Script> {
        let lock = self.0.script.lock();
        lock.unwrap_or_else(PoisonError::into_inner)
    }

    fn changed(&self) {
        self.0.changes.send_modify(|count| *count += 1);
    }

    fn next_answer(&self) -> Answer {
        let next = self.script().answers.pop_front();
        next.unwrap_or_else(|| self.usual_answer())
    }

    fn take_outbound(&self, message: SimMessage, failing: Option<u32>) {
        let steps = plan(&message.sid, failing);
        let mut all = self.conversations();
        all.mark_answered(message.provider, &message.phone);
        all.put(message);
        drop(all);
        self.plan(steps);
        self.changed();
    }

    fn type_to(&self, provider: SimProvider, phone: &E164) {
        let mut all = self.conversations();
        all.mark_answered(provider, phone);
        all.set_typing(provider, phone, self.config().clock.now());
        drop(all);
        self.changed();
    }

    fn mark_answered(&self, provider: SimProvider, phone: &E164) {
        self.conversations().mark_answered(provider, phone);
        self.changed();
    }

    /// Everybody who has a phone here or a conversation with this provider.
    fn known_phones(&self, provider: SimProvider) -> BTreeSet<E164> {
        let people = self.config().people.iter().map(|one| one.number.clone());
        let all = self.conversations();
        let theirs = all.messages().iter().filter(|m| m.provider == provider);
        people.chain(theirs.map(|m| m.phone.clone())).collect()
    }

    /// How much of itself a phone has shown Meta, the last time it wrote.
    fn shown(&self, phone: &E164) -> Shown {
        let all = self.conversations();
        let mut theirs = all.messages().iter().rev();
        theirs
            .find(|m| {
                m.direction == Direction::Inbound
                    && m.provider == SimProvider::Meta
                    && m.phone == *phone
            })
            .map_or(Shown::Both, |m| m.shown)
    }

    /// Opens everything that arrived on a phone, the way looking at the chat does.
    fn read_on(&self, provider: SimProvider, phone: &E164) {
        let arrived = self.sent_to(phone).into_iter();
        let steps = arrived
            .filter(|message| message.provider == provider)
            .filter(|message| message.status == SimStatus::Delivered)
            .map(|message| Planned {
                sid: message.sid,
                status: SimStatus::Read,
                error_code: None,
            })
            .collect();
        self.plan(steps);
    }

    fn is_outside_window(&self, provider: SimProvider, phone: &E164) -> bool {
        match self.script().window {
            Window::Ignored => return false,
            Window::Closed => return true,
            Window::Enforced => {}
        }
        let since = self.config().clock.now() - SignedDuration::from_hours(24);
        let all = self.conversations();
        !all.messages().iter().any(|m| {
            m.direction == Direction::Inbound
                && m.provider == provider
                && m.phone == *phone
                && m.at > since
        })
    }

    async fn post(&self, webhook: &PostedWebhook) -> Result<u16, SimulatorError> {
        let (media_type, agent, name) = match webhook.provider {
            SimProvider::Twilio => (
                "application/x-www-form-urlencoded",
                "TwilioProxy/1.1",
                "X-Twilio-Signature",
            ),
            SimProvider::Meta => (
                "application/json",
                "facebookexternalua",
                "X-Hub-Signature-256",
            ),
        };
        let url = &webhook.url;
        let request = self
            .0
            .client
            .post(url)
            .header(header::CONTENT_TYPE, media_type)
            .header(header::USER_AGENT, agent)
            .body(webhook.body.clone());
        let request = match &webhook.signature {
            Some(signature) => request.header(name, signature),
            None => request,
        };
        let answer = request.send().await.map_err(|error| {
            let causes = std::iter::successors(Some(&error as &dyn std::error::Error), |cause| {
                cause.source()
            });
            let reason: Vec<_> = causes.map(ToString::to_string).collect();
            SimulatorError::Unreachable {
                url: url.clone(),
                reason: reason.join(": "),
            }
        })?;
        Ok(answer.status().as_u16())
    }
}
