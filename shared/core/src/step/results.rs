//! What follows from what came back: a command's result, a draft, a release, a decision.

use jiff::SignedDuration;

use super::{Agent, Approver, Leaves, Planned, Step, offers, reply, says, thoughts};
use crate::{
    CallId, ContentHash, EventId, OutputId,
    answers::Voice,
    approval::{Act, ActTool, Decision},
    event::{AgentWords, Event, EventData},
    identity,
    message::Document,
    policy::Asking,
    thread::{OpenKind, Thread, carry_out_call},
    tool::{Chooser, Consent, ReleasedAct, RemoteCall, ToolCall, ToolOutcome},
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
        ToolOutcome::Inventory {
            found,
            more,
            took_ms,
        } => offers::stock(thread, voice, answers, call, (found, *more, *took_ms)),
        ToolOutcome::Alerts {
            alerts,
            more,
            counts,
        } => offers::alerts(thread, voice, answers, call, (alerts, *more, *counts)),
        ToolOutcome::Agents { agents } => reply(answers, voice.agents(agents), None),
        ToolOutcome::Drafted { document, asks, .. } => {
            let asks = asks.clone().unwrap_or_default();
            ask(thread, voice, answers, (call, document), &asks)
        }
        ToolOutcome::Released {
            output,
            version,
            digest,
        } => release(thread, voice, answers, *output, *version, *digest),
        ToolOutcome::Prepared {
            call: prepared_call,
            document,
        } => prepared(thread, voice, answers, (call, prepared_call), document),
        // A call that was approved may have been made: nobody but a person can tell.
        ToolOutcome::NotMade { .. } => {
            let note = "an approved call was not made; the record of its result says why";
            thoughts::escalate(thread, voice, answers, note.to_owned())
        }
        ToolOutcome::Failed { .. } if is_carried_out(thread, call) => {
            let note = "an approved call failed, or nobody knows whether it was made; the record \
                        of its result says more";
            thoughts::escalate(thread, voice, answers, note.to_owned())
        }
        // What a model reads is not for the rules.
        ToolOutcome::Said { .. }
        | ToolOutcome::Refused { .. }
        | ToolOutcome::Made { .. }
        | ToolOutcome::Failed { .. } => reply(answers, voice.failed(), None),
    }
}

/// Whether a call is that of an approved act which calls a tool.
fn is_carried_out(thread: &Thread, call: CallId) -> bool {
    let mut changes = thread.head.fold.changes.iter();
    changes.any(|change| carry_out_call(change.output()) == call)
}

/// Whether the customer is to hear of an event whatever becomes of a model: that an approved call was
/// made, how a question to a colleague ended, or what becomes of what they showed who they are for.
pub(crate) fn is_word(event: &&Event) -> bool {
    matches!(
        &event.data,
        EventData::HumanResponse { .. }
            | EventData::IdentityChecked {
                outcome: identity::Outcome::Passed { .. },
                ..
            }
            | EventData::ToolResult {
                outcome: ToolOutcome::Made { .. },
                ..
            }
    )
}

/// What the customer is told of the open findings when no model can go on from them, if they
/// are to hear of any.
pub(super) fn told(thread: &Thread, voice: Voice<'_>) -> Option<String> {
    let mut told: Vec<String> = Vec::new();
    for finding in thread.open(OpenKind::Finding) {
        let says = match &finding.data {
            EventData::ToolResult {
                outcome: ToolOutcome::Made { .. },
                ..
            } => voice.call_made(),
            EventData::HumanResponse { decision, .. } => voice.asked_colleague(decision),
            _ => continue,
        };
        if !told.contains(&says) {
            told.push(says);
        }
    }
    (!told.is_empty()).then(|| told.join("\n\n"))
}

/// A call that changes something is only ever made after it was countersigned, or by a rule.
fn prepared(
    thread: &Thread,
    voice: Voice<'_>,
    answers: Vec<EventId>,
    prepared: (CallId, &RemoteCall),
    document: &Document,
) -> Step {
    let (order, call) = prepared;
    let agent = voice.agent;
    let asking = match &call.consent {
        Consent::Person(asking) => asking,
        Consent::NotNeeded | Consent::Rule(_) => &Asking::default(),
    };
    let act = Act::call_tool(
        thread.head.tenant.clone(),
        OutputId::derived(&order.to_string()),
        1,
        call,
        document,
        thread.head.sender.clone(),
        voice.now + time_to_decide(agent, asking),
    );
    let Some((act, digest)) = act.and_then(|act| act.digest().ok().map(|digest| (act, digest)))
    else {
        let detail = format!("{} was not written down as it was ordered", call.name);
        let error = thoughts::event(EventData::error(detail, None));
        return Step::Record(vec![error, says(answers, voice.failed(), None)]);
    };
    let document = document.clone();
    match &call.consent {
        Consent::Person(_) => {
            let approver = agent.asked(asking).unwrap_or(&agent.approver);
            let waiting = voice.call_waits(&approver.name);
            request(answers, act, digest, document, approver, waiting)
        }
        Consent::Rule(rule) => {
            let Some(carry_out) = carry_out(&act, digest) else {
                return reply(answers, voice.failed(), None);
            };
            Step::Record(vec![
                Planned {
                    answers,
                    data: EventData::Permitted {
                        act: Box::new(act),
                        digest,
                        document,
                        rule: rule.clone(),
                    },
                    leaves: &[],
                },
                carry_out,
            ])
        }
        // It was ordered without anybody's leave.
        Consent::NotNeeded => reply(answers, voice.failed(), None),
    }
}

/// An approver is asked, and the customer told that it waits.
fn request(
    answers: Vec<EventId>,
    act: Act,
    digest: ContentHash,
    document: Document,
    approver: &Approver,
    waiting: String,
) -> Step {
    let asked = asked(answers, act, digest, document, approver);
    Step::Record(vec![asked, says(vec![], waiting, None)])
}

/// A person is asked, on their phone and by their endpoint.
pub(super) fn asked(
    answers: Vec<EventId>,
    act: Act,
    digest: ContentHash,
    document: Document,
    approver: &Approver,
) -> Planned {
    Planned {
        answers,
        data: EventData::HumanRequest {
            act: Box::new(act),
            digest,
            document,
            approver: approver.name.clone(),
            approver_address: approver.address.clone(),
        },
        leaves: &[Leaves::Question, Leaves::Webhook],
    }
}

pub(super) fn time_to_decide(agent: &Agent, asking: &Asking) -> SignedDuration {
    match asking.hours {
        Some(hours) => SignedDuration::from_hours(hours.into()),
        None => agent.time_to_decide,
    }
}

/// The order to carry out an act that was approved; none for a question, after which nothing is done.
fn carry_out(act: &Act, digest: ContentHash) -> Option<Planned> {
    let released = ReleasedAct {
        output: act.output,
        version: act.version,
        digest,
    };
    Some(Planned {
        answers: vec![],
        data: EventData::ToolCall {
            call: carry_out_call(act.output),
            tool: match act.tool {
                ActTool::SendDocument => ToolCall::SendDocument(released),
                ActTool::CallTool => ToolCall::CarryOut(released),
                ActTool::AskColleague => return None,
            },
            by: Chooser::Command,
        },
        leaves: &[Leaves::Order],
    })
}

/// A draft is only ever sent after it was countersigned.
fn ask(
    thread: &Thread,
    voice: Voice<'_>,
    answers: Vec<EventId>,
    draft: (CallId, &Document),
    asks: &Asking,
) -> Step {
    let (agent, (call, document)) = (voice.agent, draft);
    // Somebody was known when it was ordered.
    let approver = agent.asked(asks).unwrap_or(&agent.approver);
    let act = Act::send_document(
        thread.head.tenant.clone(),
        OutputId::derived(&call.to_string()),
        1,
        document,
        thread.head.sender.clone(),
        voice.now + time_to_decide(agent, asks),
    );
    let Ok(digest) = act.digest() else {
        return reply(answers, voice.failed(), None);
    };
    let waiting = voice.waits_for_approval(document, &approver.name);
    request(answers, act, digest, document.clone(), approver, waiting)
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
        } if act.output == output
            && act.version == version
            && act.tool == ActTool::SendDocument
            && *asked == digest =>
        {
            Some(document)
        }
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
    let act = thread.acts().find(|act| act.output == output);
    let is_call = act.is_some_and(|act| act.tool == ActTool::CallTool);
    let is_question = act.is_some_and(|act| act.tool == ActTool::AskColleague);
    match decision {
        // The end of a question that waits is a finding: this is none that does.
        _ if is_question => Step::Record(vec![unasked(answers, output)]),
        Decision::Answered { .. } => Step::Record(vec![unasked(answers, output)]),
        Decision::Rejected { by, reason, .. } if is_call => {
            reply(answers, voice.call_rejected(by, reason.as_deref()), None)
        }
        Decision::Rejected { by, reason, .. } => {
            reply(answers, voice.rejected(by, reason.as_deref()), None)
        }
        Decision::Expired { .. } => reply(answers, voice.expired(), None),
        Decision::Approved { .. } => {
            let awaiting = &thread.head.fold.awaiting;
            let asked = awaiting.iter().find(|a| a.output == output);
            let order = match (act, asked) {
                (Some(act), Some(asked)) => carry_out(act, asked.digest),
                _ => None,
            };
            let order = order.unwrap_or_else(|| {
                let detail = format!("approved {output}, which this thread does not wait for");
                thoughts::event(EventData::error(detail, None))
            });
            Step::Record(vec![Planned { answers, ..order }])
        }
    }
}

/// That an answer came to what this thread did not ask, or no longer asks. Nothing follows from it.
fn unasked(answers: Vec<EventId>, output: OutputId) -> Planned {
    let detail = format!("an answer to {output}, which this thread does not ask");
    Planned {
        answers,
        ..thoughts::event(EventData::error(detail, None))
    }
}
