//! What a form of Twilio's says was sent.
//!
//! Fields: <https://www.twilio.com/docs/messaging/guides/webhook-request>. `MessageType`, `ListId` and
//! `ListTitle` are seen in requests, but not in that list: what they tell is used, and not needed.

use countersign_core::message::{Content, Location, Media, MediaKind, Referral};

use super::form::Form;
use crate::{
    DecodeError,
    bounds::{EMOJI, KIND, LINE, PARAGRAPH, address, cut},
};

/// Twilio takes no more files in one message, and WhatsApp sends one.
const MOST_FILES: usize = 10;

/// What was sent: one message, or one for every file.
pub(super) fn contents(form: &Form) -> Result<Vec<Content>, DecodeError> {
    let files = files(form)?;
    if !files.is_empty() {
        return Ok(files);
    }
    Ok(vec![content(form)?])
}

fn content(form: &Form) -> Result<Content, DecodeError> {
    let body = filled(form, "Body")?;
    let kind = filled(form, "MessageType")?;
    if kind == Some("reaction")
        && let Some(to) = filled(form, "OriginalRepliedMessageSid")?
        && let Ok(to) = to.parse()
    {
        let emoji = body.and_then(|emoji| cut(emoji, EMOJI));
        return Ok(Content::Reaction { to, emoji });
    }
    if let Some(location) = location(form, body)? {
        return Ok(Content::Location(location));
    }
    // What stands on a tapped button, or in a chosen row, arrives as the body too.
    for (id, title) in [("ButtonPayload", "ButtonText"), ("ListId", "ListTitle")] {
        let (id, title) = (filled(form, id)?, filled(form, title)?);
        let title = title.or(id.and(body)).or(id);
        if let Some(title) = title.and_then(|title| cut(title, LINE)) {
            let id = id.and_then(|id| cut(id, LINE));
            let id = id.unwrap_or_else(|| title.clone());
            return Ok(Content::Choice { id, title });
        }
    }
    if let Some(body) = body {
        let body = body.to_owned();
        return Ok(Content::Text { body });
    }
    let is_place = filled(form, "Latitude")?.is_some();
    let has_files = filled(form, "NumMedia")?.is_some_and(|count| count != "0");
    let kind = match filled(form, "MediaContentType0")? {
        Some(media_type) => media_type,
        None if is_place => "location",
        None if has_files => "media",
        None => kind.unwrap_or("unknown"),
    };
    Ok(Content::Unreadable {
        kind: cut(kind, KIND).unwrap_or_default(),
    })
}

/// The files, each a message; the words are with the first.
fn files(form: &Form) -> Result<Vec<Content>, DecodeError> {
    let mut caption = filled(form, "Body")?.map(str::to_owned);
    let mut files = Vec::new();
    for index in 0..MOST_FILES {
        let source = form.indexed("MediaUrl", index)?.and_then(address);
        let Some(source) = source else {
            break;
        };
        let media_type = form.indexed("MediaContentType", index)?;
        let media_type = media_type.and_then(|it| cut(it, KIND));
        let media_type = media_type.unwrap_or_else(|| "application/octet-stream".to_owned());
        files.push(Content::Media(Media {
            kind: media_kind(filled(form, "MessageType")?, &media_type),
            media_type,
            source,
            content: None,
            filename: None,
            caption: caption.take(),
        }));
    }
    Ok(files)
}

/// What Twilio says, or else what the type does: a recording as WhatsApp makes them is a voice note.
fn media_kind(told: Option<&str>, media_type: &str) -> MediaKind {
    let essence = media_type.split(';').next().unwrap_or_default().trim();
    match (told, essence.split('/').next().unwrap_or_default()) {
        (Some("sticker"), _) => MediaKind::Sticker,
        (Some("document"), _) => MediaKind::Document,
        (Some("voice"), _) => MediaKind::Voice,
        _ if essence.eq_ignore_ascii_case("audio/ogg") => MediaKind::Voice,
        (_, "image") => MediaKind::Image,
        (_, "audio") => MediaKind::Audio,
        (_, "video") => MediaKind::Video,
        _ => MediaKind::Document,
    }
}

/// A place. What it is called may stand in the body alone.
fn location(form: &Form, body: Option<&str>) -> Result<Option<Location>, DecodeError> {
    let degrees = |field, most: f64| -> Result<Option<f64>, DecodeError> {
        let degrees: Option<f64> = filled(form, field)?.and_then(|text| text.parse().ok());
        Ok(degrees.filter(|it| (-most..=most).contains(it)))
    };
    let (latitude, longitude) = (degrees("Latitude", 90.0)?, degrees("Longitude", 180.0)?);
    let (Some(latitude), Some(longitude)) = (latitude, longitude) else {
        return Ok(None);
    };
    let address = filled(form, "Address")?;
    let name = filled(form, "Label")?.or(body.filter(|body| Some(*body) != address));
    Ok(Some(Location {
        latitude,
        longitude,
        name: name.and_then(|name| cut(name, LINE)),
        address: address.and_then(|address| cut(address, PARAGRAPH)),
    }))
}

/// Where the sender comes from, if they tapped an advertisement.
pub(super) fn referral(form: &Form) -> Result<Option<Referral>, DecodeError> {
    let found = Referral {
        url: filled(form, "ReferralSourceUrl")?.and_then(address),
        kind: filled(form, "ReferralSourceType")?.and_then(|it| cut(it, KIND)),
        id: filled(form, "ReferralSourceId")?.and_then(|it| cut(it, LINE)),
        headline: filled(form, "ReferralHeadline")?.and_then(|it| cut(it, LINE)),
        body: filled(form, "ReferralBody")?.and_then(|it| cut(it, PARAGRAPH)),
    };
    Ok((found != Referral::default()).then_some(found))
}

/// A field that is there and not empty.
pub(super) fn filled<'a>(
    form: &'a Form,
    field: &'static str,
) -> Result<Option<&'a str>, DecodeError> {
    Ok(form.text(field)?.filter(|text| !text.is_empty()))
}
