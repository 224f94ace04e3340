//! Somebody gets at the stores behind our back: what was approved is sent, or nothing.

use std::{fs, time::Duration};

use aws_sdk_dynamodb::types::AttributeValue;
use countersign_core::{
    ContentHash,
    approval::{Act, ActArguments, OutputStatus, SendDocumentArguments},
    tool::ToolOutcome,
};
use it::{CUSTOMER, STAFF};

use super::*;

const PLAIN: &str =
    "Sorry, that didn't work just now. Nothing was sent. Please try again in a few minutes.";

const BUCKET: &str = "outputs";

/// How far the output is when its store is changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum When {
    Asked,
    Approved,
    Released,
}

/// What is done to the content.
#[derive(Debug, Clone, Copy)]
enum Change {
    Longer,
    OneBit,
    Empty,
    Gone,
}

/// An act that was released stays so, and its message is refused.
fn ends(when: When) -> OutputStatus {
    match when {
        When::Asked | When::Approved => OutputStatus::Failed,
        When::Released => OutputStatus::Executed,
    }
}

/// The key of the approved content.
async fn key(world: &World, output: OutputId) -> String {
    let tenant = world.tenant();
    let request = world.approvals().request(&tenant, output, 1).await;
    format!("{tenant}/{}", request.unwrap().unwrap().act.content)
}

async fn put(world: &World, key: &str, bytes: Vec<u8>) {
    let put = world.stack.direct.s3().put_object().bucket(BUCKET).key(key);
    put.body(bytes.into()).send().await.unwrap();
}

/// Approves by callback, which needs no page, with `change` made at its time.
async fn approve(world: &World, output: OutputId, when: When, change: impl AsyncFn()) {
    let body = world.callback_body(output, "approve", "Grace Uwase").await;
    if when == When::Asked {
        change().await;
    }
    let answer = world.callback(&format!("dec_{output}"), &body).await;
    assert_eq!(answer.status, OK, "{}", answer.body);
    let mappings = world.stack.mappings(&world.stack.functions());
    let [inbound, .., express] = mappings.as_slice() else {
        panic!("inbound comes first, and what was approved last");
    };
    world.drain(inbound).await;
    if when == When::Approved {
        change().await;
    }
    world.drain(express).await;
    if when == When::Released {
        change().await;
    }
    rests(world).await;
    world.pass(Duration::from_secs(15 * 60)).await;
}

/// What operators find in a thread about what went wrong.
async fn reasons(world: &World, phone: &str) -> Vec<String> {
    let events = world.events(phone).await;
    events
        .into_iter()
        .filter_map(|event| match event.data {
            EventData::ToolResult {
                outcome: ToolOutcome::Failed { reason },
                ..
            } => Some(reason),
            EventData::Undelivered { code, meaning, .. } => Some(format!("{code}: {meaning}")),
            _ => None,
        })
        .collect()
}

/// The customer heard that it did not work, and nothing else arrived.
async fn told_plainly(world: &World, phone: &str, reason: &str) {
    assert_eq!(files(world, phone), 0);
    let heard = world.heard(phone);
    assert_eq!(heard.len(), 3, "{heard:?}");
    assert_eq!(heard[2], PLAIN);
    let reasons = reasons(world, phone).await;
    assert!(
        matches!(reasons.as_slice(), [one] if one.contains(reason)),
        "{reasons:?} want {reason}"
    );
}

#[tokio::test]
async fn x1_content_that_was_changed_after_it_was_shown_is_not_sent() {
    const CHANGED: &str = "the stored content was changed";
    const LOST: &str = "the stored content is gone";
    let world = World::new().await;
    let rows = [
        (When::Asked, Change::Longer, CHANGED),
        (When::Asked, Change::Gone, LOST),
        (When::Approved, Change::OneBit, CHANGED),
        (When::Approved, Change::Empty, CHANGED),
        (When::Approved, Change::Gone, LOST),
        (When::Released, Change::OneBit, CHANGED),
        (When::Released, Change::Gone, LOST),
    ];
    for (index, (when, change, reason)) in rows.into_iter().enumerate() {
        let phone = format!("+2507885551{index:02}");
        world.tell(&phone, "sales report for last week").await;
        let output = world.outputs(&phone).await[0];
        let key = key(&world, output).await;
        let right = fs::read(world.stack.objects().join(BUCKET).join(&key)).unwrap();
        approve(&world, output, when, async || match change {
            Change::Longer => put(&world, &key, [&right[..], b" "].concat()).await,
            Change::OneBit => {
                let mut bytes = right.clone();
                bytes[100] ^= 1;
                put(&world, &key, bytes).await;
            }
            Change::Empty => put(&world, &key, Vec::new()).await,
            Change::Gone => {
                let delete = world.stack.direct.s3().delete_object().bucket(BUCKET);
                delete.key(&key).send().await.unwrap();
            }
        })
        .await;
        told_plainly(&world, &phone, reason).await;
        assert_eq!(world.state(output).await.status, ends(when), "{when:?}");
        put(&world, &key, right).await;
    }
}

#[tokio::test]
async fn x1_content_that_decays_in_its_store_is_not_sent() {
    let (world, output) = waiting(CUSTOMER).await;
    let key = key(&world, output).await;
    let file = world.stack.objects().join(BUCKET).join(key);
    approve(&world, output, When::Approved, async || {
        let mut bytes = fs::read(&file).unwrap();
        bytes[100] ^= 1;
        fs::write(&file, bytes).unwrap();
    })
    .await;
    told_plainly(&world, CUSTOMER, "checksum mismatch").await;
    assert_eq!(world.state(output).await.status, OutputStatus::Failed);
}

/// Changes an attribute of one of an output's items.
async fn rewrite(world: &World, output: OutputId, sort: &str, name: &str, value: &str) {
    let key = |text: String| AttributeValue::S(text);
    let updated = world.stack.direct.dynamodb().update_item();
    updated
        .table_name(world.stack.environment.get("APPROVALS_TABLE").unwrap())
        .key("pk", key(format!("{}#output#{output}", world.tenant())))
        .key("sk", key(sort.to_owned()))
        .update_expression("SET #name = :value")
        .condition_expression("attribute_exists(pk)")
        .expression_attribute_names("#name", name)
        .expression_attribute_values(":value", AttributeValue::S(value.to_owned()))
        .send()
        .await
        .unwrap();
}

const ACT: &str = "act#0000000001";

#[tokio::test]
async fn x1_an_act_that_was_changed_in_its_table_is_not_carried_out() {
    const DIFFERS: &str = "the act's digest differs from the approved one";
    let world = World::new().await;
    let rows = [
        (When::Asked, "recipient"),
        (When::Approved, "recipient"),
        (When::Approved, "title"),
        (When::Approved, "filename"),
        (When::Approved, "content"),
        (When::Approved, "deadline"),
        (When::Approved, "tool_version"),
        (When::Released, "recipient"),
        (When::Released, "content"),
    ];
    for (index, (when, what)) in rows.into_iter().enumerate() {
        let phone = format!("+2507885552{index:02}");
        world.tell(&phone, "sales report for last week").await;
        let output = world.outputs(&phone).await[0];
        let tenant = world.tenant();
        let request = world.approvals().request(&tenant, output, 1).await;
        let mut request = request.unwrap().unwrap();
        let act = &mut request.act;
        match what {
            "recipient" => act.recipient = STAFF.parse().unwrap(),
            "title" => document(act).title = "Price list".to_owned(),
            "filename" => document(act).filename = "prices.pdf".to_owned(),
            "content" => act.content = ContentHash::of(b"another"),
            "deadline" => act.deadline += Duration::from_secs(1),
            _ => act.tool_version += 1,
        }
        let body = serde_json::to_string(&request).unwrap();
        approve(&world, output, when, async || {
            rewrite(&world, output, ACT, "body", &body).await;
        })
        .await;
        told_plainly(&world, &phone, DIFFERS).await;
        assert_eq!(files(&world, STAFF), 0, "{what}");
        assert_eq!(world.state(output).await.status, ends(when), "{what}");
    }
}

#[tokio::test]
async fn x1_a_changed_act_can_not_be_approved_on_its_page() {
    let (world, output) = waiting(CUSTOMER).await;
    let tenant = world.tenant();
    let request = world.approvals().request(&tenant, output, 1).await;
    let mut request = request.unwrap().unwrap();
    request.act.recipient = STAFF.parse().unwrap();
    let path = world.approval_path();
    let digest = request.act.digest().unwrap().to_string();
    let body = serde_json::to_string(&request).unwrap();
    rewrite(&world, output, ACT, "body", &body).await;
    let form = [
        ("decision", "approve"),
        ("reason", ""),
        ("digest", digest.as_str()),
    ];
    assert_eq!(world.get(&path).await.status, GONE);
    assert_eq!(world.post_form(&path, &form).await.status, CONFLICT);
    assert_eq!(world.state(output).await.status, OutputStatus::Pending);

    // Not even with its digest changed as well: the thread knows what it asked for.
    rewrite(&world, output, "state", "digest", &digest).await;
    assert_eq!(world.post_form(&path, &form).await.status, OK);
    rests(&world).await;
    told_plainly(&world, CUSTOMER, "may not be carried out").await;
    assert_eq!(files(&world, STAFF), 0);
}

fn document(act: &mut Act) -> &mut SendDocumentArguments {
    match &mut act.arguments {
        ActArguments::SendDocument(arguments) => arguments,
        _ => panic!("a report is a document"),
    }
}
