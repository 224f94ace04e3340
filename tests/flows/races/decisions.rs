//! The first write wins: many deciders on many outputs, in the table itself.

use std::{collections::BTreeMap, time::Instant};

use countersign_aws::{
    Clients, Error,
    approvals::{Approvals, Claimed, Decided, Ended, Verdict},
    schema,
};
use countersign_core::{Tenant, approval::Decision};
use countersign_local::faults::{Fault, Plan, Service};
use futures::future::join_all;
use it::World;
use jiff::{SignedDuration, Timestamp};

use super::outputs::{Asked, ask};

const OUTPUTS: usize = 500;
const DECIDERS: usize = 64;
/// On every fifth output answers are lost.
const LOSSY: usize = 5;
/// Of the calls about it, these.
const LOST: [usize; 4] = [1, 2, 5, 9];

/// 500 outputs, each with 64 deciders at once: approvals, rejections and expiries. A third is far
/// from its deadline, a third past it, and for a third it passes while they decide, each by a clock
/// that is off by milliseconds. For a fifth of all, answers are lost on the way back.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn p7_first_write_wins() {
    let began = Instant::now();
    let world = World::new().await;
    let now = world.now();
    let deadlines: Vec<Timestamp> = (0..OUTPUTS).map(|n| now + to_the_deadline(n)).collect();
    let asked: Vec<(usize, Asked)> = ask(&world, &deadlines)
        .await
        .into_iter()
        .enumerate()
        .collect();
    let (lossy, sound): (Vec<_>, Vec<_>) = asked.into_iter().partition(|(n, _)| n % LOSSY == 0);

    let direct = world.approvals();
    // In a task of its own, so that both processors have work.
    let (table, tenant) = (direct.clone(), world.tenant());
    let plain = tokio::spawn(async move {
        let mut races = Vec::new();
        for (n, asked) in sound {
            races.push((n, race(&table, &tenant, n, asked, now).await));
        }
        races
    });
    let lossy = race_with_losses(&world, &lossy, now).await;
    let plain = plain.await.unwrap();
    let raced = began.elapsed();
    let mut tally = Tally::default();
    for (n, race) in plain.into_iter().chain(lossy) {
        tally.add(n, &race);
        let stands = direct.state(&world.tenant(), race.asked.output).await;
        let stands = stands.unwrap().unwrap();
        assert_eq!(stands.decision.as_ref(), Some(race.winner()), "output {n}");
        let executions = execute(&direct, &world.tenant(), race.asked, now).await;
        let approved = matches!(race.winner(), Decision::Approved { .. });
        assert_eq!(executions, usize::from(approved), "output {n}");
        tally.executions += executions;
    }
    assert_eq!(tally.decisions.values().sum::<usize>(), OUTPUTS);
    assert_eq!(tally.executions, tally.decisions["approved"]);
    assert_eq!(tally.decisions.len(), 3, "{tally:?}");
    println!(
        "p7_first_write_wins: {OUTPUTS} outputs x {DECIDERS} deciders = {} verdicts, {} answers \
         lost; decisions {:?}; told who won: {}, told of the deadline: {}; executions {}; {raced:.1?}, all {:.1?}",
        OUTPUTS * DECIDERS,
        OUTPUTS / LOSSY * LOST.len(),
        tally.decisions,
        tally.told,
        tally.deadline,
        tally.executions,
        began.elapsed(),
    );
}

fn to_the_deadline(n: usize) -> SignedDuration {
    match n % 3 {
        0 => SignedDuration::from_hours(24),
        1 => SignedDuration::from_millis(-500),
        _ => SignedDuration::ZERO,
    }
}

/// Who said what, and what each was told.
struct Race {
    asked: Asked,
    told: Vec<(Verdict, Timestamp, Decided)>,
}

#[derive(Debug, Default)]
struct Tally {
    decisions: BTreeMap<&'static str, usize>,
    told: usize,
    deadline: usize,
    executions: usize,
}

/// All decide at once, in another order on each output.
async fn race(table: &Approvals, tenant: &Tenant, n: usize, asked: Asked, now: Timestamp) -> Race {
    let deciders = (0..DECIDERS).map(|who| {
        let at = now + SignedDuration::from_millis((who as i64 * 5 + n as i64) % 7 - 3);
        let verdict = verdict(n, who, asked, at);
        async move {
            let decided = decide(table, tenant, &verdict, at).await;
            (verdict, at, decided)
        }
    });
    Race {
        asked,
        told: join_all(deciders).await,
    }
}

/// Whoever hears nothing asks again under the same id, as senders of callbacks do: where the SDK
/// has lost too many answers of one client, it tries no more.
async fn decide(table: &Approvals, tenant: &Tenant, verdict: &Verdict, at: Timestamp) -> Decided {
    for _ in 0..5 {
        match table.decide(tenant, verdict, at).await {
            Ok(decided) => return decided,
            Err(Error::Transient { .. }) => {}
            Err(error) => panic!("{error}"),
        }
    }
    panic!("no answer to {verdict:?}")
}

/// One output after the other, because lost answers are counted off by output.
async fn race_with_losses(
    world: &World,
    lossy: &[(usize, Asked)],
    now: Timestamp,
) -> Vec<(usize, Race)> {
    let clients = Clients::local(&world.stack.aws);
    let name = world.stack.environment.get(schema::APPROVALS.variable);
    let table = Approvals::new(clients.dynamodb().clone(), name.unwrap());
    let faults = &world.stack.faults;
    let mut races = Vec::new();
    for (n, asked) in lossy {
        faults.reset();
        for lost in LOST {
            let plan = Plan::nth_of(Service::DynamoDb, "UpdateItem", lost, Fault::LoseAnswer);
            faults.arm(plan);
        }
        let race = race(&table, &world.tenant(), *n, *asked, now).await;
        assert!(faults.calls().len() >= DECIDERS + LOST.len());
        races.push((*n, race));
    }
    races
}

fn verdict(n: usize, who: usize, asked: Asked, at: Timestamp) -> Verdict {
    let by = format!("Approver {who}");
    let decision = match (n + who) % 3 {
        0 => Decision::Approved { by, at },
        1 => Decision::Rejected {
            by,
            at,
            reason: Some(format!("Reason {who}")),
        },
        _ => Decision::Expired { at },
    };
    Verdict {
        output: asked.output,
        version: 1,
        digest: asked.digest,
        decision,
        id: format!("verdict {n}/{who}"),
        channel: "page",
    }
}

/// Eight workers want to carry it out; gives how many could.
async fn execute(table: &Approvals, tenant: &Tenant, asked: Asked, now: Timestamp) -> usize {
    let lease = now + SignedDuration::from_mins(2);
    let workers = (0..8).map(|worker| async move {
        let token = format!("worker {worker}");
        let claimed = table.claim(tenant, asked.output, asked.digest, &token, now, lease);
        match claimed.await.unwrap() {
            Claimed::Ours(state) => {
                table
                    .finish(&state, &Ended::Executed { said: None }, now)
                    .await
                    .unwrap();
                1
            }
            Claimed::Over(_) | Claimed::Taken | Claimed::Refused(_) => 0,
        }
    });
    join_all(workers).await.into_iter().sum()
}

impl Race {
    fn winner(&self) -> &Decision {
        let mut winners = self.told.iter().filter_map(|(verdict, _, decided)| {
            matches!(decided, Decided::Won(_)).then_some(&verdict.decision)
        });
        let winner = winners.next().expect("somebody decides");
        assert_eq!(winners.next(), None, "a second decision");
        winner
    }
}

impl Tally {
    /// Counts a race in which everybody was told the truth.
    fn add(&mut self, n: usize, race: &Race) {
        let winner = race.winner();
        *self.decisions.entry(word(winner)).or_default() += 1;
        for (verdict, at, decided) in &race.told {
            let in_time = match verdict.decision {
                Decision::Expired { .. } => *at >= race.asked.deadline,
                Decision::Approved { .. }
                | Decision::Rejected { .. }
                | Decision::Answered { .. } => *at < race.asked.deadline,
            };
            match decided {
                Decided::Won(state) => {
                    assert!(in_time, "output {n}: {verdict:?}");
                    assert_eq!(state.decision.as_ref(), Some(winner));
                }
                Decided::Lost(state) => {
                    assert_eq!(state.decision.as_ref(), Some(winner), "output {n}");
                    self.told += 1;
                }
                // Nobody had decided yet, and this one could not.
                Decided::Deadline => {
                    assert!(!in_time, "output {n}: {verdict:?}");
                    self.deadline += 1;
                }
                Decided::NotWhatWaits | Decided::NotThatKind | Decided::NotFound => {
                    panic!("output {n}: {decided:?}")
                }
            }
        }
    }
}

fn word(decision: &Decision) -> &'static str {
    match decision {
        Decision::Approved { .. } => "approved",
        Decision::Rejected { .. } => "rejected",
        Decision::Expired { .. } => "expired",
        Decision::Answered { .. } => "answered",
    }
}
