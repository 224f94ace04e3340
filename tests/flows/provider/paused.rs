//! A number that can't send: its messages are held, and go out once it is released.

use countersign_aws::{
    numbers::{Alarming, NumberStatus, Numbers, Paused, Released},
    schema,
};
use countersign_core::{E164, OutputId};
use countersign_local::{
    faults::{Fault, Plan, Service},
    simulator::Answer::{AcceptThenFail, Refuse},
};
use futures::future::join_all;
use it::{APPROVER, CUSTOMER, Program, Run, STAFF};

use super::*;

fn numbers(world: &World) -> Numbers {
    let table = world.stack.environment.get(schema::THREADS.variable);
    Numbers::new(world.stack.direct.dynamodb().clone(), table.unwrap())
}

fn number(world: &World) -> E164 {
    world.stack.seed.company.whatsapp.number.clone()
}

async fn state(world: &World) -> (NumberStatus, String) {
    let found = numbers(world).read(&world.tenant(), &number(world)).await;
    let found = found.unwrap().expect("a number that was paused");
    (found.status, found.code)
}

async fn release(world: &World) -> Released {
    let (tenant, number) = (world.tenant(), number(world));
    let released = numbers(world).release(&tenant, &number, world.now()).await;
    released.unwrap()
}

fn asked_the_provider(world: &World) -> usize {
    let calls = world.stack.faults.calls();
    calls
        .iter()
        .filter(|call| call.service == Service::Provider)
        .count()
}

#[tokio::test]
async fn w5_a_paused_number_holds_its_messages_and_sends_them_in_order_when_released() {
    let world = World::new().await;
    world.stack.simulator.next_answers([Refuse(63007)]);
    assert_eq!(world.tell(CUSTOMER, QUESTION).await, Vec::<String>::new());
    assert_eq!(
        state(&world).await,
        (NumberStatus::Paused, "63007".to_owned())
    );
    let first = record(&world, CUSTOMER).await;
    assert_eq!(first.status, SendStatus::Held);
    assert_eq!(first.code.as_deref(), Some("63007"));

    // The provider is not asked any more, and nobody is told that something failed.
    world.stack.faults.reset();
    for text in ["help", "stock ABC123"] {
        world.say(CUSTOMER, text).await;
        world.settle().await;
    }
    world.tell(ANOTHER, QUESTION).await;
    world.pass(minutes(60)).await;
    assert_eq!(asked_the_provider(&world), 0);
    assert_eq!(world.heard(CUSTOMER), Vec::<String>::new());
    assert_eq!(undelivered(&world, CUSTOMER).await, []);
    assert_eq!(record(&world, ANOTHER).await.status, SendStatus::Held);

    assert_eq!(release(&world).await, Released::Now);
    assert_eq!(release(&world).await, Released::WasNotPaused);
    world.pass(Duration::ZERO).await;
    let heard = world.heard(CUSTOMER);
    assert!(
        matches!(
            heard.as_slice(),
            [one, two, three] if one.contains("Total: *143*")
                && two.contains("You can ask me")
                && three.contains("Total: *143*")
        ),
        "{heard:?}"
    );
    answered_once(&world, ANOTHER).await;
    assert_eq!(record(&world, ANOTHER).await.status, SendStatus::Delivered);

    // Nothing is left to release, and nothing goes out twice.
    for _ in 0..3 {
        world.pass(minutes(11)).await;
    }
    assert_eq!(state(&world).await.0, NumberStatus::Open);
    assert_eq!(world.heard(CUSTOMER).len(), 3);
    answered_once(&world, ANOTHER).await;
}

/// Whoever still believes that the number is paused can't hold anything any more.
#[tokio::test]
async fn w5_a_message_is_only_held_while_its_number_is_paused() {
    let world = World::new().await;
    world.stack.simulator.next_answers([Refuse(63007)]);
    world.tell(CUSTOMER, QUESTION).await;
    world.tell(CUSTOMER, QUESTION).await;
    assert_eq!(release(&world).await, Released::Now);
    assert_eq!(world.tell(ANOTHER, QUESTION).await.len(), 1);
    world.pass(Duration::ZERO).await;
    assert_eq!(world.heard(CUSTOMER).len(), 2);
}

#[tokio::test]
async fn w5_a_message_that_fails_after_it_was_taken_pauses_the_number_too() {
    let world = World::new().await;
    world.stack.simulator.next_answers([AcceptThenFail(63007)]);
    world.tell(CUSTOMER, QUESTION).await;
    assert_eq!(
        state(&world).await,
        (NumberStatus::Paused, "63007".to_owned())
    );
    assert_eq!(undelivered(&world, CUSTOMER).await.len(), 1);
    assert_eq!(world.heard(CUSTOMER).len(), 1);
    assert_eq!(world.tell(ANOTHER, QUESTION).await, Vec::<String>::new());
    release(&world).await;
    world.pass(Duration::ZERO).await;
    answered_once(&world, ANOTHER).await;
    // What may have arrived is not sent again.
    assert_eq!(world.heard(CUSTOMER).len(), 1);
}

#[tokio::test]
async fn w5_of_many_failures_at_once_one_pauses_the_number() {
    let world = World::new().await;
    let (tenant, number) = (world.tenant(), number(&world));
    let all = numbers(&world);
    let (sent_at, now) = (world.now(), world.now());
    let why = |sent_at| Alarming {
        code: "131048",
        meaning: "too much spam",
        sent_at,
    };
    let tries = (0..16).map(|_| all.pause(&tenant, &number, why(sent_at), now));
    let first = join_all(tries).await.into_iter().map(Result::unwrap);
    assert_eq!(first.filter(|paused| *paused == Paused::Now).count(), 1);

    // What was sent before the release says nothing about the number after it.
    world.clock.advance(minutes(5));
    assert_eq!(release(&world).await, Released::Now);
    let now = world.now();
    let late = all.pause(&tenant, &number, why(sent_at), now).await;
    assert_eq!(late.unwrap(), Paused::Before);
    assert_eq!(state(&world).await.0, NumberStatus::Releasing);
    let anew = all.pause(&tenant, &number, why(now), now).await;
    assert_eq!(anew.unwrap(), Paused::Now);
    assert_eq!(state(&world).await.0, NumberStatus::Paused);
}

/// Between taking a message out of what is held and telling its thread, it is due.
#[tokio::test]
async fn x3_a_clock_that_dies_over_a_release_loses_no_message_and_sends_none_twice() {
    for deadly in [Fault::StopBefore, Fault::StopAfter] {
        for call in 1..=5 {
            let world = World::new().await;
            world.stack.simulator.next_answers([Refuse(63007)]);
            world.tell(CUSTOMER, QUESTION).await;
            world.tell(ANOTHER, QUESTION).await;
            release(&world).await;
            // The queries for what is due come before: one for each shard of each table.
            let first = 12 + call;
            let plan = Plan::nth(first, deadly.clone());
            let mut program = Program::new(&world, Some(plan));
            let run = program.run(async |functions| functions.clock.tick().await);
            let died = run.await == Run::Died;
            world.stack.faults.reset();
            world.settle().await;
            for _ in 0..3 {
                world.pass(minutes(2)).await;
            }
            answered_once(&world, CUSTOMER).await;
            answered_once(&world, ANOTHER).await;
            assert!(died, "no call {first}");
            assert_eq!(state(&world).await.0, NumberStatus::Open);
        }
    }
}

/// A hold whose answer is lost is done once more, and finds itself.
#[tokio::test]
async fn x3_a_message_is_held_once_when_the_answer_is_lost() {
    let world = World::new().await;
    world.stack.simulator.next_answers([Refuse(63007)]);
    world.tell(ANOTHER, QUESTION).await;
    world.say(CUSTOMER, QUESTION).await;
    world.drain_queue(schema::INBOUND).await;
    world.stack.faults.reset();
    let lost = Plan::nth_of(
        Service::DynamoDb,
        "TransactWriteItems",
        1,
        Fault::LoseAnswer,
    );
    world.stack.faults.arm(lost);
    world.settle().await;
    assert_eq!(record(&world, CUSTOMER).await.status, SendStatus::Held);
    release(&world).await;
    world.pass(Duration::ZERO).await;
    answered_once(&world, CUSTOMER).await;
    answered_once(&world, ANOTHER).await;
}

/// A number that is paused, and a report that waits for its approver, who could not be asked.
async fn with_a_held_request() -> (World, OutputId) {
    let world = World::new().await;
    world.stack.simulator.next_answers([Refuse(63007)]);
    world.tell(ANOTHER, QUESTION).await;
    world.say(STAFF, "sales report for last week").await;
    world.settle().await;
    assert_eq!(world.sent_to(APPROVER).len(), 0);
    let output = world.outputs(STAFF).await[0];
    (world, output)
}

/// What an approver is asked is none of the customer's business.
#[tokio::test]
async fn w5_a_customers_stop_keeps_no_held_request_from_its_approver() {
    let (world, _) = with_a_held_request().await;
    world.say(STAFF, "STOP").await;
    world.settle().await;
    release(&world).await;
    world.pass(Duration::ZERO).await;
    assert_eq!(world.sent_to(APPROVER).len(), 1);
    let heard = world.heard(STAFF);
    assert!(
        matches!(heard.as_slice(), [only] if only.contains("You won't get any more messages")),
        "{heard:?}"
    );
}

#[tokio::test]
async fn w5_what_was_approved_while_the_number_was_paused_arrives_once_it_is_released() {
    let (world, output) = with_a_held_request().await;
    world.approve(output).await;
    assert_eq!(world.documents(STAFF), 0);
    release(&world).await;
    for _ in 0..3 {
        world.pass(minutes(11)).await;
    }
    assert_eq!(world.documents(STAFF), 1);
    assert_eq!(state(&world).await.0, NumberStatus::Open);
}
