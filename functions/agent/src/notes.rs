//! What is noted as a turn begins: which conversation goes on, and as which persona the customer is
//! spoken to.

use countersign_core::{
    PersonaName, ThreadId,
    event::EventData,
    message::Cause,
    opt_out::Opted,
    persona,
    step::{self, Planned},
    turn::Turn,
    window::WindowEvent,
};
use tracing::warn;

use crate::found::Was;

/// That a thread goes on from another, with what the customer asked for there and when they last wrote.
pub(crate) fn continues(previous: ThreadId, cause: &Cause, was: Was) -> Vec<Planned> {
    let what = match cause {
        Cause::Launch(_) => "The company has something done for the customer",
        _ => "The customer writes again",
    };
    let note = EventData::SystemNote {
        text: format!("{what}; the conversation before is {previous}."),
        continues: Some(previous),
        wrote_at: was.wrote_at,
        persona: None,
    };
    let held = EventData::Window(WindowEvent::TakenOver {
        from: previous,
        wrote_at: was.wrote_at,
    });
    let opted = (!was.opted.is_in()).then(|| opted_elsewhere(previous, was.opted));
    let noted = |data| Planned {
        answers: vec![],
        data,
        leaves: &[],
    };
    let held = (was.held > 0).then(|| noted(held));
    let taken_over = opted.into_iter().chain(held);
    [noted(note)].into_iter().chain(taken_over).collect()
}

/// What the customer asked for in another of their threads.
pub(crate) fn opted_elsewhere(from: ThreadId, way: Opted) -> Planned {
    Planned {
        answers: vec![],
        data: EventData::Opted {
            way,
            from: Some(from),
        },
        leaves: &[],
    }
}

/// As which persona the customer is spoken to from here on, if that is not on record yet: it decides
/// what is said, so it is an event like everything that does.
pub(crate) fn spoken_to(
    turn: &Turn,
    persona: &PersonaName,
    agent: &step::Agent,
) -> Option<Planned> {
    let known = turn.thread().head.fold.persona.as_ref();
    let is_new = match known {
        Some(known) => known != persona,
        None => persona.as_str() != persona::DEFAULT,
    };
    if !is_new || !turn.takes_in() {
        return None;
    }
    if !agent.personas.has(persona) {
        warn!(%persona, "no such persona; the default speaks");
    }
    Some(Planned {
        answers: vec![],
        data: EventData::SystemNote {
            text: format!("The customer is spoken to as the persona {persona}."),
            continues: None,
            wrote_at: None,
            persona: Some(persona.clone()),
        },
        leaves: &[],
    })
}
