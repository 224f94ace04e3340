//! What a customer changed or took back of what they wrote.
//!
//! An edit that comes before its message was dealt with takes the message's place; one that comes
//! after is a message about something that is done. What was taken back is in no later prompt.

use std::collections::BTreeSet;

use crate::{
    EventId, Tenant,
    event::{Event, EventData},
    message::{CauseKey, Content, Media},
    thread::{OpenKind, Thread},
};

/// The event that a cause of a tenant's becomes.
pub fn event_of(tenant: &Tenant, cause: &CauseKey) -> EventId {
    EventId::derived(&format!("{tenant}/{}", cause.as_str()))
}

/// What a message with this content ends by coming: the open message that it changes or takes back,
/// and the open edits of the same. With an edit goes on record whether the message itself was among
/// them.
pub fn by(thread: &Thread, cause: &CauseKey, content: &Content) -> Vec<EventId> {
    let Some(of) = content.changes() else {
        return vec![];
    };
    let original = cause.of_other(of);
    let original = original.map(|cause| event_of(&thread.head.tenant, &cause));
    let mut ended = Vec::new();
    for event in thread.open(OpenKind::Message) {
        if Some(event.id) == original {
            ended.push(event.id);
        } else if let Some(original) = original
            && event.answers.contains(&original)
        {
            // A file with the words it has by now, or an edit that was in time.
            ended.extend([event.id, original]);
        } else if let EventData::UserMessage {
            content: Content::Edited { of: other, .. },
            ..
        } = &event.data
            && other == of
        {
            ended.push(event.id);
        }
    }
    ended
}

/// What is recorded of a message with this content, which ends these messages by coming. An edit of the
/// words that a file came with, before anything was answered, is the file with its new words: it takes
/// the place of both.
pub fn recorded(thread: &Thread, content: &Content, ended: &[EventId]) -> Content {
    let Content::Edited { body, .. } = content else {
        return content.clone();
    };
    let mut files = ended
        .iter()
        .filter_map(|id| match &thread.event(*id)?.data {
            EventData::UserMessage {
                content: Content::Media(media),
                ..
            } => Some(media),
            _ => None,
        });
    match files.next_back() {
        Some(media) => Content::Media(Media {
            caption: (!body.is_empty()).then(|| body.clone()),
            ..media.clone()
        }),
        None => content.clone(),
    }
}

/// The open message that a file belongs to by now: the one it came with, or what took its place.
pub fn whose_file(thread: &Thread, message: EventId) -> EventId {
    let has_it = |event: &&Event| event.id == message || event.answers.contains(&message);
    let mut open = thread.open(OpenKind::Message);
    open.find(has_it).map_or(message, |event| event.id)
}

/// Whether it is an edit of what was dealt with before, so that its words may ask for what was done
/// already.
pub fn is_late(tenant: &Tenant, event: &Event) -> bool {
    match &event.data {
        EventData::UserMessage {
            cause,
            content: Content::Edited { of, .. },
            ..
        } => {
            let original = cause.of_other(of).map(|cause| event_of(tenant, &cause));
            !original.is_some_and(|original| event.answers.contains(&original))
        }
        _ => false,
    }
}

/// Whether a message was taken back that is not among these events, so that whatever speaks of one
/// that is not may speak of it.
pub fn takes_back_another<'a>(events: impl Iterator<Item = &'a Event> + Clone) -> bool {
    let known: BTreeSet<&CauseKey> = events
        .clone()
        .filter_map(|event| match &event.data {
            EventData::UserMessage { cause, .. } => Some(cause),
            _ => None,
        })
        .collect();
    let mut others = events.filter_map(|event| match &event.data {
        EventData::UserMessage {
            cause,
            content: Content::Revoked { of },
            ..
        } => cause.of_other(of),
        _ => None,
    });
    others.any(|other| !known.contains(&other))
}

/// The messages that were taken back, and the edits of them.
pub fn taken_back<'a>(events: impl Iterator<Item = &'a Event> + Clone) -> BTreeSet<EventId> {
    let mut messages = BTreeSet::new();
    for event in events.clone() {
        if let EventData::UserMessage {
            cause,
            content: Content::Revoked { of },
            ..
        } = &event.data
        {
            messages.extend(cause.of_other(of));
        }
    }
    // A file with new words names only the events whose place it took.
    let originals: BTreeSet<EventId> = events
        .clone()
        .filter(|event| {
            matches!(&event.data, EventData::UserMessage { cause, .. } if messages.contains(cause))
        })
        .map(|event| event.id)
        .collect();
    let is_of_one = |event: &&Event| match &event.data {
        EventData::UserMessage { cause, content, .. } => {
            let edits = match content {
                Content::Edited { of, .. } => cause.of_other(of),
                _ => None,
            };
            messages.contains(cause)
                || edits.is_some_and(|of| messages.contains(&of))
                || matches!(content, Content::Media(_))
                    && event.answers.iter().any(|id| originals.contains(id))
        }
        _ => false,
    };
    events.filter(is_of_one).map(|event| event.id).collect()
}
