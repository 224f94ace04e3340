//! An answer that leaves in parts while it is being written: what may leave of it already, and
//! what is left to be said when it is whole. The customer has the model's words once, whichever
//! models wrote them and whatever came between.

use jiff::Timestamp;

use super::{Ask, Leaves, Planned, Step, thoughts::own};
use crate::{
    EventId,
    agent::AgentKind,
    event::{AgentWords, Event, EventData},
    markup,
    model::{Answer, Ended, MOST_TEXT},
    parts, prompt,
    safety::{self, Moderated, Refusal},
    split::{self, MOST_CHARACTERS, MOST_MESSAGES},
    step::Agent,
    thread::{MOST_PARTS, Thread},
};

/// What leaves of an answer while it is being written.
#[derive(Debug, Clone, PartialEq)]
pub enum Aloud {
    /// Nothing yet.
    Waits,
    /// This part: it is recorded and leaves, and nothing else does before.
    Part(Box<Planned>),
    /// Nothing any more, and why. What becomes of the rest is decided when it is whole.
    Over(String),
}

/// What leaves next of the answer to `ask`, whose words so far are `text`. It is judged together
/// with all that has left before, so that nothing slips out in slices.
pub fn aloud(thread: &Thread, agent: &Agent, ask: &Ask, text: &str, now: Timestamp) -> Aloud {
    let parts = said(&thread.events, thread.head.fold.attempt.said.len());
    if parts.len() >= MOST_PARTS {
        return Aloud::Over(format!("{MOST_PARTS} parts of it have left"));
    }
    // Of more than that nothing is kept when it is whole.
    if text.chars().nth(MOST_TEXT).is_some() {
        return Aloud::Over(format!("it has more than {MOST_TEXT} characters"));
    }
    let last = thread.events.iter().rev().find(|event| is_message(event));
    let last = last.map(|event| event.at);
    // What WhatsApp shows, as far as nothing that follows changes it.
    let text = &markup::whatsapp(markup::settled(text));
    let has_ended = || parts::ends(text).next().is_some();
    if parts::is_too_soon(last, now) || !has_ended() || may_be_again(before(&parts, ask.said), text)
    {
        return Aloud::Waits;
    }
    let whole = match judged(thread, agent, ask.agent, &parts, ask.said, text) {
        Ok(whole) => whole,
        // A thought that is not over, or a number that may not be said.
        Err(Refusal::NothingLeft) => return Aloud::Waits,
        Err(why) => return Aloud::Over(format!("it may not be said: {why}")),
    };
    let Some(rest) = parts::rest(&whole, &parts) else {
        return Aloud::Over("it takes back what has left".to_owned());
    };
    let left = whole.len() - rest.len();
    let Some(end) = parts::next(&whole, left, last, now) else {
        return Aloud::Waits;
    };
    let Some(part) = split::first(whole[left..end].trim()) else {
        return Aloud::Over("a block of code is longer than a message".to_owned());
    };
    // One message is left for the rest, and for the word that it is not all.
    if characters(&parts) + part.chars().count() > (MOST_MESSAGES - 1) * MOST_CHARACTERS {
        return Aloud::Over("most of what one answer may have has left".to_owned());
    }
    Aloud::Part(Box::new(Planned {
        answers: vec![],
        data: EventData::AgentMessage {
            body: AgentWords::Part {
                text: part.to_owned(),
            },
            asks: None,
        },
        leaves: &[Leaves::Message],
    }))
}

/// What is still to be said of a model's whole answer, in its messages, if anything is: whole
/// sentences, without what is other people's, of our instructions, or looks like what only code writes.
///
/// # Errors
/// When nothing of it may be said, or there is nothing; for operators.
pub(super) fn rest(
    answer: &Answer,
    by: AgentKind,
    said_before: u16,
    thread: &Thread,
    agent: &Agent,
) -> Result<Option<Vec<String>>, String> {
    let text = match answer.ended {
        Ended::Filtered => return Err("the provider's filter stopped its answer".to_owned()),
        Ended::Length => parts::whole_sentences(&answer.text),
        Ended::Done => &answer.text,
    };
    if text.is_empty() {
        return Err("it answered nothing".to_owned());
    }
    let text = &markup::whatsapp(text);
    let parts = said(&thread.events, thread.head.fold.attempt.said.len());
    let whole = judged(thread, agent, by, &parts, said_before, text)
        .map_err(|why| format!("its answer was withheld: {why}"))?;
    let Some(rest) = parts::rest(&whole, &parts) else {
        return Err("its answer was withheld: it takes back what had left of it".to_owned());
    };
    let is_more = |c: char| !c.is_whitespace() && !matches!(c, '.' | '…');
    // Parts are as many messages as they would have filled.
    let most = MOST_MESSAGES.saturating_sub(characters(&parts).div_ceil(MOST_CHARACTERS));
    Ok((parts.is_empty() || rest.contains(is_more)).then(|| split::messages(rest, most)))
}

fn characters(parts: &[&str]) -> usize {
    parts.iter().map(|part| part.chars().count()).sum()
}

/// That an answer has nothing to add to what has left of it.
pub(super) fn all_is_said(answers: Vec<EventId>) -> Step {
    Step::Record(vec![Planned {
        answers,
        data: EventData::SystemNote {
            persona: None,
            text: "The agent's last messages were its whole answer.".to_owned(),
            continues: None,
            wrote_at: None,
        },
        leaves: &[],
    }])
}

/// The newest `parts` parts, oldest first.
fn said<'a>(
    events: impl IntoIterator<Item = &'a Event, IntoIter: DoubleEndedIterator>,
    parts: usize,
) -> Vec<&'a str> {
    let texts = events
        .into_iter()
        .rev()
        .filter_map(|event| match &event.data {
            EventData::AgentMessage {
                body: AgentWords::Part { text },
                ..
            } => Some(text.as_str()),
            _ => None,
        });
    let mut newest: Vec<&str> = texts.take(parts).collect();
    newest.reverse();
    newest
}

/// The whole answer as it may be said: what had left before the model was asked, and what it says.
fn judged(
    thread: &Thread,
    agent: &Agent,
    by: AgentKind,
    parts: &[&str],
    said_before: u16,
    text: &str,
) -> Result<String, Refusal> {
    let whole = joined(before(parts, said_before), text);
    let row = agent.agents.get(&by);
    let system = row
        .map(|row| prompt::system(row, agent))
        .unwrap_or_default();
    match safety::moderate(&whole, &system, &own(&thread.head)) {
        Moderated::Passed(text) | Moderated::Changed { text, .. } => Ok(text),
        Moderated::Withheld { why } => Err(why),
    }
}

/// The parts that had left before a model was asked.
fn before<'a, 'b>(parts: &'a [&'b str], said_before: u16) -> &'a [&'b str] {
    &parts[..usize::from(said_before).min(parts.len())]
}

/// Whether words so far could be the beginning of what has left already.
fn may_be_again(before: &[&str], text: &str) -> bool {
    let bare = |text: &str| -> String { text.split_whitespace().collect() };
    let text = bare(text);
    (0..before.len()).any(|from| bare(&before[from..].concat()).starts_with(&text))
}

/// What had left, and what goes on from it. Some models begin again in spite of what they are
/// told, with all of it or with the last of its parts.
fn joined(before: &[&str], text: &str) -> String {
    let again = (0..before.len()).find(|from| parts::rest(text, &before[*from..]).is_some());
    let before = &before[..again.unwrap_or(before.len())];
    before
        .iter()
        .chain([&text])
        .copied()
        .collect::<Vec<_>>()
        .join(" ")
}

fn is_message(event: &Event) -> bool {
    matches!(event.data, EventData::AgentMessage { .. })
}
