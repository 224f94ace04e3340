//! What comes next for a thread. `step` decides, the agent function performs, and what comes of
//! it returns as an event.

mod ask;
mod calls;
mod company;
mod consent;
mod greeting;
mod heard;
mod identity;
mod kinds;
mod launches;
mod limits;
mod nobody;
mod offers;
mod opted;
pub(crate) mod results;
mod streaming;
mod thoughts;
mod window;

pub use self::{
    ask::Ask,
    calls::{MOST_CALLS, spoken},
    company::{Agent, Approver, CONVERSATION_LIMIT, Role},
    greeting::Greets,
    streaming::{Aloud, aloud},
    thoughts::{MOST_ASKS, MOST_FAILURES, MOST_UNANSWERED, own},
};
pub(crate) use self::{
    company::Permission,
    thoughts::{has, others},
};

use jiff::{Timestamp, civil::Date};

use self::{
    consent::Denied,
    results::{to_decision, to_result},
};
use crate::{
    CallId, EventId,
    answers::{self, Failures, Voice},
    commands::{self, Completion, Intent, Pending, Recognised},
    event::{AgentWords, Event, EventData, Writer},
    money::MicroUsd,
    safety::{self, LONGEST_MESSAGE},
    split::{self, MOST_MESSAGES},
    thread::{OpenKind, Status, Thread},
    tool::{Chooser, Runs, ToolCall},
};

/// What the next step is.
#[derive(Debug, Clone, PartialEq)]
pub enum Step {
    /// Nothing is left to do until something happens.
    Rest,
    /// A tool that only reads is called, and its result is taken in.
    Look {
        /// What the call deals with.
        answers: Vec<EventId>,
        /// The call.
        call: CallId,
        /// Tool and arguments.
        tool: ToolCall,
    },
    /// A call that is on record and has not run is run, and its result is taken in.
    Run {
        /// The call.
        call: CallId,
        /// Tool and arguments.
        tool: ToolCall,
    },
    /// A model is asked, and its answer is taken in as it comes.
    Ask(Ask),
    /// These events are recorded, and what they cause leaves once they are.
    Record(Vec<Planned>),
}

/// An event that is to be recorded.
#[derive(Debug, Clone, PartialEq)]
pub struct Planned {
    /// What it deals with.
    pub answers: Vec<EventId>,
    /// The event.
    pub data: EventData,
    /// What leaves with it.
    pub leaves: &'static [Leaves],
}

/// What leaves with an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Leaves {
    /// A message to the customer.
    Message,
    /// A question to the approver's phone.
    Question,
    /// A call of the tenant's webhook.
    Webhook,
    /// Work for the executor.
    Order,
    /// A customer's file is fetched.
    Fetch,
    /// What is held for the customer.
    Release,
}

/// When a step is taken, and for whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// The time.
    pub now: Timestamp,
    /// What the customer may do.
    pub role: Role,
}

/// What comes next. The same thread, agent and moment always give the same step.
pub fn step(thread: &Thread, agent: &Agent, moment: Moment) -> Step {
    let failures = Failures::default();
    let voice = Voice {
        agent,
        now: moment.now,
        persona: thread.head.fold.persona.as_ref(),
        failures: &failures,
    };
    let step = answered(thread, voice, moment);
    failures.recorded(step)
}

/// The next step, be it that nothing may be answered.
fn answered(thread: &Thread, voice: Voice<'_>, moment: Moment) -> Step {
    if thread.head.fold.status == Status::Completed {
        return Step::Rest;
    }
    if let Some(step) = opted::due(thread, voice) {
        return step;
    }
    if let Some(step) = window::due(thread) {
        return step;
    }
    if thread.head.fold.status == Status::Paused {
        return Step::Rest;
    }
    let left = opted::to_opted_out(thread).or_else(|| limits::due(thread, voice));
    left.unwrap_or_else(|| opted::silenced(thread, decide(thread, voice, moment)))
}

/// The next step of a thread that the agent has, apart from what it may not answer.
fn decide(thread: &Thread, voice: Voice<'_>, moment: Moment) -> Step {
    let agent = voice.agent;
    if let Some(step) = nobody::due(thread) {
        return step;
    }
    // What a message led to is told before the next message is looked at.
    if let Some(thought) = thread.open(OpenKind::Thought).next() {
        return thoughts::to_thought(thread, voice, moment, thought);
    }
    if let Some((call, tool)) = thread.chosen().next() {
        if let Some(step) = identity::ran_out(thread, agent, moment, call, tool) {
            return step;
        }
        let tool = tool.clone();
        return Step::Run { call, tool };
    }
    let result = thread.open(OpenKind::Result).next();
    let finding = || thread.open(OpenKind::Finding).next();
    let message = || thread.open(OpenKind::Message).next();
    // The customer's own words come before what the company wants.
    let launch = || thread.open(OpenKind::Launch).next();
    let waiting = result.or_else(finding).or_else(message);
    let Some(first) = waiting.or_else(launch) else {
        return Step::Rest;
    };
    match &first.data {
        EventData::UserMessage { .. } => greeting::due(thread, voice, moment)
            .unwrap_or_else(|| to_messages(thread, voice, moment)),
        EventData::Launched { .. } => launches::to_launch(thread, voice, moment, first),
        EventData::ToolResult { .. }
        | EventData::HumanResponse { .. }
        | EventData::IdentityChecked { .. }
            if result.is_none() =>
        {
            thoughts::on_findings(thread, voice, moment)
        }
        EventData::ToolResult { outcome, call } => to_result(thread, voice, first, *call, outcome),
        EventData::HumanResponse {
            output, decision, ..
        } => to_decision(thread, voice, first, *output, decision),
        EventData::IdentityChecked { outcome, .. } => {
            identity::to_check(thread, voice, first, *outcome)
        }
        EventData::Undelivered { .. } => reply(vec![first.id], voice.failed(), None),
        // No other kind is ever open.
        _ => Step::Rest,
    }
}

/// What is recorded when a turn takes too many steps: the whole for operators, a plain sentence
/// for the customer.
pub fn give_up(open: Vec<EventId>, thread: &Thread, agent: &Agent, now: Timestamp) -> Vec<Planned> {
    let error = Planned {
        answers: open,
        data: EventData::error(
            "the turn took too many steps and was ended".to_owned(),
            None,
        ),
        leaves: &[],
    };
    let voice = Voice {
        agent,
        now,
        persona: thread.head.fold.persona.as_ref(),
        failures: &Failures::default(),
    };
    vec![error, says(vec![], voice.failed(), None)]
}

/// That everything up to a commit is summed up, as it is recorded: in whose words, and what a model
/// cost for it.
pub fn summed_up(through: u64, summary: String, by: Option<Writer>, cost: MicroUsd) -> Planned {
    Planned {
        answers: vec![],
        data: EventData::Compaction {
            through,
            summary,
            by,
            cost,
        },
        leaves: &[],
    }
}

/// The first open message alone when it is clear, else all that follow it up to a clear one: a
/// thought that was typed in pieces is one thought.
fn to_messages(thread: &Thread, voice: Voice<'_>, moment: Moment) -> Step {
    let today = voice.today();
    let mut messages = messages(thread);
    let next = match kinds::waits_for_a_file(thread, voice) {
        // What says by itself what it wants does not.
        true => messages.find(|(_, text)| text.is_some_and(|text| commands::is_sure(text, today))),
        false => messages.next(),
    };
    let Some((first, content)) = next else {
        return Step::Rest;
    };
    let text = match kinds::said(thread, first, content) {
        kinds::Said::Words(text) => text,
        kinds::Said::Completes(pending, value) => {
            return offers::completed(thread, voice, moment, first, (pending, value));
        }
        kinds::Said::OldButton => return kinds::to_old_button(thread, voice, first),
        kinds::Said::Shown => return kinds::to_shown(thread, voice, first),
        kinds::Said::Nothing => return reply(vec![first], voice.unreadable(), None),
    };
    if let Some(step) = heard::to_opt_words(thread, voice, first, text) {
        return step;
    }
    if safety::limit(text, LONGEST_MESSAGE).left_out > 0 {
        return reply(vec![first], voice.too_long(), None);
    }
    let model = thoughts::Thinker::of(thread, voice.agent);
    if let Some(pending) = &thread.head.fold.pending {
        let answers = vec![first];
        return match commands::complete(pending, text, today) {
            Completion::Answered(command) | Completion::Replaced(command) => {
                to_command(thread, voice, moment, answers, &command)
            }
            Completion::Dropped => reply(answers, voice.dropped(), None),
            Completion::Unrelated if model.is_some() => thoughts::ask(thread, voice, answers),
            Completion::Unrelated if !voice.agent.agents.is_empty() => {
                thoughts::without_model(thread, voice, moment, answers)
            }
            Completion::Unrelated => {
                let text = voice.not_an_answer(pending.missing);
                offers::asks(thread, answers, text, pending.clone())
            }
        };
    }
    let mut answers = vec![first];
    let mut utterance = text.to_owned();
    for (id, more) in unclear(thread, today).skip(1) {
        answers.push(id);
        utterance.push(' ');
        utterance.push_str(more);
    }
    let command = commands::recognise(&utterance, today);
    if command.confidence.is_sure() {
        return to_command(thread, voice, moment, answers, &command);
    }
    match model {
        Some(_) => thoughts::ask(thread, voice, kinds::burst(thread, voice)),
        None => thoughts::without_model(thread, voice, moment, answers),
    }
}

/// The first open messages, as far as none of them says by itself what it wants.
fn unclear(thread: &Thread, today: Date) -> impl Iterator<Item = (EventId, &str)> {
    messages(thread)
        .map_while(|(id, text)| text.map(|text| (id, text)))
        .take_while(move |(_, text)| {
            safety::limit(text, LONGEST_MESSAGE).left_out == 0 && !commands::is_sure(text, today)
        })
}

/// The open messages with their words, if they have any, oldest first.
fn messages(thread: &Thread) -> impl Iterator<Item = (EventId, Option<&str>)> {
    let messages = thread.open(OpenKind::Message).filter(is_message);
    messages.map(|event| (event.id, thread.words_of(event)))
}

fn is_message(event: &&Event) -> bool {
    matches!(event.data, EventData::UserMessage { .. })
}

fn to_command(
    thread: &Thread,
    voice: Voice<'_>,
    moment: Moment,
    answers: Vec<EventId>,
    command: &Recognised,
) -> Step {
    if let Some(pending) = command.pending() {
        let question = voice.asks_for(pending.missing);
        return offers::asks(thread, answers, question, pending);
    }
    let Some(tool) = command.tool_call() else {
        let text = match command.intent {
            Intent::Help => voice.help(moment.role),
            _ => voice.unknown(moment.role),
        };
        return reply(answers, text, None);
    };
    if let Permission::Denied = moment.role.may(&tool) {
        return reply(answers, voice.not_allowed(&tool), None);
    }
    let leave = consent::to_built_in(thread, voice.agent, moment, tool);
    let tool = match leave.verdict {
        Ok(tool) => tool,
        Err(Denied::Rule(because)) => {
            return reply(answers, voice.against_the_rules(&because), None);
        }
        Err(Denied::Person(why)) => {
            let person = thoughts::escalated(thread, voice, answers, why);
            return Step::Record(leave.failed.into_iter().chain(person).collect());
        }
    };
    let Some(cause) = answers.first() else {
        return Step::Rest;
    };
    let call = CallId::derived(&cause.to_string());
    match tool.runs() {
        Runs::InTheTurn => Step::Look {
            answers,
            call,
            tool,
        },
        Runs::InTheExecutor if kinds::is_late_edit(thread, &answers) => {
            reply(answers, voice.changed_too_late(), None)
        }
        Runs::InTheExecutor if heard::is_heard(thread, &answers) => {
            heard::to_order(thread, voice, answers)
        }
        Runs::InTheExecutor if thread.head.fold.room() == 0 => {
            reply(answers, voice.too_much_at_once(), None)
        }
        Runs::InTheExecutor => {
            let announcement = voice.working_on(&tool);
            let order = [
                Planned {
                    answers,
                    data: EventData::ToolCall {
                        call,
                        tool,
                        by: Chooser::Command,
                    },
                    leaves: &[Leaves::Order],
                },
                says(vec![], announcement, None),
            ];
            Step::Record(leave.failed.into_iter().chain(order).collect())
        }
    }
}

fn reply(answers: Vec<EventId>, text: String, asks: Option<Pending>) -> Step {
    say_all(answers, split::messages(&text, MOST_MESSAGES), asks)
}

/// An answer in its messages, of which the first deals with what is answered.
fn say_all(answers: Vec<EventId>, texts: Vec<String>, asks: Option<Pending>) -> Step {
    let mut texts = texts.into_iter();
    let first = says(answers, texts.next().unwrap_or_default(), asks);
    let more = texts.map(|text| says(vec![], text, None));
    Step::Record([first].into_iter().chain(more).collect())
}

fn says(answers: Vec<EventId>, text: String, asks: Option<Pending>) -> Planned {
    Planned {
        answers,
        data: EventData::AgentMessage {
            body: AgentWords::Text {
                text: answers::cut(text),
            },
            asks,
        },
        leaves: &[Leaves::Message],
    }
}

impl Voice<'_> {
    fn today(&self) -> Date {
        self.agent.time_zone.to_datetime(self.now).date()
    }
}

#[cfg(test)]
mod tests;
