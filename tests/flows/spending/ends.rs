//! Reservations that nobody settles, or somebody settles late.

use countersign_aws::{
    Error,
    spend::{Reserving, Settling},
};
use countersign_core::{
    money::MicroUsd,
    spend::{MOST_OPEN, MOST_RELEASED},
};
use countersign_local::faults::{Fault, Plan, Service};
use jiff::SignedDuration;

use super::{CALL, Company, GRACE, writer};

const MILLISECOND: SignedDuration = SignedDuration::from_millis(1);

#[tokio::test]
async fn o9_what_a_crash_held_is_free_again_after_its_end_and_not_before() {
    let company = Company::with(1_000).await;
    let now = company.world.now();
    company.reserve("crashed", 800, now).await;
    let end = now + CALL + GRACE;
    let early = company.ask("early", 201, end - MILLISECOND).await;
    assert_eq!(early, Reserving::FirstOverLimit(company.over(201, 800)));
    company.calls();
    company.reserve("later", 1_000, end).await;
    // Refused, released, reserved.
    assert_eq!(company.calls(), ["UpdateItem"; 3]);
    assert_eq!(company.spent().await, 1_000);
}

/// The two writes of a call, struck before and after: nothing but an unsettled reservation stays,
/// and that until its end.
#[tokio::test]
async fn o9_a_death_at_either_write_leaks_nothing() {
    let (stop, stopped) = (Fault::StopBefore, Fault::StopAfter);
    for (n, fault, left) in [
        (1, stop.clone(), 0),
        (1, stopped.clone(), 700),
        (2, stop, 700),
        (2, stopped, 300),
    ] {
        let company = Company::with(1_000).await;
        let (now, faults) = (company.world.now(), &company.world.stack.faults);
        faults.arm(Plan::nth(n, fault));
        let call = async {
            let held = company.reserve("a", 700, now).await;
            company.settle(&held, 300).await;
        };
        assert_eq!(faults.unless_stopped(call).await, None);
        faults.reset();
        assert_eq!(company.spent().await, left, "call {n}");
        // Redelivered, it is another attempt, with a reservation of its own.
        let later = now + CALL + GRACE;
        let (tenant, spend) = (company.world.tenant(), writer(&company.world));
        let asked = company.ask_by(&spend, "b", 700, later).await.unwrap();
        let held = super::granted(asked).expect("what the dead one held is free");
        spend.settle(&tenant, &held, MicroUsd(300)).await.unwrap();
        let counted = if left == 300 { 600 } else { 300 };
        assert_eq!(
            company.ledger().await.settled(),
            MicroUsd(counted),
            "call {n}"
        );
    }
}

/// A call that took too long still cost what it cost.
#[tokio::test]
async fn o3_a_settlement_after_the_release_counts_once() {
    for lost in [None, Some(1), Some(2)] {
        let company = Company::with(1_000).await;
        let now = company.world.now();
        let late = company.reserve("late", 900, now).await;
        company.reserve("next", 500, now + CALL + GRACE).await;
        assert_eq!(company.spent().await, 500);
        company.world.stack.faults.reset();
        if let Some(n) = lost {
            let plan = Plan::nth_of(Service::DynamoDb, "UpdateItem", n, Fault::LoseAnswer);
            company.world.stack.faults.arm(plan);
        }
        let settled = company.settle(&late, 850).await;
        // Whoever lost the answer to the write that counted hears that it was there.
        let spent = MicroUsd(1_350);
        match lost {
            Some(2) => assert_eq!(settled, Settling::Before),
            _ => assert_eq!(settled, Settling::Now { spent }),
        }
        for _ in 0..2 {
            assert_eq!(company.settle(&late, 850).await, Settling::Before);
        }
        assert_eq!(company.spent().await, 1_350);
        assert_eq!(company.ledger().await.released.len(), 0);
    }
}

#[tokio::test]
async fn o9_a_reservation_whose_answer_was_lost_is_held_once() {
    let company = Company::with(1_000).await;
    let now = company.world.now();
    let lost = Plan::every(Service::DynamoDb, "UpdateItem", Fault::LoseAnswer);
    company.world.stack.faults.arm(lost);
    assert!(company.ask_by(&company.spend, "a", 600, now).await.is_err());
    company.world.stack.faults.reset();
    assert_eq!(company.spent().await, 600);
    let held = company.reserve("a", 600, now).await;
    assert_eq!(company.spent().await, 600);
    company.settle(&held, 0).await;
    assert_eq!(company.spent().await, 0);
}

/// The item is written whole with each call, and DynamoDB takes 400 KB.
#[tokio::test]
async fn o9_the_days_item_does_not_grow_without_end() {
    let company = Company::with(10_000_000).await;
    let mut now = company.world.now();
    for round in 0..2 {
        for n in 0..MOST_OPEN {
            company.reserve(&format!("r{round}-{n}"), 1, now).await;
        }
        let full = company.ask_by(&company.spend, "one-more", 1, now).await;
        assert!(
            matches!(&full, Err(Error::Transient { why, .. }) if why.contains("under way")),
            "{full:?}"
        );
        now = now + CALL + GRACE;
        let held = company.reserve(&format!("free-{round}"), 1, now).await;
        company.settle(&held, 0).await;
        let ledger = company.ledger().await;
        assert_eq!((ledger.open.len(), ledger.spent), (0, MicroUsd::ZERO));
        assert!(ledger.released.len() <= MOST_RELEASED);
    }
}
