//! What waits to be sent while names change: a number that changed hands gets nothing of who had it.

use countersign_core::message::ControlAction;
use countersign_local::simulator::{
    Answer::{Garbage, Refuse},
    Effect::NotTaken,
};

use super::{
    super::addressees::{arrives, renamed},
    super::launches::act,
    *,
};

/// The number a customer has after a change.
const NEXT: &str = "+250788555009";

/// How many of these have what a task said.
fn stock(heard: &[String]) -> usize {
    heard
        .iter()
        .filter(|it| it.contains("Total: *143*"))
        .count()
}

/// The customer's next number is told, and theirs gets a new owner, who writes.
async fn changes_hands(world: &World) {
    arrives(world, "SM1", CUSTOMER, &[], renamed(NEXT)).await;
    world.settle().await;
    world.tell(CUSTOMER, "help").await;
}

#[tokio::test]
async fn w3_w1_what_was_held_goes_to_the_name_they_write_from_and_not_to_the_numbers_next_owner() {
    let world = World::windowed().await;
    report_after_a_day(&world).await;
    launch(&world, "1", CUSTOMER, LONG).await;
    world.settle().await;
    assert_eq!(held(&world, CUSTOMER).await.len(), 2);
    world.clock.advance(hours(8 * 24));
    changes_hands(&world).await;
    let theirs = world.sent_to(CUSTOMER).len();
    let heard = world.tell(NEXT, "help").await;
    assert_eq!((heard.len(), stock(&heard)), (3, 1), "{heard:?}");
    assert_eq!(world.documents(NEXT), 1);
    assert_eq!(world.documents(CUSTOMER), 0);
    let sent = world.sent_to(CUSTOMER).split_off(theirs);
    assert_eq!(sent.len(), 0, "{sent:?}");
    assert_eq!(world.dead_letters(), 0);
}

/// The provider still says no: that something waits is told to who it waits for.
#[tokio::test]
async fn w3_w1_what_is_held_again_is_told_to_its_customer_and_not_to_the_numbers_next_owner() {
    let world = World::windowed().await;
    without_templates(&world).await;
    world.tell(CUSTOMER, "help").await;
    world.clock.advance(hours(25));
    launch(&world, "1", CUSTOMER, LONG).await;
    world.settle().await;
    world.clock.advance(hours(8 * 24));
    changes_hands(&world).await;
    let theirs = world.sent_to(CUSTOMER).len();
    world.stack.simulator.next_answers([Refuse(63016); 2]);
    world.tell(NEXT, "help").await;
    assert!(!told(&world, CUSTOMER).await.contains(&"held"));
    assert!(told(&world, NEXT).await.contains(&"held"));
    world.clock.advance(Duration::from_secs(1));
    world.tell(NEXT, "help").await;
    let heard = arrived(&world, NEXT);
    assert_eq!(stock(&heard), 1, "{heard:?}");
    let sent = world.sent_to(CUSTOMER).split_off(theirs);
    assert_eq!(sent.len(), 0, "{sent:?}");
    assert_eq!(world.dead_letters(), 0);
}

/// Nobody wrote who could be known by it: what the clock has repeated goes by the customer's current
/// thread, and not by the name that its own knows.
#[tokio::test]
async fn x3_w1_what_is_repeated_follows_its_customer_and_not_the_number() {
    let world = World::new().await;
    world.stack.simulator.next_answers([Garbage(NotTaken)]);
    world.tell(CUSTOMER, LONG).await;
    let record = records(&world, CUSTOMER).await.remove(0);
    assert_eq!(record.status, SendStatus::Unknown);
    act(&world, CUSTOMER, ControlAction::Stop).await;
    world.settle().await;
    world.clock.advance(Duration::from_secs(60));
    changes_hands(&world).await;
    let theirs = world.sent_to(CUSTOMER).len();
    for _ in 0..2 {
        world.pass(Duration::from_secs(11 * 60)).await;
    }
    let sent = world.sent_to(CUSTOMER).split_off(theirs);
    assert_eq!(sent.len(), 0, "{sent:?}");
    let read = world.sends().read(&world.tenant(), record.reference).await;
    let record = read.unwrap().unwrap();
    assert_eq!(
        (record.status, record.code.as_deref()),
        (SendStatus::Delivered, None)
    );
    assert_eq!(stock(&arrived(&world, NEXT)), 1);
    assert_eq!(world.dead_letters(), 0);
}
