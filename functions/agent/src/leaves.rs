//! What an outbox says, by queue. It calls nothing.

use countersign_aws::Error;
use countersign_core::{
    ChallengeId,
    commit::{Commit, Effect},
    event::{AgentWords, Event, EventData},
    message::{
        Content, ENVELOPE_VERSION, Execution, FetchOrder, Outgoing, OutgoingBody, WebhookCall,
    },
    offer::Form,
    thread::Head,
};

/// A commit's outbox, by queue.
#[derive(Debug, Default)]
pub struct Leaves {
    /// For people.
    pub messages: Vec<Outgoing>,
    /// For approvers' endpoints.
    pub calls: Vec<WebhookCall>,
    /// For the executor.
    pub orders: Vec<Execution>,
    /// For the provider, to get files of.
    pub fetches: Vec<FetchOrder>,
}

/// Which of an outbox's effects leave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
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

impl Leaves {
    /// What leaves with a commit.
    ///
    /// # Errors
    /// When the commit's events can't be read.
    pub fn of(head: &Head, commit: &Commit, which: Which) -> Result<Self, Error> {
        let mut leaves = Self::default();
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
                    leaves.messages.push(Outgoing {
                        attempt,
                        ..outgoing(head, commit, index, to_customer(body))
                    });
                }
                (Effect::Send { .. }, EventData::IdentityAsked { challenge, .. })
                    if which == Which::All || can_be_entered(head, challenge) =>
                {
                    let body = OutgoingBody::Code { challenge };
                    leaves.messages.push(Outgoing {
                        attempt,
                        ..outgoing(head, commit, index, body)
                    });
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
                    leaves.messages.push(Outgoing {
                        attempt,
                        to: approver_address,
                        ..outgoing(head, commit, index, body)
                    });
                }
                (Effect::CallWebhook { .. }, EventData::HumanRequest { act, .. })
                    if is_awaited(head, &act, which) =>
                {
                    leaves.calls.push(WebhookCall {
                        v: ENVELOPE_VERSION,
                        tenant: head.tenant.clone(),
                        correlation: commit.correlation.clone(),
                        endpoint: head.endpoint.clone(),
                        id: commit.reference(index),
                        output: act.output,
                        version: act.version,
                        attempt,
                    });
                }
                (Effect::Order { .. }, EventData::ToolCall { call, tool, .. })
                    if which != Which::Unfinished || head.fold.running.contains(&call) =>
                {
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
                (
                    Effect::Fetch { .. },
                    EventData::UserMessage {
                        content: Content::Media(media),
                        ..
                    },
                ) => {
                    // Also where the message was answered at once: nothing tells whether the order
                    // left, and a second one changes nothing.
                    leaves.fetches.push(FetchOrder {
                        v: ENVELOPE_VERSION,
                        tenant: head.tenant.clone(),
                        correlation: commit.correlation.clone(),
                        endpoint: head.endpoint.clone(),
                        thread: head.thread,
                        group: head.group.clone(),
                        message: event.id,
                        received_at: event.at,
                        media,
                    });
                }
                _ => {}
            }
        }
        Ok(leaves)
    }
}

fn event(commit: &Commit, effect: &Effect) -> Result<Option<Event>, Error> {
    let index = match effect {
        Effect::Send { event }
        | Effect::AskApprover { event }
        | Effect::CallWebhook { event }
        | Effect::Order { event }
        | Effect::Fetch { event } => *event,
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

/// A code that was held for long is of no use, and would only puzzle.
fn can_be_entered(head: &Head, challenge: ChallengeId) -> bool {
    let open = head.fold.identity.challenge.as_ref();
    open.is_some_and(|open| open.id == challenge)
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
        AgentWords::Text { text } | AgentWords::Part { text } => OutgoingBody::Text { body: text },
        AgentWords::Choices(offer) => match offer.form {
            Form::Lines => OutgoingBody::Text {
                body: offer.lines(),
            },
            Form::Taps => OutgoingBody::Choices {
                body: offer.text,
                rows: offer.rows,
                opens: offer.opens,
            },
        },
        AgentWords::Reaction { to, emoji } => OutgoingBody::Reaction { to, emoji },
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
