//! Many writers at once.

use std::{
    collections::BTreeSet,
    sync::atomic::{AtomicBool, Ordering},
};

use countersign_aws::{
    Error,
    spend::{Reserving, Settling},
};
use countersign_core::{money::MicroUsd, spend::Reservation};
use countersign_local::faults::{Fault, Plan, Service};
use futures::future::join_all;

use super::{Company, granted, writer};

const WRITERS: usize = 64;
const CALLS: usize = 6;

/// Numbers that look like chance and are the same in every run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % end
    }
}

/// What a writer did.
#[derive(Default)]
struct Done {
    settled: u64,
    left: Vec<Reservation>,
    refused: usize,
    alerts: usize,
}

/// How much dearer than reserved a call may turn out.
#[derive(Clone, Copy)]
enum Bills {
    Within,
    Above,
}

/// Does it again when every try of the SDK lost its answer, as whoever is redelivered does.
async fn persist<T>(act: impl AsyncFn() -> Result<T, Error>) -> T {
    for _ in 0..10 {
        if let Ok(done) = act().await {
            return done;
        }
    }
    panic!("ten times three answers were lost");
}

/// Every writer reserves and settles in turn. One call in eight dies before it is settled, and one
/// settlement in four is repeated.
async fn write(company: &Company, n: usize, bills: Bills) -> Done {
    let spend = writer(&company.world);
    let (tenant, now) = (company.world.tenant(), company.world.now());
    let mut dice = Dice(0x9E37_79B9_7F4A_7C15 ^ (n as u64 + 1));
    let mut done = Done::default();
    for call in 0..CALLS {
        let amount = 1 + dice.below(2_000);
        let id = format!("w{n}-{call}");
        let asked = persist(async || company.ask_by(&spend, &id, amount, now).await);
        let reservation = match asked.await {
            Reserving::Reserved(reservation) => reservation,
            Reserving::OverLimit(over) | Reserving::FirstOverLimit(over)
                if over.spent + over.asked <= over.limit =>
            {
                panic!("refused within the limit: {over}");
            }
            Reserving::OverLimit(_) => {
                done.refused += 1;
                continue;
            }
            Reserving::FirstOverLimit(_) => {
                (done.refused, done.alerts) = (done.refused + 1, done.alerts + 1);
                continue;
            }
        };
        if dice.below(8) == 0 {
            done.left.push(reservation);
            continue;
        }
        let most = match bills {
            Bills::Within => amount + 1,
            Bills::Above => 2 * amount,
        };
        let actual = MicroUsd(dice.below(most));
        persist(async || spend.settle(&tenant, &reservation, actual).await).await;
        done.settled += actual.0;
        if dice.below(4) == 0 {
            let again = persist(async || spend.settle(&tenant, &reservation, actual).await);
            assert_eq!(again.await, Settling::Before);
        }
    }
    done
}

/// Looks on until told to stop: what is spent and reserved never passes the limit.
async fn watch(company: &Company, stop: &AtomicBool) -> usize {
    let mut looks = 0;
    while !stop.load(Ordering::SeqCst) {
        let ledger = company.ledger().await;
        assert!(ledger.spent <= company.limit, "{}", ledger.spent);
        looks += 1;
    }
    looks
}

/// 64 writers, each losing the answer to every fifth of its writes.
async fn all_at_once(company: &Company, bills: Bills) -> Vec<Done> {
    for n in (5..4 * WRITERS * CALLS).step_by(5) {
        let lost = Plan::nth_of(Service::DynamoDb, "UpdateItem", n, Fault::LoseAnswer);
        company.world.stack.faults.arm(lost);
    }
    join_all((0..WRITERS).map(|n| write(company, n, bills))).await
}

/// What the ledger says is what the writers did, to the millionth.
async fn check(company: &Company, done: &[Done]) {
    let ledger = company.ledger().await;
    let settled: u64 = done.iter().map(|done| done.settled).sum();
    let left = || done.iter().flat_map(|done| &done.left);
    let held: u64 = left().map(|reservation| reservation.held.amount.0).sum();
    assert_eq!(ledger.spent, MicroUsd(settled + held));
    let open: BTreeSet<_> = ledger.open.keys().collect();
    assert_eq!(open, left().map(|reservation| &reservation.id).collect());
    assert_eq!(ledger.released.len(), 0);
}

#[tokio::test]
async fn o9_the_ledger_of_sixty_four_writers_adds_up_and_stays_within_the_limit() {
    let company = Company::with(60_000).await;
    let stop = AtomicBool::new(false);
    let writing = async {
        let done = all_at_once(&company, Bills::Within).await;
        stop.store(true, Ordering::SeqCst);
        done
    };
    let (done, looks) = tokio::join!(writing, watch(&company, &stop));
    check(&company, &done).await;
    let count = |of: fn(&Done) -> usize| done.iter().map(of).sum::<usize>();
    let (refused, left) = (count(|d| d.refused), count(|d| d.left.len()));
    // What the test is about did happen.
    assert!(
        looks > 10 && refused > 10 && left > 5,
        "{looks} {refused} {left}"
    );
    assert_eq!(count(|d| d.alerts), 1);
}

#[tokio::test]
async fn o3_the_ledger_adds_up_when_bills_are_above_what_was_reserved() {
    let company = Company::with(10_000_000).await;
    let done = all_at_once(&company, Bills::Above).await;
    check(&company, &done).await;
    assert_eq!(done.iter().map(|d| d.refused).sum::<usize>(), 0);
}

/// Whoever died in the first wave holds nothing in the second, however many release it at once.
#[tokio::test]
async fn o9_sixty_four_writers_release_what_the_dead_held_exactly_once() {
    let company = Company::with(60_000).await;
    let now = company.world.now();
    let dead = (0..60).map(|n| format!("dead-{n}"));
    for id in dead {
        company.reserve(&id, 1_000, now).await;
    }
    let later = now + super::CALL + super::GRACE;
    let asked = join_all((0..WRITERS).map(async |n| {
        let spend = writer(&company.world);
        let id = format!("w{n}");
        company.ask_by(&spend, &id, 900, later).await.unwrap()
    }));
    let held: Vec<_> = asked.await.into_iter().filter_map(granted).collect();
    assert_eq!(held.len(), WRITERS);
    let ledger = company.ledger().await;
    assert_eq!(ledger.spent, MicroUsd(WRITERS as u64 * 900));
    assert_eq!((ledger.open.len(), ledger.over), (WRITERS, None));
}

/// Exactly one of all that are refused is to raise the alert, also when its answer is lost.
#[tokio::test]
async fn o9_of_sixty_four_refused_at_once_one_is_the_first() {
    for lost in [0, 1, 65] {
        let company = Company::with(1_000).await;
        let now = company.world.now();
        company.reserve("all", 1_000, now).await;
        company.world.stack.faults.reset();
        let plan = Plan::nth_of(Service::DynamoDb, "UpdateItem", lost, Fault::LoseAnswer);
        company.world.stack.faults.arm(plan);
        let asked = join_all((0..WRITERS).map(async |n| {
            let spend = writer(&company.world);
            let id = format!("w{n}");
            company.ask_by(&spend, &id, 1, now).await.unwrap()
        }));
        let firsts = Reserving::FirstOverLimit(company.over(1, 1_000));
        let others = Reserving::OverLimit(company.over(1, 1_000));
        let asked = asked.await;
        let count = |what: &Reserving| asked.iter().filter(|asked| *asked == what).count();
        assert_eq!((count(&firsts), count(&others)), (1, WRITERS - 1));
    }
}
