//! What comes in: the providers' webhooks. What goes out: one queue message for each customer's
//! message or delivery status, and an answer at once. Nothing is read or written on the way.
//!
//! Verify, decode, enqueue, 200 — in this order: the endpoint in the path selects the secret
//! before anything is parsed.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used))]

mod route;
mod settings;

use std::{collections::HashMap, sync::Arc};

use countersign_aws::{Clients, Clock, queues::Queue};
use countersign_core::{
    EndpointId, Tenant,
    message::{
        Cause, Correlation, ENVELOPE_VERSION, Group, Inbound, InboundMessage, OutboundTask,
        StatusUpdate,
    },
};
use countersign_whatsapp::{
    Addresses, AnyChannel, Channel, DecodeError, HttpClient, InvalidConfig, LeftOut, Received,
    StatusReport, WebhookRequest, meta, twilio,
};
use http::{HeaderValue, Method, StatusCode, header::CONTENT_TYPE};
use lambda_http::{Body, Request, Response};
pub use route::{MOST_BYTES, MOST_BYTES_OF_META};
pub use settings::Settings;
use tracing::{error, info, warn};

use crate::route::{Hook, Path};

/// WhatsApp takes no longer text, in characters. What is beyond is cut, so that a turn's commit
/// fits its item whatever arrives.
const MOST_CHARACTERS: usize = 4096;

/// The function.
pub struct Ingress {
    endpoints: HashMap<EndpointId, Served>,
    inbound: Queue<Inbound>,
    statuses: Queue<OutboundTask>,
    clock: Arc<dyn Clock>,
}

struct Served {
    tenant: Tenant,
    channel: AnyChannel,
}

/// What is answered to a webhook that was taken.
enum Taken {
    /// Nothing more than that it was.
    Done,
    /// What Meta asked to hear, so that it knows the webhook as ours.
    Challenge(String),
}

impl Ingress {
    /// The function with these settings.
    ///
    /// # Errors
    /// When an endpoint can't be served as it is set up.
    pub fn new(
        settings: Settings,
        clients: &Clients,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, InvalidConfig> {
        let addresses = Addresses {
            public_url: settings.public_url,
            twilio_url: twilio::API_URL.to_owned(),
            twilio_overrides: Some(settings.twilio_overrides),
            meta_url: meta::API_URL.to_owned(),
        };
        // Ingress calls nobody: the client is never made.
        let client = HttpClient::default();
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
                let tenant = endpoint.tenant;
                Ok((endpoint.endpoint, Served { tenant, channel }))
            })
            .collect::<Result<_, InvalidConfig>>()?;
        Ok(Self {
            endpoints,
            inbound: Queue::new(clients.sqs().clone(), settings.inbound),
            statuses: Queue::new(clients.sqs().clone(), settings.statuses),
            clock,
        })
    }

    /// Answers one webhook. The body of an answer tells nothing that helps an attacker.
    pub async fn handle(&self, request: Request) -> Response<Body> {
        let (status, challenge) = match self.take(request).await {
            Ok(Taken::Done) => (StatusCode::OK, None),
            Ok(Taken::Challenge(challenge)) => (StatusCode::OK, Some(challenge)),
            Err(status) => (status, None),
        };
        let mut response = Response::new(Body::Empty);
        if let Some(challenge) = challenge {
            *response.body_mut() = Body::Text(challenge);
            let plain = HeaderValue::from_static("text/plain; charset=utf-8");
            response.headers_mut().insert(CONTENT_TYPE, plain);
        }
        *response.status_mut() = status;
        response
    }

    async fn take(&self, request: Request) -> Result<Taken, StatusCode> {
        let (parts, body) = request.into_parts();
        let path = parts.uri.path();
        let (endpoint, route) = Path::of(path).ok_or(StatusCode::NOT_FOUND)?;
        route.allows(&parts.method)?;
        if body.len() > route.most_bytes() {
            warn!(bytes = body.len(), "webhook refused: too large");
            return Err(StatusCode::PAYLOAD_TOO_LARGE);
        }
        let endpoint: EndpointId = endpoint.parse().map_err(|_| StatusCode::NOT_FOUND)?;
        let served = self.endpoints.get(&endpoint).ok_or(StatusCode::NOT_FOUND)?;
        let hook = route.hook(&served.channel).ok_or(StatusCode::NOT_FOUND)?;
        let webhook = WebhookRequest {
            path_and_query: parts
                .uri
                .path_and_query()
                .map_or(path, |path_and_query| path_and_query.as_str()),
            headers: &parts.headers,
            body: &body,
        };
        let refused = |refused| {
            warn!(%endpoint, %refused, "webhook refused");
            StatusCode::FORBIDDEN
        };
        if let (Hook::Meta(number), &Method::GET) = (hook, &parts.method) {
            let challenge = number.challenge(&webhook).map_err(refused)?;
            return Ok(Taken::Challenge(challenge.into_owned()));
        }
        served.channel.verify(&webhook).map_err(refused)?;
        let tenant = &served.tenant;
        match hook {
            Hook::TwilioMessages(number) => {
                let messages = number.decode(&webhook).map_err(undecodable)?;
                self.queue_messages(tenant, messages).await?;
            }
            Hook::TwilioStatuses(number) => {
                let statuses = number.decode_status(&webhook).map_err(undecodable)?;
                self.queue_statuses(tenant, &endpoint, statuses).await?;
            }
            Hook::Meta(number) => {
                let received = number.receive(&webhook).map_err(undecodable)?;
                self.queue_all(tenant, &endpoint, received).await?;
            }
        }
        Ok(Taken::Done)
    }

    /// Queues what one webhook tells of many. What is for a number that isn't served here is refused
    /// after the rest is safe: Meta repeats the whole for days, of which the part that is ours changes
    /// nothing, and what is not is not lost while somebody sets its number up.
    async fn queue_all(
        &self,
        tenant: &Tenant,
        endpoint: &EndpointId,
        received: Received,
    ) -> Result<(), StatusCode> {
        received.left_out.iter().for_each(|it| tell(endpoint, it));
        let foreign = received.has_foreign();
        self.queue_messages(tenant, received.messages).await?;
        self.queue_statuses(tenant, endpoint, received.statuses)
            .await?;
        match foreign {
            true => Err(StatusCode::NOT_FOUND),
            false => Ok(()),
        }
    }

    async fn queue_messages(
        &self,
        tenant: &Tenant,
        messages: Vec<InboundMessage>,
    ) -> Result<(), StatusCode> {
        let received_at = self.clock.now();
        let inbound: Vec<Inbound> = messages
            .into_iter()
            .map(|message| {
                let correlation = Correlation(countersign_aws::fresh_token());
                info!(%correlation, %tenant, provider_id = %message.id, "received");
                Inbound {
                    v: ENVELOPE_VERSION,
                    tenant: tenant.clone(),
                    correlation,
                    group: Group::of(&message.number, &message.sender),
                    received_at,
                    cause: Cause::Message(cut(message)),
                }
            })
            .collect();
        self.inbound.send_all(&inbound).await.map_err(not_queued)
    }

    async fn queue_statuses(
        &self,
        tenant: &Tenant,
        endpoint: &EndpointId,
        statuses: Vec<StatusReport>,
    ) -> Result<(), StatusCode> {
        let received_at = self.clock.now();
        let updates: Vec<OutboundTask> = statuses
            .into_iter()
            .map(|report| {
                OutboundTask::Status(StatusUpdate {
                    v: ENVELOPE_VERSION,
                    tenant: tenant.clone(),
                    correlation: Correlation(countersign_aws::fresh_token()),
                    endpoint: endpoint.clone(),
                    received_at,
                    reference: report.reference,
                    provider_id: report.provider_id,
                    status: report.status,
                })
            })
            .collect();
        self.statuses.send_all(&updates).await.map_err(not_queued)
    }
}

fn cut(message: InboundMessage) -> InboundMessage {
    let content = message
        .content
        .map_words(|words| words.chars().take(MOST_CHARACTERS).collect());
    InboundMessage { content, ..message }
}

fn undecodable(error: DecodeError) -> StatusCode {
    warn!(%error, "webhook refused: signed, but not to be read");
    match error {
        DecodeError::Malformed { .. } => StatusCode::BAD_REQUEST,
        DecodeError::NotOurs { .. } => StatusCode::NOT_FOUND,
    }
}

/// Somebody is to see what could not be taken as it is, or is wrong with the number.
fn tell(endpoint: &EndpointId, left_out: &LeftOut) {
    match left_out {
        LeftOut::Malformed { .. } | LeftOut::Odd { .. } | LeftOut::Error { .. } => {
            error!(%endpoint, %left_out, "webhook not taken whole");
        }
        LeftOut::NotOurs { .. } => warn!(%endpoint, %left_out, "webhook not taken whole"),
        LeftOut::Field { .. } | LeftOut::Status { .. } => {
            info!(%endpoint, %left_out, "webhook not taken whole");
        }
    }
}

/// A webhook that could not be queued is answered 500: the provider's fallback and retries are
/// what is left.
fn not_queued(error: countersign_aws::Error) -> StatusCode {
    error!(%error, "webhook not queued");
    StatusCode::INTERNAL_SERVER_ERROR
}
