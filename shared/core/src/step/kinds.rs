//! Messages that are more than words: what is said with them, and what is answered where no model
//! reads them.

use super::{
    Step, heard,
    offers::{self, Picked},
    reply, thoughts,
};
use crate::{
    EventId,
    answers::Voice,
    changed,
    choice::{self, Choice},
    commands::{self, Pending},
    event::{Event, EventData},
    message::{Content, Fetched, NotFetched},
    safety::{self, LONGEST_MESSAGE},
    thread::{OpenKind, Thread},
};

/// What a message says.
pub(super) enum Said<'a> {
    /// These words, typed or tapped.
    Words(&'a str),
    /// This answer to what was offered, which completes this command.
    Completes(&'a Pending, &'a str),
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
    match content.and_then(|content| offers::picked(thread, content)) {
        Some(Picked::Words(words)) => return Said::Words(words),
        Some(Picked::Completes(pending, value)) => return Said::Completes(pending, value),
        None => {}
    }
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

/// Whether a model is to be asked about a file that is still being fetched. Without a model nothing
/// of it is of use, and nothing waits.
pub(super) fn waits_for_a_file(thread: &Thread, voice: Voice<'_>) -> bool {
    let mut messages = thread.open(OpenKind::Message);
    heard::is_waited_for(thread, voice)
        || thoughts::Thinker::of(thread, voice.agent).is_some()
            && messages.any(|event| waits(thread, voice, event))
}

/// Whether a message's file is waited for. A recording that nobody listens to is not.
fn waits(thread: &Thread, voice: Voice<'_>, event: &Event) -> bool {
    let is_of_use = match &event.data {
        EventData::UserMessage { content, .. } if content.is_recording() => {
            thread.is_listened_to(event.id)
        }
        _ => true,
    };
    is_of_use && thread.is_fetching(event.id, voice.now)
}

/// What is said to a file without words that could not be had, or can't be heard, if that is so:
/// neither a model nor anybody else can make anything of it.
fn missed(thread: &Thread, voice: Voice<'_>, message: EventId) -> Option<String> {
    match (content(thread, message)?, thread.file_of(message)) {
        (recording, _) if recording.is_recording() => Some(heard::missed(thread, voice, message)),
        (Content::Media(_), Some(Fetched::Refused { why })) => Some(voice.not_opened(*why)),
        (Content::Media(_), None) if thoughts::Thinker::of(thread, voice.agent).is_some() => {
            Some(voice.not_opened(NotFetched::Failed))
        }
        _ => None,
    }
}

/// The open messages that a model is asked about at once: the first ones, as far as none of them
/// says by itself what it wants.
pub(super) fn burst(thread: &Thread, voice: Voice<'_>) -> Vec<EventId> {
    let today = voice.today();
    let messages = thread.open(OpenKind::Message);
    let unclear = messages.take_while(|event| {
        let EventData::UserMessage { content, .. } = &event.data else {
            return false;
        };
        match thread.words_of(event) {
            _ if waits(thread, voice, event) => false,
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
    if let Some(missed) = missed(thread, voice, message) {
        return goes_on_asking(thread, message, missed);
    }
    if thoughts::Thinker::of(thread, voice.agent).is_some() {
        return thoughts::ask(thread, voice, burst(thread, voice));
    }
    let content = content(thread, message);
    let received = content.map_or_else(|| voice.unreadable(), |content| voice.received(content));
    match &thread.head.fold.pending {
        // The question stays.
        Some(pending) => {
            let text = format!("{received} {}", pending.missing.question());
            offers::asks(thread, vec![message], text, pending.clone())
        }
        None => reply(vec![message], received, None),
    }
}

/// To a button of a question that is over. A question that waits goes on waiting.
pub(super) fn to_old_button(thread: &Thread, voice: Voice<'_>, message: EventId) -> Step {
    goes_on_asking(thread, message, voice.button_is_over())
}

/// Says something else while a question waits, if one does.
fn goes_on_asking(thread: &Thread, message: EventId, text: String) -> Step {
    match thread.head.fold.pending.clone() {
        Some(pending) => offers::asks(thread, vec![message], text, pending),
        None => reply(vec![message], text, None),
    }
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
