//! What a part costs.

use countersign_local::{
    faults::Service::{self, DynamoDb, Models, Sqs},
    simulator::Statuses,
};

use super::*;

/// A part takes a transaction and a send, and outbound's two writes like any message.
#[tokio::test]
async fn o6_a_part_makes_exactly_these_calls() {
    let (world, models) = World::streaming().await;
    world.stack.simulator.set_statuses(Statuses::Held);
    models.script([Canned::text("shop"), Canned::text("Welcome.")]);
    let functions = world.stack.cold().unwrap();
    world.say(CUSTOMER, "good day to all of you").await;
    world.settle_with(&functions).await;
    world.clock.advance(Duration::from_secs(7));
    models.answer_with(goes_on);
    pausing(&world, &models, nothing);
    world.stack.faults.reset();
    world.say(CUSTOMER, QUESTION).await;
    world.settle_with(&functions).await;
    assert_eq!(world.heard(CUSTOMER)[1..], SENTENCES);
    let calls = world.stack.faults.calls();
    let calls: Vec<(Service, &str)> = calls
        .iter()
        .map(|call| (call.service, call.operation.as_str()))
        .filter(|(service, _)| matches!(service, DynamoDb | Sqs | Models))
        .collect();
    let said = [(DynamoDb, "TransactWriteItems"), (Sqs, "SendMessage")];
    let mut expect = vec![
        (Sqs, "ChangeMessageVisibilityBatch"),
        (DynamoDb, "GetItem"),
        (DynamoDb, "Query"),
        (DynamoDb, "TransactWriteItems"),
        (DynamoDb, "UpdateItem"),
        (Models, "POST /v1/chat/completions"),
    ];
    // Each part is judged before it leaves, and the whole is too; after ten seconds it is looked
    // whether the moderation is to be left alone.
    for part in 0..3 {
        if part == 1 {
            expect.push((DynamoDb, "Query"));
        }
        expect.push((Models, "POST /v1/moderations"));
        expect.extend(said);
    }
    expect.push((DynamoDb, "UpdateItem"));
    expect.push((DynamoDb, "Query"));
    expect.push((Models, "POST /v1/moderations"));
    expect.extend(said);
    for _ in SENTENCES {
        expect.extend([(DynamoDb, "UpdateItem"); 2]);
    }
    assert_eq!(calls, expect);
    all_is_asked_well(&models);
}
