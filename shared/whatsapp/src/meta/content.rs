//! One message of Meta's as what a customer sent.
//!
//! Kinds: <https://developers.facebook.com/docs/whatsapp/cloud-api/webhooks/components>. Fields that
//! aren't named here are ignored, and what is not as documented is [`Content::Unreadable`]: its sender
//! is told, and nothing is lost in silence.

use countersign_core::{
    ProviderMessageId, SenderId,
    message::{ContactCard, Content, Location, Media, MediaKind, Order, OrderItem, Referral},
};
use serde_json::Value;

use crate::bounds::{
    self, CARD_FIELDS, EMOJI, FORM, KIND, LINE, PARAGRAPH, address, content_hash, cut, fitting,
};

/// A message's content, and whether a kind that is known was not as documented.
pub(super) fn content(message: &Value) -> (Content, Form) {
    let kind = text(message, "type").unwrap_or("unknown");
    if let Some(content) = known(kind, message) {
        return (content, Form::AsDocumented);
    }
    let (kind, form) = match kind {
        "system" => (
            text(message, "/system/type").unwrap_or(kind),
            Form::AsDocumented,
        ),
        "unsupported" => (
            text(message, "/unsupported/type").unwrap_or(kind),
            Form::AsDocumented,
        ),
        "request_welcome" | "unknown" => (kind, Form::AsDocumented),
        // What errors come with says itself that it can't be read.
        _ if message["errors"].is_array() => (kind, Form::AsDocumented),
        _ => (kind, Form::Other),
    };
    let kind = cut(kind, KIND).unwrap_or_else(|| "unknown".to_owned());
    (Content::Unreadable { kind }, form)
}

/// Whether a message is as its provider documents it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// It is, or says itself that it can't be read.
    AsDocumented,
    /// It is of a kind nobody told us of, or lacks what its kind has.
    Other,
}

fn known(kind: &str, message: &Value) -> Option<Content> {
    Some(match kind {
        "text" => Content::Text {
            body: text(message, "/text/body")?.to_owned(),
        },
        "image" => media(MediaKind::Image, &message["image"])?,
        "audio" => media(audio(&message["audio"]), &message["audio"])?,
        "voice" => media(MediaKind::Voice, &message["voice"])?,
        "video" => media(MediaKind::Video, &message["video"])?,
        "document" => media(MediaKind::Document, &message["document"])?,
        "sticker" => media(MediaKind::Sticker, &message["sticker"])?,
        "location" => Content::Location(location(&message["location"])?),
        "contacts" => Content::Contacts {
            contacts: fitting(message["contacts"].as_array()?.iter().map(card)),
        },
        "interactive" => interactive(&message["interactive"])?,
        "button" => choice(
            message.pointer("/button/payload"),
            text(message, "/button/text")?,
        )?,
        "reaction" => Content::Reaction {
            to: id(message, "/reaction/message_id")?,
            emoji: text(message, "/reaction/emoji").and_then(|emoji| cut(emoji, EMOJI)),
        },
        "order" => Content::Order(order(&message["order"])?),
        "edit" => edited(&message["edit"])?,
        "revoke" => Content::Revoked {
            of: id(message, "/revoke/original_message_id")?,
        },
        "system" => renamed(&message["system"])?,
        _ => return None,
    })
}

fn audio(audio: &Value) -> MediaKind {
    match audio["voice"].as_bool() {
        Some(true) => MediaKind::Voice,
        _ => MediaKind::Audio,
    }
}

fn media(kind: MediaKind, file: &Value) -> Option<Content> {
    Some(Content::Media(Media {
        kind,
        media_type: text(file, "mime_type")
            .and_then(|it| cut(it, KIND))
            .unwrap_or_else(|| "application/octet-stream".to_owned()),
        source: text(file, "id").and_then(address)?,
        content: text(file, "sha256").and_then(content_hash),
        filename: text(file, "filename").and_then(|name| cut(name, LINE)),
        caption: filled(text(file, "caption")),
    }))
}

fn location(place: &Value) -> Option<Location> {
    let within = |field: &str, most: f64| {
        let degrees = place[field].as_f64()?;
        (-most..=most).contains(&degrees).then_some(degrees)
    };
    Some(Location {
        latitude: within("latitude", 90.0)?,
        longitude: within("longitude", 180.0)?,
        name: text(place, "name").and_then(|name| cut(name, LINE)),
        address: text(place, "address").and_then(|address| cut(address, PARAGRAPH)),
    })
}

fn card(card: &Value) -> ContactCard {
    let texts = |list: &str, fields: [&str; 2]| -> Vec<String> {
        let entries = card[list].as_array().into_iter().flatten();
        entries
            .filter_map(|entry| fields.iter().find_map(|field| filled(text(entry, field))))
            .filter_map(|field| cut(&field, LINE))
            .take(CARD_FIELDS)
            .collect()
    };
    ContactCard {
        name: text(card, "/name/formatted_name")
            .and_then(|name| cut(name, LINE))
            .unwrap_or_default(),
        phones: texts("phones", ["phone", "wa_id"]),
        emails: texts("emails", ["email", "email"]),
    }
}

fn interactive(interactive: &Value) -> Option<Content> {
    let reply = match text(interactive, "type")? {
        "button_reply" => &interactive["button_reply"],
        "list_reply" => &interactive["list_reply"],
        "nfm_reply" => {
            let values = text(interactive, "/nfm_reply/response_json")?;
            return form(values);
        }
        _ => return None,
    };
    choice(reply.get("id"), text(reply, "title")?)
}

/// The values of a form, if they are JSON and no more than is kept.
pub(crate) fn form(values: &str) -> Option<Content> {
    let is_object = serde_json::from_str::<Value>(values).is_ok_and(|it| it.is_object());
    (is_object && values.len() <= FORM).then(|| Content::Form {
        values: values.to_owned(),
    })
}

/// What has no name of its own is named by what stands on it.
fn choice(id: Option<&Value>, title: &str) -> Option<Content> {
    let title = cut(title, LINE)?;
    let id = id.and_then(Value::as_str).and_then(|id| cut(id, LINE));
    Some(Content::Choice {
        id: id.unwrap_or_else(|| title.clone()),
        title,
    })
}

fn order(order: &Value) -> Option<Order> {
    let items = order["product_items"].as_array()?;
    let items = items.iter().map(|item| {
        Some(OrderItem {
            product: text(item, "product_retailer_id").and_then(|it| cut(it, LINE))?,
            quantity: number(&item["quantity"])?.parse().ok()?,
            price: number(&item["item_price"]).and_then(|it| cut(&it, KIND))?,
            currency: text(item, "currency").and_then(|it| cut(it, KIND))?,
        })
    });
    Some(Order {
        catalogue: text(order, "catalog_id").and_then(|it| cut(it, LINE))?,
        items: fitting(items.collect::<Option<Vec<_>>>()?.into_iter()),
        text: filled(text(order, "text")),
    })
}

/// A number as the text it is, whether or not it stands in quotes.
fn number(value: &Value) -> Option<String> {
    match value {
        Value::Number(number) => Some(number.to_string()),
        Value::String(text) => filled(Some(text)),
        _ => None,
    }
}

/// What an edited message says now: its words, or its caption.
fn edited(edit: &Value) -> Option<Content> {
    let message = &edit["message"];
    let kind = text(message, "type").unwrap_or("text");
    let body = text(message, "/text/body").or_else(|| text(&message[kind], "caption"));
    Some(Content::Edited {
        of: id(edit, "original_message_id")?,
        body: body.unwrap_or_default().to_owned(),
    })
}

/// A number or a user id changed. What else a system message tells, such as that a customer has a
/// new phone, changes no name.
fn renamed(system: &Value) -> Option<Content> {
    match text(system, "type")? {
        "user_changed_number" | "customer_changed_number" | "user_changed_user_id" => {}
        _ => return None,
    }
    let user = text(system, "user_id").and_then(|id| id.parse().ok());
    let number = ["wa_id", "new_wa_id"]
        .iter()
        .find_map(|field| text(system, field).and_then(bounds::sender_of_wa_id));
    let to: Vec<SenderId> = user.into_iter().chain(number).collect();
    (!to.is_empty()).then_some(Content::Renamed { to })
}

/// Where a message says its sender comes from.
pub(super) fn referral(referral: &Value) -> Option<Referral> {
    let found = Referral {
        url: text(referral, "source_url").and_then(address),
        kind: text(referral, "source_type").and_then(|it| cut(it, KIND)),
        id: text(referral, "source_id").and_then(|it| cut(it, LINE)),
        headline: text(referral, "headline").and_then(|it| cut(it, LINE)),
        body: text(referral, "body").and_then(|it| cut(it, PARAGRAPH)),
    };
    (found != Referral::default()).then_some(found)
}

/// The message id at a place.
pub(super) fn id(value: &Value, place: &str) -> Option<ProviderMessageId> {
    text(value, place)?.parse().ok()
}

/// The text in a field, or at a place that begins with a slash.
pub(super) fn text<'a>(value: &'a Value, place: &str) -> Option<&'a str> {
    let found = match place.starts_with('/') {
        true => value.pointer(place),
        false => value.get(place),
    };
    found?.as_str()
}

fn filled(text: Option<&str>) -> Option<String> {
    text.filter(|text| !text.is_empty()).map(str::to_owned)
}
