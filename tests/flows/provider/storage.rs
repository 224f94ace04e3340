//! S3 is down while a report is made, or while it is to be sent.

use countersign_core::{approval::OutputStatus, event::EventData, tool::ToolOutcome};
use countersign_local::faults::{Canned, Fault, Plan, Service};
use http::StatusCode;
use it::{APPROVER, CUSTOMER};

use super::*;

const REQUEST: &str = "sales report for last week";

fn first(operation: &str, times: usize, fault: &Fault) -> Vec<Plan> {
    let plan = |n| Plan::nth_of(Service::S3, operation, n, fault.clone());
    (1..=times).map(plan).collect()
}

fn files(world: &World) -> usize {
    let sent = world.sent_to(CUSTOMER);
    sent.iter().filter(|m| m.media_url.is_some()).count()
}

/// The thread tells operators, once, what went wrong.
async fn explained(world: &World, words: &[&str]) {
    let events = world.events(CUSTOMER).await;
    let reasons: Vec<&String> = events
        .iter()
        .filter_map(|event| match &event.data {
            EventData::ToolResult {
                outcome: ToolOutcome::Failed { reason },
                ..
            } => Some(reason),
            _ => None,
        })
        .collect();
    assert!(
        matches!(reasons.as_slice(), [one] if words.iter().all(|word| one.contains(word))),
        "{reasons:?}"
    );
}

#[tokio::test]
async fn p4_a_report_made_while_s3_is_down_for_a_while_arrives_once() {
    let slow = Fault::Answer(Canned::s3_slow_down());
    let failed = Fault::Answer(Canned::s3_failed());
    let after = Fault::AnswerAfter(Canned::s3_failed());
    // The SDK tries three times, the executor again after a pause.
    for (put, get) in [
        (first("PutObject", 1, &slow), first("GetObject", 1, &failed)),
        (first("PutObject", 7, &slow), first("GetObject", 4, &slow)),
        (
            first("PutObject", 5, &after),
            first("GetObject", 5, &Fault::Refuse),
        ),
        (
            first("PutObject", 4, &Fault::LoseAnswer),
            first("GetObject", 3, &Fault::LoseAnswer),
        ),
    ] {
        let world = World::new().await;
        let faults = &world.stack.faults;
        put.into_iter().chain(get).for_each(|plan| faults.arm(plan));
        let functions = world.stack.cold().unwrap();
        world.say(CUSTOMER, REQUEST).await;
        world.settle_with(&functions).await;
        assert_eq!(world.heard(CUSTOMER).len(), 2);
        assert_eq!(world.heard(APPROVER).len(), 1);
        assert_eq!(
            world.decide_on_page("approve", "").await.status,
            StatusCode::OK
        );
        world.settle_with(&functions).await;
        world.pass(minutes(15)).await;
        assert_eq!((files(&world), world.heard(CUSTOMER).len()), (1, 3));
        assert_eq!(world.dead_letters(), 0);
        let output = world.outputs(CUSTOMER).await[0];
        assert_eq!(world.state(output).await.status, OutputStatus::Executed);
    }
}

#[tokio::test]
async fn p4_a_report_that_can_not_be_made_is_told_plainly_and_explained_to_operators() {
    let world = World::new().await;
    let down = Fault::Answer(Canned::s3_slow_down());
    world
        .stack
        .faults
        .arm(Plan::every(Service::S3, "PutObject", down));
    let functions = world.stack.cold().unwrap();
    world.say(CUSTOMER, REQUEST).await;
    world.settle_with(&functions).await;
    let heard = world.heard(CUSTOMER);
    assert_eq!(heard.len(), 2, "{heard:?}");
    assert!(
        heard[1].starts_with("Sorry, that didn't work just now."),
        "{heard:?}"
    );
    explained(&world, &["storing an output", "SlowDown"]).await;
    assert_eq!((world.heard(APPROVER).len(), world.dead_letters()), (0, 0));

    // Asked again when it is up, it is made.
    world.stack.faults.reset();
    world.tell(CUSTOMER, REQUEST).await;
    assert_eq!(world.heard(APPROVER).len(), 1);
}

#[tokio::test]
async fn p5_an_approved_report_that_can_not_be_read_ends_as_failed() {
    let world = World::new().await;
    world.tell(CUSTOMER, REQUEST).await;
    let output = world.outputs(CUSTOMER).await[0];
    let decided = world.decide_on_page("approve", "").await;
    assert_eq!(decided.status, StatusCode::OK);
    let down = Fault::Answer(Canned::s3_slow_down());
    let faults = &world.stack.faults;
    faults.arm(Plan::every(Service::S3, "GetObject", down));
    world.settle_with(&world.stack.cold().unwrap()).await;
    world.pass(minutes(15)).await;
    assert_eq!(world.state(output).await.status, OutputStatus::Failed);
    let heard = world.heard(CUSTOMER);
    assert_eq!(heard.len(), 3, "{heard:?}");
    assert!(
        heard[2].starts_with("Sorry, that didn't work just now."),
        "{heard:?}"
    );
    explained(&world, &["reading an output", "SlowDown"]).await;
    assert_eq!((files(&world), world.dead_letters()), (0, 0));
}
