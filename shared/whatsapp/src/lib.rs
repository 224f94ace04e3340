//! WhatsApp through its providers: verify, decode and send side by side.
//!
//! A provider is a [`Channel`]. What it receives comes out as the core's messages and statuses,
//! and what becomes of a send as the few outcomes a caller acts on. Checking and decoding touch
//! no network and build no HTTP client, so that ingress starts without one.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used))]

mod answer;
mod any;
mod attention;
pub mod bounds;
mod choices;
mod client;
pub mod media;
pub mod meta;
mod received;
pub mod twilio;

use std::{borrow::Cow, time::Duration};

use countersign_core::{
    E164, MessageRef, ProviderMessageId, SenderId,
    message::{DeliveryStatus, InboundMessage, Presence},
    offer::Shows,
};
use http::HeaderMap;

pub use self::{
    any::{Addresses, AnyChannel},
    attention::NotShown,
    choices::{Answer, Choices},
    client::{HttpClient, InvalidConfig, Timeouts},
    received::{LeftOut, Received},
};

/// One number at one provider.
pub trait Channel {
    /// How many characters one text message takes at most. The core splits at
    /// [`MOST_CHARACTERS`](countersign_core::split::MOST_CHARACTERS), which every provider takes.
    fn text_limit(&self) -> usize;

    /// What it shows besides words, as far as it needs nothing registered beforehand.
    fn shows(&self) -> Shows;

    /// Whether the provider signed this request. Comes before anything is decoded: a caller
    /// answers 403 to what is refused.
    fn verify(&self, request: &WebhookRequest<'_>) -> Result<(), Refused>;

    /// The customers' messages in a verified request.
    fn decode(&self, request: &WebhookRequest<'_>) -> Result<Vec<InboundMessage>, DecodeError>;

    /// What a verified request says became of messages of ours. A status that changes nothing
    /// is left out.
    fn decode_status(&self, request: &WebhookRequest<'_>)
    -> Result<Vec<StatusReport>, DecodeError>;

    /// Sends one message, once. No error but [`SendError::Retry`] allows sending it again:
    /// providers take no idempotency key, so a repeated send may be a second message.
    fn send(
        &self,
        request: &SendRequest<'_>,
    ) -> impl Future<Output = Result<ProviderMessageId, SendError>> + Send;

    /// Shows a customer what becomes of their message, once and without waiting for long. Nothing
    /// depends on it, and nothing is to be done when it fails.
    fn show(
        &self,
        message: &ProviderMessageId,
        presence: Presence,
    ) -> impl Future<Output = Result<(), NotShown>> + Send;

    /// What one of the provider's codes means, as found in [`SendError`] and in
    /// [`DeliveryStatus::Failed`].
    fn explain(&self, code: &str) -> Explanation;
}

/// A webhook as it arrived.
#[derive(Debug, Clone, Copy)]
pub struct WebhookRequest<'a> {
    /// Path and query, raw: neither decoded nor normalised, since a signature may cover them.
    pub path_and_query: &'a str,
    /// The headers.
    pub headers: &'a HeaderMap,
    /// The body's bytes, after any transfer encoding of the gateway has been undone.
    pub body: &'a [u8],
}

impl<'a> WebhookRequest<'a> {
    /// The one header of this name as text; `None` if it is absent, repeated or not ASCII.
    fn header(&self, name: &str) -> Option<&'a str> {
        let mut values = self.headers.get_all(name).iter();
        let only = values.next().filter(|_| values.next().is_none())?;
        only.to_str().ok()
    }

    /// The one query parameter of this name, decoded; `None` if it is absent or repeated.
    fn query_parameter(&self, name: &str) -> Option<Cow<'a, str>> {
        let (_, query) = self.path_and_query.split_once('?')?;
        let mut values = form_urlencoded::parse(query.as_bytes())
            .filter(|(key, _)| key == name)
            .map(|(_, value)| value);
        values.next().filter(|_| values.next().is_none())
    }
}

/// Why a request is not taken as the provider's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// There is no signature.
    #[error("the webhook bears no signature: only the provider may call this address")]
    Missing,
    /// The signature can't be one.
    #[error("the webhook's signature is not of the provider's form")]
    Malformed,
    /// The signature belongs to another request or key.
    #[error(
        "the webhook's signature is wrong: check the endpoint's auth token and public URL against \
         the provider's settings"
    )]
    Wrong,
}

/// Why a verified request could not be decoded.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// It is not what the provider documents; a caller answers 400.
    #[error("webhook field {field} is {why}")]
    Malformed {
        /// The field at fault.
        field: &'static str,
        /// What is wrong with it.
        why: &'static str,
    },
    /// It concerns a number that isn't this endpoint's; a caller answers 404.
    #[error("the webhook is for {number}, which is not this endpoint's number")]
    NotOurs {
        /// The number it concerns.
        number: E164,
    },
}

/// What a provider says became of a message of ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatusReport {
    /// Our reference, which we gave the provider with the message.
    pub reference: MessageRef,
    /// The provider's id of the message.
    pub provider_id: ProviderMessageId,
    /// What became of it.
    pub status: DeliveryStatus,
}

/// A message to send. It has no `Debug`: what it says is the customer's.
#[derive(Clone, Copy)]
pub struct SendRequest<'a> {
    /// Ours; comes back in the message's statuses.
    pub reference: MessageRef,
    /// Who gets it.
    pub to: &'a SenderId,
    /// What they get.
    pub body: SendBody<'a>,
}

/// What is sent.
#[derive(Clone, Copy)]
pub enum SendBody<'a> {
    /// Words, at most [`Channel::text_limit`] characters.
    Text(&'a str),
    /// A file, and words with it.
    Media(File<'a>),
    /// Words with answers to choose from: buttons, a list, or numbered lines, whichever shows all
    /// of it.
    Choices(Choices<'a>),
    /// A sign put to a message of the customer's. A provider that knows none sends it as words.
    Reaction {
        /// The provider's id of the message.
        to: &'a ProviderMessageId,
        /// The sign.
        emoji: &'a str,
    },
    /// A template that the provider approved: what goes out when the 24-hour window has closed.
    Template(Template<'a>),
}

/// An approved template with its values.
#[derive(Clone, Copy)]
pub struct Template<'a> {
    /// The provider's id of it: Meta's name, Twilio's `HX…`.
    pub id: &'a str,
    /// The language it was approved in, such as `en` or `pt_BR`; Twilio's id says it already.
    pub language: &'a str,
    /// The values of its variables, in their order.
    pub values: &'a [&'a str],
}

/// A file that is sent.
#[derive(Clone, Copy)]
pub struct File<'a> {
    /// Where the provider fetches it, such as a presigned URL.
    pub url: &'a str,
    /// Its MIME type.
    pub media_type: &'a str,
    /// What the recipient sees as its name, where the provider shows one.
    pub filename: Option<&'a str>,
    /// Words that accompany it.
    pub caption: Option<&'a str>,
}

/// Why a message was not sent, or may not have been: what a caller acts on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// The provider certainly did not take it; it may be sent again.
    #[error("not sent, try again later: {code}, {why}")]
    Retry {
        /// The provider's code, `HTTP` and a status, or `connect`.
        code: String,
        /// What happened.
        why: String,
        /// How long the provider asks to wait, at most an hour.
        after: Option<Duration>,
        /// How the waits grow when it asks for none.
        pace: Pace,
    },
    /// The provider refused it, and would again.
    #[error("refused for good: {code}, {meaning}; {advice}")]
    Refused {
        /// The provider's code, or `HTTP` and a status.
        code: String,
        /// What is refused: the message or the account.
        concerns: Concern,
        /// What the code means.
        meaning: Cow<'static, str>,
        /// What to do.
        advice: Cow<'static, str>,
    },
    /// More than 24 hours have passed since the customer wrote: only a template goes out.
    #[error(
        "not sent, {code}: the 24-hour window has closed; hold it, or send an approved template"
    )]
    OutsideWindow {
        /// The provider's code.
        code: String,
    },
    /// It may have been sent. Only a status from the provider settles it; it must not be sent
    /// again before.
    #[error("may have been sent, {why}: wait for its status before sending it again")]
    Unknown {
        /// What left it open.
        why: String,
    },
}

/// How the waits between tries grow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pace {
    /// 1, 2, 4, 8 seconds…
    Doubling,
    /// 1, 4, 16, 64 seconds…: what Meta asks for when one person was sent too much.
    Quadrupling,
}

/// What a refusal concerns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Concern {
    /// This message or its recipient; others go out.
    Message,
    /// The account, the number or our settings: no message goes out, somebody is to be alarmed.
    Account,
}

/// What a provider's code means and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// What the program does.
    pub action: Action,
    /// What the code means, for operators.
    pub meaning: Cow<'static, str>,
    /// What people can do.
    pub advice: Cow<'static, str>,
}

/// What the program does about a provider's code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Sends the message again, later.
    Retry,
    /// Holds the message, or sends it as an approved template.
    UseTemplate,
    /// Records the failure.
    GiveUp,
    /// Records it, stops sending from the number and alarms somebody.
    Alarm,
}
