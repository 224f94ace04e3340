//! Files that customers send to a number at Meta: a webhook names them by id, and the API says where
//! they are for five minutes.
//! Source: <https://developers.facebook.com/docs/whatsapp/cloud-api/reference/media>.

use countersign_core::Secret;
use serde::Deserialize;
use url::Url;

use super::Meta;
use crate::media::{Get, NotThere, Place, Then, is_at};

/// The domains that Meta stores files in.
const DOMAINS: &[&str] = &["fbsbx.com", "fbcdn.net", "whatsapp.net"];

/// The longest id there is.
const LONGEST_ID: usize = 128;

#[derive(Deserialize)]
struct Link {
    url: String,
}

impl Meta {
    /// The step to the file of this id.
    pub(crate) fn file(&self, source: &str) -> Result<Get, NotThere> {
        let is_id = (1..=LONGEST_ID).contains(&source.len())
            && source
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
        let url = Url::parse(&format!("{}/{source}", self.config.api_url)).ok();
        let url = url.filter(|_| is_id).ok_or(NotThere {
            why: "the file has no id of Meta's",
        })?;
        Ok(Get {
            url,
            authorization: Some(self.bearer()),
            place: Place::Api,
            then: Then::Link,
        })
    }

    /// The step that Meta's answer names.
    pub(crate) fn linked(&self, answer: &[u8]) -> Result<Get, NotThere> {
        let link: Option<Link> = serde_json::from_slice(answer).ok();
        let url = link.and_then(|link| Url::parse(&link.url).ok());
        let url = url.ok_or(NotThere {
            why: "Meta does not say where the file is",
        })?;
        let place = if is_at(&self.config.api_url, &url) {
            Place::Api
        } else if is_metas(&url) {
            Place::Named
        } else {
            return Err(NotThere {
                why: "Meta says that the file is at a host that is not Meta's",
            });
        };
        Ok(Get {
            url,
            authorization: Some(self.bearer()),
            place,
            then: Then::File,
        })
    }

    /// Meta's API.
    pub(crate) fn api_url(&self) -> &str {
        &self.config.api_url
    }

    fn bearer(&self) -> Secret {
        Secret::new(format!("Bearer {}", self.config.access_token.expose()))
    }
}

fn is_metas(url: &Url) -> bool {
    let plain = url.username().is_empty() && url.password().is_none() && url.port().is_none();
    let is_in = |host: &str, domain: &&str| {
        let before = host.strip_suffix(domain);
        before.is_some_and(|before| before.is_empty() || before.ends_with('.'))
    };
    let host = url.domain();
    plain
        && url.scheme() == "https"
        && host.is_some_and(|host| DOMAINS.iter().any(|domain| is_in(host, domain)))
}
