//! What comes of what models answer, and when one is asked. A model proposes; whether a call is
//! made is decided here, by the registry and by what agent and customer may do.

use super::{Ask, Leaves, Moment, Permission, Planned, Step, reply, says, streaming, unclear};
use crate::{
    CallId, EventId,
    agent::{AgentKind, AgentRow},
    answers::Voice,
    event::{Event, EventData, Failing, Recipient},
    model::{Ended, Purpose, Wanted},
    registry::{self, Call},
    safety::Own,
    step::Agent,
    thread::{Failures, Head, Models, OpenKind, Thread},
    tool::{Chooser, Runs, ToolCall},
};

/// How often a model is asked about one message of the customer's.
pub const MOST_ASKS: u16 = 20;

/// How often in a row the calls of one tool may come to nothing.
pub const MOST_FAILURES: u16 = 3;

/// How many calls of one answer are made; the model is told of the others.
pub const MOST_CALLS: usize = 4;

/// How often one message of the customer's may be handed over.
const MOST_HAND_OVERS: u16 = 3;

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

    fn has(&self, agent: &Agent, tool: &str) -> bool {
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
    let seen: Vec<EventId> = thread.open(OpenKind::Finding).map(|f| f.id).collect();
    let ask = Ask {
        purpose: match agent {
            AgentKind::Triage => Purpose::Triage,
            _ => Purpose::Answer,
        },
        agent,
        about: messages,
        seen,
        said: 0,
    };
    Step::Ask(ask.after(thread))
}

/// The model goes on from what its calls found.
pub(super) fn on_findings(thread: &Thread, voice: Voice<'_>, moment: Moment) -> Step {
    let messages = unclear(thread, voice.today())
        .map(|(id, _)| id)
        .collect::<Vec<_>>();
    match Thinker::or_why(thread, voice.agent) {
        Ok(_) => ask(thread, voice, messages),
        Err(_) => {
            let findings = thread.open(OpenKind::Finding).map(|finding| finding.id);
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
        Err(Idle::Stuck(why)) => escalate(thread, voice, answers, why),
        Err(Idle::Spent(detail)) => Step::Record(vec![
            event(EventData::error(detail, Some(Failing::Limit))),
            says(answers, voice.cannot_think(moment.role), None),
        ]),
        _ if voice.agent.agents.is_empty() => reply(answers, voice.unknown(moment.role), None),
        _ => reply(answers, voice.cannot_think(moment.role), None),
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
        agent,
        about,
        answer,
        said,
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
        return to_calls(thread, voice, moment, thought, answers, &answer.calls);
    }
    match streaming::rest(answer, *agent, *said, thread, voice.agent) {
        Ok(Some(text)) => reply(answers, text, None),
        Ok(None) => streaming::all_is_said(answers),
        Err(why) => no_answer(thought, why),
    }
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

/// Each call is checked by itself: what can be made is made, the rest is an error for the model.
fn to_calls(
    thread: &Thread,
    voice: Voice<'_>,
    moment: Moment,
    thought: &Event,
    answers: Vec<EventId>,
    wanted: &[Wanted],
) -> Step {
    let Ok(thinker) = Thinker::or_why(thread, voice.agent) else {
        // It was turned off, or its answer took the conversation over its limit.
        return without_model(thread, voice, moment, answers);
    };
    let mut planned = Vec::new();
    let mut ordered = Vec::new();
    let mut room = thread.head.fold.room();
    for (index, wanted) in wanted.iter().enumerate() {
        let refused = |detail: String| {
            let tool = wanted.tool.chars().take(64).collect();
            event(EventData::error(detail, Some(Failing::Call(tool))))
        };
        if index >= MOST_CALLS {
            let detail = format!("only {MOST_CALLS} calls are made at once; the others were not");
            planned.push(event(EventData::error(detail, None)));
            break;
        }
        match registry::check(wanted, |tool| thinker.has(voice.agent, tool)) {
            Err(problem) => planned.push(refused(problem.to_string())),
            Ok(Call::Escalate { reason }) => {
                return escalate(thread, voice, answers, reason);
            }
            Ok(Call::HandOver { to, note }) => {
                let known = others(thinker.row.kind, voice.agent).any(|row| row.kind == to);
                if !known || thread.head.fold.attempt.hand_overs >= MOST_HAND_OVERS {
                    planned.push(refused(format!(
                        "{} can't take it; answer yourself, or call {}",
                        to.as_str(),
                        registry::ESCALATE
                    )));
                    continue;
                }
                // The next agent sees what this one knew, and decides anew.
                return Step::Record(vec![Planned {
                    answers: vec![thought.id],
                    data: EventData::HandOver {
                        from: thinker.row.kind,
                        to: Recipient::Agent(to),
                        note,
                    },
                    leaves: &[],
                }]);
            }
            Ok(Call::Tool(tool)) => {
                if let Permission::Denied = moment.role.may(&tool) {
                    planned.push(refused(
                        "this customer may not have that: it is for the company's staff".to_owned(),
                    ));
                    continue;
                }
                let call = CallId::derived(&format!("{}/{index}", thought.id));
                match tool.runs() {
                    Runs::InTheTurn => planned.push(event(chosen(call, tool))),
                    Runs::InTheExecutor
                        if is_under_way(thread, &tool) || ordered.contains(&tool) =>
                    {
                        planned.push(refused(
                            "the same is under way already; it comes by itself".to_owned(),
                        ));
                    }
                    Runs::InTheExecutor if room == 0 => {
                        planned.push(refused(
                            "too much is under way for this customer; ask them to wait".to_owned(),
                        ));
                    }
                    Runs::InTheExecutor => {
                        room -= 1;
                        ordered.push(tool.clone());
                        planned.push(Planned {
                            leaves: &[Leaves::Order],
                            ..event(chosen(call, tool))
                        });
                    }
                }
            }
        }
    }
    // What the executor makes comes back by itself, so there is nothing left to think about.
    if ordered.len() == planned.len()
        && let Some(first) = ordered.first()
    {
        // Code says so: a model's words beside an order could promise what is to be decided.
        planned.push(says(answers, voice.working_on(first), None));
    } else if let Some(first) = planned.first_mut() {
        first.answers = vec![thought.id];
    }
    Step::Record(planned)
}

/// Whether the executor has the same order, as far back as the thread is at hand.
fn is_under_way(thread: &Thread, tool: &ToolCall) -> bool {
    let running = &thread.head.fold.running;
    thread.events.iter().any(|event| match &event.data {
        EventData::ToolCall {
            call, tool: other, ..
        } => other == tool && running.contains(call),
        _ => false,
    })
}

fn chosen(call: CallId, tool: ToolCall) -> EventData {
    EventData::ToolCall {
        call,
        tool,
        by: Chooser::Model,
    }
}

fn event(data: EventData) -> Planned {
    Planned {
        answers: vec![],
        data,
        leaves: &[],
    }
}

/// A person goes on, and the customer is told so.
fn escalate(thread: &Thread, voice: Voice<'_>, answers: Vec<EventId>, note: String) -> Step {
    Step::Record(vec![
        event(EventData::HandOver {
            from: thread.head.fold.agent.unwrap_or(AgentKind::General),
            to: Recipient::Human,
            note,
        }),
        says(answers, voice.escalated(), None),
    ])
}
