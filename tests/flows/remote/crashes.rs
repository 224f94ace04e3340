//! X4 of an approved call: wherever the program dies between a wish and its end, a tool that can't
//! be repeated is called once at most, and the customer is told what is known.

use std::{net::SocketAddr, time::Duration};

use countersign_core::approval::OutputStatus;
use countersign_local::{
    faults::{Fault, Plan, Service as Outside},
    stack::Functions,
};
use http::StatusCode;
use it::{Program, Run};

use super::*;

const DONE: &str = "It is on its way back.";

fn phone(run: usize) -> String {
    format!("+25078863{run:05}")
}

/// A company whose service is reached through the fault proxies.
async fn company(repeat: Repeat) -> Company {
    let mut company = Company::with(repeat, &[]).await;
    company.models.answer_with(answers);
    let address: SocketAddr = company.service.url["http://".len()..].parse().unwrap();
    let faults = &company.world.stack.faults;
    let proxy = faults.proxy(Outside::Webhook, address).await.unwrap();
    company.service.url = format!("http://{proxy}");
    let tool = company.refund(repeat, "/refunds");
    let (business, tenant) = (company.business(), company.world.tenant());
    business.put_remote_tool(&tenant, &tool).await.unwrap();
    company
}

/// A wish, approved and carried out.
async fn wish(world: &World, program: &mut Program<'_>, run: usize) {
    let hook = world.hook(&phone(run), WISH);
    program.deliver(&hook).await;
    program.settle().await;
    let output = world.outputs(&phone(run)).await[0];
    let body = world.callback_body(output, "approve", "Grace").await;
    loop {
        let request = world.callback_request(&format!("wish-{run}"), &body);
        let answer = program
            .run(async |f: Functions| f.approvals.handle(request).await.status())
            .await;
        match answer {
            Run::Ended(StatusCode::OK) => break,
            Run::Ended(other) => panic!("the callback was answered {other}"),
            Run::Died => {}
        }
    }
    program.settle().await;
}

/// How often the service was asked for a run, and how the run ended.
async fn ended(company: &Company, run: usize) -> (usize, OutputStatus) {
    let (world, phone) = (&company.world, phone(run));
    // A crash between an end and its report is the clock's to notice.
    for minutes in [2, 5, 11] {
        world.pass(Duration::from_secs(minutes * 60)).await;
    }
    if world.heard(&phone).len() < 3 {
        // What is unknown is settled once the channel proves to be alive.
        world.tell(CUSTOMER, "help").await;
        world.pass(Duration::from_secs(11 * 60)).await;
        world.pass(Duration::from_secs(11 * 60)).await;
    }
    let output = world.outputs(&phone).await[0];
    let key = format!("\"{output}\"");
    let asked = company.service.asked();
    let asked = asked.iter().filter(|one| one.key.as_deref() == Some(&key));
    let head = world.head(&phone).await;
    assert_eq!(head.fold.awaiting, []);
    assert_eq!(head.fold.running, []);
    assert_eq!(world.dead_letters(), 0);
    assert!(world.is_idle());
    let status = world.state(output).await.status;
    let heard = world.heard(&phone);
    let last = match status {
        OutputStatus::Executed => DONE,
        _ => UNSETTLED,
    };
    // One that was held until it was settled arrives late.
    let mut told = vec!["I'm working on it…", WAITS, last];
    let mut heard: Vec<&str> = heard.iter().map(String::as_str).collect();
    told.sort_unstable();
    heard.sort_unstable();
    assert_eq!(heard, told);
    (asked.count(), status)
}

async fn struck(repeat: Repeat, fault: impl Fn() -> Fault) {
    let company = company(repeat).await;
    let world = &company.world;
    let mut program = Program::new(world, None);
    wish(world, &mut program, 0).await;
    let calls = world.stack.faults.calls();
    assert_eq!(ended(&company, 0).await, (1, OutputStatus::Executed));
    let mut unknown = 0;
    for n in 1..=calls.len() {
        println!("call {n} {:?}, {:?}", calls[n - 1], fault());
        let mut program = Program::new(world, Some(Plan::nth(n, fault())));
        wish(world, &mut program, n).await;
        let (asked, status) = ended(&company, n).await;
        match (repeat, status) {
            (Repeat::Never, OutputStatus::Executed) => assert_eq!(asked, 1),
            (Repeat::Never, _) => {
                assert!(asked <= 1, "{asked}");
                unknown += 1;
            }
            (Repeat::Safe, status) => {
                assert_eq!(status, OutputStatus::Executed);
                assert!((1..=2).contains(&asked), "{asked}");
            }
        }
    }
    // Only what struck between the call's beginning and its end leaves anything unknown.
    assert!(unknown <= 4, "{unknown} of {} are unknown", calls.len());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn x4_crash_matrix_of_a_call_stopped_before() {
    struck(Repeat::Never, || Fault::StopBefore).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn x4_crash_matrix_of_a_call_stopped_after() {
    struck(Repeat::Never, || Fault::StopAfter).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn x4_crash_matrix_of_a_call_whose_answers_are_lost() {
    struck(Repeat::Never, || Fault::LoseAnswer).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn x4_crash_matrix_of_a_call_that_may_be_repeated() {
    struck(Repeat::Safe, || Fault::StopAfter).await;
}
