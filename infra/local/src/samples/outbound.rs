//! Messages of two groups to send, statuses to record, and an approver's endpoint to call.

use countersign_aws::schema::{OUTBOUND, STATUSES, WEBHOOKS};
use countersign_core::message::{
    Correlation, DeliveryStatus, ENVELOPE_VERSION, OutboundTask, Outgoing, StatusUpdate,
};
use jiff::ToSpan;
use serde_json::Value;

use super::{AT, Local, seeding::provider_id, sqs::sqs_event, story::Story, token};

/// Twilio's code for a number that can't get the message.
const INVALID_RECIPIENT: &str = "63024";

pub(super) fn events(local: &Local, story: &Story) -> anyhow::Result<Vec<(&'static str, Value)>> {
    let subjects = &story.subjects;
    let document = OutboundTask::Message(subjects.document.clone());
    let question = OutboundTask::Message(subjects.question.clone());
    let arrived = status(&subjects.arrived, DeliveryStatus::Delivered)?;
    let lost = status(
        &subjects.lost,
        DeliveryStatus::Failed {
            code: INVALID_RECIPIENT.to_owned(),
        },
    )?;
    let call = OutboundTask::Webhook(subjects.call.clone());
    let messages = [(&document, AT - 2.seconds()), (&question, AT - 1.second())];
    let statuses = [(&arrived, AT - 2.seconds()), (&lost, AT - 1.second())];
    Ok(vec![
        (
            "outbound/messages-two-groups.json",
            sqs_event(local, OUTBOUND, &messages)?,
        ),
        (
            "outbound/statuses.json",
            sqs_event(local, STATUSES, &statuses)?,
        ),
        (
            "outbound/webhook.json",
            sqs_event(local, WEBHOOKS, &[(&call, AT - 1.second())])?,
        ),
    ])
}

fn status(sent: &Outgoing, status: DeliveryStatus) -> anyhow::Result<OutboundTask> {
    Ok(OutboundTask::Status(StatusUpdate {
        v: ENVELOPE_VERSION,
        tenant: sent.tenant.clone(),
        correlation: Correlation(token(&format!("callback about {}", sent.reference))),
        endpoint: sent.endpoint.clone(),
        received_at: AT - 2.seconds(),
        reference: sent.reference,
        provider_id: provider_id(sent).parse()?,
        status,
    }))
}
