//! When no model answers, or none may be asked any more: the commands, and then a person.

use countersign_core::{
    event::{EventData, Recipient},
    money::MicroUsd,
};
use countersign_local::{
    faults::{Fault, Plan},
    models::Canned,
};
use it::{CUSTOMER, Program, World};

use super::{QUESTION, all_is_asked_well};

const CANNOT: &str = "Sorry, I can't answer that just now.";
const CALLED: &str = "I still can't answer that, so I have told my colleagues";
const AGAIN: &str = "so are the red ones in, then?";

async fn notes(world: &World, phone: &str) -> Vec<String> {
    let events = world.events(phone).await.into_iter();
    events
        .filter_map(|event| match event.data {
            EventData::HandOver {
                to: Recipient::Human,
                note,
                ..
            } => Some(note),
            _ => None,
        })
        .collect()
}

async fn hears(world: &World, says: &str, beginning: &str) {
    let heard = world.tell(CUSTOMER, says).await;
    assert_eq!(heard.len(), 1, "{heard:?}");
    assert!(heard[0].starts_with(beginning), "{says}: {heard:?}");
}

#[tokio::test]
async fn o8_when_no_model_answers_twice_a_person_is_called_and_commands_go_on() {
    let (world, models) = World::thinking().await;
    models.answer_with(|_| Canned::fail(401));
    hears(&world, QUESTION, CANNOT).await;
    hears(&world, AGAIN, CALLED).await;
    let expect = format!("2 messages in a row could not be answered. The last: {AGAIN}");
    assert_eq!(notes(&world, CUSTOMER).await, [expect]);
    hears(&world, "stock ABC123", "*Blue widget 40 mm*").await;
    // A model that answers again goes on by itself.
    models.answer_with(|request| match request.one_of {
        Some(_) => Canned::text("general"),
        None => Canned::text("Yes, 11."),
    });
    world.pass(std::time::Duration::from_secs(3600)).await;
    hears(&world, AGAIN, "Yes, 11.").await;
    assert_eq!(notes(&world, CUSTOMER).await.len(), 1);
    assert_eq!(world.head(CUSTOMER).await.fold.unanswered.times, 0);
    assert_eq!(models.violations(), [] as [String; 0]);
}

#[tokio::test]
async fn o9_when_the_days_money_is_spent_a_person_is_called() {
    let (world, models) = World::thinking().await;
    world
        .spend_all_but(MicroUsd(10), MicroUsd(10_000_000))
        .await;
    hears(&world, QUESTION, CANNOT).await;
    hears(&world, "stock ABC123", "*Blue widget 40 mm*").await;
    hears(&world, QUESTION, CANNOT).await;
    hears(&world, AGAIN, CALLED).await;
    assert_eq!(notes(&world, CUSTOMER).await.len(), 1);
    assert_eq!(models.requests().len(), 0);
    all_is_asked_well(&models);
}

/// Wherever the turn dies that calls a person, one is called, once, and the customer told once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn x4_a_person_is_called_once_wherever_the_turn_dies() {
    let (world, models) = World::thinking().await;
    models.answer_with(|_| Canned::fail(401));
    let phone = |run: usize| format!("+25078863{run:05}");
    let mut calls = 0;
    for run in 0.. {
        if run > calls {
            break;
        }
        let phone = phone(run);
        world.tell(&phone, QUESTION).await;
        let plan = (run > 0).then(|| Plan::nth(run, Fault::StopAfter));
        let mut program = Program::new(&world, plan);
        program.deliver(&world.hook(&phone, AGAIN)).await;
        program.settle().await;
        if run == 0 {
            calls = world.stack.faults.calls().len();
        }
        if world.heard(&phone).len() < 2 {
            // What is unknown is settled once the channel proves to be alive.
            world.pass(std::time::Duration::from_secs(1)).await;
            world.tell(CUSTOMER, "help").await;
            world.pass(std::time::Duration::from_secs(11 * 60)).await;
            world.pass(std::time::Duration::from_secs(11 * 60)).await;
        }
        let heard = world.heard(&phone);
        assert_eq!(heard.len(), 2, "{run}: {heard:?}");
        assert!(heard[1].starts_with(CALLED), "{run}: {heard:?}");
        assert_eq!(notes(&world, &phone).await.len(), 1, "{run}");
    }
    assert_eq!(world.dead_letters(), 0);
    assert!(world.is_idle());
}
