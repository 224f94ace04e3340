//! W5: whoever asks to be sent nothing is sent nothing.

use std::time::Duration;

use countersign_aws::schema;
use countersign_core::{
    event::{EventData, Failing},
    message::ControlAction,
    opt_out::Opted,
};
use countersign_local::faults::{Fault, Plan};
use it::{APPROVER, CUSTOMER, Program, STAFF, World};

use super::launches::{act, launch};

const WEEK: u64 = 7 * 24 * 3600;

fn nothing() -> [String; 0] {
    []
}

fn phone(run: usize) -> String {
    format!("+25078871{run:05}")
}

#[tokio::test]
async fn w5_whoever_opts_out_hears_nothing_in_this_conversation_or_the_next_until_they_opt_in() {
    let world = World::new().await;
    world.tell(CUSTOMER, "stock ABC123").await;
    assert_eq!(
        world.tell(CUSTOMER, "Stop.").await,
        [
            "You won't get any more messages from Kivu Trading here. Write *START* if you want them \
             again."
        ]
    );
    let first = world.thread_of(CUSTOMER).await.unwrap();
    for _ in 0..2 {
        assert_eq!(world.tell(CUSTOMER, "stock ABC123").await, nothing());
        assert_eq!(world.tell(CUSTOMER, "STOP").await, nothing());
        launch(&world, &world.now().to_string(), CUSTOMER, "stock ABC123").await;
        world.settle().await;
        world.pass(Duration::from_secs(WEEK + 3600)).await;
    }
    act(&world, CUSTOMER, ControlAction::Stop).await;
    world.settle().await;
    assert_eq!(world.tell(CUSTOMER, "good day?").await, nothing());
    assert_ne!(world.thread_of(CUSTOMER).await.unwrap(), first);
    assert_eq!(world.head(CUSTOMER).await.fold.opted, Opted::Out);
    let heard = world.heard(CUSTOMER);
    assert_eq!(heard.len(), 2, "{heard:?}");

    let heard = world.tell(CUSTOMER, "start").await;
    assert_eq!(heard.len(), 1, "{heard:?}");
    assert!(
        heard[0].starts_with("Welcome back to Kivu Trading."),
        "{heard:?}"
    );
    let heard = world.tell(CUSTOMER, "stock ABC123").await;
    assert!(heard[0].contains("Total: *143*"), "{heard:?}");
}

#[tokio::test]
async fn w5_a_task_for_them_ends_with_operators_and_others_are_not_concerned() {
    let world = World::new().await;
    world.tell(CUSTOMER, "arrêt").await;
    launch(&world, "1", CUSTOMER, "stock ABC123").await;
    world.settle().await;
    assert_eq!(world.heard(CUSTOMER).len(), 1);
    let events = world.events(CUSTOMER).await;
    let EventData::Error { detail, of, .. } = &events.last().unwrap().data else {
        panic!("{events:#?}");
    };
    assert_eq!(*of, Some(Failing::Launch));
    assert!(detail.contains("asked to be sent nothing"), "{detail}");
    assert_eq!(world.tell(STAFF, "stock ABC123").await.len(), 1);
}

/// What waits for an approver's word is decided as ever, and the customer is not sent it.
#[tokio::test]
async fn w5_what_was_approved_is_not_sent_to_whoever_opted_out_meanwhile() {
    let world = World::new().await;
    world.tell(CUSTOMER, "sales report for last week").await;
    let output = world.outputs(CUSTOMER).await[0];
    world.tell(CUSTOMER, "unsubscribe").await;
    let heard = world.heard(CUSTOMER).len();
    world.approve(output).await;
    assert_eq!(world.heard(CUSTOMER).len(), heard);
    assert_eq!(world.documents(CUSTOMER), 0);
    assert_eq!(world.head(CUSTOMER).await.fold.awaiting, []);
    // The next draft is put before nobody.
    let asked = world.heard(APPROVER).len();
    world.tell(CUSTOMER, "start").await;
    world.say(CUSTOMER, "sales report for last week").await;
    world.drain_queue(schema::INBOUND).await;
    world.tell(CUSTOMER, "stop").await;
    assert_eq!(world.heard(APPROVER).len(), asked);
    assert!(world.is_idle());
}

/// A word that opts out waits for no other messages.
#[tokio::test]
async fn w5_opting_out_is_taken_at_once() {
    let world = World::new().await;
    world.say(CUSTOMER, "STOP").await;
    world.drain_queue(schema::INBOUND).await;
    assert_eq!(world.head(CUSTOMER).await.fold.opted, Opted::Out);
}

/// Killed before and after every call, and with every answer lost: one confirmation, and no more.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn w5_opting_out_survives_a_crash_at_every_call() {
    let world = World::new().await;
    let run = async |n: usize, plan: Option<Plan>| {
        let phone = phone(n);
        let mut program = Program::new(&world, plan);
        program.deliver(&world.hook(&phone, "stop")).await;
        program.deliver(&world.hook(&phone, "stock ABC123")).await;
        program.settle().await;
        if world.heard(&phone).is_empty() {
            // Nobody knew what became of the confirmation: it goes again once the channel is alive.
            world.pass(Duration::from_secs(1)).await;
            world.tell(CUSTOMER, "help").await;
            world.pass(Duration::from_secs(11 * 60)).await;
            world.pass(Duration::from_secs(11 * 60)).await;
        }
        let heard = world.heard(&phone);
        assert_eq!(heard.len(), 1, "{heard:?}");
        assert!(heard[0].starts_with("You won't get any more"), "{heard:?}");
        world.history(&phone).await;
        assert_eq!(world.head(&phone).await.fold.opted, Opted::Out);
        assert_eq!(world.dead_letters(), 0);
        program.deaths()
    };
    run(0, None).await;
    world.stack.faults.reset();
    let mut program = Program::new(&world, None);
    program.deliver(&world.hook(&phone(1), "stop")).await;
    program
        .deliver(&world.hook(&phone(1), "stock ABC123"))
        .await;
    program.settle().await;
    let calls = world.stack.faults.calls().len();
    assert!(calls > 8, "{calls}");
    let (mut runs, mut deaths) = (1, 0);
    for n in 1..=calls {
        for fault in [Fault::StopBefore, Fault::StopAfter, Fault::LoseAnswer] {
            runs += 1;
            println!("call {n} of {calls}, {fault:?}");
            deaths += run(runs, Some(Plan::nth(n, fault))).await;
        }
    }
    println!("{runs} runs, {deaths} deaths");
    assert!(deaths >= calls);
}
