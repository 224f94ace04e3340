//! A conversation as operators are shown it, derived from its head and its record and from nothing
//! else. Personal data stands in it as recorded: who may see it is for the API to say.

mod exchange;

pub use self::exchange::{Content, Exchange, Execution, Message, Role, Work, exchange};

use jiff::Timestamp;
use serde::Serialize;

use crate::{
    CustomerId, E164, EndpointId, OutputId, SenderId, Tenant, ThreadId,
    agent::AgentKind,
    commands::Entity,
    thread::{Escalation, Head, OpenKind, Over, SILENCE, Status},
};

/// A conversation.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Conversation {
    /// Whose.
    pub tenant: Tenant,
    /// Its thread.
    pub thread: ThreadId,
    /// Whose conversation it is.
    pub customer: CustomerId,
    /// How the provider names them.
    pub user: SenderId,
    /// The agent that has it, once one has.
    pub agent: Option<AgentKind>,
    /// Where it is held.
    pub channel: Channel,
    /// How it stands.
    pub state: State,
    /// What it waits for.
    pub waits_for: Vec<Waits>,
    /// When it began.
    pub started_at: Timestamp,
    /// When something last happened in it.
    pub changed_at: Timestamp,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// What the customer has written, in messages.
    pub messages_in: u64,
    /// What the agent has written, in messages.
    pub messages_out: u64,
    /// What models have cost so far, in US dollars, as a decimal.
    pub cost_usd: String,
    /// The newest commit.
    pub commit: u64,
}

/// Where a conversation is held.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Channel {
    /// What it is held over.
    pub kind: &'static str,
    /// The endpoint.
    pub endpoint: EndpointId,
    /// Our number.
    pub number: E164,
}

/// How a conversation stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// The agent answers.
    Active,
    /// It is over, by an act or by silence.
    Ended,
    /// A person has it, or was called and has not yet let the agent go on by an act.
    Escalated,
}

/// What a conversation waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum Waits {
    /// A person's decision, or what follows from it.
    Decision {
        /// On what.
        output: OutputId,
        /// Its version.
        version: u32,
    },
    /// Long work.
    Work {
        /// The call.
        call: crate::CallId,
    },
    /// The customer's answer to a question.
    Customer {
        /// What was asked for.
        missing: Entity,
    },
    /// The agent, which has not dealt with so many messages.
    Agent {
        /// How many.
        messages: usize,
    },
}

/// A conversation as of `now`, from its head.
pub fn conversation(head: &Head, now: Timestamp) -> Conversation {
    let state = state(head, now);
    let over_since = match head.fold.status {
        Status::Completed => Some(head.changed_at),
        _ => head.changed_at.checked_add(SILENCE).ok(),
    };
    Conversation {
        tenant: head.tenant.clone(),
        thread: head.thread,
        customer: head.customer,
        user: head.sender.clone(),
        agent: head.fold.agent,
        channel: Channel {
            kind: "whatsapp",
            endpoint: head.endpoint.clone(),
            number: head.number.clone(),
        },
        state,
        waits_for: waits_for(head),
        started_at: head.opened_at,
        changed_at: head.changed_at,
        ended_at: over_since.filter(|_| state == State::Ended),
        messages_in: head.counts.messages_in,
        messages_out: head.counts.messages_out,
        cost_usd: head.counts.cost.to_string(),
        commit: head.commit,
    }
}

/// How a conversation stands at `now`.
pub fn state(head: &Head, now: Timestamp) -> State {
    if head.is_over(now) == Over::Yes {
        State::Ended
    } else if head.fold.status == Status::Paused || head.fold.escalation == Escalation::Called {
        State::Escalated
    } else {
        State::Active
    }
}

fn waits_for(head: &Head) -> Vec<Waits> {
    let fold = &head.fold;
    let decisions = fold.awaiting.iter().map(|awaiting| Waits::Decision {
        output: awaiting.output,
        version: awaiting.version,
    });
    let work = fold.running.iter().map(|call| Waits::Work { call: *call });
    let pending = fold.pending.iter().map(|pending| Waits::Customer {
        missing: pending.missing,
    });
    let open = fold.open.iter();
    let open = open.filter(|open| matches!(open.kind, OpenKind::Message | OpenKind::Launch));
    let agent = match open.count() {
        0 => None,
        messages => Some(Waits::Agent { messages }),
    };
    decisions.chain(work).chain(pending).chain(agent).collect()
}
