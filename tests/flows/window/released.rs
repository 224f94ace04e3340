//! What goes out, and what does not any more, once what kept a message back is over.

use aws_sdk_dynamodb::types::AttributeValue;
use countersign_aws::{business::Business, numbers::Numbers};
use countersign_core::{
    PersonaName,
    window::{MessageIntent, MessageTemplate},
};
use countersign_local::{
    models::Canned,
    simulator::Answer::{self, Refuse},
};

use super::*;

/// What no command says, and a model answers.
const QUESTION: &str = "are the blue ones in?";

fn table(world: &World, variable: &str) -> String {
    world.stack.environment.get(variable).unwrap()
}

/// The record of a send can't be read any more.
async fn spoil(world: &World, record: &SendRecord) {
    let key = format!("{}#send#{}", world.tenant(), record.reference);
    let updated = world.stack.direct.dynamodb().update_item();
    updated
        .table_name(table(world, schema::THREADS.variable))
        .key(schema::PK, AttributeValue::S(key))
        .key(schema::SK, AttributeValue::S("send".to_owned()))
        .update_expression("SET #name = :value")
        .condition_expression("attribute_exists(pk)")
        .expression_attribute_names("#name", "began_at")
        .expression_attribute_values(":value", AttributeValue::S("yesterday".to_owned()))
        .send()
        .await
        .unwrap();
}

/// One record that can't be read keeps no other from going out.
#[tokio::test]
async fn w3_what_is_held_goes_out_beside_what_can_not_be_read() {
    let world = World::windowed().await;
    world.tell(CUSTOMER, "help").await;
    world.clock.advance(hours(25));
    for id in ["1", "2"] {
        launch(&world, id, CUSTOMER, LONG).await;
        world.settle().await;
    }
    let waits = held(&world, CUSTOMER).await;
    assert_eq!(waits.len(), 2, "{waits:#?}");
    spoil(&world, &waits[0]).await;
    let heard = world.tell(CUSTOMER, "help").await;
    let stock = heard.iter().filter(|it| it.contains("Total: *143*"));
    assert_eq!((heard.len(), stock.count()), (2, 1), "{heard:?}");
    assert_eq!(world.dead_letters(), 0);
}

/// The customer wrote while the notice was held for the sake of its number: nothing waits any more.
#[tokio::test]
async fn w3_a_notice_of_what_waits_no_more_is_not_sent_when_its_number_is_released() {
    let world = World::windowed().await;
    world.tell(CUSTOMER, "help").await;
    world.clock.advance(hours(25));
    launch(&world, "1", CUSTOMER, LONG).await;
    // The first that the provider is asked to send is that something waits.
    world
        .stack
        .simulator
        .next_answers([Refuse(63007)] as [Answer; 1]);
    world.settle().await;
    assert_eq!(told(&world, CUSTOMER).await, ["held", "noticed"]);
    world.clock.advance(hours(1));
    assert_eq!(world.tell(CUSTOMER, "help").await, [] as [String; 0]);
    assert_eq!(told(&world, CUSTOMER).await, ["held", "noticed", "let_go"]);

    let numbers = Numbers::new(
        world.stack.direct.dynamodb().clone(),
        table(&world, schema::THREADS.variable),
    );
    let number = &world.stack.seed.company.whatsapp.number;
    let (tenant, now) = (world.tenant(), world.now());
    numbers.release(&tenant, number, now).await.unwrap();
    world.pass(Duration::ZERO).await;
    world.pass(Duration::from_secs(600)).await;
    let heard = arrived(&world, CUSTOMER).split_off(1);
    let stock = heard.iter().filter(|it| it.contains("Total: *143*"));
    assert_eq!((heard.len(), stock.count()), (2, 1), "{heard:?}");
    let records = records(&world, CUSTOMER).await;
    let ends = records.iter().filter_map(|it| match it.status {
        SendStatus::Failed => it.code.as_deref(),
        _ => None,
    });
    assert_eq!(ends.collect::<Vec<_>>(), ["no_longer_of_use"]);
    assert_eq!(world.dead_letters(), 0);
}

/// The company has a template that carries a line of an answer's.
async fn with_a_template_for_answers(world: &World) {
    let template = MessageTemplate {
        name: "answer".to_owned(),
        intent: MessageIntent::Answer,
        persona: PersonaName::default(),
        language: "en".to_owned(),
        twilio: Some(format!("HX{}", "7".repeat(32))),
        meta: None,
        variables: vec!["text".to_owned()],
        body: "Kivu Trading: {{1}} Write to us.".to_owned(),
    };
    let business = Business::new(
        world.stack.direct.dynamodb().clone(),
        table(world, schema::BUSINESS.variable),
    );
    let tenant = world.tenant();
    let put = business.put_message_template(&tenant, &template);
    put.await.unwrap();
}

/// Of an answer in several messages none goes alone, however short.
#[tokio::test]
async fn c9_a_piece_of_an_answer_is_no_line_of_its_own() {
    let sentence = "The blue ones are in, as far as anybody knows.";
    let long = vec![sentence; 34].join(" ");
    for (answer, pieces) in [
        (format!("{long}\n\nShall I?"), 2),
        ("Shall I?".to_owned(), 1),
    ] {
        let (world, models) = World::thinking().await;
        with_a_template_for_answers(&world).await;
        world.tell(CUSTOMER, "help").await;
        world.clock.advance(hours(25));
        models.script([Canned::text("shop"), Canned::text(&answer)]);
        launch(&world, "1", CUSTOMER, QUESTION).await;
        world.settle().await;
        let heard = arrived(&world, CUSTOMER).split_off(1);
        let held = held(&world, CUSTOMER).await;
        match pieces {
            1 => {
                assert_eq!(held, [], "{heard:?}");
                assert!(
                    matches!(&heard[..], [one] if one.contains("Shall I?")),
                    "{heard:?}"
                );
            }
            _ => {
                assert_eq!(held.len(), pieces, "{heard:?}");
                assert!(
                    matches!(&heard[..], [one] if one.starts_with(WAITS)),
                    "{heard:?}"
                );
                let heard = world.tell(CUSTOMER, "help").await;
                let said: Vec<&str> = heard.iter().map(String::as_str).collect();
                let [.., first, last] = said[..] else {
                    panic!("{said:?}");
                };
                assert!(first.starts_with(sentence), "{said:?}");
                assert_eq!(last, "Shall I?", "{said:?}");
            }
        }
        assert_eq!(models.violations(), [] as [String; 0]);
        assert_eq!(models.left_over(), 0);
        assert_eq!(world.dead_letters(), 0);
    }
}
