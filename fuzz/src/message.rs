//! What holds of every message, whichever provider brought it.

use countersign_core::message::{
    Cause, Content, Correlation, ENVELOPE_VERSION, Group, Inbound, InboundMessage,
};
use countersign_whatsapp::bounds::{
    ADDRESS, CARD_FIELDS, EMOJI, FORM, KIND, LINE, LIST, NAME, PARAGRAPH,
};
use jiff::Timestamp;
use serde::Serialize;

/// A message is ours, no longer than what came in (`bytes`) or what is kept of it, and survives the
/// queue.
pub fn holds(message: &InboundMessage, bytes: usize) {
    assert_eq!(message.endpoint.as_str(), "ventas");
    assert_eq!(message.number.as_str(), "+14155238886");
    fits(message.name.as_deref(), NAME);
    assert!(!message.beside.aliases.contains(&message.sender));
    assert!(message.beside.aliases.len() <= 1, "number and user id");
    if let Some(referral) = &message.beside.referral {
        is_address(referral.url.as_deref());
        fits(referral.kind.as_deref(), KIND);
        fits(referral.id.as_deref(), LINE);
        fits(referral.headline.as_deref(), LINE);
        fits(referral.body.as_deref(), PARAGRAPH);
    }
    // What was composed can't be more than what carried it.
    let words = message.content.words().unwrap_or_default();
    assert!(words.len() <= bytes, "{} of {bytes}", words.len());
    content(&message.content);
    survives(message);
}

fn content(content: &Content) {
    match content {
        // What is kept of words is for who queues them to say.
        Content::Text { .. } | Content::Edited { .. } | Content::Revoked { .. } => {}
        Content::Media(media) => {
            fits(Some(&media.media_type), KIND);
            is_address(Some(&media.source));
            fits(media.filename.as_deref(), LINE);
            assert_ne!(media.caption.as_deref(), Some(""));
        }
        Content::Location(place) => {
            assert!((-90.0..=90.0).contains(&place.latitude));
            assert!((-180.0..=180.0).contains(&place.longitude));
            fits(place.name.as_deref(), LINE);
            fits(place.address.as_deref(), PARAGRAPH);
        }
        Content::Contacts { contacts } => {
            for card in contacts {
                assert!(card.name.chars().count() <= LINE);
                for list in [&card.phones, &card.emails] {
                    assert!(list.len() <= CARD_FIELDS);
                    list.iter().for_each(|field| fits(Some(field), LINE));
                }
            }
            is_kept(contacts);
        }
        Content::Choice { id, title } => {
            fits(Some(id), LINE);
            fits(Some(title), LINE);
        }
        Content::Form { values } => {
            assert!(values.len() <= FORM);
            let values = serde_json::from_str::<serde_json::Value>(values);
            assert!(values.is_ok_and(|values| values.is_object()));
        }
        Content::Reaction { emoji, .. } => fits(emoji.as_deref(), EMOJI),
        Content::Order(order) => {
            fits(Some(&order.catalogue), LINE);
            for item in &order.items {
                fits(Some(&item.product), LINE);
                fits(Some(&item.price), KIND);
                fits(Some(&item.currency), KIND);
            }
            is_kept(&order.items);
        }
        Content::Renamed { to } => assert!((1..=2).contains(&to.len())),
        Content::Unreadable { kind } => fits(Some(kind), KIND),
    }
}

/// A text that is there has something in it, and at most so many characters.
fn fits(text: Option<&str>, most: usize) {
    if let Some(text) = text {
        assert!((1..=most).contains(&text.chars().count()), "{text:?}");
    }
}

fn is_address(text: Option<&str>) {
    if let Some(text) = text {
        assert!((1..=ADDRESS).contains(&text.len()), "{text:?}");
        assert!(text.bytes().all(|byte| byte.is_ascii_graphic()), "{text:?}");
    }
}

fn is_kept<T: Serialize>(entries: &[T]) {
    let size = |entry| serde_json::to_string(entry).expect("JSON").len();
    assert!(entries.iter().map(size).sum::<usize>() <= LIST);
}

/// It goes through the queue as it is, in a group that SQS takes.
fn survives(message: &InboundMessage) {
    let group = Group::of(&message.number, &message.sender);
    assert!((1..=128).contains(&group.as_str().len()));
    assert!(group.as_str().bytes().all(|byte| byte.is_ascii_graphic()));
    let queued = Inbound {
        v: ENVELOPE_VERSION,
        tenant: "demo".parse().expect("a tenant"),
        correlation: Correlation("c1".to_owned()),
        group,
        received_at: Timestamp::UNIX_EPOCH,
        cause: Cause::Message(message.clone()),
    };
    let json = serde_json::to_string(&queued).expect("JSON");
    let back: Inbound = serde_json::from_str(&json).expect("what was queued is read");
    assert_eq!(back, queued);
    let again = serde_json::to_string(&back).expect("JSON");
    assert_eq!(again, json, "and is written as before");
}
