//! W4: every message arrives once and in its place, however it is delivered.

use std::time::{Duration, Instant};

use countersign_aws::schema;
use countersign_core::{event::EventData, message::Content};
use countersign_local::simulator::Statuses;
use futures::future::join_all;
use it::{CUSTOMER, Hook, Program, World};

const CUSTOMERS: usize = 500;
const MESSAGES: usize = 20;
/// One in so many deliveries comes once more, at some later time.
const DUPLICATES: usize = 4;
/// So many at a time are taken in before the queues are worked through.
const WAVE: usize = 4_500;

/// xorshift64*: the same shuffle every time.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as usize % n
    }
}

fn phone(customer: usize) -> String {
    format!("+25078872{customer:05}")
}

fn text(message: usize) -> String {
    format!("note number {message:02} to myself")
}

/// What a phone's thread has of the customer's words, in its order.
async fn written(world: &World, phone: &str) -> Vec<String> {
    let events = world.events(phone).await;
    let bodies = events.into_iter().filter_map(|event| match event.data {
        EventData::UserMessage {
            content: Content::Text { body },
            ..
        } => Some(body),
        _ => None,
    });
    bodies.collect()
}

/// The agent works through what came in. What it says is of no interest here, and stays queued.
async fn take_in(world: &World) {
    let mappings = world.stack.mappings(&world.stack.functions());
    let url = world.stack.environment.get(schema::INBOUND.variable);
    let inbound = mappings
        .iter()
        .find(|it| Some(&it.queue_url) == url.as_ref());
    loop {
        let drained = world.drain(inbound.unwrap()).await;
        assert_eq!(drained.overtaken, [] as [String; 0]);
        if drained.received > 0 {
            continue;
        }
        if world.waiting(schema::INBOUND).is_empty() {
            return;
        }
        world.clock.advance(Duration::from_secs(1));
    }
}

/// 500 customers write 20 messages each. Deliveries of different customers are shuffled, one in four
/// comes again later: within the queue's memory or after it, alone or among its customer's next ones.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn w4_500_customers_messages_shuffled_duplicated_and_batched_arrive_once_and_in_order() {
    let began = Instant::now();
    let world = World::new().await;
    world.stack.simulator.set_statuses(Statuses::Held);
    let functions = world.stack.functions();
    let mut dice = Dice(0x9e37_79b9_7f4a_7c15);
    let mut next = [0; CUSTOMERS];
    let mut writes: Vec<usize> = (0..CUSTOMERS).collect();
    let mut again: Vec<Hook> = Vec::new();
    let (mut deliveries, mut duplicates, mut waves, mut turns) = (0, 0, 0, 0);
    while !writes.is_empty() || !again.is_empty() {
        // Of one customer only the first time of a message is in order with the others.
        let mut wave = Vec::new();
        while wave.len() < WAVE && !(writes.is_empty() && again.is_empty()) {
            let repeats = !again.is_empty() && (writes.is_empty() || dice.below(5) == 0);
            if repeats {
                duplicates += 1;
                wave.push(again.swap_remove(dice.below(again.len())));
                continue;
            }
            let at = dice.below(writes.len());
            let customer = writes[at];
            // Some write in one go what others write in six.
            for _ in 0..=dice.below(6) {
                let hook = world.hook(&phone(customer), &text(next[customer]));
                if dice.below(DUPLICATES) == 0 {
                    again.push(hook.clone());
                }
                wave.push(hook);
                next[customer] += 1;
                if next[customer] == MESSAGES {
                    writes.swap_remove(at);
                    break;
                }
            }
        }
        deliveries += wave.len();
        for hook in &wave {
            let status = functions.ingress.handle(hook.request()).await.status();
            assert_eq!(status, 200);
        }
        take_in(&world).await;
        waves += 1;
        // Only between the first two waves does the queue still know what it had.
        let later = if waves == 1 { 30 } else { 301 };
        world.clock.advance(Duration::from_secs(later));
    }
    let expect: Vec<String> = (0..MESSAGES).map(text).collect();
    let phones: Vec<String> = (0..CUSTOMERS).map(phone).collect();
    for phones in phones.chunks(20) {
        let threads = join_all(phones.iter().map(|phone| written(&world, phone))).await;
        for (phone, written) in phones.iter().zip(threads) {
            assert_eq!(written, expect, "{phone}");
        }
        let heads = join_all(phones.iter().map(|phone| world.head(phone))).await;
        for head in heads {
            assert_eq!(head.counts.messages_in, MESSAGES as u64);
            assert_eq!(head.fold.open, []);
            turns += head.commit;
        }
    }
    assert_eq!(world.dead_letters(), 0);
    assert_eq!(deliveries, CUSTOMERS * MESSAGES + duplicates);
    assert!(duplicates > CUSTOMERS * MESSAGES / 5, "{duplicates}");
    println!(
        "{CUSTOMERS} customers, {} messages, {deliveries} deliveries of which {duplicates} were \
         duplicates, in {waves} waves: each message once and in order, in {turns} turns, {:.1} s",
        CUSTOMERS * MESSAGES,
        began.elapsed().as_secs_f64()
    );
}

#[tokio::test]
async fn w4_the_same_message_seconds_hours_and_days_later_changes_nothing() {
    let world = World::new().await;
    let hook = world.hook(CUSTOMER, "stock ABC123");
    let mut program = Program::new(&world, None);
    program.deliver(&hook).await;
    program.settle().await;
    let head = world.head(CUSTOMER).await;
    let mut passed = Duration::ZERO;
    for after in [
        5,
        299,
        301,
        6 * 3600,
        23 * 3600,
        8 * 24 * 3600,
        60 * 24 * 3600,
    ] {
        let after = Duration::from_secs(after);
        world.pass(after - passed).await;
        passed = after;
        program.deliver(&hook).await;
        program.settle().await;
        assert_eq!(world.head(CUSTOMER).await, head, "{after:?} later");
        assert_eq!(world.heard(CUSTOMER).len(), 1, "{after:?} later");
    }
    // And beside a message that is new.
    program.deliver(&hook).await;
    program.deliver(&world.hook(CUSTOMER, "help")).await;
    program.deliver(&hook).await;
    program.settle().await;
    assert_eq!(world.heard(CUSTOMER).len(), 2);
    assert_eq!(world.dead_letters(), 0);
}

/// W4: killed before and after every call, and with every answer lost, a burst is one turn and has one
/// answer.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn w4_a_burst_that_is_struck_at_any_call_is_one_turn_and_has_one_answer() {
    use countersign_local::faults::{Fault, Plan};

    let world = World::new().await;
    let phone = |run: usize| format!("+25078873{run:05}");
    let run = async |n: usize, plan: Option<Plan>| {
        let (phone, mut program) = (phone(n), Program::new(&world, plan));
        for text in ["good morning my friend", "i have something to ask you"] {
            program.deliver(&world.hook(&phone, text)).await;
        }
        program.settle().await;
        if world.heard(&phone).is_empty() {
            world.pass(Duration::from_secs(1)).await;
            world.tell(CUSTOMER, "help").await;
            world.pass(Duration::from_secs(11 * 60)).await;
            world.pass(Duration::from_secs(11 * 60)).await;
        }
        let heard = world.heard(&phone);
        assert_eq!(heard.len(), 1, "{heard:?}");
        let commits = world.history(&phone).await;
        assert_eq!((commits.len(), commits[0].causes.len()), (1, 2));
        assert_eq!(world.dead_letters(), 0);
        program.deaths()
    };
    run(0, None).await;
    world.stack.faults.reset();
    let mut program = Program::new(&world, None);
    for text in ["good morning my friend", "i have something to ask you"] {
        program.deliver(&world.hook(&phone(1), text)).await;
    }
    program.settle().await;
    let calls = world.stack.faults.calls().len();
    let (mut runs, mut deaths) = (1, 0);
    for n in 1..=calls {
        for fault in [Fault::StopBefore, Fault::StopAfter, Fault::LoseAnswer] {
            runs += 1;
            println!("call {n} of {calls}, {fault:?}");
            deaths += run(runs, Some(Plan::nth(n, fault))).await;
        }
    }
    println!("{runs} runs, {deaths} deaths");
}
