//! Tasks that come round: each run once, whatever the clock misses or repeats.

use std::time::Duration;

use aws_sdk_dynamodb::types::AttributeValue;
use countersign_aws::{
    schedules::{Kept, Schedules},
    schema,
};
use countersign_core::schedule::Schedule;
use countersign_local::faults::{Fault, Plan, Service};
use it::{APPROVER, Program, Run, STAFF, World};

const HOUR: u64 = 3600;

fn schedules(world: &World) -> Schedules {
    let table = world.stack.environment.get(schema::BUSINESS.variable);
    Schedules::new(world.stack.direct.dynamodb().clone(), table.unwrap())
}

async fn put(world: &World, name: &str, every: &str, task: &str) {
    let whatsapp = &world.stack.seed.company.whatsapp;
    let schedule = Schedule {
        name: name.to_owned(),
        endpoint: whatsapp.endpoint.clone(),
        number: whatsapp.number.clone(),
        recipient: STAFF.parse().unwrap(),
        task: task.parse().unwrap(),
        every: every.parse().unwrap(),
        time_zone: "Africa/Kigali".to_owned(),
        enabled: true,
        agent: None,
    };
    let (stored, tenant) = (schedules(world), world.tenant());
    let stored = stored.put(&tenant, &schedule, world.now());
    stored.await.unwrap();
}

async fn kept(world: &World, name: &str) -> Kept {
    let all = schedules(world).all(&world.tenant()).await.unwrap();
    all.into_iter().find(|it| it.schedule.name == name).unwrap()
}

#[tokio::test]
async fn a9_the_seeded_schedules_are_there_and_turned_off() {
    let world = World::new().await;
    let all = schedules(&world).all(&world.tenant()).await.unwrap();
    let names: Vec<&str> = all.iter().map(|it| it.schedule.name.as_str()).collect();
    assert_eq!(
        names,
        [
            "morning-alerts",
            "new-alerts",
            "watch-stock",
            "weekly-sales"
        ]
    );
    assert!(all.iter().all(|it| it.next_run.is_none()));
    world.pass(Duration::from_secs(8 * 24 * HOUR)).await;
    assert_eq!(world.heard(STAFF), [] as [String; 0]);
}

#[tokio::test]
async fn a9_a_schedule_runs_when_its_time_has_come_and_then_again() {
    let world = World::new().await;
    // It is Friday, 09:00 in Kigali.
    put(&world, "morning", "daily 10:00", "alerts").await;
    world.pass(Duration::from_secs(HOUR - 60)).await;
    assert_eq!(world.heard(STAFF), [] as [String; 0]);
    for runs in 1..=2 {
        world.pass(Duration::from_secs(120)).await;
        assert_eq!(world.heard(STAFF).len(), runs);
        world.pass(Duration::from_secs(60)).await;
        assert_eq!(world.heard(STAFF).len(), runs, "once");
        let morning = kept(&world, "morning").await;
        assert!(morning.last_run.is_some());
        assert_eq!(morning.last_error, None);
        world.pass(Duration::from_secs(24 * HOUR - 180)).await;
    }
    assert!(world.heard(STAFF)[0].contains("open alerts"));
}

/// A scheduled report is a draft like any other.
#[tokio::test]
async fn a9_a_scheduled_report_is_made_in_the_background_and_waits_for_its_countersignature() {
    let world = World::new().await;
    put(
        &world,
        "weekly",
        "weekly mon 08:00",
        "sales report for last week",
    )
    .await;
    world.pass(Duration::from_secs(3 * 24 * HOUR)).await;
    assert_eq!(world.documents(STAFF), 0);
    let output = world.outputs(STAFF).await[0];
    assert_eq!(world.sent_to(APPROVER).len(), 1);
    world.approve(output).await;
    assert_eq!(world.documents(STAFF), 1);
}

#[tokio::test]
async fn a9_runs_that_were_missed_are_made_up_for_by_one() {
    let world = World::new().await;
    put(&world, "often", "every 1h", "alerts").await;
    world.pass(Duration::from_secs(30 * HOUR + 60)).await;
    assert_eq!(world.heard(STAFF).len(), 1);
    let next = kept(&world, "often").await.next_run.unwrap();
    assert!(next > world.now());
    assert!(next.duration_since(world.now()).as_hours() < 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a9_two_ticks_at_once_launch_one_task() {
    let world = World::new().await;
    put(&world, "often", "every 1h", "alerts").await;
    world.clock.advance(Duration::from_secs(HOUR));
    let one = world.stack.cold().unwrap().clock;
    let other = world.stack.cold().unwrap().clock;
    let (one, other) = tokio::join!(one.tick(), other.tick());
    assert_eq!((one.failed, other.failed), (0, 0));
    world.settle().await;
    assert_eq!(world.heard(STAFF).len(), 1);
}

/// A crash between the queue and the table, noticed only when the queue has forgotten the first.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn x4_a_clock_that_dies_over_a_schedule_neither_loses_nor_doubles_a_run() {
    for fault in [
        || Fault::StopBefore,
        || Fault::StopAfter,
        || Fault::LoseAnswer,
    ] {
        let world = World::new().await;
        put(&world, "often", "every 1h", "alerts").await;
        world.clock.advance(Duration::from_secs(HOUR));
        let tick = async |plan: Option<Plan>| {
            let mut program = Program::new(&world, plan);
            let ticked = program.run(async |functions| functions.clock.tick().await);
            let died = ticked.await == Run::Died;
            let calls = world.stack.faults.calls();
            world.stack.faults.reset();
            world.settle().await;
            world.clock.advance(Duration::from_secs(600));
            world.stack.functions().clock.tick().await;
            world.settle().await;
            (died, calls)
        };
        let (_, calls) = tick(None).await;
        let first = calls.iter().position(|call| call.service == Service::Sqs);
        let mut runs = 1;
        assert_eq!(world.heard(STAFF).len(), runs);
        for n in first.unwrap() + 1..=calls.len() {
            world.clock.advance(Duration::from_secs(HOUR));
            println!("call {n} {:?}, {:?}", calls[n - 1], fault());
            tick(Some(Plan::nth(n, fault()))).await;
            runs += 1;
            assert_eq!(world.heard(STAFF).len(), runs);
        }
        assert!(runs >= 3, "both calls were struck");
        assert_eq!(world.dead_letters(), 0);
    }
}

/// One that nobody can read harms no other, and does not come back every minute.
#[tokio::test]
async fn a9_a_schedule_that_can_not_be_read_stops_alone_and_says_why() {
    let world = World::new().await;
    put(&world, "bad", "every 1h", "alerts").await;
    put(&world, "good", "every 1h", "alerts").await;
    let table = world
        .stack
        .environment
        .get(schema::BUSINESS.variable)
        .unwrap();
    let dynamodb = world.stack.direct.dynamodb();
    let update = dynamodb
        .update_item()
        .table_name(&table)
        .key(
            "pk",
            AttributeValue::S(format!("{}#schedules", world.tenant())),
        )
        .key("sk", AttributeValue::S("schedule#bad".to_owned()))
        .update_expression("SET body = :body")
        .expression_attribute_values(":body", AttributeValue::S("{}".to_owned()));
    update.send().await.unwrap();
    world.pass(Duration::from_secs(HOUR)).await;
    assert_eq!(world.heard(STAFF).len(), 1);
    let item = dynamodb
        .get_item()
        .table_name(&table)
        .key(
            "pk",
            AttributeValue::S(format!("{}#schedules", world.tenant())),
        )
        .key("sk", AttributeValue::S("schedule#bad".to_owned()));
    let item = item.send().await.unwrap().item.unwrap();
    let why = item["last_error"].as_s().unwrap();
    assert!(why.contains("name"), "{why}");
    assert!(!item.contains_key("due_at"));
    let ticked = world.stack.functions().clock.tick().await;
    assert_eq!(ticked.due, 0);
}
