//! A file of which nothing is ever heard: its order, or its report, is among the dead letters.

use std::time::Duration;

use super::*;

/// What is on a queue is lost.
async fn lose(world: &World, queue: schema::Queue) -> usize {
    let sqs = world.stack.direct.sqs();
    let url = world.stack.environment.get(queue.variable).unwrap();
    let received = sqs.receive_message().queue_url(&url).send().await.unwrap();
    let messages = received.messages.unwrap_or_default();
    for message in &messages {
        let receipt = message.receipt_handle.clone().unwrap();
        let deleted = sqs.delete_message().queue_url(&url).receipt_handle(receipt);
        deleted.send().await.unwrap();
    }
    messages.len()
}

#[tokio::test]
async fn w2_a_wait_for_a_file_ends_by_itself_and_its_sender_is_told() {
    let (world, models) = World::thinking().await;
    let functions = world.stack.cold().unwrap();
    let url = world.stack.environment.get(schema::INBOUND.variable);
    let mappings = world.stack.mappings(&functions);
    let inbound_queue = mappings.iter().find(|m| Some(&m.queue_url) == url.as_ref());
    let message = inbound(
        &world,
        CUSTOMER,
        "SM1",
        picture("https://x.example/1".into()),
    );
    queue(&world, &message).await;
    world.drain(inbound_queue.unwrap()).await;
    assert_eq!(lose(&world, schema::WEBHOOKS).await, 1);

    world.pass(Duration::from_secs(4 * 60)).await;
    assert_eq!(world.heard(CUSTOMER), [] as [String; 0]);
    for _ in 0..3 {
        world.pass(Duration::from_secs(3 * 60)).await;
    }
    let heard = world.heard(CUSTOMER);
    assert_eq!(heard.len(), 1, "{heard:?}");
    assert!(heard[0].contains("send it again"), "{heard:?}");
    let events = world.events(CUSTOMER).await;
    let why = NotFetched::Failed;
    assert_eq!(outcomes(&events), [Fetched::Refused { why }]);
    // Nothing is due any more, and the report that comes after all changes nothing.
    let commits = world.history(CUSTOMER).await.len();
    world.pass(Duration::from_secs(3600)).await;
    let report = Inbound {
        cause: Cause::Fetched(FetchReport {
            thread: world.thread_of(CUSTOMER).await.unwrap(),
            message: events[0].id,
            outcome: stored(),
        }),
        ..message
    };
    queue(&world, &report).await;
    world.settle().await;
    assert_eq!(world.history(CUSTOMER).await.len(), commits);
    assert_eq!(models.violations(), [] as [String; 0]);
    assert_eq!(world.dead_letters(), 0);
}

/// Eight orders of the largest size are more than an item holds: what does not fit is the next turn's.
#[tokio::test]
async fn w3_orders_of_any_size_are_taken_in_and_none_is_lost() {
    let world = World::new().await;
    let line = OrderItem {
        product: "\u{2713}".repeat(250),
        quantity: 1,
        price: "1".to_owned(),
        currency: "RWF".to_owned(),
    };
    for n in 0..8 {
        let order = Content::Order(Order {
            catalogue: n.to_string(),
            items: vec![line.clone(); 65],
            text: None,
        });
        queue(&world, &inbound(&world, CUSTOMER, &format!("SM{n}"), order)).await;
    }
    world.settle().await;
    assert_eq!(world.dead_letters(), 0);
    let commits = world.history(CUSTOMER).await;
    let sizes = commits
        .iter()
        .map(|it| serde_json::to_string(it).unwrap().len());
    let sizes: Vec<usize> = sizes.collect();
    assert!(sizes.iter().sum::<usize>() > 400 * 1024, "{sizes:?}");
    assert!(sizes.iter().all(|size| *size < 200_000), "{sizes:?}");
    let orders: Vec<String> = world
        .events(CUSTOMER)
        .await
        .into_iter()
        .filter_map(|event| match event.data {
            EventData::UserMessage {
                content: Content::Order(order),
                ..
            } => Some(order.catalogue),
            _ => None,
        })
        .collect();
    assert_eq!(orders, (0..8).map(|n| n.to_string()).collect::<Vec<_>>());
    assert_eq!(world.heard(CUSTOMER).len(), 8);
}
