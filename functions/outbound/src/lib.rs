//! What comes in: messages to send, delivery statuses, and approvers' webhooks to call. What goes
//! out: each message to the provider at most once, a record of what became of it, and to its
//! thread what was refused for good.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used))]

mod addressee;
mod attention;
mod compose;
mod fetch;
mod listen;
mod messages;
mod paused;
mod settings;
mod statuses;
mod webhooks;
mod window;

use std::{collections::HashMap, sync::Arc};

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use countersign_aws::{
    Clients, Clock, Error,
    approvals::Approvals,
    batch::{self, Delivery},
    bucket::Bucket,
    business::Business,
    customers::Customers,
    numbers::Numbers,
    queues::Queue,
    sends::Sends,
    settings::Endpoint,
    threads::Threads,
};
use countersign_core::{
    EndpointId, Secret, Tenant,
    message::{Cause, Correlation, ENVELOPE_VERSION, Group, Inbound, OutboundTask, Undelivered},
};
use countersign_whatsapp::{Addresses, AnyChannel, HttpClient, InvalidConfig, Timeouts};
use futures::future::join_all;
pub use listen::Endpoint as TranscriptionEndpoint;
pub use settings::Settings;
use tracing::{Instrument, error, info_span, warn};

/// The function.
pub struct Outbound {
    endpoints: HashMap<EndpointId, Served>,
    sends: Sends,
    numbers: Numbers,
    approvals: Approvals,
    customers: Customers,
    threads: Threads,
    templates: window::Templates,
    bucket: Bucket,
    inbound: Queue<Inbound>,
    outbound: Queue<OutboundTask>,
    webhooks: Queue<OutboundTask>,
    statuses: Queue<OutboundTask>,
    public_url: String,
    token_secret: Secret,
    identity_secret: Option<Secret>,
    client: HttpClient,
    elsewhere: fetch::Elsewhere,
    /// None where nobody transcribes.
    listener: Option<listen::Listener>,
    clock: Arc<dyn Clock>,
}

struct Served {
    settings: Endpoint,
    channel: AnyChannel,
}

/// Why a task stays in its queue.
#[derive(Debug, thiserror::Error)]
enum NotDone {
    /// A call failed.
    #[error(transparent)]
    Aws(#[from] Error),
    /// It was put off: the other side did not take it for now.
    #[error("put off for {seconds} s: {why}")]
    PutOff {
        /// How long.
        seconds: i32,
        /// What happened.
        why: String,
    },
    /// No endpoint of this tenant has that name.
    #[error("endpoint {endpoint} of {tenant} is not set up here")]
    NoEndpoint {
        /// Which.
        endpoint: EndpointId,
        /// Whose.
        tenant: Tenant,
    },
}

impl Outbound {
    /// The function with these settings.
    ///
    /// # Errors
    /// When an endpoint can't be served as it is set up.
    pub fn new(
        settings: Settings,
        clients: &Clients,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, InvalidConfig> {
        let client = HttpClient::default();
        let addresses = Addresses {
            public_url: settings.public_url.clone(),
            twilio_url: settings.twilio_url.trim_end_matches('/').to_owned(),
            twilio_overrides: Some(settings.twilio_overrides),
            meta_url: settings.meta_url.trim_end_matches('/').to_owned(),
        };
        let endpoints = settings
            .endpoints
            .into_iter()
            .map(|endpoint| {
                let channel = AnyChannel::new(
                    &endpoint.endpoint,
                    &endpoint.number,
                    &endpoint.account,
                    &addresses,
                    client.clone(),
                )?;
                let name = endpoint.endpoint.clone();
                let settings = endpoint;
                Ok((name, Served { settings, channel }))
            })
            .collect::<Result<_, InvalidConfig>>()?;
        Ok(Self {
            endpoints,
            sends: Sends::new(clients.dynamodb().clone(), settings.threads.clone()),
            customers: Customers::new(clients.dynamodb().clone(), settings.business.clone()),
            threads: Threads::new(
                clients.dynamodb().clone(),
                settings.threads.clone(),
                settings.approvals.clone(),
                settings.business.clone(),
            ),
            numbers: Numbers::new(clients.dynamodb().clone(), settings.threads),
            approvals: Approvals::new(clients.dynamodb().clone(), settings.approvals),
            templates: window::Templates::new(Business::new(
                clients.dynamodb().clone(),
                settings.business,
            )),
            bucket: Bucket::new(clients.s3().clone(), settings.bucket),
            inbound: Queue::new(clients.sqs().clone(), settings.inbound),
            outbound: Queue::new(clients.sqs().clone(), settings.outbound),
            webhooks: Queue::new(clients.sqs().clone(), settings.webhooks),
            statuses: Queue::new(clients.sqs().clone(), settings.statuses),
            listener: settings
                .transcription
                .map(|endpoint| listen::Listener::new(endpoint, clients, client.clone())),
            public_url: settings.public_url,
            token_secret: settings.token_secret,
            identity_secret: settings.identity_secret,
            client,
            elsewhere: fetch::Elsewhere::new(settings.network),
            clock,
        })
    }

    /// Begins with what the first message will need, while the function has yet to be asked for
    /// anything: that time is cheap, and on Lambda has the most processor.
    pub fn prepare(&self) {
        self.client.prepare(Timeouts::DEFAULT);
    }

    /// Works through a batch. The answer names the messages that stay in the queue.
    pub async fn handle(&self, event: SqsEvent) -> SqsBatchResponse {
        let groups = batch::by_group(event);
        let failed = join_all(groups.into_iter().map(|group| self.group(group))).await;
        batch::stay(failed.into_iter().flatten())
    }

    /// Works through a group's messages in their order; from the first failure on they stay.
    async fn group(&self, group: Vec<Delivery<OutboundTask>>) -> Vec<String> {
        let ids: Vec<String> = group.iter().map(|delivery| delivery.id.clone()).collect();
        let receipts: Vec<String> = group.iter().map(|d| d.receipt.clone()).collect();
        for (index, delivery) in group.into_iter().enumerate() {
            let queue = self.queue(&delivery.queue);
            let receives = delivery.receives;
            let Err(error) = self.delivery(delivery).await else {
                continue;
            };
            let seconds = match &error {
                NotDone::PutOff { seconds, .. } => {
                    warn!(%error, "not done yet");
                    *seconds
                }
                NotDone::Aws(_) | NotDone::NoEndpoint { .. } => {
                    error!(%error, "task failed; it will be tried again");
                    batch::pause(receives)
                }
            };
            // The group waits as long as any of its messages, so all wait equally long.
            let receipts: Vec<&str> = receipts[index..].iter().map(String::as_str).collect();
            if let Some(queue) = queue
                && let Err(error) = queue.defer(&receipts, seconds).await
            {
                warn!(%error, "not put off; the queue's own timeout applies");
            }
            return ids[index..].to_vec();
        }
        Vec::new()
    }

    /// The queue of that name, if it is one of ours.
    fn queue(&self, name: &str) -> Option<&Queue<OutboundTask>> {
        let ours = [&self.outbound, &self.statuses, &self.webhooks];
        ours.into_iter().find(|queue| queue.name() == name)
    }

    async fn delivery(&self, delivery: Delivery<OutboundTask>) -> Result<(), NotDone> {
        let task = delivery.message?;
        let span = info_span!("task", correlation = %correlation(&task));
        async {
            match &task {
                OutboundTask::Message(message) => self.message(message).await,
                OutboundTask::Status(status) => self.status(status).await,
                OutboundTask::Webhook(call) => self.webhook(call, delivery.receives).await,
                OutboundTask::Fetch(order) => self.fetch(order, delivery.receives).await,
                OutboundTask::Attention(attention) => {
                    self.show(attention).await;
                    Ok(())
                }
                OutboundTask::Release(order) => self.release(order).await,
            }
        }
        .instrument(span)
        .await
    }

    /// The endpoint of that name, if it is this tenant's.
    fn served(&self, endpoint: &EndpointId, tenant: &Tenant) -> Result<&Served, NotDone> {
        self.endpoints
            .get(endpoint)
            .filter(|served| served.settings.tenant == *tenant)
            .ok_or_else(|| NotDone::NoEndpoint {
                endpoint: endpoint.clone(),
                tenant: tenant.clone(),
            })
    }

    /// Tells a thread that a message of its won't arrive. Telling it twice is harmless.
    async fn tell_undelivered(
        &self,
        tenant: &Tenant,
        group: &Group,
        correlation: &Correlation,
        undelivered: Undelivered,
    ) -> Result<(), Error> {
        self.inbound
            .send(&Inbound {
                v: ENVELOPE_VERSION,
                tenant: tenant.clone(),
                correlation: correlation.clone(),
                group: group.clone(),
                received_at: self.clock.now(),
                cause: Cause::Undelivered(undelivered),
            })
            .await
    }
}

fn correlation(task: &OutboundTask) -> &Correlation {
    match task {
        OutboundTask::Message(message) => &message.correlation,
        OutboundTask::Status(status) => &status.correlation,
        OutboundTask::Webhook(call) => &call.correlation,
        OutboundTask::Fetch(order) => &order.correlation,
        OutboundTask::Attention(attention) => &attention.correlation,
        OutboundTask::Release(order) => &order.correlation,
    }
}
