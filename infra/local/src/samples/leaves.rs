//! What leaves with a commit, as the agent queues it. A test holds it against what the agent does
//! queue.

use countersign_core::{
    commit::Effect,
    event::{AgentWords, EventData},
    message::{ENVELOPE_VERSION, Execution, Outgoing, OutgoingBody, WebhookCall},
    turn::Sealed,
};

/// A commit's outbox, by queue.
#[derive(Debug, Default)]
pub(super) struct Leaves {
    pub(super) messages: Vec<Outgoing>,
    pub(super) calls: Vec<WebhookCall>,
    pub(super) orders: Vec<Execution>,
}

impl Leaves {
    pub(super) fn of(sealed: &Sealed) -> Self {
        let (head, commit) = (&sealed.head, &sealed.commit);
        let mut leaves = Self::default();
        for (index, effect) in commit.outbox.iter().enumerate() {
            let message = |to, body| Outgoing {
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
                to,
                body,
            };
            let (Effect::Send { event }
            | Effect::AskApprover { event }
            | Effect::CallWebhook { event }
            | Effect::Order { event }) = effect;
            let Some(event) = sealed.events.get(usize::from(*event)) else {
                continue;
            };
            match (effect, event.data.clone()) {
                (Effect::Send { .. }, EventData::AgentMessage { body, .. }) => {
                    leaves
                        .messages
                        .push(message(head.sender.clone(), to_customer(body)));
                }
                (
                    Effect::AskApprover { .. },
                    EventData::HumanRequest {
                        act,
                        approver,
                        approver_address,
                        ..
                    },
                ) => leaves.messages.push(message(
                    approver_address,
                    OutgoingBody::ApprovalRequest {
                        output: act.output,
                        version: act.version,
                        approver,
                    },
                )),
                (Effect::CallWebhook { .. }, EventData::HumanRequest { act, .. }) => {
                    leaves.calls.push(WebhookCall {
                        v: ENVELOPE_VERSION,
                        tenant: head.tenant.clone(),
                        correlation: commit.correlation.clone(),
                        endpoint: head.endpoint.clone(),
                        id: commit.reference(index),
                        output: act.output,
                        version: act.version,
                        attempt: 0,
                    });
                }
                (Effect::Order { .. }, EventData::ToolCall { call, tool }) => {
                    leaves.orders.push(Execution {
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
        leaves
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
