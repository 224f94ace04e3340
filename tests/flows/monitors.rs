//! The agents that work behind the conversations.

use std::time::Duration;

use aws_sdk_dynamodb::types::AttributeValue;
use countersign_aws::{
    business::{Alert, AlertChange, AlertState, Business, Entry, Product},
    schedules::{Kept, RunNow, Schedules},
    schema,
};
use countersign_core::{
    schedule::{Background, Schedule},
    tool::Severity,
};
use countersign_local::faults::{Fault, Plan, Service};
use it::{Program, STAFF, World};

const HOUR: Duration = Duration::from_secs(3600);

fn business(world: &World) -> Business {
    let table = world.stack.environment.get(schema::BUSINESS.variable);
    Business::new(world.stack.direct.dynamodb().clone(), table.unwrap())
}

fn schedules(world: &World) -> Schedules {
    business(world).schedules()
}

/// A schedule that has `agent` look each hour.
async fn put(world: &World, agent: Background) {
    let whatsapp = &world.stack.seed.company.whatsapp;
    let schedule = Schedule {
        name: agent.to_string(),
        endpoint: whatsapp.endpoint.clone(),
        number: whatsapp.number.clone(),
        recipient: STAFF.parse().unwrap(),
        task: "alerts".parse().unwrap(),
        every: "every 1h".parse().unwrap(),
        time_zone: "Africa/Kigali".to_owned(),
        enabled: true,
        agent: Some(agent),
    };
    let (stored, tenant) = (schedules(world), world.tenant());
    stored.put(&tenant, &schedule, world.now()).await.unwrap();
}

async fn kept(world: &World, agent: Background) -> Kept {
    let all = schedules(world).all(&world.tenant()).await.unwrap();
    let mut own = all
        .into_iter()
        .filter(|it| it.schedule.name == agent.as_str());
    own.next().unwrap()
}

/// Has every product so well in stock that there is nothing to say, but for `low`.
async fn stock(world: &World, low: Option<u32>) -> Product {
    let (business, tenant) = (business(world), world.tenant());
    let mut products = business.products(&tenant).await.unwrap();
    for product in &mut products {
        for site in &mut product.stock {
            site.units = product.reorder_point + 1;
        }
    }
    if let Some(units) = low {
        for site in &mut products[0].stock {
            site.units = 0;
        }
        products[0].stock[0].units = units;
    }
    let first = products[0].clone();
    let entries: Vec<Entry> = products.into_iter().map(Entry::Product).collect();
    business.put_all(&tenant, &entries).await.unwrap();
    first
}

/// What the monitor raised.
async fn own(world: &World) -> Vec<Alert> {
    let mut alerts = business(world).alerts(&world.tenant()).await.unwrap();
    alerts.retain(|alert| alert.raised_by.as_deref() == Some("inventory_monitor"));
    alerts
}

/// The seed's alerts are people's, and about some of the products: none of these is the first.
async fn without_the_seeds_alerts(world: &World) {
    let (business, tenant) = (business(world), world.tenant());
    for mut alert in business.alerts(&tenant).await.unwrap() {
        alert.state = AlertState::Resolved;
        business.put(&tenant, &Entry::Alert(alert)).await.unwrap();
    }
}

#[tokio::test]
async fn o1_stock_is_watched_and_what_is_found_is_told_once() {
    let world = World::new().await;
    without_the_seeds_alerts(&world).await;
    stock(&world, None).await;
    put(&world, Background::InventoryMonitor).await;
    world.pass(HOUR).await;
    assert_eq!(world.heard(STAFF), [] as [String; 0], "nothing to tell");
    let product = stock(&world, Some(1)).await;
    for _ in 0..3 {
        world.pass(HOUR).await;
        assert_eq!(world.heard(STAFF).len(), 1, "once");
    }
    assert!(
        world.heard(STAFF)[0].contains(&product.name),
        "{:?}",
        world.heard(STAFF)
    );
    let alerts = own(&world).await;
    assert_eq!((alerts.len(), alerts[0].severity), (1, Severity::High));
    // It got worse, and then it is over.
    stock(&world, Some(0)).await;
    world.pass(HOUR).await;
    assert_eq!(world.heard(STAFF).len(), 2);
    assert_eq!(own(&world).await[0].severity, Severity::Critical);
    stock(&world, None).await;
    world.pass(HOUR).await;
    assert_eq!(world.heard(STAFF).len(), 2);
    assert_eq!(own(&world).await[0].state, AlertState::Resolved);
}

/// What somebody acknowledges while the monitor looks stays acknowledged.
#[tokio::test]
async fn o1_an_alert_that_changed_meanwhile_is_not_overwritten() {
    let world = World::new().await;
    without_the_seeds_alerts(&world).await;
    stock(&world, Some(1)).await;
    put(&world, Background::InventoryMonitor).await;
    world.pass(HOUR).await;
    let before = own(&world).await.remove(0);
    let seen = Alert {
        state: AlertState::Acknowledged,
        ..before.clone()
    };
    let (business, tenant) = (business(&world), world.tenant());
    business
        .put(&tenant, &Entry::Alert(seen.clone()))
        .await
        .unwrap();
    let worse = Alert {
        severity: Severity::Critical,
        ..before.clone()
    };
    let late = business.change_alert(&tenant, Some(&before), &worse);
    assert_eq!(late.await.unwrap(), AlertChange::Refused);
    let late = business.change_alert(&tenant, None, &worse);
    assert_eq!(late.await.unwrap(), AlertChange::Refused);
    assert_eq!(own(&world).await, [seen]);
}

#[tokio::test]
async fn o1_new_alerts_that_matter_are_told_of() {
    let world = World::new().await;
    put(&world, Background::AlertGenerator).await;
    world.pass(HOUR).await;
    assert_eq!(world.heard(STAFF).len(), 1, "those of the seed");
    world.pass(HOUR).await;
    assert_eq!(world.heard(STAFF).len(), 1, "nothing new");
    let (business, tenant) = (business(&world), world.tenant());
    let some = business.alerts(&tenant).await.unwrap().remove(0);
    for (severity, told) in [(Severity::Low, 1), (Severity::High, 2)] {
        let alert = Alert {
            id: format!("n{told}"),
            severity,
            state: AlertState::Open,
            raised_at: world.now(),
            ..some.clone()
        };
        business.put(&tenant, &Entry::Alert(alert)).await.unwrap();
        world.pass(HOUR).await;
        assert_eq!(world.heard(STAFF).len(), told, "{severity:?}");
    }
}

#[tokio::test]
async fn o1_agent_status_tells_when_an_agent_ran_runs_next_and_failed() {
    let world = World::new().await;
    put(&world, Background::InventoryMonitor).await;
    let line = async || {
        let heard = world.tell(STAFF, "agent status").await;
        let lines = heard.last().unwrap().lines();
        let own = lines.filter(|line| line.contains("*inventory_monitor*"));
        own.collect::<Vec<_>>().join("\n")
    };
    let before = line().await;
    assert!(before.contains("has not run yet, next run in "), "{before}");
    world.clock.advance(HOUR);
    let failing = stock_unreadable(&world).await;
    let ticked = world.stack.functions().clock.tick().await;
    assert_eq!(ticked.failed, 1);
    let failed = line().await;
    assert!(failed.ends_with("the last run failed"), "{failed}");
    business(&world)
        .put(&world.tenant(), &failing)
        .await
        .unwrap();
    let ticked = world.stack.functions().clock.tick().await;
    assert_eq!(ticked.failed, 0);
    world.settle().await;
    let ran = line().await;
    assert!(ran.contains("last run just now, next run in "), "{ran}");
    assert!(!ran.contains("failed"), "{ran}");
}

/// Makes a product unreadable; what it was.
async fn stock_unreadable(world: &World) -> Entry {
    let product = stock(world, None).await;
    let table = world.stack.environment.get(schema::BUSINESS.variable);
    let update = world
        .stack
        .direct
        .dynamodb()
        .update_item()
        .table_name(table.unwrap());
    let key = |text: String| AttributeValue::S(text);
    let update = update
        .key("pk", key(format!("{}#catalogue", world.tenant())))
        .key("sk", key(format!("product#{}", product.sku)))
        .update_expression("SET body = :body")
        .expression_attribute_values(":body", key("{}".to_owned()));
    update.send().await.unwrap();
    Entry::Product(product)
}

/// Run before its time, it runs once more, and then as before.
#[tokio::test]
async fn o1_a_background_agent_can_be_run_now() {
    let world = World::new().await;
    let agent = Background::AlertGenerator;
    put(&world, agent).await;
    let planned = kept(&world, agent).await.next_run;
    let (schedules, tenant) = (schedules(&world), world.tenant());
    let run = schedules.run_now(&tenant, agent.as_str(), world.now());
    assert_eq!(run.await.unwrap(), RunNow::Due);
    world.pass(Duration::from_secs(60)).await;
    assert_eq!(world.heard(STAFF).len(), 1);
    let after = kept(&world, agent).await;
    assert_eq!(after.next_run, planned);
    assert!(after.last_run.is_some());
    for name in ["watch-stock", "nobody"] {
        let run = schedules.run_now(&tenant, name, world.now());
        assert_eq!(run.await.unwrap(), RunNow::Off, "{name}");
    }
}

/// Wherever it dies, the alert is there once and staff are told once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn x4_a_monitor_that_dies_tells_once_all_the_same() {
    let calls = dies(None).await;
    let queued = calls.iter().position(|call| call.service == Service::Sqs);
    // The queries before the due schedule is found are those of any tick.
    let first = queued.unwrap() - 4;
    for fault in [
        || Fault::StopBefore,
        || Fault::StopAfter,
        || Fault::LoseAnswer,
    ] {
        for n in first..=calls.len() {
            println!("call {n} {:?}, {:?}", calls[n - 1], fault());
            dies(Some(Plan::nth(n, fault()))).await;
        }
    }
}

/// A tick that finds a product low and is struck, and the ticks after it; the calls of the first.
async fn dies(plan: Option<Plan>) -> Vec<countersign_local::faults::Call> {
    let world = World::new().await;
    without_the_seeds_alerts(&world).await;
    stock(&world, Some(1)).await;
    put(&world, Background::InventoryMonitor).await;
    world.clock.advance(HOUR);
    let mut program = Program::new(&world, plan);
    let ticked = program.run(async |functions| functions.clock.tick().await);
    let _ = ticked.await;
    let calls = world.stack.faults.calls();
    world.stack.faults.reset();
    world.settle().await;
    for _ in 0..2 {
        world.clock.advance(Duration::from_secs(600));
        world.stack.functions().clock.tick().await;
        world.settle().await;
    }
    assert_eq!(world.heard(STAFF).len(), 1);
    assert_eq!(own(&world).await.len(), 1);
    assert!(own(&world).await[0].told_at.is_some());
    assert_eq!(world.dead_letters(), 0);
    calls
}
