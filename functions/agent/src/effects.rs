//! What leaves once a commit is written: from its outbox to the queues. Sending again is
//! harmless, because every effect bears a key derived from the commit.

use countersign_aws::{Clients, Error, queues::Queue};
use countersign_core::{
    commit::{Commit, Effect},
    event::{AgentWords, Event, EventData},
    message::{ENVELOPE_VERSION, Execution, OutboundTask, Outgoing, OutgoingBody, WebhookCall},
    thread::Head,
};

use crate::Settings;

/// The queues an outbox goes to.
pub(crate) struct Effects {
    outbound: Queue<OutboundTask>,
    webhooks: Queue<OutboundTask>,
    executions: Queue<Execution>,
}

/// Which of an outbox's effects leave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Which {
    /// All: the commit has just been written.
    All,
    /// Those whose work is still awaited: the commit is older, and a crash may have left them.
    Unfinished,
    /// The one at this index, for the given try.
    One {
        /// Its index.
        index: usize,
        /// Counts the tries.
        attempt: u32,
    },
}

impl Effects {
    pub(crate) fn new(settings: &Settings, clients: &Clients) -> Self {
        Self {
            outbound: Queue::new(clients.sqs().clone(), settings.outbound.clone()),
            webhooks: Queue::new(clients.sqs().clone(), settings.webhooks.clone()),
            executions: Queue::new(clients.sqs().clone(), settings.executions.clone()),
        }
    }

    /// Queues what is in a commit's outbox. One call for each queue that gets something.
    pub(crate) async fn leave(
        &self,
        head: &Head,
        commit: &Commit,
        which: Which,
    ) -> Result<(), Error> {
        let mut messages = Vec::new();
        let mut calls = Vec::new();
        let mut orders = Vec::new();
        for (index, effect) in commit.outbox.iter().enumerate() {
            let attempt = match which {
                Which::One { index: one, .. } if one != index => continue,
                Which::One { attempt, .. } => attempt,
                Which::All | Which::Unfinished => 0,
            };
            let event = match event(commit, effect)? {
                // Erased, by a person's right: nothing of theirs leaves any more.
                None => continue,
                Some(event) => event,
            };
            match (effect, event.data) {
                (Effect::Send { .. }, EventData::AgentMessage { body, .. }) => {
                    messages.push(OutboundTask::Message(Outgoing {
                        attempt,
                        ..outgoing(head, commit, index, to_customer(body))
                    }));
                }
                (
                    Effect::AskApprover { .. },
                    EventData::HumanRequest {
                        act,
                        approver,
                        approver_address,
                        ..
                    },
                ) if is_awaited(head, &act, which) => {
                    let body = OutgoingBody::ApprovalRequest {
                        output: act.output,
                        version: act.version,
                        approver,
                    };
                    messages.push(OutboundTask::Message(Outgoing {
                        attempt,
                        to: approver_address,
                        ..outgoing(head, commit, index, body)
                    }));
                }
                (Effect::CallWebhook { .. }, EventData::HumanRequest { act, .. })
                    if is_awaited(head, &act, which) =>
                {
                    calls.push(OutboundTask::Webhook(WebhookCall {
                        v: ENVELOPE_VERSION,
                        tenant: head.tenant.clone(),
                        correlation: commit.correlation.clone(),
                        endpoint: head.endpoint.clone(),
                        id: commit.reference(index),
                        output: act.output,
                        version: act.version,
                        attempt,
                    }));
                }
                (Effect::Order { .. }, EventData::ToolCall { call, tool })
                    if which != Which::Unfinished || head.fold.running.contains(&call) =>
                {
                    orders.push(Execution {
                        v: ENVELOPE_VERSION,
                        tenant: head.tenant.clone(),
                        correlation: commit.correlation.clone(),
                        endpoint: head.endpoint.clone(),
                        thread: head.thread,
                        group: head.group.clone(),
                        ordered_at: commit.at,
                        call,
                        tool,
                    });
                }
                _ => {}
            }
        }
        if !messages.is_empty() {
            self.outbound.send_all(&messages).await?;
        }
        if !calls.is_empty() {
            self.webhooks.send_all(&calls).await?;
        }
        if !orders.is_empty() {
            self.executions.send_all(&orders).await?;
        }
        Ok(())
    }
}

fn event(commit: &Commit, effect: &Effect) -> Result<Option<Event>, Error> {
    let index = match effect {
        Effect::Send { event }
        | Effect::AskApprover { event }
        | Effect::CallWebhook { event }
        | Effect::Order { event } => *event,
    };
    commit.event(index).map_err(|why| Error::Unreadable {
        what: "reading an outbox",
        why: why.to_string(),
    })
}

fn is_awaited(head: &Head, act: &countersign_core::approval::Act, which: Which) -> bool {
    which != Which::Unfinished
        || head
            .fold
            .awaiting
            .iter()
            .any(|awaiting| awaiting.output == act.output)
}

fn outgoing(head: &Head, commit: &Commit, index: usize, body: OutgoingBody) -> Outgoing {
    Outgoing {
        v: ENVELOPE_VERSION,
        tenant: head.tenant.clone(),
        correlation: commit.correlation.clone(),
        endpoint: head.endpoint.clone(),
        number: head.number.clone(),
        reference: commit.reference(index),
        thread: head.thread,
        group: head.group.clone(),
        commit: commit.number,
        attempt: 0,
        to: head.sender.clone(),
        body,
    }
}

fn to_customer(words: AgentWords) -> OutgoingBody {
    match words {
        AgentWords::Text { text } => OutgoingBody::Text { body: text },
        AgentWords::Document {
            document,
            output,
            version,
            digest,
        } => OutgoingBody::Document {
            document,
            output,
            version,
            digest,
        },
    }
}
