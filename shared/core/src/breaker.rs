//! A breaker before each provider and each tool: when too many calls fail it opens and nobody
//! calls, after a while one call is let through as a probe, and what comes of it closes the breaker
//! or keeps it open for longer. Decisions only; `countersign-aws` shares the state.

use std::{fmt, str::FromStr};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::model::Provider;

/// Calls are counted in slots of so many seconds; the window slides by whole slots.
const SLOT_SECONDS: i64 = 10;
/// The most slots that are kept, whatever the clocks say.
const MOST_SLOTS: usize = 16;

/// What a breaker stands before.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Subject {
    /// A provider of models.
    Provider(Provider),
    /// A provider's moderation of what models say.
    Moderation(Provider),
    /// A tool, by its name.
    Tool(String),
}

/// What is no [`Subject`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} is nothing a breaker stands before: wants provider#NAME, moderation#NAME or tool#NAME"
)]
pub struct NoSubject(String);

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Provider(provider) => write!(f, "provider#{}", provider.name()),
            Self::Moderation(provider) => write!(f, "moderation#{}", provider.name()),
            Self::Tool(name) => write!(f, "tool#{name}"),
        }
    }
}

impl FromStr for Subject {
    type Err = NoSubject;

    fn from_str(text: &str) -> Result<Self, NoSubject> {
        let provider = |name| Provider::ALL.into_iter().find(|known| known.name() == name);
        let found = match text.split_once('#') {
            Some(("provider", name)) => provider(name).map(Self::Provider),
            Some(("moderation", name)) => provider(name).map(Self::Moderation),
            Some(("tool", name)) if !name.is_empty() => Some(Self::Tool(name.to_owned())),
            _ => None,
        };
        found.ok_or_else(|| NoSubject(text.chars().take(80).collect()))
    }
}

/// When a breaker opens, and for how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rule {
    /// Fewer calls in the window say nothing.
    pub least_calls: u32,
    /// It opens when so many of a hundred calls in the window failed.
    pub percent: u32,
    /// How far back calls count, give or take a slot of ten seconds.
    pub window: SignedDuration,
    /// How long it is open the first time; after each failed probe twice as long.
    pub open: SignedDuration,
    /// It is never open for longer.
    pub longest: SignedDuration,
    /// Longer than a call may take. A probe that has not come back by then is given up, and
    /// another is let through.
    pub probe: SignedDuration,
}

impl Default for Rule {
    fn default() -> Self {
        Self {
            least_calls: 5,
            percent: 50,
            window: SignedDuration::from_secs(60),
            open: SignedDuration::from_secs(30),
            longest: SignedDuration::from_mins(5),
            probe: SignedDuration::from_secs(60),
        }
    }
}

/// How a call ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// There was an answer, be it that the arguments were wrong: the other side is well.
    Worked,
    /// There was none, or one that says the other side is unwell: timeout, 429, 5xx.
    Failed,
}

/// Calls and failures by the time they ended, oldest first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Window(Vec<Slot>);

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Slot {
    /// Epoch seconds over [`SLOT_SECONDS`].
    number: i64,
    calls: u32,
    failures: u32,
}

impl Window {
    /// Counts a call.
    pub fn count(&mut self, outcome: Outcome, at: Timestamp) {
        let failures = match outcome {
            Outcome::Worked => 0,
            Outcome::Failed => 1,
        };
        self.merge(&Self(vec![Slot {
            number: slot(at),
            calls: 1,
            failures,
        }]));
    }

    /// Takes in what another has counted.
    pub fn merge(&mut self, other: &Self) {
        for slot in &other.0 {
            match self.0.iter_mut().find(|own| own.number == slot.number) {
                Some(own) => {
                    own.calls = own.calls.saturating_add(slot.calls);
                    own.failures = own.failures.saturating_add(slot.failures);
                }
                None => self.0.push(*slot),
            }
        }
        self.0.sort_by_key(|slot| slot.number);
        self.0.drain(..self.0.len().saturating_sub(MOST_SLOTS));
    }

    /// Forgets what is older than the rule's window.
    pub fn forget(&mut self, now: Timestamp, rule: &Rule) {
        let oldest = slot(now) - rule.window.as_secs() / SLOT_SECONDS;
        self.0.retain(|slot| slot.number > oldest);
    }

    /// Whether nothing was counted.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether a failure was counted.
    pub fn has_failures(&self) -> bool {
        self.0.iter().any(|slot| slot.failures > 0)
    }

    fn is_too_much(&self, rule: &Rule) -> bool {
        let sum = |of: fn(&Slot) -> u32| self.0.iter().map(|slot| u64::from(of(slot))).sum::<u64>();
        let (calls, failures) = (sum(|slot| slot.calls), sum(|slot| slot.failures));
        calls >= rule.least_calls.into() && failures * 100 >= calls * u64::from(rule.percent)
    }
}

fn slot(at: Timestamp) -> i64 {
    at.as_second().div_euclid(SLOT_SECONDS)
}

/// How a breaker stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "phase", rename_all = "snake_case")]
pub enum State {
    /// Calls go through and are counted.
    Closed {
        /// What was counted.
        seen: Window,
    },
    /// Nobody calls.
    Open {
        /// Until then.
        until: Timestamp,
        /// For which time in a row, from 1.
        times: u32,
    },
    /// One call is under way that decides.
    HalfOpen {
        /// Names it.
        probe: String,
        /// It is given up then.
        until: Timestamp,
        /// For which time in a row it was open before.
        times: u32,
    },
}

impl Default for State {
    fn default() -> Self {
        Self::Closed {
            seen: Window::default(),
        }
    }
}

/// Whether to call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Yes.
    Go,
    /// Not before then.
    Wait {
        /// When to ask again.
        until: Timestamp,
    },
    /// Only as the probe: whoever gets [`State::probe`] written first.
    Probe,
}

/// Whether a breaker lets a call through.
pub fn look(state: &State, now: Timestamp) -> Verdict {
    match state {
        State::Closed { .. } => Verdict::Go,
        State::Open { until, .. } | State::HalfOpen { until, .. } if now < *until => {
            Verdict::Wait { until: *until }
        }
        State::Open { .. } | State::HalfOpen { .. } => Verdict::Probe,
    }
}

impl State {
    /// With what else was counted; opens when that is too much. `None` when it is open already: a
    /// call that began before then tells nothing new.
    pub fn learn(&self, seen: &Window, now: Timestamp, rule: &Rule) -> Option<Self> {
        let Self::Closed { seen: known } = self else {
            return None;
        };
        let mut all = known.clone();
        all.merge(seen);
        all.forget(now, rule);
        Some(if all.is_too_much(rule) {
            open(1, now, rule)
        } else {
            Self::Closed { seen: all }
        })
    }

    /// With this call as the probe; `None` when it is not the time for one.
    pub fn probe(&self, probe: &str, now: Timestamp, rule: &Rule) -> Option<Self> {
        match (look(self, now), self) {
            (Verdict::Probe, Self::Open { times, .. } | Self::HalfOpen { times, .. }) => {
                Some(Self::HalfOpen {
                    probe: probe.to_owned(),
                    until: later(now, rule.probe),
                    times: *times,
                })
            }
            _ => None,
        }
    }

    /// After the probe; `None` when it was given up meanwhile.
    pub fn probed(
        &self,
        probe: &str,
        outcome: Outcome,
        now: Timestamp,
        rule: &Rule,
    ) -> Option<Self> {
        match self {
            Self::HalfOpen {
                probe: current,
                times,
                ..
            } if current == probe => Some(match outcome {
                Outcome::Worked => Self::default(),
                Outcome::Failed => open(times.saturating_add(1), now, rule),
            }),
            _ => None,
        }
    }

    /// Whether anything has failed lately, so that others want to know what works.
    pub fn is_troubled(&self, now: Timestamp, rule: &Rule) -> bool {
        match self {
            Self::Closed { seen } => {
                let mut seen = seen.clone();
                seen.forget(now, rule);
                seen.has_failures()
            }
            Self::Open { .. } | Self::HalfOpen { .. } => true,
        }
    }
}

fn open(times: u32, now: Timestamp, rule: &Rule) -> State {
    let doubled = 1_i32.checked_shl(times.saturating_sub(1)).unwrap_or(0);
    let time = match rule.open.checked_mul(doubled) {
        Some(time) if doubled > 0 => time.min(rule.longest),
        _ => rule.longest,
    };
    State::Open {
        until: later(now, time),
        times,
    }
}

fn later(now: Timestamp, by: SignedDuration) -> Timestamp {
    now.saturating_add(by).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests;
