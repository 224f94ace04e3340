//! What a recording may lead to once it is transcribed. A misheard word may be looked up, and may be
//! said to a model; nothing is changed on it: whoever wants something done is asked to write it, and
//! with the words that were heard before them that is a matter of seconds.

use super::{Step, reply};
use crate::{
    EventId,
    answers::Voice,
    event::EventData,
    message::{Content, Fetched, Heard, NotHeard},
    thread::{OpenKind, Thread},
};

/// Whether one of these messages was heard and not written.
pub(super) fn is_heard(thread: &Thread, messages: &[EventId]) -> bool {
    let mut messages = messages.iter();
    messages.any(|message| words(thread, *message).is_some())
}

/// To a recording that orders something: it waits until it is written. A question of ours goes on
/// waiting too.
pub(super) fn to_order(thread: &Thread, voice: Voice<'_>, answers: Vec<EventId>) -> Step {
    let heard: Vec<&str> = answers
        .iter()
        .filter_map(|message| words(thread, *message))
        .collect();
    let text = voice.write_it(&heard.join(" "));
    reply(answers, text, thread.head.fold.pending.clone())
}

/// To a recording in which somebody seems to ask to be sent nothing more, or to be written to again:
/// that is taken from them in writing alone. A misheard word would silence us towards them, and they
/// would not know why.
pub(super) fn to_opt_words(
    thread: &Thread,
    voice: Voice<'_>,
    message: EventId,
    text: &str,
) -> Option<Step> {
    words(thread, message)?;
    voice.agent.opt_words.asked(text)?;
    let pending = thread.head.fold.pending.clone();
    Some(reply(vec![message], voice.write_stop(), pending))
}

/// Whether a message's file is waited for also where no model will be asked: its words may be a
/// command.
pub(super) fn is_waited_for(thread: &Thread, voice: Voice<'_>) -> bool {
    let mut messages = thread.open(OpenKind::Message);
    messages.any(|event| thread.is_listened_to(event.id) && thread.is_fetching(event.id, voice.now))
}

/// What is said to a recording without words, be they heard or written.
pub(super) fn missed(thread: &Thread, voice: Voice<'_>, message: EventId) -> String {
    let file = thread.file_of(message);
    match file.map(|file| (file, file.heard())) {
        _ if !thread.is_listened_to(message) => voice.cannot_hear(),
        None => voice.not_heard(NotHeard::Failed),
        Some((_, Some(Heard::Nothing { why, .. }))) => voice.not_heard(*why),
        Some((Fetched::Refused { why }, _)) => voice.not_opened(*why),
        // Whoever fetched it has no endpoint.
        Some(_) => voice.cannot_hear(),
    }
}

/// What was heard in a message without words of its own.
fn words(thread: &Thread, message: EventId) -> Option<&str> {
    let content = match &thread.event(message)?.data {
        EventData::UserMessage { content, .. } => content,
        _ => return None,
    };
    match content {
        Content::Media(media) if media.caption.is_none() => thread.heard(message)?.words(),
        _ => None,
    }
}
