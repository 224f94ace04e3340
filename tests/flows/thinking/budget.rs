//! What models may cost, and what asking them takes.

use countersign_core::{
    event::{EventData, Failing},
    money::MicroUsd,
};
use countersign_local::{
    faults::Service::{self, DynamoDb, Models, Sqs},
    models::Canned,
    simulator::Statuses,
};
use it::{CUSTOMER, World};

use super::{QUESTION, all_is_asked_well, looks_up};

/// Beyond the day's limit nobody is asked, commands go on, and the thread says why.
#[tokio::test]
async fn o9_beyond_the_days_limit_commands_alone_are_answered() {
    let (world, models) = World::thinking().await;
    models.answer_with(|request| match request.one_of {
        Some(_) => Canned::text("general"),
        None => Canned::text("Hello."),
    });
    assert_eq!(world.tell(CUSTOMER, QUESTION).await, ["Hello."]);
    let before = models.requests().len();
    let limit = MicroUsd(10_000_000);
    world.spend_all_but(MicroUsd(10), limit).await;
    let heard = world.tell(CUSTOMER, "and now, what do you say?").await;
    assert!(
        heard[0].starts_with("Sorry, I can't answer that just now."),
        "{heard:?}"
    );
    assert_eq!(models.requests().len(), before);
    let why = world
        .events(CUSTOMER)
        .await
        .into_iter()
        .rev()
        .find_map(|event| match event.data {
            EventData::Error {
                detail,
                of: Some(Failing::Model),
                ..
            } => Some(detail),
            _ => None,
        });
    assert!(why.unwrap().contains("of 10.00 USD are spent or reserved"));
    let heard = world.tell(CUSTOMER, "stock ABC123").await;
    assert!(heard[0].contains("Total: *143*"), "{heard:?}");
    // The next day is another.
    world.pass(std::time::Duration::from_secs(24 * 3600)).await;
    assert_eq!(
        world.tell(CUSTOMER, "good morning to you").await,
        ["Hello."]
    );
    all_is_asked_well(&models);
}

/// A turn with a model and a tool that reads takes one transaction more than a command, and two
/// writes for each question.
#[tokio::test]
async fn o9_a_thought_makes_exactly_these_calls() {
    let (world, models) = World::thinking().await;
    world.stack.simulator.set_statuses(Statuses::Held);
    let functions = world.stack.cold().unwrap();
    models.script(looks_up("Yes."));
    world.say(CUSTOMER, QUESTION).await;
    world.settle_with(&functions).await;
    models.script([
        looks_up("Yes again.")[1].clone(),
        Canned::text("Yes again."),
    ]);
    world.stack.faults.reset();
    world.say(CUSTOMER, "and are they still in?").await;
    world.settle_with(&functions).await;
    let calls = world.stack.faults.calls();
    let calls: Vec<(Service, &str)> = calls
        .iter()
        .map(|call| (call.service, call.operation.as_str()))
        .filter(|(service, _)| matches!(service, DynamoDb | Sqs | Models))
        .collect();
    let asked = [
        (DynamoDb, "UpdateItem"),
        (Models, "POST /v1/chat/completions"),
        (DynamoDb, "UpdateItem"),
    ];
    let mut expect = vec![
        (Sqs, "ChangeMessageVisibilityBatch"),
        (DynamoDb, "GetItem"),
        (DynamoDb, "Query"),
        (DynamoDb, "TransactWriteItems"),
    ];
    expect.extend(asked);
    expect.push((DynamoDb, "GetItem"));
    expect.extend(asked);
    // Words are judged before they leave, which costs nothing but the time.
    expect.push((Models, "POST /v1/moderations"));
    expect.extend([
        (DynamoDb, "TransactWriteItems"),
        (Sqs, "SendMessage"),
        // The send.
        (DynamoDb, "UpdateItem"),
        (DynamoDb, "UpdateItem"),
    ]);
    assert_eq!(calls, expect);
    all_is_asked_well(&models);
}
