//! O10: a tool that wants to know who asks is called once a one-time code came back, in that
//! conversation, and the code is in nothing that is kept.

use std::{collections::BTreeMap, time::Duration};

use countersign_aws::schema::INBOUND;
use countersign_core::{
    event::Event,
    identity::{MASK, Outcome},
    message::{Cause, ControlAction, ControlNotice, Correlation, ENVELOPE_VERSION, Group, Inbound},
};
use countersign_local::{
    faults::{Fault, Plan, Service as Outside},
    simulator::Statuses,
};
use expect_test::expect;

use super::*;

mod crashes;
mod kept;
mod unset;

/// A message that is no command.
const ASKS: &str = "where is my order, please?";
/// Somebody else.
const OTHER: &str = "+250788555002";

fn status() -> Canned {
    Canned::call("order_status", &json!({"order": "K1"}))
}

impl Company {
    /// A company whose tools all want to know who asks.
    async fn careful(rules: &[Rule]) -> Self {
        let company = Self::with(Repeat::Never, rules).await;
        let (business, tenant) = (company.business(), company.world.tenant());
        for tool in [
            company.order_status(),
            company.refund(Repeat::Never, "/refunds"),
        ] {
            let tool = RemoteTool {
                identity: Identity::Code,
                ..tool
            };
            business.put_remote_tool(&tenant, &tool).await.unwrap();
        }
        company
    }

    /// The same, whose customer was sent a code because of what a model wants; gives the code.
    async fn asks_for(&self, wants: Canned) -> String {
        self.models.script([Canned::text("general"), wants]);
        let heard = self.world.tell(CUSTOMER, ASKS).await;
        assert_eq!(heard.len(), 1, "{heard:?}");
        code_in(&heard[0])
    }
}

/// The code as it stands on a phone.
fn code_in(message: &str) -> String {
    let code = message.split('*').nth(1);
    let code = code.unwrap_or_else(|| panic!("no code in {message}"));
    assert_eq!(
        message,
        format!(
            "To go on I have to know that it is you. Your code is *{code}*. Enter it here within 10 \
             minutes, in a message of its own. Nobody of ours will ever ask you for it."
        )
    );
    assert_eq!(code.len(), 6);
    code.to_owned()
}

fn another(code: &str) -> String {
    let code: u32 = code.parse().unwrap();
    format!("{:06}", (code + 1) % 1_000_000)
}

async fn outcomes(world: &World, phone: &str) -> Vec<Outcome> {
    let events = world.events(phone).await;
    let outcomes = events.into_iter().filter_map(|event| match event.data {
        EventData::IdentityChecked { outcome, .. } => Some(outcome),
        _ => None,
    });
    outcomes.collect()
}

/// What a customer's messages are on record as.
async fn written(world: &World, phone: &str) -> Vec<String> {
    let text = |event: Event| match event.data {
        EventData::UserMessage {
            content: countersign_core::message::Content::Text { body },
            ..
        } => Some(body),
        _ => None,
    };
    let events = world.events(phone).await;
    events.into_iter().filter_map(text).collect()
}

#[tokio::test]
async fn o10_a_tool_is_called_once_its_code_came_back() {
    let company = Company::careful(&[]).await;
    let Company {
        world,
        models,
        service,
    } = &company;
    let code = company.asks_for(status()).await;
    assert_eq!(service.asked(), []);
    models.script([status(), Canned::text("It is on its way.")]);
    assert_eq!(world.tell(CUSTOMER, &code).await, ["It is on its way."]);
    assert_eq!(service.asked().len(), 1);
    assert_eq!(written(world, CUSTOMER).await, [ASKS, MASK]);
    let head = world.head(CUSTOMER).await;
    assert_eq!(head.fold.open, []);
    assert_eq!(head.fold.identity.challenge, None);

    // The model knows that a code was asked for and that it came back, and no code.
    let requests = models.requests();
    let prompt = requests[2].user();
    assert!(prompt.contains("<identity_check at="), "{prompt}");
    for says in [
        "step=\"asked\" tool=\"order_status\"",
        "step=\"passed\" until=\"",
        ">[the code]</user_message>",
    ] {
        assert!(prompt.contains(says), "{says} is not in {prompt}");
    }
    all_is_asked_well(models);

    // For half an hour, and not a minute longer.
    world.pass(Duration::from_secs(28 * 60)).await;
    models.script([status(), Canned::text("Still on its way.")]);
    let heard = world.tell(CUSTOMER, "and now, where is it?").await;
    assert_eq!(heard, ["Still on its way."]);
    world.pass(Duration::from_secs(2 * 60)).await;
    models.script([status()]);
    let heard = world.tell(CUSTOMER, "and now, has it come?").await;
    assert_ne!(code_in(&heard[0]), code);
    assert_eq!(service.asked().len(), 2);
    all_is_asked_well(models);
}

/// Who the customer is was known when they ordered it; by when it is approved plays no part.
#[tokio::test]
async fn o10_what_was_ordered_with_a_code_is_made_when_it_is_approved() {
    let company = Company::careful(&[]).await;
    let (world, models) = (&company.world, &company.models);
    let refund = || Canned::call("refund_payment", &json!({"order": "K1", "amount": 5}));
    let code = company.asks_for(refund()).await;
    models.script([refund()]);
    assert_eq!(
        world.tell(CUSTOMER, &code).await,
        ["I'm working on it…", WAITS]
    );
    world.pass(Duration::from_secs(3600)).await;
    models.script([Canned::text("It is on its way back.")]);
    world.approve(world.outputs(CUSTOMER).await[0]).await;
    assert_eq!(company.service.asked().len(), 1);
    all_is_asked_well(models);
}

#[tokio::test]
async fn o10_three_wrong_codes_are_told_to_a_person() {
    let company = Company::careful(&[]).await;
    let (world, models) = (&company.world, &company.models);
    let code = company.asks_for(status()).await;
    let wrong = another(&code);
    let no = "That is not the code I sent you. You have";
    assert_eq!(
        world.tell(CUSTOMER, &wrong).await,
        [format!("{no} 2 tries left.")]
    );
    assert_eq!(
        world.tell(CUSTOMER, &wrong).await,
        [format!("{no} 1 try left.")]
    );
    assert_eq!(world.tell(CUSTOMER, &wrong).await, [UNSETTLED]);
    assert_eq!(company.handed_to_a_person().await, 1);
    // Then the right one is a number like any other.
    models.script([Canned::text("A colleague looks into it.")]);
    world.tell(CUSTOMER, &code).await;
    assert_eq!(outcomes(world, CUSTOMER).await.len(), 3);
    assert_eq!(company.service.asked(), []);
    let prompt = models.requests().pop().unwrap().user();
    assert!(prompt.contains("tries_left=\"0\""), "{prompt}");
    assert!(!prompt.contains(&wrong), "{prompt}");
    all_is_asked_well(models);
}

#[tokio::test]
async fn o10_a_code_that_comes_too_late_is_no_good() {
    let company = Company::careful(&[]).await;
    let (world, models) = (&company.world, &company.models);
    let code = company.asks_for(status()).await;
    world.pass(Duration::from_secs(10 * 60)).await;
    assert_eq!(
        world.tell(CUSTOMER, &code).await,
        ["That code is no longer valid. Please ask again, and I'll send you a new one."]
    );
    assert_eq!(outcomes(world, CUSTOMER).await, [Outcome::Expired]);
    models.script([status()]);
    let heard = world.tell(CUSTOMER, ASKS).await;
    let new = code_in(&heard[0]);
    models.script([status(), Canned::text("It is on its way.")]);
    world.tell(CUSTOMER, &new).await;
    assert_eq!(company.service.asked().len(), 1);
    all_is_asked_well(models);
}

#[tokio::test]
async fn o10_a_code_is_good_in_its_own_conversation_alone() {
    let company = Company::careful(&[]).await;
    let (world, models) = (&company.world, &company.models);
    let code = company.asks_for(status()).await;
    // Somebody else, who was sent one as well.
    models.script([Canned::text("general"), status()]);
    let heard = world.tell(OTHER, ASKS).await;
    assert_ne!(code_in(&heard[0]), code);
    world.tell(OTHER, &code).await;
    assert_eq!(
        outcomes(world, OTHER).await,
        [Outcome::Wrong { left: 2 }],
        "it is not theirs"
    );
    // Somebody who was sent none.
    let third = "+250788555003";
    models.script([Canned::text("general"), Canned::text("What is that?")]);
    assert_eq!(world.tell(third, &code).await, ["What is that?"]);

    // The same customer, in another conversation.
    let sender = CUSTOMER.parse().unwrap();
    world
        .inbound(&Inbound {
            v: ENVELOPE_VERSION,
            tenant: world.tenant(),
            correlation: Correlation("stop".into()),
            group: Group::of(&world.stack.seed.company.whatsapp.number, &sender),
            received_at: world.now(),
            cause: Cause::Control(ControlNotice {
                thread: world.thread_of(CUSTOMER).await.unwrap(),
                id: "stop".into(),
                action: ControlAction::Stop,
                by: "Eric Niyonzima".into(),
            }),
        })
        .await;
    world.settle().await;
    models.script([Canned::text("general"), Canned::text("What is that?")]);
    assert_eq!(world.tell(CUSTOMER, &code).await, ["What is that?"]);
    models.script([status()]);
    let heard = world.tell(CUSTOMER, ASKS).await;
    assert_ne!(code_in(&heard[0]), code);
    assert_eq!(company.service.asked(), []);
    all_is_asked_well(models);
}

#[tokio::test]
async fn o10_a_used_code_and_one_replaced_open_nothing() {
    let company = Company::careful(&[]).await;
    let (world, models) = (&company.world, &company.models);
    let first = company.asks_for(status()).await;
    world.pass(Duration::from_secs(120)).await;
    models.script([status()]);
    let heard = world.tell(CUSTOMER, "nothing has come so far").await;
    let second = code_in(&heard[0]);
    assert_ne!(first, second);
    world.tell(CUSTOMER, &first).await;
    models.script([Canned::text("Thanks.")]);
    world.tell(CUSTOMER, &second).await;
    world.pass(Duration::from_secs(31 * 60)).await;
    models.script([Canned::text("What is that?"), status()]);
    assert_eq!(world.tell(CUSTOMER, &second).await, ["What is that?"]);
    let heard = world.tell(CUSTOMER, ASKS).await;
    code_in(&heard[0]);
    assert_eq!(company.service.asked(), []);
    assert_eq!(outcomes(world, CUSTOMER).await.len(), 2);
    all_is_asked_well(models);
}

/// The code and other words, typed one after the other: one turn, one answer.
#[tokio::test]
async fn o10_a_code_in_a_burst_is_found() {
    let company = Company::careful(&[]).await;
    let (world, models) = (&company.world, &company.models);
    let code = company.asks_for(status()).await;
    let (one, two) = code.split_at(3);
    world.say(CUSTOMER, &format!("code {one} {two}")).await;
    world.say(CUSTOMER, "and please be quick").await;
    models.script([status(), Canned::text("It is on its way.")]);
    let before = world.heard(CUSTOMER).len();
    world.settle().await;
    assert_eq!(world.heard(CUSTOMER)[before..], ["It is on its way."]);
    assert_eq!(
        written(world, CUSTOMER).await,
        [ASKS, MASK, "and please be quick"]
    );
    // A command is what it is, while a code is awaited as well.
    let company = Company::careful(&[]).await;
    company.asks_for(status()).await;
    let heard = company.world.tell(CUSTOMER, "stock ABC123").await;
    assert!(heard[0].contains("ABC123"), "{heard:?}");
    assert_eq!(outcomes(&company.world, CUSTOMER).await, []);
    all_is_asked_well(models);
}

/// Two agents at once, which the queue's lock never allows: it is compared once, and opens once.
#[tokio::test]
async fn o10_one_code_with_two_agents_counts_once() {
    for right in [true, false] {
        let company = Company::careful(&[]).await;
        let world = &company.world;
        let code = company.asks_for(status()).await;
        company.models.answer_with(|request| match request {
            request if request.user().contains("on its way") => Canned::text("On its way."),
            _ => status(),
        });
        company.service.next([
            Does::Answers(json!("on its way")),
            Does::Answers(json!("on its way")),
        ]);
        let entered = if right { code.clone() } else { another(&code) };
        world.say(CUSTOMER, &entered).await;
        let message = world.waiting(INBOUND).remove(0);
        // Both have read the thread before either writes.
        world.stack.faults.reset();
        for n in 1..=2 {
            let wait = Fault::Delay(Duration::from_millis(200));
            let commit = Plan::nth_of(Outside::DynamoDb, "TransactWriteItems", n, wait);
            world.stack.faults.arm(commit);
        }
        let agents = [world.stack.cold().unwrap(), world.stack.cold().unwrap()];
        let (one, two) = tokio::join!(
            agents[0].agent.handle(message.event(1)),
            agents[1].agent.handle(message.event(1)),
        );
        assert_eq!(one.batch_item_failures.len(), 0);
        assert_eq!(two.batch_item_failures.len(), 0);
        let made = world.stack.faults.calls().into_iter();
        let commits = made.filter(|call| call.operation == "TransactWriteItems");
        // One for the code, one for the model's answer to the right one, and one that lost.
        assert!(commits.count() >= 2 + usize::from(right), "nobody lost");
        world.settle().await;
        let outcomes = outcomes(world, CUSTOMER).await;
        assert_eq!(outcomes.len(), 1, "{outcomes:?}");
        assert_eq!(matches!(outcomes[0], Outcome::Passed { .. }), right);
        let identity = world.head(CUSTOMER).await.fold.identity;
        assert_eq!(identity.challenge.map(|it| it.left), (!right).then_some(2));
        assert_eq!(world.heard(CUSTOMER).len(), 2);
        assert_eq!(written(world, CUSTOMER).await, [ASKS, MASK]);
    }
}

#[tokio::test]
async fn o10_a_rule_asks_who_is_verified() {
    let rules = [
        rule("customer.verified && args.amount <= 1000", Then::Allow),
        Rule {
            name: "others".into(),
            ..rule(
                "tool == 'refund_payment'",
                Then::Deny {
                    because: "Too much.".into(),
                },
            )
        },
    ];
    // The rules alone ask; the tool takes everybody.
    let company = Company::with(Repeat::Never, &rules).await;
    let (business, tenant) = (company.business(), company.world.tenant());
    let tool = RemoteTool {
        identity: Identity::Code,
        ..company.order_status()
    };
    business.put_remote_tool(&tenant, &tool).await.unwrap();
    let (world, models) = (&company.world, &company.models);
    let refund = || Canned::call("refund_payment", &json!({"order": "K1", "amount": 5}));
    models.script([Canned::text("general"), refund(), status()]);
    let heard = world.tell(CUSTOMER, WISH).await;
    let code = code_in(&heard[0]);
    assert_eq!(world.outputs(CUSTOMER).await, []);
    models.script([refund(), Canned::text("It is on its way back.")]);
    assert_eq!(
        world.tell(CUSTOMER, &code).await,
        ["I'm working on it…", "It is on its way back."]
    );
    assert_eq!(company.service.asked().len(), 1);
    all_is_asked_well(models);
}

/// O9: what it costs to ask, and to take the answer in.
#[tokio::test]
async fn o9_o10_a_code_makes_exactly_these_calls() {
    let company = Company::careful(&[]).await;
    let (world, models) = (&company.world, &company.models);
    world.stack.simulator.set_statuses(Statuses::Held);
    models.script([Canned::text("general"), Canned::text("Hello.")]);
    let functions = world.stack.cold().unwrap();
    world.say(CUSTOMER, "good day to you").await;
    world.settle_with(&functions).await;
    let counted = || {
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        for call in world.stack.faults.calls() {
            let name = format!("{:?} {}", call.service, call.operation);
            *counts.entry(name).or_default() += 1;
        }
        let lines = counts.iter().map(|(name, count)| format!("{count} {name}"));
        lines.collect::<Vec<_>>().join("\n")
    };
    world.stack.faults.reset();
    models.script([status()]);
    world.say(CUSTOMER, ASKS).await;
    world.settle_with(&functions).await;
    expect![[r#"
        1 DynamoDb GetItem
        1 DynamoDb Query
        2 DynamoDb TransactWriteItems
        4 DynamoDb UpdateItem
        1 Models POST /v1/chat/completions
        1 Provider POST Messages.json
        1 Sqs ChangeMessageVisibilityBatch
        1 Sqs SendMessage"#]]
    .assert_eq(&counted());
    let code = code_in(world.heard(CUSTOMER).last().unwrap());
    world.stack.faults.reset();
    models.script([Canned::text("Thanks.")]);
    world.say(CUSTOMER, &code).await;
    world.settle_with(&functions).await;
    expect![[r#"
        1 DynamoDb GetItem
        1 DynamoDb Query
        2 DynamoDb TransactWriteItems
        4 DynamoDb UpdateItem
        1 Models POST /v1/chat/completions
        1 Models POST /v1/moderations
        1 Provider POST Messages.json
        1 Sqs ChangeMessageVisibilityBatch
        1 Sqs SendMessage"#]]
    .assert_eq(&counted());
    all_is_asked_well(models);
}
