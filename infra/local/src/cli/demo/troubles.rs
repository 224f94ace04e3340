//! What goes wrong outside, and what doesn't because of it.

use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use countersign_aws::{
    schema,
    sends::{SendRecord, SendStatus},
};
use countersign_core::commit::Effect;

use super::{
    day::{Day, Person},
    transcript::{same, says},
};
use crate::{
    faults::{Fault, Plan, Service},
    simulator::{Answer, Effect as Taken, Statuses},
};

/// Past the time for which the clock leaves an unknown send alone.
const MINUTES_11: Duration = Duration::from_secs(11 * 60);

pub(super) async fn too_many_requests(day: &mut Day) -> anyhow::Result<()> {
    let other = day.people.other.clone();
    let provider = &day.driver.stack.simulator;
    provider.next_answers([Answer::TooManyRequests]);
    day.note("the provider answers the next send with 429")?;
    let heard = day.tell(&other, "help").await?;
    day.proves(
        "the reply came all the same",
        says(&heard, &["You can ask me"]),
    )?;
    let put_off = last_send(day, &other).await?.tries;
    day.proves("put off once, sent once", same(put_off, 1))
}

pub(super) async fn crash(day: &mut Day) -> anyhow::Result<()> {
    let (other, faults) = (day.people.other.clone(), day.driver.stack.faults.clone());
    let before = day.heard(&other);
    faults.reset();
    let write = "TransactWriteItems";
    faults.arm(Plan::nth_of(Service::DynamoDb, write, 1, Fault::StopAfter));
    day.write(&other, "help").await?;
    let mappings = day.driver.stack.mappings(&day.driver.stack.cold()?);
    let round = faults.unless_stopped(day.driver.round(&mappings)).await;
    ensure!(
        round.is_none(),
        "the agent did not write, so it did not die"
    );
    drop(mappings);
    faults.reset();
    day.note("the agent dies: its commit is written, its reply has not left")?;
    let nothing = day.heard_since(&other, before);
    day.proves("no reply yet", same(nothing, vec![]))?;

    let visibility = Duration::from_secs(schema::INBOUND.visibility.into());
    day.driver.clock.advance(visibility);
    day.note("the queue delivers the message again, to a new process")?;
    let began = Instant::now();
    day.settle(began).await?;
    let heard = day.heard_since(&other, before);
    day.proves("exactly one reply", says(&heard, &["You can ask me"]))
}

pub(super) async fn unknown_send(day: &mut Day) -> anyhow::Result<()> {
    let (began, other) = (Instant::now(), day.people.other.clone());
    let provider = day.driver.stack.simulator.clone();
    let before = day.heard(&other);
    provider.set_statuses(Statuses::Held);
    provider.next_answers([Answer::DropConnection(Taken::Taken)]);
    day.note("the provider takes the next send, but the connection drops")?;
    day.write(&other, "help").await?;
    day.settle(began).await?;
    let status = last_send(day, &other).await?.status;
    let claim = "nobody can know whether it was sent, and nobody guesses";
    day.proves(claim, same(status, SendStatus::Unknown))?;

    provider.deliver_statuses().await;
    provider.set_statuses(Statuses::Automatic);
    day.driver.settle().await?;
    day.note("the provider's status comes, with our reference")?;
    let status = last_send(day, &other).await?.status;
    day.proves("which settles it", same(status, SendStatus::Delivered))?;
    day.pass(MINUTES_11, "11 minutes pass").await?;
    let replies = day.heard_since(&other, before).len();
    day.proves("it is never sent twice", same(replies, 1))
}

/// What is recorded of the newest commit's message.
async fn last_send(day: &Day, person: &Person) -> anyhow::Result<SendRecord> {
    let commits = day.driver.history(&person.number).await?;
    let last = commits.last().context("the thread has no commit")?;
    let sends = |effect: &Effect| matches!(effect, Effect::Send { .. });
    let index = last.outbox.iter().position(sends);
    let reference = last.reference(index.context("the commit sends nothing")?);
    let sends = day.driver.sends();
    let record = sends.read(&day.driver.tenant(), reference).await?;
    record.context("the send is not recorded")
}
