//! A thread taken up again from its record: whole, up to any of its events, or decided anew with
//! what was answered then.

use std::collections::VecDeque;

use crate::{
    EventId,
    agent::AgentKind,
    commit::Commit,
    event::{AgentWords, Event, EventData, Failing, Unreadable},
    model::Purpose,
    step::{Agent, Ask, Moment, Planned, Role, Step, step},
    thread::{Head, Thread},
    tool::Chooser,
    window::WindowEvent,
};

/// Why a thread can't be taken up again.
#[derive(Debug, thiserror::Error)]
pub enum Stuck {
    /// An event can't be read.
    #[error(transparent)]
    Unreadable(#[from] Unreadable),
    /// There is no such event.
    #[error("{0} is no event of this thread")]
    NoSuchEvent(EventId),
    /// Decided anew, something else comes of it.
    #[error(
        "event {event} of commit {commit}: decided anew it would be {expected}, and it was {was}"
    )]
    Diverged {
        /// The first event that differs.
        event: EventId,
        /// Its commit.
        commit: u64,
        /// What comes of it now.
        expected: String,
        /// What came of it then.
        was: String,
    },
}

/// The thread as of its last commit, from its events alone. `opened` is its head before the first.
///
/// # Errors
/// When an event can't be read.
pub fn rebuild(opened: Head, commits: &[Commit]) -> Result<Thread, Stuck> {
    let mut thread = begin(opened);
    for commit in commits {
        for event in commit.events()? {
            thread.apply(event);
        }
        close(&mut thread.head, commit);
    }
    Ok(thread)
}

/// The thread as it was when an event had just happened: for another prompt or another model to
/// go on from. It is nobody's until it is given an id and a chain of its own.
///
/// # Errors
/// When there is no such event, or one can't be read.
pub fn fork(opened: Head, commits: &[Commit], at: EventId) -> Result<Thread, Stuck> {
    let mut thread = begin(opened);
    for commit in commits {
        for event in commit.events()? {
            let is_last = event.id == at;
            thread.apply(event);
            if is_last {
                return Ok(thread);
            }
        }
        close(&mut thread.head, commit);
    }
    Err(Stuck::NoSuchEvent(at))
}

/// Decides a thread anew, event by event, with what the customer wrote, what models answered and
/// what tools found then, and compares every decision with the recorded one.
///
/// # Errors
/// Names the first event that comes out differently.
pub fn replay(opened: Head, commits: &[Commit], agent: &Agent, role: Role) -> Result<(), Stuck> {
    let mut thread = begin(opened);
    for commit in commits {
        let mut decided = VecDeque::new();
        for event in commit.events()? {
            let is_next = |next: &Expected| next.fits(&event);
            if !decided.front().is_some_and(is_next) && comes_from_outside(&event) {
                thread.apply(event);
                continue;
            }
            let expected = decided.pop_front().unwrap_or_else(|| {
                let moment = Moment {
                    now: event.at,
                    role,
                };
                let mut next = expected(step(&thread, agent, moment));
                let first = next.pop_front();
                decided = next;
                first.unwrap_or(Expected::Nothing)
            });
            if !expected.fits(&event) {
                return Err(Stuck::Diverged {
                    event: event.id,
                    commit: commit.number,
                    expected: expected.name(),
                    was: format!("{:?}", event.data),
                });
            }
            thread.apply(event);
        }
        close(&mut thread.head, commit);
    }
    Ok(())
}

fn begin(opened: Head) -> Thread {
    Thread {
        head: opened,
        events: Vec::new(),
    }
}

fn close(head: &mut Head, commit: &Commit) {
    head.commit = commit.number;
    head.hash = commit.hash;
    head.changed_at = commit.at;
}

/// What no step decides: it happens to a thread.
fn comes_from_outside(event: &Event) -> bool {
    match &event.data {
        EventData::UserMessage { .. }
        | EventData::FileFetched { .. }
        | EventData::Launched { .. }
        // How far a model had come by when plays no part in what is decided.
        | EventData::AgentMessage {
            body: AgentWords::Part { .. },
            ..
        }
        | EventData::HumanResponse { .. }
        | EventData::Control { .. }
        | EventData::Wake { .. }
        | EventData::SystemNote { .. }
        | EventData::Undelivered { .. }
        // Nobody can compare a code once more, and nobody should.
        | EventData::IdentityChecked { .. }
        | EventData::Compaction { .. }
        | EventData::Window(WindowEvent::Held { .. } | WindowEvent::TakenOver { .. })
        // What a thread takes over from the one before was decided there.
        | EventData::Opted { from: Some(_), .. }
        // A turn was ended that took too many steps.
        | EventData::Error { of: None, .. } => true,
        // A report of the executor comes without anything that it answers here.
        EventData::ToolResult { .. } => false,
        EventData::ModelThinking { .. }
        | EventData::ToolCall { .. }
        | EventData::HumanRequest { .. }
        | EventData::Permitted { .. }
        | EventData::IdentityAsked { .. }
        | EventData::AgentMessage { .. }
        | EventData::HandOver { .. }
        | EventData::Unanswered { .. }
        | EventData::Opted { from: None, .. }
        | EventData::Window(WindowEvent::Noticed { .. } | WindowEvent::LetGo { .. })
        | EventData::Error { .. } => false,
    }
}

/// What comes next, as far as it is decided.
enum Expected {
    /// Exactly this.
    Exactly(Box<Planned>),
    /// What a call found, which is taken as it was found then.
    Finding(crate::CallId),
    /// What a model answered, or that none did, as it was then.
    Answer(Ask),
    /// Nothing was left to do.
    Nothing,
}

fn expected(step: Step) -> VecDeque<Expected> {
    match step {
        Step::Rest => VecDeque::new(),
        Step::Look {
            answers,
            call,
            tool,
        } => {
            let by = Chooser::Command;
            let chosen = Planned {
                answers,
                data: EventData::ToolCall { call, tool, by },
                leaves: &[],
            };
            [Expected::Exactly(Box::new(chosen)), Expected::Finding(call)].into()
        }
        Step::Run { call, .. } => [Expected::Finding(call)].into(),
        Step::Ask(ask) => [Expected::Answer(ask)].into(),
        Step::Record(planned) => planned
            .into_iter()
            .map(|planned| Expected::Exactly(Box::new(planned)))
            .collect(),
    }
}

impl Expected {
    fn fits(&self, event: &Event) -> bool {
        match (self, &event.data) {
            (Self::Exactly(planned), data) => {
                planned.data == *data && planned.answers == event.answers
            }
            (Self::Finding(expected), EventData::ToolResult { call, .. }) => expected == call,
            (Self::Answer(ask), EventData::ModelThinking { purpose, about, .. }) => {
                *purpose == ask.purpose && *about == ask.about && event.answers == ask.seen
            }
            (Self::Answer(_), EventData::Error { of, .. }) => *of == Some(Failing::Model),
            (Self::Answer(ask), EventData::HandOver { from, .. }) => {
                ask.purpose == Purpose::Triage && *from == AgentKind::Triage
            }
            // A report of the executor, which no step waits for.
            (Self::Nothing, EventData::ToolResult { .. }) => true,
            _ => false,
        }
    }

    fn name(&self) -> String {
        match self {
            Self::Exactly(planned) => format!("{:?}", planned.data),
            Self::Finding(call) => format!("what {call} found"),
            Self::Answer(ask) => format!("an answer to {:?} about {:?}", ask.agent, ask.about),
            Self::Nothing => "nothing".to_owned(),
        }
    }
}
