//! Meta's webhooks: its question whether an address is ours, what somebody writes, and many things at
//! once.

use anyhow::Context;
use countersign_core::{Account, MessageRef};
use serde_json::{Value, json};

use super::{
    AT, Local,
    http::{Request, http_event},
    story::Story,
    token,
};
use crate::{
    seed::Person,
    simulator::{Signature, signature_of},
};

const WEBHOOK: &str = "/webhooks/meta/{endpoint}";
/// Who shows no number: Meta's name for them within the business account.
const USER_ID: &str = "RW.13491208655302741918";
/// Meta's code for a message that nobody could be given.
const UNDELIVERABLE: u32 = 131_026;

pub(super) fn events(local: &Local, story: &Story) -> anyhow::Result<Vec<(&'static str, Value)>> {
    let writer = &story.conversations.first().context("nobody writes")?.person;
    let text = text(local, writer)?;
    Ok(vec![
        ("ingress/meta-challenge.json", challenge(local)?),
        (
            "ingress/meta-text.json",
            webhook(local, &text, Signature::Right)?,
        ),
        (
            "ingress/meta-many.json",
            webhook(local, &many(local, writer)?, Signature::Right)?,
        ),
        // The same message, signed with a secret that is not ours.
        (
            "ingress/meta-forged.json",
            webhook(local, &text, Signature::Forged)?,
        ),
    ])
}

/// What Meta knows of the number: its id of it, what signs its webhooks, and our token.
fn held(local: &Local) -> anyhow::Result<(&str, &str, &str)> {
    match &local.at_meta.account {
        Account::Meta {
            phone_number_id,
            app_secret,
            verify_token,
            ..
        } => Ok((phone_number_id, app_secret.expose(), verify_token.expose())),
        Account::Twilio { .. } => anyhow::bail!("ENDPOINTS: the number at Meta is at Twilio"),
    }
}

fn challenge(local: &Local) -> anyhow::Result<Value> {
    let (_, _, verify_token) = held(local)?;
    let request = Request {
        method: "GET",
        route: WEBHOOK,
        parameter: local.at_meta.endpoint.as_str(),
        query: &[
            ("hub.mode", "subscribe"),
            ("hub.challenge", "1158201444"),
            ("hub.verify_token", verify_token),
        ],
        headers: &[("user-agent", "facebookplatform/1.0")],
        body: "",
    };
    http_event(local, &request)
}

fn text(local: &Local, writer: &Person) -> anyhow::Result<Value> {
    let mut message = message("text", "stock ABC123");
    message["from"] = json!(wa_id(writer));
    message["text"] = json!({"body": "stock ABC123"});
    let value = json!({"contacts": [contact(writer)], "messages": [message]});
    update(local, value)
}

/// Two people's messages, one of whom shows no number, and what became of two of ours.
fn many(local: &Local, writer: &Person) -> anyhow::Result<Value> {
    let mut voice = message("audio", "a voice note");
    voice["from"] = json!(wa_id(writer));
    voice["audio"] = json!({
        "mime_type": "audio/ogg; codecs=opus",
        "sha256": format!("{}{}", token("a voice note's bytes"), token("and more of them")),
        "id": "1037543291543636",
        "voice": true,
    });
    let mut tapped = message("interactive", "a tapped button");
    tapped["from_user_id"] = json!(USER_ID);
    tapped["context"] = json!({
        "from": local.at_meta.number.as_str().trim_start_matches('+'),
        "id": wamid("a question with buttons"),
    });
    tapped["interactive"] = json!({
        "type": "button_reply",
        "button_reply": {"id": "yes", "title": "Yes, please"},
    });
    let without_number = json!({
        "profile": {"name": "Ana Ruiz", "username": "ana.ruiz"},
        "user_id": USER_ID,
    });
    let read = status("read", "an answer", writer);
    let mut lost = status("failed", "another answer", writer);
    lost["errors"] = json!([{
        "code": UNDELIVERABLE,
        "title": "Message undeliverable",
        "message": "Message undeliverable",
        "error_data": {"details": "Message Undeliverable."},
    }]);
    let value = json!({
        "contacts": [contact(writer), without_number],
        "messages": [voice, tapped],
        "statuses": [read, lost],
    });
    update(local, value)
}

fn message(kind: &str, what: &str) -> Value {
    json!({"id": wamid(what), "timestamp": AT.as_second().to_string(), "type": kind})
}

fn contact(writer: &Person) -> Value {
    json!({"profile": {"name": writer.name}, "wa_id": wa_id(writer)})
}

/// A status of a message that bears a reference of ours.
fn status(word: &str, what: &str, to: &Person) -> Value {
    json!({
        "id": wamid(what),
        "status": word,
        "timestamp": AT.as_second().to_string(),
        "recipient_id": wa_id(to),
        "biz_opaque_callback_data": MessageRef::derived(&format!("sample/{what}")),
    })
}

fn wa_id(person: &Person) -> &str {
    person.number.as_str().trim_start_matches('+')
}

fn wamid(what: &str) -> String {
    format!("wamid.{}", token(&format!("message of Meta's: {what}")))
}

fn update(local: &Local, mut value: Value) -> anyhow::Result<Value> {
    let (phone_number_id, _, _) = held(local)?;
    value["messaging_product"] = json!("whatsapp");
    value["metadata"] = json!({
        "display_phone_number": local.at_meta.number.as_str().trim_start_matches('+'),
        "phone_number_id": phone_number_id,
    });
    let change = json!({"field": "messages", "value": value});
    Ok(json!({
        "object": "whatsapp_business_account",
        "entry": [{"id": "100000000000002", "changes": [change]}],
    }))
}

fn webhook(local: &Local, update: &Value, signature: Signature) -> anyhow::Result<Value> {
    let (_, app_secret, _) = held(local)?;
    let body = super::sorted(update.clone()).to_string();
    let signature = signature_of(signature, app_secret, body.as_bytes());
    let request = Request {
        method: "POST",
        route: WEBHOOK,
        parameter: local.at_meta.endpoint.as_str(),
        query: &[],
        headers: &[
            ("content-type", "application/json"),
            ("user-agent", "facebookexternalua"),
            (
                "x-hub-signature-256",
                signature.as_deref().unwrap_or_default(),
            ),
        ],
        body: &body,
    };
    http_event(local, &request)
}
