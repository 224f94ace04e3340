//! What was said in a recording: an endpoint that speaks like OpenAI's transcribes it, within what the
//! company may spend on models in a day.

mod answer;
mod recording;
mod settings;

pub(crate) use self::recording::Recording;
pub use self::settings::Endpoint;

use countersign_aws::{
    Clients, Clock, Error,
    business::Business,
    fresh_token,
    spend::{Reserving, Spend},
};
use countersign_core::{
    Tenant,
    message::{Heard, NotHeard, heard::MOST_SECONDS},
    money::MicroUsd,
    spend::Reservation,
};
use countersign_whatsapp::{HttpClient, Timeouts};
use jiff::SignedDuration;
use reqwest::{Response, header::CONTENT_TYPE};
use tracing::{error, info, warn};

use self::answer::{Said, read};

/// Somebody who sent a recording waits no longer for an endpoint that fails; then they are asked to
/// write.
pub(crate) const LONGEST: SignedDuration = SignedDuration::from_mins(1);

/// The most bytes of an answer that are read: more than any recording's words.
const MOST_BYTES: usize = 512 * 1024;

/// Whoever listens.
pub(crate) struct Listener {
    pub(crate) endpoint: Endpoint,
    spend: Spend,
    business: Business,
    client: HttpClient,
}

/// Why nothing is known of a recording yet: trying again may help.
pub(crate) struct NotNow(pub(crate) String);

impl From<Error> for NotNow {
    fn from(error: Error) -> Self {
        Self(error.to_string())
    }
}

/// What came of asking.
enum Asked {
    /// It was answered.
    Said(Said),
    /// It won't be, and costs nothing.
    Refused(NotHeard),
    /// It may be, when asked again; until then this is what it cost.
    NotNow(String, MicroUsd),
}

impl Listener {
    pub(crate) fn new(endpoint: Endpoint, clients: &Clients, client: HttpClient) -> Self {
        let dynamodb = clients.dynamodb();
        Self {
            spend: Spend::new(dynamodb.clone(), endpoint.business.clone()),
            business: Business::new(dynamodb.clone(), endpoint.business.clone()),
            endpoint,
            client,
        }
    }

    /// The recording as the endpoint takes it, if it takes such.
    pub(crate) fn recording(&self, bytes: &[u8], media_type: &str) -> Option<Recording> {
        Recording::of(bytes, media_type, &self.endpoint.model)
    }

    /// What was said in it. One read, and two writes around the call.
    ///
    /// # Errors
    /// When trying again may help.
    pub(crate) async fn hear(
        &self,
        tenant: &Tenant,
        recording: Recording,
        clock: &dyn Clock,
    ) -> Result<Heard, NotNow> {
        let model = &self.endpoint.model;
        if recording.seconds > MOST_SECONDS {
            let why = NotHeard::TooLong;
            let cost = MicroUsd::ZERO;
            return Ok(Heard::Nothing { why, cost });
        }
        let unpaid = || Heard::Nothing {
            why: NotHeard::Unpaid,
            cost: MicroUsd::ZERO,
        };
        let prices = self.business.prices(tenant).await?;
        let price = prices.and_then(|prices| prices.of_a_minute(model));
        let Some(price) = price else {
            let why =
                "it has no price by the minute; add one to infra/seed/prices.toml and seed it";
            error!(model, why, "ALARM: recordings can't be transcribed");
            return Ok(unpaid());
        };
        let most = price.for_seconds(recording.seconds);
        let Some(reservation) = self.reserve(tenant, most, clock).await? else {
            return Ok(unpaid());
        };
        let longest = recording.seconds;
        let asked = self.asked(recording, most).await;
        let cost = match &asked {
            Asked::Said(said) => price.for_seconds(said.seconds.unwrap_or(longest)),
            Asked::Refused(_) => MicroUsd::ZERO,
            Asked::NotNow(_, cost) => *cost,
        };
        if let Err(error) = self.spend.settle(tenant, &reservation, cost).await {
            error!(%error, %cost, "ALARM: what a transcript cost can't be written down");
        }
        match asked {
            Asked::NotNow(why, _) => Err(NotNow(why)),
            Asked::Refused(why) => Ok(Heard::Nothing { why, cost }),
            Asked::Said(Said { text, .. }) if text.is_empty() => Ok(Heard::Nothing {
                why: NotHeard::Empty,
                cost,
            }),
            Asked::Said(Said { text, seconds }) => {
                let seconds = seconds.unwrap_or(longest);
                info!(model, seconds, %cost, "transcribed");
                Ok(Heard::Words {
                    text,
                    model: model.clone(),
                    seconds,
                    cost,
                })
            }
        }
    }

    /// Holds what it may cost at most; nothing where the day has no room for it.
    async fn reserve(
        &self,
        tenant: &Tenant,
        most: MicroUsd,
        clock: &dyn Clock,
    ) -> Result<Option<Reservation>, NotNow> {
        let (now, limit) = (clock.now(), self.endpoint.daily_limit);
        let id = fresh_token();
        let id = id.parse().map_err(|why| {
            NotNow(format!(
                "what it may cost can't be held under a name: {why}"
            ))
        })?;
        let deadline = now + self.endpoint.patience;
        let reserving = self.spend.reserve(tenant, &id, most, limit, deadline, now);
        match reserving.await? {
            Reserving::Reserved(reservation) => Ok(Some(reservation)),
            Reserving::OverLimit(over) => {
                warn!(%over, "a recording is not transcribed");
                Ok(None)
            }
            Reserving::FirstOverLimit(over) => {
                error!(%over, "ALARM: a recording is more than the day's limit for models leaves");
                Ok(None)
            }
        }
    }

    async fn asked(&self, recording: Recording, most: MicroUsd) -> Asked {
        let Endpoint {
            url, key, patience, ..
        } = &self.endpoint;
        let client = match self.client.get(Timeouts::DEFAULT) {
            Ok(client) => client,
            Err(why) => return Asked::NotNow(why.to_string(), MicroUsd::ZERO),
        };
        let request = client
            .post(format!("{url}/audio/transcriptions"))
            .timeout(*patience)
            .bearer_auth(key.expose())
            .header(CONTENT_TYPE, recording.content_type)
            .body(recording.body);
        let failed = |error: reqwest::Error| {
            // Who was silent may have worked to the end unseen.
            let cost = match error.is_timeout() && !error.is_connect() {
                true => most,
                false => MicroUsd::ZERO,
            };
            let why = format!("TRANSCRIPTION_URL: {}", error.without_url());
            Asked::NotNow(why, cost)
        };
        let mut response = match request.send().await {
            Ok(response) => response,
            Err(error) => return failed(error),
        };
        if let Some(refused) = refused(&response) {
            return refused;
        }
        let mut body = Vec::new();
        loop {
            match response.chunk().await {
                Ok(None) => break,
                Ok(Some(piece)) if body.len() + piece.len() <= MOST_BYTES => {
                    body.extend_from_slice(&piece);
                }
                Ok(Some(_)) => {
                    let why =
                        format!("TRANSCRIPTION_URL answers with more than {MOST_BYTES} bytes");
                    return Asked::NotNow(why, most);
                }
                Err(error) => return failed(error),
            }
        }
        match read(&body) {
            Some(said) => Asked::Said(said),
            None => {
                let why = "TRANSCRIPTION_URL answers with no transcript that can be read";
                Asked::NotNow(why.to_owned(), most)
            }
        }
    }
}

/// What a status other than 200 means. Nothing of the body is read: it may quote the key.
fn refused(response: &Response) -> Option<Asked> {
    let status = response.status();
    Some(match status.as_u16() {
        200 => return None,
        400 | 413 | 415 | 422 => {
            warn!(%status, "the endpoint does not take a recording");
            Asked::Refused(NotHeard::WrongType)
        }
        408 | 429 | 500..=599 => {
            let why = format!("TRANSCRIPTION_URL answers {status}");
            Asked::NotNow(why, MicroUsd::ZERO)
        }
        _ => {
            error!(
                %status,
                "ALARM: the endpoint that transcribes refuses us; check TRANSCRIPTION_URL, \
                 TRANSCRIPTION_MODEL and TRANSCRIPTION_KEY"
            );
            Asked::Refused(NotHeard::Failed)
        }
    })
}
