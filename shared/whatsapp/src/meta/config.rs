//! Where a number at Meta is reached and reaches us.

use countersign_core::{E164, EndpointId, Secret};

use crate::{InvalidConfig, Timeouts, client::is_base_url};

/// Meta's Graph API, with its version.
pub const API_URL: &str = "https://graph.facebook.com/v23.0";

/// One number at Meta's Cloud API.
#[derive(Debug, Clone)]
pub struct MetaConfig {
    /// The webhook endpoint: the last part of its path.
    pub endpoint: EndpointId,
    /// The WhatsApp number.
    pub number: E164,
    /// Meta's id of that number: it is sent from by it, and webhooks name it.
    pub phone_number_id: String,
    /// Authorises calls.
    pub access_token: Secret,
    /// The app's secret: it signs webhooks.
    pub app_secret: Secret,
    /// What Meta shows when it asks whether a webhook is ours.
    pub verify_token: Secret,
    /// Meta's API, [`API_URL`] if it isn't a local stand-in; without a slash at the end.
    pub api_url: String,
    /// How long a send may take.
    pub timeouts: Timeouts,
}

impl MetaConfig {
    /// Whether every setting can be used.
    pub(super) fn check(&self) -> Result<(), InvalidConfig> {
        let check = |valid: bool, setting, wants| {
            valid.then_some(()).ok_or(InvalidConfig {
                provider: "Meta",
                setting,
                wants,
            })
        };
        let url = "scheme://host, a port and a path if any, no slash at the end";
        check(is_base_url(&self.api_url), "api_url", url)?;
        // It becomes part of a path.
        let id = self.phone_number_id.as_bytes();
        let digits = (1..=32).contains(&id.len()) && id.iter().all(u8::is_ascii_digit);
        check(digits, "phone_number_id", "1 to 32 digits")?;
        // Anybody could sign with an empty key, and verify with an empty token.
        let secrets = [
            (&self.access_token, "access_token"),
            (&self.app_secret, "app_secret"),
            (&self.verify_token, "verify_token"),
        ];
        for (secret, setting) in secrets {
            check(
                !secret.expose().is_empty(),
                setting,
                "the one in the app's settings",
            )?;
        }
        Ok(())
    }
}
