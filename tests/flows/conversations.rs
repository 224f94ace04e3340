//! O3: what is shown of a conversation, from its record and nothing else.

use std::time::Duration;

use countersign_aws::{
    Clients,
    conversations::{Conversations, Page, PageToken},
    schema,
};
use countersign_core::{
    ThreadId,
    agent::AgentKind,
    commands::Intent,
    message::ControlAction,
    view::{Content, Role, State, Waits},
};
use countersign_local::models::Canned;
use it::{CUSTOMER, STAFF, World};
use jiff::tz::TimeZone;
use serde_json::json;

use super::launches::act;

/// As a function would ask: its calls are counted.
fn conversations(world: &World) -> Conversations {
    let table = world.stack.environment.get(schema::THREADS.variable);
    let clients = Clients::local(&world.stack.aws);
    Conversations::new(clients.dynamodb().clone(), table.unwrap())
}

async fn page(world: &World, thread: ThreadId, before: Option<PageToken>) -> Page {
    let (conversations, tenant) = (conversations(world), world.tenant());
    let utc = TimeZone::UTC;
    let page = conversations.page(&tenant, thread, before, &utc, world.now());
    page.await.unwrap().unwrap()
}

async fn newest(world: &World, phone: &str) -> Page {
    page(world, world.thread_of(phone).await.unwrap(), None).await
}

#[tokio::test]
async fn o3_a_conversation_is_shown_with_its_messages_calls_tokens_and_cost() {
    let (world, models) = World::thinking().await;
    world.tell(CUSTOMER, "stock").await;
    world.tell(CUSTOMER, "ABC123").await;
    models.script([
        Canned::text("shop"),
        Canned::call("check_inventory", &json!({"sku": "ABC123"})),
        Canned::text("Yes: 143."),
    ]);
    world.tell(CUSTOMER, "are the blue ones in?").await;
    world.statuses_posted().await;
    world.settle().await;

    let page = newest(&world, CUSTOMER).await;
    let conversation = page.conversation.unwrap();
    let head = world.head(CUSTOMER).await;
    assert_eq!(conversation.state, State::Active);
    assert_eq!(conversation.agent, Some(AgentKind::Shop));
    assert_eq!(conversation.user.as_str(), CUSTOMER);
    assert_eq!(conversation.cost_usd, head.counts.cost.to_string());
    assert_eq!(
        (conversation.messages_in, conversation.messages_out),
        (3, 3)
    );
    assert_eq!(conversation.waits_for, []);
    assert_eq!(conversation.ended_at, None);
    assert_eq!(page.older, None);

    let messages = &page.exchange.messages;
    let told: Vec<(Role, Option<Intent>)> = messages
        .iter()
        .map(|it| (it.role, it.intent.as_ref().map(|intent| intent.intent)))
        .collect();
    let stock = Some(Intent::CheckInventory);
    assert_eq!(told[0], (Role::Customer, stock));
    // The answer to a question is what it completes.
    assert_eq!(told[2], (Role::Customer, stock));
    let intent = messages[2].intent.as_ref().unwrap();
    assert!(intent.confidence.is_sure() && intent.entities.product.is_some());
    let last = messages.last().unwrap();
    assert_eq!(last.role, Role::Agent);
    let answer = Content::Text {
        text: "Yes: 143.".into(),
    };
    assert_eq!(last.content, answer);
    assert!(
        last.work.tokens_in > 0 && last.work.tokens_out > 0,
        "{last:?}"
    );
    // Nothing was thought before that was paid for: all of it is this answer's.
    assert_eq!(last.work.cost_usd, conversation.cost_usd);
    assert_eq!(last.work.calls.len(), 1);
    assert_eq!(last.work.agents, [AgentKind::Triage, AgentKind::Shop]);
    assert_eq!(page.exchange.unsaid.calls, []);
    for message in messages.iter().filter(|it| it.role == Role::Agent) {
        assert_eq!(message.sent.as_deref(), Some("delivered"), "{message:?}");
    }
    let executions = &page.exchange.executions;
    assert_eq!(executions.len(), 2, "{executions:?}");
    for execution in executions {
        assert_eq!(execution.tool.as_deref(), Some("check_inventory"));
        assert_eq!(execution.success, Some(true));
        assert_eq!(execution.input, Some(json!({"sku": "ABC123"})));
        assert!(execution.output.is_some() && execution.duration_ms.is_some());
    }
    assert_eq!(executions[1].id, last.work.calls[0]);
    serde_json::to_string(&page.exchange).unwrap();
}

#[tokio::test]
async fn o3_how_a_conversation_stands_and_what_it_waits_for() {
    let (world, models) = World::thinking().await;
    world.tell(STAFF, "sales report for last week").await;
    let output = world.outputs(STAFF).await[0];
    let waiting = newest(&world, STAFF).await.conversation.unwrap();
    let decision = Waits::Decision { output, version: 1 };
    assert_eq!(waiting.waits_for, [decision]);

    let reason = json!({"reason": "asks for the director"});
    models.script([
        Canned::text("support"),
        Canned::call("escalate_to_human", &reason),
    ]);
    world
        .tell(CUSTOMER, "I want to talk to a person, now")
        .await;
    let state = async |phone| newest(&world, phone).await.conversation.unwrap().state;
    assert_eq!(state(CUSTOMER).await, State::Escalated);
    act(&world, CUSTOMER, ControlAction::Resume).await;
    world.settle().await;
    assert_eq!(state(CUSTOMER).await, State::Active);
    act(&world, STAFF, ControlAction::Takeover).await;
    world.settle().await;
    assert_eq!(state(STAFF).await, State::Escalated);
    act(&world, STAFF, ControlAction::Stop).await;
    world.settle().await;
    assert_eq!(state(STAFF).await, State::Ended);
    world.clock.advance(Duration::from_secs(8 * 24 * 3600));
    let silent = newest(&world, CUSTOMER).await.conversation.unwrap();
    assert_eq!(silent.state, State::Ended);
    assert!(silent.ended_at.unwrap() < world.now());

    let list = async |which| {
        let (conversations, tenant) = (conversations(&world), world.tenant());
        let listed = conversations.list(&tenant, which, world.now(), world.now());
        let listed = listed.await.unwrap();
        listed
            .into_iter()
            .map(|it| it.user.to_string())
            .collect::<Vec<_>>()
    };
    assert_eq!(list(None).await, [STAFF, CUSTOMER]);
    assert_eq!(list(Some(State::Ended)).await, [STAFF, CUSTOMER]);
    assert_eq!(list(Some(State::Active)).await, [] as [String; 0]);
    world.tell(CUSTOMER, "stock ABC123").await;
    world.clock.advance(Duration::from_millis(1));
    assert_eq!(list(Some(State::Active)).await, [CUSTOMER]);
    assert_eq!(list(None).await, [CUSTOMER, STAFF, CUSTOMER]);
}

/// The call budget of a look: one query, and one read of what became of up to a hundred messages.
#[tokio::test]
async fn o3_a_long_conversation_is_paged_and_each_page_costs_two_calls() {
    let world = World::new().await;
    for _ in 0..120 {
        world.tell(CUSTOMER, "stock ABC123").await;
    }
    let thread = world.thread_of(CUSTOMER).await.unwrap();
    let (mut before, mut seen) = (None, Vec::new());
    for expect in [50, 50, 20] {
        world.stack.faults.reset();
        let page = page(&world, thread, before).await;
        let calls = world.stack.faults.calls();
        let calls: Vec<&str> = calls.iter().map(|call| call.operation.as_str()).collect();
        assert_eq!(calls, ["Query", "BatchGetItem"]);
        assert_eq!(page.conversation.is_some(), before.is_none());
        let mut commits: Vec<u64> = page.exchange.messages.iter().map(|it| it.commit).collect();
        commits.dedup();
        assert_eq!(commits.len(), expect);
        commits.extend(seen);
        seen = commits;
        before = page.older.map(|older| older.to_string().parse().unwrap());
    }
    assert_eq!(before, None);
    assert_eq!(seen, (1..=120).collect::<Vec<u64>>());
}

#[tokio::test]
async fn o3_another_companys_conversation_is_not_found() {
    let world = World::new().await;
    world.tell(CUSTOMER, "help").await;
    let thread = world.thread_of(CUSTOMER).await.unwrap();
    let conversations = conversations(&world);
    let other = "somebody-else".parse().unwrap();
    let utc = TimeZone::UTC;
    let page = conversations.page(&other, thread, None, &utc, world.now());
    assert_eq!(page.await.unwrap(), None);
    let listed = conversations.list(&other, None, world.now(), world.now());
    assert_eq!(listed.await.unwrap(), []);
}
