//! A look into the tables.

use anyhow::{Context, ensure};
use countersign_aws::{
    approvals::{Approvals, State},
    customers::Customers,
    schema,
    sends::Sends,
    spend::Spend,
    threads::Threads,
};
use countersign_core::{
    E164, OutputId, Tenant, ThreadId,
    commit::{Commit, verify_to},
    event::{Event, EventData},
    replay,
};

use super::Driver;

impl Driver {
    /// The seeded tenant.
    pub fn tenant(&self) -> Tenant {
        self.stack.seed.company.tenant.clone()
    }

    /// The threads.
    pub fn threads(&self) -> Threads {
        Threads::new(
            self.stack.direct.dynamodb().clone(),
            self.table(schema::THREADS),
            self.table(schema::APPROVALS),
            self.table(schema::BUSINESS),
        )
    }

    /// The records of sends.
    pub fn sends(&self) -> Sends {
        Sends::new(
            self.stack.direct.dynamodb().clone(),
            self.table(schema::THREADS),
        )
    }

    /// The outputs.
    pub fn approvals(&self) -> Approvals {
        Approvals::new(
            self.stack.direct.dynamodb().clone(),
            self.table(schema::APPROVALS),
        )
    }

    /// What models cost.
    pub fn spend(&self) -> Spend {
        Spend::new(
            self.stack.direct.dynamodb().clone(),
            self.table(schema::BUSINESS),
        )
    }

    /// The current thread of whoever writes from `phone`.
    ///
    /// # Errors
    /// When a call fails.
    pub async fn thread_of(&self, phone: &E164) -> anyhow::Result<Option<ThreadId>> {
        let customers = Customers::new(
            self.stack.direct.dynamodb().clone(),
            self.table(schema::BUSINESS),
        );
        let company = &self.stack.seed.company;
        let (tenant, sender) = (self.tenant(), phone.as_str().parse()?);
        for number in [&company.whatsapp].into_iter().chain(&company.meta) {
            let alias = customers.find(&tenant, &number.endpoint, &sender).await?;
            if let Some(thread) = alias.thread {
                return Ok(Some(thread));
            }
        }
        Ok(None)
    }

    /// A phone's whole current thread.
    ///
    /// # Errors
    /// When there is none, its chain is broken, or its head is not what its events make of it.
    pub async fn history(&self, phone: &E164) -> anyhow::Result<Vec<Commit>> {
        let thread = self.thread_of(phone).await?;
        let thread = thread.with_context(|| format!("{phone} has no thread"))?;
        let threads = self.threads();
        let loaded = threads.load(&self.tenant(), thread).await?;
        let head = loaded.context("the thread is gone")?.thread.head;
        let numbers = 1..=head.commit;
        let commits = threads.commits(&self.tenant(), thread, numbers).await?;
        verify_to(&commits, head.commit, head.hash)
            .with_context(|| format!("the chain of {thread} is broken"))?;
        let rebuilt = replay::rebuild(head.before_first(), &commits)?;
        ensure!(
            rebuilt.head == head,
            "the head of {thread} is {head:#?}, and its events make it {:#?}",
            rebuilt.head
        );
        Ok(commits)
    }

    /// The events of a phone's current thread.
    ///
    /// # Errors
    /// As [`Driver::history`].
    pub async fn events(&self, phone: &E164) -> anyhow::Result<Vec<Event>> {
        let mut events = Vec::new();
        for commit in self.history(phone).await? {
            events.extend(commit.events()?);
        }
        Ok(events)
    }

    /// The outputs a phone's current thread asked to be decided on.
    ///
    /// # Errors
    /// As [`Driver::history`].
    pub async fn outputs(&self, phone: &E164) -> anyhow::Result<Vec<OutputId>> {
        let events = self.events(phone).await?;
        let asked = events.iter().filter_map(|event| match &event.data {
            EventData::HumanRequest { act, .. } | EventData::Permitted { act, .. } => {
                Some(act.output)
            }
            _ => None,
        });
        Ok(asked.collect())
    }

    /// How an output stands.
    ///
    /// # Errors
    /// When there is none of that name.
    pub async fn state(&self, output: OutputId) -> anyhow::Result<State> {
        let state = self.approvals().state(&self.tenant(), output).await?;
        state.with_context(|| format!("there is no output {output}"))
    }

    fn table(&self, table: schema::Table) -> String {
        let name = self.stack.environment.get(table.variable);
        name.unwrap_or_else(|| table.name.to_owned())
    }
}
