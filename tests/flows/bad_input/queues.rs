//! What no function of ours would queue.

use std::time::Duration;

use countersign_aws::{batch::LONGEST_PAUSE, schema};
use it::{CUSTOMER, World};

/// Puts a text on a queue that is no message of ours.
async fn poison(world: &World, queue: schema::Queue) {
    let sqs = world.stack.direct.sqs();
    let url = world.stack.environment.get(queue.variable).unwrap();
    let mut send = sqs
        .send_message()
        .queue_url(url)
        .message_body("not an envelope");
    if queue.is_fifo() {
        send = send
            .message_group_id("poisoned")
            .message_deduplication_id("poison");
    }
    send.send().await.unwrap();
}

#[tokio::test]
async fn f3_what_nobody_can_read_ends_in_the_dead_letters_and_holds_its_group_no_longer_than_any() {
    for queue in schema::QUEUES {
        let world = World::new().await;
        poison(&world, queue).await;
        let mappings = world.stack.mappings(&world.stack.functions());
        let mut receives = 0;
        let mut waited = Duration::ZERO;
        while world.dead_letters() == 0 {
            let received = world.round(&mappings).await;
            receives += u32::try_from(received).unwrap();
            let step = Duration::from_secs(LONGEST_PAUSE.unsigned_abs().into());
            world.clock.advance(step);
            waited += step;
            // And once more, to find that it has been received too often.
            let most = (queue.most_receives + 1) * LONGEST_PAUSE.unsigned_abs();
            assert!(waited.as_secs() <= most.into(), "{}", queue.name);
        }
        assert_eq!(receives, queue.most_receives, "{}", queue.name);
        assert!(world.is_idle(), "{}", queue.name);
    }
}

#[tokio::test]
async fn c6_what_nobody_can_read_holds_nobody_else_up() {
    let world = World::new().await;
    for queue in schema::QUEUES {
        poison(&world, queue).await;
    }
    let answers = world.tell(CUSTOMER, "stock ABC123").await;
    assert!(answers[0].contains("Blue widget"), "{answers:?}");
}

#[tokio::test]
async fn w4_what_nobody_can_read_behind_a_burst_waits_no_longer_than_the_burst() {
    let world = World::new().await;
    // No clear command, so that more is waited for.
    world.say(CUSTOMER, "hmm, about the blue ones").await;
    let group = world.waiting(schema::INBOUND)[0].group().to_owned();
    let sqs = world.stack.direct.sqs();
    let url = world.stack.environment.get(schema::INBOUND.variable);
    let send = sqs.send_message().queue_url(url.unwrap());
    send.message_body("not an envelope")
        .message_group_id(group)
        .message_deduplication_id("poison")
        .send()
        .await
        .unwrap();
    let mappings = world.stack.mappings(&world.stack.functions());
    assert_eq!(world.round(&mappings).await, 2);
    world.clock.advance(Duration::from_secs(1));
    // Both come again, the answer leaves, and its statuses come in.
    assert!(world.round(&mappings).await >= 3);
    assert_eq!(world.heard(CUSTOMER).len(), 1);
}
