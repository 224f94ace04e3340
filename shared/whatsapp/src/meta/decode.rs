//! Meta's webhook as messages and statuses.
//!
//! One request holds entries, an entry changes, a change messages and statuses of one number; an app
//! may have numbers that are not this endpoint's. What is ours is taken, whatever stands beside it.
//! Source: <https://developers.facebook.com/docs/whatsapp/cloud-api/webhooks/payload-examples>.

use countersign_core::{
    E164, ProviderMessageId, SenderId,
    message::{Beside, Content, InboundMessage},
    offer::Shows,
};
use jiff::Timestamp;
use serde_json::Value;

use super::{
    MetaConfig,
    content::{self, Form, id, referral, text},
    status,
};
use crate::{
    DecodeError, LeftOut, Received,
    bounds::{KIND, NAME, aliases, cut, sender_of_wa_id},
};

/// Everything in a body.
pub(super) fn received(config: &MetaConfig, body: &[u8]) -> Result<Received, DecodeError> {
    let malformed = |field, why| DecodeError::Malformed { field, why };
    let body: Value =
        serde_json::from_slice(body).map_err(|_| malformed("body", "not JSON as Meta sends it"))?;
    let entries = body["entry"]
        .as_array()
        .ok_or(malformed("entry", "missing, or not a list"))?;
    let mut received = Received::default();
    for change in entries.iter().flat_map(changes) {
        take(config, change, &mut received);
    }
    Ok(received)
}

fn changes(entry: &Value) -> impl Iterator<Item = &Value> {
    entry["changes"].as_array().into_iter().flatten()
}

fn take(config: &MetaConfig, change: &Value, received: &mut Received) {
    let field = text(change, "field").unwrap_or_default();
    let value = &change["value"];
    if field != "messages" {
        // An app may subscribe to more than is asked of it here.
        received.left_out.push(LeftOut::Field {
            name: cut(field, KIND).unwrap_or_default(),
        });
        return;
    }
    if let Some(number) = foreign(config, &value["metadata"]) {
        received.left_out.push(LeftOut::NotOurs { number });
        return;
    }
    for error in value["errors"].as_array().into_iter().flatten() {
        received.left_out.push(LeftOut::Error {
            code: status::code(error),
        });
    }
    for found in value["messages"].as_array().into_iter().flatten() {
        match message(config, found, &value["contacts"]) {
            Ok((message, form)) => {
                if form == Form::Other {
                    received.left_out.push(LeftOut::Odd {
                        id: message.id.clone(),
                        kind: message.content.kind().to_owned(),
                    });
                }
                received.messages.push(message);
            }
            Err(why) => received.left_out.push(LeftOut::Malformed {
                id: id(found, "id"),
                kind: text(found, "type").and_then(|kind| cut(kind, KIND)),
                why,
            }),
        }
    }
    for found in value["statuses"].as_array().into_iter().flatten() {
        match status::report(found) {
            Ok(report) => received.statuses.push(report),
            Err(left_out) => received.left_out.push(left_out),
        }
    }
}

/// The number a change concerns, if it isn't ours: both Meta's id of it and the number itself must
/// be, as far as it tells them, and it must tell the id.
fn foreign(config: &MetaConfig, metadata: &Value) -> Option<String> {
    let id = text(metadata, "phone_number_id");
    let shown = text(metadata, "display_phone_number");
    let digits = |text: &str| -> String { text.chars().filter(char::is_ascii_digit).collect() };
    let is_ours = id == Some(config.phone_number_id.as_str())
        && shown.is_none_or(|shown| digits(shown) == digits(config.number.as_str()));
    let told = || shown.or(id).unwrap_or("no number");
    (!is_ours).then(|| cut(told(), KIND).unwrap_or_default())
}

/// Who wrote: all the names Meta tells, the one it keeps first.
struct Writer {
    sender: SenderId,
    phone: Option<E164>,
    name: Option<String>,
    others: Vec<SenderId>,
}

fn message(
    config: &MetaConfig,
    message: &Value,
    contacts: &Value,
) -> Result<(InboundMessage, Form), &'static str> {
    let id: ProviderMessageId = id(message, "id").ok_or("its id is missing, or none")?;
    let (content, form) = content::content(message);
    let writer = writer(message, contacts, &content).ok_or("nobody is named as its sender")?;
    let context = &message["context"];
    let message = InboundMessage {
        endpoint: config.endpoint.clone(),
        number: config.number.clone(),
        id,
        sender: writer.sender,
        phone: writer.phone,
        name: writer.name,
        content,
        beside: Beside {
            replies_to: content::id(context, "id"),
            referral: referral(&message["referral"]),
            sent_at: sent_at(&message["timestamp"]),
            aliases: writer.others,
            shows: Shows::Taps,
            ..Beside::default()
        },
    };
    Ok((message, form))
}

/// A message names its sender by number, by user id, or by both; a contact of the same change tells
/// the rest. One that is named otherwise is somebody else.
fn writer(message: &Value, contacts: &Value, content: &Content) -> Option<Writer> {
    let from = text(message, "from");
    let from_user = text(message, "from_user_id");
    // What else a change of names tells are the new ones.
    let (contact, from_user) = match content {
        Content::Renamed { .. } => (
            &Value::Null,
            text(message, "/system/previous_user_id").or(from_user.filter(|_| from.is_none())),
        ),
        _ => (contact(contacts, from, from_user), from_user),
    };
    let user = from_user.or_else(|| text(contact, "user_id"));
    let user: Option<SenderId> = user.and_then(|id| id.parse().ok());
    let wa_id = from.or_else(|| text(contact, "wa_id"));
    let number = wa_id.and_then(sender_of_wa_id);
    let names: Vec<SenderId> = user.into_iter().chain(number).collect();
    let sender = names.first()?.clone();
    Some(Writer {
        phone: names.iter().find_map(|name| name.as_str().parse().ok()),
        name: text(contact, "/profile/name").and_then(|name| cut(name, NAME)),
        others: aliases(&sender, names),
        sender,
    })
}

fn contact<'a>(contacts: &'a Value, from: Option<&str>, user: Option<&str>) -> &'a Value {
    let Some(contacts) = contacts.as_array() else {
        return &Value::Null;
    };
    let is = |contact: &Value, field: &str, name: Option<&str>| {
        name.is_some() && text(contact, field) == name
    };
    let named = contacts
        .iter()
        .find(|it| is(it, "user_id", user) || is(it, "wa_id", from));
    match (named, contacts.as_slice()) {
        (Some(contact), _) => contact,
        // A message without a sender is the one contact's.
        (None, [only]) if from.is_none() && user.is_none() => only,
        _ => &Value::Null,
    }
}

/// Seconds since 1970, in quotes or not.
fn sent_at(timestamp: &Value) -> Option<Timestamp> {
    let seconds = match timestamp {
        Value::String(text) => text.parse().ok()?,
        other => other.as_i64()?,
    };
    Timestamp::from_second(seconds).ok()
}
