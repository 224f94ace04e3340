//! A first contact is greeted with what the agent can do. Code says it, and no model is asked for it.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::{Agent, Moment, Planned, Step, messages, says, thoughts};
use crate::{
    EventId,
    agent::AgentKind,
    answers::Voice,
    commands::{self, Intent},
    thread::{Contact, OpenKind, Thread},
};

/// Whether a company's agent greets.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Greets {
    /// It answers, and no more.
    #[default]
    Nobody,
    /// Whoever writes for the first time.
    FirstContacts,
}

impl From<bool> for Greets {
    fn from(greets: bool) -> Self {
        match greets {
            true => Self::FirstContacts,
            false => Self::Nobody,
        }
    }
}

/// The greeting, if it is due: before anything else is said to somebody who has never written
/// before. A greeting of theirs is answered by it; what else they wrote comes next.
pub(super) fn due(thread: &Thread, voice: Voice<'_>, moment: Moment) -> Option<Step> {
    if !is_first_contact(thread, voice.agent) {
        return None;
    }
    let today = voice.today();
    let (_, first) = messages(thread).next()?;
    // Help says the same.
    if first.is_some_and(|text| asks_for_help(text, today)) {
        return None;
    }
    let greetings: Vec<EventId> = messages(thread)
        .take_while(|(_, text)| text.is_some_and(|text| commands::is_greeting(text, today)))
        .map(|(id, _)| id)
        .collect();
    let text = voice.greeting(moment.role);
    Some(Step::Record(vec![Planned {
        answers: greetings,
        ..says(vec![], text, None)
    }]))
}

fn is_first_contact(thread: &Thread, agent: &Agent) -> bool {
    let open = thread.head.fold.open.iter();
    let open = open.filter(|open| open.kind == OpenKind::Message).count();
    agent.greets == Greets::FirstContacts
        && thread.head.fold.contact == Contact::New
        // Nothing of theirs was answered before; that also holds of threads older than greetings.
        && thread.head.counts.messages_in == open as u64
}

fn asks_for_help(text: &str, today: Date) -> bool {
    let command = commands::recognise(text, today);
    command.confidence.is_sure() && command.intent == Intent::Help
}

impl Agent {
    /// What those of its agents do that talk, a line each; none where commands alone are answered.
    pub(crate) fn purposes(&self) -> impl Iterator<Item = &str> {
        let talks = thoughts::unsorted(self).is_some();
        let rows = thoughts::others(AgentKind::Triage, self);
        rows.filter(move |_| talks)
            .map(|row| row.description.as_str())
    }
}
