//! What matters waits for a countersignature.

use std::time::{Duration, Instant};

use anyhow::Context;
use countersign_core::{
    ContentHash, OutputId, Secret,
    approval::{Act, OutputStatus},
    webhook::{self, Headers, verify},
};
use http::StatusCode;

use super::{
    day::{Day, Person},
    transcript::{same, says},
};
use crate::{driver::Answer, simulator::SimMessage, stack::WEBHOOK_SECRET};

/// Past every deadline of the day.
const HOURS_25: Duration = Duration::from_secs(25 * 3600);

pub(super) async fn approved(day: &mut Day) -> anyhow::Result<()> {
    let customer = day.people.customer.clone();
    let approver = day.people.approver.clone();
    let before = day.heard(&customer);
    let heard = day.tell(&customer, "sales report for last week").await?;
    let right = says(&heard, &["I'm preparing", "as soon as"]);
    day.proves("the customer knows what they wait for", right)?;
    let output = newest_output(day, &customer).await?;
    let signed = signed_request(day, output);
    day.proves("the approver's system was asked too, signed", signed)?;

    let (began, finance) = (Instant::now(), "Finance system");
    let callback = day.driver.callback_body(output, "approve", finance).await?;
    let page = day.driver.open_page(&approver.number).await?;
    day.line(&approver.name, "page", "approve, by the link on the phone")?;
    day.line("finance", "callback", "approve, at the same moment")?;
    let (page, callback) = tokio::join!(
        day.driver.decide(&page, "approve", ""),
        day.driver.callback("demo-race", &callback),
    );
    let (page, callback) = (page?, callback?);
    answered(day, &approver.name, "page", &page)?;
    answered(day, "finance", "callback", &callback)?;
    let mut statuses = [page.status, callback.status];
    statuses.sort();
    let one_each = same(statuses, [StatusCode::OK, StatusCode::CONFLICT]);
    day.proves("one decides, the other is told 409", one_each)?;

    day.settle(began).await?;
    let heard = day.heard_since(&customer, before + 2).len();
    day.proves("the document arrives, once", same(heard, 1))?;
    let status = day.driver.state(output).await?.status;
    day.proves("carried out once", same(status, OutputStatus::Executed))?;
    let arrived = day.driver.sent_to(&customer.number);
    let arrived = arrived.last().context("nothing arrived")?.clone();
    let approved = act(day, output).await?.content;
    let bytes = document(day, &arrived).await?;
    let claim = format!(
        "its {} KB have the SHA-256 that was approved, {:.12}…",
        bytes.len().div_ceil(1000),
        approved.to_string()
    );
    day.proves(&claim, same(ContentHash::of(&bytes), approved))
}

pub(super) async fn rejected(day: &mut Day) -> anyhow::Result<()> {
    let customer = day.people.other.clone();
    let approver = day.people.approver.clone();
    day.tell(&customer, "sales report for yesterday").await?;
    let (began, before) = (Instant::now(), day.heard(&customer));
    let reason = "The figures of yesterday are not final yet.";
    day.line(&approver.name, "page", &format!("reject: {reason}"))?;
    let page = day
        .driver
        .decide_on_page(&approver.number, "reject", reason);
    let page = page.await?;
    day.proves("the page takes it", same(page.status, StatusCode::OK))?;
    day.settle(began).await?;
    let heard = day.heard_since(&customer, before);
    day.proves("the customer is told why", says(&heard, &[reason]))?;
    let sent = day.driver.sent_to(&customer.number);
    let documents = sent.iter().filter(|message| message.media_url.is_some());
    day.proves("and gets no document", same(documents.count(), 0))
}

pub(super) async fn expired(day: &mut Day) -> anyhow::Result<()> {
    let customer = day.people.staff.clone();
    let approver = day.people.approver.clone();
    day.tell(&customer, "sales report for last month").await?;
    let before = day.heard(&customer);
    day.pass(HOURS_25, "nobody decides, and the deadline passes")
        .await?;
    let heard = day.heard_since(&customer, before);
    let told = says(&heard, &["has a message for you"]);
    let claim = "the clock ends it; after 24 hours only a template goes out, which says that something \
                 waits";
    day.proves(claim, told)?;
    let heard = day.tell(&customer, "help").await?;
    let mut told = heard.iter();
    let told = told.any(|text| text.contains("nobody could approve"));
    day.proves("whoever asked writes, and is told", same(told, true))?;
    let path = day.driver.approval_path(&approver.number)?;
    let page = day.driver.get(&path).await?;
    day.line(&approver.name, "page", "opens the link")?;
    answered(day, &approver.name, "page", &page)?;
    let gone = same(page.status, StatusCode::GONE);
    day.proves("the link is over: 410", gone)
}

/// The newest output somebody's thread asked about.
async fn newest_output(day: &Day, person: &Person) -> anyhow::Result<OutputId> {
    let outputs = day.driver.outputs(&person.number).await?;
    outputs.last().copied().context("nobody was asked")
}

/// Whether the last request at the approver's endpoint is ours, and about this output.
fn signed_request(day: &Day, output: OutputId) -> Result<(), String> {
    let requests = day.driver.stack.inbox.received();
    let request = requests.last().ok_or("no request came")?;
    let header = |name: &str| request.headers.get(name).map(String::as_str);
    let headers = Headers {
        id: header(webhook::ID),
        timestamp: header(webhook::TIMESTAMP),
        signature: header(webhook::SIGNATURE),
    };
    let secret = Secret::new(WEBHOOK_SECRET);
    verify(
        &[&secret],
        headers,
        request.body.as_bytes(),
        day.driver.now(),
    )
    .map_err(|refused| refused.to_string())?;
    let body: serde_json::Value =
        serde_json::from_str(&request.body).map_err(|why| why.to_string())?;
    same(
        body["output_id"].as_str(),
        Some(output.to_string().as_str()),
    )
}

async fn act(day: &Day, output: OutputId) -> anyhow::Result<Act> {
    let version = day.driver.state(output).await?.version;
    let (approvals, tenant) = (day.driver.approvals(), day.driver.tenant());
    let request = approvals.request(&tenant, output, version).await?;
    Ok(request.context("the request is not kept")?.act)
}

async fn document(day: &Day, message: &SimMessage) -> anyhow::Result<Vec<u8>> {
    let url = message.media_url.as_ref().context("no document came")?;
    day.driver.fetch(url).await
}

/// Prints what a decider is told.
fn answered(day: &mut Day, who: &str, by: &str, answer: &Answer) -> anyhow::Result<()> {
    day.line(by, who, &answer.status.to_string())
}
