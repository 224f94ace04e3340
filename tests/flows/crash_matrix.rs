//! X4: the program dies before and after every outside call, or loses the answer, and the same is
//! delivered once to three times, also to two programs at once: one reply, one document, nothing
//! lost, and the chain holds.

use std::time::Duration;

use countersign_core::{approval::OutputStatus, event::EventData};
use countersign_local::{
    faults::{Call, Fault, Plan},
    simulator::Statuses,
    stack::Functions,
};
use http::StatusCode;
use it::{APPROVER, CUSTOMER, Program, Run, World};

/// How the program is struck at a call.
#[derive(Clone, Copy, Debug)]
enum Strike {
    Before,
    After,
    Answer,
}

impl Strike {
    fn plan(self, n: usize) -> Plan {
        Plan::nth(
            n,
            match self {
                Self::Before => Fault::StopBefore,
                Self::After => Fault::StopAfter,
                Self::Answer => Fault::LoseAnswer,
            },
        )
    }
}

/// Whose thread a run is about: each run has a customer of its own.
fn phone(run: usize) -> String {
    format!("+25078861{run:05}")
}

/// What is unknown is settled once the channel proves to be alive, or held until it does.
async fn settle_unknown(world: &World) {
    world.pass(Duration::from_secs(1)).await;
    world.tell(CUSTOMER, "help").await;
    world.pass(Duration::from_secs(11 * 60)).await;
    world.pass(Duration::from_secs(11 * 60)).await;
}

async fn check_thread(world: &World, phone: &str) {
    let events = world.events(phone).await;
    let messages = events
        .iter()
        .filter(|event| matches!(event.data, EventData::UserMessage { .. }))
        .count();
    assert_eq!(messages, 1, "the message is in the thread once");
    assert_eq!(world.dead_letters(), 0);
    assert!(world.is_idle());
}

/// A command, delivered so many times.
async fn command(world: &World, program: &mut Program<'_>, run: usize, deliveries: usize) {
    let phone = phone(run);
    let hook = world.hook(&phone, "stock ABC123");
    for _ in 0..deliveries {
        program.deliver(&hook).await;
    }
    program.settle().await;
}

/// The same, and the provider tells what became of the reply only after every redelivery.
async fn command_with_late_statuses(world: &World, program: &mut Program<'_>, run: usize) {
    world.stack.simulator.set_statuses(Statuses::Held);
    command(world, program, run, 1).await;
    world.stack.simulator.set_statuses(Statuses::Automatic);
    world.stack.simulator.deliver_statuses().await;
    world.settle().await;
}

async fn check_command(world: &World, run: usize) {
    let phone = phone(run);
    if world.heard(&phone).is_empty() {
        settle_unknown(world).await;
    }
    let heard = world.heard(&phone);
    assert_eq!(heard.len(), 1, "{heard:?}");
    assert!(heard[0].contains("Total: *143*"), "{heard:?}");
    check_thread(world, &phone).await;
}

/// A report, asked for, approved by callback, and delivered.
async fn report(world: &World, program: &mut Program<'_>, run: usize, deliveries: usize) {
    let phone = phone(run);
    let hook = world.hook(&phone, "sales report for last week");
    for _ in 0..deliveries {
        program.deliver(&hook).await;
    }
    program.settle().await;
    let output = world.outputs(&phone).await[0];
    let body = world.callback_body(output, "approve", "Grace").await;
    for _ in 0..deliveries {
        loop {
            let request = world.callback_request(&format!("run-{run}"), &body);
            let answer = program
                .run(async |f: Functions| f.approvals.handle(request).await.status())
                .await;
            match answer {
                Run::Ended(StatusCode::OK) => break,
                Run::Ended(other) => panic!("the callback was answered {other}"),
                Run::Died => {}
            }
        }
    }
    program.settle().await;
}

async fn check_report(world: &World, run: usize, asked_before: usize) {
    let phone = phone(run);
    // A crash between a decision or an end and its report is the clock's to notice.
    world.pass(Duration::from_secs(61)).await;
    let asked = || world.heard(APPROVER).len() - asked_before;
    if world.heard(&phone).len() < 3 || asked() < 1 {
        settle_unknown(world).await;
    }
    let sent = world.sent_to(&phone);
    let documents = sent.iter().filter(|message| message.media_url.is_some());
    assert_eq!(documents.count(), 1, "{sent:?}");
    assert_eq!(sent.len(), 3, "{sent:?}");
    assert_eq!(asked(), 1, "the approver is asked once");
    let output = world.outputs(&phone).await[0];
    assert_eq!(world.state(output).await.status, OutputStatus::Executed);
    check_thread(world, &phone).await;
}

/// The calls of a run that nothing strikes.
fn calls(world: &World) -> Vec<Call> {
    let calls = world.stack.faults.calls();
    assert!(calls.len() > 5);
    calls
}

fn print(path: &str, calls: &[Call], runs: usize, deaths: usize) {
    println!("\n{path}: {} outside calls", calls.len());
    for call in calls {
        println!(
            "  {:>3}  {:<9} {:<28} one reply, nothing lost, chain holds",
            call.number,
            format!("{:?}", call.service),
            call.operation
        );
    }
    println!("  {runs} runs, {deaths} deaths");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn x4_crash_matrix_of_a_command() {
    let world = World::new().await;
    let mut program = Program::new(&world, None);
    command(&world, &mut program, 0, 1).await;
    let calls = calls(&world);
    check_command(&world, 0).await;
    let (mut runs, mut deaths) = (0, 0);
    for n in 1..=calls.len() {
        for strike in [Strike::Before, Strike::After, Strike::Answer] {
            for deliveries in 1..=3 {
                runs += 1;
                println!("call {n} {:?}, {strike:?}, {deliveries}×", calls[n - 1]);
                let mut program = Program::new(&world, Some(strike.plan(n)));
                command(&world, &mut program, runs, deliveries).await;
                deaths += program.deaths();
                check_command(&world, runs).await;
            }
            runs += 1;
            println!("call {n} {:?}, {strike:?}, late statuses", calls[n - 1]);
            let mut program = Program::new(&world, Some(strike.plan(n)));
            command_with_late_statuses(&world, &mut program, runs).await;
            deaths += program.deaths();
            check_command(&world, runs).await;
        }
    }
    print("a command", &calls, runs, deaths);
}

/// Overlapping visibility: a slow program's messages are worked through by another.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn x4_crash_matrix_of_two_programs_at_once() {
    let world = World::new().await;
    let mut program = Program::new(&world, None);
    command(&world, &mut program, 0, 1).await;
    let calls = calls(&world);
    for n in 2..=calls.len() {
        println!("call {n} {:?} held up", calls[n - 1]);
        let mut program = Program::new(&world, None);
        let hook = world.hook(&phone(n), "stock ABC123");
        program.deliver(&hook).await;
        program.settle_overlapping(n).await;
        check_command(&world, n).await;
    }
}

/// Overlapping visibility on the way of a report, before the decision and after it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn x4_crash_matrix_of_a_report_by_two_programs_at_once() {
    let world = World::new().await;
    let mut program = Program::new(&world, None);
    report(&world, &mut program, 0, 1).await;
    let calls = calls(&world);
    for n in 2..=calls.len() {
        println!("call {n} {:?} held up", calls[n - 1]);
        let asked_before = world.heard(APPROVER).len();
        let phone = phone(n);
        let mut program = Program::new(&world, None);
        let hook = world.hook(&phone, "sales report for last week");
        program.deliver(&hook).await;
        program.settle_overlapping(n).await;
        // A question whose outcome a redelivery made unknown is settled by its status.
        program.settle().await;
        let output = world.outputs(&phone).await[0];
        let body = world.callback_body(output, "approve", "Grace").await;
        let request = world.callback_request(&format!("run-{n}"), &body);
        let answer = program.run(async |f: Functions| f.approvals.handle(request).await.status());
        assert_eq!(answer.await, Run::Ended(StatusCode::OK));
        program.settle_overlapping(n).await;
        check_report(&world, n, asked_before).await;
    }
}

async fn reports(strike: Strike, most_deliveries: usize) {
    let world = World::new().await;
    let mut program = Program::new(&world, None);
    report(&world, &mut program, 0, 1).await;
    let calls = calls(&world);
    check_report(&world, 0, 0).await;
    let (mut runs, mut deaths) = (0, 0);
    for n in 1..=calls.len() {
        for deliveries in 1..=most_deliveries {
            runs += 1;
            println!("call {n} {:?}, {strike:?}, {deliveries}×", calls[n - 1]);
            let asked_before = world.heard(APPROVER).len();
            let mut program = Program::new(&world, Some(strike.plan(n)));
            report(&world, &mut program, runs, deliveries).await;
            deaths += program.deaths();
            check_report(&world, runs, asked_before).await;
        }
    }
    print(&format!("a report, {strike:?}"), &calls, runs, deaths);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn x4_crash_matrix_of_a_report_stopped_before() {
    reports(Strike::Before, 3).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn x4_crash_matrix_of_a_report_stopped_after() {
    reports(Strike::After, 3).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn x4_crash_matrix_of_a_report_whose_answers_are_lost() {
    reports(Strike::Answer, 3).await;
}
