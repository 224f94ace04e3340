//! W3, C9: what is sent to somebody who has not written for 24 hours goes as a template, or is held and
//! goes out as soon as they write.

mod crashes;
mod late;
mod later;
mod names;
mod released;

use std::time::Duration;

use countersign_aws::{
    schema,
    sends::{SendRecord, SendStatus},
};
use countersign_core::{
    OutputId, ThreadId,
    event::EventData,
    window::{CLOSED, WindowEvent},
};
use countersign_local::simulator::{SimContent, SimMessage, SimStatus};
use it::{APPROVER, CUSTOMER, World};

use super::launches::launch;

/// What a task says that has more than a line to say.
const LONG: &str = "stock ABC123";
/// And one that has not.
const SHORT: &str = "stock NOSUCH99";
const WAITS: &str = "Kivu Trading has a message for you.";

fn hours(hours: u64) -> Duration {
    Duration::from_secs(hours * 3600)
}

/// The company has no template: nothing that was seeded is there.
async fn without_templates(world: &World) {
    let table = world.stack.environment.get(schema::BUSINESS.variable);
    let table = table.unwrap();
    for template in &world.stack.seed.templates {
        let key = [
            (schema::PK, format!("{}#templates", world.tenant())),
            (schema::SK, format!("template#{}", template.name)),
        ];
        let delete = world.stack.direct.dynamodb().delete_item();
        let delete = key.into_iter().fold(delete, |delete, (name, value)| {
            delete.key(name, aws_sdk_dynamodb::types::AttributeValue::S(value))
        });
        delete.table_name(&table).send().await.unwrap();
    }
}

/// What reached a phone: a provider that refuses a message later does not show it.
fn arrived(world: &World, phone: &str) -> Vec<String> {
    let sent = world.sent_to(phone).into_iter();
    let arrived = sent.filter(|message| message.status != SimStatus::Failed);
    arrived.map(|message| message.body).collect()
}

fn is_template(message: &SimMessage) -> bool {
    matches!(message.content, SimContent::Template { .. })
}

/// What became of what the window kept back, in the words of a phone's thread.
async fn told(world: &World, phone: &str) -> Vec<&'static str> {
    let events = world.events(phone).await;
    let told = events.iter().filter_map(|event| match &event.data {
        EventData::Window(what) => Some(what.as_str()),
        _ => None,
    });
    told.collect()
}

/// The records of all that a phone's thread sends, in its order.
async fn records(world: &World, phone: &str) -> Vec<SendRecord> {
    let mut records = Vec::new();
    for commit in world.history(phone).await {
        for index in 0..commit.outbox.len() {
            let reference = commit.reference(index);
            let read = world.sends().read(&world.tenant(), reference).await;
            records.extend(read.unwrap());
        }
    }
    records
}

async fn held(world: &World, phone: &str) -> Vec<SendRecord> {
    let mut records = records(world, phone).await;
    records.retain(|record| record.status == SendStatus::Held);
    records
}

/// A customer writes, and a day later a report of theirs is decided on.
async fn report_after_a_day(world: &World) -> OutputId {
    world.tell(CUSTOMER, "help").await;
    world.clock.advance(hours(5));
    launch(world, "report", CUSTOMER, "sales report for last week").await;
    world.settle().await;
    let output = world.outputs(CUSTOMER).await[0];
    world.clock.advance(hours(20));
    world.approve(output).await;
    output
}

#[tokio::test]
async fn w3_a_report_decided_after_a_day_is_announced_and_sent_when_the_customer_writes() {
    let world = World::windowed().await;
    report_after_a_day(&world).await;
    let last = world.sent_to(CUSTOMER).pop().unwrap();
    assert!(is_template(&last), "{last:?}");
    assert!(last.body.contains("is ready for you"), "{last:?}");
    assert_eq!(world.documents(CUSTOMER), 0);
    assert_eq!(told(&world, CUSTOMER).await, ["held", "noticed"]);
    let waits = held(&world, CUSTOMER).await;
    let [record] = waits.as_slice() else {
        panic!("{waits:#?}");
    };
    assert_eq!(record.held.as_deref(), Some(CLOSED));

    let heard = world.tell(CUSTOMER, "help").await;
    assert_eq!(heard.len(), 2, "{heard:?}");
    assert_eq!(world.documents(CUSTOMER), 1);
    assert_eq!(told(&world, CUSTOMER).await, ["held", "noticed", "let_go"]);
    assert_eq!(held(&world, CUSTOMER).await, []);
    for record in records(&world, CUSTOMER).await {
        assert_eq!(record.status, SendStatus::Delivered, "{record:?}");
    }
    // Nothing is left to let go, and nothing is due.
    assert_eq!(world.tell(CUSTOMER, "help").await.len(), 1);
    world.pass(hours(1)).await;
    assert_eq!(world.documents(CUSTOMER), 1);
    assert_eq!(world.dead_letters(), 0);
}

#[tokio::test]
async fn w3_without_templates_it_is_held_all_the_same_and_operators_find_why() {
    let world = World::windowed().await;
    without_templates(&world).await;
    report_after_a_day(&world).await;
    assert!(!world.sent_to(CUSTOMER).iter().any(is_template));
    assert_eq!(world.documents(CUSTOMER), 0);
    assert_eq!(told(&world, CUSTOMER).await, ["held"]);
    let events = world.events(CUSTOMER).await;
    let why = events.iter().find_map(|event| match &event.data {
        EventData::Window(WindowEvent::Held { code, meaning, .. }) => Some((code, meaning)),
        _ => None,
    });
    let (code, meaning) = why.expect("it is on record");
    assert_eq!(code, CLOSED);
    assert!(
        meaning.contains("24 hours") && meaning.contains("no template tells them"),
        "{meaning}"
    );
    world.tell(CUSTOMER, "help").await;
    assert_eq!(world.documents(CUSTOMER), 1);
}

#[tokio::test]
async fn c9_a_line_of_the_companys_goes_as_the_template_and_more_than_a_line_waits() {
    let world = World::windowed().await;
    world.tell(CUSTOMER, "help").await;
    world.clock.advance(hours(25));
    launch(&world, "short", CUSTOMER, SHORT).await;
    world.settle().await;
    let news = world.sent_to(CUSTOMER).pop().unwrap();
    assert!(is_template(&news), "{news:?}");
    assert!(
        news.body
            .starts_with("News from Kivu Trading: I can't find that product."),
        "{news:?}"
    );
    assert_eq!(told(&world, CUSTOMER).await, [] as [&str; 0]);

    for id in ["long", "longer"] {
        launch(&world, id, CUSTOMER, LONG).await;
        world.settle().await;
    }
    // Two wait, and they are told once.
    assert_eq!(told(&world, CUSTOMER).await, ["held", "noticed", "held"]);
    let heard = arrived(&world, CUSTOMER);
    assert!(heard.last().unwrap().starts_with(WAITS), "{heard:?}");
    assert_eq!(heard.len(), 3, "{heard:?}");
    let heard = world.tell(CUSTOMER, "help").await;
    let stock = heard.iter().filter(|it| it.contains("Total: *143*"));
    assert_eq!((heard.len(), stock.count()), (3, 2), "{heard:?}");
}

#[tokio::test]
async fn w3_inside_the_window_nothing_goes_as_a_template() {
    let world = World::windowed().await;
    world.tell(CUSTOMER, "help").await;
    world.clock.advance(hours(23));
    launch(&world, "1", CUSTOMER, LONG).await;
    launch(&world, "2", CUSTOMER, SHORT).await;
    world.settle().await;
    assert!(!world.sent_to(CUSTOMER).iter().any(is_template));
    assert_eq!(arrived(&world, CUSTOMER).len(), 3);
}

/// An approver never wrote: the provider says so, and the template has all that the page needs.
#[tokio::test]
async fn w3_an_approver_is_asked_by_a_template_and_decides() {
    let world = World::windowed().await;
    world.tell(CUSTOMER, "sales report for last week").await;
    let asked = arrived(&world, APPROVER);
    assert!(
        matches!(asked.as_slice(), [one] if one.starts_with("*Please decide*\nSend “")),
        "{asked:?}"
    );
    let answer = world.decide_on_page("approve", "").await;
    assert_eq!(answer.status, 200, "{answer:?}");
    world.settle().await;
    assert_eq!(world.documents(CUSTOMER), 1);
}

#[tokio::test]
async fn w3_an_approver_without_a_template_is_asked_once_they_have_written_unless_it_is_over() {
    for decided in [None, Some("approve")] {
        let world = World::windowed().await;
        without_templates(&world).await;
        world.tell(CUSTOMER, "sales report for last week").await;
        let output = world.outputs(CUSTOMER).await[0];
        assert_eq!(arrived(&world, APPROVER), [] as [String; 0]);
        let waits = held(&world, CUSTOMER).await;
        assert_eq!(waits.len(), 1, "{waits:#?}");
        if decided.is_some() {
            world.approve(output).await;
        }
        world.tell(APPROVER, "help").await;
        let before = arrived(&world, APPROVER).len();
        world.pass(hours(1)).await;
        world.pass(hours(1)).await;
        let asked = arrived(&world, APPROVER).split_off(before);
        let record = records(&world, CUSTOMER).await;
        let record = record.iter().find(|it| it.reference == waits[0].reference);
        let (status, code) = record.map(|it| (it.status, it.code.as_deref())).unwrap();
        match decided {
            None => {
                assert!(asked[0].contains("Please decide"), "{asked:?}");
                assert_eq!((asked.len(), status), (1, SendStatus::Delivered));
            }
            Some(_) => {
                assert_eq!(asked, [] as [String; 0]);
                assert_eq!(
                    (status, code),
                    (SendStatus::Failed, Some("no_longer_asked"))
                );
            }
        }
    }
}

/// While a message is being held by somebody who does not know of it yet, the customer writes.
#[tokio::test]
async fn w3_a_message_that_comes_while_another_is_held_lets_it_go() {
    let world = World::windowed().await;
    world.tell(CUSTOMER, "help").await;
    world.clock.advance(hours(25));
    launch(&world, "1", CUSTOMER, LONG).await;
    world.drain_queue(schema::INBOUND).await;
    // The answer is on its queue; now they write, and only then it is held.
    world.say(CUSTOMER, "help").await;
    world.drain_queue(schema::INBOUND).await;
    world.settle().await;
    assert_eq!(told(&world, CUSTOMER).await, ["held", "let_go"]);
    let heard = arrived(&world, CUSTOMER);
    let stock = heard.iter().filter(|it| it.contains("Total: *143*"));
    assert_eq!((heard.len(), stock.count()), (3, 1), "{heard:?}");
}

#[tokio::test]
async fn w3_whoever_opts_out_is_not_sent_what_was_held_and_its_record_ends() {
    let world = World::windowed().await;
    world.tell(CUSTOMER, "help").await;
    world.clock.advance(hours(25));
    launch(&world, "1", CUSTOMER, LONG).await;
    world.settle().await;
    let reference = held(&world, CUSTOMER).await[0].reference;
    let heard = world.tell(CUSTOMER, "STOP").await;
    assert_eq!(heard.len(), 1, "{heard:?}");
    let read = world.sends().read(&world.tenant(), reference).await;
    let record = read.unwrap().unwrap();
    assert_eq!(
        (record.status, record.code.as_deref()),
        (SendStatus::Failed, Some("opted_out"))
    );
    // Nor later, when they want to be written to again.
    world.tell(CUSTOMER, "START").await;
    world.pass(hours(1)).await;
    let stock = arrived(&world, CUSTOMER);
    assert!(!stock.iter().any(|it| it.contains("Total")), "{stock:?}");
}

/// Their conversation is over by the time they write again.
#[tokio::test]
async fn w3_what_was_held_in_a_conversation_that_is_over_goes_out_in_the_next() {
    let world = World::windowed().await;
    world.tell(CUSTOMER, "help").await;
    world.clock.advance(hours(25));
    launch(&world, "1", CUSTOMER, LONG).await;
    world.settle().await;
    let before = world.thread_of(CUSTOMER).await;
    world.clock.advance(hours(8 * 24));
    let heard = world.tell(CUSTOMER, "help").await;
    assert_ne!(world.thread_of(CUSTOMER).await, before);
    assert_eq!(told(&world, CUSTOMER).await, ["taken_over", "let_go"]);
    let stock = heard.iter().filter(|it| it.contains("Total: *143*"));
    assert_eq!((heard.len(), stock.count()), (2, 1), "{heard:?}");
}

/// They were silent for so long that the task opens another conversation.
#[tokio::test]
async fn w3_a_conversation_that_a_task_opens_after_a_week_asks_the_provider_for_no_free_words() {
    let world = World::windowed().await;
    world.tell(CUSTOMER, "help").await;
    let before = world.thread_of(CUSTOMER).await;
    world.clock.advance(hours(8 * 24));
    for (id, task) in [("short", SHORT), ("long", LONG)] {
        launch(&world, id, CUSTOMER, task).await;
        world.settle().await;
    }
    assert_ne!(world.thread_of(CUSTOMER).await, before);
    // The news, and that something waits.
    let sent = world.sent_to(CUSTOMER).split_off(1);
    assert_eq!(sent.len(), 2, "{sent:?}");
    assert!(sent.iter().all(is_template), "{sent:?}");
    assert_eq!(told(&world, CUSTOMER).await, ["held", "noticed"]);
    let heard = world.tell(CUSTOMER, "help").await;
    let stock = heard.iter().filter(|it| it.contains("Total: *143*"));
    assert_eq!((heard.len(), stock.count()), (2, 1), "{heard:?}");
}
