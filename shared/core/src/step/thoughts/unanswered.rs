//! What becomes of what only a model could answer, when none can be asked: the commands, and then a
//! person.

use std::cmp::Ordering;

use super::{escalated_saying, event};
use crate::{
    EventId,
    answers::Voice,
    event::EventData,
    step::{Moment, Step, says},
    thread::Thread,
};

/// With so many messages in a row that nobody could answer, a person is called. Whoever tries again
/// after one that was answered with the commands does not want a command; and before, most find what
/// they want among them, or write again when models answer.
pub const MOST_UNANSWERED: u16 = 2;

/// The most characters of the customer's words that a person called sees at once.
const MOST_ASKED: usize = 400;

/// The customer gets the commands the first time; then a person is called, once. `error` is what
/// is recorded about it.
pub(super) fn to(
    thread: &Thread,
    voice: Voice<'_>,
    moment: Moment,
    answers: Vec<EventId>,
    error: EventData,
) -> Step {
    let times = thread.head.fold.unanswered.times.saturating_add(1);
    let error = event(error);
    match times.cmp(&MOST_UNANSWERED) {
        Ordering::Less => {
            let text = voice.cannot_think(moment.role);
            Step::Record(vec![error, says(answers, text, None)])
        }
        Ordering::Equal => {
            let asked = asked(thread, &answers);
            let note =
                format!("{times} messages in a row could not be answered. The last: {asked}");
            let text = voice.person_called(moment.role);
            let [hand_over, says] = escalated_saying(thread, answers, note, text);
            Step::Record(vec![error, hand_over, says])
        }
        Ordering::Greater => {
            let text = voice.person_comes(moment.role);
            Step::Record(vec![error, says(answers, text, None)])
        }
    }
}

/// What the customer wrote, cut.
fn asked(thread: &Thread, answers: &[EventId]) -> String {
    let events = answers.iter().filter_map(|id| thread.event(*id));
    let texts = events.filter_map(|event| thread.words_of(event));
    let asked = texts.collect::<Vec<_>>().join(" ");
    match asked.char_indices().nth(MOST_ASKED) {
        Some((end, _)) => format!("{}…", &asked[..end]),
        None => asked,
    }
}
