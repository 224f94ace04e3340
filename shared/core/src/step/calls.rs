//! What becomes of the calls that a model wants. Each is checked by itself: what can be made is made,
//! the rest is an error for the model.

mod question;
mod shown;

use serde_json::Value;

use self::question::Asked;
pub use self::shown::spoken;
use super::{
    Leaves, Moment, Permission, Planned, Step, consent, heard,
    identity::{Wants, wants},
    kinds, launches, says,
    thoughts::{Thinker, escalate, event, others, without_model},
};
use crate::{
    CallId, EventId,
    answers::Voice,
    event::{Event, EventData, Failing, Recipient},
    model::Wanted,
    offer::Offer,
    registry::{self, Call, Effect},
    thread::{Known, Thread},
    tool::{Chooser, RemoteCall, Runs, ToolCall},
};

/// How many calls of one answer are made; the model is told of the others.
pub const MOST_CALLS: usize = 4;

/// How often one message of the customer's may be handed over.
const MOST_HAND_OVERS: u16 = 3;

/// What is made of one answer's calls so far.
struct Calls<'a> {
    thread: &'a Thread,
    voice: Voice<'a>,
    moment: Moment,
    planned: Vec<Planned>,
    /// What the executor is to do.
    ordered: Vec<ToolCall>,
    /// What colleagues are asked.
    asked: Vec<Asked>,
    /// What it offers to choose from.
    offers: Vec<Offer>,
    /// The sign it puts to the customer's message.
    reaction: Option<Planned>,
    /// How much more may be ordered.
    room: usize,
    wanted: WantedBy,
    /// Set when nothing is to be done for it: a second time, or on what may be misheard.
    changed: Option<&'static str>,
}

/// Who wants done what the calls are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum WantedBy {
    Customer,
    /// By a task; the customer knows nothing of it.
    Company,
}

/// What becomes of the calls of `thought`, which deals with `answers`.
pub(super) fn to_calls(
    thread: &Thread,
    voice: Voice<'_>,
    moment: Moment,
    thought: &Event,
    answers: Vec<EventId>,
    wanted: &[Wanted],
) -> Step {
    let Some(thinker) = Thinker::of(thread, voice.agent) else {
        // It was turned off, or its answer took the conversation over its limit.
        return without_model(thread, voice, moment, answers);
    };
    let mut calls = Calls {
        thread,
        voice,
        moment,
        planned: Vec::new(),
        ordered: Vec::new(),
        asked: Vec::new(),
        offers: Vec::new(),
        reaction: None,
        room: thread.head.fold.room(),
        wanted: match launches::is_about(thread, &answers) {
            true => WantedBy::Company,
            false => WantedBy::Customer,
        },
        changed: kinds::is_late_edit(thread, &answers)
            .then_some(CHANGED_TOO_LATE)
            .or_else(|| heard::is_heard(thread, &answers).then_some(HEARD_ONLY)),
    };
    for (index, wanted) in wanted.iter().enumerate() {
        if index >= MOST_CALLS {
            let detail = format!("only {MOST_CALLS} calls are made at once; the others were not");
            calls.plan(EventData::error(detail, None));
            break;
        }
        let remote = &voice.agent.remote;
        let checked = registry::check(wanted, remote, |tool| thinker.has(voice.agent, tool));
        match checked {
            Err(problem) => calls.refuse(&wanted.tool, problem.to_string()),
            Ok(Call::Escalate { reason }) => {
                return escalate(thread, voice, answers, reason);
            }
            Ok(Call::HandOver { to, note }) => {
                let from = thinker.kind();
                let known = others(from, voice.agent).any(|row| row.kind == to);
                if !known || thread.head.fold.attempt.hand_overs >= MOST_HAND_OVERS {
                    let detail = format!(
                        "{} can't take it; answer yourself, or call {}",
                        to.as_str(),
                        registry::ESCALATE
                    );
                    calls.refuse(&wanted.tool, detail);
                    continue;
                }
                // The next agent sees what this one knew, and decides anew.
                return Step::Record(vec![Planned {
                    answers: vec![thought.id],
                    data: EventData::HandOver {
                        from,
                        to: Recipient::Agent(to),
                        note,
                    },
                    leaves: &[],
                }]);
            }
            Ok(Call::Ask(question)) => {
                let call = CallId::derived(&format!("{}/{index}", thought.id));
                calls.ask(call, question);
            }
            Ok(Call::Offer(choices)) => {
                let call = CallId::derived(&format!("{}/{index}", thought.id));
                calls.offer(call, thought, choices);
            }
            Ok(Call::React(sign)) => calls.react(sign, &answers),
            Ok(Call::Tool(tool)) => {
                let call = CallId::derived(&format!("{}/{index}", thought.id));
                calls.built_in(call, tool);
            }
            Ok(Call::Remote { name, arguments }) => {
                let call = CallId::derived(&format!("{}/{index}", thought.id));
                calls.remote(call, name, arguments);
            }
        }
    }
    if let Some(step) = calls.shown(thought, &answers) {
        return step;
    }
    let announced = calls.announced();
    let wanted_by = calls.wanted;
    let mut planned = calls.planned;
    if let Some(announced) = announced {
        // Code says so: a model's words beside an order could promise what is to be decided. What the
        // executor makes comes back by itself, so there is nothing left to think about.
        if planned.iter().all(is_settled) {
            // Whoever did not ask is told when there is something to read.
            match planned.first_mut() {
                Some(first) if wanted_by == WantedBy::Company => first.answers = answers,
                _ => planned.push(says(answers, announced, None)),
            }
            return Step::Record(planned);
        }
        planned = planned.into_iter().map(not_beside_others).collect();
    } else if planned.iter().all(is_settled)
        && let Some(asked) = planned.iter_mut().find(|it| is_asked(it))
    {
        // It is all that is said: the customer's next message goes on from it.
        asked.answers = answers;
        return Step::Record(planned);
    }
    if let Some(first) = planned.first_mut() {
        first.answers = vec![thought.id];
    }
    Step::Record(planned)
}

/// Whether there is nothing for a model to go on from: an order, a question to a colleague, or what is an operator's business.
fn is_settled(planned: &Planned) -> bool {
    match &planned.data {
        EventData::ToolCall { tool, .. } => tool.runs() == Runs::InTheExecutor,
        EventData::HumanRequest { .. } => true,
        EventData::Error { of, .. } => *of == Some(Failing::Rule),
        EventData::IdentityAsked { .. } => true,
        // A sign beside it.
        EventData::AgentMessage { .. } => true,
        _ => false,
    }
}

/// Whether the customer is sent a code.
fn is_asked(planned: &Planned) -> bool {
    matches!(planned.data, EventData::IdentityAsked { .. })
}

/// An order beside what a model goes on from is not made: it would have the last word on it.
fn not_beside_others(planned: Planned) -> Planned {
    match &planned.data {
        EventData::HumanRequest { .. } => question::not_beside_others(),
        EventData::ToolCall { tool, .. } if tool.runs() == Runs::InTheExecutor => {
            let detail = "it was not called: call it by itself, once you have what you look up";
            let of = Failing::Call(tool.name().chars().take(64).collect());
            event(EventData::error(detail.to_owned(), Some(of)))
        }
        _ => planned,
    }
}

impl Calls<'_> {
    /// What code says of what was ordered and asked, if anything was.
    fn announced(&self) -> Option<String> {
        let ordered = self
            .ordered
            .first()
            .map(|first| self.voice.working_on(first));
        let until = self.asked.iter().map(|asked| asked.until).max();
        let asked = until.map(|until| self.voice.asks_colleague(until));
        let all: Vec<String> = ordered.into_iter().chain(asked).collect();
        (!all.is_empty()).then(|| all.join("\n"))
    }

    fn plan(&mut self, data: EventData) {
        self.planned.push(event(data));
    }

    fn refuse(&mut self, tool: &str, detail: String) {
        let tool = tool.chars().take(64).collect();
        self.plan(EventData::error(detail, Some(Failing::Call(tool))));
    }

    fn built_in(&mut self, call: CallId, tool: ToolCall) {
        if let Permission::Denied = self.moment.role.may(&tool) {
            return self.refuse(tool.name(), NOT_FOR_THEM.to_owned());
        }
        let agent = self.voice.agent;
        let name = tool.name().to_owned();
        let leave = consent::to_built_in(self.thread, agent, self.moment, tool);
        self.planned.extend(leave.failed);
        match leave.verdict {
            Err(denied) => self.refuse(&name, denied.for_model()),
            Ok(tool) => self.make(call, tool),
        }
    }

    fn remote(&mut self, call: CallId, name: String, arguments: Value) {
        let Some(tool) = self.voice.agent.remote.get(&name) else {
            return;
        };
        if !tool.audience.has(self.moment.role) {
            return self.refuse(&name, NOT_FOR_THEM.to_owned());
        }
        // Before a code is sent: whoever enters it shows who they are, and not what they said.
        if tool.effect != Effect::None
            && let Some(why) = self.changed
        {
            return self.refuse(&name, why.to_owned());
        }
        match wants(self.thread, self.voice.agent, self.moment, call, tool) {
            Wants::Nothing => {}
            Wants::Refused(why) => return self.refuse(&name, why),
            Wants::Code(_) if self.wanted == WantedBy::Company => {
                let why = format!(
                    "the customer did not ask for this, so they are sent no code to show who they are; \
                     call {}",
                    registry::ESCALATE
                );
                return self.refuse(&name, why);
            }
            // One code does for all that the answer wants.
            Wants::Code(_) if self.planned.iter().any(is_asked) => return,
            Wants::Code(asked) => return self.planned.push(*asked),
        }
        let agent = self.voice.agent;
        let effect = match tool.effect {
            Effect::None => Effect::None,
            Effect::PassesOn | Effect::Some => Effect::Some,
        };
        let leave = consent::leave(self.thread, agent, self.moment, &name, effect, &arguments);
        self.planned.extend(leave.failed);
        match leave.verdict {
            Err(denied) => self.refuse(&name, denied.for_model()),
            Ok(consent) => {
                let definition = tool.definition();
                let remote = RemoteCall {
                    name,
                    arguments,
                    definition,
                    consent,
                };
                self.make(call, ToolCall::Remote(remote));
            }
        }
    }

    /// The call is on record before it is made.
    fn make(&mut self, call: CallId, tool: ToolCall) {
        let again = match tool.runs() {
            Runs::InTheTurn => None,
            // Some models say a thing twice; it is ordered once.
            Runs::InTheExecutor if self.ordered.contains(&tool) => return,
            Runs::InTheExecutor => self.changed.or_else(|| under_way(self.thread, &tool)),
        };
        if let Some(why) = again {
            return self.refuse(tool.name(), why.to_owned());
        }
        let leaves: &[Leaves] = match tool.runs() {
            Runs::InTheTurn => &[],
            Runs::InTheExecutor if self.room == 0 => {
                let detail = "too much is under way for this customer; ask them to wait".to_owned();
                return self.refuse(tool.name(), detail);
            }
            Runs::InTheExecutor => {
                self.room -= 1;
                self.ordered.push(tool.clone());
                &[Leaves::Order]
            }
        };
        let by = Chooser::Model;
        self.planned.push(Planned {
            leaves,
            ..event(EventData::ToolCall { call, tool, by })
        });
    }
}

const NOT_FOR_THEM: &str = "this customer may not have that: it is for the company's staff";

/// Why the same may not be ordered again, if it is not over.
fn under_way(thread: &Thread, tool: &ToolCall) -> Option<&'static str> {
    let fold = &thread.head.fold;
    if let ToolCall::Remote(call) = tool {
        return match fold.change(&call.mark())? {
            Known::UnderWay => Some(UNDER_WAY),
            Known::Failed => Some(NOBODY_KNOWS),
        };
    }
    let is_same = thread.events.iter().any(|event| match &event.data {
        EventData::ToolCall {
            call, tool: other, ..
        } => other == tool && fold.running.contains(call),
        _ => false,
    });
    is_same.then_some(UNDER_WAY)
}

const CHANGED_TOO_LATE: &str = "the customer changed a message that was dealt with already, so it may \
                                be done; ask them to write it anew if they want it done again";

const HEARD_ONLY: &str = "the customer said it in a recording, whose transcript may be misheard: say what you \
                          understood, and ask them to confirm it in writing; then call it";

const UNDER_WAY: &str = "the same is under way already; it comes by itself";

const NOBODY_KNOWS: &str = "the same was tried before and may have happened: a person looks into \
                            it; say so, and don't call it again";
