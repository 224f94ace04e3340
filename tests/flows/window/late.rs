//! The provider's word that the window is closed: at once or later, once or several times.

use countersign_core::{E164, event::Event};
use countersign_local::{
    models::Canned,
    simulator::{
        Answer::{self, AcceptThenFail, Refuse},
        Composed, SimProvider, SimSender, Statuses, Window,
    },
};
use serde_json::json;

use super::*;

const QUESTION: &str = "stock ABC123";

fn phone(index: usize) -> String {
    format!("+2507885570{index:02}")
}

/// Somebody writes through a provider, and all that follows happens.
async fn write(world: &World, provider: SimProvider, phone: &str, text: &str) {
    let number: E164 = phone.parse().unwrap();
    let from = SimSender::new(provider, &number, "Somebody");
    let sent = world
        .stack
        .simulator
        .send(&from, Composed::text(text))
        .await;
    assert_eq!(sent.unwrap().http_status, 200);
    world.settle().await;
}

/// By each provider, at once and late, with and without templates: nothing is lost, and nothing comes
/// twice.
#[tokio::test]
async fn w3_the_providers_word_leads_the_same_road_at_once_and_late() {
    let rows: [(SimProvider, Answer); 4] = [
        (SimProvider::Twilio, Refuse(63016)),
        (SimProvider::Twilio, AcceptThenFail(63016)),
        (SimProvider::Meta, Refuse(131_047)),
        (SimProvider::Meta, AcceptThenFail(131_047)),
    ];
    for templates in ["some", "none"] {
        let world = World::windowed().await;
        if templates == "none" {
            without_templates(&world).await;
        }
        for (index, (provider, answer)) in rows.into_iter().enumerate() {
            let what = format!("{provider:?}, {answer:?}, templates: {templates}");
            let phone = phone(index);
            world.stack.simulator.next_answers([answer]);
            write(&world, provider, &phone, QUESTION).await;
            let heard = arrived(&world, &phone);
            match templates {
                "some" => assert!(
                    matches!(heard.as_slice(), [one] if one.starts_with(WAITS)),
                    "{what}: {heard:?}"
                ),
                _ => assert_eq!(heard, [] as [String; 0], "{what}"),
            }
            world.clock.advance(Duration::from_secs(1));
            write(&world, provider, &phone, "help").await;
            let heard = arrived(&world, &phone).split_off(heard.len());
            let stock = heard.iter().filter(|it| it.contains("Total: *143*"));
            assert_eq!((heard.len(), stock.count()), (2, 1), "{what}: {heard:?}");
        }
        assert_eq!(world.dead_letters(), 0);
    }
}

async fn post(world: &World, sid: &str, status: SimStatus) {
    let code = (status == SimStatus::Failed).then_some(63016);
    let posted = world.stack.simulator.post_status(sid, status, code).await;
    assert_eq!(posted.unwrap(), 200, "{status:?}");
    world.settle().await;
    // Past the time for which the queue would know it for the same.
    world.pass(Duration::from_secs(6 * 60)).await;
}

/// Statuses of the first try in whatever order, before and after it is held, and again after it was
/// sent once more.
#[tokio::test]
async fn w3_a_late_refusal_holds_a_message_once_whatever_else_is_said_of_it() {
    use SimStatus::{Delivered, Failed, Read, Sent};
    let rows: [(&[SimStatus], usize); 6] = [
        (&[Failed, Failed], 1),
        (&[Sent, Failed, Sent, Failed], 1),
        (&[Failed, Sent], 1),
        (&[Delivered, Failed, Failed], 0),
        (&[Read, Failed, Sent], 0),
        (&[Sent, Delivered, Failed], 0),
    ];
    let world = World::windowed().await;
    without_templates(&world).await;
    world.stack.simulator.set_statuses(Statuses::Held);
    for (index, (statuses, expect)) in rows.into_iter().enumerate() {
        let phone = phone(index);
        world.tell(&phone, QUESTION).await;
        let first = world.sent_to(&phone)[0].sid.clone();
        for status in statuses {
            post(&world, &first, *status).await;
        }
        let waits = held(&world, &phone).await;
        assert_eq!(waits.len(), expect, "{statuses:?}: {waits:#?}");
        if expect == 0 {
            assert_eq!(world.sent_to(&phone).len(), 1, "{statuses:?}");
            continue;
        }
        assert_eq!(told(&world, &phone).await, ["held"], "{statuses:?}");
        world.tell(&phone, "help").await;
        let after = world.sent_to(&phone);
        let stock = after.iter().filter(|it| it.body.contains("Total"));
        assert_eq!((after.len(), stock.count()), (3, 2), "{statuses:?}");
        // What is said of the first try says nothing of the second.
        for status in [Failed, Sent, Failed] {
            post(&world, &first, status).await;
        }
        assert_eq!(world.sent_to(&phone).len(), 3, "{statuses:?}");
        assert_eq!(held(&world, &phone).await, [], "{statuses:?}");
        assert_eq!(told(&world, &phone).await, ["held", "let_go"]);
    }
    assert_eq!(world.dead_letters(), 0);
}

/// A provider that closes the window although the customer has just written: it is tried again once for
/// each message of theirs, and never in a circle.
#[tokio::test]
async fn w3_a_provider_that_stays_closed_is_not_asked_in_a_circle() {
    let world = World::windowed().await;
    world.stack.simulator.set_window(Window::Closed);
    world.tell(CUSTOMER, QUESTION).await;
    for _ in 0..3 {
        world.pass(Duration::from_secs(600)).await;
    }
    let sent = world.sent_to(CUSTOMER).len();
    assert_eq!(sent, 2, "the answer, and that something waits");
    world.stack.simulator.set_window(Window::Enforced);
    world.tell(CUSTOMER, "help").await;
    let heard = arrived(&world, CUSTOMER);
    let stock = heard.iter().filter(|it| it.contains("Total: *143*"));
    assert_eq!((heard.len(), stock.count()), (3, 1), "{heard:?}");
}

/// What became of the thread's messages for good, by code.
async fn ended(world: &World, phone: &str) -> Vec<String> {
    let records = records(world, phone).await.into_iter();
    let failed = records.filter(|record| record.status == SendStatus::Failed);
    failed.filter_map(|record| record.code).collect()
}

/// A provider that takes a template and then says each time that it was free words.
#[tokio::test]
async fn w3_a_notice_that_is_refused_late_is_not_sent_again() {
    let world = World::windowed().await;
    let refuses = [Refuse(63016)].into_iter();
    let answers = refuses.chain([AcceptThenFail(63016); 4]);
    world.stack.simulator.next_answers(answers);
    world.tell(CUSTOMER, QUESTION).await;
    let sent = world.sent_to(CUSTOMER);
    assert_eq!(sent.len(), 1, "{sent:#?}");
    assert!(is_template(&sent[0]), "{sent:?}");
    assert_eq!(ended(&world, CUSTOMER).await, ["notice_refused"]);
    for _ in 0..3 {
        world.pass(Duration::from_secs(600)).await;
    }
    assert_eq!(world.sent_to(CUSTOMER).len(), 1);
    // What it told of waits all the same.
    assert_eq!(held(&world, CUSTOMER).await.len(), 1);
    assert_eq!(told(&world, CUSTOMER).await, ["held", "noticed"]);
    assert_eq!(world.dead_letters(), 0);
}

/// Later a sign would be a riddle, and nothing is to be announced of it.
#[tokio::test]
async fn w3_a_sign_that_the_window_keeps_back_ends_at_once_and_late() {
    for answer in [Refuse(131_047), AcceptThenFail(131_047)] {
        let (world, models) = World::thinking().await;
        models.script([
            Canned::text("shop"),
            Canned::text("Yes, they are."),
            Canned::call("react", &json!({"emoji": "❤️"})),
        ]);
        write(&world, SimProvider::Meta, CUSTOMER, "are the blue ones in?").await;
        world.stack.simulator.next_answers([answer]);
        write(&world, SimProvider::Meta, CUSTOMER, "thank you").await;
        assert_eq!(models.left_over(), 0);
        let heard = arrived(&world, CUSTOMER);
        assert_eq!(heard, ["Yes, they are."], "{answer:?}");
        assert_eq!(told(&world, CUSTOMER).await, [] as [&str; 0], "{answer:?}");
        let ended = ended(&world, CUSTOMER).await;
        assert_eq!(ended, ["too_late_for_a_sign"], "{answer:?}");
        let events = world.events(CUSTOMER).await;
        let undelivered = |event: &Event| matches!(event.data, EventData::Undelivered { .. });
        assert!(!events.iter().any(undelivered), "{answer:?}");
        // Nor is it sent when they write.
        write(&world, SimProvider::Meta, CUSTOMER, "help").await;
        let heard = arrived(&world, CUSTOMER);
        assert_eq!(heard.len(), 2, "{answer:?}: {heard:?}");
        assert_eq!(world.dead_letters(), 0);
        assert_eq!(models.violations(), [] as [String; 0]);
    }
}
