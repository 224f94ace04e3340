//! Messages that the closed 24-hour window keeps back: they go out when the customer writes, and
//! before that the customer is told, once a day, that something waits.

use super::{Leaves, Planned, Step};
use crate::{
    event::{Event, EventData},
    thread::{Notices, Thread},
    window::WindowEvent,
};

/// So far back in a thread a message that was held is the news: in the turn that takes it in, nothing
/// but a note on how the customer is spoken to comes after it.
const NEWS: usize = 2;

/// What is due about what is held, also where a person has the conversation or the customer wants to
/// hear nothing more: what was held was decided before, and whoever sends it again looks at that.
pub(super) fn due(thread: &Thread) -> Option<Step> {
    let fold = &thread.head.fold;
    if let Some(wrote_at) = fold.waits.ends(thread.head.customer_wrote_at) {
        let let_go = EventData::Window(WindowEvent::LetGo { wrote_at });
        return Some(record(let_go, &[Leaves::Release]));
    }
    if fold.waits.held == 0 || !fold.opted.is_in() {
        return None;
    }
    let mut newest = thread.events.iter().rev().take(NEWS);
    let notice = newest.find_map(|event| match event {
        Event {
            data:
                EventData::Window(WindowEvent::Held {
                    notice: Some(notice),
                    ..
                }),
            at,
            ..
        } => Some((notice, *at)),
        _ => None,
    });
    let (notice, at) = notice?;
    if fold.waits.may_notice(at) == Notices::Enough {
        return None;
    }
    let notice = notice.clone();
    let noticed = EventData::Window(WindowEvent::Noticed { notice });
    Some(record(noticed, &[Leaves::Message]))
}

fn record(data: EventData, leaves: &'static [Leaves]) -> Step {
    Step::Record(vec![Planned {
        answers: vec![],
        data,
        leaves,
    }])
}
