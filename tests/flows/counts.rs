//! O9: operators see how much comes, leaves and is too much, by number of ours, without a query.

use std::{
    collections::BTreeMap,
    io,
    sync::{Arc, Mutex},
};

use countersign_aws::metrics::Lines;
use it::{CUSTOMER, STAFF, World};
use serde_json::Value;
use tracing_subscriber::layer::SubscriberExt;

#[derive(Clone, Default)]
struct Page(Arc<Mutex<Vec<u8>>>);

impl io::Write for Page {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn o9_what_came_left_and_was_too_much_is_counted_by_number() {
    let page = Page::default();
    let writer = page.clone();
    let lines = Lines::to(move || writer.clone());
    let guard = tracing::subscriber::set_default(tracing_subscriber::registry().with(lines));
    // While there is one alone, a line that another test reaches first is off for good, because that
    // test's thread has none.
    let _second = tracing::Dispatch::new(tracing_subscriber::registry());
    let mut world = World::new().await;
    world.set("MESSAGES_PER_MINUTE", "2");
    for _ in 0..4 {
        world.tell(CUSTOMER, "stock ABC123").await;
    }
    world.tell(STAFF, "stock ABC123").await;
    drop(guard);

    let written = String::from_utf8(page.0.lock().unwrap().clone()).unwrap();
    assert!(!written.contains(&CUSTOMER[1..]), "{written}");
    let company = &world.stack.seed.company;
    let mut counts = BTreeMap::<String, u64>::new();
    for line in written.lines() {
        let line: Value = serde_json::from_str(line).unwrap();
        assert_eq!(line["Tenant"], company.tenant.as_str());
        assert_eq!(line["Number"], company.whatsapp.number.as_str());
        let metric = &line["_aws"]["CloudWatchMetrics"][0]["Metrics"][0]["Name"];
        let metric = metric.as_str().unwrap();
        *counts.entry(metric.to_owned()).or_default() += line[metric].as_u64().unwrap();
    }
    let counts: Vec<(&str, u64)> = counts.iter().map(|(name, many)| (&**name, *many)).collect();
    // Two answers and one word that it is too much, and an answer to somebody else.
    assert_eq!(
        counts,
        [
            ("MessagesIn", 5),
            ("MessagesOut", 4),
            ("OverMinuteLimit", 2)
        ]
    );
}
