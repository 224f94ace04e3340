//! A thread: its head, which is stored beside the chain, and the newest of its events.

mod attended;
mod fold;
#[cfg(test)]
mod later_tests;
#[cfg(test)]
mod names_tests;

pub use self::fold::{
    Attempt, Awaiting, Challenge, Change, Chosen, Compacted, Contact, Count, Escalation, Failures,
    FileState, Fold, Identity, Known, Models, Notices, OpenEvent, OpenKind, Rate, Status,
    Unanswered, Waits, carry_out_call,
};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{
    CallId, ContentHash, CustomerId, E164, EndpointId, EventId, SenderId, Tenant, ThreadId,
    approval::Act,
    event::{AgentWords, Event, EventData},
    message::{Content, Fetched, Group, Heard, Listening, file::LONGEST_FETCH},
    money::MicroUsd,
    tool::ToolCall,
};

/// After this long without an event a thread is over; the next message starts a new one.
pub const SILENCE: SignedDuration = SignedDuration::from_hours(7 * 24);

/// How many orders and approvals a thread may wait for at once, and how many unanswered messages
/// it remembers. With it the fold stays under its 4 KB.
pub const MOST_OPEN: usize = 8;

/// How many of the company's tasks a thread remembers as undone, the newest: with more of them its
/// fold would be over its 4 KB.
pub const MOST_TASKS: usize = 2;

/// How many parts of one answer leave before the rest of it does.
pub const MOST_PARTS: usize = 8;

/// The version heads are written in.
pub const HEAD_VERSION: u16 = 1;

/// What is stored beside a thread's commits and replaced with each: everything that `step` needs
/// and that must be known without reading the chain.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Head {
    /// [`HEAD_VERSION`].
    pub v: u16,
    /// Whose.
    pub tenant: Tenant,
    /// The thread.
    pub thread: ThreadId,
    /// Whose conversation it is.
    pub customer: CustomerId,
    /// The endpoint it goes through.
    pub endpoint: EndpointId,
    /// Our number.
    pub number: E164,
    /// Where answers go: whom the newest message is from, or the name they took after it.
    pub sender: SenderId,
    /// Where the first answer went, if that was elsewhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opened_by: Option<SenderId>,
    /// The queue's message group of everything that happens to it.
    pub group: Group,
    /// Grows with every operator's act, which so wins over a turn that is under way.
    pub epoch: u64,
    /// The newest commit, 0 before the first.
    pub commit: u64,
    /// The newest commit's hash.
    pub hash: ContentHash,
    /// When it began.
    pub opened_at: Timestamp,
    /// When it last changed.
    pub changed_at: Timestamp,
    /// When the customer last wrote, here or in a thread before: their 24-hour window begins there.
    pub customer_wrote_at: Option<Timestamp>,
    /// How much has happened.
    pub counts: Counts,
    /// What is unfinished.
    pub fold: Fold,
}

/// How much has happened in a thread.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Events.
    pub events: u64,
    /// The customer's messages.
    pub messages_in: u64,
    /// The agent's messages.
    pub messages_out: u64,
    /// What models cost.
    #[serde(default)]
    pub cost: MicroUsd,
}

/// A thread as a turn works on it.
#[derive(Debug, Clone, PartialEq)]
pub struct Thread {
    /// As of the newest event below.
    pub head: Head,
    /// The newest events, oldest first: at least all that are open.
    pub events: Vec<Event>,
}

impl Head {
    /// The head of a thread that has no commit yet.
    #[expect(
        clippy::too_many_arguments,
        reason = "each is a fact of the thread that never changes"
    )]
    pub fn new(
        tenant: Tenant,
        thread: ThreadId,
        customer: CustomerId,
        endpoint: EndpointId,
        number: E164,
        sender: SenderId,
        group: Group,
        now: Timestamp,
    ) -> Self {
        Self {
            v: HEAD_VERSION,
            tenant,
            thread,
            customer,
            endpoint,
            number,
            sender,
            opened_by: None,
            group,
            epoch: 0,
            commit: 0,
            hash: ContentHash::GENESIS,
            opened_at: now,
            changed_at: now,
            customer_wrote_at: None,
            counts: Counts::default(),
            fold: Fold::default(),
        }
    }

    /// The same thread's head before its first commit.
    pub fn before_first(&self) -> Self {
        Self::new(
            self.tenant.clone(),
            self.thread,
            self.customer,
            self.endpoint.clone(),
            self.number.clone(),
            self.opened_by.as_ref().unwrap_or(&self.sender).clone(),
            self.group.clone(),
            self.opened_at,
        )
    }

    /// Whether the thread is over, by an act or by silence.
    pub fn is_over(&self, now: Timestamp) -> Over {
        if self.fold.status == Status::Completed || now.duration_since(self.changed_at) > SILENCE {
            Over::Yes
        } else {
            Over::No
        }
    }

    /// Whether the customer may have a later thread: only where this one may have been over once, by an
    /// operator's act or by a silence of theirs. Something else may have awoken it since, such as a
    /// decision.
    pub fn may_have_a_later(&self, now: Timestamp) -> bool {
        let is_long_ago = |at: Timestamp| now.duration_since(at) > SILENCE;
        self.epoch > 0
            || is_long_ago(self.opened_at) && self.customer_wrote_at.is_none_or(is_long_ago)
    }
}

/// Whether a thread is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Over {
    /// The next message starts a new one.
    Yes,
    /// It goes on.
    No,
}

impl Thread {
    /// Takes in an event that is to be part of commit `head.commit + 1`.
    pub fn apply(&mut self, event: Event) {
        let head = &mut self.head;
        head.fold.apply(head.commit + 1, &event);
        head.counts.events += 1;
        match &event.data {
            EventData::UserMessage { from, content, .. } => {
                // What is neither opens a window, as far as providers say, nor is a message of its own.
                let is_change = content.changes().is_some() || !event.answers.is_empty();
                if content.wants_answer() && !is_change {
                    head.counts.messages_in += 1;
                    head.customer_wrote_at = Some(event.at);
                }
                let name = match content {
                    Content::Renamed { to } => to.first().unwrap_or(from),
                    // What asks for nothing says nothing of where an answer is wanted, either.
                    other if !other.wants_answer() => &head.sender.clone(),
                    _ => from,
                };
                if *name != head.sender {
                    // What was shown was shown under the name they had, and a code is sealed to it.
                    head.fold.identity.renamed();
                    let before = std::mem::replace(&mut head.sender, name.clone());
                    head.opened_by.get_or_insert(before);
                }
            }
            // A sign is no message of its own.
            EventData::AgentMessage {
                body: AgentWords::Reaction { .. },
                ..
            } => {}
            EventData::AgentMessage { .. } => head.counts.messages_out += 1,
            EventData::FileFetched { outcome, .. } => {
                head.counts.cost = head.counts.cost + outcome.cost();
            }
            EventData::ModelThinking { cost, .. }
            | EventData::Error { cost, .. }
            | EventData::Compaction { cost, .. } => {
                head.counts.cost = head.counts.cost + *cost;
            }
            EventData::SystemNote { wrote_at, .. } => {
                head.customer_wrote_at = head.customer_wrote_at.max(*wrote_at);
            }
            EventData::Control { .. } => head.epoch += 1,
            _ => {}
        }
        self.events.push(event);
    }

    /// The acts that were asked about or allowed, as far as they are at hand, oldest first.
    pub fn acts(&self) -> impl Iterator<Item = &Act> {
        self.events.iter().filter_map(|event| match &event.data {
            EventData::HumanRequest { act, .. } | EventData::Permitted { act, .. } => Some(&**act),
            _ => None,
        })
    }

    /// The open events of a kind that are at hand, oldest first.
    pub fn open(&self, kind: OpenKind) -> impl Iterator<Item = &Event> {
        let open = self.head.fold.open.iter();
        open.filter(move |open| open.kind == kind)
            .filter_map(|open| self.event(open.event))
    }

    /// The calls a model chose that have not run yet, oldest first.
    pub fn chosen(&self) -> impl Iterator<Item = (CallId, &ToolCall)> {
        let chosen = self.head.fold.chosen.iter();
        chosen.filter_map(|chosen| {
            let call = self
                .events
                .iter()
                .rev()
                .find_map(|event| match &event.data {
                    EventData::ToolCall { call, tool, .. } if *call == chosen.call => Some(tool),
                    _ => None,
                });
            call.map(|tool| (chosen.call, tool))
        })
    }

    /// Whether a message's file is still being fetched. It is not waited for longer than a provider
    /// has it.
    pub fn is_fetching(&self, message: EventId, now: Timestamp) -> bool {
        let mut open = self.head.fold.open.iter();
        open.any(|open| open.event == message && open.file == FileState::Fetching)
            && self
                .event(message)
                .is_some_and(|event| now.duration_since(event.at) < LONGEST_FETCH)
    }

    /// What became of a message's file, as far as that is known. What took a message's place has its
    /// file.
    pub fn file_of(&self, message: EventId) -> Option<&Fetched> {
        let before = self.event(message).map_or(&[][..], |event| &event.answers);
        self.events
            .iter()
            .rev()
            .find_map(|event| match &event.data {
                EventData::FileFetched {
                    message: of,
                    outcome,
                } if *of == message || before.contains(of) => Some(outcome),
                _ => None,
            })
    }

    /// What was heard in a message's recording, as far as that is known.
    pub fn heard(&self, message: EventId) -> Option<&Heard> {
        self.file_of(message)?.heard()
    }

    /// Whether a message is a recording whose words are, or were, waited for.
    pub fn is_listened_to(&self, message: EventId) -> bool {
        self.event(message).is_some_and(|event| match &event.data {
            EventData::UserMessage { beside, .. } => beside.listening == Listening::Ordered,
            _ => false,
        })
    }

    /// The words of a customer's message: those that were written, or else those that were heard.
    pub fn words_of<'a>(&'a self, event: &'a Event) -> Option<&'a str> {
        match &event.data {
            EventData::UserMessage { content, .. } => {
                words(content).or_else(|| self.heard(event.id)?.words())
            }
            _ => None,
        }
    }

    /// An event by its id.
    pub fn event(&self, id: EventId) -> Option<&Event> {
        self.events.iter().rev().find(|event| event.id == id)
    }
}

/// The words of a message that its sender wrote, if it has any.
pub fn words(content: &Content) -> Option<&str> {
    content.words()
}
