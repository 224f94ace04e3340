//! Whoever asks for it is sent nothing more until they ask for the opposite (W5). What they want done
//! and what was decided is still carried out; they only don't hear of it.

use super::{
    Leaves, Planned, Step, launches,
    limits::{self, unanswered},
    says, thoughts,
};
use crate::{
    EventId,
    answers::Voice,
    event::{AgentWords, Event, EventData},
    limits::Because,
    opt_out::Opted,
    thread::{OpenKind, Thread, words},
    tool::ToolOutcome,
};

/// What comes before everything else, be it that a person has the conversation: the customer asks to
/// be sent nothing more, or to be written to again.
pub(super) fn due(thread: &Thread, voice: Voice<'_>) -> Option<Step> {
    let (open, asks): (Vec<EventId>, Vec<Option<Opted>>) = thread
        .open(OpenKind::Message)
        .map(|event| (event.id, asked(event, voice)))
        .unzip();
    let wanted = match thread.head.fold.opted {
        Opted::In => Opted::Out,
        Opted::Out => Opted::In,
    };
    let first = asks.iter().position(|asks| *asks == Some(wanted))?;
    if wanted == Opted::In && first > 0 {
        // What they wrote before is not to be answered.
        let before = open.into_iter().take(first).collect();
        return Some(Step::Record(vec![unanswered(before, Because::OptedOut)]));
    }
    let message = *open.get(first)?;
    let opted = |answers| Planned {
        answers,
        ..thoughts::event(EventData::Opted {
            way: wanted,
            from: None,
        })
    };
    // It always takes effect. Who has it done and undone more often than they may write is told so
    // once, and no more; the first time, somebody who wrote too much is told all the same.
    let rate = &thread.head.fold.rate;
    let full = limits::full(thread, voice, message);
    if let Some(window) = full.filter(|window| rate.has_opted(rate.of(*window).since)) {
        return Some(Step::Record(match wanted {
            Opted::Out => vec![opted(vec![message])],
            Opted::In => {
                let told = limits::too_many(thread, voice, window, vec![message]);
                [opted(vec![])].into_iter().chain(told).collect()
            }
        }));
    }
    let text = match wanted {
        Opted::Out => voice.opted_out(),
        Opted::In => voice.opted_in(),
    };
    Some(Step::Record(vec![
        opted(vec![message]),
        says(vec![], text, None),
    ]))
}

fn asked(event: &Event, voice: Voice<'_>) -> Option<Opted> {
    match &event.data {
        EventData::UserMessage { content, .. } => voice.agent.opt_words.asked(words(content)?),
        _ => None,
    }
}

/// What is left without a word for somebody who asked for none: what they write, what a model
/// thought, and what only ever was to be told or sent to them.
pub(super) fn to_opted_out(thread: &Thread) -> Option<Step> {
    if thread.head.fold.opted.is_in() {
        return None;
    }
    let of = |kind| -> Vec<EventId> { thread.open(kind).map(|event| event.id).collect() };
    let is_draft = |event: &&Event| {
        matches!(
            event.data,
            EventData::ToolResult {
                outcome: ToolOutcome::Drafted { .. },
                ..
            }
        )
    };
    let drafts = thread.open(OpenKind::Result).filter(is_draft);
    let mut left: Vec<EventId> = drafts.map(|event| event.id).collect();
    for kind in [OpenKind::Thought, OpenKind::Finding, OpenKind::Message] {
        left.extend(of(kind));
    }
    if !left.is_empty() {
        return Some(Step::Record(vec![unanswered(left, Because::OptedOut)]));
    }
    let tasks = of(OpenKind::Launch);
    let why = "the customer asked to be sent nothing";
    (!tasks.is_empty()).then(|| launches::undone(tasks, why))
}

/// A step without what it says to somebody who asked to be sent nothing.
pub(super) fn silenced(thread: &Thread, step: Step) -> Step {
    let Step::Record(planned) = step else {
        return step;
    };
    if thread.head.fold.opted.is_in() {
        return Step::Record(planned);
    }
    Step::Record(planned.into_iter().filter_map(silent).collect())
}

fn silent(planned: Planned) -> Option<Planned> {
    if !planned.leaves.contains(&Leaves::Message) {
        return Some(planned);
    }
    let document = match &planned.data {
        EventData::AgentMessage {
            body: AgentWords::Document { output, .. },
            ..
        } => Some(*output),
        _ => None,
    };
    if planned.answers.is_empty() && document.is_none() {
        return None;
    }
    Some(Planned {
        answers: planned.answers,
        ..thoughts::event(EventData::Unanswered {
            because: Because::OptedOut,
            output: document,
        })
    })
}
