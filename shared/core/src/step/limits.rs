//! What is more than one person may write (O9) is on record, and goes no further: no model is asked
//! about it, and no more than once in its time is the customer told so.

use jiff::Timestamp;

use super::{Planned, Step, says, thoughts};
use crate::{
    EventId,
    answers::Voice,
    event::EventData,
    limits::{Because, Window},
    thread::{OpenKind, Thread},
};

/// What becomes of the open messages that are too many, if any are.
pub(super) fn due(thread: &Thread, voice: Voice<'_>) -> Option<Step> {
    let (window, over) = Window::ALL
        .into_iter()
        .map(|window| (window, over(thread, voice, window)))
        .find(|(_, over)| !over.is_empty())?;
    Some(Step::Record(too_many(thread, voice, window, over)))
}

/// The window in which a message is one too many, if it is.
pub(super) fn full(thread: &Thread, voice: Voice<'_>, message: EventId) -> Option<Window> {
    let mut windows = Window::ALL.into_iter();
    windows.find(|window| over(thread, voice, *window).contains(&message))
}

/// That these are left for being too many in a window, and the word about it that is said once.
pub(super) fn too_many(
    thread: &Thread,
    voice: Voice<'_>,
    window: Window,
    over: Vec<EventId>,
) -> Vec<Planned> {
    let rate = &thread.head.fold.rate;
    let until = rate.of(window).since.saturating_add(window.seconds());
    let because = Because::TooMany {
        window,
        until: Timestamp::from_second(until).unwrap_or(Timestamp::MAX),
    };
    let mut planned = vec![unanswered(over, because)];
    if !rate.was_told(until) {
        planned.push(says(vec![], voice.too_many(window, until), None));
    }
    planned
}

/// The newest open messages, as far as they are more than a window has room for.
fn over(thread: &Thread, voice: Voice<'_>, window: Window) -> Vec<EventId> {
    let Some(most) = voice.agent.limits.of(window) else {
        return vec![];
    };
    let count = thread.head.fold.rate.of(window);
    let open: Vec<EventId> = thread
        .open(OpenKind::Message)
        .filter(|event| event.at.as_second() >= count.since)
        .map(|event| event.id)
        .collect();
    let before = (count.messages as usize).saturating_sub(open.len());
    let room = (most as usize).saturating_sub(before);
    open.into_iter().skip(room).collect()
}

/// That these are dealt with, and that nobody hears of it.
pub(super) fn unanswered(answers: Vec<EventId>, because: Because) -> Planned {
    Planned {
        answers,
        ..thoughts::event(EventData::Unanswered {
            because,
            output: None,
        })
    }
}
