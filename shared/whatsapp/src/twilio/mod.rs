//! Twilio's WhatsApp channel.

mod config;
mod decode;
mod errors;
mod form;
mod send;
pub mod signature;
mod status;

use std::sync::OnceLock;

use countersign_core::{ProviderMessageId, message::InboundMessage};

use self::form::Form;
pub use self::{
    config::{API_URL, InvalidConfig, OVERRIDES, Timeouts, TwilioConfig},
    send::http_client,
};
use crate::{
    Channel, DecodeError, Explanation, Refused, SendError, SendRequest, StatusReport,
    WebhookRequest,
};

/// A number at Twilio.
#[derive(Debug)]
pub struct Twilio {
    config: TwilioConfig,
    /// Built at the first send: reading the root certificates takes its time, and ingress never
    /// sends.
    client: OnceLock<reqwest::Client>,
}

impl Twilio {
    /// A number that builds its own HTTP client when it first sends.
    pub fn new(config: TwilioConfig) -> Result<Self, InvalidConfig> {
        config.check()?;
        Ok(Self {
            config,
            client: OnceLock::new(),
        })
    }

    /// A number that shares `client`, one of [`http_client`], and its connections with others.
    pub fn with_client(
        config: TwilioConfig,
        client: reqwest::Client,
    ) -> Result<Self, InvalidConfig> {
        config.check()?;
        Ok(Self {
            config,
            client: OnceLock::from(client),
        })
    }
}

impl Channel for Twilio {
    /// Source: <https://www.twilio.com/docs/api/errors/21617>.
    const TEXT_LIMIT: usize = 1600;

    fn verify(&self, request: &WebhookRequest<'_>) -> Result<(), Refused> {
        let urls = self.config.signed_urls(request.path_and_query);
        signature::verify(&self.config.auth_token, &urls, request)
    }

    fn decode(&self, request: &WebhookRequest<'_>) -> Result<Vec<InboundMessage>, DecodeError> {
        let form = form_of(request)?;
        let message = decode::message(&self.config.endpoint, &self.config.number, &form)?;
        Ok(vec![message])
    }

    fn decode_status(
        &self,
        request: &WebhookRequest<'_>,
    ) -> Result<Vec<StatusReport>, DecodeError> {
        let form = form_of(request)?;
        let reference = request.query_parameter("ref");
        let report = status::report(&self.config.number, reference.as_deref(), &form)?;
        Ok(report.into_iter().collect())
    }

    async fn send(&self, request: &SendRequest<'_>) -> Result<ProviderMessageId, SendError> {
        let client = send::client(&self.client, self.config.timeouts)?;
        send::send(&self.config, client, request).await
    }

    fn explain(&self, code: &str) -> Explanation {
        errors::explain(code)
    }
}

fn form_of(request: &WebhookRequest<'_>) -> Result<Form, DecodeError> {
    if signature::is_form(request) {
        Ok(Form::parse(request.body))
    } else {
        Err(DecodeError::Malformed {
            field: "Content-Type",
            why: "not a form's",
        })
    }
}
