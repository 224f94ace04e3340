//! What comes of what models answer, and when one is asked. A model proposes; whether a call is
//! made is decided here, by the registry and by what agent and customer may do.

mod unanswered;

pub use self::unanswered::MOST_UNANSWERED;
use super::{
    Ask, Moment, Planned, Step,
    calls::{spoken, to_calls},
    kinds, launches, reply, results, say_all, says, streaming,
};
use crate::{
    EventId,
    agent::{AgentKind, AgentRow},
    answers::Voice,
    event::{Event, EventData, Failing, Recipient},
    model::{Ended, Purpose},
    registry,
    safety::Own,
    step::Agent,
    thread::{Failures, Head, Models, OpenKind, Thread},
};

/// How often a model is asked about one message of the customer's.
pub const MOST_ASKS: u16 = 20;

/// How often in a row the calls of one tool may come to nothing.
pub const MOST_FAILURES: u16 = 3;

/// The agent that answers with a model.
pub(super) struct Thinker<'a> {
    row: &'a AgentRow,
}

/// Why nobody thinks.
enum Idle {
    /// There is no model, or they gave no answer: commands are answered.
    Unavailable,
    /// The conversation has cost what it may.
    Spent(String),
    /// It went round in circles: a person goes on.
    Stuck(String),
}

impl<'a> Thinker<'a> {
    /// Who thinks about this thread next: its agent, or else triage to find it one.
    pub(super) fn of(thread: &Thread, agent: &'a Agent) -> Option<Self> {
        Self::or_why(thread, agent).ok()
    }

    fn or_why(thread: &Thread, agent: &'a Agent) -> Result<Self, Idle> {
        let attempt = &thread.head.fold.attempt;
        let (cost, limit) = (thread.head.counts.cost, agent.conversation_limit);
        let none = unsorted(agent).is_none();
        if none || attempt.models == Models::Failed || attempt.useless >= MOST_FAILURES {
            return Err(Idle::Unavailable);
        }
        if cost >= limit {
            let detail = format!("models have cost {cost} of {limit} USD in this conversation");
            return Err(Idle::Spent(detail));
        }
        if let Some(Failures { tool, times, .. }) = &attempt.failing
            && *times >= MOST_FAILURES
        {
            return Err(Idle::Stuck(format!("{tool} failed {times} times in a row")));
        }
        if attempt.asks >= MOST_ASKS {
            return Err(Idle::Stuck(format!("{MOST_ASKS} steps led to no answer")));
        }
        let enabled = |kind| agent.agents.get(&kind).filter(|row| row.enabled);
        let own = thread.head.fold.agent.and_then(enabled);
        let row = own.or_else(|| match enabled(AgentKind::Triage) {
            Some(triage) if others(AgentKind::Triage, agent).count() > 1 => Some(triage),
            _ => unsorted(agent).and_then(enabled),
        });
        row.map(|row| Self { row }).ok_or(Idle::Unavailable)
    }

    pub(super) fn kind(&self) -> AgentKind {
        self.row.kind
    }

    pub(super) fn has(&self, agent: &Agent, tool: &str) -> bool {
        has(self.row, agent, tool)
    }
}

/// Whether an agent has a tool: those of its row, a person to turn to, and others to hand over to
/// where there are any.
pub(crate) fn has(row: &AgentRow, agent: &Agent, tool: &str) -> bool {
    match tool {
        registry::ESCALATE => true,
        registry::HAND_OVER => others(row.kind, agent).next().is_some(),
        tool => row.tools.iter().any(|its| its == tool),
    }
}

/// The agent of the conversations that are nobody's business in particular; none where no agent
/// talks.
pub(super) fn unsorted(agent: &Agent) -> Option<AgentKind> {
    let mut kinds = others(AgentKind::Triage, agent).map(|row| row.kind);
    let first = kinds.next()?;
    let general = kinds.find(|kind| *kind == AgentKind::General);
    Some(general.unwrap_or(first))
}

/// The agents that `kind` can hand a conversation to.
pub(crate) fn others(kind: AgentKind, agent: &Agent) -> impl Iterator<Item = &AgentRow> {
    agent
        .agents
        .values()
        .filter(move |row| row.enabled && row.kind != AgentKind::Triage && row.kind != kind)
}

/// Asks about these messages, and about what the last calls found.
pub(super) fn ask(thread: &Thread, voice: Voice<'_>, messages: Vec<EventId>) -> Step {
    let Some(thinker) = Thinker::of(thread, voice.agent) else {
        return Step::Rest;
    };
    let agent = thinker.row.kind;
    // What somebody decided or answered is dealt with like what the customer wrote: not by being
    // seen, but once something came of it.
    let (words, seen): (Vec<&Event>, Vec<&Event>) =
        thread.open(OpenKind::Finding).partition(results::is_word);
    let ids = |events: Vec<&Event>| events.into_iter().map(|event| event.id).collect::<Vec<_>>();
    let (words, seen) = (ids(words), ids(seen));
    let ask = Ask {
        purpose: match agent {
            AgentKind::Triage => Purpose::Triage,
            _ => Purpose::Answer,
        },
        agent,
        about: words.into_iter().chain(messages).collect(),
        seen,
        said: 0,
    };
    Step::Ask(ask.after(thread))
}

/// The model goes on from what its calls found.
pub(super) fn on_findings(thread: &Thread, voice: Voice<'_>, moment: Moment) -> Step {
    let messages = kinds::burst(thread, voice)
        .into_iter()
        .chain(launches::at_hand(thread, voice))
        .collect::<Vec<_>>();
    match Thinker::or_why(thread, voice.agent) {
        Ok(_) => ask(thread, voice, messages),
        Err(_) => {
            let findings = thread.open(OpenKind::Finding).map(|finding| finding.id);
            // What was approved and is done, and what a colleague said, is told whatever else is
            // open.
            if let Some(told) = results::told(thread, voice) {
                return reply(findings.collect(), told, None);
            }
            let answers = messages.into_iter().chain(findings).collect();
            without_model(thread, voice, moment, answers)
        }
    }
}

/// What is said to what only a model could have answered.
pub(super) fn without_model(
    thread: &Thread,
    voice: Voice<'_>,
    moment: Moment,
    answers: Vec<EventId>,
) -> Step {
    match Thinker::or_why(thread, voice.agent) {
        idle if launches::is_about(thread, &answers) => {
            let why = match idle {
                Err(Idle::Stuck(why) | Idle::Spent(why)) => why,
                _ => "it is no complete command, and no model answered".to_owned(),
            };
            launches::undone(answers, &why)
        }
        Err(Idle::Stuck(why)) => escalate(thread, voice, answers, why),
        Err(Idle::Spent(detail)) => {
            let error = EventData::error(detail, Some(Failing::Limit));
            unanswered::to(thread, voice, moment, answers, error)
        }
        _ if voice.agent.agents.is_empty() => reply(answers, voice.unknown(moment.role), None),
        // All are turned off, which somebody wants so.
        _ if unsorted(voice.agent).is_none() => {
            reply(answers, voice.cannot_think(moment.role), None)
        }
        _ => {
            let detail = "no model answered, and it is no command".to_owned();
            let error = EventData::error(detail, Some(Failing::Unanswered));
            unanswered::to(thread, voice, moment, answers, error)
        }
    }
}

/// What a model answered becomes events, or an error that the next question shows it.
pub(super) fn to_thought(
    thread: &Thread,
    voice: Voice<'_>,
    moment: Moment,
    thought: &Event,
) -> Step {
    let EventData::ModelThinking {
        purpose,
        about,
        answer,
        flagged,
        ..
    } = &thought.data
    else {
        return Step::Rest;
    };
    if *purpose == Purpose::Triage {
        return match triaged(&answer.text, voice.agent) {
            Some(kind) => Step::Record(vec![Planned {
                answers: vec![thought.id],
                ..triage_to(kind)
            }]),
            None => no_answer(thought, "no agent talks".to_owned()),
        };
    }
    // What was dealt with meanwhile stays dealt with.
    let is_open = |id: &EventId| thread.head.fold.open.iter().any(|open| open.event == *id);
    let mut answers: Vec<EventId> = about.iter().copied().filter(is_open).collect();
    answers.push(thought.id);
    if answer.ended != Ended::Filtered && !answer.calls.is_empty() {
        if !flagged.is_empty() && !spoken(answer).is_empty() {
            return no_answer(thought, withheld(flagged));
        }
        return to_calls(thread, voice, moment, thought, answers, &answer.calls);
    }
    in_words(thread, voice, thought, answers)
}

/// What a model says in words, if it may be said.
pub(super) fn in_words(
    thread: &Thread,
    voice: Voice<'_>,
    thought: &Event,
    answers: Vec<EventId>,
) -> Step {
    let EventData::ModelThinking {
        agent,
        answer,
        said,
        flagged,
        ..
    } = &thought.data
    else {
        return Step::Rest;
    };
    if !flagged.is_empty() {
        return no_answer(thought, withheld(flagged));
    }
    match streaming::rest(answer, *agent, *said, thread, voice.agent) {
        Ok(Some(texts)) => say_all(answers, texts, None),
        Ok(None) => streaming::all_is_said(answers),
        Err(why) => no_answer(thought, why),
    }
}

fn withheld(flagged: &[String]) -> String {
    let wrong = flagged.join(", ");
    format!("its answer was withheld: a provider's moderation flags it: {wrong}")
}

/// What is the customer's own, and no secret to them.
pub fn own(head: &Head) -> Own {
    match head.sender.as_str().parse() {
        Ok(phone) => Own::nothing().and_phone(&phone),
        Err(_) => Own::nothing(),
    }
}

/// Another model is asked.
fn no_answer(thought: &Event, detail: String) -> Step {
    Step::Record(vec![Planned {
        answers: vec![thought.id],
        data: EventData::error(detail, Some(Failing::Answer)),
        leaves: &[],
    }])
}

/// The agent that triage chose; where its word is none, whoever takes what nobody is sure of.
fn triaged(word: &str, agent: &Agent) -> Option<AgentKind> {
    let word = word
        .trim()
        .trim_matches(|c: char| !c.is_ascii_alphanumeric());
    others(AgentKind::Triage, agent)
        .map(|row| row.kind)
        .find(|kind| kind.as_str().eq_ignore_ascii_case(word))
        .or_else(|| unsorted(agent))
}

/// A conversation gets its agent.
pub(super) fn triage_to(kind: AgentKind) -> Planned {
    event(EventData::HandOver {
        from: AgentKind::Triage,
        to: Recipient::Agent(kind),
        note: String::new(),
    })
}

/// An event that answers nothing and causes nothing.
pub(super) fn event(data: EventData) -> Planned {
    Planned {
        answers: vec![],
        data,
        leaves: &[],
    }
}

/// A person goes on, and the customer is told so.
pub(super) fn escalate(
    thread: &Thread,
    voice: Voice<'_>,
    answers: Vec<EventId>,
    note: String,
) -> Step {
    if launches::is_about(thread, &answers) {
        return launches::undone(answers, &note);
    }
    Step::Record(escalated(thread, voice, answers, note).into())
}

/// The same, as it is recorded.
pub(super) fn escalated(
    thread: &Thread,
    voice: Voice<'_>,
    answers: Vec<EventId>,
    note: String,
) -> [Planned; 2] {
    escalated_saying(thread, answers, note, voice.escalated())
}

/// The same, in these words.
fn escalated_saying(
    thread: &Thread,
    answers: Vec<EventId>,
    note: String,
    text: String,
) -> [Planned; 2] {
    let hand_over = event(EventData::HandOver {
        from: thread.head.fold.agent.unwrap_or(AgentKind::General),
        to: Recipient::Human,
        note,
    });
    [hand_over, says(answers, text, None)]
}
