//! The same question by people of different personas, and one of them becoming another.

use countersign_aws::{Clients, customers::Customers, schema};
use countersign_core::{event::EventData, step::Role};
use countersign_local::{faults::Service::DynamoDb, models::Canned, simulator::Statuses};
use it::{CUSTOMER, World};

use super::thinking::QUESTION;

/// Of company.toml.
const STREAMLINER: &str = "+250788000111";
const PROCESSOR: &str = "+250788000115";

/// The personas on record for somebody, as they came.
async fn on_record(world: &World, phone: &str) -> Vec<String> {
    let events = world.events(phone).await.into_iter();
    events
        .filter_map(|event| match event.data {
            EventData::SystemNote {
                persona: Some(persona),
                ..
            } => Some(persona.to_string()),
            _ => None,
        })
        .collect()
}

async fn become_persona(world: &World, phone: &str, persona: Option<&str>) {
    let dynamodb = Clients::local(&world.stack.aws).dynamodb().clone();
    let customers = Customers::new(dynamodb, schema::BUSINESS.name.to_owned());
    let endpoint = &world.stack.seed.company.whatsapp.endpoint;
    let persona = persona.map(|name| name.parse().unwrap());
    let (tenant, sender) = (world.tenant(), phone.parse().unwrap());
    customers
        .introduce(
            &tenant,
            endpoint,
            &sender,
            "Diane",
            Role::Staff,
            persona.as_ref(),
        )
        .await
        .unwrap();
}

#[tokio::test]
async fn c5_a_streamliner_and_a_processor_ask_the_same_and_read_differently() {
    let world = World::new().await;
    let heard = world.tell(STREAMLINER, "stock ABC123").await;
    assert_eq!(
        heard,
        ["📦 ABC123: *143* pieces\n📍 Kigali 86, Musanze 32, Huye 25\n✅ Fine"]
    );
    let heard = world.tell(PROCESSOR, "stock ABC123").await;
    let keys: Vec<&str> = heard[0]
        .lines()
        .filter_map(|line| line.split(':').next())
        .collect();
    assert_eq!(
        keys,
        [
            "[INVENTORY_QUERY_RESULT]",
            "Timestamp",
            "SKU",
            "Quantity",
            "Location",
            "Last_Updated",
            "Reorder_Status",
            "Query_Time"
        ]
    );
    assert!(
        heard[0].contains("\nQuantity: 143\n") && heard[0].ends_with(" ms"),
        "{heard:?}"
    );
    // Alerts, and what is missing.
    let heard = world.tell(STREAMLINER, "alerts").await;
    assert!(
        heard[0].starts_with("🚨 ") && heard[0].contains("critical · 🟠"),
        "{heard:?}"
    );
    let heard = world.tell(PROCESSOR, "stock").await;
    assert!(
        heard[0].starts_with("[MISSING_ENTITY]\nEntity: PRODUCT"),
        "{heard:?}"
    );
    let heard = world.tell(PROCESSOR, "ABC124").await;
    assert!(heard[0].contains("Reorder_Status: REQUIRED"), "{heard:?}");
    // Whoever has none reads what they always did, and nothing is recorded for it.
    let heard = world.tell(CUSTOMER, "stock ABC123").await;
    assert!(
        heard[0].starts_with("*Blue widget 40 mm* (ABC123)\nKigali: 86"),
        "{heard:?}"
    );
    assert_eq!(on_record(&world, CUSTOMER).await, [] as [&str; 0]);
    assert_eq!(on_record(&world, PROCESSOR).await, ["processor"]);
}

/// What is changed is on record from the next message on, once; it takes no call.
#[tokio::test]
async fn c5_a_persona_that_changes_is_on_record_and_takes_no_call() {
    let world = World::new().await;
    world.stack.simulator.set_statuses(Statuses::Held);
    world.tell(STREAMLINER, "stock ABC123").await;
    let calls = async || {
        world.stack.faults.reset();
        world.say(STREAMLINER, "stock ABC123").await;
        world.settle().await;
        let calls = world.stack.faults.calls().into_iter();
        let calls = calls.filter(|call| call.service == DynamoDb);
        calls.map(|call| call.operation).collect::<Vec<_>>()
    };
    let before = calls().await;
    become_persona(&world, STREAMLINER, Some("hub")).await;
    assert_eq!(calls().await, before);
    let heard = world.heard(STREAMLINER).pop().unwrap();
    assert!(heard.contains("Network total: *143* pieces"), "{heard}");
    assert!(heard.contains("Coverage: 17 days"), "{heard}");
    become_persona(&world, STREAMLINER, None).await;
    let heard = world.tell(STREAMLINER, "stock ABC123").await;
    assert!(heard[0].contains("Total: *143* pieces"), "{heard:?}");
    world.tell(STREAMLINER, "stock ABC123").await;
    assert_eq!(
        on_record(&world, STREAMLINER).await,
        ["streamliner", "hub", "default"]
    );
}

/// A model is told how to write, in what stays the same from question to question.
#[tokio::test]
async fn c5_a_model_is_told_how_somebody_wants_to_be_written_to() {
    let (world, models) = World::thinking().await;
    models.answer_with(|request| match request.one_of {
        Some(_) => Canned::text("general"),
        None => Canned::text("11 left."),
    });
    const STYLE: &str = "How this customer wants to be written to: Terse";
    assert_eq!(world.tell(STREAMLINER, QUESTION).await, ["11 left."]);
    world.tell(CUSTOMER, QUESTION).await;
    let requests = models.requests();
    let told: Vec<bool> = requests
        .iter()
        .map(|request| request.system.concat().contains(STYLE))
        .collect();
    // Triage, and an answer, for each of them.
    assert_eq!(told, [false, true, false, false]);
    assert!(
        !requests[1].user().contains("spoken to as"),
        "{}",
        requests[1].user()
    );
    assert_eq!(models.violations(), [] as [String; 0]);
}
