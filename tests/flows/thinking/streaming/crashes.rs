//! X4 of an answer that is being said: wherever it dies, the customer has each sentence once.

use countersign_local::faults::{Fault, Plan};
use it::Program;

use super::*;

fn phone(run: usize) -> String {
    format!("+25078863{run:05}")
}

async fn asked(world: &World, program: &mut Program<'_>, run: usize) {
    let hook = world.hook(&phone(run), QUESTION);
    program.deliver(&hook).await;
    program.settle().await;
}

async fn check(world: &World, models: &FakeModels, run: usize) {
    let phone = phone(run);
    let has_all = || {
        let heard = world.heard(&phone).join(" ");
        SENTENCES.iter().all(|sentence| heard.contains(sentence))
    };
    if !has_all() {
        // What is unknown is settled once the channel proves to be alive.
        world.pass(Duration::from_secs(1)).await;
        world.tell(CUSTOMER, "help").await;
        world.pass(Duration::from_secs(11 * 60)).await;
        world.pass(Duration::from_secs(11 * 60)).await;
    }
    let heard = world.heard(&phone);
    let letters = |text: &str| text.split_whitespace().map(str::len).sum::<usize>();
    for sentence in SENTENCES {
        assert_eq!(heard.join(" ").matches(sentence).count(), 1, "{heard:?}");
    }
    assert_eq!(letters(&heard.join(" ")), letters(&whole()), "{heard:?}");
    let events = world.events(&phone).await;
    let messages = events
        .iter()
        .filter(|event| matches!(event.data, EventData::UserMessage { .. }));
    assert_eq!(messages.count(), 1, "the message is in the thread once");
    assert_eq!(world.head(&phone).await.fold.open, []);
    assert_eq!(world.dead_letters(), 0);
    assert!(world.is_idle());
    all_is_asked_well(models);
}

/// Gives in how many runs an answer was gone on with.
async fn struck(fault: impl Fn() -> Fault) -> usize {
    let (world, models) = World::streaming().await;
    models.answer_with(goes_on);
    pausing(&world, &models, nothing);
    let mut program = Program::new(&world, None);
    asked(&world, &mut program, 0).await;
    let calls = world.stack.faults.calls();
    check(&world, &models, 0).await;
    assert_eq!(world.heard(&phone(0)), SENTENCES);
    let mut interrupted = 0;
    for (run, call) in (1..).zip(&calls) {
        println!("call {run} {call:?}, {:?}", fault());
        let mut program = Program::new(&world, Some(Plan::nth(run, fault())));
        let before = models.requests().len();
        asked(&world, &mut program, run).await;
        check(&world, &models, run).await;
        let questions = models.requests().split_off(before);
        let is_told = |request: &Request| request.user().contains("interrupted");
        interrupted += usize::from(questions.iter().any(is_told));
    }
    interrupted
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn x4_crash_matrix_of_a_stream_stopped_before() {
    // Before the second and third part, the rest, and what comes with each.
    assert!(struck(|| Fault::StopBefore).await >= 6);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn x4_crash_matrix_of_a_stream_stopped_after() {
    assert!(struck(|| Fault::StopAfter).await >= 6);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn x4_crash_matrix_of_a_stream_whose_answers_are_lost() {
    struck(|| Fault::LoseAnswer).await;
}

/// Overlapping visibility: two programs say the same answer, and the customer hears it once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn x4_crash_matrix_of_a_stream_by_two_programs_at_once() {
    let (world, models) = World::streaming().await;
    models.answer_with(goes_on);
    pausing(&world, &models, nothing);
    let mut program = Program::new(&world, None);
    asked(&world, &mut program, 0).await;
    let calls = world.stack.faults.calls();
    for n in 2..=calls.len() {
        println!("call {n} {:?} held up", calls[n - 1]);
        let mut program = Program::new(&world, None);
        program.deliver(&world.hook(&phone(n), QUESTION)).await;
        program.settle_overlapping(n).await;
        check(&world, &models, n).await;
    }
}
