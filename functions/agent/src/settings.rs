//! What the function needs to know.

use countersign_aws::{
    schema,
    settings::{Reader, WrongSettings},
};
use countersign_core::{
    Secret, identity, limits::Limits, message::heard, money::MicroUsd, spend::DAILY_LIMIT,
    step::CONVERSATION_LIMIT,
};
use countersign_models::ModelSettings;
use countersign_remote::{guard::Network, parse_secrets};

use crate::switches::{Listens, Moderation, ResponseCache, StreamAnswers, Typing};

/// Settings of the agent function.
#[derive(Debug, Clone)]
pub struct Settings {
    /// `THREADS_TABLE`.
    pub threads: String,
    /// `APPROVALS_TABLE`.
    pub approvals: String,
    /// `BUSINESS_TABLE`.
    pub business: String,
    /// `OUTPUTS_BUCKET`: the pictures that models are shown.
    pub bucket: String,
    /// `INBOUND_QUEUE_URL`: bursts are put off on it.
    pub inbound: String,
    /// `OUTBOUND_QUEUE_URL`.
    pub outbound: String,
    /// `WEBHOOKS_QUEUE_URL`.
    pub webhooks: String,
    /// `EXECUTIONS_QUEUE_URL`.
    pub executions: String,
    /// `EXECUTIONS_EXPRESS_QUEUE_URL`.
    pub express: String,
    /// `SETTLE_SECONDS` (1): how long a message that is no clear command waits for more; 0 to not
    /// wait.
    pub settle_seconds: i32,
    /// `MODELS`: the providers that may be asked; without any, commands alone are answered.
    pub models: ModelSettings,
    /// `DAILY_SPEND_USD` (10): what models may cost a company in a day.
    pub daily_limit: MicroUsd,
    /// `CONVERSATION_SPEND_USD` (0.50): what they may cost in one conversation.
    pub conversation_limit: MicroUsd,
    /// `CONTEXT_TOKENS` (8000): how much of a thread a model is shown at most.
    pub context_tokens: u64,
    /// `TOOL_SECRETS`: what tools that run elsewhere want to see. On AWS they are called at public
    /// addresses only.
    pub remote: countersign_remote::Settings,
    /// `STREAM_ANSWERS` (off): whether an answer leaves while a model is still writing it.
    pub stream_answers: StreamAnswers,
    /// `IDENTITY_SECRET`: what one-time codes are made of, the same as outbound's. Without it, tools
    /// that want one are not called.
    pub identity_secret: Option<Secret>,
    /// `RESPONSE_CACHE` (on): whether an answer serves others who ask the same.
    pub response_cache: ResponseCache,
    /// `MODERATION` (on): whether OpenAI judges what models say, where there is a key for it.
    pub moderation: Moderation,
    /// `TYPING` (on): what a customer sees while they wait.
    pub typing: Typing,
    /// `MESSAGES_PER_MINUTE` (10) and `MESSAGES_PER_DAY` (100): how many of one person's messages are
    /// answered; 0 for all.
    pub limits: Limits,
    /// `TRANSCRIPTION_URL`, which is outbound's: where it is set, recordings are listened to.
    pub listens: Listens,
}

impl Settings {
    /// Reads and checks them.
    ///
    /// # Errors
    /// Names every wrong one.
    pub fn read(variable: &dyn Fn(&str) -> Option<String>) -> Result<Self, WrongSettings> {
        let mut reader = Reader::new(variable);
        let threads = reader.table(schema::THREADS);
        let approvals = reader.table(schema::APPROVALS);
        let business = reader.table(schema::BUSINESS);
        let bucket = reader.bucket();
        let inbound = reader.queue(schema::INBOUND);
        let outbound = reader.queue(schema::OUTBOUND);
        let webhooks = reader.queue(schema::WEBHOOKS);
        let executions = reader.queue(schema::EXECUTIONS);
        let express = reader.queue(schema::EXPRESS);
        let settle = reader.number("SETTLE_SECONDS", 0..=30, 1);
        let models = reader.read("MODELS", ModelSettings::parse);
        let daily_limit = reader.usd("DAILY_SPEND_USD", DAILY_LIMIT);
        let conversation_limit = reader.usd("CONVERSATION_SPEND_USD", CONVERSATION_LIMIT);
        let context_tokens = reader.number("CONTEXT_TOKENS", 1_000..=200_000, 8_000);
        let secrets = reader.read("TOOL_SECRETS", |text| {
            parse_secrets(text.unwrap_or_default())
        });
        let network = match reader.is_local() {
            true => Network::Anywhere,
            false => Network::PublicOnly,
        };
        let stream_answers = reader.read("STREAM_ANSWERS", StreamAnswers::parse);
        let identity_secret = reader.secret_if_set(identity::SETTING, identity::SHORTEST_SECRET);
        let response_cache = reader.read("RESPONSE_CACHE", ResponseCache::parse);
        let moderation = reader.read("MODERATION", Moderation::parse);
        let typing = reader.read("TYPING", Typing::parse);
        let usual = Limits::default();
        let per_minute = reader.number("MESSAGES_PER_MINUTE", 0..=1_000, usual.per_minute.into());
        let per_day = reader.number("MESSAGES_PER_DAY", 0..=100_000, usual.per_day.into());
        let listens = match variable(heard::URL_SETTING) {
            None => Listens::No,
            Some(_) => Listens::ToRecordings,
        };
        let settings = (|| {
            Some(Self {
                threads: threads?,
                approvals: approvals?,
                business: business?,
                bucket: bucket?,
                inbound: inbound?,
                outbound: outbound?,
                webhooks: webhooks?,
                executions: executions?,
                express: express?,
                settle_seconds: i32::try_from(settle?).ok()?,
                models: models?,
                daily_limit: daily_limit?,
                conversation_limit: conversation_limit?,
                context_tokens: context_tokens?,
                remote: countersign_remote::Settings {
                    secrets: secrets?,
                    network,
                },
                stream_answers: stream_answers?,
                identity_secret: identity_secret?,
                response_cache: response_cache?,
                moderation: moderation?,
                typing: typing?,
                limits: Limits {
                    per_minute: u32::try_from(per_minute?).ok()?,
                    per_day: u32::try_from(per_day?).ok()?,
                },
                listens,
            })
        })();
        reader.finish(settings)
    }
}
