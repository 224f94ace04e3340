//! Meta's own WhatsApp channel, the Cloud API.

mod attention;
mod config;
mod content;
mod decode;
mod errors;
mod media;
mod send;
pub mod signature;
mod status;

use std::borrow::Cow;

use countersign_core::{
    ProviderMessageId,
    message::{InboundMessage, Presence},
    offer::Shows,
};

pub use self::config::{API_URL, MetaConfig};
use crate::{
    Channel, DecodeError, Explanation, HttpClient, InvalidConfig, NotShown, Received, Refused,
    SendError, SendRequest, StatusReport, WebhookRequest,
};

/// A number at Meta.
#[derive(Debug)]
pub struct Meta {
    config: MetaConfig,
    client: HttpClient,
}

impl Meta {
    /// A number that shares `client` and its connections with others.
    ///
    /// # Errors
    /// When a setting can't be used.
    pub fn with_client(config: MetaConfig, client: HttpClient) -> Result<Self, InvalidConfig> {
        config.check()?;
        Ok(Self { config, client })
    }

    /// Everything in a verified request, messages and statuses: Meta sends them together.
    ///
    /// # Errors
    /// When it is not what Meta documents at all. What is wrong in a part is told as left out, so
    /// that nothing else is lost with it.
    pub fn receive(&self, request: &WebhookRequest<'_>) -> Result<Received, DecodeError> {
        decode::received(&self.config, request.body)
    }

    /// The answer to Meta's question whether a webhook is ours, a GET that is not signed.
    ///
    /// # Errors
    /// When it isn't that question, or who asks doesn't know our token.
    pub fn challenge<'a>(&self, request: &WebhookRequest<'a>) -> Result<Cow<'a, str>, Refused> {
        signature::challenge(&self.config.verify_token, request)
    }
}

impl Channel for Meta {
    fn text_limit(&self) -> usize {
        // Source: <https://developers.facebook.com/docs/whatsapp/cloud-api/messages/text-messages>.
        4096
    }

    fn shows(&self) -> Shows {
        Shows::Taps
    }

    fn verify(&self, request: &WebhookRequest<'_>) -> Result<(), Refused> {
        signature::verify(&self.config.app_secret, request)
    }

    fn decode(&self, request: &WebhookRequest<'_>) -> Result<Vec<InboundMessage>, DecodeError> {
        Ok(self.receive(request)?.messages)
    }

    fn decode_status(
        &self,
        request: &WebhookRequest<'_>,
    ) -> Result<Vec<StatusReport>, DecodeError> {
        Ok(self.receive(request)?.statuses)
    }

    async fn send(&self, request: &SendRequest<'_>) -> Result<ProviderMessageId, SendError> {
        send::send(&self.config, &self.client, request).await
    }

    async fn show(&self, message: &ProviderMessageId, presence: Presence) -> Result<(), NotShown> {
        attention::show(&self.config, &self.client, message, presence).await
    }

    fn explain(&self, code: &str) -> Explanation {
        errors::explain(code)
    }
}
