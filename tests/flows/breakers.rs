//! The breakers that processes share: what they cost, who probes, and what one learns of another.

use countersign_aws::{
    Clients,
    breakers::{Breakers, Passage, Permit},
    schema,
};
use countersign_core::{
    breaker::{Outcome, Rule, Subject},
    model::Provider,
};
use countersign_local::faults::{Canned, Fault, Plan, Service};
use futures::future::join_all;
use it::World;
use jiff::{SignedDuration, Timestamp};

const PROCESSES: usize = 64;
const OPENAI: Subject = Subject::Provider(Provider::OpenAi);

/// A world, and processes whose calls to AWS are counted.
struct Fleet {
    world: World,
    processes: Vec<Breakers>,
    begin: Timestamp,
}

impl Fleet {
    async fn of(processes: usize) -> Self {
        let world = World::new().await;
        world.stack.faults.reset();
        let process = |_| {
            let dynamodb = Clients::local(&world.stack.aws).dynamodb().clone();
            Breakers::new(dynamodb, schema::BUSINESS.name.to_owned(), Rule::default())
        };
        Self {
            processes: (0..processes).map(process).collect(),
            begin: world.now(),
            world,
        }
    }

    fn at(&self, seconds: i64) -> Timestamp {
        self.begin + SignedDuration::from_secs(seconds)
    }

    async fn ask(&self, process: usize, seconds: i64) -> Passage {
        let (tenant, now) = (self.world.tenant(), self.at(seconds));
        let asked = self.processes[process].ask(&tenant, &OPENAI, now);
        asked.await.unwrap()
    }

    async fn permit(&self, process: usize, seconds: i64) -> Permit {
        match self.ask(process, seconds).await {
            Passage::Go(permit) => permit,
            Passage::Wait { until } => panic!("{process} is to wait until {until}"),
        }
    }

    async fn end(&self, process: usize, permit: &Permit, outcome: Outcome, seconds: i64) {
        let (tenant, now) = (self.world.tenant(), self.at(seconds));
        let ended = self.processes[process].ended(&tenant, permit, outcome, now);
        ended.await.unwrap();
    }

    async fn call(&self, process: usize, outcome: Outcome, seconds: i64) {
        let permit = self.permit(process, seconds).await;
        self.end(process, &permit, outcome, seconds).await;
    }

    fn wait(&self, seconds: i64) -> Passage {
        let until = self.at(seconds);
        Passage::Wait { until }
    }

    /// All ask at once; gives those that may go.
    async fn go(&self, seconds: i64) -> Vec<(usize, Permit)> {
        let asked = (0..self.processes.len()).map(|process| self.ask(process, seconds));
        let asked = join_all(asked).await.into_iter().enumerate();
        let going = asked.filter_map(|(process, passage)| match passage {
            Passage::Go(permit) => Some((process, permit)),
            Passage::Wait { .. } => None,
        });
        going.collect()
    }

    /// What was asked of DynamoDB since the last time.
    fn calls(&self) -> Vec<String> {
        let calls = self.world.stack.faults.calls();
        self.world.stack.faults.reset();
        calls.into_iter().map(|call| call.operation).collect()
    }
}

/// The call budget: a look at most every ten seconds, however many calls there are.
#[tokio::test]
async fn o8_in_good_times_breakers_cost_one_look_in_ten_seconds() {
    let fleet = Fleet::of(1).await;
    for second in 0..10 {
        for _ in 0..5 {
            fleet.call(0, Outcome::Worked, second).await;
        }
    }
    assert_eq!(fleet.calls(), ["Query"]);
    fleet.call(0, Outcome::Worked, 10).await;
    assert_eq!(fleet.calls(), ["Query"]);
    fleet.call(0, Outcome::Failed, 11).await;
    assert_eq!(fleet.calls(), ["UpdateItem"]);
    // While something fails, what works is told, with the look.
    for second in 11..14 {
        fleet.call(0, Outcome::Worked, second).await;
    }
    assert_eq!(fleet.calls(), ["Query", "UpdateItem"]);
}

#[tokio::test]
async fn o8_failures_in_five_processes_open_the_breaker_for_a_sixth() {
    let fleet = Fleet::of(6).await;
    for process in 0..5 {
        fleet.call(process, Outcome::Failed, 0).await;
    }
    assert_eq!(fleet.ask(5, 0).await, fleet.wait(30));
    // The first had its last look before; three seconds later it knows.
    assert_eq!(fleet.ask(0, 3).await, fleet.wait(30));
    let other = Subject::Tool("check_inventory".to_owned());
    let tenant = fleet.world.tenant();
    let asked = fleet.processes[5].ask(&tenant, &other, fleet.at(0));
    assert!(matches!(asked.await, Ok(Passage::Go(_))));
}

#[tokio::test]
async fn o8_what_works_elsewhere_keeps_the_breaker_closed() {
    let fleet = Fleet::of(2).await;
    for _ in 0..20 {
        fleet.call(1, Outcome::Worked, 0).await;
    }
    fleet.call(0, Outcome::Failed, 1).await;
    // The other one's next look finds the failure, and it tells what it has seen.
    fleet.permit(1, 10).await;
    for second in 11..20 {
        fleet.call(0, Outcome::Failed, second).await;
    }
    fleet.permit(0, 20).await;
}

/// Also when the answer to the write that decides is lost.
#[tokio::test]
async fn o8_of_sixty_four_at_once_exactly_one_probes() {
    for lost in [0, 1, 2, 33] {
        let fleet = Fleet::of(PROCESSES).await;
        let begun = join_all((0..PROCESSES).map(|process| fleet.permit(process, 0))).await;
        // All of them fail at the same time, and five of them suffice.
        let ends = begun.iter().enumerate();
        join_all(ends.map(|(process, permit)| fleet.end(process, permit, Outcome::Failed, 0)))
            .await;
        assert_eq!(fleet.go(29).await.len(), 0);
        fleet.calls();
        let plan = Plan::nth_of(Service::DynamoDb, "UpdateItem", lost, Fault::LoseAnswer);
        fleet.world.stack.faults.arm(plan);
        let going = fleet.go(30).await;
        let [(process, probe)] = &going[..] else {
            panic!("{} probe", going.len());
        };
        assert_eq!(fleet.go(31).await.len(), 0);

        // A failed probe makes all wait twice as long, one that works lets all go.
        fleet.end(*process, probe, Outcome::Failed, 32).await;
        assert_eq!(fleet.go(91).await.len(), 0);
        let going = fleet.go(92).await;
        let [(process, probe)] = &going[..] else {
            panic!("{} probe", going.len());
        };
        fleet.end(*process, probe, Outcome::Worked, 95).await;
        assert_eq!(fleet.go(98).await.len(), PROCESSES);
    }
}

#[tokio::test]
async fn o8_a_probe_that_died_is_followed_by_another_and_decides_nothing() {
    let fleet = Fleet::of(2).await;
    for _ in 0..5 {
        fleet.call(0, Outcome::Failed, 0).await;
    }
    let dead = fleet.permit(0, 30).await;
    assert_eq!(fleet.ask(1, 89).await, fleet.wait(90));
    let probe = fleet.permit(1, 90).await;
    fleet.end(0, &dead, Outcome::Worked, 91).await;
    assert_eq!(fleet.ask(0, 95).await, fleet.wait(150));
    fleet.end(1, &probe, Outcome::Failed, 96).await;
    assert_eq!(fleet.ask(0, 100).await, fleet.wait(156));
}

/// What is wrong with DynamoDB says nothing of a provider.
#[tokio::test]
async fn o8_breakers_that_can_not_be_reached_let_calls_through() {
    let fleet = Fleet::of(1).await;
    let (tenant, process) = (fleet.world.tenant(), &fleet.processes[0]);
    let down = Fault::Answer(Canned::dynamodb_failed());
    let down = Plan::every(Service::DynamoDb, "", down);
    fleet.world.stack.faults.arm(down);
    let asked = process.ask(&tenant, &OPENAI, fleet.at(0)).await;
    assert!(
        asked
            .unwrap_err()
            .to_string()
            .starts_with("reading the breakers")
    );
    fleet.calls();
    // By what is known, without a call, until it is time for the next look.
    let permit = fleet.permit(0, 9).await;
    assert_eq!(fleet.calls(), Vec::<String>::new());
    // A failure that could not be written is written with the next.
    let refused = Plan::every(Service::DynamoDb, "", Fault::Refuse);
    fleet.world.stack.faults.arm(refused);
    for _ in 0..4 {
        let failed = process.ended(&tenant, &permit, Outcome::Failed, fleet.at(9));
        assert!(failed.await.is_err());
    }
    fleet.world.stack.faults.reset();
    fleet.end(0, &permit, Outcome::Failed, 9).await;
    assert_eq!(fleet.ask(0, 9).await, fleet.wait(39));
}
