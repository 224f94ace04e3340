//! Messages that are more than words: what is said with them, and what is answered where no model
//! reads them.

use jiff::civil::Date;

use super::{Step, reply, thoughts};
use crate::{
    EventId,
    answers::Voice,
    changed,
    choice::{self, Choice},
    commands,
    event::EventData,
    message::Content,
    safety::{self, LONGEST_MESSAGE},
    thread::{OpenKind, Thread, words},
};

/// What a message says.
pub(super) enum Said<'a> {
    /// These words, typed or tapped.
    Words(&'a str),
    /// Nothing in words, but a model can read it.
    Shown,
    /// A button of a question that is over was tapped.
    OldButton,
    /// Nothing that can be read.
    Nothing,
}

/// What an open message says, whose words are `text` if it has any.
pub(super) fn said<'a>(thread: &'a Thread, message: EventId, text: Option<&'a str>) -> Said<'a> {
    let content = content(thread, message);
    if let Some(Content::Choice { id, .. }) = content {
        match choice::read(id, thread.head.fold.pending.as_ref()) {
            Choice::Answers(value) => return Said::Words(value),
            Choice::Over => return Said::OldButton,
            Choice::Said => {}
        }
    }
    match (text, content) {
        (Some(text), _) => Said::Words(text),
        (None, Some(content)) if is_shown(content) => Said::Shown,
        (None, _) => Said::Nothing,
    }
}

/// The open messages that a model is asked about at once: the first ones, as far as none of them
/// says by itself what it wants.
pub(super) fn burst(thread: &Thread, today: Date) -> Vec<EventId> {
    let messages = thread.open(OpenKind::Message);
    let unclear = messages.take_while(|event| {
        let EventData::UserMessage { content, .. } = &event.data else {
            return false;
        };
        match words(content) {
            Some(text) => {
                safety::limit(text, LONGEST_MESSAGE).left_out == 0
                    && !commands::is_sure(text, today)
            }
            None => is_shown(content),
        }
    });
    unclear.map(|event| event.id).collect()
}

/// To a message without words.
pub(super) fn to_shown(thread: &Thread, voice: Voice<'_>, message: EventId) -> Step {
    if thoughts::Thinker::of(thread, voice.agent).is_some() {
        return thoughts::ask(thread, voice, burst(thread, voice.today()));
    }
    let content = content(thread, message);
    let received = content.map_or_else(|| voice.unreadable(), |content| voice.received(content));
    match &thread.head.fold.pending {
        // The question stays.
        Some(pending) => {
            let text = format!("{received} {}", pending.missing.question());
            reply(vec![message], text, Some(pending.clone()))
        }
        None => reply(vec![message], received, None),
    }
}

/// To a button of a question that is over. A question that waits goes on waiting.
pub(super) fn to_old_button(thread: &Thread, voice: Voice<'_>, message: EventId) -> Step {
    let pending = thread.head.fold.pending.clone();
    reply(vec![message], voice.button_is_over(), pending)
}

/// Whether one of these messages is an edit of what was dealt with before: what it asks for is not
/// done once more.
pub(super) fn is_late_edit(thread: &Thread, messages: &[EventId]) -> bool {
    let mut events = messages.iter().filter_map(|id| thread.event(*id));
    events.any(|event| changed::is_late(&thread.head.tenant, event))
}

/// Whether a model can make something of it without words.
fn is_shown(content: &Content) -> bool {
    matches!(
        content,
        Content::Media(_)
            | Content::Location(_)
            | Content::Contacts { .. }
            | Content::Form { .. }
            | Content::Order(_)
    )
}

fn content(thread: &Thread, message: EventId) -> Option<&Content> {
    match &thread.event(message)?.data {
        EventData::UserMessage { content, .. } => Some(content),
        _ => None,
    }
}
