//! What came of a call that was approved: made, refused, or nobody knows.

use std::collections::BTreeMap;

use countersign_aws::approvals::Took;
use countersign_local::simulator::Statuses;
use expect_test::expect;

use super::*;

/// A tool that can't be repeated and did not say what came of it is a person's to look after.
#[tokio::test]
async fn p6_a_call_whose_outcome_nobody_knows_is_not_made_again() {
    for does in [Does::Says(500, "{}"), Does::BreaksOff] {
        let company = Company::new().await;
        company.wishes(json!({"order": "K1", "amount": 1})).await;
        company.service.next([does]);
        let world = &company.world;
        let output = world.outputs(CUSTOMER).await[0];
        world.approve(output).await;
        world.pass(Duration::from_secs(3600)).await;
        assert_eq!(company.service.asked().len(), 1);
        assert_eq!(world.heard(CUSTOMER).last().unwrap(), UNSETTLED);
        assert_eq!(company.handed_to_a_person().await, 1);
        let state = world.state(output).await;
        assert_eq!(state.status, OutputStatus::Failed);
        assert!(state.failure.unwrap().contains("outcome unknown"));

        // Whoever asks again is not paid twice by another name.
        for n in 0..4 {
            company
                .models
                .script([Canned::text("A colleague looks into it.")]);
            let text = format!("hello, is anybody there? {n}");
            world.tell(CUSTOMER, &text).await;
        }
        company.models.script([
            Canned::call("refund_payment", &json!({"amount": 1.0, "order": "K1"})),
            Canned::text("A colleague looks into it."),
        ]);
        let heard = world.tell(CUSTOMER, "please do it again, will you?").await;
        assert_eq!(heard, ["A colleague looks into it."]);
        assert_eq!(company.service.asked().len(), 1);
        assert_eq!(world.outputs(CUSTOMER).await.len(), 1);
        let prompt = company.models.requests().pop().unwrap().user();
        assert!(prompt.contains("may have happened"), "{prompt}");
    }
}

#[tokio::test]
async fn p6_a_call_that_may_be_repeated_is_with_the_same_key() {
    let company = Company::with(Repeat::Safe, &[]).await;
    company.wishes(json!({"order": "K1", "amount": 1})).await;
    company
        .service
        .next([Does::Says(500, "{}"), Does::BreaksOff]);
    company
        .models
        .script([Canned::text("It is on its way back.")]);
    let world = &company.world;
    let output = world.outputs(CUSTOMER).await[0];
    world.approve(output).await;
    let asked = company.service.asked();
    assert_eq!(asked.len(), 3);
    assert!(asked.iter().all(|one| *one == asked[0]), "{asked:?}");
    assert_eq!(world.state(output).await.status, OutputStatus::Executed);
    assert_eq!(
        world.heard(CUSTOMER).last().unwrap(),
        "It is on its way back."
    );
}

/// What the service refused did not happen, and may be wished for again.
#[tokio::test]
async fn p6_a_call_that_was_refused_may_be_wished_for_again() {
    let company = Company::new().await;
    company.wishes(json!({"order": "K1", "amount": 1})).await;
    company.service.next([Does::Says(422, "{}")]);
    let world = &company.world;
    let output = world.outputs(CUSTOMER).await[0];
    world.approve(output).await;
    assert_eq!(world.heard(CUSTOMER).last().unwrap(), UNSETTLED);
    assert_eq!(company.handed_to_a_person().await, 1);
    company.models.script([Canned::call(
        "refund_payment",
        &json!({"order": "K1", "amount": 1}),
    )]);
    let heard = world
        .tell(CUSTOMER, "could you try that again, please?")
        .await;
    assert_eq!(heard, ["I'm working on it…", WAITS]);
    let prompt = company.models.requests().pop().unwrap().user();
    assert!(prompt.contains("did not happen"), "{prompt}");
    assert!(!prompt.contains("may have happened"), "{prompt}");
}

/// Whatever else failed meanwhile.
#[tokio::test]
async fn p6_no_call_of_unknown_outcome_is_forgotten_by_its_own_failure() {
    let company = Company::new().await;
    let world = &company.world;
    for n in 0..5 {
        company.models.script(match n {
            0 => vec![Canned::text("general")],
            _ => vec![],
        });
        let order = json!({"order": format!("K{n}"), "amount": 1});
        company
            .models
            .script([Canned::call("refund_payment", &order)]);
        world.tell(CUSTOMER, &format!("{WISH} number {n}")).await;
    }
    let outputs = world.outputs(CUSTOMER).await;
    company.service.next(vec![Does::Says(500, "{}"); 5]);
    // The first is decided last.
    for output in outputs.iter().rev() {
        world.approve(*output).await;
        assert_eq!(world.heard(CUSTOMER).last().unwrap(), UNSETTLED);
    }
    assert_eq!(company.handed_to_a_person().await, 5);
    assert_eq!(company.service.asked().len(), 5);
}

/// A later try that surely did nothing says nothing of the first.
#[tokio::test]
async fn p6_a_first_try_that_nobody_knows_of_is_not_forgotten_by_later_ones() {
    for later in [429, 422] {
        let company = Company::with(Repeat::Safe, &[]).await;
        company.wishes(json!({"order": "K1", "amount": 1})).await;
        company.service.next([Does::Says(500, "{}")]);
        company.service.next(vec![Does::Says(later, "{}"); 20]);
        let world = &company.world;
        let output = world.outputs(CUSTOMER).await[0];
        world.approve(output).await;
        let state = world.state(output).await;
        assert_eq!(state.status, OutputStatus::Failed);
        let why = state.failure.unwrap();
        assert!(why.contains("outcome unknown"), "{later}: {why}");
        assert_eq!(state.effect, Took::MaybeEffect);
        assert_eq!(world.heard(CUSTOMER).last().unwrap(), UNSETTLED);
    }
}

/// What surely did not happen is tried again, whatever the tool.
#[tokio::test]
async fn p6_a_busy_service_is_asked_again() {
    let company = Company::new().await;
    company.wishes(json!({"order": "K1", "amount": 1})).await;
    company
        .service
        .next([Does::Says(429, "{}"), Does::Says(429, "{}")]);
    company
        .models
        .script([Canned::text("It is on its way back.")]);
    let world = &company.world;
    let output = world.outputs(CUSTOMER).await[0];
    world.approve(output).await;
    assert_eq!(company.service.asked().len(), 3);
    assert_eq!(world.state(output).await.status, OutputStatus::Executed);
}

/// While one waits, the same is not asked a second time.
#[tokio::test]
async fn p6_the_same_call_is_not_asked_about_twice() {
    let company = Company::new().await;
    company.wishes(json!({"order": "K1", "amount": 1})).await;
    // However much is said meanwhile.
    for n in 0..6 {
        company.models.script([Canned::text("It waits.")]);
        let text = format!("and what about {n}, then?");
        company.world.tell(CUSTOMER, &text).await;
    }
    company.models.script([
        Canned::call("refund_payment", &json!({"amount": 1.0, "order": "K1"})),
        Canned::text("It still waits for Grace."),
    ]);
    let heard = company
        .world
        .tell(CUSTOMER, "has my money gone out by now?")
        .await;
    assert_eq!(heard, ["It still waits for Grace."]);
    assert_eq!(company.world.outputs(CUSTOMER).await.len(), 1);
}

/// From a wish to its end, on functions that have seen the company before.
#[tokio::test]
async fn o9_an_approved_call_makes_exactly_these_calls() {
    let company = Company::new().await;
    let (world, models) = (&company.world, &company.models);
    world.stack.simulator.set_statuses(Statuses::Held);
    let functions = world.stack.cold().unwrap();
    let wishes = async |order: &str, before: Option<Canned>| {
        let call = Canned::call("refund_payment", &json!({"order": order, "amount": 1}));
        models.script(before.into_iter().chain([call]));
        world.say(CUSTOMER, &format!("{WISH} {order}")).await;
        world.settle_with(&functions).await;
    };
    // Sends run side by side, so that only how often each call is made is always the same.
    let counted = || {
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        for call in world.stack.faults.calls() {
            let name = format!("{:?} {}", call.service, call.operation);
            *counts.entry(name).or_default() += 1;
        }
        let lines = counts.iter().map(|(name, count)| format!("{count} {name}"));
        lines.collect::<Vec<_>>().join("\n")
    };
    wishes("K1", Some(Canned::text("general"))).await;
    world.stack.faults.reset();
    wishes("K2", None).await;
    expect![[r#"
        5 DynamoDb GetItem
        2 DynamoDb Query
        3 DynamoDb TransactWriteItems
        8 DynamoDb UpdateItem
        1 Models POST /v1/chat/completions
        3 Provider POST Messages.json
        1 S3 PutObject
        1 Sqs ChangeMessageVisibilityBatch
        4 Sqs SendMessage
        1 Sqs SendMessageBatch
        1 Webhook POST /sim/approver"#]]
    .assert_eq(&counted());

    models.script([Canned::text("It is on its way back.")]);
    let output = world.outputs(CUSTOMER).await[1];
    let body = world.callback_body(output, "approve", "Grace").await;
    world.stack.faults.reset();
    let request = world.callback_request("approve", &body);
    assert_eq!(functions.approvals.handle(request).await.status(), 200);
    world.settle_with(&functions).await;
    expect![[r#"
        4 DynamoDb GetItem
        3 DynamoDb Query
        3 DynamoDb TransactWriteItems
        10 DynamoDb UpdateItem
        1 Models POST /v1/chat/completions
        1 Models POST /v1/moderations
        1 Provider POST Messages.json
        1 S3 GetObject
        4 Sqs SendMessage"#]]
    .assert_eq(&counted());
    all_is_asked_well(models);
}
