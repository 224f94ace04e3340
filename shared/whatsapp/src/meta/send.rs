//! Sending through Meta's Cloud API.
//!
//! Source: `https://developers.facebook.com/docs/whatsapp/cloud-api/reference/messages`.

use std::borrow::Cow;

use countersign_core::ProviderMessageId;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{config::MetaConfig, errors};
use crate::{
    Action, Answer, Choices, Explanation, File, HttpClient, Pace, SendBody, SendError, SendRequest,
    Template,
    answer::{self, Answers},
    choices::Shape,
};

/// The code of "too many messages to one person".
const PAIR_RATE: &str = "131056";

/// Sends `request` once.
pub(super) async fn send(
    config: &MetaConfig,
    client: &HttpClient,
    request: &SendRequest<'_>,
) -> Result<ProviderMessageId, SendError> {
    let client = client
        .get(config.timeouts)
        .map_err(|error| answer::not_sent(&error))?;
    let MetaConfig {
        api_url,
        phone_number_id,
        ..
    } = config;
    let request = client
        .post(format!("{api_url}/{phone_number_id}/messages"))
        .bearer_auth(config.access_token.expose())
        .timeout(config.timeouts.total)
        .json(&Message::of(request));
    answer::send::<FromMeta>(request).await
}

/// A message as Meta takes it.
#[derive(Serialize)]
struct Message<'a> {
    messaging_product: &'static str,
    recipient_type: &'static str,
    #[serde(flatten)]
    to: To<'a>,
    #[serde(flatten)]
    body: Body<'a>,
    biz_opaque_callback_data: String,
}

/// Whom it goes to: a phone number, or a business-scoped user id of somebody who shows none.
#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum To<'a> {
    To(&'a str),
    Recipient(&'a str),
}

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Body<'a> {
    Text { text: Text<'a> },
    Image { image: Link<'a> },
    Audio { audio: Link<'a> },
    Video { video: Link<'a> },
    Document { document: Link<'a> },
    Interactive { interactive: Value },
    Reaction { reaction: Value },
    Template { template: Value },
}

#[derive(Serialize)]
struct Text<'a> {
    preview_url: bool,
    body: Cow<'a, str>,
}

#[derive(Serialize)]
struct Link<'a> {
    link: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    caption: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    filename: Option<&'a str>,
}

impl<'a> Message<'a> {
    fn of(request: &SendRequest<'a>) -> Self {
        Self {
            messaging_product: "whatsapp",
            recipient_type: "individual",
            to: to(request.to.as_str()),
            body: match request.body {
                SendBody::Text(body) => words(body.into()),
                SendBody::Media(file) => media(file),
                SendBody::Choices(choices) => match choices.shape() {
                    Shape::Buttons => Body::Interactive {
                        interactive: buttons(&choices),
                    },
                    Shape::List => Body::Interactive {
                        interactive: list(&choices),
                    },
                    Shape::Lines => words(choices.lines().into()),
                },
                SendBody::Reaction { to, emoji } => Body::Reaction {
                    reaction: json!({"message_id": to.as_str(), "emoji": emoji}),
                },
                SendBody::Template(template) => Body::Template {
                    template: approved(&template),
                },
            },
            biz_opaque_callback_data: request.reference.to_string(),
        }
    }
}

fn words(body: Cow<'_, str>) -> Body<'_> {
    Body::Text {
        text: Text {
            // Our links are to be decided upon, not to be opened by a preview.
            preview_url: false,
            body,
        },
    }
}

fn buttons(choices: &Choices<'_>) -> Value {
    let buttons = choices.answers.iter().map(|answer| {
        let Answer { id, title, .. } = answer;
        json!({"type": "reply", "reply": {"id": id, "title": title}})
    });
    json!({
        "type": "button",
        "body": {"text": choices.text},
        "action": {"buttons": buttons.collect::<Value>()},
    })
}

fn list(choices: &Choices<'_>) -> Value {
    let rows = choices.answers.iter().map(|answer| {
        let Answer { id, title, detail } = answer;
        match detail {
            Some(detail) => json!({"id": id, "title": title, "description": detail}),
            None => json!({"id": id, "title": title}),
        }
    });
    json!({
        "type": "list",
        "body": {"text": choices.text},
        "action": {
            "button": choices.opens,
            // A list of one section needs no title for it.
            "sections": [{"rows": rows.collect::<Value>()}],
        },
    })
}

fn approved(template: &Template<'_>) -> Value {
    let Template {
        id,
        language,
        values,
    } = template;
    let mut approved = json!({"name": id, "language": {"code": language}});
    if !values.is_empty() {
        let parameters = values
            .iter()
            .map(|value| json!({"type": "text", "text": value}));
        let body = json!({"type": "body", "parameters": parameters.collect::<Value>()});
        approved["components"] = json!([body]);
    }
    approved
}

/// A phone number is digits, with or without a plus; anything else names a person by their
/// business-scoped user id.
fn to(sender: &str) -> To<'_> {
    let digits = sender.strip_prefix('+').unwrap_or(sender);
    if !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) {
        To::To(sender)
    } else {
        To::Recipient(sender)
    }
}

/// A file as the kind of message that shows it, if there is one; any other goes as a document.
/// Sound takes no words, so sound with words does as well.
fn media<'a>(file: File<'a>) -> Body<'a> {
    let link = |filename| Link {
        link: file.url,
        caption: file.caption,
        filename,
    };
    match file.media_type {
        "image/jpeg" | "image/png" => Body::Image { image: link(None) },
        "video/mp4" | "video/3gpp" => Body::Video { video: link(None) },
        "audio/aac" | "audio/amr" | "audio/mpeg" | "audio/mp4" | "audio/ogg"
            if file.caption.is_none() =>
        {
            Body::Audio { audio: link(None) }
        }
        _ => Body::Document {
            document: link(file.filename),
        },
    }
}

/// How Meta answers.
struct FromMeta;

/// Messages as Meta answers with them.
#[derive(Deserialize)]
struct Taken {
    messages: Vec<TakenMessage>,
}

#[derive(Deserialize)]
struct TakenMessage {
    id: ProviderMessageId,
}

/// An error as Meta answers with it.
#[derive(Deserialize)]
struct Failure {
    error: FailureCode,
}

#[derive(Deserialize)]
struct FailureCode {
    code: u32,
}

impl Answers for FromMeta {
    const CREDENTIALS: (&'static str, &'static str) = (
        "Meta doesn't let this app send from the number",
        "check the endpoint's access token, its permissions and the phone number id",
    );

    fn id(body: &[u8]) -> Option<ProviderMessageId> {
        let taken: Taken = serde_json::from_slice(body).ok()?;
        taken.messages.into_iter().next().map(|message| message.id)
    }

    fn code(body: &[u8]) -> Option<String> {
        let failure: Failure = serde_json::from_slice(body).ok()?;
        Some(failure.error.code.to_string())
    }

    fn known(code: &str) -> Option<Explanation> {
        errors::known(code)
    }

    fn explain(code: &str) -> Explanation {
        errors::explain(code)
    }

    fn pace(code: &str) -> Pace {
        match code {
            PAIR_RATE => Pace::Quadrupling,
            _ => Pace::Doubling,
        }
    }

    /// Meta answers a server error of its own with its error object, and its table says of these
    /// codes that the message failed. A server error without one is somebody's in between.
    fn is_refusal(status: StatusCode, code: &str) -> bool {
        status.is_server_error() && errors::known(code).is_some_and(|e| e.action == Action::Retry)
    }
}
