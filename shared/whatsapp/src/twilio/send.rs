//! Sending through Twilio's API.

use countersign_core::ProviderMessageId;
use http::StatusCode;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::{config::TwilioConfig, errors};
use crate::{
    Explanation, HttpClient, Pace, SendBody, SendError, SendRequest,
    answer::{self, Answers},
};

/// Sends `request` once.
pub(super) async fn send(
    config: &TwilioConfig,
    client: &HttpClient,
    request: &SendRequest<'_>,
) -> Result<ProviderMessageId, SendError> {
    let client = client
        .get(config.timeouts)
        .map_err(|error| answer::not_sent(&error))?;
    let TwilioConfig {
        api_url,
        account_sid,
        ..
    } = config;
    let request = client
        .post(format!(
            "{api_url}/2010-04-01/Accounts/{account_sid}/Messages.json"
        ))
        .basic_auth(account_sid, Some(config.auth_token.expose()))
        .timeout(config.timeouts.total)
        .form(&parameters(config, request));
    answer::send::<FromTwilio>(request).await
}

fn parameters(config: &TwilioConfig, request: &SendRequest<'_>) -> Vec<(&'static str, String)> {
    let mut parameters = vec![
        ("From", format!("whatsapp:{}", config.number)),
        ("To", format!("whatsapp:{}", request.to)),
        ("StatusCallback", config.status_callback(request.reference)),
    ];
    match request.body {
        SendBody::Text(body) => parameters.push(("Body", body.to_owned())),
        // Buttons and lists are content registered beforehand at Twilio.
        SendBody::Choices(choices) => parameters.push(("Body", choices.lines())),
        // Twilio's API has no reactions.
        SendBody::Reaction { emoji, .. } => parameters.push(("Body", emoji.to_owned())),
        SendBody::Template(template) => {
            parameters.push(("ContentSid", template.id.to_owned()));
            if !template.values.is_empty() {
                parameters.push(("ContentVariables", variables(template.values)));
            }
        }
        SendBody::Media(media) => {
            parameters.push(("MediaUrl", media.url.to_owned()));
            parameters.extend(media.caption.map(|caption| ("Body", caption.to_owned())));
        }
    }
    parameters
}

/// A template's values by their number, from 1.
fn variables(values: &[&str]) -> String {
    let numbered: Map<String, Value> = values
        .iter()
        .enumerate()
        .map(|(index, value)| ((index + 1).to_string(), (*value).into()))
        .collect();
    Value::from(numbered).to_string()
}

/// How Twilio answers.
struct FromTwilio;

/// A message as Twilio answers with it.
#[derive(Deserialize)]
struct Taken {
    sid: ProviderMessageId,
}

/// An error as Twilio answers with it.
#[derive(Deserialize)]
struct TwilioError {
    code: u32,
}

impl Answers for FromTwilio {
    const CREDENTIALS: (&'static str, &'static str) = (
        "Twilio doesn't let this account send",
        "check the endpoint's account SID, auth token and permissions",
    );

    fn id(body: &[u8]) -> Option<ProviderMessageId> {
        serde_json::from_slice(body)
            .ok()
            .map(|taken: Taken| taken.sid)
    }

    fn code(body: &[u8]) -> Option<String> {
        let error: TwilioError = serde_json::from_slice(body).ok()?;
        Some(error.code.to_string())
    }

    fn known(code: &str) -> Option<Explanation> {
        errors::known(code)
    }

    fn explain(code: &str) -> Explanation {
        errors::explain(code)
    }

    fn pace(_code: &str) -> Pace {
        Pace::Doubling
    }

    fn is_refusal(_status: StatusCode, _code: &str) -> bool {
        false
    }
}
