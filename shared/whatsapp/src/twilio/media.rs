//! Files that customers send to a number at Twilio. Its API answers with a redirect to where they are
//! stored. Source: <https://www.twilio.com/docs/messaging/api/media-resource>.

use base64::{Engine, engine::general_purpose::STANDARD};
use countersign_core::Secret;
use url::Url;

use super::Twilio;
use crate::media::{Get, NotThere, Place, Then, is_at};

impl Twilio {
    /// The step to the file at this URL of Twilio's API.
    pub(crate) fn file(&self, source: &str) -> Result<Get, NotThere> {
        let url = Url::parse(source).ok();
        let url = url.filter(|url| is_at(&self.config.api_url, url));
        let url = url.ok_or(NotThere {
            why: "the file is not at Twilio's API",
        })?;
        let pair = format!(
            "{}:{}",
            self.config.account_sid,
            self.config.auth_token.expose()
        );
        Ok(Get {
            url,
            authorization: Some(Secret::new(format!("Basic {}", STANDARD.encode(pair)))),
            place: Place::Api,
            then: Then::FileOrRedirect,
        })
    }

    /// Twilio's API.
    pub(crate) fn api_url(&self) -> &str {
        &self.config.api_url
    }
}
