//! X4 of a question: wherever the program dies between a wish and its answer, one question is asked,
//! one answer counts, and the customer has one reply.

use countersign_local::{
    faults::{Fault, Plan},
    models::Request,
    stack::Functions,
};
use http::StatusCode;
use it::{Program, Run};

use super::*;

const REPLY: &str = "Yes, Huye takes it.";

fn phone(run: usize) -> String {
    format!("+25078864{run:05}")
}

/// As a model would: by what it is shown, and not by how often it was asked.
fn answers(request: &Request) -> Canned {
    if request.one_of.is_some() {
        return Canned::text("general");
    }
    if request.user().contains("decision=\"answered\"") {
        return Canned::text(REPLY);
    }
    Canned::call("ask_colleague", &json!({"question": QUESTION}))
}

/// A wish, the question it leads to, and the answer to that.
async fn wish(world: &World, program: &mut Program<'_>, run: usize) {
    let hook = world.hook(&phone(run), WISH);
    program.deliver(&hook).await;
    program.settle().await;
    let output = world.outputs(&phone(run)).await[0];
    let body = world.callback_body(output, "answer", "Grace").await;
    let mut body: Value = serde_json::from_str(&body).unwrap();
    body["answer"] = "Yes.".into();
    loop {
        let request = world.callback_request(&format!("wish-{run}"), &body.to_string());
        let answer = program
            .run(async |f: Functions| f.approvals.handle(request).await.status())
            .await;
        match answer {
            Run::Ended(StatusCode::OK) => break,
            Run::Ended(other) => panic!("the callback was answered {other}"),
            Run::Died => {}
        }
    }
    program.settle().await;
}

async fn check(asking: &Asking, run: usize) {
    let (world, phone) = (&asking.world, phone(run));
    // A crash between an answer and its report is the clock's to notice.
    for minutes in [2, 5, 11] {
        world.pass(Duration::from_secs(minutes * 60)).await;
    }
    if world.heard(&phone).len() < 2 {
        // What is unknown is settled once the channel proves to be alive.
        world.tell(CUSTOMER, "help").await;
        world.pass(Duration::from_secs(11 * 60)).await;
        world.pass(Duration::from_secs(11 * 60)).await;
    }
    let mut heard = world.heard(&phone);
    heard.sort_unstable();
    assert_eq!(heard.len(), 2, "{heard:?}");
    assert!(heard[0].starts_with("I'm asking a colleague"), "{heard:?}");
    assert_eq!(heard[1], REPLY);
    let outputs = world.outputs(&phone).await;
    assert_eq!(outputs.len(), 1, "one question is asked");
    let state = world.state(outputs[0]).await;
    assert_eq!(state.status, OutputStatus::Answered);
    let events = world.events(&phone).await;
    let ends = events
        .iter()
        .filter(|event| matches!(event.data, EventData::HumanResponse { .. }));
    assert_eq!(ends.count(), 1, "its answer is in the thread once");
    let fold = world.head(&phone).await.fold;
    assert_eq!((fold.awaiting, fold.open), (vec![], vec![]));
    assert_eq!(world.dead_letters(), 0);
    assert!(world.is_idle());
    all_is_asked_well(&asking.models);
}

async fn struck(fault: impl Fn() -> Fault) {
    let asking = Asking::new().await;
    asking.models.answer_with(answers);
    let world = &asking.world;
    let mut program = Program::new(world, None);
    wish(world, &mut program, 0).await;
    let calls = world.stack.faults.calls();
    check(&asking, 0).await;
    for n in 1..=calls.len() {
        println!("call {n} {:?}, {:?}", calls[n - 1], fault());
        let mut program = Program::new(world, Some(Plan::nth(n, fault())));
        wish(world, &mut program, n).await;
        check(&asking, n).await;
    }
    // Each colleague's phone rings once for each question, though the last ring may be unknown.
    assert!(world.heard(APPROVER).len() <= calls.len() + 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn x4_a8_crash_matrix_of_a_question_stopped_before() {
    struck(|| Fault::StopBefore).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn x4_a8_crash_matrix_of_a_question_stopped_after() {
    struck(|| Fault::StopAfter).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn x4_a8_crash_matrix_of_a_question_whose_answers_are_lost() {
    struck(|| Fault::LoseAnswer).await;
}
