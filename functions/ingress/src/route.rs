//! Which webhook a path and a method are for.

use countersign_whatsapp::{AnyChannel, meta::Meta, twilio::Twilio};
use http::{Method, StatusCode};

/// Twilio's webhooks are a form each; none has a larger body, in bytes.
pub const MOST_BYTES: usize = 256 * 1024;

/// Meta's hold many messages. Source: "payloads can be up to 3MB" in
/// <https://developers.facebook.com/docs/whatsapp/cloud-api/guides/set-up-webhooks>.
pub const MOST_BYTES_OF_META: usize = 3 * 1024 * 1024;

/// A webhook's path, which names provider and endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Path {
    /// `/webhooks/twilio/{endpoint}`.
    TwilioMessages,
    /// `/webhooks/twilio/{endpoint}/status`.
    TwilioStatuses,
    /// `/webhooks/meta/{endpoint}`.
    Meta,
}

impl Path {
    /// The endpoint's name in a path, and what the path is for.
    pub(crate) fn of(path: &str) -> Option<(&str, Self)> {
        let (provider, rest) = path.strip_prefix("/webhooks/")?.split_once('/')?;
        match (provider, rest.split_once('/')) {
            ("twilio", None) => Some((rest, Self::TwilioMessages)),
            ("twilio", Some((endpoint, "status"))) => Some((endpoint, Self::TwilioStatuses)),
            ("meta", None) => Some((rest, Self::Meta)),
            _ => None,
        }
    }

    /// Whether it is asked in a way it answers to: providers post, and Meta asks besides whether the
    /// webhook is ours.
    pub(crate) fn allows(self, method: &Method) -> Result<(), StatusCode> {
        match (method, self) {
            (&Method::POST, _) | (&Method::GET, Self::Meta) => Ok(()),
            _ => Err(StatusCode::METHOD_NOT_ALLOWED),
        }
    }

    pub(crate) fn most_bytes(self) -> usize {
        match self {
            Self::TwilioMessages | Self::TwilioStatuses => MOST_BYTES,
            Self::Meta => MOST_BYTES_OF_META,
        }
    }

    /// The hook behind it, if the number is that provider's.
    pub(crate) fn hook(self, channel: &AnyChannel) -> Option<Hook<'_>> {
        match (self, channel) {
            (Self::TwilioMessages, AnyChannel::Twilio(number)) => {
                Some(Hook::TwilioMessages(number))
            }
            (Self::TwilioStatuses, AnyChannel::Twilio(number)) => {
                Some(Hook::TwilioStatuses(number))
            }
            (Self::Meta, AnyChannel::Meta(number)) => Some(Hook::Meta(number)),
            (_, AnyChannel::Twilio(_) | AnyChannel::Meta(_)) => None,
        }
    }
}

/// What a webhook tells of, and the number it tells it to.
#[derive(Clone, Copy)]
pub(crate) enum Hook<'a> {
    /// One message.
    TwilioMessages(&'a Twilio),
    /// One status.
    TwilioStatuses(&'a Twilio),
    /// Messages and statuses.
    Meta(&'a Meta),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn w1_paths() {
        let check = |path: &str, expect| assert_eq!(Path::of(path), expect, "{path}");
        check(
            "/webhooks/twilio/demo",
            Some(("demo", Path::TwilioMessages)),
        );
        check(
            "/webhooks/twilio/demo/status",
            Some(("demo", Path::TwilioStatuses)),
        );
        check("/webhooks/meta/demo", Some(("demo", Path::Meta)));
        for none in [
            "/webhooks/twilio/demo/status/x",
            "/webhooks/meta/demo/status",
            "/webhooks/meta",
            "/webhooks/other/demo",
            "/webhooks/Meta/demo",
            "/meta/demo",
            "",
        ] {
            check(none, None);
        }
    }
}
