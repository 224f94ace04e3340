//! X4 of a turn that asks models: wherever it dies, the customer has one answer, and what a model
//! was asked is in the ledger.

use std::time::Duration;

use countersign_core::event::EventData;
use countersign_local::{
    faults::{Fault, Plan},
    models::{Canned, FakeModels, Request},
};
use it::{CUSTOMER, Program, World};
use serde_json::json;

use super::{QUESTION, all_is_asked_well};

const ANSWER: &str = "Yes, 143.";

fn phone(run: usize) -> String {
    format!("+25078862{run:05}")
}

/// As a model would: by what it is shown, and not by how often it was asked.
fn answers(request: &Request) -> Canned {
    if request.one_of.is_some() {
        return Canned::text("shop");
    }
    if request.user().contains("<tool_result") {
        return Canned::text(ANSWER);
    }
    Canned::call("check_inventory", &json!({"sku": "ABC123"}))
}

async fn asked(world: &World, program: &mut Program<'_>, run: usize, deliveries: usize) {
    let hook = world.hook(&phone(run), QUESTION);
    for _ in 0..deliveries {
        program.deliver(&hook).await;
    }
    program.settle().await;
}

async fn check(world: &World, models: &FakeModels, run: usize) {
    let phone = phone(run);
    if world.heard(&phone).is_empty() {
        // What is unknown is settled once the channel proves to be alive.
        world.pass(Duration::from_secs(1)).await;
        world.tell(CUSTOMER, "help").await;
        world.pass(Duration::from_secs(11 * 60)).await;
        world.pass(Duration::from_secs(11 * 60)).await;
    }
    assert_eq!(world.heard(&phone), [ANSWER]);
    let events = world.events(&phone).await;
    let messages = events
        .iter()
        .filter(|event| matches!(event.data, EventData::UserMessage { .. }));
    assert_eq!(messages.count(), 1, "the message is in the thread once");
    assert_eq!(world.dead_letters(), 0);
    assert!(world.is_idle());
    all_is_asked_well(models);
}

async fn struck(fault: impl Fn() -> Fault, most_deliveries: usize) {
    let (world, models) = World::thinking().await;
    models.answer_with(answers);
    let mut program = Program::new(&world, None);
    asked(&world, &mut program, 0, 1).await;
    let calls = world.stack.faults.calls();
    check(&world, &models, 0).await;
    let mut run = 0;
    for n in 1..=calls.len() {
        for deliveries in 1..=most_deliveries {
            run += 1;
            println!("call {n} {:?}, {:?}, {deliveries}×", calls[n - 1], fault());
            let mut program = Program::new(&world, Some(Plan::nth(n, fault())));
            asked(&world, &mut program, run, deliveries).await;
            check(&world, &models, run).await;
        }
    }
    // A call that died has cost something, and is not forgotten.
    let mut shown = 0;
    for run in 0..=run {
        shown += world.head(&phone(run)).await.counts.cost.0;
    }
    assert!(world.spent_today().await.0 >= shown);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn x4_crash_matrix_of_a_thought_stopped_before() {
    struck(|| Fault::StopBefore, 2).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn x4_crash_matrix_of_a_thought_stopped_after() {
    struck(|| Fault::StopAfter, 2).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn x4_crash_matrix_of_a_thought_whose_answers_are_lost() {
    struck(|| Fault::LoseAnswer, 1).await;
}

/// Overlapping visibility: both programs ask models, and one of them answers.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn x4_crash_matrix_of_a_thought_by_two_programs_at_once() {
    let (world, models) = World::thinking().await;
    models.answer_with(answers);
    let mut program = Program::new(&world, None);
    asked(&world, &mut program, 0, 1).await;
    let calls = world.stack.faults.calls();
    for n in 2..=calls.len() {
        println!("call {n} {:?} held up", calls[n - 1]);
        let mut program = Program::new(&world, None);
        program.deliver(&world.hook(&phone(n), QUESTION)).await;
        program.settle_overlapping(n).await;
        check(&world, &models, n).await;
    }
}
