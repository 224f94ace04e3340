//! Which events a prompt shows, and how much of each.

use std::collections::{BTreeMap, BTreeSet};

use super::{Parameters, Placed, estimate::Weight};
use crate::{
    EventId, OutputId,
    event::{AgentWords, Event, EventData, Failing},
    model::Purpose,
    registry,
    step::results,
    thread::{Fold, OpenEvent, OpenKind},
    tool::ToolOutcome,
};

/// How much of an event a prompt shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Level {
    /// Nothing but what the rolling summary says of it.
    Summed,
    /// One line.
    Line,
    /// Long texts are cut.
    Compact,
    /// All of it.
    Whole,
}

/// How much an event matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Importance {
    /// Settled: it decays.
    Ordinary,
    /// Something waits for it, or it waits for something: it stays whole.
    Undecided,
    /// The newest message that waits for an answer.
    Newest,
}

/// An event that is shown, and what it weighs at each level.
pub(super) struct Item<'a> {
    pub placed: Placed<'a>,
    pub importance: Importance,
    pub line: Weight,
    pub compact: Weight,
    pub whole: Weight,
}

impl Item<'_> {
    pub fn weight(&self, level: Level) -> Weight {
        match level {
            Level::Summed => Weight::default(),
            Level::Line => self.line,
            Level::Compact => self.compact,
            Level::Whole => self.whole,
        }
    }
}

/// Where each level begins, oldest first: events before `lines` are summed up, those before
/// `compact` are lines, those before `whole` are compact. Every boundary only moves forward.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Boundaries {
    pub lines: usize,
    pub compact: usize,
    pub whole: usize,
}

impl Boundaries {
    pub fn level(&self, index: usize) -> Level {
        if index < self.lines {
            Level::Summed
        } else if index < self.compact {
            Level::Line
        } else if index < self.whole {
            Level::Compact
        } else {
            Level::Whole
        }
    }

    /// The older half of the lines is summed up, and only if that is not enough for `fits`, the
    /// older half of what is compact becomes lines, then the older half of the rest compact; and
    /// so on, until it fits or everything up to `end` is summed up. Halves, because a boundary that
    /// moves far moves seldom, and what is before it stays as a provider's cache has it.
    pub fn decay(&mut self, end: usize, fits: impl Fn(&Self) -> Fits) {
        let half = |from: usize, to: usize| from + (to - from).div_ceil(2);
        while self.lines < end {
            if let Fits::Yes = fits(self) {
                return;
            }
            if self.lines < self.compact {
                self.lines = half(self.lines, self.compact);
                if let Fits::Yes = fits(self) {
                    return;
                }
            }
            if self.compact < self.whole {
                self.compact = half(self.compact, self.whole);
                if let Fits::Yes = fits(self) {
                    return;
                }
            }
            self.whole = half(self.whole, end);
        }
    }
}

/// Whether something is within the budget.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fits {
    Yes,
    No,
}

impl Fits {
    pub fn within(weight: u64, budget: u64) -> Self {
        if weight <= budget {
            Self::Yes
        } else {
            Self::No
        }
    }
}

/// What is shown, and how many events are left out because they are settled errors or said
/// elsewhere.
pub(super) fn shown<'a>(
    events: &[Placed<'a>],
    after: u64,
    fold: &Fold,
) -> (Vec<(Placed<'a>, Importance)>, usize) {
    let undecided = undecided(events, fold);
    let hidden = hidden(events);
    let find = |id| {
        events
            .iter()
            .map(|placed| placed.event)
            .find(|it| it.id == id)
    };
    let mut open = fold.open.iter();
    let message = open.rfind(|it| it.kind == OpenKind::Message && find(it.event).is_some());
    // Tasks are dealt with one by one, after what the customer wrote or is to hear.
    let mut tasks = fold.open.iter().filter(|it| it.kind == OpenKind::Launch);
    let is_word = |open: &OpenEvent| find(open.event).is_some_and(|it| results::is_word(&it));
    let task = match message.is_some() || fold.open.iter().any(is_word) {
        true => None,
        false => tasks.next(),
    };
    let later: BTreeSet<EventId> = fold
        .open
        .iter()
        .filter(|it| it.kind == OpenKind::Launch && task.is_none_or(|task| task.event != it.event))
        .map(|it| it.event)
        .collect();
    let newest = message.or(task);
    let mut shown = Vec::new();
    let mut left_out = 0;
    for placed in events {
        let id = placed.event.id;
        if later.contains(&id) {
            continue;
        }
        let importance = if newest.is_some_and(|newest| newest.event == id) {
            Importance::Newest
        } else if undecided.contains(&id) {
            Importance::Undecided
        } else if placed.commit <= after {
            continue;
        } else if hidden.contains(&id) {
            left_out += 1;
            continue;
        } else {
            Importance::Ordinary
        };
        shown.push((*placed, importance));
    }
    (shown, left_out)
}

/// What something still waits for, or what waits for something.
fn undecided(events: &[Placed<'_>], fold: &Fold) -> BTreeSet<EventId> {
    let mut undecided: BTreeSet<EventId> = fold.open.iter().map(|open| open.event).collect();
    // Whoever goes on with an answer has to see how it begins, word for word.
    let parts = events.iter().rev().filter(|placed| {
        matches!(
            placed.event.data,
            EventData::AgentMessage {
                body: AgentWords::Part { .. },
                ..
            }
        )
    });
    let parts = parts.take(fold.attempt.said.len());
    undecided.extend(parts.map(|placed| placed.event.id));
    // Whoever goes on from an answer has to know the question.
    let is_open = |placed: &&Placed<'_>| undecided.contains(&placed.event.id);
    let ended = events.iter().filter(is_open);
    let ended = ended.filter_map(|placed| match &placed.event.data {
        EventData::HumanResponse { output, .. } => Some(*output),
        _ => None,
    });
    let ended: BTreeSet<OutputId> = ended.collect();
    for placed in events {
        let waits = match &placed.event.data {
            EventData::HumanRequest { act, .. } if ended.contains(&act.output) => true,
            EventData::HumanRequest { act, .. } | EventData::Permitted { act, .. } => fold
                .awaiting
                .iter()
                .any(|it| it.output == act.output && it.version == act.version),
            EventData::ToolCall { call, .. } => fold.running.contains(call),
            EventData::IdentityAsked { challenge, .. } => {
                let open = fold.identity.challenge;
                open.is_some_and(|open| open.id == *challenge)
            }
            _ => false,
        };
        if waits {
            undecided.insert(placed.event.id);
        }
    }
    if fold.pending.is_some() {
        let question = events.iter().rfind(|placed| {
            matches!(
                placed.event.data,
                EventData::AgentMessage { asks: Some(_), .. }
            )
        });
        undecided.extend(question.map(|placed| placed.event.id));
    }
    undecided
}

/// Settled errors; summaries, which stand before the rest; and what a model said that is told
/// again by the message or the call that came of it.
fn hidden(events: &[Placed<'_>]) -> BTreeSet<EventId> {
    let mut hidden = BTreeSet::new();
    // From the newest to the oldest: what succeeded later, and what has been refused since.
    let mut results = BTreeMap::new();
    let mut succeeded = BTreeSet::new();
    let mut refused = BTreeSet::new();
    let mut answered = Answered::No;
    for placed in events.iter().rev() {
        let event: &Event = placed.event;
        match &event.data {
            EventData::ToolResult { call, outcome } => {
                results.insert(*call, outcome);
            }
            EventData::ToolCall { call, tool, .. } => match results.get(call) {
                None
                | Some(
                    ToolOutcome::Failed { .. }
                    | ToolOutcome::NotMade { .. }
                    | ToolOutcome::Refused { .. },
                ) => {}
                Some(_) => {
                    succeeded.insert(tool.name().to_owned());
                }
            },
            EventData::HumanRequest { act, .. } if act.question().is_some() => {
                succeeded.insert(registry::ASK_COLLEAGUE.to_owned());
            }
            EventData::Error {
                of: Some(Failing::Call(tool)),
                ..
            } => {
                if succeeded.contains(tool) {
                    hidden.insert(event.id);
                } else {
                    refused.insert(tool.clone());
                }
            }
            EventData::Error {
                of:
                    Some(
                        Failing::Model
                        | Failing::Answer
                        | Failing::Limit
                        | Failing::Unanswered
                        | Failing::Rule,
                    ),
                ..
            } => {
                if let Answered::Yes = answered {
                    hidden.insert(event.id);
                }
            }
            EventData::ModelThinking {
                purpose, answer, ..
            } => {
                answered = Answered::Yes;
                let is_refused = answer
                    .calls
                    .iter()
                    .any(|wanted| refused.remove(&wanted.tool));
                let says_more = !answer.text.is_empty() && !answer.calls.is_empty();
                match purpose {
                    Purpose::Answer if is_refused || says_more => {}
                    Purpose::Answer | Purpose::Triage | Purpose::Compaction => {
                        hidden.insert(event.id);
                    }
                }
            }
            // Neither has anything to do with what is talked about.
            EventData::Error {
                of: Some(Failing::Template),
                ..
            }
            | EventData::SystemNote {
                persona: Some(_), ..
            }
            | EventData::Compaction { .. } => {
                hidden.insert(event.id);
            }
            _ => {}
        }
    }
    hidden
}

enum Answered {
    Yes,
    No,
}

/// Where the boundaries are, found by going through the events as they came: so a boundary that
/// once moved stays where it is in the turns after. `ends` is how many items had been decided to
/// become lines by the last compaction.
pub(super) fn boundaries(
    items: &[Item<'_>],
    ends: usize,
    reserved: u64,
    parameters: &Parameters,
    tokens: impl Fn(Weight) -> u64,
) -> Boundaries {
    let sums = Sums::of(items);
    let budget = parameters.budget();
    let mut at = Boundaries::default();
    for end in 1..=items.len() {
        // What the last compaction made lines is not compact again.
        if end == ends {
            at.compact = at.compact.max(ends);
            at.whole = at.whole.max(ends);
        }
        if end - at.whole >= parameters.whole.saturating_add(parameters.step.max(1)) {
            at.whole = end - parameters.whole;
        }
        let fits = |at: &Boundaries, budget: u64| {
            Fits::within(tokens(sums.total(at, end)).saturating_add(reserved), budget)
        };
        // Down to half of it, so that it takes some turns to be full again.
        if let Fits::No = fits(&at, budget) {
            at.decay(end, |at| fits(at, budget / 2));
        }
    }
    at
}

/// What the items before each weigh, by level.
struct Sums {
    line: Vec<Weight>,
    compact: Vec<Weight>,
    whole: Vec<Weight>,
}

impl Sums {
    fn of(items: &[Item<'_>]) -> Self {
        let sums = |level: Level| {
            let mut sum = Weight::default();
            let mut sums = vec![sum];
            for item in items {
                sum = sum + item.weight(level);
                sums.push(sum);
            }
            sums
        };
        Self {
            line: sums(Level::Line),
            compact: sums(Level::Compact),
            whole: sums(Level::Whole),
        }
    }

    fn total(&self, at: &Boundaries, end: usize) -> Weight {
        let between = |sums: &[Weight], from: usize, to: usize| sums[to] - sums[from];
        between(&self.line, at.lines, at.compact)
            + between(&self.compact, at.compact, at.whole)
            + between(&self.whole, at.whole, end)
    }
}
