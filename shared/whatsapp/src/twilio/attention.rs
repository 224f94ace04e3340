//! Typing through Twilio's messaging API.
//!
//! Source: <https://www.twilio.com/docs/whatsapp/api/typing-indicators-resource>.

use countersign_core::{ProviderMessageId, message::Presence};

use super::config::TwilioConfig;
use crate::{
    HttpClient,
    attention::{self, NotShown},
};

/// Presence us as typing, which marks the message as read. For a receipt alone Twilio has no call, and
/// none is made.
pub(super) async fn show(
    config: &TwilioConfig,
    client: &HttpClient,
    message: &ProviderMessageId,
    presence: Presence,
) -> Result<(), NotShown> {
    if presence == Presence::Read {
        return Ok(());
    }
    let client = client.get(config.timeouts).map_err(attention::not_told)?;
    let request = client
        .post(format!(
            "{}/v2/Indicators/Typing.json",
            config.messaging_url()
        ))
        .basic_auth(&config.account_sid, Some(config.auth_token.expose()))
        .form(&[("channel", "whatsapp"), ("messageId", message.as_str())]);
    attention::tell(request).await
}
