//! The code is on the customer's phone and in their own message. It is in no table, on no queue of
//! ours before they enter it, in no log, at its chattiest, and in no prompt.

use std::{
    io,
    sync::{Arc, Mutex},
};

use countersign_aws::schema::{QUEUES, TABLES};
use tracing_subscriber::layer::SubscriberExt;

use super::*;

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl tracing_subscriber::fmt::MakeWriter<'_> for Log {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

/// Every item of every table.
async fn items(world: &World) -> String {
    let mut items = String::new();
    for table in TABLES {
        let scan = world.stack.direct.dynamodb().scan();
        let found = scan.table_name(table.name).send().await.unwrap();
        assert!(found.last_evaluated_key().is_none());
        items.push_str(&format!("{:?}", found.items()));
    }
    items
}

/// Empties the queues one receive at a time; gives all that stood on them.
async fn settled(world: &World) -> String {
    let mut seen = String::new();
    let mappings = world.stack.mappings(&world.stack.functions());
    while !world.is_idle() {
        let mut received = 0;
        for mapping in &mappings {
            for queue in QUEUES {
                let waiting = world.waiting(queue).into_iter();
                seen.extend(waiting.map(|message| message.body));
            }
            received += world.drain(mapping).await.received;
        }
        if received == 0 {
            world.clock.advance(Duration::from_secs(1));
        }
        world.statuses_posted().await;
    }
    seen
}

#[tokio::test]
async fn o10_no_code_is_kept_anywhere() {
    let log = Log::default();
    let filter = countersign_aws::telemetry::filter("trace").unwrap();
    let layer = tracing_subscriber::fmt::layer()
        .with_writer(log.clone())
        .with_ansi(false);
    let subscriber = tracing_subscriber::registry().with(layer).with(filter);
    let guard = tracing::subscriber::set_default(subscriber);
    // While there is one alone, a line that another test reaches first is off for good, because that
    // test's thread has none.
    let _second = tracing::Dispatch::new(tracing_subscriber::registry());
    let company = Company::careful(&[]).await;
    let (world, models) = (&company.world, &company.models);
    models.script([Canned::text("general"), status()]);
    world.say(CUSTOMER, ASKS).await;
    let queues = settled(world).await;
    let code = code_in(world.heard(CUSTOMER).last().unwrap());
    assert!(queues.contains("\"type\":\"code\""), "{queues}");
    assert!(!queues.contains(&code), "{queues}");

    // In a name, in a sentence, wrong, and at last by itself.
    models.script([
        Canned::text("By itself, please."),
        status(),
        Canned::text("It is on its way."),
    ]);
    let number = CUSTOMER.parse().unwrap();
    let asks = format!("it says {code} or so, is that it?");
    let simulator = &world.stack.simulator;
    simulator.send_text(&number, &code, &asks).await.unwrap();
    settled(world).await;
    let wrong = another(&code);
    world.say(CUSTOMER, &wrong).await;
    settled(world).await;
    world.say(CUSTOMER, &code).await;
    settled(world).await;
    drop(guard);
    assert_eq!(world.heard(CUSTOMER).last().unwrap(), "It is on its way.");
    assert_eq!(
        written(world, CUSTOMER).await,
        [ASKS, "it says [the code] or so, is that it?", MASK, MASK]
    );

    let items = items(world).await;
    assert!(items.contains("identity_asked"), "not all is looked at");
    let log = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!(log.contains("committed"), "{log}");
    let prompts: Vec<String> = models.requests().iter().map(|it| it.user()).collect();
    assert_eq!(prompts.len(), 5);
    for kept in [&items, &log, &prompts.join("\n")] {
        for entered in [&code, &wrong] {
            assert!(!kept.contains(entered.as_str()), "{entered} is in {kept}");
        }
    }
    all_is_asked_well(models);
}
