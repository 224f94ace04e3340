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
    window::{Extent, MessageIntent, ReleaseOrder, SendWindow, WindowEvent},
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
    /// What is held for the customer.
    pub releases: Vec<ReleaseOrder>,
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
                    let extent = extent(commit, &body)?;
                    let mut message = outgoing(head, commit, index, to_customer(body));
                    message.attempt = attempt;
                    if let Some(window) = &mut message.window {
                        window.extent = extent;
                    }
                    leaves.messages.push(message);
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
                (Effect::Send { .. }, EventData::Window(WindowEvent::Noticed { notice }))
                    if which == Which::All || something_waits(head) =>
                {
                    let body = OutgoingBody::Notice { notice };
                    leaves.messages.push(Outgoing {
                        attempt,
                        ..outgoing(head, commit, index, body)
                    });
                }
                (Effect::Release { .. }, EventData::Window(WindowEvent::LetGo { wrote_at })) => {
                    leaves.releases.push(ReleaseOrder {
                        v: ENVELOPE_VERSION,
                        tenant: head.tenant.clone(),
                        correlation: commit.correlation.clone(),
                        customer: head.customer,
                        number: head.number.clone(),
                        group: head.group.clone(),
                        wrote_at,
                        to: Some(head.sender.clone()),
                        current: Some(head.thread),
                    })
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
                        beside,
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
                        listening: beside.listening,
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
        | Effect::Fetch { event }
        | Effect::Release { event } => *event,
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

/// A notice that was held itself would tell of what has gone out.
fn something_waits(head: &Head) -> bool {
    head.fold.waits.held > 0
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
        window: Some(Box::new(window(head, commit, &body))),
        held: None,
        body,
    }
}

/// Whether these words are all that the commit says.
fn extent(commit: &Commit, words: &AgentWords) -> Result<Extent, Error> {
    if let AgentWords::Part { .. } = words {
        return Ok(Extent::Piece);
    }
    let sends = || {
        let effects = commit.outbox.iter();
        effects.filter(|effect| matches!(effect, Effect::Send { .. }))
    };
    if sends().count() < 2 {
        return Ok(Extent::Whole);
    }
    let mut in_words = 0;
    for effect in sends() {
        if let Some(EventData::AgentMessage {
            body: AgentWords::Text { .. } | AgentWords::Part { .. } | AgentWords::Choices(_),
            ..
        }) = event(commit, effect)?.map(|event| event.data)
        {
            in_words += 1;
        }
    }
    Ok(match in_words {
        0 | 1 => Extent::Whole,
        _ => Extent::Piece,
    })
}

/// What the message is, for whom, and when they last wrote.
fn window(head: &Head, commit: &Commit, body: &OutgoingBody) -> SendWindow {
    let is_task = || {
        let mut causes = commit.causes.iter();
        causes.any(|cause| cause.as_str().starts_with("launch/"))
    };
    let intent = match body {
        OutgoingBody::Text { .. } | OutgoingBody::Choices { .. } if is_task() => {
            MessageIntent::Task
        }
        OutgoingBody::Text { .. }
        | OutgoingBody::Choices { .. }
        | OutgoingBody::Reaction { .. } => MessageIntent::Answer,
        OutgoingBody::Document { .. } => MessageIntent::Report,
        OutgoingBody::Code { .. } => MessageIntent::Code,
        OutgoingBody::Notice { .. } => MessageIntent::Waiting,
        // An approver's own conversation is not looked at.
        OutgoingBody::ApprovalRequest { .. } => {
            return SendWindow {
                intent: MessageIntent::ApprovalRequest,
                persona: None,
                customer: None,
                wrote_at: None,
                refused: None,
                extent: Extent::Whole,
            };
        }
    };
    SendWindow {
        intent,
        persona: head.fold.persona.clone(),
        customer: Some(head.customer),
        wrote_at: head.customer_wrote_at,
        refused: None,
        extent: Extent::Whole,
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
