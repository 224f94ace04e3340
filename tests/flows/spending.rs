//! The ledger of what models cost: many writers, lost answers, deaths between the two writes.

mod ends;
mod writers;

use countersign_aws::{
    Clients, schema,
    spend::{Reserving, Settling, Spend},
};
use countersign_core::{
    ReservationId,
    money::MicroUsd,
    spend::{Ledger, OverLimit, Reservation, day_of},
};
use countersign_local::faults::Call;
use it::World;
use jiff::{SignedDuration, Timestamp};

/// How long a call may take.
const CALL: SignedDuration = SignedDuration::from_secs(30);
/// From a call's deadline to the end of its reservation.
const GRACE: SignedDuration = SignedDuration::from_mins(2);

/// A world that only its ledger is looked at of.
struct Company {
    world: World,
    /// Through the fault proxy.
    spend: Spend,
    limit: MicroUsd,
}

impl Company {
    async fn with(limit: u64) -> Self {
        let world = World::new().await;
        world.stack.faults.reset();
        let spend = writer(&world);
        let limit = MicroUsd(limit);
        Self {
            world,
            spend,
            limit,
        }
    }

    async fn ask(&self, id: &str, amount: u64, now: Timestamp) -> Reserving {
        let asked = self.ask_by(&self.spend, id, amount, now).await;
        asked.unwrap()
    }

    async fn ask_by(
        &self,
        spend: &Spend,
        id: &str,
        amount: u64,
        now: Timestamp,
    ) -> Result<Reserving, countersign_aws::Error> {
        let (tenant, id): (_, ReservationId) = (self.world.tenant(), id.parse().unwrap());
        let amount = MicroUsd(amount);
        spend
            .reserve(&tenant, &id, amount, self.limit, now + CALL, now)
            .await
    }

    /// A reservation that is granted.
    async fn reserve(&self, id: &str, amount: u64, now: Timestamp) -> Reservation {
        granted(self.ask(id, amount, now).await).expect("it is within the limit")
    }

    async fn settle(&self, reservation: &Reservation, actual: u64) -> Settling {
        let tenant = self.world.tenant();
        let settled = self.spend.settle(&tenant, reservation, MicroUsd(actual));
        settled.await.unwrap()
    }

    /// Today's ledger, read past the fault proxy.
    async fn ledger(&self) -> Ledger {
        let direct = Spend::new(self.world.stack.direct.dynamodb().clone(), table());
        let (tenant, day) = (self.world.tenant(), day_of(self.world.now()));
        direct.ledger(&tenant, day).await.unwrap()
    }

    async fn spent(&self) -> u64 {
        self.ledger().await.spent.0
    }

    /// What was asked of DynamoDB since the last time.
    fn calls(&self) -> Vec<String> {
        let calls = self.world.stack.faults.calls();
        self.world.stack.faults.reset();
        calls.into_iter().map(|call: Call| call.operation).collect()
    }

    fn over(&self, asked: u64, spent: u64) -> OverLimit {
        OverLimit {
            asked: MicroUsd(asked),
            spent: MicroUsd(spent),
            limit: self.limit,
        }
    }
}

/// A ledger's writer with clients of its own.
fn writer(world: &World) -> Spend {
    Spend::new(Clients::local(&world.stack.aws).dynamodb().clone(), table())
}

fn table() -> String {
    schema::BUSINESS.name.to_owned()
}

fn granted(asked: Reserving) -> Option<Reservation> {
    match asked {
        Reserving::Reserved(reservation) => Some(reservation),
        Reserving::OverLimit(_) | Reserving::FirstOverLimit(_) => None,
    }
}

/// The call budget of a model call under a limit.
#[tokio::test]
async fn o9_a_model_call_costs_two_writes() {
    let company = Company::with(1_000).await;
    let now = company.world.now();
    for (n, amount) in [("first", 300), ("second", 300)] {
        let held = company.reserve(n, amount, now).await;
        assert_eq!(company.calls(), ["UpdateItem"], "{n}");
        company.settle(&held, 250).await;
        assert_eq!(company.calls(), ["UpdateItem"], "{n}");
    }
    // The day's first refusal marks the day; the next finds the mark.
    company.ask("third", 501, now).await;
    assert_eq!(company.calls(), ["UpdateItem", "UpdateItem"]);
    company.ask("fourth", 501, now).await;
    assert_eq!(company.calls(), ["UpdateItem"]);
    assert_eq!(company.spent().await, 500);
}

#[tokio::test]
async fn o9_over_the_limit_a_call_is_refused_with_what_was_spent() {
    let company = Company::with(1_000).await;
    let now = company.world.now();
    let held = company.reserve("a", 400, now).await;
    company.settle(&held, 350).await;
    company.reserve("b", 600, now).await;
    assert_eq!(
        company.ask("c", 51, now).await,
        Reserving::FirstOverLimit(company.over(51, 950))
    );
    // The first hears it again, everybody else is merely refused, and what fits still goes.
    assert_eq!(
        company.ask("c", 51, now).await,
        Reserving::FirstOverLimit(company.over(51, 950))
    );
    assert_eq!(
        company.ask("d", 1_001, now).await,
        Reserving::OverLimit(company.over(1_001, 950))
    );
    company.reserve("e", 50, now).await;
    assert_eq!(
        company.ask("f", 1, now).await,
        Reserving::OverLimit(company.over(1, 1_000))
    );
    // Tomorrow is another day.
    let tomorrow = now + SignedDuration::from_hours(24);
    company.reserve("f", 1_000, tomorrow).await;
}

/// The provider's bill is the truth, whatever was reserved and whatever the limit is.
#[tokio::test]
async fn o3_a_cost_above_the_reserved_one_is_recorded_as_it_is() {
    let company = Company::with(1_000).await;
    let now = company.world.now();
    let held = company.reserve("a", 900, now).await;
    let spent = MicroUsd(1_700);
    assert_eq!(company.settle(&held, 1_700).await, Settling::Now { spent });
    assert_eq!(company.settle(&held, 1_700).await, Settling::Before);
    assert_eq!(
        company.ask("b", 0, now).await,
        Reserving::FirstOverLimit(company.over(0, 1_700))
    );
}

#[tokio::test]
async fn o9_a_call_over_midnight_counts_towards_the_day_it_began_on() {
    let company = Company::with(1_000).await;
    let before: Timestamp = "2026-11-20T23:59:59Z".parse().unwrap();
    let held = company.reserve("a", 900, before).await;
    company.reserve("b", 800, before + CALL).await;
    company.settle(&held, 400).await;
    assert_eq!(company.spent().await, 400);
}
