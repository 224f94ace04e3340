//! How a customer's file is got from its provider: from which addresses, and which of them are shown
//! credentials. It calls nothing.
//!
//! Where a file is stands in a webhook, so it is data. Credentials go to the provider's own API, whose
//! address is set by who deploys, and to hosts that are known to be the provider's; never to where a
//! redirect leads.

use countersign_core::Secret;
use url::Url;

use crate::AnyChannel;

/// A step on the way to a file.
#[derive(Debug, Clone)]
pub struct Get {
    /// What is asked.
    pub url: Url,
    /// The header `Authorization`, if it is shown one.
    pub authorization: Option<Secret>,
    /// Who says that it is there.
    pub place: Place,
    /// What its answer is.
    pub then: Then,
}

/// Who says where something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// Who deploys: it is the provider's API.
    Api,
    /// An answer or a redirect of the provider's: only public addresses are taken from it.
    Named,
}

/// What an answer is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Then {
    /// The file.
    File,
    /// The file, or a redirect to it.
    FileOrRedirect,
    /// JSON that says where the file is.
    Link,
}

/// What leads to no file of the provider's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{why}")]
pub struct NotThere {
    pub(crate) why: &'static str,
}

impl AnyChannel {
    /// The first step to the file that a message names by `source`.
    ///
    /// # Errors
    /// When that is not the provider's.
    pub fn file(&self, source: &str) -> Result<Get, NotThere> {
        match self {
            Self::Twilio(number) => number.file(source),
            Self::Meta(number) => number.file(source),
        }
    }

    /// The step after a redirect to `location` from `url`.
    ///
    /// # Errors
    /// When it leads nowhere.
    pub fn redirected(&self, url: &Url, location: &str) -> Result<Get, NotThere> {
        let there = url.join(location);
        let there = there.map_err(|_| NotThere {
            why: "the provider redirects to what is no URL",
        })?;
        let api = match self {
            Self::Twilio(number) => number.api_url(),
            Self::Meta(number) => number.api_url(),
        };
        Ok(Get {
            place: match is_at(api, &there) {
                true => Place::Api,
                false => Place::Named,
            },
            url: there,
            authorization: None,
            then: Then::File,
        })
    }

    /// The step after an answer that says where the file is.
    ///
    /// # Errors
    /// When it doesn't, or the place is not the provider's.
    pub fn linked(&self, answer: &[u8]) -> Result<Get, NotThere> {
        match self {
            Self::Twilio(_) => Err(NotThere {
                why: "Twilio links to no files",
            }),
            Self::Meta(number) => number.linked(answer),
        }
    }
}

/// Whether a URL has the scheme, host and port of an API's.
pub(crate) fn is_at(api: &str, url: &Url) -> bool {
    Url::parse(api).is_ok_and(|api| {
        let plain = url.username().is_empty() && url.password().is_none();
        plain && api.origin().is_tuple() && api.origin() == url.origin()
    })
}

#[cfg(test)]
mod tests {
    use countersign_core::Account;

    use super::*;
    use crate::{Addresses, HttpClient};

    fn channel(account: &Account) -> AnyChannel {
        let addresses = Addresses {
            public_url: "https://us.example".into(),
            twilio_url: "https://api.twilio.com".into(),
            twilio_overrides: None,
            meta_url: "https://graph.facebook.com/v23.0".into(),
        };
        let (endpoint, number) = ("demo".parse().unwrap(), "+14155238886".parse().unwrap());
        AnyChannel::new(
            &endpoint,
            &number,
            account,
            &addresses,
            HttpClient::default(),
        )
        .unwrap()
    }

    fn twilio() -> AnyChannel {
        channel(&Account::Twilio {
            account_sid: "AC1".into(),
            auth_token: Secret::new("token"),
        })
    }

    fn meta() -> AnyChannel {
        channel(&Account::Meta {
            phone_number_id: "1".into(),
            access_token: Secret::new("access"),
            app_secret: Secret::new("app"),
            verify_token: Secret::new("verify"),
        })
    }

    #[test]
    fn w2_credentials_go_to_twilios_own_api_and_nowhere_else() {
        let get = twilio()
            .file("https://api.twilio.com/2010-04-01/x?y=1")
            .unwrap();
        assert_eq!((get.place, get.then), (Place::Api, Then::FileOrRedirect));
        assert_eq!(get.authorization.unwrap().expose(), "Basic QUMxOnRva2Vu");
        for elsewhere in [
            "https://api.twilio.com.evil.example/x",
            "https://evil.example/https://api.twilio.com/",
            "http://api.twilio.com/x",
            "https://api.twilio.com:444/x",
            "https://api.twilio.com@evil.example/x",
            "https://a:b@api.twilio.com/x",
            "https://169.254.169.254/latest/meta-data",
            "file:///etc/passwd",
            "12345",
            "",
        ] {
            assert!(twilio().file(elsewhere).is_err(), "{elsewhere}");
        }
    }

    #[test]
    fn w2_a_redirect_is_shown_no_credentials() {
        let from = Url::parse("https://api.twilio.com/x").unwrap();
        let get = twilio()
            .redirected(&from, "https://s3.example/y?sig=1")
            .unwrap();
        assert_eq!((get.place, get.then), (Place::Named, Then::File));
        assert!(get.authorization.is_none());
        let get = twilio().redirected(&from, "/y").unwrap();
        assert_eq!(get.url.as_str(), "https://api.twilio.com/y");
        assert_eq!((get.place, get.authorization.is_none()), (Place::Api, true));
    }

    #[test]
    fn w2_metas_files_are_asked_for_by_id_and_fetched_from_its_hosts() {
        let get = meta().file("1037543291543636").unwrap();
        assert_eq!(
            get.url.as_str(),
            "https://graph.facebook.com/v23.0/1037543291543636"
        );
        assert_eq!((get.place, get.then), (Place::Api, Then::Link));
        assert_eq!(get.authorization.unwrap().expose(), "Bearer access");
        for wrong in ["", "../me", "1/2", "1?x", "https://evil.example/"] {
            assert!(meta().file(wrong).is_err(), "{wrong}");
        }
        let linked = |url: &str| meta().linked(format!(r#"{{"url":"{url}","x":1}}"#).as_bytes());
        let get = linked("https://lookaside.fbsbx.com/whatsapp_business/attachments/?mid=1");
        let get = get.unwrap();
        assert_eq!((get.place, get.then), (Place::Named, Then::File));
        assert_eq!(get.authorization.unwrap().expose(), "Bearer access");
        for elsewhere in [
            "https://evil.example/x",
            "https://fbsbx.com.evil.example/x",
            "https://evilfbsbx.com/x",
            "http://lookaside.fbsbx.com/x",
            "https://lookaside.fbsbx.com:8443/x",
            "https://x@lookaside.fbsbx.com/x",
            "",
        ] {
            assert!(linked(elsewhere).is_err(), "{elsewhere}");
        }
        assert!(meta().linked(b"{}").is_err());
    }
}
