//! What leaves once a commit is written: from its outbox to the queues. Sending again is
//! harmless, because every effect bears a key derived from the commit.

use countersign_aws::{Clients, Error, queues::Queue};
use countersign_core::{
    commit::Commit,
    message::{Execution, OutboundTask},
    priority::{Lane, Priority},
    thread::Head,
};

use crate::{
    Settings,
    leaves::{Leaves, Which},
};

/// The queues an outbox goes to.
pub(crate) struct Effects {
    outbound: Queue<OutboundTask>,
    pub(crate) webhooks: Queue<OutboundTask>,
    executions: Queue<Execution>,
    express: Queue<Execution>,
}

impl Effects {
    pub(crate) fn new(settings: &Settings, clients: &Clients) -> Self {
        Self {
            outbound: Queue::new(clients.sqs().clone(), settings.outbound.clone()),
            webhooks: Queue::new(clients.sqs().clone(), settings.webhooks.clone()),
            executions: Queue::new(clients.sqs().clone(), settings.executions.clone()),
            express: Queue::new(clients.sqs().clone(), settings.express.clone()),
        }
    }

    /// Queues what is in a commit's outbox. One call for each queue that gets something.
    pub(crate) async fn leave(
        &self,
        head: &Head,
        commit: &Commit,
        which: Which,
    ) -> Result<(), Error> {
        self.send(Leaves::of(head, commit, which)?).await
    }

    /// The same of what an outbox was found to say.
    pub(crate) async fn send(&self, leaves: Leaves) -> Result<(), Error> {
        if !leaves.messages.is_empty() {
            self.outbound
                .send_all(&tasks(leaves.messages, OutboundTask::Message))
                .await?;
        }
        let mut calls = tasks(leaves.calls, OutboundTask::Webhook);
        calls.extend(tasks(leaves.fetches, OutboundTask::Fetch));
        calls.extend(tasks(leaves.releases, OutboundTask::Release));
        if !calls.is_empty() {
            self.webhooks.send_all(&calls).await?;
        }
        let is_express = |order: &Execution| Priority::of(&order.tool).lane() == Lane::Express;
        let (express, usual): (Vec<_>, Vec<_>) = leaves.orders.into_iter().partition(is_express);
        if !express.is_empty() {
            self.express.send_all(&express).await?;
        }
        if !usual.is_empty() {
            self.executions.send_all(&usual).await?;
        }
        Ok(())
    }
}

fn tasks<T>(of: Vec<T>, task: impl Fn(T) -> OutboundTask) -> Vec<OutboundTask> {
    of.into_iter().map(task).collect()
}
