//! What a commit asks people to decide on, as it is stored beside it.

use countersign_aws::approvals::{NewOutput, Request};
use countersign_core::{
    ContentHash,
    approval::{Act, ActArguments, Decision},
    event::{Event, EventData},
    message::Document,
    registry::ASK_COLLEAGUE,
    step::{self, Approver},
    turn::Sealed,
};

/// The skill whose outputs wait for a decision.
const REPORT_SKILL: &str = "generate_report";

/// What the commit asks people to decide on, or a rule has allowed.
pub fn outputs(sealed: &Sealed, agent: &step::Agent) -> Vec<NewOutput> {
    let new = |event: &Event, asked: Asked<'_>| NewOutput {
        digest: asked.digest,
        permitted: asked.rule.map(|rule| Decision::Approved {
            by: format!("the rule “{rule}”"),
            at: event.at,
        }),
        request: Request {
            act: asked.act.clone(),
            document: asked.document.clone(),
            agent: agent.name.clone(),
            skill: match &asked.act.arguments {
                ActArguments::SendDocument(_) => REPORT_SKILL.to_owned(),
                ActArguments::CallTool(call) => call.called.clone(),
                ActArguments::AskColleague(_) => ASK_COLLEAGUE.to_owned(),
            },
            // After an answer, nothing is carried out.
            automatable: asked.act.question().is_none(),
            thread: sealed.head.thread,
            group: sealed.head.group.clone(),
            endpoint: sealed.head.endpoint.clone(),
            correlation: sealed.commit.correlation.clone(),
            approver: asked.approver.name,
            approver_address: asked.approver.address,
            asked_at: event.at,
        },
    };
    let asked = |event: &Event| match &event.data {
        EventData::HumanRequest {
            act,
            digest,
            document,
            approver,
            approver_address,
        } => Some(new(
            event,
            Asked {
                act,
                digest: *digest,
                document,
                rule: None,
                approver: Approver {
                    name: approver.clone(),
                    address: approver_address.clone(),
                },
            },
        )),
        EventData::Permitted {
            act,
            digest,
            document,
            rule,
        } => Some(new(
            event,
            Asked {
                act,
                digest: *digest,
                document,
                rule: Some(rule),
                approver: agent.approver.clone(),
            },
        )),
        _ => None,
    };
    sealed.events.iter().filter_map(asked).collect()
}

/// What an event asks about, or allows.
struct Asked<'a> {
    act: &'a Act,
    digest: ContentHash,
    document: &'a Document,
    rule: Option<&'a String>,
    approver: Approver,
}
