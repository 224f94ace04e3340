//! A person's conversation, taken in turn by turn as the agent does it, but with fixed salts.

use agent::{Leaves, Which};
use anyhow::bail;
use countersign_aws::{approvals::NewOutput, threads::Opens};
use countersign_core::{
    CustomerId, ThreadId,
    commit::Salt,
    message::{
        Beside, Cause, Content, Correlation, ENVELOPE_VERSION, Group, Inbound, InboundMessage,
    },
    step::{self, Agent, Moment, Role, Step},
    thread::{Head, Thread},
    turn::{Sealed, Turn},
};
use jiff::Timestamp;

use super::token;
use crate::seed::{Person, Seed};

/// A conversation.
pub struct Conversation {
    /// Who writes.
    pub person: Person,
    /// Its turns, oldest first.
    pub turns: Vec<Taken>,
    /// Makes the thread its writer's current one.
    pub(super) opens: Opens,
    agent: Agent,
    thread: Thread,
}

/// A turn.
#[derive(Debug, Clone)]
pub struct Taken {
    /// What was taken in.
    pub inbound: Inbound,
    /// What came of it.
    pub sealed: Sealed,
    /// What waits for a decision from there on.
    pub outputs: Vec<NewOutput>,
}

impl Taken {
    /// What leaves with it.
    pub(super) fn leaves(&self) -> anyhow::Result<Leaves> {
        let (head, commit) = (&self.sealed.head, &self.sealed.commit);
        Ok(Leaves::of(head, commit, Which::All)?)
    }
}

impl Conversation {
    pub(super) fn new(seed: &Seed, agent: Agent, person: &Person) -> anyhow::Result<Self> {
        let company = &seed.company;
        let endpoint = company.whatsapp.endpoint.clone();
        let sender: countersign_core::SenderId = person.number.as_str().parse()?;
        let customer = CustomerId::derived(&format!("{}/{endpoint}/{sender}", company.tenant));
        let head = Head::new(
            company.tenant.clone(),
            ThreadId::derived(&format!("{customer} after none")),
            customer,
            endpoint.clone(),
            company.whatsapp.number.clone(),
            sender.clone(),
            Group::of(&company.whatsapp.number, &sender),
            // Replaced by the first message's time.
            Timestamp::UNIX_EPOCH,
        );
        Ok(Self {
            person: person.clone(),
            turns: Vec::new(),
            opens: Opens {
                endpoint,
                sender,
                customer,
                previous: None,
            },
            agent,
            thread: Thread {
                head,
                events: Vec::new(),
            },
        })
    }

    /// The thread's id.
    pub fn thread(&self) -> ThreadId {
        self.thread.head.thread
    }

    /// What the person writes at `at`, as ingress queues it.
    pub fn message(&self, text: &str, at: Timestamp) -> anyhow::Result<Inbound> {
        let head = &self.thread.head;
        let id = format!("SM{}", token(&format!("{}/{text}/{at}", head.sender)));
        Ok(self.inbound(
            Correlation(token(&format!("correlation of {id}"))),
            Cause::Message(InboundMessage {
                endpoint: head.endpoint.clone(),
                number: head.number.clone(),
                id: id.parse()?,
                sender: head.sender.clone(),
                phone: Some(self.person.number.clone()),
                name: Some(self.person.name.clone()),
                content: Content::Text {
                    body: text.to_owned(),
                },
                beside: Beside::default(),
            }),
            at,
        ))
    }

    /// Something that happened to the thread.
    pub(super) fn inbound(
        &self,
        correlation: Correlation,
        cause: Cause,
        received_at: Timestamp,
    ) -> Inbound {
        Inbound {
            v: ENVELOPE_VERSION,
            tenant: self.thread.head.tenant.clone(),
            correlation,
            group: self.thread.head.group.clone(),
            received_at,
            cause,
        }
    }

    /// A turn.
    pub(super) fn take(&mut self, inbound: Inbound) -> anyhow::Result<Taken> {
        let now = inbound.received_at;
        if self.turns.is_empty() {
            self.thread.head.opened_at = now;
        }
        let mut turn = Turn::on(self.thread.clone());
        turn.take_in(&inbound);
        loop {
            let moment = Moment {
                now,
                role: Role::Staff,
            };
            match step::step(turn.thread(), &self.agent, moment) {
                Step::Rest => break,
                Step::Record(planned) => planned.into_iter().for_each(|p| turn.record(p, now)),
                Step::Look { tool, .. } | Step::Run { tool, .. } => bail!(
                    "the samples' conversations look nothing up, but {} was called",
                    tool.name()
                ),
                Step::Ask(ask) => bail!(
                    "the samples' conversations ask no model, but {} was to answer",
                    ask.agent.as_str()
                ),
            }
        }
        let (thread, events) = (self.thread(), turn.thread().events.clone());
        let number = self.thread.head.commit + 1;
        let mut index = 0;
        let salt = || {
            index += 1;
            Salt(token(&format!("salt of {thread}/{number}/{index}")))
        };
        let sealed = turn.seal(inbound.correlation.clone(), now, salt)?;
        self.thread = Thread {
            head: sealed.head.clone(),
            events,
        };
        let taken = Taken {
            outputs: agent::outputs(&sealed, &self.agent),
            inbound,
            sealed,
        };
        self.turns.push(taken.clone());
        Ok(taken)
    }
}
