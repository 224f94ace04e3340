//! X4 of a code: wherever the program dies between a wish, the code, its return and the call, the
//! customer can show who they are, and what then is called is called once at most.

use std::net::SocketAddr;

use it::Program;

use super::*;

const DONE: &str = "It is on its way back.";
const LATE: &str = "That code is no longer valid. Please ask again, and I'll send you a new one.";

fn phone(run: usize) -> String {
    format!("+25078864{run:05}")
}

/// A company that pays back without asking anybody, once it knows who the customer is.
async fn company() -> Company {
    let allows = rule("tool == 'refund_payment' && customer.verified", Then::Allow);
    let mut company = Company::with(Repeat::Never, &[allows]).await;
    company.models.answer_with(answers);
    let address: SocketAddr = company.service.url["http://".len()..].parse().unwrap();
    let faults = &company.world.stack.faults;
    let proxy = faults.proxy(Outside::Webhook, address).await.unwrap();
    company.service.url = format!("http://{proxy}");
    let tool = RemoteTool {
        identity: Identity::Code,
        ..company.refund(Repeat::Never, "/refunds")
    };
    let (business, tenant) = (company.business(), company.world.tenant());
    business.put_remote_tool(&tenant, &tool).await.unwrap();
    company
}

/// The last code on a phone. One that nobody knows to be sent is settled by and by.
async fn code_on(world: &World, phone: &str) -> String {
    for _ in 0..3 {
        let heard = world.heard(phone);
        if let Some(last) = heard.iter().rfind(|it| it.starts_with("To go on")) {
            return code_in(last);
        }
        world.tell(CUSTOMER, "help").await;
        world.pass(Duration::from_secs(11 * 60)).await;
    }
    panic!("no code came: {:?}", world.heard(phone));
}

/// A wish, and the code for it, until it is taken.
async fn shows_who(world: &World, program: &mut Program<'_>, run: usize) {
    let phone = phone(run);
    for _ in 0..3 {
        program.deliver(&world.hook(&phone, WISH)).await;
        program.settle().await;
        let code = code_on(world, &phone).await;
        program.deliver(&world.hook(&phone, &code)).await;
        program.settle().await;
        if outcomes(world, &phone).await.last() != Some(&Outcome::Expired) {
            return;
        }
        assert!(world.heard(&phone).contains(&LATE.to_owned()));
    }
    panic!("no code was in time");
}

async fn ended(company: &Company, run: usize) -> OutputStatus {
    let (world, phone) = (&company.world, phone(run));
    for minutes in [2, 5, 11] {
        world.pass(Duration::from_secs(minutes * 60)).await;
    }
    world.tell(CUSTOMER, "help").await;
    for _ in 0..2 {
        world.pass(Duration::from_secs(11 * 60)).await;
    }
    let outputs = world.outputs(&phone).await;
    assert_eq!(outputs.len(), 1, "it was ordered once");
    let key = format!("\"{}\"", outputs[0]);
    let asked = company.service.asked();
    let asked = asked.iter().filter(|one| one.key.as_deref() == Some(&key));
    let head = world.head(&phone).await;
    assert_eq!(head.fold.open, []);
    assert_eq!((head.fold.awaiting, head.fold.running), (vec![], vec![]));
    assert_eq!(world.dead_letters(), 0);
    assert!(world.is_idle());
    let outcomes = outcomes(world, &phone).await;
    let passed = outcomes.iter();
    let passed = passed.filter(|it| matches!(it, Outcome::Passed { .. }));
    assert_eq!(passed.count(), 1, "{outcomes:?}");
    let status = world.state(outputs[0]).await.status;
    let last = match status {
        OutputStatus::Executed => {
            assert_eq!(asked.count(), 1);
            DONE
        }
        _ => {
            assert!(asked.count() <= 1);
            UNSETTLED
        }
    };
    // Each message once; a code that came too late is followed by another.
    let heard = world.heard(&phone);
    let times = |text: &str| heard.iter().filter(|it| *it == text).count();
    assert_eq!(
        (times("I'm working on it…"), times(last)),
        (1, 1),
        "{heard:?}"
    );
    let codes: Vec<&String> = heard
        .iter()
        .filter(|it| it.starts_with("To go on"))
        .collect();
    assert_eq!(codes.len(), times(LATE) + 1, "{heard:?}");
    assert_eq!(heard.len(), 2 * codes.len() + 1, "{heard:?}");
    status
}

async fn struck(fault: impl Fn() -> Fault) {
    let company = company().await;
    let world = &company.world;
    let mut program = Program::new(world, None);
    shows_who(world, &mut program, 0).await;
    let calls = world.stack.faults.calls();
    assert_eq!(ended(&company, 0).await, OutputStatus::Executed);
    let mut unknown = 0;
    for n in 1..=calls.len() {
        println!("call {n} {:?}, {:?}", calls[n - 1], fault());
        let mut program = Program::new(world, Some(Plan::nth(n, fault())));
        shows_who(world, &mut program, n).await;
        unknown += usize::from(ended(&company, n).await != OutputStatus::Executed);
    }
    // Only what struck between the call's beginning and its end leaves anything unknown.
    assert!(unknown <= 4, "{unknown} of {} are unknown", calls.len());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn x4_o10_crash_matrix_of_a_code_stopped_before() {
    struck(|| Fault::StopBefore).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn x4_o10_crash_matrix_of_a_code_stopped_after() {
    struck(|| Fault::StopAfter).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn x4_o10_crash_matrix_of_a_code_whose_answers_are_lost() {
    struck(|| Fault::LoseAnswer).await;
}
