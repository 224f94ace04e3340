//! Two agents on one thread, which the queue's lock never allows: the chain itself must hold.

use std::collections::BTreeMap;

use countersign_aws::schema::{EXPRESS, INBOUND};
use countersign_core::{
    EventId,
    event::{Event, EventData},
    message::{Cause, ControlAction, ControlNotice, Correlation, ENVELOPE_VERSION, Group, Inbound},
};
use futures::future::join_all;
use it::{CUSTOMER, Waiting, World};

use super::{STALL, calls, cold, hold_back, reached, stall};

const COMMIT: &str = "TransactWriteItems";

#[tokio::test]
async fn w4_one_message_with_several_agents_is_answered_once() {
    for agents in [2, 8] {
        for known in [false, true] {
            let world = World::new().await;
            if known {
                world.tell(CUSTOMER, "help").await;
            }
            world.say(CUSTOMER, "stock ABC123").await;
            let message = world.waiting(INBOUND).remove(0);
            deliver(&world, &vec![message; agents]).await;
            assert_eq!(calls(&world, COMMIT), agents);
            check_answers(&world, usize::from(known) + 1).await;
        }
    }
}

/// Also the first contact: all open the thread, and it is one.
#[tokio::test]
async fn a3_several_messages_with_several_agents_are_each_answered_once() {
    for agents in [2, 8] {
        for known in [false, true] {
            let world = World::new().await;
            if known {
                world.tell(CUSTOMER, "help").await;
            }
            for _ in 0..agents {
                world.say(CUSTOMER, "stock ABC123").await;
            }
            deliver(&world, &world.waiting(INBOUND)).await;
            assert!(calls(&world, COMMIT) > agents, "nobody lost");
            check_answers(&world, usize::from(known) + agents).await;
        }
    }
}

#[tokio::test]
async fn a1_a_thread_after_a_completed_one_is_opened_once() {
    let world = World::new().await;
    world.tell(CUSTOMER, "help").await;
    let first = world.thread_of(CUSTOMER).await.unwrap();
    world
        .inbound(&control(&world, ControlAction::Stop).await)
        .await;
    world.settle().await;
    for _ in 0..2 {
        world.say(CUSTOMER, "stock ABC123").await;
    }
    deliver(&world, &world.waiting(INBOUND)).await;
    assert!(calls(&world, COMMIT) > 2, "nobody lost");
    world.settle().await;
    assert_eq!(world.heard(CUSTOMER).len(), 3);
    assert_ne!(world.thread_of(CUSTOMER).await, Some(first));
    let events = world.events(CUSTOMER).await;
    check_each_answered(&events, 2);
    let continues = |event: &&Event| matches!(&event.data, EventData::SystemNote { continues, .. } if *continues == Some(first));
    assert_eq!(events.iter().filter(continues).count(), 1);
}

/// The operator wins over a turn that has decided but not committed; what the customer wrote is
/// kept, and answered once when the agent may go on.
#[tokio::test]
async fn a9_a_pause_in_the_middle_of_a_turn_wins() {
    for action in [ControlAction::Pause, ControlAction::Takeover] {
        let world = World::new().await;
        world.tell(CUSTOMER, "help").await;
        world.say(CUSTOMER, "stock ABC123").await;
        let message = world.waiting(INBOUND).remove(0);
        overtake(&world, &message, action).await;
        world.settle().await;
        assert_eq!(world.heard(CUSTOMER).len(), 1, "{action:?}");

        world
            .inbound(&control(&world, ControlAction::Resume).await)
            .await;
        world.settle().await;
        check_answers(&world, 2).await;
    }
}

#[tokio::test]
async fn a9_a_stop_before_a_release_is_taken_in_keeps_the_document_back() {
    let world = World::new().await;
    world.tell(CUSTOMER, "sales report for last week").await;
    world.decide_on_page("approve", "").await;
    world.drain_queue(INBOUND).await;
    world.drain_queue(EXPRESS).await;
    let released = world.waiting(INBOUND).remove(0);
    assert!(released.body.contains("released"), "{released:?}");
    overtake(&world, &released, ControlAction::Stop).await;
    world.settle().await;
    assert_eq!(world.heard(CUSTOMER).len(), 2);
    world.history(CUSTOMER).await;
}

/// A message that comes after the stop begins a new thread; the stopped one says no more.
#[tokio::test]
async fn a9_a_message_that_loses_to_a_stop_begins_a_new_thread() {
    let world = World::new().await;
    world.tell(CUSTOMER, "help").await;
    let stopped = world.thread_of(CUSTOMER).await.unwrap();
    world.say(CUSTOMER, "stock ABC123").await;
    let message = world.waiting(INBOUND).remove(0);
    overtake(&world, &message, ControlAction::Stop).await;
    world.settle().await;
    let commits = world.threads().history(&world.tenant(), stopped).await;
    let commits = commits.unwrap();
    let last = commits.last().unwrap().events().unwrap();
    assert!(
        matches!(&last[..], [event] if matches!(event.data, EventData::Control { .. })),
        "{last:?}"
    );
    assert_eq!(world.heard(CUSTOMER).len(), 2);
    check_each_answered(&world.events(CUSTOMER).await, 1);
}

/// Each message to an agent of its own, all at once.
async fn deliver(world: &World, messages: &[Waiting]) {
    hold_back(world, COMMIT, messages.len());
    let agents = cold(world, messages.len());
    let turns = agents.iter().zip(messages);
    let answers = join_all(turns.map(|(f, message)| f.agent.handle(message.event(1)))).await;
    for answer in answers {
        assert_eq!(answer.batch_item_failures.len(), 0);
    }
}

/// While an agent's commit is held back, an operator's act is taken in.
async fn overtake(world: &World, message: &Waiting, action: ControlAction) {
    let act = control(world, action).await;
    let act = Waiting::new("control", &act);
    world.stack.faults.reset();
    stall(world, COMMIT, 1, STALL);
    let agent = cold(world, 1).remove(0).agent;
    let operator = async {
        reached(world, COMMIT, 1).await;
        world.stack.functions().agent.handle(act.event(1)).await
    };
    let (turn, operator) = tokio::join!(agent.handle(message.event(1)), operator);
    assert_eq!(turn.batch_item_failures.len(), 0);
    assert_eq!(operator.batch_item_failures.len(), 0);
    assert!(calls(world, COMMIT) > 1, "the turn did not lose");
}

async fn control(world: &World, action: ControlAction) -> Inbound {
    let sender = CUSTOMER.parse().unwrap();
    Inbound {
        v: ENVELOPE_VERSION,
        tenant: world.tenant(),
        correlation: Correlation("control".to_owned()),
        group: Group::of(&world.stack.seed.company.whatsapp.number, &sender),
        received_at: world.now(),
        cause: Cause::Control(ControlNotice {
            thread: world.thread_of(CUSTOMER).await.unwrap(),
            id: format!("{action:?}"),
            action,
            by: "Eric Niyonzima".to_owned(),
        }),
    }
}

/// Redelivers what is still queued, and finds each of so many messages answered once.
async fn check_answers(world: &World, messages: usize) {
    world.settle().await;
    assert_eq!(world.heard(CUSTOMER).len(), messages);
    check_each_answered(&world.events(CUSTOMER).await, messages);
    assert_eq!(world.dead_letters(), 0);
}

fn check_each_answered(events: &[Event], messages: usize) {
    let mut answered: BTreeMap<EventId, usize> = BTreeMap::new();
    for event in events {
        if let EventData::UserMessage { .. } = event.data {
            answered.entry(event.id).or_default();
        }
    }
    assert_eq!(answered.len(), messages);
    for event in events {
        for id in &event.answers {
            answered.entry(*id).and_modify(|times| *times += 1);
        }
    }
    assert!(answered.values().all(|times| *times == 1), "{answered:?}");
}
