//! W2: who waits for an answer sees that they were read and that we type; whoever gets none sees
//! nothing, and nothing depends on it.

use std::time::Duration;

use countersign_aws::schema;
use countersign_core::message::ControlAction;
use countersign_local::{
    faults::{Canned, Fault, Plan, Service},
    models::Canned as Said,
    pump::Drained,
    simulator::SimProvider,
    stack::Functions,
};
use http::StatusCode;
use it::{CUSTOMER, World};

use super::launches::act;

const QUESTION: &str = "are the blue ones in?";

/// A world in which typing is shown.
struct Shown {
    world: World,
    functions: Functions,
}

impl Shown {
    fn of(mut world: World, typing: &str) -> Self {
        world.set("TYPING", typing);
        let functions = world.stack.cold().unwrap();
        Self { world, functions }
    }

    /// One receive on a queue.
    async fn drain(&self, queue: schema::Queue) -> Drained {
        let mappings = self.world.stack.mappings(&self.functions);
        let url = self.world.stack.environment.get(queue.variable);
        let mapping = mappings
            .iter()
            .find(|it| Some(&it.queue_url) == url.as_ref());
        self.world.drain(mapping.expect("a mapping")).await
    }

    async fn tell(&self, text: &str) -> Vec<String> {
        let before = self.world.heard(CUSTOMER).len();
        self.world.say(CUSTOMER, text).await;
        self.world.settle_with(&self.functions).await;
        self.world.heard(CUSTOMER).split_off(before)
    }

    fn is_typing(&self) -> bool {
        let phone = CUSTOMER.parse().unwrap();
        let simulator = &self.world.stack.simulator;
        simulator.is_typing(SimProvider::Twilio, &phone)
    }

    /// How often the provider was asked to show typing, since the last reset.
    fn asked(&self) -> usize {
        let calls = self.world.stack.faults.calls();
        let typing = calls.iter().filter(|it| it.operation.contains("Typing"));
        typing.count()
    }

    fn calls(&self) -> Vec<(Service, String)> {
        let calls = self.world.stack.faults.calls().into_iter();
        calls.map(|call| (call.service, call.operation)).collect()
    }
}

#[tokio::test]
async fn w2_w4_a_burst_shows_typing_at_once_and_before_the_answer() {
    let (world, models) = World::thinking().await;
    let at = Shown::of(world, "on");
    models.script([Said::text("shop"), Said::text("Yes, 143.")]);
    at.world.say(CUSTOMER, "good morning my friend").await;
    at.world.say(CUSTOMER, QUESTION).await;
    let drained = at.drain(schema::INBOUND).await;
    assert_eq!((drained.received, drained.deleted()), (2, 0));
    assert!(!at.is_typing());
    // Nothing was asked of a model yet, and time has not moved.
    assert_eq!(at.drain(schema::WEBHOOKS).await.deleted(), 1);
    assert!(at.is_typing());
    assert_eq!(models.requests().len(), 0);

    at.world.clock.advance(Duration::from_secs(1));
    assert_eq!(at.drain(schema::INBOUND).await.deleted(), 2);
    assert_eq!(models.requests().len(), 2);
    // The answer is on its queue, and the phone types until it arrives.
    assert!(at.is_typing());
    assert_eq!(at.world.heard(CUSTOMER), [] as [String; 0]);
    at.world.settle_with(&at.functions).await;
    assert_eq!(at.world.heard(CUSTOMER), ["Yes, 143."]);
    assert_eq!(at.world.dead_letters(), 0);
}

/// One message more on the queue `webhooks`, be it that triage, a tool and an answer take three
/// questions: the customer waits for seconds, and would not know that anybody is there.
#[tokio::test]
async fn o9_w2_a_turn_that_asks_models_shows_typing_with_one_call_more() {
    let mut made = Vec::new();
    for typing in ["off", "on"] {
        let (mut world, models) = World::thinking().await;
        // Without a burst, which shows it by itself.
        world.set("SETTLE_SECONDS", "0");
        let at = Shown::of(world, typing);
        at.tell("stock ABC123").await;
        models.script(super::thinking::looks_up("Yes, 143."));
        at.world.say(CUSTOMER, QUESTION).await;
        at.world.stack.faults.reset();
        assert_eq!(at.drain(schema::INBOUND).await.deleted(), 1);
        made.push(at.calls());
    }
    let (without, with) = (&made[0], &made[1]);
    assert_eq!(with.len(), without.len() + 1, "{with:#?}");
    let sends =
        |calls: &[(Service, String)]| calls.iter().filter(|(_, it)| it == "SendMessage").count();
    assert_eq!(sends(with), sends(without) + 1);
    // Before the first model is asked.
    let first = |calls: &[(Service, String)], of: Service| {
        calls.iter().position(|(service, _)| *service == of)
    };
    assert!(
        first(with, Service::Sqs) < first(with, Service::Models),
        "{with:#?}"
    );
}

/// Putting off costs two reads and a message more: whoever opted out or talks with a person must not
/// see typing, and only the thread knows. The answer does not wait for them.
#[tokio::test]
async fn o9_w2_a_burst_that_shows_typing_makes_exactly_these_calls() {
    let at = Shown::of(World::new().await, "on");
    at.tell("stock ABC123").await;
    at.world.say(CUSTOMER, QUESTION).await;
    at.world.stack.faults.reset();
    assert_eq!(at.drain(schema::INBOUND).await.deleted(), 0);
    let expect = [
        (Service::Sqs, "ChangeMessageVisibilityBatch"),
        (Service::DynamoDb, "GetItem"),
        (Service::DynamoDb, "Query"),
        (Service::Sqs, "SendMessage"),
    ];
    assert_eq!(at.calls(), expect.map(|(it, name)| (it, name.to_owned())));
    at.world.stack.faults.reset();
    assert_eq!(at.drain(schema::WEBHOOKS).await.deleted(), 1);
    let expect = [(Service::Provider, "POST Typing.json".to_owned())];
    assert_eq!(at.calls(), expect);
}

/// A command is answered at once.
#[tokio::test]
async fn o9_w2_a_command_shows_nothing_and_costs_nothing_more() {
    let at = Shown::of(World::new().await, "on");
    at.tell("stock ABC123").await;
    at.world.stack.faults.reset();
    assert_eq!(at.tell("stock ABC123").await.len(), 1);
    assert_eq!(at.asked(), 0);
    let queued = at.calls();
    let queued = queued.iter().filter(|(_, it)| it == "SendMessage");
    assert_eq!(queued.count(), 1, "the answer");
}

#[tokio::test]
async fn w2_w5_who_gets_no_answer_sees_nothing() {
    let (world, models) = World::thinking().await;
    let at = Shown::of(world, "on");
    // Who opted out.
    at.tell("stop").await;
    assert_eq!(at.tell(QUESTION).await, [] as [String; 0]);
    at.tell("start").await;
    // Whose conversation a person has.
    act(&at.world, CUSTOMER, ControlAction::Takeover).await;
    at.world.settle_with(&at.functions).await;
    assert_eq!(at.tell(QUESTION).await, [] as [String; 0]);
    assert_eq!(at.asked(), 0);
    assert!(!at.is_typing());
    assert_eq!(models.requests().len(), 0);
    // With the agent back, what waited is answered, and is seen to be.
    models.script([Said::text("shop"), Said::text("Yes, 143.")]);
    act(&at.world, CUSTOMER, ControlAction::Resume).await;
    at.world.settle_with(&at.functions).await;
    assert_eq!(at.asked(), 1);
}

/// A message that comes again is on record, and is not answered again.
#[tokio::test]
async fn w2_w4_a_duplicate_shows_nothing() {
    let at = Shown::of(World::new().await, "on");
    let hook = at.world.hook(CUSTOMER, QUESTION);
    for expect in [1, 0] {
        at.world.stack.faults.reset();
        let answer = at.functions.ingress.handle(hook.request()).await;
        assert_eq!(answer.status(), StatusCode::OK);
        at.world.settle_with(&at.functions).await;
        assert_eq!(at.asked(), expect);
        at.world.clock.advance(Duration::from_secs(3600));
    }
}

/// Whatever the provider says: it is asked once, nobody is told, and the answer comes as ever.
#[tokio::test]
async fn w2_what_cannot_be_shown_costs_nothing() {
    let at = Shown::of(World::new().await, "on");
    let answers = [
        Fault::Answer(Canned::twilio(StatusCode::NOT_FOUND, 20404, "no")),
        Fault::Answer(Canned::status(StatusCode::INTERNAL_SERVER_ERROR)),
        Fault::Answer(Canned::twilio(
            StatusCode::TOO_MANY_REQUESTS,
            20429,
            "slower",
        )),
        Fault::Refuse,
        Fault::LoseAnswer,
    ];
    for fault in answers {
        at.world.stack.faults.reset();
        at.world
            .stack
            .faults
            .arm(Plan::every(Service::Provider, "Typing", fault.clone()));
        assert_eq!(at.tell("good day to you").await.len(), 1, "{fault:?}");
        assert_eq!(at.asked(), 1, "{fault:?}");
        assert_eq!(at.world.dead_letters(), 0);
    }
    // Nor does a turn fail by a queue that does not take it.
    at.world.stack.faults.reset();
    at.world.say(CUSTOMER, "good day to you").await;
    let unavailable = Fault::Answer(Canned::sqs_unavailable());
    let queue = Plan::every(Service::Sqs, "SendMessage", unavailable);
    at.world.stack.faults.arm(queue);
    at.drain(schema::INBOUND).await;
    at.world.stack.faults.reset();
    at.world.settle_with(&at.functions).await;
    assert_eq!(at.asked(), 0);
    assert_eq!(at.world.heard(CUSTOMER).len(), 6);
}

/// What waited for longer than a phone would show it is not shown any more.
#[tokio::test]
async fn w2_typing_that_comes_too_late_is_dropped() {
    let at = Shown::of(World::new().await, "on");
    at.world.say(CUSTOMER, QUESTION).await;
    at.drain(schema::INBOUND).await;
    at.world.clock.advance(Duration::from_secs(25));
    at.world.stack.faults.reset();
    assert_eq!(at.drain(schema::WEBHOOKS).await.deleted(), 1);
    assert_eq!(at.asked(), 0);
}

/// Twilio has no receipts alone; with them, what is answered at once is queued as read.
#[tokio::test]
async fn w2_receipts_are_asked_for_by_a_setting() {
    let at = Shown::of(World::new().await, "receipts");
    at.tell("stock ABC123").await;
    at.world.say(CUSTOMER, "stock ABC123").await;
    at.drain(schema::INBOUND).await;
    let queued = at.world.waiting(schema::WEBHOOKS);
    assert_eq!(queued.len(), 1);
    assert!(
        queued[0].body.contains(r#""presence":"read""#),
        "{}",
        queued[0].body
    );
    at.world.settle_with(&at.functions).await;
    assert_eq!(at.asked(), 0);
    // Who opted out is not told that anybody reads.
    at.tell("stop").await;
    at.world.say(CUSTOMER, "stock ABC123").await;
    at.drain(schema::INBOUND).await;
    assert_eq!(at.world.waiting(schema::WEBHOOKS).len(), 0);
}

#[tokio::test]
async fn w2_the_setting_is_on_off_or_receipts() {
    let world = World::new().await;
    let settings = |value: &str| {
        let environment = world.stack.environment.clone();
        let environment = environment.with("TYPING", value);
        agent::Settings::read(&|name| environment.get(name)).map(|it| it.typing)
    };
    assert_eq!(settings("on").unwrap(), agent::Typing::On);
    assert_eq!(settings("off").unwrap(), agent::Typing::Off);
    assert_eq!(settings("receipts").unwrap(), agent::Typing::Receipts);
    assert_eq!(agent::Typing::default(), agent::Typing::On);
    assert_eq!(
        settings("yes").unwrap_err().to_string(),
        "a setting is wrong: TYPING: got \"yes\", wants on, off or receipts"
    );
}
