//! The two providers that are simulated, and what distinguishes their accounts and ids.

use base64::{Engine, engine::general_purpose::STANDARD};
use countersign_core::E164;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// Whose API a conversation goes through.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum SimProvider {
    /// Twilio's Messaging API.
    #[default]
    Twilio,
    /// Meta's WhatsApp Cloud API.
    Meta,
}

/// An account at Meta: a number and what its API and webhooks are protected with.
#[derive(Debug, Clone)]
pub struct MetaConfig {
    /// Meta's id of the number, the first part of each call's path.
    pub phone_number_id: String,
    /// Meta's id of the business account, which webhooks name.
    pub account_id: String,
    /// The Bearer token of every call.
    pub access_token: String,
    /// Signs the webhooks.
    pub app_secret: String,
    /// The business's number there.
    pub number: E164,
    /// Where webhooks are posted, such as `http://127.0.0.1:4000/webhooks/meta/meta-demo`.
    pub webhook_url: String,
}

/// A new message id as the provider makes them: `SM` and 32 hex digits, or `wamid.` and base64.
pub(super) fn new_id(provider: SimProvider) -> String {
    let unique = uuid::Uuid::new_v4().simple().to_string();
    match provider {
        SimProvider::Twilio => format!("SM{unique}"),
        SimProvider::Meta => {
            let mut bytes = vec![0x1d, 0x18, 0x0b, 0x15, 0x02, 0x00, 0x11, 0x18, 0x12];
            bytes.extend(unique.to_ascii_uppercase().bytes().take(18));
            bytes.push(0);
            format!("wamid.{}", STANDARD.encode(bytes))
        }
    }
}

/// The business-scoped user id of who has this number at this business account: a country code
/// and up to 128 alphanumerics. It changes with the number, as Meta's does.
pub(super) fn user_id(account_id: &str, phone: &E164) -> String {
    let digest = Sha256::digest(format!("{account_id}/{phone}"));
    let mut bytes = [0; 8];
    bytes.copy_from_slice(&digest[..8]);
    format!("{}.{}", country(phone), u64::from_be_bytes(bytes))
}

/// The country of a number by its calling code, as far as phones here come from; `ZZ` is ISO
/// 3166's code for one that isn't known.
fn country(phone: &E164) -> &'static str {
    const COUNTRIES: &[(&str, &str)] = &[
        ("+1", "US"),
        ("+31", "NL"),
        ("+33", "FR"),
        ("+34", "ES"),
        ("+351", "PT"),
        ("+353", "IE"),
        ("+39", "IT"),
        ("+44", "GB"),
        ("+49", "DE"),
        ("+52", "MX"),
        ("+55", "BR"),
        ("+91", "IN"),
    ];
    COUNTRIES
        .iter()
        .find(|(code, _)| phone.as_str().starts_with(code))
        .map_or("ZZ", |(_, country)| country)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn w1_ids_have_the_providers_forms() {
        let sid = new_id(SimProvider::Twilio);
        assert_eq!((sid.len(), &sid[..2]), (34, "SM"));
        let wamid = new_id(SimProvider::Meta);
        let coded = wamid.strip_prefix("wamid.").unwrap();
        assert!(STANDARD.decode(coded).is_ok(), "{wamid}");
        assert_ne!(wamid, new_id(SimProvider::Meta));
    }

    #[test]
    fn w1_a_user_id_is_that_of_a_number_at_an_account() {
        let maria: E164 = "+5511987654321".parse().unwrap();
        let grace: E164 = "+35315550101".parse().unwrap();
        let id = user_id("1", &maria);
        assert!(id.starts_with("BR.") && user_id("1", &grace).starts_with("IE."));
        assert!(id[3..].bytes().all(|byte| byte.is_ascii_alphanumeric()));
        assert_eq!(id, user_id("1", &maria));
        assert_ne!(id, user_id("2", &maria));
        assert_ne!(id, user_id("1", &grace));
    }
}
