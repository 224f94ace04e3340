//! Two ticks of the clock at once, on the same work.

use std::time::Duration;

use countersign_core::event::EventData;
use countersign_local::simulator::{Answer, Effect};
use it::{APPROVER, CUSTOMER, World};

use super::{STALL, cold, hold_back, reached, stall};

const WRITE: &str = "UpdateItem";

#[tokio::test]
async fn x3_an_unknown_send_is_repeated_once_by_two_clocks() {
    let world = unknown_send().await;
    tick_twice(&world).await;
    world.settle().await;
    assert_eq!(world.heard(CUSTOMER).len(), 2);
    world.pass(Duration::from_secs(3600)).await;
    assert_eq!(world.heard(CUSTOMER).len(), 2);
}

/// It has read that the send is unknown, and before it acts another clock has seen to it.
#[tokio::test]
async fn x3_a_clock_that_stalls_repeats_nothing() {
    let world = unknown_send().await;
    world.stack.faults.reset();
    stall(&world, WRITE, 1, 2 * STALL);
    let late = cold(&world, 1).remove(0).clock;
    let other = async {
        reached(&world, WRITE, 1).await;
        world.stack.functions().clock.tick().await;
        world.settle().await;
        assert_eq!(world.heard(CUSTOMER).len(), 2);
    };
    let (late, ()) = tokio::join!(late.tick(), other);
    assert_eq!(late.failed, 0);
    world.settle().await;
    world.pass(Duration::from_secs(3600)).await;
    assert_eq!(world.heard(CUSTOMER).len(), 2);
}

#[tokio::test]
async fn p5_an_output_expires_once_by_two_clocks() {
    let world = World::new().await;
    world.tell(CUSTOMER, "sales report for last week").await;
    world.clock.advance(Duration::from_secs(25 * 3600));
    tick_twice(&world).await;
    world.settle().await;
    world.pass(Duration::from_secs(3600)).await;
    // By then they have not written for a day: it is sent when they do.
    world.tell(CUSTOMER, "help").await;
    let heard = world.heard(CUSTOMER);
    let told = |text: &&String| text.contains("nobody could approve");
    assert_eq!(heard.iter().filter(told).count(), 1, "{heard:?}");
    let events = world.events(CUSTOMER).await;
    let responses = events
        .iter()
        .filter(|event| matches!(event.data, EventData::HumanResponse { .. }));
    assert_eq!(responses.count(), 1);
}

/// A message that the provider never took, without saying so, and a later one that shows that the
/// number is alive: eleven minutes later the first is due.
async fn unknown_send() -> World {
    let world = World::new().await;
    let lost = Answer::DropConnection(Effect::NotTaken);
    world.stack.simulator.next_answers([lost]);
    world.tell(CUSTOMER, "help").await;
    assert_eq!(world.heard(CUSTOMER).len(), 0);
    world.clock.advance(Duration::from_secs(1));
    world.tell(APPROVER, "help").await;
    world.tell(CUSTOMER, "stock ABC123").await;
    assert_eq!(world.heard(CUSTOMER).len(), 1);
    world.clock.advance(Duration::from_secs(11 * 60));
    world
}

/// Both have read what is due before either writes.
async fn tick_twice(world: &World) {
    hold_back(world, WRITE, 2);
    let clocks = cold(world, 2);
    let (one, two) = tokio::join!(clocks[0].clock.tick(), clocks[1].clock.tick());
    for ticked in [one, two] {
        assert_eq!((ticked.due, ticked.failed), (1, 0));
    }
}
