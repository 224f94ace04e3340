//! Read receipts and typing through Meta's Cloud API.
//!
//! Source: <https://developers.facebook.com/docs/whatsapp/cloud-api/typing-indicators>.

use countersign_core::{ProviderMessageId, message::Presence};
use serde_json::json;

use super::config::MetaConfig;
use crate::{
    HttpClient,
    attention::{self, NotShown},
};

/// Marks a message as read; one call does that and shows us as typing.
pub(super) async fn show(
    config: &MetaConfig,
    client: &HttpClient,
    message: &ProviderMessageId,
    presence: Presence,
) -> Result<(), NotShown> {
    let client = client.get(config.timeouts).map_err(attention::not_told)?;
    let MetaConfig {
        api_url,
        phone_number_id,
        ..
    } = config;
    let mut body = json!({
        "messaging_product": "whatsapp",
        "status": "read",
        "message_id": message.as_str(),
    });
    if presence == Presence::Typing {
        body["typing_indicator"] = json!({"type": "text"});
    }
    let request = client
        .post(format!("{api_url}/{phone_number_id}/messages"))
        .bearer_auth(config.access_token.expose())
        .json(&body);
    attention::tell(request).await
}
