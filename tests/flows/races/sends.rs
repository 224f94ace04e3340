//! One message with two runs of outbound at once: a delivery that overlaps its own repetition.

use std::time::Duration;

use countersign_aws::{
    due::DueIndex,
    schema::{self, INBOUND, OUTBOUND},
    sends::SendStatus,
};
use countersign_core::message::{OutboundTask, Outgoing};
use countersign_local::{
    faults::{Fault, Plan, Service},
    simulator::Answer,
};
use futures::future::join_all;
use it::{CUSTOMER, World};

use super::cold;

/// Invariant 8: the run that finds another's `sending` does not call the provider.
#[tokio::test]
async fn x3_a_message_with_several_runs_at_once_is_sent_once() {
    for runs in [2, 8] {
        let world = World::new().await;
        let message = send_at_once(&world, runs).await;
        assert_eq!(world.heard(CUSTOMER).len(), 1);
        assert_eq!(status(&world, &message).await, SendStatus::Delivered);
        assert_eq!(due(&world).await, Vec::<String>::new());
    }
}

/// A refusal is known for sure, so that nothing is left to wait for.
#[tokio::test]
async fn w5_a_message_refused_while_another_run_looks_on_is_not_due_any_more() {
    let world = World::new().await;
    world.stack.simulator.next_answers([Answer::Refuse(21211)]);
    let message = send_at_once(&world, 2).await;
    assert_eq!(world.heard(CUSTOMER), Vec::<String>::new());
    assert_eq!(status(&world, &message).await, SendStatus::Failed);
    assert_eq!(due(&world).await, Vec::<String>::new());
}

async fn send_at_once(world: &World, runs: usize) -> Outgoing {
    world.say(CUSTOMER, "help").await;
    world.drain_queue(INBOUND).await;
    let message = world.waiting(OUTBOUND).remove(0);
    let wait = Fault::Delay(Duration::from_millis(300));
    let plan = Plan::every(Service::Provider, "Messages.json", wait);
    world.stack.faults.arm(plan);
    let functions = cold(world, runs);
    let runs = functions
        .iter()
        .map(|f| f.outbound.handle(message.event(1)));
    for answer in join_all(runs).await {
        assert_eq!(answer.batch_item_failures.len(), 0);
    }
    world.stack.faults.reset();
    world.settle().await;
    match serde_json::from_str(&message.body).unwrap() {
        OutboundTask::Message(message) => message,
        other => panic!("{other:?}"),
    }
}

async fn status(world: &World, message: &Outgoing) -> SendStatus {
    let sends = world.sends();
    let record = sends.read(&message.tenant, message.reference).await;
    record.unwrap().expect("a record").status
}

/// What would be due if a day passed.
async fn due(world: &World) -> Vec<String> {
    let table = world.stack.environment.get(schema::THREADS.variable);
    let index = DueIndex::new(world.stack.direct.dynamodb().clone(), vec![table.unwrap()]);
    let tomorrow = world.now() + Duration::from_secs(24 * 3600);
    let due = index.due(tomorrow).await;
    due.into_iter().map(|due| due.unwrap().rest).collect()
}
