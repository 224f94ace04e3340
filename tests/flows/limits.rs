//! O9: how much of what one person writes is answered.

use std::{sync::Arc, time::Duration};

use countersign_core::{event::EventData, limits::Because};
use countersign_local::{models::Canned, stack::Functions};
use it::{CUSTOMER, STAFF, World};

fn nothing() -> [String; 0] {
    []
}

/// How many messages were left for being too many.
async fn left(world: &World, phone: &str) -> usize {
    let events = world.events(phone).await;
    let left = events.iter().filter_map(|event| match &event.data {
        EventData::Unanswered {
            because: Because::TooMany { .. },
            ..
        } => Some(event.answers.len()),
        _ => None,
    });
    left.sum()
}

/// A model that were asked about what is too much would have no answer, which is a violation.
#[tokio::test]
async fn o9_the_eleventh_message_of_a_minute_is_told_and_shown_to_no_model() {
    let (mut world, models) = World::thinking().await;
    world.set("MESSAGES_PER_MINUTE", "10");
    for _ in 0..9 {
        assert_eq!(world.tell(CUSTOMER, "stock ABC123").await.len(), 1);
    }
    models.script([Canned::text("shop"), Canned::text("Yes, a few.")]);
    let heard = world.tell(CUSTOMER, "are the blue ones in?").await;
    assert_eq!(heard, ["Yes, a few."]);
    let heard = world.tell(CUSTOMER, "and which of them are new?").await;
    assert_eq!(heard.len(), 1, "{heard:?}");
    let told = "Sorry, that's more messages than I can answer in a minute. Please write again in ";
    assert!(heard[0].starts_with(told), "{heard:?}");
    for text in ["hello?", "stock ABC123", "is anybody there?"] {
        assert_eq!(world.tell(CUSTOMER, text).await, nothing());
    }
    // Others are not concerned.
    assert_eq!(world.tell(STAFF, "stock ABC123").await.len(), 1);
    assert_eq!(left(&world, CUSTOMER).await, 4);

    world.pass(Duration::from_secs(61)).await;
    assert_eq!(world.tell(CUSTOMER, "stock ABC123").await.len(), 1);
    assert_eq!(left(&world, CUSTOMER).await, 4);
    assert_eq!(world.head(CUSTOMER).await.counts.messages_in, 15);
}

#[tokio::test]
async fn o9_a_duplicate_counts_for_nothing() {
    let mut world = World::new().await;
    world.set("MESSAGES_PER_DAY", "3");
    let hook = world.hook(CUSTOMER, "stock ABC123");
    for _ in 0..5 {
        let request = hook.request();
        let functions = world.stack.functions();
        assert_eq!(functions.ingress.handle(request).await.status(), 200);
        // Too late for the queue to know it.
        world.pass(Duration::from_secs(301)).await;
    }
    assert_eq!(world.heard(CUSTOMER).len(), 1);
    world.tell(CUSTOMER, "help").await;
    world.tell(CUSTOMER, "help").await;
    assert_eq!(left(&world, CUSTOMER).await, 0);
}

#[tokio::test]
async fn o9_a_limit_that_is_no_number_is_named_at_the_start() {
    let world = World::new().await;
    let environment = world
        .stack
        .environment
        .clone()
        .with("MESSAGES_PER_DAY", "many");
    let clock = Arc::new(world.clock.clone());
    let functions = Functions::new(&environment, &world.stack.direct, clock);
    let wrong = functions.err().unwrap().to_string();
    let says = "MESSAGES_PER_DAY: got \"many\", wants a whole number from 0 to 100000";
    assert!(wrong.contains(says), "{wrong}");
}
