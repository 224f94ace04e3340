//! A turn: load, take in, step until the thread rests, commit, let the outbox leave. What arrived
//! is on record before a model is asked about it.

use std::time::Duration;

use countersign_aws::{
    Error, fresh_salt,
    threads::{Names, NotCommitted, Write},
};
use countersign_core::{
    ThreadId,
    event::{Event, EventData, Failing, Recipient},
    identity,
    message::{Cause, Correlation, Inbound},
    question::Urgency,
    step::{self, Ask, Moment, Role, Step},
    thread::{MOST_TASKS, OpenKind, Thread},
    tool::{ToolCall, ToolOutcome},
    turn::Turn,
};
use jiff::{SignedDuration, Timestamp};
use tracing::{error, info, warn};

use crate::{
    Agent, Listens,
    again::{Again, TakenIn},
    attention::Shown,
    cache::Keeping,
    found::FirstOf,
    heard,
    leaves::Which,
    listen,
    notes::{continues, opted_elsewhere, spoken_to},
    outputs::outputs,
    profiles::Profile,
    stream::Talk,
};

/// How often a turn that lost to another is taken again before its message goes back to the queue.
const MOST_TRIES: u64 = 8;

/// A turn takes no more steps: a runaway ends as an error that an operator finds.
const MOST_STEPS: usize = 200;

/// How long a batch works at most: less than its function has.
const LONGEST: SignedDuration = SignedDuration::from_secs(27);

/// The longest a model is waited for.
const LONGEST_THOUGHT: SignedDuration = SignedDuration::from_secs(20);

/// In less time than this no model is asked: it would mostly be for nothing.
pub(crate) const SHORTEST_THOUGHT: SignedDuration = SignedDuration::from_secs(12);

/// When a batch is to be done.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ends(Timestamp);

impl Ends {
    /// When a batch that begins now is to be done.
    pub(crate) fn of(now: Timestamp) -> Self {
        Self(now + LONGEST)
    }

    /// Whether no time is left.
    fn is_over(self, now: Timestamp) -> bool {
        now >= self.0
    }

    /// How long there is.
    fn left(self, now: Timestamp) -> SignedDuration {
        self.0.duration_since(now).max(SignedDuration::from_secs(1))
    }

    /// How long a model may take, if there is time to ask one.
    fn time_to_think(self, now: Timestamp) -> Option<SignedDuration> {
        let left = self.0.duration_since(now).min(LONGEST_THOUGHT);
        (left >= SHORTEST_THOUGHT).then_some(left)
    }
}

/// What a turn has not committed yet when it asks a model again, in bytes: a commit is one item.
const MOST_WEIGHT: usize = 100_000;

/// Why a turn failed. Its messages stay in the queue.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TurnError {
    /// A call failed.
    #[error(transparent)]
    Aws(#[from] Error),
    /// It lost to others every time.
    #[error("lost to other turns {MOST_TRIES} times")]
    Contended,
    /// What happened is to a thread that is not there.
    #[error("{0} does not exist")]
    NoThread(ThreadId),
    /// An event could not be written as JSON.
    #[error("a commit could not be written: {0}")]
    Json(#[from] serde_json::Error),
    /// It thought long; what it has is committed, and it goes on when its message comes again.
    #[error("no time is left to ask a model; it goes on from what it has")]
    Yields,
}

/// Why a try at a turn ended.
pub(crate) enum Ended {
    /// Another turn was first.
    Lost,
    /// Some of it was taken in before.
    Duplicate(Vec<TakenIn>),
    /// It can't go on.
    Failed(TurnError),
}

/// Where the steps of a turn pause.
enum Pace {
    /// Nothing is left to do.
    Rests,
    /// A model is to be asked.
    Asks(Ask),
    /// A tool elsewhere is to be asked, and no time is left.
    Late,
}

impl<E: Into<TurnError>> From<E> for Ended {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

impl From<NotCommitted> for Ended {
    fn from(why: NotCommitted) -> Self {
        match why {
            NotCommitted::Lost => Self::Lost,
            NotCommitted::Duplicate(duplicates) => Self::Duplicate(duplicates),
            NotCommitted::Failed(error) => Self::Failed(error.into()),
        }
    }
}

impl Agent {
    /// Takes in `run`, which is all customer's messages or one other cause, and all that follows.
    pub(crate) async fn turn(&self, run: &[&Inbound], ends: Ends) -> Result<(), TurnError> {
        let Some(first) = run.first() else {
            return Ok(());
        };
        if let Cause::Resend(resend) = &first.cause {
            return self.resend(&first.tenant, resend).await;
        }
        let profile = self.profiles.of(&first.tenant).await?;
        let mut again = Again::default();
        for tries in 0..MOST_TRIES {
            match self.take(&profile, run, first, &mut again, ends).await {
                Ok(()) => return Ok(()),
                Err(Ended::Lost) => {
                    warn!(tries, "another turn was first");
                    tokio::time::sleep(Duration::from_millis(5 * tries * tries)).await;
                }
                Err(Ended::Duplicate(duplicates)) => {
                    duplicates.into_iter().for_each(|it| again.note(it));
                }
                Err(Ended::Failed(error)) => return Err(error),
            }
        }
        Err(TurnError::Contended)
    }

    /// One try at a turn, on the thread as it is now.
    async fn take(
        &self,
        profile: &Profile,
        run: &[&Inbound],
        first: &Inbound,
        again: &mut Again,
        ends: Ends,
    ) -> Result<(), Ended> {
        let agent = &profile.agent;
        let mut found = self.find(first).await?;
        if let Cause::Message(message) = &first.cause {
            heard::renamed(message, agent);
        }
        let mut turn = Turn::on(found.thread.clone());
        if let Some(opens) = &found.opens
            && let Some(previous) = opens.previous
        {
            for planned in continues(previous, &first.cause, found.was) {
                turn.record(planned, self.clock.now());
            }
        }
        for inbound in run {
            let key = inbound.cause.key();
            if let Some(commit) = found.commits.iter().find(|c| c.causes.contains(&key)) {
                again.note((key, commit.thread, commit.number));
            } else if !again.knows(&key) {
                if let Cause::Launch(_) = &inbound.cause
                    && turn.thread().open(OpenKind::Launch).count() >= MOST_TASKS
                {
                    error!(
                        "ALARM: more tasks wait than a conversation keeps; its oldest is not done"
                    );
                }
                let (secret, now) = (self.identity_secret.as_ref(), self.clock.now());
                // What a recording costs is nobody's to spend without bound.
                let listens = match turn.thread().head.is_full(self.limits, now) {
                    true => Listens::No,
                    false => self.listens,
                };
                let inbound = &listen::ordered(found.as_resolved(inbound), listens);
                identity::take_in(&mut turn, inbound, secret, now);
            }
        }
        if let Some((later, way)) = found.said_later
            && turn.takes_in()
        {
            turn.record(opted_elsewhere(later, way), self.clock.now());
        }
        if let Some(note) = found
            .persona
            .as_ref()
            .and_then(|it| spoken_to(&turn, it, agent))
        {
            turn.record(note, self.clock.now());
        }
        self.leave_again(&first.tenant, &found, again).await?;
        if !turn.takes_in() && found.opens.is_some() {
            // Everything was taken in by a thread that is over by now.
            return Ok(());
        }
        let mut keeping = Vec::new();
        let mut shown = Shown::default();
        loop {
            let ask = match self.steps(agent, found.role, &mut turn, ends).await? {
                Pace::Rests => break,
                Pace::Asks(ask) => ask,
                // What was chosen is on record then, and runs when the message comes again.
                Pace::Late => {
                    let first_of = found.first_of();
                    self.commit(agent, turn, first_of, &first.correlation)
                        .await?;
                    return Err(TurnError::Yields.into());
                }
            };
            let time = ends.time_to_think(self.clock.now());
            let is_heavy = turn.weight() > MOST_WEIGHT;
            if turn.takes_in() || time.is_none() || is_heavy {
                let first_of = found.first_of();
                turn = self
                    .commit(agent, turn, first_of, &first.correlation)
                    .await?;
                found.past.committed(turn.thread());
            }
            let time = time.ok_or(TurnError::Yields)?;
            let head = &turn.thread().head;
            found.past.load(&self.threads, head).await?;
            let (thread, past) = (turn.thread(), &found.past);
            let summary = self.summary(profile, thread, past, &ask, time, again);
            if let Some(summary) = summary.await? {
                turn.record(summary, self.clock.now());
                // It may have taken of the time.
                continue;
            }
            let now = self.clock.now();
            let moment = Moment {
                now,
                role: found.role,
            };
            let mut talk = Talk {
                turn,
                past: &mut found.past,
                correlation: &first.correlation,
                shown: &mut shown,
                keep: None,
                flagged: Vec::new(),
            };
            let thought = self.think(profile, &mut talk, &ask, moment, time).await?;
            let keep = talk.keep;
            turn = talk.turn;
            turn.record(thought, self.clock.now());
            keeping.extend(keep.and_then(|key| Keeping::newest(key, turn.thread())));
        }
        let first_of = found.first_of();
        let turn = self
            .commit(agent, turn, first_of, &first.correlation)
            .await?;
        self.keep(turn.thread(), &keeping).await;
        self.has_read(run, &turn.thread().head, &shown).await;
        Ok(())
    }

    /// Commits a turn and lets its outbox leave; gives a turn on the thread as it is then. A turn
    /// without events is only given back.
    pub(crate) async fn commit(
        &self,
        agent: &step::Agent,
        turn: Turn,
        FirstOf { opens, names }: FirstOf,
        correlation: &Correlation,
    ) -> Result<Turn, Ended> {
        if turn.is_empty() {
            return Ok(turn);
        }
        let events = turn.thread().events.clone();
        let sealed = turn.seal(correlation.clone(), self.clock.now(), fresh_salt)?;
        let write = Write {
            sealed: &sealed,
            opens,
            outputs: outputs(&sealed, agent),
        };
        let names = (!names.is_empty()).then_some(Names {
            endpoint: &sealed.head.endpoint,
            changes: &names,
        });
        self.threads.write_with(&write, names).await?;
        // What leaves is sent again after a failure, and this is not.
        for event in &sealed.events {
            raise(event, sealed.head.thread);
            heard::tell(event, &sealed.head, agent);
        }
        self.effects
            .leave(&sealed.head, &sealed.commit, Which::All)
            .await?;
        info!(
            thread = %sealed.head.thread,
            commit = sealed.commit.number,
            events = sealed.commit.events.len(),
            "committed"
        );
        let head = sealed.head;
        Ok(Turn::on(Thread { head, events }))
    }

    /// Steps until the thread rests, or a model is to be asked.
    async fn steps(
        &self,
        agent: &step::Agent,
        role: Role,
        turn: &mut Turn,
        ends: Ends,
    ) -> Result<Pace, TurnError> {
        for _ in 0..MOST_STEPS {
            let now = self.clock.now();
            match step::step(turn.thread(), agent, Moment { now, role }) {
                Step::Rest => return Ok(Pace::Rests),
                Step::Ask(ask) => return Ok(Pace::Asks(ask)),
                Step::Look {
                    answers,
                    call,
                    tool,
                } => {
                    let outcome = self.look(turn.thread(), &tool).await?;
                    turn.looked(answers, call, tool, outcome, now);
                }
                Step::Run {
                    tool: ToolCall::Remote(_),
                    ..
                } if ends.is_over(now) => return Ok(Pace::Late),
                Step::Run { call, tool } => {
                    let outcome = match &tool {
                        ToolCall::Remote(remote) => {
                            let (head, left) = (&turn.thread().head, ends.left(now));
                            self.look_elsewhere(agent, head, call, remote, left).await
                        }
                        tool => self.look(turn.thread(), tool).await?,
                    };
                    turn.found(call, outcome, now);
                }
                Step::Record(planned) => {
                    for planned in planned {
                        turn.record(planned, now);
                    }
                }
            }
        }
        let chosen: Vec<_> = turn.thread().chosen().map(|(call, _)| call).collect();
        for call in chosen {
            let reason = "the turn was ended before it ran".to_owned();
            turn.found(call, ToolOutcome::Failed { reason }, self.clock.now());
        }
        let open = &turn.thread().head.fold.open;
        let open = open.iter().map(|open| open.event).collect();
        error!("ALARM: a turn did not rest after {MOST_STEPS} steps and was ended");
        for planned in step::give_up(open, turn.thread(), agent, self.clock.now()) {
            turn.record(planned, self.clock.now());
        }
        Ok(Pace::Rests)
    }

    async fn look(&self, thread: &Thread, tool: &ToolCall) -> Result<ToolOutcome, TurnError> {
        let began = self.clock.now();
        let outcome = match self.tools.look(&thread.head.tenant, tool).await {
            Ok(outcome) => outcome.that_took(self.clock.now().duration_since(began)),
            // Trying again would find the same.
            Err(error @ Error::Unreadable { .. }) => ToolOutcome::Failed {
                reason: error.to_string(),
            },
            Err(error) => return Err(error.into()),
        };
        info!(tool = tool.name(), "executed");
        Ok(outcome)
    }
}

/// What a person of the company must see to. Only the thread tells what was said.
fn raise(event: &Event, thread: ThreadId) {
    match &event.data {
        EventData::HandOver {
            to: Recipient::Human,
            ..
        } => error!(%thread, "ALARM: a conversation needs a person"),
        EventData::Error {
            of: Some(Failing::Limit),
            ..
        } => error!(%thread, "ALARM: a conversation has cost what it may"),
        EventData::Error {
            of: Some(Failing::Launch),
            ..
        } => error!(%thread, "ALARM: a launched task was not done"),
        EventData::Error {
            of: Some(Failing::Model),
            ..
        } => error!(%thread, "ALARM: no model answers a customer"),
        EventData::Error {
            of: Some(Failing::Rule),
            detail,
            ..
        } => error!(%thread, detail, "ALARM: a rule of the company's failed; a person is asked"),
        EventData::Error {
            of: Some(Failing::Template),
            detail,
            ..
        } => {
            error!(%thread, detail, "ALARM: a persona's template came to nothing; the default's was said")
        }
        EventData::HumanRequest { act, .. }
            if act
                .question()
                .is_some_and(|it| it.urgency == Urgency::Critical) =>
        {
            error!(%thread, output = %act.output, "ALARM: an agent asks something critical");
        }
        _ => {}
    }
}
