//! A message is answered.

use countersign_core::event::EventData;
use it::{CUSTOMER, STAFF, World};

/// F1, F2, C2: through ingress, agent and outbound, each the real function.
#[tokio::test]
async fn c2_a_stock_check_is_answered() {
    let world = World::new().await;
    let heard = world.tell(CUSTOMER, "stock ABC123").await;
    assert_eq!(
        heard,
        [
            "*Blue widget 40 mm* (ABC123)\nKigali: 86\nMusanze: 32\nHuye: 25\nTotal: *143* pieces\n\
          🟢 Above the reorder point of 75"
        ]
    );
}

#[tokio::test]
async fn c2_what_a_command_lacks_is_asked_for_and_completes_it() {
    let world = World::new().await;
    let heard = world.tell(CUSTOMER, "stock").await;
    assert_eq!(
        heard,
        ["Which product? Send its SKU, such as ABC123, or its name."]
    );
    let heard = world.tell(CUSTOMER, "ABC123").await;
    assert!(heard[0].contains("Total: *143*"), "{heard:?}");
}

#[tokio::test]
async fn c2_alerts_and_agents_are_for_staff() {
    let world = World::new().await;
    let heard = world.tell(STAFF, "alerts").await;
    assert!(
        heard[0].starts_with("5 open alerts:\n🔴 *7f2*"),
        "{heard:?}"
    );
    let heard = world.tell(STAFF, "agent status").await;
    assert!(heard[0].contains("🟢 *concierge*"), "{heard:?}");
    for question in ["alerts", "agent status"] {
        let heard = world.tell(CUSTOMER, question).await;
        assert!(heard[0].contains("staff only"), "{heard:?}");
    }
}

#[tokio::test]
async fn c2_help_and_the_unknown_say_what_can_be_asked() {
    let world = World::new().await;
    let heard = world.tell(CUSTOMER, "help").await;
    assert!(heard[0].contains("*stock ABC123*"), "{heard:?}");
    let heard = world.tell(CUSTOMER, "what is the meaning of life").await;
    assert!(
        heard[0].starts_with("Sorry, I didn't get that."),
        "{heard:?}"
    );
}

#[tokio::test]
async fn w4_a_burst_becomes_one_turn() {
    let world = World::new().await;
    world.say(CUSTOMER, "good morning my friend").await;
    world.say(CUSTOMER, "i have something to ask you").await;
    world.say(CUSTOMER, "about many things").await;
    world.settle().await;
    assert_eq!(world.heard(CUSTOMER).len(), 1);
    let commits = world.history(CUSTOMER).await;
    assert_eq!(commits.len(), 1);
    assert_eq!(commits[0].causes.len(), 3);
}

/// A1: 7 days of silence end a thread; the next message opens one that names the last.
#[tokio::test]
async fn a1_a_thread_ends_in_silence_and_the_next_continues_it() {
    let world = World::new().await;
    world.tell(CUSTOMER, "help").await;
    let first = world.thread_of(CUSTOMER).await.unwrap();
    world
        .pass(std::time::Duration::from_secs(8 * 24 * 3600))
        .await;
    world.tell(CUSTOMER, "help").await;
    let second = world.thread_of(CUSTOMER).await.unwrap();
    assert_ne!(first, second);
    let events = world.events(CUSTOMER).await;
    assert!(
        matches!(&events[0].data, EventData::SystemNote { continues: Some(t), .. } if *t == first)
    );
    assert_eq!(world.heard(CUSTOMER).len(), 2);
}
