//! A first contact is greeted once, whatever goes wrong.

use std::time::Duration;

use countersign_aws::schema;
use countersign_core::{message::ControlAction, step::Greets};
use countersign_local::{
    faults::{Fault, Plan},
    models::Canned,
};
use it::{CUSTOMER, Program, World};

/// How every greeting begins.
const WELCOME: &str = "Welcome to *Kivu Trading*. I'm concierge, its automatic assistant.";

const COMMAND: &str = "stock ABC123";

async fn greeting() -> World {
    let world = World::new().await;
    let greets = world.stack.set_greets(Greets::FirstContacts);
    greets.await.unwrap();
    world
}

fn phone(run: usize) -> String {
    format!("+25078864{run:05}")
}

/// One greeting and one answer arrived, in this order unless one was held up.
fn check_heard(heard: &[String]) {
    assert_eq!(heard.len(), 2, "{heard:?}");
    let greeted = heard.iter().filter(|text| text.starts_with(WELCOME));
    assert_eq!(greeted.count(), 1, "{heard:?}");
    let answered = heard.iter().filter(|text| text.contains("Total: *143*"));
    assert_eq!(answered.count(), 1, "{heard:?}");
}

#[tokio::test]
async fn o2_a_first_contact_is_greeted_once_and_answered() {
    let world = greeting().await;
    let heard = world.tell(CUSTOMER, COMMAND).await;
    check_heard(&heard);
    assert!(heard[0].starts_with(WELCOME), "{heard:?}");
    assert_eq!(world.tell(CUSTOMER, COMMAND).await.len(), 1);
    // Whoever is back after a long silence was there before.
    world.clock.advance(Duration::from_secs(8 * 24 * 3600));
    assert_eq!(world.tell(CUSTOMER, COMMAND).await.len(), 1);
    world.history(CUSTOMER).await;
}

#[tokio::test]
async fn o2_without_the_setting_nobody_is_greeted() {
    let world = World::new().await;
    assert_eq!(world.tell(CUSTOMER, COMMAND).await.len(), 1);
}

#[tokio::test]
async fn o2_a_greeting_is_answered_without_a_model_and_tells_what_the_agents_do() {
    let (world, models) = World::thinking().await;
    world.stack.set_greets(Greets::FirstContacts).await.unwrap();
    let heard = world.tell(CUSTOMER, "Hello!").await;
    assert_eq!(heard.len(), 1, "{heard:?}");
    assert!(heard[0].starts_with(WELCOME));
    assert!(
        heard[0].contains("\n• tells what is in stock, and where\n"),
        "{heard:?}"
    );
    assert!(!heard[0].contains("Somebody"), "{heard:?}");
    assert_eq!(models.requests().len(), 0);

    models.script([Canned::text("general"), Canned::text("Gladly.")]);
    assert_eq!(
        world.tell(CUSTOMER, "can you help my aunt too?").await,
        ["Gladly."]
    );
    assert_eq!(models.violations(), [] as [String; 0]);
}

#[tokio::test]
async fn o2_a_burst_of_first_messages_is_greeted_once() {
    let world = greeting().await;
    world.say(CUSTOMER, "hi").await;
    world.say(CUSTOMER, "are you there").await;
    world.say(CUSTOMER, COMMAND).await;
    world.settle().await;
    let heard = world.heard(CUSTOMER);
    let greeted = heard.iter().filter(|text| text.starts_with(WELCOME));
    assert_eq!(greeted.count(), 1, "{heard:?}");
    assert!(heard[0].starts_with(WELCOME), "{heard:?}");
}

#[tokio::test]
async fn o2_after_a_stop_the_customer_is_not_new() {
    let world = greeting().await;
    world.tell(CUSTOMER, COMMAND).await;
    super::launches::act(&world, CUSTOMER, ControlAction::Stop).await;
    world.settle().await;
    assert_eq!(world.tell(CUSTOMER, COMMAND).await.len(), 1);
    assert_eq!(world.history(CUSTOMER).await.len(), 1, "another thread");
}

/// Two first messages, each in a function of its own, at the same time.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn o2_two_first_messages_at_once_are_greeted_once() {
    let world = greeting().await;
    world.say(CUSTOMER, COMMAND).await;
    world.say(CUSTOMER, "stock ABC124").await;
    let waiting = world.waiting(schema::INBOUND);
    let one = world.stack.cold().unwrap().agent;
    let other = world.stack.cold().unwrap().agent;
    tokio::join!(
        one.handle(waiting[0].event(1)),
        other.handle(waiting[1].event(1))
    );
    world.settle().await;
    let heard = world.heard(CUSTOMER);
    let greeted = heard.iter().filter(|text| text.starts_with(WELCOME));
    assert_eq!((greeted.count(), heard.len()), (1, 3), "{heard:?}");
}

async fn struck(fault: impl Fn() -> Fault, deliveries: usize) {
    let world = greeting().await;
    let mut program = Program::new(&world, None);
    let greeted = async |program: &mut Program<'_>, run: usize| {
        let hook = world.hook(&phone(run), COMMAND);
        for _ in 0..deliveries {
            program.deliver(&hook).await;
        }
        program.settle().await;
        if world.heard(&phone(run)).len() < 2 {
            // What is unknown is settled once the channel proves to be alive.
            world.pass(Duration::from_secs(1)).await;
            world.tell(CUSTOMER, "help").await;
            world.pass(Duration::from_secs(11 * 60)).await;
            world.pass(Duration::from_secs(11 * 60)).await;
        }
        check_heard(&world.heard(&phone(run)));
        world.history(&phone(run)).await;
        assert_eq!(world.dead_letters(), 0);
    };
    greeted(&mut program, 0).await;
    let calls = world.stack.faults.calls();
    for n in 1..=calls.len() {
        println!("call {n} {:?}, {:?}", calls[n - 1], fault());
        let mut program = Program::new(&world, Some(Plan::nth(n, fault())));
        greeted(&mut program, n).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn x4_crash_matrix_of_a_greeting_stopped_before() {
    struck(|| Fault::StopBefore, 2).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn x4_crash_matrix_of_a_greeting_stopped_after() {
    struck(|| Fault::StopAfter, 2).await;
}
