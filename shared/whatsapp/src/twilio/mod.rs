//! Twilio's WhatsApp channel.

mod attention;
mod config;
mod content;
mod decode;
mod errors;
mod form;
mod media;
mod send;
pub mod signature;
mod status;

use countersign_core::{
    ProviderMessageId,
    message::{InboundMessage, Presence},
    offer::Shows,
};

pub use self::config::{API_URL, OVERRIDES, TwilioConfig};
use self::form::Form;
use crate::{
    Channel, DecodeError, Explanation, HttpClient, InvalidConfig, NotShown, Refused, SendError,
    SendRequest, StatusReport, WebhookRequest,
};

/// A number at Twilio.
#[derive(Debug)]
pub struct Twilio {
    config: TwilioConfig,
    client: HttpClient,
}

impl Twilio {
    /// A number with an HTTP client of its own.
    pub fn new(config: TwilioConfig) -> Result<Self, InvalidConfig> {
        Self::with_client(config, HttpClient::default())
    }

    /// A number that shares `client` and its connections with others.
    pub fn with_client(config: TwilioConfig, client: HttpClient) -> Result<Self, InvalidConfig> {
        config.check()?;
        Ok(Self { config, client })
    }
}

impl Channel for Twilio {
    fn text_limit(&self) -> usize {
        // Source: <https://www.twilio.com/docs/api/errors/21617>.
        1600
    }

    fn shows(&self) -> Shows {
        Shows::Words
    }

    fn verify(&self, request: &WebhookRequest<'_>) -> Result<(), Refused> {
        let urls = self.config.signed_urls(request.path_and_query);
        signature::verify(&self.config.auth_token, &urls, request)
    }

    fn decode(&self, request: &WebhookRequest<'_>) -> Result<Vec<InboundMessage>, DecodeError> {
        let form = form_of(request)?;
        decode::messages(&self.config.endpoint, &self.config.number, &form)
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
        send::send(&self.config, &self.client, request).await
    }

    async fn show(&self, message: &ProviderMessageId, presence: Presence) -> Result<(), NotShown> {
        attention::show(&self.config, &self.client, message, presence).await
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
