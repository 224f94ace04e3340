//! Where a Twilio number is reached and reaches us.

use std::borrow::Cow;

use countersign_core::{E164, EndpointId, MessageRef, Secret};

use crate::{InvalidConfig, Timeouts, client::is_base_url};

/// Twilio's API in its default region.
pub const API_URL: &str = "https://api.twilio.com";

/// The connection overrides to ask for: up to five tries, also after an answered error. Without
/// them a webhook that could not be queued is lost, and with a status the word that a message
/// arrived.
pub const OVERRIDES: &str = "rc=5&rp=all";

/// One number at Twilio.
#[derive(Debug, Clone)]
pub struct TwilioConfig {
    /// The webhook endpoint: the last part of its path.
    pub endpoint: EndpointId,
    /// The WhatsApp sender.
    pub number: E164,
    /// The account's SID, `AC…`.
    pub account_sid: String,
    /// The account's primary auth token: it signs webhooks and authorises calls.
    pub auth_token: Secret,
    /// Where Twilio reaches us: scheme, host, port if any, and a path if any, without a slash at
    /// the end. Signatures cover it as it stands in Twilio's settings.
    pub public_url: String,
    /// Twilio's API, [`API_URL`] if it isn't another region or a local stand-in; without a
    /// slash at the end.
    pub api_url: String,
    /// Connection overrides after the `#` of our URLs, such as `rc=5&rp=all`: without them
    /// Twilio doesn't repeat a webhook that was answered with an error.
    /// Source: <https://www.twilio.com/docs/usage/webhooks/webhooks-connection-overrides>.
    pub overrides: Option<String>,
    /// How long a send may take.
    pub timeouts: Timeouts,
}

impl TwilioConfig {
    /// Whether every setting can be used.
    pub(super) fn check(&self) -> Result<(), InvalidConfig> {
        let check = |valid: bool, setting, wants| {
            valid.then_some(()).ok_or(InvalidConfig {
                provider: "Twilio",
                setting,
                wants,
            })
        };
        let url = "scheme://host, a port and a path if any, no slash at the end";
        check(is_base_url(&self.public_url), "public_url", url)?;
        check(is_base_url(&self.api_url), "api_url", url)?;
        // It becomes part of a path.
        let sid = self.account_sid.as_bytes();
        check(
            !sid.is_empty() && sid.iter().all(u8::is_ascii_alphanumeric),
            "account_sid",
            "AC and 32 hex digits",
        )?;
        // Anybody could sign with an empty key.
        let token = self.auth_token.expose();
        check(!token.is_empty(), "auth_token", "the primary auth token")
    }

    /// Where Twilio's messaging API is: on a host of its own beside the one that sends, also in its
    /// other regions; a local stand-in serves both.
    pub(super) fn messaging_url(&self) -> Cow<'_, str> {
        let twilio = |(scheme, host): (&str, &str)| {
            let place = host.strip_prefix("api.")?;
            let is_twilio = place == "twilio.com" || place.ends_with(".twilio.com");
            is_twilio.then(|| format!("{scheme}://messaging.{place}"))
        };
        match self.api_url.split_once("://").and_then(twilio) {
            Some(url) => Cow::Owned(url),
            None => Cow::Borrowed(&self.api_url),
        }
    }

    /// Where Twilio reports what became of the message with this reference.
    pub(super) fn status_callback(&self, reference: MessageRef) -> String {
        let Self {
            public_url,
            endpoint,
            ..
        } = self;
        let url = format!("{public_url}/webhooks/twilio/{endpoint}/status?ref={reference}");
        match &self.overrides {
            Some(overrides) => format!("{url}#{overrides}"),
            None => url,
        }
    }

    /// The URLs that Twilio may have signed for a request to `path_and_query`: with and without
    /// the default port, since its products differ in that, and with and without the overrides,
    /// of which it isn't documented whether they are signed. The Host header is not among the
    /// sources: whoever sends a request chooses it.
    pub(super) fn signed_urls(&self, path_and_query: &str) -> Vec<String> {
        let mut urls = vec![format!("{}{path_and_query}", self.public_url)];
        if let Some(other) = toggle_default_port(&self.public_url) {
            urls.push(format!("{other}{path_and_query}"));
        }
        if let Some(overrides) = &self.overrides {
            let with_overrides: Vec<_> = urls
                .iter()
                .map(|url| format!("{url}#{overrides}"))
                .collect();
            urls.extend(with_overrides);
        }
        urls
    }
}

/// `base` with its scheme's port where it has none, and without it where it has it; `None` if
/// it has another one.
fn toggle_default_port(base: &str) -> Option<String> {
    let (scheme, rest) = base.split_once("://")?;
    let default = if scheme == "https" { ":443" } else { ":80" };
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    if let Some(host) = authority.strip_suffix(default) {
        return Some(format!("{scheme}://{host}{path}"));
    }
    // The colons of an IPv6 address are inside its brackets.
    let after_host = authority.rfind(']').map_or(0, |at| at + 1);
    let has_port = authority[after_host..].contains(':');
    (!has_port).then(|| format!("{scheme}://{authority}{default}{path}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config() -> TwilioConfig {
        TwilioConfig {
            endpoint: "ventas".parse().unwrap(),
            number: "+14155238886".parse().unwrap(),
            account_sid: "AC00000000000000000000000000000001".to_owned(),
            auth_token: Secret::new("12345"),
            public_url: "https://hooks.example.com".to_owned(),
            api_url: API_URL.to_owned(),
            overrides: None,
            timeouts: Timeouts::DEFAULT,
        }
    }

    #[test]
    fn w1_signed_urls_have_and_lack_the_default_port_and_the_overrides() {
        let check = |base: &str, overrides: Option<&str>, expect: &[&str]| {
            let config = TwilioConfig {
                public_url: base.to_owned(),
                overrides: overrides.map(str::to_owned),
                ..config()
            };
            assert_eq!(config.check(), Ok(()), "{base}");
            assert_eq!(config.signed_urls("/w?a=%20"), expect);
        };
        check(
            "https://h.io",
            None,
            &["https://h.io/w?a=%20", "https://h.io:443/w?a=%20"],
        );
        check(
            "https://h.io:443",
            None,
            &["https://h.io:443/w?a=%20", "https://h.io/w?a=%20"],
        );
        check(
            "http://h.io/dev",
            None,
            &["http://h.io/dev/w?a=%20", "http://h.io:80/dev/w?a=%20"],
        );
        check(
            "http://h.io:80",
            None,
            &["http://h.io:80/w?a=%20", "http://h.io/w?a=%20"],
        );
        // A port that isn't the scheme's own stays.
        check("https://h.io:80", None, &["https://h.io:80/w?a=%20"]);
        check(
            "http://h.io:8080/dev",
            None,
            &["http://h.io:8080/dev/w?a=%20"],
        );
        check(
            "http://[::1]",
            None,
            &["http://[::1]/w?a=%20", "http://[::1]:80/w?a=%20"],
        );
        check("http://[::1]:81", None, &["http://[::1]:81/w?a=%20"]);
        check(
            "https://h.io",
            Some("rc=5&rp=all"),
            &[
                "https://h.io/w?a=%20",
                "https://h.io:443/w?a=%20",
                "https://h.io/w?a=%20#rc=5&rp=all",
                "https://h.io:443/w?a=%20#rc=5&rp=all",
            ],
        );
    }

    #[test]
    fn w2_the_messaging_api_is_beside_the_one_that_sends() {
        let check = |api_url: &str, expect: &str| {
            let config = TwilioConfig {
                api_url: api_url.to_owned(),
                ..config()
            };
            assert_eq!(config.messaging_url(), expect);
        };
        check(API_URL, "https://messaging.twilio.com");
        check(
            "https://api.dublin.ie1.twilio.com",
            "https://messaging.dublin.ie1.twilio.com",
        );
        check(
            "http://127.0.0.1:4000/twilio",
            "http://127.0.0.1:4000/twilio",
        );
        check("https://api.nottwilio.com", "https://api.nottwilio.com");
    }

    #[test]
    fn a_setting_that_cannot_work_is_refused_without_quoting_it() {
        let check = |change: fn(&mut TwilioConfig), setting: &str| {
            let mut config = config();
            change(&mut config);
            let error = config.check().unwrap_err().to_string();
            assert!(
                error.starts_with(&format!("Twilio setting {setting}: ")),
                "{error}"
            );
            assert!(!error.contains("hunter2"), "{error}");
        };
        check(|c| c.public_url = "https://h.io/".to_owned(), "public_url");
        check(|c| c.public_url = "h.io".to_owned(), "public_url");
        check(|c| c.public_url = "ftp://h.io".to_owned(), "public_url");
        check(
            |c| c.public_url = "https://ana:hunter2@h.io".to_owned(),
            "public_url",
        );
        check(
            |c| c.public_url = "https://h.io?a=1".to_owned(),
            "public_url",
        );
        check(|c| c.api_url = "https://h.io#hunter2".to_owned(), "api_url");
        check(
            |c| c.account_sid = "AC/../hunter2".to_owned(),
            "account_sid",
        );
        check(|c| c.account_sid = String::new(), "account_sid");
        check(|c| c.auth_token = Secret::new(""), "auth_token");
    }
}
