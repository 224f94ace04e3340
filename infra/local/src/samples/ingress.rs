//! Twilio's webhooks: what somebody writes, and what became of a message of ours.

use anyhow::Context;
use serde_json::Value;

use super::{
    Local, PUBLIC_URL,
    http::{Request, http_event},
    seeding::provider_id,
    story::Story,
    token, uuid,
};
use crate::{
    seed::Person,
    simulator::signed_form,
    stack::{ACCOUNT_SID, AUTH_TOKEN},
};

const WEBHOOK: &str = "/webhooks/twilio/{endpoint}";
const STATUS: &str = "/webhooks/twilio/{endpoint}/status";

pub(super) fn events(local: &Local, story: &Story) -> anyhow::Result<Vec<(&'static str, Value)>> {
    let writer = &story.conversations.first().context("nobody writes")?.person;
    let token = AUTH_TOKEN;
    let text = message(local, writer, "stock ABC123");
    let report = message(local, writer, "sales report for last week");
    Ok(vec![
        ("ingress/twilio-text.json", webhook(local, &text, token)?),
        (
            "ingress/twilio-report.json",
            webhook(local, &report, token)?,
        ),
        ("ingress/twilio-status.json", status(local, story)?),
        // The same message, signed with a token that is not ours.
        (
            "ingress/twilio-forged.json",
            webhook(local, &text, "another-auth-token")?,
        ),
    ])
}

type Form = Vec<(&'static str, String)>;

fn message(local: &Local, writer: &Person, body: &str) -> Form {
    let sid = format!("SM{}", token(&format!("webhook of {body}")));
    vec![
        ("AccountSid", ACCOUNT_SID.to_owned()),
        ("ApiVersion", "2010-04-01".to_owned()),
        ("Body", body.to_owned()),
        ("From", format!("whatsapp:{}", writer.number)),
        ("MessageSid", sid.clone()),
        ("MessageType", "text".to_owned()),
        ("NumMedia", "0".to_owned()),
        ("NumSegments", "1".to_owned()),
        ("ProfileName", writer.name.clone()),
        ("ReferralNumMedia", "0".to_owned()),
        ("SmsMessageSid", sid.clone()),
        ("SmsSid", sid),
        ("SmsStatus", "received".to_owned()),
        ("To", format!("whatsapp:{}", local.endpoint.number)),
        (
            "WaId",
            writer.number.as_str().trim_start_matches('+').to_owned(),
        ),
    ]
}

fn webhook(local: &Local, form: &Form, auth_token: &str) -> anyhow::Result<Value> {
    let url = format!("{PUBLIC_URL}/webhooks/twilio/{}", local.endpoint.endpoint);
    post(local, WEBHOOK, &[], form, &url, auth_token)
}

/// A message that the seed holds as sent has arrived.
fn status(local: &Local, story: &Story) -> anyhow::Result<Value> {
    let sent = &story.subjects.sent;
    let sid = provider_id(sent);
    let form = vec![
        ("AccountSid", ACCOUNT_SID.to_owned()),
        ("ApiVersion", "2010-04-01".to_owned()),
        ("ChannelPrefix", "whatsapp".to_owned()),
        ("From", format!("whatsapp:{}", sent.number)),
        ("MessageSid", sid.clone()),
        ("MessageStatus", "delivered".to_owned()),
        ("SmsSid", sid),
        ("SmsStatus", "delivered".to_owned()),
        ("To", format!("whatsapp:{}", sent.to)),
    ];
    let reference = sent.reference.to_string();
    let endpoint = &local.endpoint.endpoint;
    let url = format!("{PUBLIC_URL}/webhooks/twilio/{endpoint}/status?ref={reference}");
    let query = [("ref", reference.as_str())];
    let auth_token = AUTH_TOKEN;
    post(local, STATUS, &query, &form, &url, auth_token)
}

fn post(
    local: &Local,
    route: &'static str,
    query: &[(&str, &str)],
    form: &Form,
    url: &str,
    auth_token: &str,
) -> anyhow::Result<Value> {
    let (body, signature) = signed_form(url, auth_token, form);
    let request = Request {
        method: "POST",
        route,
        parameter: local.endpoint.endpoint.as_str(),
        query,
        headers: &[
            (
                "content-type",
                "application/x-www-form-urlencoded; charset=UTF-8",
            ),
            ("i-twilio-idempotency-token", &uuid(&body)),
            ("user-agent", "TwilioProxy/1.1"),
            ("x-twilio-signature", &signature),
        ],
        body: &body,
    };
    http_event(local, &request)
}
