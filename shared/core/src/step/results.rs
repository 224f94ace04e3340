//! What follows from what came back: a command's result, a draft, a release, a decision.

use super::{Leaves, Planned, Step, reply, says};
use crate::{
    CallId, ContentHash, EventId, OutputId,
    answers::Voice,
    approval::{Act, Decision},
    event::{AgentWords, Event, EventData},
    message::Document,
    thread::{Thread, carry_out_call},
    tool::{Chooser, SendDocumentCall, ToolCall, ToolOutcome},
};

pub(super) fn to_result(
    thread: &Thread,
    voice: Voice<'_>,
    result: &Event,
    call: CallId,
    outcome: &ToolOutcome,
) -> Step {
    let answers = vec![result.id];
    match outcome {
        ToolOutcome::Inventory { found, more } => reply(answers, voice.stock(found, *more), None),
        ToolOutcome::Alerts { alerts, more } => reply(answers, voice.alerts(alerts, *more), None),
        ToolOutcome::Agents { agents } => reply(answers, voice.agents(agents), None),
        ToolOutcome::Drafted { document, .. } => ask(thread, voice, answers, call, document),
        ToolOutcome::Released {
            output,
            version,
            digest,
        } => release(thread, voice, answers, *output, *version, *digest),
        ToolOutcome::Failed { .. } => reply(answers, voice.failed(), None),
    }
}

/// A draft is only ever sent after it was countersigned.
fn ask(
    thread: &Thread,
    voice: Voice<'_>,
    answers: Vec<EventId>,
    call: CallId,
    document: &Document,
) -> Step {
    let agent = voice.agent;
    let act = Act::send_document(
        thread.head.tenant.clone(),
        OutputId::derived(&call.to_string()),
        1,
        document,
        thread.head.sender.clone(),
        voice.now + agent.time_to_decide,
    );
    let Ok(digest) = act.digest() else {
        return reply(answers, voice.failed(), None);
    };
    let waiting = voice.waits_for_approval(document);
    Step::Record(vec![
        Planned {
            answers,
            data: EventData::HumanRequest {
                act: Box::new(act),
                digest,
                document: document.clone(),
                approver: agent.approver.name.clone(),
                approver_address: agent.approver.address.clone(),
            },
            leaves: &[Leaves::Question, Leaves::Webhook],
        },
        says(vec![], waiting, None),
    ])
}

/// The executor has checked the act; the document is taken from the request that was approved.
fn release(
    thread: &Thread,
    voice: Voice<'_>,
    answers: Vec<EventId>,
    output: OutputId,
    version: u32,
    digest: ContentHash,
) -> Step {
    let document = thread.events.iter().find_map(|event| match &event.data {
        EventData::HumanRequest {
            act,
            digest: asked,
            document,
            ..
        } if act.output == output && act.version == version && *asked == digest => Some(document),
        _ => None,
    });
    match document {
        Some(document) => Step::Record(vec![Planned {
            answers,
            data: EventData::AgentMessage {
                body: AgentWords::Document {
                    document: document.clone(),
                    output,
                    version,
                    digest,
                },
                asks: None,
            },
            leaves: &[Leaves::Message],
        }]),
        None => reply(answers, voice.failed(), None),
    }
}

pub(super) fn to_decision(
    thread: &Thread,
    voice: Voice<'_>,
    response: &Event,
    output: OutputId,
    decision: &Decision,
) -> Step {
    let answers = vec![response.id];
    match decision {
        Decision::Rejected { by, reason, .. } => {
            reply(answers, voice.rejected(by, reason.as_deref()), None)
        }
        Decision::Expired { .. } => reply(answers, voice.expired(), None),
        Decision::Approved { .. } => {
            let asked = thread
                .head
                .fold
                .awaiting
                .iter()
                .find(|a| a.output == output);
            match asked {
                Some(asked) => Step::Record(vec![Planned {
                    answers,
                    data: EventData::ToolCall {
                        call: carry_out_call(output),
                        tool: ToolCall::SendDocument(SendDocumentCall {
                            output,
                            version: asked.version,
                            digest: asked.digest,
                        }),
                        by: Chooser::Command,
                    },
                    leaves: &[Leaves::Order],
                }]),
                None => Step::Record(vec![Planned {
                    answers,
                    data: EventData::error(
                        format!("approved {output}, which this thread does not wait for"),
                        None,
                    ),
                    leaves: &[],
                }]),
            }
        }
    }
}
