//! Where none of an agent's models answers, a kept answer does, or the general agent with a model of
//! its own.

use std::time::Duration;

use countersign_aws::business::{Business, Entry};
use countersign_core::{agent::AgentKind, event::EventData};
use countersign_local::models::{Canned, FakeModels};
use it::{CUSTOMER, World};

use super::{QUESTION, all_is_asked_well};

const OTHER: &str = "gemini-2.5-flash";
const HELLO: &str = "I can't look that up just now, but a colleague can.";

/// The general agent has a model that no other has.
async fn with_another_model(world: &World) {
    let seed = &world.stack.seed;
    let rows = seed.conversational.iter().cloned().map(|mut row| {
        if row.kind == AgentKind::General {
            row.fallback = Some(format!("gemini:{OTHER}").parse().unwrap());
        }
        Entry::Agent(Box::new(row.into()))
    });
    let table = countersign_aws::schema::BUSINESS.name.to_owned();
    let business = Business::new(world.stack.direct.dynamodb().clone(), table);
    let rows: Vec<Entry> = rows.collect();
    business.put_all(&seed.company.tenant, &rows).await.unwrap();
}

/// Triage works, and of the others only the one that the general agent alone has.
fn the_other_answers(models: &FakeModels) {
    models.answer_with(|request| match request.one_of {
        Some(_) => Canned::text("shop"),
        None if request.model == OTHER => Canned::text(HELLO),
        None => Canned::fail(401),
    });
}

#[tokio::test]
async fn o8_the_general_agent_answers_in_words_for_one_whose_models_fail() {
    let (world, models) = World::thinking().await;
    with_another_model(&world).await;
    the_other_answers(&models);
    assert_eq!(world.tell(CUSTOMER, QUESTION).await, [HELLO]);
    let last = models.requests().pop().unwrap();
    assert_eq!(last.model, OTHER);
    assert_eq!(last.tools.len(), 0, "it knows too little to act");
    let events = world.events(CUSTOMER).await;
    let agents = events.iter().filter_map(|event| match event.data {
        EventData::ModelThinking { agent, .. } => Some(agent),
        _ => None,
    });
    let agents: Vec<AgentKind> = agents.collect();
    assert_eq!(agents, [AgentKind::Triage, AgentKind::General]);
    // The conversation stays whose it is.
    assert_eq!(world.head(CUSTOMER).await.fold.agent, Some(AgentKind::Shop));
    all_is_asked_well(&models);
}

#[tokio::test]
async fn o8_a_kept_answer_comes_before_who_stands_in() {
    let (world, models) = World::caching().await;
    with_another_model(&world).await;
    models.script([Canned::text("shop"), Canned::text("In Kigali.")]);
    let question = "Where are your shops?";
    assert_eq!(world.tell(CUSTOMER, question).await, ["In Kigali."]);
    world.clock.advance(Duration::from_secs(2 * 3600));
    the_other_answers(&models);
    let heard = world.tell("+250788555002", question).await;
    assert_eq!(heard, ["In Kigali."]);
    assert!(
        models
            .requests()
            .iter()
            .all(|request| request.model != OTHER)
    );
    // What nobody has asked before is answered by who stands in, and kept for nobody.
    for phone in ["+250788555003", "+250788555004"] {
        assert_eq!(world.tell(phone, "Who runs your shops?").await, [HELLO]);
        assert_eq!(models.requests().pop().unwrap().model, OTHER);
    }
    all_is_asked_well(&models);
}
