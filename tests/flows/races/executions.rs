//! A worker that stalls is fenced off: who took over ends the execution, and nobody else speaks.

use std::time::Duration;

use countersign_aws::{
    Error,
    approvals::{Approvals, Claimed, Decided, Ended, State, Verdict},
    schema::{EXPRESS, INBOUND},
};
use countersign_core::{
    Tenant,
    approval::{Decision, OutputStatus},
};
use futures::future::join_all;
use it::{CUSTOMER, World};
use jiff::{SignedDuration, Timestamp};

use super::{
    STALL, cold,
    outputs::{Asked, ask},
    reached, stall,
};

const LEASE: SignedDuration = SignedDuration::from_mins(2);
const WRITE: &str = "UpdateItem";

/// A hundred times: nobody takes over before the lease is over, one of eight does after it, and the
/// stalled worker can't end it, whether it wakes before, while or after the other ends it.
#[tokio::test]
async fn x4_a_stalled_worker_is_fenced_off() {
    let world = World::new().await;
    let (tenant, table, now) = (world.tenant(), world.approvals(), world.now());
    let deadline = now + SignedDuration::from_hours(24);
    for (n, asked) in ask(&world, &[deadline; 100]).await.into_iter().enumerate() {
        approve(&table, &tenant, asked, now).await;
        let stalled = claim(&table, &tenant, asked, "stalled", now).await;
        let stalled = ours(stalled).expect("it is free");
        let early = claim(
            &table,
            &tenant,
            asked,
            "early",
            now + LEASE - SignedDuration::from_millis(1),
        );
        assert_eq!(early.await, Claimed::Taken);

        let later = now + LEASE;
        let tokens: Vec<String> = (0..8).map(|n| format!("worker {n}")).collect();
        let claims = tokens
            .iter()
            .map(|token| claim(&table, &tenant, asked, token, later));
        let took_over: Vec<State> = join_all(claims)
            .await
            .into_iter()
            .filter_map(ours)
            .collect();
        let [took_over] = &took_over[..] else {
            panic!("{n}: taken over by {}", took_over.len());
        };

        let failed = Ended::Failed {
            why: "stalled".to_owned(),
        };
        let wakes = || table.finish(&stalled, &failed, later);
        let ends = || table.finish(took_over, &Ended::Executed { said: None }, later);
        let (woken, ended) = match n % 3 {
            0 => (wakes().await, ends().await),
            1 => tokio::join!(wakes(), ends()),
            _ => {
                let ended = ends().await;
                (wakes().await, ended)
            }
        };
        assert!(
            matches!(woken, Err(Error::Conflict { .. })),
            "{n}: {woken:?}"
        );
        let stands = table.state(&tenant, asked.output).await.unwrap();
        assert_eq!(stands.as_ref(), Some(&ended.unwrap()));
        assert_eq!(
            stands.map(|state| (state.status, state.fence)),
            Some((OutputStatus::Executed, 2))
        );
        let again = claim(&table, &tenant, asked, "again", later + LEASE).await;
        assert!(matches!(again, Claimed::Over(_)), "{n}: {again:?}");
    }
}

/// The worker wakes when the other is done, or while it is still at work; also when it is the
/// stalled worker's last try but one, on which failures are reported.
#[tokio::test]
async fn x4_a_stalled_executor_says_nothing() {
    for the_other_takes in [2 * STALL, Duration::ZERO] {
        for receives in [EXPRESS.most_receives - 1, 1] {
            let world = World::new().await;
            world.tell(CUSTOMER, "sales report for last week").await;
            world.decide_on_page("approve", "").await;
            world.drain_queue(INBOUND).await;
            let order = world.waiting(EXPRESS).remove(0);
            let [stalled, other] = [cold(&world, 1), cold(&world, 1)];

            // Each claims and ends: the first's end is the second write, the other's the fourth.
            world.stack.faults.reset();
            stall(&world, WRITE, 2, STALL);
            stall(&world, WRITE, 4, the_other_takes);
            let takes_over = async {
                reached(&world, WRITE, 2).await;
                world.clock.advance(Duration::from_secs(121));
                other[0].executor.handle(order.event(1)).await
            };
            let (woken, took_over) = tokio::join!(
                stalled[0].executor.handle(order.event(receives)),
                takes_over
            );
            assert_eq!(took_over.batch_item_failures.len(), 0);
            world.settle().await;

            let output = world.outputs(CUSTOMER).await[0];
            let state = world.state(output).await;
            assert_eq!((state.status, state.fence), (OutputStatus::Executed, 2));
            let sent = world.sent_to(CUSTOMER);
            let bodies: Vec<&str> = sent.iter().map(|m| m.body.as_str()).collect();
            assert_eq!(sent.len(), 3, "{bodies:?}");
            assert!(sent[2].media_url.is_some(), "{bodies:?}");
            assert_eq!(
                woken.batch_item_failures.len(),
                1,
                "it is told so on its next try"
            );
        }
    }
}

async fn approve(table: &Approvals, tenant: &Tenant, asked: Asked, at: Timestamp) {
    let verdict = Verdict {
        output: asked.output,
        version: 1,
        digest: asked.digest,
        decision: Decision::Approved {
            by: "Grace Uwase".to_owned(),
            at,
        },
        id: format!("verdict {}", asked.output),
        channel: "page",
    };
    let decided = table.decide(tenant, &verdict, at).await.unwrap();
    assert!(matches!(decided, Decided::Won(_)), "{decided:?}");
}

async fn claim(
    table: &Approvals,
    tenant: &Tenant,
    asked: Asked,
    token: &str,
    at: Timestamp,
) -> Claimed {
    let claimed = table.claim(tenant, asked.output, asked.digest, token, at, at + LEASE);
    claimed.await.unwrap()
}

fn ours(claimed: Claimed) -> Option<State> {
    match claimed {
        Claimed::Ours(state) => Some(*state),
        Claimed::Over(_) | Claimed::Taken | Claimed::Refused(_) => None,
    }
}
