//! What comes in: batches of what happened to threads. What goes out: for each thread one commit
//! that records it and all that follows from it, and then what the commit's outbox says.
//!
//! A batch falls into groups, one per conversation, which run side by side; a group's messages run
//! in their order, and the first failure leaves the rest of its group in the queue.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used))]

mod again;
mod ask;
mod attention;
mod cache;
mod effects;
mod elsewhere;
mod found;
mod heard;
mod later;
mod leaves;
mod listen;
mod moderation;
mod notes;
mod outputs;
mod past;
mod pictures;
mod profiles;
mod settings;
mod stream;
mod summary;
mod switches;
mod think;
mod turns;

use std::sync::Arc;

pub use self::{
    leaves::{Leaves, Which},
    outputs::outputs,
    settings::Settings,
    switches::{Listens, Moderation, ResponseCache, StreamAnswers, Typing},
};
use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use countersign_aws::{
    Clients, Clock, Error,
    batch::{self, Delivery},
    breakers::Breakers,
    business::Business,
    customers::Customers,
    queues::Queue,
    response_cache,
    sends::Sends,
    spend::Spend,
    threads::Threads,
};
use countersign_business::Tools;
use countersign_core::{
    Secret,
    breaker::Rule,
    commands,
    context::Parameters,
    identity::Codes,
    limits::Limits,
    message::{Cause, Content, Inbound, InboundMessage},
    opt_out::OptWords,
    thread::MOST_OPEN,
};
use countersign_models::Models;
use countersign_remote::Remote;
use futures::future::join_all;
use jiff::tz::TimeZone;
use tracing::{Instrument, error, info, info_span, warn};

use crate::{
    effects::Effects,
    pictures::Pictures,
    profiles::Profiles,
    think::Thinking,
    turns::{Ends, TurnError},
};

/// The function.
pub struct Agent {
    threads: Threads,
    sends: Sends,
    customers: Customers,
    profiles: Profiles,
    tools: Tools,
    effects: Effects,
    inbound: Queue<Inbound>,
    /// None where no provider may be asked.
    thinking: Option<Thinking>,
    remote: Remote,
    parameters: Parameters,
    settle_seconds: i32,
    stream_answers: StreamAnswers,
    listens: Listens,
    /// What one-time codes are made of; none where none are sent.
    identity_secret: Option<Secret>,
    /// None where every question is asked of a model.
    cache: Option<response_cache::ResponseCache>,
    typing: Typing,
    /// How much of one person's is answered.
    limits: Limits,
    /// The usual ones.
    opt_words: OptWords,
    clock: Arc<dyn Clock>,
}

/// What one turn takes in, in bytes of JSON, unless a message alone has more: with what comes of it, it
/// is one item of at most 400 KB.
const MOST_INTAKE: usize = 100_000;

/// A message of a group that could be read.
struct Received {
    receives: u32,
    inbound: Inbound,
}

/// What becomes of a group's messages.
enum Outcome {
    /// All are done with.
    Done,
    /// From this one on they stay in the queue.
    FailedFrom(usize),
    /// The same, and they go on at once: nothing failed.
    YieldsFrom(usize),
}

impl Agent {
    /// The function with these settings.
    pub fn new(settings: &Settings, clients: &Clients, clock: Arc<dyn Clock>) -> Self {
        let business = Business::new(clients.dynamodb().clone(), settings.business.clone());
        let some = !settings.models.is_empty();
        let limit = some.then_some(settings.conversation_limit);
        let codes = match &settings.identity_secret {
            Some(_) => Codes::Sent,
            None => Codes::Unset,
        };
        Self {
            threads: Threads::new(
                clients.dynamodb().clone(),
                settings.threads.clone(),
                settings.approvals.clone(),
                settings.business.clone(),
            ),
            sends: Sends::new(clients.dynamodb().clone(), settings.threads.clone()),
            customers: Customers::new(clients.dynamodb().clone(), settings.business.clone()),
            profiles: Profiles::new(
                business.clone(),
                limit,
                codes,
                settings.limits,
                clock.clone(),
            ),
            tools: Tools::new(business),
            effects: Effects::new(settings, clients),
            inbound: Queue::new(clients.sqs().clone(), settings.inbound.clone()),
            thinking: limit.map(|_| {
                let spend = Spend::new(clients.dynamodb().clone(), settings.business.clone());
                let table = settings.business.clone();
                let breakers = Breakers::new(clients.dynamodb().clone(), table, Rule::default());
                let models = Models::with_patience(settings.models.clone(), Thinking::patience());
                let pictures = Pictures::new(clients, &settings.bucket);
                Thinking::new(models, spend, breakers, pictures, settings)
            }),
            remote: Remote::new(settings.remote.clone()),
            parameters: Parameters {
                budget_tokens: settings.context_tokens,
                ..Parameters::default()
            },
            settle_seconds: settings.settle_seconds,
            stream_answers: settings.stream_answers,
            listens: settings.listens,
            identity_secret: settings.identity_secret.clone(),
            cache: match settings.response_cache {
                ResponseCache::On => Some(response_cache::ResponseCache::new(
                    clients.dynamodb().clone(),
                    settings.business.clone(),
                )),
                ResponseCache::Off => None,
            },
            typing: settings.typing,
            limits: settings.limits,
            opt_words: OptWords::default(),
            clock,
        }
    }

    /// Begins with what the first question to a model will need, while the function has yet to be asked
    /// for anything: that time is cheap, and on Lambda has the most processor.
    pub fn prepare(&self) {
        if let Some(thinking) = &self.thinking {
            thinking.models.prepare();
        }
    }

    /// Works through a batch. The answer names the messages that stay in the queue.
    pub async fn handle(&self, event: SqsEvent) -> SqsBatchResponse {
        let groups = batch::by_group(event);
        let ends = Ends::of(self.clock.now());
        let failed = join_all(groups.into_iter().map(|group| self.group(group, ends))).await;
        batch::stay(failed.into_iter().flatten())
    }

    /// Works through a group's messages and gives those that stay in the queue.
    async fn group(&self, group: Vec<Delivery<Inbound>>, ends: Ends) -> Vec<String> {
        let ids: Vec<String> = group.iter().map(|delivery| delivery.id.clone()).collect();
        let tries: Vec<(String, u32)> = group
            .iter()
            .map(|delivery| (delivery.receipt.clone(), delivery.receives))
            .collect();
        let mut readable = Vec::new();
        for delivery in group {
            match delivery.message {
                Ok(inbound) => readable.push(Received {
                    receives: delivery.receives,
                    inbound,
                }),
                // It and what follows it stay, so that the order holds.
                Err(error) => {
                    error!(%error, "queue message not to be read");
                    break;
                }
            }
        }
        if self.is_burst(&readable) && self.put_off(&tries).await.is_ok() {
            self.burst_waits(&readable).await;
            return ids;
        }
        let stays = match self.deliveries(&readable, ends).await {
            Outcome::Done => readable.len(),
            Outcome::FailedFrom(index) => index,
            Outcome::YieldsFrom(index) => {
                self.put_back(&tries[index..], 0).await;
                return ids[index..].to_vec();
            }
        };
        if let Some((_, receives)) = tries.get(stays) {
            self.put_back(&tries[stays..], batch::pause(*receives))
                .await;
        }
        ids[stays..].to_vec()
    }

    /// Takes runs of customer's messages as one turn, and everything else as a turn of its own.
    async fn deliveries(&self, deliveries: &[Received], ends: Ends) -> Outcome {
        let mut from = 0;
        while from < deliveries.len() {
            let messages = deliveries[from..]
                .iter()
                .take_while(|delivery| is_message_to(&deliveries[from].inbound, &delivery.inbound))
                // More than a thread remembers as unanswered would go unanswered.
                .take(MOST_OPEN)
                .scan(0, |weight, delivery| {
                    *weight += delivery.inbound.cause.weight();
                    Some(*weight)
                })
                // The rest is the next turn's; the first is taken in whatever it weighs.
                .take_while(|weight| *weight <= MOST_INTAKE)
                .count();
            let to = from + messages.max(1);
            let run: Vec<&Inbound> = deliveries[from..to].iter().map(|d| &d.inbound).collect();
            let head = run[0];
            let span = info_span!("turn", correlation = %head.correlation, tenant = %head.tenant);
            match self.turn(&run, ends).instrument(span.clone()).await {
                Ok(()) => {}
                Err(error @ TurnError::Yields) => {
                    span.in_scope(|| info!(%error, "the turn yields"));
                    return Outcome::YieldsFrom(from);
                }
                Err(error) => {
                    span.in_scope(|| error!(%error, "turn failed; it will be tried again"));
                    return Outcome::FailedFrom(from);
                }
            }
            from = to;
        }
        Outcome::Done
    }

    /// Whether more may be on its way: a message nobody has seen yet that is no clear command.
    fn is_burst(&self, deliveries: &[Received]) -> bool {
        let Some(first) = deliveries.first() else {
            return false;
        };
        let Cause::Message(message) = &first.inbound.cause else {
            return false;
        };
        let Some(words) = message.content.words() else {
            return false;
        };
        // Which day it is plays no part in whether a text is a command.
        let today = TimeZone::UTC.to_datetime(self.clock.now()).date();
        self.settle_seconds > 0
            && deliveries.iter().all(|delivery| delivery.receives <= 1)
            && !commands::is_sure(words, today)
            // A company's own words are not known yet, and wait like any other.
            && self.opt_words.asked(words).is_none()
    }

    /// What failed is tried again soon, longer after each time, and not only when the queue's own
    /// timeout is over: the group waits as long as any of its messages.
    async fn put_back(&self, tries: &[(String, u32)], seconds: i32) {
        let receipts: Vec<&str> = tries.iter().map(|(receipt, _)| receipt.as_str()).collect();
        if let Err(error) = self.inbound.defer(&receipts, seconds).await {
            warn!(%error, "not put off; the queue's own timeout applies");
        }
    }

    /// All of them: a group waits as long as any of its messages.
    async fn put_off(&self, tries: &[(String, u32)]) -> Result<(), Error> {
        let receipts: Vec<&str> = tries.iter().map(|(receipt, _)| receipt.as_str()).collect();
        self.inbound
            .defer(&receipts, self.settle_seconds)
            .await
            .inspect_err(|error| error!(%error, "burst not put off; answering at once"))
    }
}

/// Whether `other` is a customer's message to the same endpoint as `first`. A number can serve
/// only one endpoint, but who serves it can change while messages wait. A change of names is a turn of
/// its own: what was written before it and after it may be two people's.
fn is_message_to(first: &Inbound, other: &Inbound) -> bool {
    let is_renamed = |message: &InboundMessage| matches!(message.content, Content::Renamed { .. });
    match (&first.cause, &other.cause) {
        (Cause::Message(first_message), Cause::Message(message)) => {
            let is_same = first_message.endpoint == message.endpoint;
            let is_renamed = is_renamed(first_message) || is_renamed(message);
            first.tenant == other.tenant && is_same && !is_renamed
        }
        _ => false,
    }
}
