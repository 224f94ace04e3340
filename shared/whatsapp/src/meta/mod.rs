//! Meta's own WhatsApp channel, the Cloud API.

mod config;

use countersign_core::{ProviderMessageId, message::InboundMessage};

pub use self::config::{API_URL, MetaConfig};
use crate::{
    Action, Channel, DecodeError, Explanation, HttpClient, InvalidConfig, Refused, SendError,
    SendRequest, StatusReport, WebhookRequest,
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
}

impl Channel for Meta {
    fn text_limit(&self) -> usize {
        // Source: <https://developers.facebook.com/docs/whatsapp/cloud-api/messages/text-messages>.
        4096
    }

    fn verify(&self, _request: &WebhookRequest<'_>) -> Result<(), Refused> {
        Err(Refused::Missing)
    }

    fn decode(&self, _request: &WebhookRequest<'_>) -> Result<Vec<InboundMessage>, DecodeError> {
        Ok(vec![])
    }

    fn decode_status(
        &self,
        _request: &WebhookRequest<'_>,
    ) -> Result<Vec<StatusReport>, DecodeError> {
        Ok(vec![])
    }

    async fn send(&self, _request: &SendRequest<'_>) -> Result<ProviderMessageId, SendError> {
        let _ = (&self.config.timeouts, &self.client);
        Err(SendError::Unknown { why: String::new() })
    }

    fn explain(&self, _code: &str) -> Explanation {
        Explanation {
            action: Action::GiveUp,
            meaning: "a code that Countersign doesn't know".into(),
            advice: "look it up in Meta's documentation".into(),
        }
    }
}
