//! X5: a company's rules allow a call, forbid it, or say who is asked.

use super::*;

#[tokio::test]
async fn x5_a_rule_allows_and_the_record_says_which() {
    let allows = rule(
        "tool == 'refund_payment' && args.amount <= 1000",
        Then::Allow,
    );
    let company = Company::with(Repeat::Never, &[allows]).await;
    company.models.script([
        Canned::text("general"),
        Canned::call("refund_payment", &json!({"order": "K1", "amount": 900})),
        Canned::text("Your 900 RWF are on their way back."),
    ]);
    let world = &company.world;
    let heard = world.tell(CUSTOMER, WISH).await;
    assert_eq!(
        heard,
        ["I'm working on it…", "Your 900 RWF are on their way back."]
    );
    assert_eq!(world.heard(APPROVER), [] as [String; 0]);
    assert_eq!(company.service.asked().len(), 1);
    let state = world.state(world.outputs(CUSTOMER).await[0]).await;
    assert_eq!(state.status, OutputStatus::Executed);
    let Some(Decision::Approved { by, .. }) = state.decision else {
        panic!("{state:?}");
    };
    assert_eq!(by, "the rule “the rule”");

    // One more, over the limit, waits.
    company.models.script([Canned::call(
        "refund_payment",
        &json!({"order": "K2", "amount": 1000.5}),
    )]);
    let heard = world
        .tell(CUSTOMER, "and the other one as well, could I?")
        .await;
    assert_eq!(heard, ["I'm working on it…", WAITS]);
    assert_eq!(company.service.asked().len(), 1);
    all_is_asked_well(&company.models);
}

#[tokio::test]
async fn x5_a_rule_forbids_and_the_model_is_told_why() {
    let because = "Money is paid back at the shop only.".to_owned();
    let forbids = rule("effect == 'some'", Then::Deny { because });
    let company = Company::with(Repeat::Never, &[forbids]).await;
    company.models.script([
        Canned::text("general"),
        Canned::call("refund_payment", &json!({"order": "K1", "amount": 1})),
        Canned::text("That is done at the shop only."),
    ]);
    let heard = company.world.tell(CUSTOMER, WISH).await;
    assert_eq!(heard, ["That is done at the shop only."]);
    let prompt = company.models.requests().pop().unwrap().user();
    assert!(prompt.contains("Money is paid back at the shop only."));
    assert_eq!(company.service.asked(), []);
    assert_eq!(company.world.outputs(CUSTOMER).await, []);
}

/// It would have allowed it; that it failed is an operator's business, and a person decides.
#[tokio::test]
async fn x5_a_rule_that_fails_asks() {
    let fails = rule("args.reason == 'broken'", Then::Allow);
    let company = Company::with(Repeat::Never, &[fails]).await;
    let heard = company.wishes(json!({"order": "K1", "amount": 1})).await;
    assert_eq!(heard.last().unwrap(), WAITS);
    assert_eq!(company.service.asked(), []);
    let events = company.world.events(CUSTOMER).await;
    let failed = events.iter().find_map(|event| match &event.data {
        EventData::Error {
            of: Some(Failing::Rule),
            detail,
            ..
        } => Some(detail.clone()),
        _ => None,
    });
    assert!(failed.unwrap().contains("the rule"), "it is on record");
}

#[tokio::test]
async fn x5_a_rule_says_whom_and_how_long() {
    let asks = rule(
        "tool == 'refund_payment'",
        Then::Ask(Asking {
            whom: vec!["Jean Bosco Habimana".into()],
            how_many: 1,
            hours: Some(3),
        }),
    );
    let company = Company::with(Repeat::Never, &[asks]).await;
    let heard = company.wishes(json!({"order": "K1", "amount": 1})).await;
    assert!(
        heard[1].starts_with("Jean Bosco Habimana has to approve"),
        "{heard:?}"
    );
    let world = &company.world;
    assert_eq!(world.heard(APPROVER), [] as [String; 0]);
    assert_eq!(world.heard("+250788000101").len(), 1);
    let output = world.outputs(CUSTOMER).await[0];
    world.pass(Duration::from_secs(3 * 3600 + 60)).await;
    assert_eq!(world.state(output).await.status, OutputStatus::Expired);
    assert_eq!(company.service.asked(), []);
}

/// Nobody is asked in another's place.
#[tokio::test]
async fn x5_a_rule_that_asks_a_stranger_is_a_persons_to_settle() {
    let asks = rule(
        "tool == 'refund_payment'",
        Then::Ask(Asking {
            whom: vec!["Nobody We Know".into()],
            how_many: 1,
            hours: None,
        }),
    );
    let company = Company::with(Repeat::Never, &[asks]).await;
    company.models.script([
        Canned::text("general"),
        Canned::call("refund_payment", &json!({"order": "K1", "amount": 1})),
        Canned::call("escalate_to_human", &json!({"reason": "a refund of K1"})),
    ]);
    let heard = company.world.tell(CUSTOMER, WISH).await;
    assert_eq!(heard, [UNSETTLED]);
    assert_eq!(company.world.outputs(CUSTOMER).await, []);
    let requests = company.models.requests();
    assert!(
        requests[2]
            .user()
            .contains("nobody is here who could be asked")
    );
}
