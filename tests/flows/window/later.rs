//! Conversations that are over while something of theirs is still to be said: what the customer did in a
//! later one counts, and nobody else's does.

use countersign_aws::business::Business;
use countersign_core::policy::{Asking, Rule, Then};
use countersign_local::simulator::Statuses;

use super::*;
use crate::flows::addressees::{arrives, renamed};

/// The number a customer has after a change.
const NEXT: &str = "+250788555009";
const REPORT: &str = "sales report for last week";
const LATER: u64 = 8 * 24;

/// Whoever decides on reports has thirty days for it.
async fn there_is_time(world: &World) {
    let table = world.stack.environment.get(schema::BUSINESS.variable);
    let business = Business::new(world.stack.direct.dynamodb().clone(), table.unwrap());
    let rule = Rule {
        name: "reports".into(),
        when: "tool == 'generate_report'".into(),
        then: Then::Ask(Asking {
            whom: vec![],
            how_many: 1,
            hours: Some(720),
        }),
    };
    business.put_policy(&world.tenant(), &[rule]).await.unwrap();
}

/// What became of what the window kept back, in the words of a thread.
async fn told_in(world: &World, thread: ThreadId) -> Vec<&'static str> {
    let commits = world.threads().history(&world.tenant(), thread).await;
    let commits = commits.unwrap();
    let events = commits.iter().flat_map(|commit| commit.events().unwrap());
    let told = events.filter_map(|event| match event.data {
        EventData::Window(what) => Some(what.as_str()),
        _ => None,
    });
    told.collect()
}

/// The word that ends it is said in the next conversation, not in the one that holds the message.
#[tokio::test]
async fn w3_w5_whoever_opts_out_in_the_next_conversation_is_not_sent_what_the_last_one_held() {
    let world = World::windowed().await;
    world.tell(CUSTOMER, "help").await;
    world.clock.advance(hours(25));
    launch(&world, "1", CUSTOMER, LONG).await;
    world.settle().await;
    let reference = held(&world, CUSTOMER).await[0].reference;
    world.clock.advance(hours(LATER));
    let heard = world.tell(CUSTOMER, "STOP").await;
    assert_eq!(told(&world, CUSTOMER).await, ["taken_over", "let_go"]);
    assert_eq!(heard.len(), 1, "{heard:?}");
    let read = world.sends().read(&world.tenant(), reference).await;
    let record = read.unwrap().unwrap();
    assert_eq!(
        (record.status, record.code.as_deref()),
        (SendStatus::Failed, Some("opted_out"))
    );
}

/// The document was never begun to be sent when they said the word: nothing holds it but that.
#[tokio::test]
async fn w5_what_is_decided_late_is_not_sent_to_whoever_opted_out_meanwhile() {
    let world = World::new().await;
    there_is_time(&world).await;
    launch(&world, "report", CUSTOMER, REPORT).await;
    world.settle().await;
    let output = world.outputs(CUSTOMER).await[0];
    let before = world.thread_of(CUSTOMER).await.unwrap();
    world.clock.advance(hours(LATER));
    world.tell(CUSTOMER, "STOP").await;
    let later = world.thread_of(CUSTOMER).await.unwrap();
    assert_ne!(later, before);
    world.approve(output).await;
    assert_eq!(world.documents(CUSTOMER), 0);
    let commits = world.threads().history(&world.tenant(), before).await;
    let commits = commits.unwrap();
    let mut events = commits.iter().flat_map(|commit| commit.events().unwrap());
    assert!(
        events.any(|event| matches!(
            event.data,
            EventData::Opted { from: Some(from), .. } if from == later
        )),
        "the conversation that asked knows where they said so"
    );
}

/// They write in their new conversation minutes before the decision, so nothing is there to wait for.
#[tokio::test]
async fn w3_a_report_decided_after_their_next_conversation_began_goes_out_at_once() {
    let world = World::windowed().await;
    there_is_time(&world).await;
    world.tell(CUSTOMER, REPORT).await;
    let output = world.outputs(CUSTOMER).await[0];
    let before = world.thread_of(CUSTOMER).await.unwrap();
    world.clock.advance(hours(LATER));
    world.tell(CUSTOMER, "help").await;
    assert_ne!(world.thread_of(CUSTOMER).await, Some(before));
    world.clock.advance(hours(1));
    world.approve(output).await;
    assert_eq!(told(&world, CUSTOMER).await, ["held", "let_go"]);
    assert_eq!(told_in(&world, before).await, [] as [&str; 0]);
    assert_eq!(world.documents(CUSTOMER), 1);
    assert_eq!(world.dead_letters(), 0);
}

/// A provider says late that it did not pass on a message of a conversation that is over, whose customer
/// has another number by now, and somebody else has the old one.
#[tokio::test]
async fn w3_w1_what_is_held_for_a_customer_is_not_told_to_whoever_has_their_old_number() {
    let world = World::windowed().await;
    without_templates(&world).await;
    world.stack.simulator.set_statuses(Statuses::Held);
    world.tell(CUSTOMER, LONG).await;
    let first = world.sent_to(CUSTOMER)[0].sid.clone();
    let before = world.thread_of(CUSTOMER).await.unwrap();
    world.clock.advance(hours(LATER));
    arrives(&world, "SM1", CUSTOMER, &[], renamed(NEXT)).await;
    world.settle().await;
    let later = world.thread_of(NEXT).await.unwrap();
    assert_ne!(later, before);
    world.tell(CUSTOMER, "help").await;
    let posted = world
        .stack
        .simulator
        .post_status(&first, SimStatus::Failed, Some(63016));
    assert_eq!(posted.await.unwrap(), 200);
    world.settle().await;
    assert_eq!(told(&world, CUSTOMER).await, [] as [&str; 0]);
    // It waits where they write next, however they are called.
    assert_eq!(told_in(&world, later).await, ["held"]);
    world.tell(NEXT, "help").await;
    assert_eq!(told_in(&world, later).await, ["held", "let_go"]);
}
