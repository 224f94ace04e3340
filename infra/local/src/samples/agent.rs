//! What happens to threads: messages and a result of two groups in one batch, and a decision.

use anyhow::Context;
use countersign_aws::schema::INBOUND;
use countersign_core::{
    SenderId,
    message::{Cause, Content, Correlation, Group, Inbound, InboundMessage},
};
use jiff::{Timestamp, ToSpan};
use serde_json::Value;

use super::{AT, Local, sqs::sqs_event, story::Story, token};

/// A customer who writes for the first time.
const NEWCOMER: (&str, &str) = ("+250788555010", "Claudine Umutoni");

pub(super) fn events(local: &Local, story: &Story) -> anyhow::Result<Vec<(&'static str, Value)>> {
    let subjects = &story.subjects;
    let known = story.conversations.first().context("nobody writes")?;
    let at = |milliseconds: i64| AT - 900.milliseconds() + milliseconds.milliseconds();
    let asked = known.message("stock ABC123", at(0))?;
    let first = newcomer(&asked, "help", at(100))?;
    let result = Inbound {
        received_at: at(200),
        ..subjects.result.clone()
    };
    let second = newcomer(&asked, "stock ABC123", at(300))?;
    let batch = [&asked, &first, &result, &second].map(|inbound| (inbound, inbound.received_at));
    let decision = &subjects.decision;
    Ok(vec![
        (
            "agent/inbound-two-groups.json",
            sqs_event(local, INBOUND, &batch)?,
        ),
        (
            "agent/decision.json",
            sqs_event(local, INBOUND, &[(decision, decision.received_at)])?,
        ),
    ])
}

/// What the newcomer writes, to the same number as in `like`.
fn newcomer(like: &Inbound, text: &str, at: Timestamp) -> anyhow::Result<Inbound> {
    let Cause::Message(message) = &like.cause else {
        anyhow::bail!("not a message");
    };
    let (phone, name) = NEWCOMER;
    let sender: SenderId = phone.parse()?;
    let id = format!("SM{}", token(&format!("{phone}/{text}")));
    Ok(Inbound {
        correlation: Correlation(token(&format!("correlation of {id}"))),
        group: Group::of(&message.number, &sender),
        received_at: at,
        cause: Cause::Message(InboundMessage {
            id: id.parse()?,
            phone: Some(phone.parse()?),
            name: Some(name.to_owned()),
            content: Content::Text {
                body: text.to_owned(),
            },
            sender,
            ..message.clone()
        }),
        ..like.clone()
    })
}
