//! How a number of ours is held at its provider.

use crate::Secret;

/// What proves that a number is ours, and that a webhook is the provider's.
#[derive(Debug, Clone)]
pub enum Account {
    /// At Twilio.
    Twilio {
        /// The account's SID, `AC…`.
        account_sid: String,
        /// The account's primary auth token: it signs webhooks and authorises calls.
        auth_token: Secret,
    },
    /// At Meta itself, over its Cloud API.
    Meta {
        /// Meta's id of the number, digits.
        phone_number_id: String,
        /// Authorises calls.
        access_token: Secret,
        /// The app's secret: it signs webhooks.
        app_secret: Secret,
        /// What Meta shows when it asks whether a webhook is ours.
        verify_token: Secret,
    },
}

impl Account {
    /// The provider's name, as in a webhook's path: `twilio` or `meta`.
    pub fn provider(&self) -> &'static str {
        match self {
            Self::Twilio { .. } => "twilio",
            Self::Meta { .. } => "meta",
        }
    }
}
