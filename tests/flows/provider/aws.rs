//! DynamoDB throttles, conflicts, fails or loses its answer: one reply, one decision.

use countersign_core::{approval::OutputStatus, event::EventData};
use countersign_local::faults::{Canned, Fault, Plan, Service};
use http::StatusCode;
use it::CUSTOMER;

use super::*;

/// Nothing takes effect.
fn refusals() -> [Fault; 5] {
    [
        Fault::Answer(Canned::throttled()),
        Fault::Answer(Canned::throughput_exceeded()),
        Fault::Answer(Canned::dynamodb_failed()),
        Fault::Answer(Canned::transaction_conflict()),
        Fault::Refuse,
    ]
}

/// All takes effect, and nobody learns of it.
fn lost_answers() -> [Fault; 2] {
    [
        Fault::AnswerAfter(Canned::dynamodb_failed()),
        Fault::LoseAnswer,
    ]
}

/// `fault` at `times` calls of the operation from the `from`th on.
fn plans(operation: &str, from: usize, times: usize, fault: &Fault) -> Vec<Plan> {
    (from..from + times)
        .map(|n| Plan::nth_of(Service::DynamoDb, operation, n, fault.clone()))
        .collect()
}

/// A question whose answer goes through functions that `plans` strike.
async fn ask(world: &World, phone: &str, plans: Vec<Plan>) {
    let faults = &world.stack.faults;
    faults.reset();
    plans.into_iter().for_each(|plan| faults.arm(plan));
    world.say(phone, QUESTION).await;
    world.settle_with(&world.stack.cold().unwrap()).await;
}

/// One question for each fault and number of times it strikes.
async fn all_are_answered_once(operation: &str, from: usize, faults: Vec<Fault>) {
    let world = World::new().await;
    let mut phones = 10..;
    for fault in faults {
        // The SDK gives up after three.
        for times in [1, 3] {
            let phone = format!("+2507885560{}", phones.next().unwrap());
            ask(&world, &phone, plans(operation, from, times, &fault)).await;
            assert_eq!(world.heard(&phone).len(), 1, "{times} × {fault:?}");
            answered_once(&world, &phone).await;
            assert_eq!(status(&world, &phone).await, SendStatus::Delivered);
        }
    }
    another_writes(&world).await;
    world.pass(minutes(11)).await;
    for phone in 10..phones.next().unwrap() {
        answered_once(&world, &format!("+2507885560{phone}")).await;
    }
}

#[tokio::test]
async fn f2_a_commit_that_fails_or_is_not_heard_of_gives_one_reply() {
    let conflict = Canned::transaction_cancelled_by_conflict();
    let mut faults = [refusals().as_slice(), lost_answers().as_slice()].concat();
    faults.push(Fault::Answer(conflict));
    all_are_answered_once("TransactWriteItems", 1, faults).await;
}

#[tokio::test]
async fn f2_a_turn_that_conflicts_again_and_again_goes_back_to_its_queue() {
    let world = World::new().await;
    let conflict = Fault::Answer(Canned::transaction_cancelled_by_conflict());
    ask(
        &world,
        CUSTOMER,
        plans("TransactWriteItems", 1, 20, &conflict),
    )
    .await;
    answered_once(&world, CUSTOMER).await;
}

#[tokio::test]
async fn f2_a_thread_that_can_not_be_read_for_a_while_is_answered_later() {
    let faults = refusals().to_vec();
    all_are_answered_once("GetItem", 1, faults).await;
}

#[tokio::test]
async fn x3_a_send_that_can_not_be_begun_begins_later() {
    all_are_answered_once("UpdateItem", 1, refusals().to_vec()).await;
}

#[tokio::test]
async fn x3_a_send_that_can_not_be_recorded_is_not_repeated() {
    let faults = [refusals().as_slice(), lost_answers().as_slice()].concat();
    all_are_answered_once("UpdateItem", 2, faults).await;
}

#[tokio::test]
async fn x3_a_send_that_began_unheard_goes_out_once_the_channel_is_known_to_be_alive() {
    let world = World::new().await;
    for (index, fault) in lost_answers().into_iter().enumerate() {
        // Asked again by the SDK, the record knows who began.
        let heard = format!("+2507885551{index:02}");
        ask(&world, &heard, plans("UpdateItem", 1, 2, &fault)).await;
        answered_once(&world, &heard).await;

        let unheard = format!("+2507885552{index:02}");
        ask(&world, &unheard, plans("UpdateItem", 1, 3, &fault)).await;
        assert_eq!(status(&world, &unheard).await, SendStatus::Unknown);
        assert_eq!(world.heard(&unheard), Vec::<String>::new());
        another_writes(&world).await;
        world.pass(TEN_MINUTES).await;
        answered_once(&world, &unheard).await;
        world.pass(minutes(11)).await;
        answered_once(&world, &unheard).await;
    }
}

/// A report that waits, and the functions that `plans` strike.
async fn waiting() -> (World, countersign_core::OutputId) {
    let world = World::new().await;
    world.tell(CUSTOMER, "sales report for last week").await;
    let output = world.outputs(CUSTOMER).await[0];
    (world, output)
}

async fn decided_once(world: &World, output: countersign_core::OutputId) {
    world.settle().await;
    // Whatever was not reported, the clock reports.
    world.pass(minutes(2)).await;
    world.pass(minutes(15)).await;
    let events = world.events(CUSTOMER).await;
    let decisions = events
        .iter()
        .filter(|e| matches!(e.data, EventData::HumanResponse { .. }));
    assert_eq!(decisions.count(), 1);
    let sent = world.sent_to(CUSTOMER);
    assert_eq!(sent.iter().filter(|m| m.media_url.is_some()).count(), 1);
    assert_eq!(sent.len(), 3);
    assert_eq!(world.state(output).await.status, OutputStatus::Executed);
    assert_eq!(world.dead_letters(), 0);
}

#[tokio::test]
async fn p8_a_callback_that_fails_decides_once_when_it_comes_again() {
    const OK: StatusCode = StatusCode::OK;
    const FAILED: StatusCode = StatusCode::INTERNAL_SERVER_ERROR;
    let sqs = |fault| vec![Plan::every(Service::Sqs, "", fault)];
    let [throttled, .., conflict, refused] = refusals();
    let [after, lost] = lost_answers();
    let rows = [
        (plans("UpdateItem", 1, 1, &throttled), OK),
        (plans("UpdateItem", 1, 3, &throttled), FAILED),
        (plans("UpdateItem", 1, 1, &conflict), FAILED),
        (plans("UpdateItem", 1, 3, &refused), FAILED),
        (plans("UpdateItem", 1, 1, &after), OK),
        (plans("UpdateItem", 1, 3, &after), FAILED),
        (plans("UpdateItem", 1, 2, &lost), OK),
        (plans("UpdateItem", 1, 3, &lost), FAILED),
        // Decided, but the thread can't be told, or that it was told can't be noted.
        (sqs(Fault::Answer(Canned::sqs_failed())), OK),
        (plans("UpdateItem", 2, 3, &throttled), OK),
        (plans("UpdateItem", 2, 3, &after), OK),
    ];
    for (plans, first) in rows {
        let (world, output) = waiting().await;
        let body = world.callback_body(output, "approve", "Grace Uwase").await;
        let name = format!("{plans:?}");
        plans
            .into_iter()
            .for_each(|plan| world.stack.faults.arm(plan));
        let approvals = world.stack.cold().unwrap().approvals;
        let answer = approvals
            .handle(world.callback_request("dec_1", &body))
            .await;
        assert_eq!(answer.status(), first, "{name}");
        if first == FAILED {
            let said = String::from_utf8_lossy(answer.body()).into_owned();
            assert!(said.contains(r#""code":"internal""#), "{name}: {said}");
            for inside in ["Throttling", "DynamoDB", "deciding", "127.0.0.1"] {
                assert!(!said.contains(inside), "{name}: {said}");
            }
            world.stack.faults.reset();
            let again = world.callback("dec_1", &body).await;
            assert_eq!(again.status, OK, "{name}: {}", again.body);
        }
        world.stack.faults.reset();
        decided_once(&world, output).await;
    }
}

#[tokio::test]
async fn p8_a_vote_whose_answer_was_lost_counts_and_its_thread_is_told() {
    let (world, output) = waiting().await;
    let [after, _] = lost_answers();
    let path = world.approval_path();
    let digest = world.state(output).await.digest;
    let vote = || {
        http::Request::builder()
            .method(http::Method::POST)
            .uri(&path)
            .body(lambda_http::Body::Text(format!(
                "decision=approve&digest={digest}"
            )))
            .unwrap()
    };
    let faults = &world.stack.faults;
    plans("UpdateItem", 1, 3, &after)
        .into_iter()
        .for_each(|plan| faults.arm(plan));
    let approvals = world.stack.cold().unwrap().approvals;
    let answer = approvals.handle(vote()).await;
    assert_eq!(answer.status(), StatusCode::INTERNAL_SERVER_ERROR);
    // The page shows that it was decided, and another try changes nothing.
    assert!(world.get(&path).await.body.contains("Approved"));
    assert_eq!(
        approvals.handle(vote()).await.status(),
        StatusCode::CONFLICT
    );
    decided_once(&world, output).await;
}

#[tokio::test]
async fn p8_an_execution_that_can_not_be_ended_is_taken_up_again() {
    let [throttled, ..] = refusals();
    let [after, _] = lost_answers();
    let rows = [
        // The claim itself.
        (plans("UpdateItem", 1, 3, &throttled), 1),
        (plans("UpdateItem", 1, 3, &after), 2),
        // Its end; then the claim is let go, or its lease has to be waited for.
        (plans("UpdateItem", 2, 3, &throttled), 2),
        (plans("UpdateItem", 2, 6, &throttled), 2),
        (plans("UpdateItem", 2, 3, &after), 1),
    ];
    for (plans, claims) in rows {
        let name = format!("{plans:?}");
        let (world, output) = waiting().await;
        let body = world.callback_body(output, "approve", "Grace Uwase").await;
        assert_eq!(world.callback("dec_1", &body).await.status, StatusCode::OK);
        let faults = &world.stack.faults;
        plans.into_iter().for_each(|plan| faults.arm(plan));
        world.settle_with(&world.stack.cold().unwrap()).await;
        decided_once(&world, output).await;
        assert_eq!(world.state(output).await.fence, claims, "{name}");
    }
}
