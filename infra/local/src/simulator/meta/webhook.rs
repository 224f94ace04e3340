//! What Meta posts about messages: one signed JSON with any number of messages and statuses.

use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Map, Value, json};
use sha2::Sha256;

use super::error::meaning;
use crate::simulator::{
    Signature, Simulator,
    content::{MediaKind, SimContent, SimMedia},
    media::hex,
    message::{PostedWebhook, Shown, SimMessage},
    provider::{MetaConfig, SimProvider, user_id},
};

pub(super) fn hmac_sha256(key: &str, bytes: &[u8]) -> String {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key.as_bytes()) else {
        unreachable!("HMAC takes a key of any length")
    };
    mac.update(bytes);
    hex(&mac.finalize().into_bytes())
}

/// The `X-Hub-Signature-256` of a body: `sha256=` and the HMAC-SHA256 by the app secret over the
/// raw bytes, in hex. `None` where it is left out.
pub(crate) fn signature_of(signature: Signature, app_secret: &str, body: &[u8]) -> Option<String> {
    let signed = |secret: &str| format!("sha256={}", hmac_sha256(secret, body));
    match signature {
        Signature::Right => Some(signed(app_secret)),
        Signature::Forged => Some(signed(&format!("{app_secret}x"))),
        Signature::Missing => None,
        Signature::Truncated => {
            let whole = signed(app_secret);
            Some(whole[..whole.len() - 4].to_owned())
        }
    }
}

impl Simulator {
    /// Everything one POST of Meta's says: what `value` has beside the number it is about.
    pub(in crate::simulator) fn meta_envelope(&self, meta: &MetaConfig, value: Value) -> Value {
        let mut whole = Map::new();
        whole.insert("messaging_product".to_owned(), json!("whatsapp"));
        whole.insert(
            "metadata".to_owned(),
            json!({
                "display_phone_number": wa_id(meta.number.as_str()),
                "phone_number_id": meta.phone_number_id,
            }),
        );
        if let Value::Object(fields) = value {
            whole.extend(fields);
        }
        json!({
            "object": "whatsapp_business_account",
            "entry": [{
                "id": meta.account_id,
                "changes": [{ "field": "messages", "value": whole }],
            }],
        })
    }

    /// A webhook with this body, as it is posted.
    pub(in crate::simulator) fn meta_webhook(
        &self,
        meta: &MetaConfig,
        body: &Value,
        signature: Signature,
    ) -> PostedWebhook {
        let body = body.to_string();
        PostedWebhook {
            provider: SimProvider::Meta,
            url: meta.webhook_url.clone(),
            signature: signature_of(signature, &meta.app_secret, body.as_bytes()),
            body,
        }
    }

    /// The webhook's value that tells of messages from phones.
    pub(in crate::simulator) fn meta_messages(
        &self,
        meta: &MetaConfig,
        messages: &[SimMessage],
    ) -> Value {
        let mut contacts: Vec<Value> = Vec::new();
        for message in messages {
            // A number change is the system's, not the person's.
            if matches!(message.content, SimContent::NumberChanged { .. }) {
                continue;
            }
            let contact = contact(meta, message);
            if !contacts.contains(&contact) {
                contacts.push(contact);
            }
        }
        let messages: Vec<Value> = messages
            .iter()
            .map(|message| self.meta_message(meta, message))
            .collect();
        let mut value = json!({ "messages": messages });
        if !contacts.is_empty() {
            value["contacts"] = json!(contacts);
        }
        value
    }

    fn meta_message(&self, meta: &MetaConfig, message: &SimMessage) -> Value {
        let mut json = json!({
            "id": message.sid,
            "timestamp": message.at.as_second().to_string(),
        });
        if message.shown != Shown::UserId {
            json["from"] = json!(wa_id(message.phone.as_str()));
        }
        if message.shown != Shown::Number {
            json["from_user_id"] = json!(user_id(&meta.account_id, &message.phone));
        }
        if let Some(id) = &message.reply_to {
            json["context"] = json!({ "from": wa_id(meta.number.as_str()), "id": id });
        }
        if let Some(referral) = &message.referral {
            json["referral"] = json!({
                "source_type": "ad",
                "source_id": referral.source_id,
                "source_url": referral.source_url,
                "headline": referral.headline,
                "body": referral.body,
                "ctwa_clid": referral.click_id,
            });
        }
        let (kind, content) = self.meta_content(meta, message);
        json["type"] = json!(kind);
        if kind == "unsupported" {
            json["errors"] = json!([problem(131_051, "Message type is currently not supported.")]);
        }
        if let Some(content) = content {
            json[kind] = content;
        }
        json
    }

    /// The name of the part that has the content, and the part, if the kind has one.
    fn meta_content(
        &self,
        meta: &MetaConfig,
        message: &SimMessage,
    ) -> (&'static str, Option<Value>) {
        let body = &message.body;
        let content = match &message.content {
            SimContent::Text => ("text", json!({ "body": body })),
            SimContent::Media(media) => (media.kind.as_str(), self.meta_media(media, body)),
            SimContent::Location {
                latitude,
                longitude,
                name,
                address,
            } => {
                let mut place = json!({ "latitude": latitude, "longitude": longitude });
                if let Some(name) = name {
                    place["name"] = json!(name);
                }
                if let Some(address) = address {
                    place["address"] = json!(address);
                }
                ("location", place)
            }
            SimContent::Contacts { contacts } => {
                let entries = contacts.iter().map(|contact| {
                    let phones = contact.phones.iter().map(|phone| {
                        let digits: String = phone.chars().filter(char::is_ascii_digit).collect();
                        json!({ "phone": phone, "wa_id": digits, "type": "CELL" })
                    });
                    json!({
                        "name": { "formatted_name": contact.name, "first_name": contact.name },
                        "phones": phones.collect::<Vec<_>>(),
                    })
                });
                ("contacts", json!(entries.collect::<Vec<_>>()))
            }
            SimContent::Reaction { to } => {
                let mut reaction = json!({ "message_id": to });
                // A reaction that is taken back has no emoji.
                if !body.is_empty() {
                    reaction["emoji"] = json!(body);
                }
                ("reaction", reaction)
            }
            SimContent::ButtonReply { id } => (
                "interactive",
                json!({ "type": "button_reply", "button_reply": { "id": id, "title": body } }),
            ),
            SimContent::ListReply { id, description } => {
                let mut reply = json!({ "id": id, "title": body });
                if let Some(description) = description {
                    reply["description"] = json!(description);
                }
                (
                    "interactive",
                    json!({ "type": "list_reply", "list_reply": reply }),
                )
            }
            SimContent::FlowReply { name, response } => (
                "interactive",
                json!({
                    "type": "nfm_reply",
                    "nfm_reply": { "name": name, "body": body, "response_json": response },
                }),
            ),
            SimContent::QuickReply { payload } => {
                ("button", json!({ "payload": payload, "text": body }))
            }
            SimContent::Order { catalog_id, items } => {
                let items = items.iter().map(|item| {
                    json!({
                        "product_retailer_id": item.product,
                        "quantity": item.quantity,
                        "item_price": item.price.parse::<f64>().unwrap_or_default(),
                        "currency": item.currency,
                    })
                });
                let items: Vec<_> = items.collect();
                (
                    "order",
                    json!({ "catalog_id": catalog_id, "text": body, "product_items": items }),
                )
            }
            SimContent::NumberChanged { new_wa_id } => {
                let new = format!("+{new_wa_id}").parse();
                let mut change = json!({
                    "body": body,
                    "wa_id": new_wa_id,
                    "type": "user_changed_number",
                });
                if let Ok(new) = new
                    && message.shown != Shown::Number
                {
                    change["user_id"] = json!(user_id(&meta.account_id, &new));
                }
                ("system", change)
            }
            SimContent::Edit { of } => (
                "edit",
                json!({
                    "original_message_id": of,
                    "message": { "type": "text", "text": { "body": body } },
                }),
            ),
            SimContent::Revoke { of } => ("revoke", json!({ "original_message_id": of })),
            SimContent::RequestWelcome => return ("request_welcome", None),
            // What only we send can't come from a phone.
            SimContent::Unsupported
            | SimContent::Buttons { .. }
            | SimContent::List { .. }
            | SimContent::Template { .. } => ("unsupported", json!({ "type": "poll" })),
        };
        (content.0, Some(content.1))
    }

    fn meta_media(&self, media: &SimMedia, caption: &str) -> Value {
        let id = media.id.as_deref().unwrap_or_default();
        let kept = self.files().get(id);
        let mut json = json!({
            "mime_type": media.media_type,
            "sha256": kept.as_ref().map(|kept| kept.sha256.clone()),
            "id": id,
        });
        match media.kind {
            MediaKind::Audio => json["voice"] = json!(false),
            MediaKind::Voice => json["voice"] = json!(true),
            MediaKind::Sticker => json["animated"] = json!(false),
            MediaKind::Document => json["filename"] = json!(media.filename),
            MediaKind::Image | MediaKind::Video => {}
        }
        if !caption.is_empty() {
            json["caption"] = json!(caption);
        }
        json
    }
}

/// Who it is, as much as they show.
pub(super) fn contact(meta: &MetaConfig, message: &SimMessage) -> Value {
    let mut contact = json!({});
    if let Some(name) = &message.name {
        contact["profile"] = json!({ "name": name });
        if message.shown == Shown::UserId {
            let username: String = name
                .to_lowercase()
                .chars()
                .map(|c| if c.is_ascii_alphanumeric() { c } else { '.' })
                .collect();
            contact["profile"]["username"] = json!(username);
        }
    }
    if message.shown != Shown::UserId {
        contact["wa_id"] = json!(wa_id(message.phone.as_str()));
    }
    if message.shown != Shown::Number {
        contact["user_id"] = json!(user_id(&meta.account_id, &message.phone));
    }
    contact
}

/// An error as webhooks have it.
pub(in crate::simulator) fn problem(code: u32, details: &str) -> Value {
    json!({
        "code": code,
        "title": meaning(code),
        "message": meaning(code),
        "error_data": { "details": details },
        "href": "https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes/",
    })
}

pub(super) fn wa_id(number: &str) -> &str {
    number.trim_start_matches('+')
}
