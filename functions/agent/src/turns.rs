//! A turn: load, take in, step until the thread rests, commit, let the outbox leave.

use std::time::Duration;

use countersign_aws::{
    Error,
    approvals::{NewOutput, Request},
    customers::Alias,
    fresh_salt,
    threads::{Loaded, NotCommitted, Opens, Write},
};
use countersign_core::{
    Tenant, ThreadId,
    commit::Commit,
    event::EventData,
    message::{Cause, CauseKey, Inbound, InboundMessage, Resend},
    step::{self, Moment, Planned, Role, Step},
    thread::{Head, Over, Thread},
    tool::ToolOutcome,
    turn::{Sealed, Turn},
};
use tracing::{error, info, warn};

use crate::{Agent, leaves::Which};

/// How often a turn that lost to another is taken again before its message goes back to the queue.
const MOST_TRIES: u64 = 8;

/// A turn takes no more steps: a runaway ends as an error that an operator finds.
const MOST_STEPS: usize = 40;

/// The skill whose outputs wait for a decision.
const REPORT_SKILL: &str = "generate_report";

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
}

/// A thread as a turn finds it.
struct Found {
    thread: Thread,
    commits: Vec<Commit>,
    role: Role,
    /// Set when the turn opens the thread.
    opens: Option<Opens>,
}

/// What was taken in before: by which commit of which thread.
type TakenIn = (CauseKey, ThreadId, u64);

impl Agent {
    /// Takes in `run`, which is all customer's messages or one other cause, and all that follows.
    pub(crate) async fn turn(&self, run: &[&Inbound]) -> Result<(), TurnError> {
        let Some(first) = run.first() else {
            return Ok(());
        };
        if let Cause::Resend(resend) = &first.cause {
            return self.resend(&first.tenant, resend).await;
        }
        let agent = self.profiles.agent(&first.tenant).await?;
        let mut taken_in: Vec<TakenIn> = Vec::new();
        for tries in 0..MOST_TRIES {
            let found = self.find(first).await?;
            let mut turn = Turn::on(found.thread.clone());
            if let Some(opens) = &found.opens
                && let Some(previous) = opens.previous
            {
                turn.record(continues(previous), self.clock.now());
            }
            for inbound in run {
                let key = inbound.cause.key();
                if let Some(commit) = found.commits.iter().find(|c| c.causes.contains(&key)) {
                    note(&mut taken_in, (key, commit.thread, commit.number));
                } else if !taken_in.iter().any(|(known, _, _)| *known == key) {
                    turn.take_in(inbound);
                }
            }
            self.steps(&agent, found.role, &mut turn).await?;
            let sealed = turn.seal(first.correlation.clone(), self.clock.now(), fresh_salt)?;
            if sealed.commit.causes.is_empty() && found.thread.head.commit == 0 {
                // Everything was taken in by a thread that is over by now.
                return self.leave_again(&first.tenant, &found, &taken_in).await;
            }
            if sealed.events.is_empty() {
                return self.leave_again(&first.tenant, &found, &taken_in).await;
            }
            match self.write(&agent, &found, &sealed).await {
                Ok(()) => {
                    self.leave_again(&first.tenant, &found, &taken_in).await?;
                    self.effects
                        .leave(&sealed.head, &sealed.commit, Which::All)
                        .await?;
                    info!(
                        thread = %sealed.head.thread,
                        commit = sealed.commit.number,
                        events = sealed.commit.events.len(),
                        "committed"
                    );
                    return Ok(());
                }
                Err(NotCommitted::Lost) => {
                    warn!(tries, "another turn was first");
                    tokio::time::sleep(Duration::from_millis(5 * tries * tries)).await;
                }
                Err(NotCommitted::Duplicate(duplicates)) => {
                    for duplicate in duplicates {
                        note(&mut taken_in, duplicate);
                    }
                }
                Err(NotCommitted::Failed(error)) => return Err(error.into()),
            }
        }
        Err(TurnError::Contended)
    }

    /// The thread that `inbound` happened to: named by it, or the sender's current one.
    async fn find(&self, inbound: &Inbound) -> Result<Found, TurnError> {
        let tenant = &inbound.tenant;
        match &inbound.cause {
            Cause::Message(message) => self.current_thread(inbound, message).await,
            Cause::Decision(notice) => self.named_thread(tenant, notice.thread).await,
            Cause::Execution(report) => self.named_thread(tenant, report.thread).await,
            Cause::Undelivered(notice) => self.named_thread(tenant, notice.thread).await,
            Cause::Control(notice) => self.named_thread(tenant, notice.thread).await,
            Cause::Resend(resend) => self.named_thread(tenant, resend.thread).await,
        }
    }

    async fn current_thread(
        &self,
        inbound: &Inbound,
        message: &InboundMessage,
    ) -> Result<Found, TurnError> {
        let tenant = &inbound.tenant;
        let alias = self
            .customers
            .find(tenant, &message.endpoint, &message.sender)
            .await?;
        if let Some(thread) = alias.thread {
            let loaded = self.load(tenant, thread, WhatIsNeeded::Open).await?;
            if loaded.thread.head.is_over(self.clock.now()) == Over::No {
                return Ok(Found {
                    thread: loaded.thread,
                    commits: loaded.commits,
                    role: alias.role,
                    opens: None,
                });
            }
        }
        Ok(self.new_thread(inbound, message, alias))
    }

    /// A thread's id is derived from the customer and the thread before, so that two turns that
    /// open one at once open the same.
    fn new_thread(&self, inbound: &Inbound, message: &InboundMessage, alias: Alias) -> Found {
        let before = alias
            .thread
            .map_or_else(|| "none".to_owned(), |thread| thread.to_string());
        let thread = ThreadId::derived(&format!("{} after {before}", alias.customer));
        let head = Head::new(
            inbound.tenant.clone(),
            thread,
            alias.customer,
            message.endpoint.clone(),
            message.number.clone(),
            message.sender.clone(),
            inbound.group.clone(),
            self.clock.now(),
        );
        Found {
            thread: Thread {
                head,
                events: Vec::new(),
            },
            commits: Vec::new(),
            role: alias.role,
            opens: Some(Opens {
                endpoint: message.endpoint.clone(),
                sender: message.sender.clone(),
                customer: alias.customer,
                previous: alias.thread,
            }),
        }
    }

    async fn named_thread(&self, tenant: &Tenant, thread: ThreadId) -> Result<Found, TurnError> {
        let loaded = self
            .load(tenant, thread, WhatIsNeeded::OpenAndAwaiting)
            .await?;
        let head = &loaded.thread.head;
        // Messages may be open besides, and what their sender may ask for is the alias's to say.
        let role = if head.fold.open.is_empty() {
            Role::Customer
        } else {
            self.customers
                .find(tenant, &head.endpoint, &head.sender)
                .await?
                .role
        };
        Ok(Found {
            role,
            thread: loaded.thread,
            commits: loaded.commits,
            opens: None,
        })
    }

    /// The thread with at least the commits that hold what is unfinished.
    async fn load(
        &self,
        tenant: &Tenant,
        thread: ThreadId,
        needs: WhatIsNeeded,
    ) -> Result<Loaded, TurnError> {
        let mut loaded = self
            .threads
            .load(tenant, thread)
            .await?
            .ok_or(TurnError::NoThread(thread))?;
        let oldest = loaded.commits.first().map_or(1, |commit| commit.number);
        let fold = &loaded.thread.head.fold;
        let mut older: Vec<u64> = fold.open.iter().map(|open| open.commit).collect();
        if needs == WhatIsNeeded::OpenAndAwaiting {
            older.extend(fold.awaiting.iter().map(|awaiting| awaiting.commit));
        }
        older.retain(|number| *number < oldest);
        older.sort_unstable();
        older.dedup();
        let mut events = Vec::new();
        for number in older {
            if let Some(commit) = self.threads.commit(tenant, thread, number).await? {
                events.extend(commit.events().map_err(|why| Error::Unreadable {
                    what: "reading a commit",
                    why: why.to_string(),
                })?);
            }
        }
        events.append(&mut loaded.thread.events);
        loaded.thread.events = events;
        Ok(loaded)
    }

    /// Steps until the thread rests.
    async fn steps(
        &self,
        agent: &step::Agent,
        role: Role,
        turn: &mut Turn,
    ) -> Result<(), TurnError> {
        for _ in 0..MOST_STEPS {
            let now = self.clock.now();
            match step::step(turn.thread(), agent, Moment { now, role }) {
                Step::Rest => return Ok(()),
                Step::Look {
                    answers,
                    call,
                    tool,
                } => {
                    let tenant = turn.thread().head.tenant.clone();
                    let outcome = match self.tools.look(&tenant, &tool).await {
                        Ok(outcome) => outcome,
                        // Trying again would find the same.
                        Err(error @ Error::Unreadable { .. }) => ToolOutcome::Failed {
                            reason: error.to_string(),
                        },
                        Err(error) => return Err(error.into()),
                    };
                    info!(tool = tool.name(), "executed");
                    turn.looked(answers, call, tool, outcome, now);
                }
                Step::Record(planned) => {
                    for planned in planned {
                        turn.record(planned, now);
                    }
                }
            }
        }
        let open = &turn.thread().head.fold.open;
        let open = open.iter().map(|open| open.event).collect();
        error!("ALARM: a turn did not rest after {MOST_STEPS} steps and was ended");
        for planned in step::give_up(open, agent, self.clock.now()) {
            turn.record(planned, self.clock.now());
        }
        Ok(())
    }

    async fn write(
        &self,
        agent: &step::Agent,
        found: &Found,
        sealed: &Sealed,
    ) -> Result<(), NotCommitted> {
        let write = Write {
            sealed,
            opens: found.opens.clone(),
            outputs: outputs(sealed, &agent.name),
        };
        self.threads.write(&write).await
    }

    /// Lets those outboxes leave again whose messages were delivered again: a crash may have come
    /// between the commit and its outbox.
    async fn leave_again(
        &self,
        tenant: &Tenant,
        found: &Found,
        taken_in: &[TakenIn],
    ) -> Result<(), TurnError> {
        for (key, thread, number) in taken_in {
            info!(cause = key.as_str(), commit = number, "delivered again");
            let here = *thread == found.thread.head.thread;
            let at_hand = found.commits.iter().find(|c| here && c.number == *number);
            let commit = match at_hand {
                Some(commit) => Some(commit.clone()),
                None => self.threads.commit(tenant, *thread, *number).await?,
            };
            let head = if here {
                Some(found.thread.head.clone())
            } else {
                self.threads
                    .load(tenant, *thread)
                    .await?
                    .map(|loaded| loaded.thread.head)
            };
            if let (Some(commit), Some(head)) = (commit, head) {
                self.effects
                    .leave(&head, &commit, Which::Unfinished)
                    .await?;
            }
        }
        Ok(())
    }

    /// A send whose outcome was settled as "not sent" leaves again, as another try.
    async fn resend(&self, tenant: &Tenant, resend: &Resend) -> Result<(), TurnError> {
        let loaded = self
            .threads
            .load(tenant, resend.thread)
            .await?
            .ok_or(TurnError::NoThread(resend.thread))?;
        let commit = self
            .threads
            .commit(tenant, resend.thread, resend.commit)
            .await?
            .ok_or(TurnError::NoThread(resend.thread))?;
        let index = (0..commit.outbox.len()).find(|n| commit.reference(*n) == resend.reference);
        if let Some(index) = index {
            let attempt = resend.attempt;
            self.effects
                .leave(&loaded.thread.head, &commit, Which::One { index, attempt })
                .await?;
        }
        Ok(())
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum WhatIsNeeded {
    Open,
    OpenAndAwaiting,
}

/// What the commit asks people to decide on.
pub fn outputs(sealed: &Sealed, agent: &str) -> Vec<NewOutput> {
    let head = &sealed.head;
    sealed
        .events
        .iter()
        .filter_map(|event| match &event.data {
            EventData::HumanRequest {
                act,
                digest,
                document,
                approver,
                approver_address,
            } => Some(NewOutput {
                digest: *digest,
                request: Request {
                    act: (**act).clone(),
                    document: document.clone(),
                    agent: agent.to_owned(),
                    skill: REPORT_SKILL.to_owned(),
                    automatable: true,
                    thread: head.thread,
                    group: head.group.clone(),
                    endpoint: head.endpoint.clone(),
                    correlation: sealed.commit.correlation.clone(),
                    approver: approver.clone(),
                    approver_address: approver_address.clone(),
                    asked_at: event.at,
                },
            }),
            _ => None,
        })
        .collect()
}

/// Several messages of a redelivery were taken in by one commit, whose outbox leaves once.
fn note(taken_in: &mut Vec<TakenIn>, taken: TakenIn) {
    if !taken_in.contains(&taken) {
        taken_in.push(taken);
    }
}

fn continues(previous: ThreadId) -> Planned {
    Planned {
        answers: vec![],
        data: EventData::SystemNote {
            text: format!("The customer writes again; the conversation before is {previous}."),
            continues: Some(previous),
        },
        leaves: &[],
    }
}
