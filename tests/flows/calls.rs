//! The call budget: every path makes exactly these calls, warm. Whoever adds one says why here,
//! in this file.

use std::time::Duration;

use countersign_aws::schema;
use countersign_local::{
    faults::{
        Call,
        Service::{self, DynamoDb, Provider, S3, Sqs, Webhook},
    },
    growth::{QUESTION, grow},
    pump::Drained,
    simulator::{Statuses, signed_form},
    stack::{AUTH_TOKEN, Functions},
};
use http::{Method, Request, StatusCode};
use it::{CUSTOMER, World};
use lambda_http::Body;

/// What a call asked of which service.
type Asked<'a> = (Service, &'a str);

const SEND: Asked = (Sqs, "SendMessage");
const SEND_BATCH: Asked = (Sqs, "SendMessageBatch");
const DEFER: Asked = (Sqs, "ChangeMessageVisibilityBatch");
const GET: Asked = (DynamoDb, "GetItem");
const QUERY: Asked = (DynamoDb, "Query");
const UPDATE: Asked = (DynamoDb, "UpdateItem");
const COMMIT: Asked = (DynamoDb, "TransactWriteItems");
const GET_OBJECT: Asked = (S3, "GetObject");
const PUT_OBJECT: Asked = (S3, "PutObject");
const POST: Asked = (Provider, "POST Messages.json");
const CALL: Asked = (Webhook, "POST /sim/approver");

/// A turn that a command's look answers: alias, thread, look, commit, answer.
const ANSWERED: [Asked; 5] = [GET, QUERY, GET, COMMIT, SEND];

fn asked(call: &Call) -> Asked<'_> {
    (call.service, &call.operation)
}

/// A world whose functions are counted. Statuses come when they are asked for.
struct Counted {
    world: World,
    functions: Functions,
}

impl Counted {
    async fn new() -> Self {
        let world = World::new().await;
        world.stack.simulator.set_statuses(Statuses::Held);
        let functions = world.stack.cold().unwrap();
        Self { world, functions }
    }

    /// With functions that have answered a command, and so know the company.
    async fn warm() -> Self {
        let counted = Self::new().await;
        counted.say(QUESTION).await;
        counted.settle().await;
        counted
    }

    async fn say(&self, text: &str) {
        let request = self.world.hook(CUSTOMER, text).request();
        let answer = self.functions.ingress.handle(request).await;
        assert_eq!(answer.status(), StatusCode::OK);
    }

    async fn settle(&self) {
        self.world.settle_with(&self.functions).await;
    }

    /// One receive on a queue, by the function that empties it.
    async fn drain(&self, queue: schema::Queue) -> Drained {
        let mappings = self.world.stack.mappings(&self.functions);
        let url = self.world.stack.environment.get(queue.variable);
        let mapping = mappings.iter().find(|m| Some(&m.queue_url) == url.as_ref());
        self.world.drain(mapping.expect("a mapping")).await
    }

    /// `act` makes exactly these calls, in this order.
    async fn calls(&self, expect: &[Asked<'_>], act: impl Future) {
        self.world.stack.faults.reset();
        act.await;
        let calls = self.world.stack.faults.calls();
        let calls: Vec<Asked> = calls.iter().map(asked).collect();
        assert_eq!(calls, expect);
    }

    /// As [`Counted::budget`], of messages of different groups, whose calls come in any order.
    async fn budget_side_by_side(
        &self,
        queue: schema::Queue,
        messages: usize,
        expect: &[Asked<'_>],
    ) {
        self.world.stack.faults.reset();
        let drained = self.drain(queue).await;
        assert_eq!((drained.received, drained.deleted()), (messages, messages));
        let calls = self.world.stack.faults.calls();
        let sorted = |calls: &[Asked<'_>]| {
            let mut names: Vec<String> = calls.iter().map(|call| format!("{call:?}")).collect();
            names.sort_unstable();
            names
        };
        let calls: Vec<Asked> = calls.iter().map(asked).collect();
        assert_eq!(sorted(&calls), sorted(expect));
    }

    /// A queue's one message is dealt with by exactly these calls.
    async fn budget(&self, queue: schema::Queue, expect: &[Asked<'_>]) {
        self.calls(expect, async {
            let drained = self.drain(queue).await;
            assert_eq!((drained.received, drained.deleted()), (1, 1));
        })
        .await;
    }
}

#[tokio::test]
async fn a_webhook_is_acknowledged_by_one_call() {
    let counted = Counted::warm().await;
    counted.calls(&[SEND], counted.say(QUESTION)).await;
}

/// C2: on a cold function the company and its rules are read once, beforehand.
#[tokio::test]
async fn c2_a_command_is_answered_by_two_reads_its_look_and_one_write() {
    let counted = Counted::new().await;
    counted.say(QUESTION).await;
    // The first message opens the thread: there is none to load.
    let opened = [GET, GET, GET, GET, COMMIT, SEND];
    counted.budget(schema::INBOUND, &opened).await;
    for _ in 0..2 {
        counted.say(QUESTION).await;
        counted.budget(schema::INBOUND, &ANSWERED).await;
    }
}

#[tokio::test]
async fn a_message_is_sent_with_two_writes() {
    let counted = Counted::warm().await;
    counted.say(QUESTION).await;
    counted.drain(schema::INBOUND).await;
    let sent = [UPDATE, POST, UPDATE];
    counted.budget(schema::OUTBOUND, &sent).await;
}

#[tokio::test]
async fn a_status_is_one_message_and_one_write() {
    let counted = Counted::warm().await;
    let sent = counted.world.sent_to(CUSTOMER).pop().unwrap();
    let url = sent.status_callback.unwrap();
    let fields = [
        ("MessageSid", sent.sid.as_str()),
        ("MessageStatus", "delivered"),
    ];
    let (body, signature) = signed_form(&url, AUTH_TOKEN, &fields);
    let request = Request::builder()
        .method(Method::POST)
        .uri(url)
        .header("content-type", "application/x-www-form-urlencoded")
        .header("x-twilio-signature", signature)
        .body(Body::Text(body))
        .unwrap();
    counted
        .calls(&[SEND], async {
            let answer = counted.functions.ingress.handle(request).await;
            assert_eq!(answer.status(), StatusCode::OK);
        })
        .await;
    counted.budget(schema::STATUSES, &[UPDATE]).await;
}

/// From the order to the document on the phone.
#[tokio::test]
async fn an_approval_has_a_budget_at_every_step() {
    let counted = Counted::warm().await;
    let world = &counted.world;
    counted.say("sales report for last week").await;
    let ordered = [GET, QUERY, COMMIT, SEND, SEND];
    counted.budget(schema::INBOUND, &ordered).await;
    counted
        .budget(schema::OUTBOUND, &[UPDATE, POST, UPDATE])
        .await;

    // Profile, the period's sales and the ones before, two files, the agent's record, the report.
    let drafted = [GET, QUERY, QUERY, PUT_OBJECT, PUT_OBJECT, UPDATE, SEND];
    counted.budget(schema::EXECUTIONS, &drafted).await;

    // The customer's thread is named, so there is no alias to read. Customer and approver hear of
    // it in one call, the approver's endpoint in another.
    let asked = [QUERY, COMMIT, SEND_BATCH, SEND];
    counted.budget(schema::INBOUND, &asked).await;
    counted.budget(schema::WEBHOOKS, &[GET, CALL]).await;
    // What is asked, and whose the approver's number is: nobody else may have the link.
    let (told, with_link) = ([UPDATE, POST, UPDATE], [GET, GET, UPDATE, POST, UPDATE]);
    let both = [&told[..], &with_link[..]].concat();
    counted
        .budget_side_by_side(schema::OUTBOUND, 2, &both)
        .await;

    let output = world.outputs(CUSTOMER).await[0];
    let body = world.callback_body(output, "approve", "Grace Uwase").await;
    let request = world.callback_request("decision-1", &body);
    counted
        .calls(&[UPDATE, SEND, UPDATE], async {
            let answer = counted.functions.approvals.handle(request).await;
            assert_eq!(answer.status(), StatusCode::OK);
        })
        .await;

    counted
        .budget(schema::INBOUND, &[QUERY, COMMIT, SEND])
        .await;
    // Claim, act, content, end, report, and the due mark's removal.
    let carried_out = [UPDATE, GET, GET_OBJECT, UPDATE, SEND, UPDATE];
    counted.budget(schema::EXPRESS, &carried_out).await;
    counted
        .budget(schema::INBOUND, &[QUERY, COMMIT, SEND])
        .await;
    // What leaves is compared with what was approved once more: act and state in one
    // query, and the content. Then, whose the thread is and whose the approved name is: a number may
    // have changed hands.
    let delivered = [QUERY, GET_OBJECT, GET, GET, UPDATE, POST, UPDATE];
    counted.budget(schema::OUTBOUND, &delivered).await;
    assert!(world.sent_to(CUSTOMER).pop().unwrap().media_url.is_some());
}

#[tokio::test]
async fn w4_a_burst_costs_one_call_more() {
    let counted = Counted::warm().await;
    counted.say("good morning my friend").await;
    counted.say("i have something to ask you").await;
    counted
        .calls(&[DEFER], async {
            let drained = counted.drain(schema::INBOUND).await;
            assert_eq!((drained.received, drained.deleted()), (2, 0));
        })
        .await;
    counted.world.clock.advance(Duration::from_secs(1));
    counted
        .calls(&[GET, QUERY, COMMIT, SEND], async {
            assert_eq!(counted.drain(schema::INBOUND).await.deleted(), 2);
        })
        .await;
}

/// O9: what is too much is told in a turn like any other, and after that is on record and no more.
#[tokio::test]
async fn o9_a_message_over_the_limit_is_answered_by_one_write() {
    let mut counted = Counted::warm().await;
    counted.world.set("MESSAGES_PER_MINUTE", "2");
    counted.functions = counted.world.stack.cold().unwrap();
    counted.say(QUESTION).await;
    // Cold functions learn of the company and its rules.
    counted
        .budget(schema::INBOUND, &[GET, GET, GET, QUERY, GET, COMMIT, SEND])
        .await;
    counted.say(QUESTION).await;
    counted
        .budget(schema::INBOUND, &[GET, QUERY, COMMIT, SEND])
        .await;
    counted.say(QUESTION).await;
    counted.budget(schema::INBOUND, &[GET, QUERY, COMMIT]).await;
}

/// Loading reads the head and the newest commits, however many there are.
#[tokio::test]
async fn a_long_thread_costs_no_call_more() {
    let counted = Counted::warm().await;
    counted.say(QUESTION).await;
    counted.budget(schema::INBOUND, &ANSWERED).await;
    let phone = CUSTOMER.parse().unwrap();
    grow(&counted.world.stack, &phone, 200).await.unwrap();
    counted.say(QUESTION).await;
    counted.budget(schema::INBOUND, &ANSWERED).await;
    assert_eq!(counted.world.history(CUSTOMER).await.len(), 201);
}
