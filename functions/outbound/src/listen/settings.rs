//! Which endpoint transcribes recordings, and what that may cost.

use std::time::Duration;

use countersign_aws::{schema, settings::Reader};
use countersign_core::{Secret, message::heard, money::MicroUsd, spend::DAILY_LIMIT};

/// The endpoint's model.
const MODEL: &str = "TRANSCRIPTION_MODEL";
/// The endpoint's key.
const KEY: &str = "TRANSCRIPTION_KEY";

/// An endpoint that transcribes. All of it is set, or nothing.
#[derive(Debug, Clone)]
pub struct Endpoint {
    /// `TRANSCRIPTION_URL`: what `/audio/transcriptions` is put after, without a slash at the end.
    pub url: String,
    /// `TRANSCRIPTION_MODEL`, as the endpoint names it and `prices.toml` does.
    pub model: String,
    /// `TRANSCRIPTION_KEY`.
    pub key: Secret,
    /// `TRANSCRIPTION_SECONDS` (10): how long it is waited for, 10 s at most: with the fetch of 15 s before it
    /// that fits the function's 30 s.
    pub patience: Duration,
    /// `BUSINESS_TABLE`: what it costs counts with what models cost.
    pub business: String,
    /// `DAILY_SPEND_USD` (10): what both may cost a company in a day.
    pub daily_limit: MicroUsd,
}

impl Endpoint {
    /// The endpoint that is set up, if one is.
    pub(crate) fn read(
        reader: &mut Reader<'_>,
        variable: &dyn Fn(&str) -> Option<String>,
    ) -> Option<Option<Self>> {
        let seconds = reader.number("TRANSCRIPTION_SECONDS", 1..=10, 10);
        let business = reader.table(schema::BUSINESS);
        let daily_limit = reader.usd("DAILY_SPEND_USD", DAILY_LIMIT);
        let names = [heard::URL_SETTING, MODEL, KEY];
        if names.iter().all(|name| variable(name).is_none()) {
            return Some(None);
        }
        let url = reader.url(
            heard::URL_SETTING,
            "the base URL of an API like OpenAI's, such as https://api.openai.com/v1, for \
             TRANSCRIPTION_MODEL and TRANSCRIPTION_KEY belong to it",
        );
        let wants = "a model that transcribes, such as whisper-1, for TRANSCRIPTION_URL and \
                     TRANSCRIPTION_KEY belong to it";
        let model = reader.text(MODEL, wants);
        let key = reader.secret(KEY, 1);
        Some(Some(Self {
            url: url?.trim_end_matches('/').to_owned(),
            model: model?,
            key: key?,
            patience: Duration::from_secs(seconds?),
            business: business?,
            daily_limit: daily_limit?,
        }))
    }
}
