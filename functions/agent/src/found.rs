//! The thread a turn is about: found, loaded with what is unfinished, or opened.

use std::borrow::Cow;

use countersign_aws::{
    customers::Alias,
    names::NameChange,
    threads::{Loaded, Opens},
};
use countersign_core::{
    E164, EndpointId, PersonaName, SenderId, Tenant, ThreadId,
    commit::Commit,
    launch::LaunchNotice,
    message::{Cause, Content, Inbound, InboundMessage},
    opt_out::Opted,
    step::Role,
    thread::{Head, OpenKind, Over, Thread},
};

use jiff::Timestamp;
use tracing::error;

use crate::{Agent, later, past::Past, turns::TurnError};

/// A thread as a turn finds it.
pub(crate) struct Found {
    pub(crate) thread: Thread,
    /// The newest commits, oldest first.
    pub(crate) commits: Vec<Commit>,
    /// In which commits the thread's events are.
    pub(crate) past: Past,
    pub(crate) role: Role,
    /// As which persona they are spoken to, where that was looked up.
    pub(crate) persona: Option<PersonaName>,
    /// Set when the turn opens the thread.
    pub(crate) opens: Option<Opens>,
    /// What the customer asked for in the thread before, when they last wrote, and what is held there,
    /// where the turn opens one.
    pub(crate) was: Was,
    /// What the customer asked for in a later thread, where this one knows otherwise.
    pub(crate) said_later: Option<(ThreadId, Opted)>,
    /// What the turn's first commit changes in the customer's names.
    pub(crate) names: Vec<NameChange>,
    /// Of the new names that a message tells, those that are the writer's now.
    pub(crate) renamed: Vec<SenderId>,
}

/// What a thread leaves to the one after it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Was {
    /// Whether the customer may be sent anything.
    pub(crate) opted: Opted,
    /// How many messages are held until they write.
    pub(crate) held: u16,
    /// When the customer last wrote.
    pub(crate) wrote_at: Option<Timestamp>,
}

impl Was {
    fn of(head: &Head) -> Self {
        Self {
            opted: head.fold.opted,
            held: head.fold.waits.held,
            wrote_at: head.customer_wrote_at,
        }
    }
}

/// What is written with a turn's first commit and no other.
#[derive(Debug, Default)]
pub(crate) struct FirstOf {
    pub(crate) opens: Option<Opens>,
    pub(crate) names: Vec<NameChange>,
}

impl Found {
    /// What came in, with those new names alone that are the writer's: a name that is somebody else's
    /// is not answered at.
    pub(crate) fn as_resolved<'a>(&self, inbound: &'a Inbound) -> Cow<'a, Inbound> {
        match &inbound.cause {
            Cause::Message(message) if matches!(message.content, Content::Renamed { .. }) => {
                let to = self.renamed.clone();
                Cow::Owned(Inbound {
                    cause: Cause::Message(InboundMessage {
                        content: Content::Renamed { to },
                        ..message.clone()
                    }),
                    ..inbound.clone()
                })
            }
            _ => Cow::Borrowed(inbound),
        }
    }

    /// What the next commit writes besides itself.
    pub(crate) fn first_of(&mut self) -> FirstOf {
        FirstOf {
            opens: self.opens.take(),
            names: std::mem::take(&mut self.names),
        }
    }
}

/// Whose current thread something is for: who wrote, or for whom something is to be done.
#[derive(Clone, Copy)]
struct Party<'a> {
    endpoint: &'a EndpointId,
    number: &'a E164,
    sender: &'a SenderId,
}

impl<'a> From<&'a InboundMessage> for Party<'a> {
    fn from(message: &'a InboundMessage) -> Self {
        Self {
            endpoint: &message.endpoint,
            number: &message.number,
            sender: &message.sender,
        }
    }
}

impl<'a> From<&'a LaunchNotice> for Party<'a> {
    fn from(notice: &'a LaunchNotice) -> Self {
        Self {
            endpoint: &notice.endpoint,
            number: &notice.number,
            sender: &notice.recipient,
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum WhatIsNeeded {
    Open,
    OpenAndAwaiting,
}

impl Agent {
    /// The thread that `inbound` happened to: named by it, or the sender's current one.
    pub(crate) async fn find(&self, inbound: &Inbound) -> Result<Found, TurnError> {
        let tenant = &inbound.tenant;
        match &inbound.cause {
            Cause::Message(message) => {
                let resolved = self.customers.resolve(tenant, message).await?;
                for customer in &resolved.conflicts {
                    error!(%customer, "ALARM: a name of a customer's is said to be somebody else's");
                }
                let party = Party::from(message);
                let mut found = self.current_thread(inbound, party, resolved.alias).await?;
                found.names = resolved.names;
                found.renamed = resolved.renamed;
                Ok(found)
            }
            Cause::Launch(notice) => {
                let party = Party::from(notice);
                let found = self.customers.find(tenant, party.endpoint, party.sender);
                self.current_thread(inbound, party, found.await?).await
            }
            Cause::Decision(notice) => self.decided_thread(tenant, notice.thread).await,
            Cause::Execution(report) => self.named_thread(tenant, report.thread).await,
            Cause::Fetched(report) => self.named_thread(tenant, report.thread).await,
            Cause::Undelivered(notice) => self.named_thread(tenant, notice.thread).await,
            Cause::Control(notice) => self.named_thread(tenant, notice.thread).await,
            Cause::Resend(resend) => self.named_thread(tenant, resend.thread).await,
            Cause::Held(held) => self.thread_that_goes_on(tenant, held.thread).await,
        }
    }

    async fn current_thread(
        &self,
        inbound: &Inbound,
        party: Party<'_>,
        alias: Alias,
    ) -> Result<Found, TurnError> {
        let tenant = &inbound.tenant;
        let mut was = Was::default();
        if let Some(thread) = alias.thread {
            let (loaded, past) = self.load(tenant, thread, WhatIsNeeded::Open).await?;
            if loaded.thread.head.is_over(self.clock.now()) == Over::No {
                return Ok(Found {
                    thread: loaded.thread,
                    commits: loaded.commits,
                    past,
                    role: alias.role,
                    persona: Some(alias.persona.unwrap_or_default()),
                    opens: None,
                    was,
                    said_later: None,
                    names: Vec::new(),
                    renamed: Vec::new(),
                });
            }
            was = Was::of(&loaded.thread.head);
        }
        Ok(Found {
            was,
            ..self.new_thread(inbound, party, alias)
        })
    }

    fn new_thread(&self, inbound: &Inbound, party: Party<'_>, alias: Alias) -> Found {
        let thread = later::after(alias.customer, alias.thread);
        let head = Head::new(
            inbound.tenant.clone(),
            thread,
            alias.customer,
            party.endpoint.clone(),
            party.number.clone(),
            party.sender.clone(),
            inbound.group.clone(),
            self.clock.now(),
        );
        Found {
            thread: Thread {
                head,
                events: Vec::new(),
            },
            commits: Vec::new(),
            past: Past::from(1),
            role: alias.role,
            persona: Some(alias.persona.unwrap_or_default()),
            opens: Some(Opens {
                endpoint: party.endpoint.clone(),
                sender: alias.sender,
                customer: alias.customer,
                previous: alias.thread,
            }),
            was: Was::default(),
            said_later: None,
            names: Vec::new(),
            renamed: Vec::new(),
        }
    }

    async fn named_thread(&self, tenant: &Tenant, thread: ThreadId) -> Result<Found, TurnError> {
        let (loaded, past) = self
            .load(tenant, thread, WhatIsNeeded::OpenAndAwaiting)
            .await?;
        let head = &loaded.thread.head;
        // Messages may be open besides, and what their sender may ask for is the alias's to say.
        // A model may go on from what comes, too.
        let fold = &head.fold;
        let is_asked = fold.awaiting.iter().any(|it| it.question.is_some());
        let may_go_on = fold.agent.is_some() || !fold.changes.is_empty() || is_asked;
        let (role, persona) = if fold.open.is_empty() && !may_go_on {
            (Role::Customer, None)
        } else {
            let customers = &self.customers;
            let found = customers.find(tenant, &head.endpoint, &head.sender);
            let alias = found.await?;
            (alias.role, Some(alias.persona.unwrap_or_default()))
        };
        Ok(Found {
            role,
            persona,
            thread: loaded.thread,
            commits: loaded.commits,
            past,
            opens: None,
            was: Was::default(),
            said_later: None,
            names: Vec::new(),
            renamed: Vec::new(),
        })
    }

    /// The thread that asked for a decision. It comes as late as was given for it, and the customer may
    /// have asked for something else in a later thread by then, which no step of this one knows.
    async fn decided_thread(&self, tenant: &Tenant, thread: ThreadId) -> Result<Found, TurnError> {
        let mut found = self.named_thread(tenant, thread).await?;
        let head = &found.thread.head;
        if let Some(later) = self.later(tenant, head, None).await?
            && later.fold.opted != head.fold.opted
        {
            found.said_later = Some((later.thread, later.fold.opted));
        }
        Ok(found)
    }

    /// The customer's current thread: what they write next is written there, also where the named one
    /// is not over because something but they awoke it.
    async fn thread_that_goes_on(
        &self,
        tenant: &Tenant,
        thread: ThreadId,
    ) -> Result<Found, TurnError> {
        let named = self.named_thread(tenant, thread).await?;
        match self.later(tenant, &named.thread.head, None).await? {
            Some(later) => self.named_thread(tenant, later.thread).await,
            None => Ok(named),
        }
    }

    /// The thread with at least the commits that hold what is unfinished.
    async fn load(
        &self,
        tenant: &Tenant,
        thread: ThreadId,
        needs: WhatIsNeeded,
    ) -> Result<(Loaded, Past), TurnError> {
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
        // And those that know what became of a message's file.
        let messages = fold
            .open
            .iter()
            .filter(|open| open.kind == OpenKind::Message);
        older.extend(messages.filter_map(|open| open.asked));
        older.extend(fold.chosen.iter().map(|chosen| chosen.commit));
        older.extend(&fold.attempt.said);
        older.extend(fold.offered);
        older.retain(|number| *number < oldest);
        older.sort_unstable();
        older.dedup();
        let mut past = Past::from(oldest);
        let mut events = Vec::new();
        for number in older {
            if let Some(commit) = self.threads.commit(tenant, thread, number).await? {
                past.add(&commit, &mut events)?;
            }
        }
        events.append(&mut loaded.thread.events);
        for commit in &loaded.commits {
            past.add(commit, &mut Vec::new())?;
        }
        loaded.thread.events = events;
        Ok((loaded, past))
    }
}
