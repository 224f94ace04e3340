//! A provider, and an AWS, that is not well: nothing is lost, and nothing happens twice.

mod answers;
mod aws;
mod paused;
mod statuses;
mod storage;

use std::time::Duration;

use countersign_aws::sends::{SendRecord, SendStatus};
use countersign_core::event::EventData;
use it::World;

/// Somebody else, whose messages show that the channel is alive.
const ANOTHER: &str = "+250788555099";
const QUESTION: &str = "stock ABC123";
/// An unknown send is looked at after it.
const TEN_MINUTES: Duration = Duration::from_secs(600);

fn minutes(minutes: u64) -> Duration {
    Duration::from_secs(minutes * 60)
}

/// A little later another phone writes and is answered, and the statuses of that come in.
async fn another_writes(world: &World) {
    world.clock.advance(minutes(1));
    assert_eq!(world.tell(ANOTHER, QUESTION).await.len(), 1);
}

/// The record of a phone's only message.
async fn record(world: &World, phone: &str) -> SendRecord {
    let commits = world.history(phone).await;
    let sends: Vec<_> = commits
        .iter()
        .flat_map(|commit| (0..commit.outbox.len()).map(|index| commit.reference(index)))
        .collect();
    let [reference] = sends.as_slice() else {
        panic!("one message, not {}", sends.len());
    };
    let found = world.sends().read(&world.tenant(), *reference).await;
    found.unwrap().expect("a record")
}

async fn status(world: &World, phone: &str) -> SendStatus {
    record(world, phone).await.status
}

/// What the thread was told about messages that did not arrive: code and meaning.
async fn undelivered(world: &World, phone: &str) -> Vec<(String, String)> {
    let events = world.events(phone).await;
    events
        .into_iter()
        .filter_map(|event| match event.data {
            EventData::Undelivered { code, meaning, .. } => Some((code, meaning)),
            _ => None,
        })
        .collect()
}

/// The customer got one answer to one message.
async fn answered_once(world: &World, phone: &str) {
    let heard = world.heard(phone);
    assert!(
        matches!(heard.as_slice(), [one] if one.contains("Total: *143*")),
        "{heard:?}"
    );
    let events = world.events(phone).await;
    let messages = events
        .iter()
        .filter(|e| matches!(e.data, EventData::UserMessage { .. }));
    assert_eq!(messages.count(), 1);
    assert_eq!(world.dead_letters(), 0);
}
