//! A turn: from what arrived to the commit that records all that came of it.

use jiff::Timestamp;

use crate::{
    CallId, ContentHash, EventId, changed,
    commit::{Commit, Draft, Effect, Salt},
    event::{Event, EventData},
    message::{Cause, CauseKey, Content, Correlation, ExecutionResult, Inbound},
    opt_out::Opted,
    step::{Leaves, Planned},
    thread::{Head, Thread},
    tool::{Chooser, ToolCall, ToolOutcome},
};

/// A thread with what this turn adds to it, until it is sealed into a commit.
#[derive(Debug, Clone)]
pub struct Turn {
    thread: Thread,
    before: Before,
    events: Vec<Event>,
    outbox: Vec<Effect>,
    causes: Vec<CauseKey>,
}

/// What a commit must find unchanged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Before {
    /// The number of the newest commit.
    pub commit: u64,
    /// Its hash.
    pub hash: ContentHash,
    /// The control epoch.
    pub epoch: u64,
}

impl Turn {
    /// A turn on `thread` as it was loaded.
    pub fn on(thread: Thread) -> Self {
        let before = Before {
            commit: thread.head.commit,
            hash: thread.head.hash,
            epoch: thread.head.epoch,
        };
        Self {
            thread,
            before,
            events: Vec::new(),
            outbox: Vec::new(),
            causes: Vec::new(),
        }
    }

    /// The thread as of now.
    pub fn thread(&self) -> &Thread {
        &self.thread
    }

    /// Whether there is nothing to commit.
    pub fn is_empty(&self) -> bool {
        self.events.is_empty()
    }

    /// Whether something has been taken in that is not on record yet.
    pub fn takes_in(&self) -> bool {
        !self.causes.is_empty()
    }

    /// How much there is to commit, in bytes of JSON.
    pub fn weight(&self) -> usize {
        let events = self.events.iter();
        let weights = events.map(|event| serde_json::to_string(event).map_or(0, |it| it.len()));
        weights.sum()
    }

    /// Whether this turn has taken it in before: a late duplicate can be in the same batch.
    pub fn has_taken_in(&self, inbound: &Inbound) -> bool {
        self.causes.contains(&inbound.cause.key())
    }

    /// The event that something which arrives becomes.
    pub fn event_of(inbound: &Inbound) -> EventId {
        changed::event_of(&inbound.tenant, &inbound.cause.key())
    }

    /// Takes in what arrived, at the time it arrived. A resend adds nothing: its effect is in
    /// the chain already. Neither does what this turn has taken in before: a late duplicate can
    /// be in the same batch.
    pub fn take_in(&mut self, inbound: &Inbound) {
        let key = inbound.cause.key();
        if self.causes.contains(&key) {
            return;
        }
        let changed = match &inbound.cause {
            Cause::Message(message) => changed::by(&self.thread, &key, &message.content),
            _ => vec![],
        };
        let data = match &inbound.cause {
            Cause::Message(message) => EventData::UserMessage {
                cause: key.clone(),
                from: message.sender.clone(),
                name: message.name.clone(),
                content: changed::recorded(&self.thread, &message.content, &changed),
                beside: message.beside.kept(),
            },
            Cause::Launch(launch) => EventData::Launched {
                cause: key.clone(),
                by: launch.by.clone(),
                channel: launch.channel,
                task: launch.task.clone(),
            },
            Cause::Decision(notice) => EventData::HumanResponse {
                output: notice.output,
                version: notice.version,
                decision: notice.decision.clone(),
            },
            Cause::Execution(report) => EventData::ToolResult {
                call: report.call,
                outcome: outcome(&report.result),
            },
            Cause::Undelivered(undelivered) => EventData::Undelivered {
                reference: undelivered.reference,
                code: undelivered.code.clone(),
                meaning: undelivered.meaning.clone(),
            },
            Cause::Fetched(report) => EventData::FileFetched {
                message: changed::whose_file(&self.thread, report.message),
                outcome: report.outcome.clone(),
            },
            Cause::Held(held) => EventData::Window(held.into()),
            Cause::Control(control) => EventData::Control {
                action: control.action,
                by: control.by.clone(),
            },
            Cause::Resend(_) => return,
        };
        self.causes.push(key.clone());
        let id = Self::event_of(inbound);
        // A provider has a file for five minutes, so its order leaves with the message, unless a step
        // of the same turn leaves that unanswered; of somebody who wants to hear nothing none is looked
        // at. What takes a message's place has its file.
        let leaves: &[Leaves] = match &data {
            EventData::UserMessage {
                content: Content::Media(_),
                ..
            } if self.thread.head.fold.opted.is_in() && changed.is_empty() => &[Leaves::Fetch],
            _ => &[],
        };
        self.add(id, inbound.received_at, changed, data, leaves);
    }

    /// Records what a step planned.
    pub fn record(&mut self, planned: Planned, now: Timestamp) {
        let id = self.next_id();
        self.add(id, now, planned.answers, planned.data, planned.leaves);
    }

    /// Records a call of a tool that only reads, and its result.
    pub fn looked(
        &mut self,
        answers: Vec<EventId>,
        call: CallId,
        tool: ToolCall,
        outcome: ToolOutcome,
        now: Timestamp,
    ) {
        let id = self.next_id();
        let by = Chooser::Command;
        self.add(
            id,
            now,
            answers,
            EventData::ToolCall { call, tool, by },
            &[],
        );
        self.found(call, outcome, now);
    }

    /// Records the result of a call that is on record already.
    pub fn found(&mut self, call: CallId, outcome: ToolOutcome, now: Timestamp) {
        let id = self.next_id();
        let data = EventData::ToolResult { call, outcome };
        self.add(id, now, vec![], data, &[]);
    }

    /// Closes the turn: the commit, the thread's next head, and what both must find unchanged.
    ///
    /// # Errors
    /// When an event has a value JSON can't hold; no kind has.
    pub fn seal(
        self,
        correlation: Correlation,
        now: Timestamp,
        mut salt: impl FnMut() -> Salt,
    ) -> Result<Sealed, serde_json::Error> {
        let commit = Draft {
            thread: self.thread.head.thread,
            number: self.before.commit + 1,
            parent: self.before.hash,
            at: now,
            correlation,
            causes: self.causes,
            events: self
                .events
                .iter()
                .map(|event| (event.clone(), salt()))
                .collect(),
            outbox: self.outbox,
        }
        .seal()?;
        let mut head = self.thread.head;
        head.commit = commit.number;
        head.hash = commit.hash;
        head.changed_at = now;
        Ok(Sealed {
            commit,
            head,
            before: self.before,
            events: self.events,
        })
    }

    fn next_id(&self) -> EventId {
        let head = &self.thread.head;
        EventId::derived(&format!(
            "{}/{}/{}",
            head.thread,
            self.before.commit + 1,
            self.events.len()
        ))
    }

    fn add(
        &mut self,
        id: EventId,
        at: Timestamp,
        answers: Vec<EventId>,
        data: EventData,
        leaves: &[Leaves],
    ) {
        let index = self.events.len() as u16;
        let event = Event {
            id,
            at,
            answers,
            data,
        };
        if matches!(
            event.data,
            EventData::Unanswered { .. }
                | EventData::Opted {
                    way: Opted::Out,
                    ..
                }
        ) {
            self.fetch_none_of(&event.answers);
        }
        self.outbox.extend(leaves.iter().map(|leaves| match leaves {
            Leaves::Message => Effect::Send { event: index },
            Leaves::Question => Effect::AskApprover { event: index },
            Leaves::Webhook => Effect::CallWebhook { event: index },
            Leaves::Order => Effect::Order { event: index },
            Leaves::Fetch => Effect::Fetch { event: index },
            Leaves::Release => Effect::Release { event: index },
        }));
        self.thread.apply(event.clone());
        self.events.push(event);
    }

    /// The files of messages that were left unanswered are nobody's to look at: what is not ordered yet
    /// is not ordered any more.
    fn fetch_none_of(&mut self, messages: &[EventId]) {
        let events = &self.events;
        let is_left = |index: u16| {
            let event = events.get(usize::from(index));
            event.is_some_and(|event| {
                // An edit has taken the place of the message whose file it is.
                messages.contains(&event.id)
                    || events
                        .iter()
                        .any(|edit| messages.contains(&edit.id) && edit.answers.contains(&event.id))
            })
        };
        self.outbox.retain(|effect| match effect {
            Effect::Fetch { event } => !is_left(*event),
            _ => true,
        });
    }
}

/// A closed turn.
#[derive(Debug, Clone)]
pub struct Sealed {
    /// The commit.
    pub commit: Commit,
    /// The thread's next head.
    pub head: Head,
    /// What must be unchanged.
    pub before: Before,
    /// The commit's events.
    pub events: Vec<Event>,
}

fn outcome(result: &ExecutionResult) -> ToolOutcome {
    match result.clone() {
        ExecutionResult::Drafted {
            document,
            rows,
            asks,
        } => ToolOutcome::Drafted {
            document,
            rows,
            asks,
        },
        ExecutionResult::Released {
            output,
            version,
            digest,
        } => ToolOutcome::Released {
            output,
            version,
            digest,
        },
        ExecutionResult::Prepared { call, document } => ToolOutcome::Prepared { call, document },
        ExecutionResult::Made { output, said } => ToolOutcome::Made { output, said },
        ExecutionResult::NotMade { reason } => ToolOutcome::NotMade { reason },
        ExecutionResult::Failed { reason } => ToolOutcome::Failed { reason },
    }
}
