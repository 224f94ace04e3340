//! C6: what is long, and what is dead, stands before nothing that is short.

use countersign_aws::schema::{self, EXECUTIONS, EXPRESS, INBOUND, OUTBOUND};
use countersign_local::{faults::Call, pump::Mapping, simulator::Statuses, stack::Functions};
use it::{CUSTOMER, STAFF, World};
use serde_json::Value;

const REPORTS: usize = 500;
/// Nobody listens there.
const DEAD: &str = "http://127.0.0.1:9/approvals";
const QUESTION: &str = "stock ABC123";

/// A world whose functions are counted, and whose approver's endpoint is dead.
struct Busy {
    world: World,
    functions: Functions,
}

impl Busy {
    async fn new() -> Self {
        let mut world = World::new().await;
        world.stack.simulator.set_statuses(Statuses::Held);
        let endpoints = world.stack.environment.get("ENDPOINTS").unwrap();
        let mut endpoints: Value = serde_json::from_str(&endpoints).unwrap();
        endpoints[0]["approval_url"] = DEAD.into();
        world.set("ENDPOINTS", &endpoints.to_string());
        let functions = world.stack.cold().unwrap();
        Self { world, functions }
    }

    fn mappings(&self) -> Vec<Mapping> {
        self.world.stack.mappings(&self.functions)
    }

    async fn writes(&self, phone: &str, text: &str) {
        let request = self.world.hook(phone, text).request();
        assert_eq!(self.functions.ingress.handle(request).await.status(), 200);
    }

    /// Receives from one queue until nothing is left of it.
    async fn empty(&self, queue: schema::Queue) {
        let url = self.world.stack.environment.get(queue.variable);
        let mappings = self.mappings();
        let mapping = mappings.iter().find(|m| Some(&m.queue_url) == url.as_ref());
        while self.world.drain(mapping.unwrap()).await.received > 0 {}
    }

    fn waiting(&self, queue: schema::Queue) -> usize {
        self.world.waiting(queue).len()
    }

    /// So many receives on every queue until something is on a phone, and the calls of all of them. The
    /// workers that make reports are busy all the while: a report takes longer than what is measured.
    async fn rounds(&self, arrived: impl Fn(&World) -> bool) -> (usize, Vec<String>) {
        let reports = self.world.stack.environment.get(EXECUTIONS.variable);
        self.world.stack.faults.reset();
        for round in 1..50 {
            for mapping in self.mappings() {
                if Some(&mapping.queue_url) != reports.as_ref() {
                    self.world.drain(&mapping).await;
                }
            }
            if arrived(&self.world) {
                let calls = self.world.stack.faults.calls();
                return (round, calls.iter().map(named).collect());
            }
        }
        panic!("nothing arrived in 50 rounds");
    }

    /// A stock check, from the webhook to the phone.
    async fn stock_check(&self) -> (usize, Vec<String>) {
        let before = self.world.heard(CUSTOMER).len();
        self.writes(CUSTOMER, QUESTION).await;
        self.rounds(|world| world.heard(CUSTOMER).len() > before)
            .await
    }

    /// What was countersigned, from the decision to the document on the phone.
    async fn release(&self, phone: &str) -> usize {
        let output = self.world.outputs(phone).await[0];
        let body = self
            .world
            .callback_body(output, "approve", "Grace Uwase")
            .await;
        let request = self
            .world
            .callback_request(&format!("decision-{phone}"), &body);
        assert_eq!(self.functions.approvals.handle(request).await.status(), 200);
        let arrived = |world: &World| world.documents(phone) > 0;
        self.rounds(arrived).await.0
    }
}

fn named(call: &Call) -> String {
    format!("{:?} {}", call.service, call.operation)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn c6_behind_500_reports_and_a_dead_endpoint_what_is_short_is_as_quick_as_ever() {
    let busy = Busy::new().await;
    let world = &busy.world;
    // Two reports that wait to be countersigned, one for each measurement, on a warm system.
    for phone in [STAFF, "+250788555002"] {
        busy.writes(phone, "sales report for last week").await;
        world.settle_with(&busy.functions).await;
    }
    busy.writes(CUSTOMER, QUESTION).await;
    world.settle_with(&busy.functions).await;
    let idle = busy.stock_check().await;
    let idle_release = busy.release(STAFF).await;
    world.settle_with(&busy.functions).await;

    for customer in 0..REPORTS {
        let phone = format!("+25078874{customer:05}");
        busy.writes(&phone, "sales report for last week").await;
    }
    busy.empty(INBOUND).await;
    busy.empty(OUTBOUND).await;
    assert_eq!(busy.waiting(EXECUTIONS), REPORTS);
    // The first of them are drafted, and the dead endpoint is called about them in vain.
    let executions = world.stack.environment.get(EXECUTIONS.variable);
    for _ in 0..20 {
        let mappings = busy.mappings();
        let mapping = mappings
            .iter()
            .find(|m| Some(&m.queue_url) == executions.as_ref());
        world.drain(mapping.unwrap()).await;
    }
    busy.empty(INBOUND).await;
    busy.empty(OUTBOUND).await;
    busy.empty(schema::WEBHOOKS).await;
    let dead = busy.waiting(schema::WEBHOOKS);
    assert_eq!(dead, 20, "calls of the dead endpoint");

    let loaded = busy.stock_check().await;
    assert_eq!(busy.waiting(EXPRESS), 0);
    let loaded_release = busy.release("+250788555002").await;
    println!(
        "stock check: {} rounds and {} calls idle; {} rounds and {} calls behind {REPORTS} reports and \
         {dead} calls of a dead endpoint. Countersigned document: {idle_release} rounds idle, \
         {loaded_release} rounds behind them",
        idle.0,
        idle.1.len(),
        loaded.0,
        loaded.1.len()
    );
    assert_eq!(loaded, idle);
    assert_eq!(loaded_release, idle_release);
    assert_eq!(busy.waiting(EXECUTIONS), REPORTS - 20);
}
