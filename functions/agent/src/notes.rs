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
};
use tracing::warn;

/// That a thread goes on from another, with what the customer asked for there.
pub(crate) fn continues(previous: ThreadId, cause: &Cause, was: Opted) -> Vec<Planned> {
    let what = match cause {
        Cause::Launch(_) => "The company has something done for the customer",
        _ => "The customer writes again",
    };
    let note = EventData::SystemNote {
        text: format!("{what}; the conversation before is {previous}."),
        continues: Some(previous),
        persona: None,
    };
    let opted = EventData::Opted {
        way: was,
        from: Some(previous),
    };
    let taken_over = (!was.is_in()).then_some(opted);
    let taken_over = [note].into_iter().chain(taken_over);
    let planned = taken_over.map(|data| Planned {
        answers: vec![],
        data,
        leaves: &[],
    });
    planned.collect()
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
            persona: Some(persona.clone()),
        },
        leaves: &[],
    })
}
