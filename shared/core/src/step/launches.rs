//! What the company wants done for somebody. A command is carried out, anything else is the
//! agent's model's. Whoever gets what comes of it did not ask, so what can't be done is told to
//! operators alone.

use super::{Denied, Leaves, Moment, Permission, Planned, Step, consent, reply, results, thoughts};
use crate::{
    CallId, EventId,
    answers::Voice,
    commands::{self, Intent, Recognised},
    event::{Event, EventData, Failing},
    thread::{OpenKind, Thread},
    tool::{Chooser, Runs},
};

/// The oldest task that is open.
pub(super) fn to_launch(thread: &Thread, voice: Voice<'_>, moment: Moment, launch: &Event) -> Step {
    let EventData::Launched { task, .. } = &launch.data else {
        return Step::Rest;
    };
    let command = commands::recognise(task.as_str(), voice.today());
    if command.confidence.is_sure() && command.missing.is_none() {
        return to_command(thread, voice, moment, launch.id, &command);
    }
    match thoughts::Thinker::of(thread, voice.agent) {
        Some(_) => thoughts::ask(thread, voice, vec![launch.id]),
        None => thoughts::without_model(thread, voice, moment, vec![launch.id]),
    }
}

/// The task that a model is at, if it is at nothing that the customer wrote or is to hear. A command
/// that waits for room is no model's.
pub(super) fn at_hand(thread: &Thread, voice: Voice<'_>) -> Option<EventId> {
    let is_the_customers = thread.open(OpenKind::Message).next().is_some()
        || thread
            .open(OpenKind::Finding)
            .any(|it| results::is_word(&it));
    let first = thread.open(OpenKind::Launch).next()?;
    let EventData::Launched { task, .. } = &first.data else {
        return None;
    };
    let command = commands::recognise(task.as_str(), voice.today());
    let is_command = command.confidence.is_sure() && command.missing.is_none();
    (!is_the_customers && !is_command).then_some(first.id)
}

/// Whether what deals with these events deals with a task, and with nothing that the customer
/// wrote or is to hear.
pub(super) fn is_about(thread: &Thread, answers: &[EventId]) -> bool {
    let some = |kind| thread.open(kind).any(|event| answers.contains(&event.id));
    let mut words = thread.open(OpenKind::Finding).filter(results::is_word);
    some(OpenKind::Launch)
        && !some(OpenKind::Message)
        && !words.any(|event| answers.contains(&event.id))
}

/// The same as for a message, with what the recipient's role covers: it is they who read the
/// answer. Nothing is announced, for nobody waits.
fn to_command(
    thread: &Thread,
    voice: Voice<'_>,
    moment: Moment,
    launch: EventId,
    command: &Recognised,
) -> Step {
    let answers = vec![launch];
    let Some(tool) = command.tool_call() else {
        return match command.intent {
            Intent::Help => reply(answers, voice.help(moment.role), None),
            _ => undone(answers, "it is no command"),
        };
    };
    if let Permission::Denied = moment.role.may(&tool) {
        let why = format!("{} is not for the recipient's role", tool.name());
        return undone(answers, &why);
    }
    if tool.runs() == Runs::InTheExecutor && thread.head.fold.room() == 0 {
        // It waits until something else is done, which is an event of its own.
        return Step::Rest;
    }
    let leave = consent::to_built_in(thread, voice.agent, moment, tool);
    let failed = leave.failed;
    let tool = match leave.verdict {
        Ok(tool) => tool,
        Err(Denied::Rule(because)) => {
            return undone(answers, &format!("a rule of the company's says: {because}"));
        }
        Err(Denied::Person(why)) => {
            let undone = not_done(answers, &why);
            return Step::Record(failed.into_iter().chain([undone]).collect());
        }
    };
    let call = CallId::derived(&launch.to_string());
    match tool.runs() {
        Runs::InTheTurn => Step::Look {
            answers,
            call,
            tool,
        },
        Runs::InTheExecutor => {
            let order = Planned {
                answers,
                data: EventData::ToolCall {
                    call,
                    tool,
                    by: Chooser::Command,
                },
                leaves: &[Leaves::Order],
            };
            Step::Record(failed.into_iter().chain([order]).collect())
        }
    }
}

/// Operators are told, and nobody else.
pub(super) fn undone(answers: Vec<EventId>, why: &str) -> Step {
    Step::Record(vec![not_done(answers, why)])
}

fn not_done(answers: Vec<EventId>, why: &str) -> Planned {
    Planned {
        answers,
        data: EventData::error(
            format!("what the company wanted done was not: {why}"),
            Some(Failing::Launch),
        ),
        leaves: &[],
    }
}
