//! A number at whichever provider.

use countersign_core::{
    Account, E164, EndpointId, ProviderMessageId,
    message::{InboundMessage, Presence},
    offer::Shows,
};

use crate::{
    Channel, DecodeError, Explanation, HttpClient, InvalidConfig, NotShown, Refused, SendError,
    SendRequest, StatusReport, Timeouts, WebhookRequest,
    meta::{Meta, MetaConfig},
    twilio::{Twilio, TwilioConfig},
};

/// A number at any of the providers.
#[derive(Debug)]
pub enum AnyChannel {
    /// At Twilio.
    Twilio(Twilio),
    /// At Meta itself, over its Cloud API.
    Meta(Meta),
}

/// Where the providers are reached and reach us.
#[derive(Debug, Clone)]
pub struct Addresses {
    /// Where providers reach us: scheme, host, port if any, and a path if any, without a slash at
    /// the end.
    pub public_url: String,
    /// Twilio's API, without a slash at the end.
    pub twilio_url: String,
    /// Connection overrides that Twilio is asked for; see [`TwilioConfig::overrides`].
    pub twilio_overrides: Option<String>,
    /// Meta's API with its version, without a slash at the end.
    pub meta_url: String,
}

impl AnyChannel {
    /// The number at its provider.
    ///
    /// # Errors
    /// When a setting can't be used.
    pub fn new(
        endpoint: &EndpointId,
        number: &E164,
        account: &Account,
        addresses: &Addresses,
        client: HttpClient,
    ) -> Result<Self, InvalidConfig> {
        let (endpoint, number) = (endpoint.clone(), number.clone());
        match account.clone() {
            Account::Twilio {
                account_sid,
                auth_token,
            } => {
                let config = TwilioConfig {
                    endpoint,
                    number,
                    account_sid,
                    auth_token,
                    public_url: addresses.public_url.clone(),
                    api_url: addresses.twilio_url.clone(),
                    overrides: addresses.twilio_overrides.clone(),
                    timeouts: Timeouts::DEFAULT,
                };
                Twilio::with_client(config, client).map(Self::Twilio)
            }
            Account::Meta {
                phone_number_id,
                access_token,
                app_secret,
                verify_token,
            } => {
                let config = MetaConfig {
                    endpoint,
                    number,
                    phone_number_id,
                    access_token,
                    app_secret,
                    verify_token,
                    api_url: addresses.meta_url.clone(),
                    timeouts: Timeouts::DEFAULT,
                };
                Meta::with_client(config, client).map(Self::Meta)
            }
        }
    }
}

impl Channel for AnyChannel {
    fn text_limit(&self) -> usize {
        match self {
            Self::Twilio(number) => number.text_limit(),
            Self::Meta(number) => number.text_limit(),
        }
    }

    fn shows(&self) -> Shows {
        match self {
            Self::Twilio(number) => number.shows(),
            Self::Meta(number) => number.shows(),
        }
    }

    fn verify(&self, request: &WebhookRequest<'_>) -> Result<(), Refused> {
        match self {
            Self::Twilio(number) => number.verify(request),
            Self::Meta(number) => number.verify(request),
        }
    }

    fn decode(&self, request: &WebhookRequest<'_>) -> Result<Vec<InboundMessage>, DecodeError> {
        match self {
            Self::Twilio(number) => number.decode(request),
            Self::Meta(number) => number.decode(request),
        }
    }

    fn decode_status(
        &self,
        request: &WebhookRequest<'_>,
    ) -> Result<Vec<StatusReport>, DecodeError> {
        match self {
            Self::Twilio(number) => number.decode_status(request),
            Self::Meta(number) => number.decode_status(request),
        }
    }

    async fn send(&self, request: &SendRequest<'_>) -> Result<ProviderMessageId, SendError> {
        match self {
            Self::Twilio(number) => number.send(request).await,
            Self::Meta(number) => number.send(request).await,
        }
    }

    async fn show(&self, message: &ProviderMessageId, presence: Presence) -> Result<(), NotShown> {
        match self {
            Self::Twilio(number) => number.show(message, presence).await,
            Self::Meta(number) => number.show(message, presence).await,
        }
    }

    fn explain(&self, code: &str) -> Explanation {
        match self {
            Self::Twilio(number) => number.explain(code),
            Self::Meta(number) => number.explain(code),
        }
    }
}
