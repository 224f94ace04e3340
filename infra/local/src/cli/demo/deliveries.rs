//! Webhooks that come twice, and one that nobody sent.

use std::time::{Duration, Instant};

use anyhow::Context;

use super::{
    day::Day,
    transcript::{same, says},
};
use crate::simulator::Signature;

/// Longer than a thread stays open, and than any queue remembers.
const DAYS_8: Duration = Duration::from_secs(8 * 24 * 3600);

pub(super) async fn duplicate(day: &mut Day) -> anyhow::Result<()> {
    let (began, other) = (Instant::now(), day.people.other.clone());
    let before = day.heard(&other);
    let sid = day.write(&other, "help").await?;
    let again = day.driver.stack.simulator.replay(&sid).await?;
    day.note("the provider delivers the same signed webhook twice")?;
    day.settle(began).await?;
    day.proves("both are answered 200, so it stops", same(again, 200))?;
    let heard = day.heard_since(&other, before);
    day.proves("one reply", says(&heard, &["You can ask me"]))?;
    day.webhook = Some(sid);
    Ok(())
}

pub(super) async fn forged(day: &mut Day) -> anyhow::Result<()> {
    let (began, other) = (Instant::now(), day.people.other.clone());
    let commits = day.driver.history(&other.number).await?.len();
    let text = "sales report for last week";
    let simulator = &day.driver.stack.simulator;
    let form = simulator.inbound_form(&other.number, &other.name, text);
    let status = simulator.post_raw(&form, Signature::Forged).await?;
    day.line(
        "somebody",
        "agent",
        &format!("{text} [as {}, forged]", other.name),
    )?;
    day.settle(began).await?;
    day.proves("refused with 403", same(status, 403))?;
    let after = day.driver.history(&other.number).await?.len();
    day.proves("and nothing happened", same(after, commits))
}

pub(super) async fn late_duplicate(day: &mut Day) -> anyhow::Result<()> {
    let sid = day.webhook.clone().context("no webhook was kept")?;
    let other = day.people.other.clone();
    let (thread, before) = (
        day.driver.thread_of(&other.number).await?,
        day.heard(&other),
    );
    day.driver.pass(DAYS_8).await?;
    day.note("8 days later")?;
    let began = Instant::now();
    day.driver.stack.simulator.replay(&sid).await?;
    day.note("the signed webhook of scene 12 is delivered once more")?;
    day.settle(began).await?;
    let replies = day.heard_since(&other, before);
    day.proves("no reply: it has been answered", same(replies, vec![]))?;
    let after = day.driver.thread_of(&other.number).await?;
    day.proves("and no new thread", same(after, thread))
}
