//! Decisions: signed callbacks of an approver's own system, and the page behind a link.

use countersign_aws::approvals::NewOutput;
use countersign_core::{token::ApprovalToken, webhook};
use serde_json::{Value, json};

use super::{
    AT, Local,
    http::{Request, http_event},
    story::Story,
    token,
};

const CALLBACK: &str = "/webhooks/approval/{endpoint}";
const PAGE: &str = "/approvals/{token}";
/// What an approver's browser says it is.
const BROWSER: &str = "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) \
                       Chrome/142.0.0.0 Mobile Safari/537.36";

pub(super) fn events(local: &Local, story: &Story) -> anyhow::Result<Vec<(&'static str, Value)>> {
    let subjects = &story.subjects;
    let yes = Decision {
        output: &subjects.to_approve,
        word: "approve",
        reason: None,
    };
    let no = Decision {
        output: &subjects.to_reject,
        word: "reject",
        reason: Some("Please leave out Musanze, its figures are not final."),
    };
    Ok(vec![
        ("approvals/callback-approve.json", callback(local, &yes)?),
        ("approvals/callback-reject.json", callback(local, &no)?),
        ("approvals/page-show.json", show(local, &subjects.on_page)?),
        (
            "approvals/page-decide.json",
            decide(local, &subjects.on_page)?,
        ),
    ])
}

struct Decision<'a> {
    output: &'a NewOutput,
    word: &'static str,
    reason: Option<&'static str>,
}

fn callback(local: &Local, decision: &Decision<'_>) -> anyhow::Result<Value> {
    let request = &decision.output.request;
    let mut body = json!({
        "output_id": request.act.output,
        "version": request.act.version,
        "digest": decision.output.digest,
        "decision": decision.word,
        "by": request.approver,
    });
    if let Some(reason) = decision.reason {
        body["reason"] = reason.into();
    }
    let body = super::sorted(body).to_string();
    let id = format!("dec_{}", token(&format!("callback {body}")));
    let timestamp = AT.as_second();
    let signature = webhook::sign(&local.approval.secret, &id, timestamp, body.as_bytes())?;
    let request = Request {
        method: "POST",
        route: CALLBACK,
        parameter: local.endpoint.endpoint.as_str(),
        query: &[],
        headers: &[
            ("content-type", "application/json"),
            ("user-agent", "KivuBackOffice/2.4"),
            (webhook::ID, &id),
            (webhook::TIMESTAMP, &timestamp.to_string()),
            (webhook::SIGNATURE, &signature),
        ],
        body: &body,
    };
    http_event(local, &request)
}

fn show(local: &Local, output: &NewOutput) -> anyhow::Result<Value> {
    let request = Request {
        method: "GET",
        route: PAGE,
        parameter: &link(local, output),
        query: &[],
        headers: &[
            ("accept", "text/html,application/xhtml+xml,*/*;q=0.8"),
            ("user-agent", BROWSER),
        ],
        body: "",
    };
    http_event(local, &request)
}

fn decide(local: &Local, output: &NewOutput) -> anyhow::Result<Value> {
    let body = form_urlencoded::Serializer::new(String::new())
        .append_pair("digest", &output.digest.to_string())
        .append_pair("reason", "")
        .append_pair("decision", "approve")
        .finish();
    let request = Request {
        method: "POST",
        route: PAGE,
        parameter: &link(local, output),
        query: &[],
        headers: &[
            ("accept", "text/html,application/xhtml+xml,*/*;q=0.8"),
            ("content-type", "application/x-www-form-urlencoded"),
            ("user-agent", BROWSER),
        ],
        body: &body,
    };
    http_event(local, &request)
}

/// The token of the link that the approver was sent.
fn link(local: &Local, output: &NewOutput) -> String {
    let act = &output.request.act;
    let token = ApprovalToken {
        tenant: act.tenant.clone(),
        output: act.output,
        version: act.version,
        approver: output.request.approver.clone(),
        expires: act.deadline,
    };
    token.mint(&local.token_secret)
}
