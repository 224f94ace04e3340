//! What a customer changed or took back of what they wrote.
//!
//! An edit that comes before its message was dealt with takes the message's place; one that comes
//! after is a message about something that is done. What was taken back is in no later prompt.

use std::collections::BTreeSet;

use crate::{
    EventId, Tenant,
    event::{Event, EventData},
    message::{CauseKey, Content},
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
        } else if let EventData::UserMessage {
            content: Content::Edited { of: other, .. },
            ..
        } = &event.data
            && other == of
        {
            ended.push(event.id);
            // What the edit before it ended, this one has ended as well.
            ended.extend(event.answers.iter().filter(|id| Some(**id) == original));
        }
    }
    ended
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
    let is_of_one = |event: &&Event| match &event.data {
        EventData::UserMessage { cause, content, .. } => {
            let edits = match content {
                Content::Edited { of, .. } => cause.of_other(of),
                _ => None,
            };
            messages.contains(cause) || edits.is_some_and(|of| messages.contains(&of))
        }
        _ => false,
    };
    events.filter(is_of_one).map(|event| event.id).collect()
}
