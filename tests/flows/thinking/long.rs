//! W2: an answer that is longer than one message leaves as several, each once and in its place, wherever
//! the functions die.

use std::time::Duration;

use countersign_core::split::{MOST_CHARACTERS, MOST_MESSAGES};
use countersign_local::{
    faults::{Fault, Plan, Service::Provider},
    models::{Canned, Request},
};
use it::{CUSTOMER, Program, World};

use super::{QUESTION, all_is_asked_well};

/// Paragraphs of about 700 characters: two of them fit into a message.
fn paragraph(n: usize) -> String {
    let sentence = format!("Paragraph {n} has this to say of the *blue ones*.");
    vec![sentence; 15].join(" ")
}

fn whole(paragraphs: usize) -> String {
    let all: Vec<String> = (0..paragraphs).map(paragraph).collect();
    all.join("\n\n")
}

fn answers(request: &Request) -> Canned {
    match request.one_of {
        Some(_) => Canned::text("shop"),
        None => Canned::text(whole(5)),
    }
}

fn phone(run: usize) -> String {
    format!("+25078863{run:05}")
}

#[tokio::test]
async fn w2_a_long_answer_arrives_as_messages_in_their_order() {
    let (world, models) = World::thinking().await;
    models.answer_with(answers);
    let heard = world.tell(CUSTOMER, QUESTION).await;
    assert_eq!(heard.len(), 3);
    assert_eq!(heard.join("\n\n"), whole(5));
    assert!(heard.iter().all(|it| it.chars().count() <= MOST_CHARACTERS));
    // Intake, and the answer with all its messages.
    let history = world.history(CUSTOMER).await;
    assert_eq!(history.len(), 2);
    assert_eq!(history[1].outbox.len(), 3);
    all_is_asked_well(&models);
}

#[tokio::test]
async fn w2_what_is_too_long_for_five_messages_says_so() {
    let (world, models) = World::thinking().await;
    models.script([Canned::text("shop"), Canned::text(whole(20))]);
    let heard = world.tell(CUSTOMER, QUESTION).await;
    assert_eq!(heard.len(), MOST_MESSAGES);
    assert!(heard[4].contains("(This is not all:"), "{}", heard[4]);
    assert!(heard.iter().all(|it| it.chars().count() <= MOST_CHARACTERS));
}

async fn asked(world: &World, program: &mut Program<'_>, run: usize) {
    program.deliver(&world.hook(&phone(run), QUESTION)).await;
    program.settle().await;
}

/// A death before or after any call from the answer's commit on, between its messages among them.
async fn struck(fault: impl Fn() -> Fault) {
    let (world, models) = World::thinking().await;
    models.answer_with(answers);
    let mut program = Program::new(&world, None);
    asked(&world, &mut program, 0).await;
    let calls = world.stack.faults.calls();
    let sends = calls.iter().filter(|call| call.service == Provider);
    assert_eq!(sends.count(), 3);
    let is_commit = |operation: &str| operation == "TransactWriteItems";
    let commit = calls.iter().rposition(|call| is_commit(&call.operation));
    for n in commit.unwrap() + 1..=calls.len() {
        println!("call {n} {:?}, {:?}", calls[n - 1], fault());
        let mut program = Program::new(&world, Some(Plan::nth(n, fault())));
        asked(&world, &mut program, n).await;
        if world.heard(&phone(n)).len() < 3 {
            // What is unknown is settled once the channel proves to be alive.
            world.pass(Duration::from_secs(1)).await;
            world.tell(CUSTOMER, "help").await;
            world.pass(Duration::from_secs(11 * 60)).await;
            world.pass(Duration::from_secs(11 * 60)).await;
        }
        let heard = world.heard(&phone(n));
        let mut sorted = heard.clone();
        sorted.sort_by_key(|it| whole(5).find(it.as_str()));
        assert_eq!(sorted.join("\n\n"), whole(5), "each of them once");
        assert_eq!(world.dead_letters(), 0);
        assert!(world.is_idle());
    }
    all_is_asked_well(&models);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn w2_x4_a_long_answer_stopped_before_any_call_leaves_each_message_once() {
    struck(|| Fault::StopBefore).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn w2_x4_a_long_answer_stopped_after_any_call_leaves_each_message_once() {
    struck(|| Fault::StopAfter).await;
}
