//! Who gets what was approved, and who is asked to decide, when names change: numbers change hands, and
//! nobody reads what is somebody else's.

use countersign_aws::{customers::Customers, queues::Queue, schema};
use countersign_core::{
    OutputId,
    message::{
        Beside, Cause, Content, Correlation, ENVELOPE_VERSION, Group, Inbound, InboundMessage,
    },
    step::Role,
};
use it::{APPROVER, CUSTOMER, World};

/// The number a customer has after a change.
const NEXT: &str = "+250788555009";
/// Another customer's.
const OTHER: &str = "+250788555002";
/// What Meta may begin to call somebody.
const USER: &str = "RW.13491208655302741918";

const REPORT: &str = "sales report for last week";

fn text(body: &str) -> Content {
    Content::Text {
        body: body.to_owned(),
    }
}

pub(super) fn renamed(to: &str) -> Content {
    Content::Renamed {
        to: vec![to.parse().unwrap()],
    }
}

/// What a verified webhook brought from `sender`, whose other names are these.
pub(super) async fn arrives(
    world: &World,
    id: &str,
    sender: &str,
    aliases: &[&str],
    content: Content,
) {
    let (number, sender) = ("+14155238886".parse().unwrap(), sender.parse().unwrap());
    let beside = Beside {
        aliases: aliases.iter().map(|name| name.parse().unwrap()).collect(),
        ..Beside::default()
    };
    let url = world.stack.environment.get(schema::INBOUND.variable);
    let queue = Queue::<Inbound>::new(world.stack.direct.sqs().clone(), url.unwrap());
    let message = InboundMessage {
        endpoint: "demo".parse().unwrap(),
        number,
        id: id.parse().unwrap(),
        sender,
        phone: None,
        name: None,
        content,
        beside,
    };
    let inbound = Inbound {
        v: ENVELOPE_VERSION,
        tenant: world.tenant(),
        correlation: Correlation(id.to_owned()),
        group: Group::of(&message.number, &message.sender),
        received_at: world.now(),
        cause: Cause::Message(message),
    };
    queue.send(&inbound).await.unwrap();
}

/// A customer's report waits to be decided on.
async fn asked(world: &World, customer: &str) -> OutputId {
    world.tell(customer, REPORT).await;
    world.outputs(customer).await[0]
}

/// How many documents each of these got.
fn got(world: &World, phones: &[&str]) -> Vec<usize> {
    phones.iter().map(|phone| world.documents(phone)).collect()
}

#[tokio::test]
async fn w1_x1_what_was_approved_for_a_number_arrives_after_its_owner_is_told_by_a_user_id() {
    let world = World::new().await;
    let output = asked(&world, CUSTOMER).await;
    arrives(&world, "SM1", USER, &[CUSTOMER], text("help")).await;
    world.settle().await;
    world.approve(output).await;
    assert_eq!(got(&world, &[CUSTOMER]), [1]);
}

#[tokio::test]
async fn w1_x1_what_was_approved_goes_along_with_a_changed_number_and_not_to_its_next_owner() {
    let world = World::new().await;
    let output = asked(&world, CUSTOMER).await;
    arrives(&world, "SM1", CUSTOMER, &[], renamed(NEXT)).await;
    world.settle().await;
    // The number has a new owner, who even asks for the same.
    world.tell(CUSTOMER, REPORT).await;
    world.approve(output).await;
    assert_eq!(got(&world, &[CUSTOMER, NEXT]), [0, 1]);
    // What is approved for the new owner is theirs.
    let theirs = world.outputs(CUSTOMER).await[0];
    assert_ne!(theirs, output);
    world.approve(theirs).await;
    assert_eq!(got(&world, &[CUSTOMER, NEXT]), [1, 1]);
}

/// Two say that they have each other's number. Nobody's is taken on the other's word, and what was
/// approved for one is read by neither.
#[tokio::test]
async fn w1_x1_what_was_approved_is_sent_to_nobody_while_two_numbers_are_swapped() {
    let world = World::new().await;
    world.tell(OTHER, "help").await;
    let output = asked(&world, CUSTOMER).await;
    arrives(&world, "SM1", CUSTOMER, &[], renamed(OTHER)).await;
    world.settle().await;
    arrives(&world, "SM2", OTHER, &[], renamed(CUSTOMER)).await;
    world.settle().await;
    // The commit that asked is found by the other's name no more.
    let state = world.state(output).await;
    let body = world.callback_body(output, "approve", "Grace").await;
    assert_eq!(world.callback("swap", &body).await.status, 200);
    world.settle().await;
    assert_eq!(got(&world, &[CUSTOMER, OTHER]), [0, 0]);
    let head = world.threads().head(&world.tenant(), state.thread).await;
    assert_eq!(head.unwrap().unwrap().fold.awaiting, []);
    assert_eq!(world.dead_letters(), 0);
}

/// Wherever the change comes in between the approval and the document.
#[tokio::test]
async fn w1_x1_a_number_that_changes_while_it_is_carried_out_gets_nothing_any_more() {
    for steps in 0..4 {
        let world = World::new().await;
        let output = asked(&world, CUSTOMER).await;
        let body = world.callback_body(output, "approve", "Grace").await;
        assert_eq!(world.callback("approve", &body).await.status, 200);
        let functions = world.stack.cold().unwrap();
        let drain = async |queue: schema::Queue| {
            let url = world.stack.environment.get(queue.variable);
            let mappings = world.stack.mappings(&functions);
            let mapping = mappings.iter().find(|m| Some(&m.queue_url) == url.as_ref());
            world.drain(mapping.unwrap()).await;
        };
        let carrying_out = [schema::INBOUND, schema::EXPRESS, schema::INBOUND];
        for queue in carrying_out.into_iter().take(steps) {
            drain(queue).await;
        }
        arrives(&world, "SM1", CUSTOMER, &[], renamed(NEXT)).await;
        drain(schema::INBOUND).await;
        world.settle().await;
        assert_eq!(got(&world, &[CUSTOMER, NEXT]), [0, 1], "after {steps}");
        assert_eq!(world.dead_letters(), 0, "after {steps}");
    }
}

fn customers(world: &World) -> Customers {
    let table = world.stack.environment.get("BUSINESS_TABLE").unwrap();
    Customers::new(world.stack.direct.dynamodb().clone(), table)
}

/// Nobody is asked on the phone, and the approver's endpoint decides as ever.
async fn is_decided_without_phones(world: &World, phones: &[&str]) {
    let before: Vec<usize> = phones.iter().map(|it| world.heard(it).len()).collect();
    let output = asked(world, CUSTOMER).await;
    let after: Vec<usize> = phones.iter().map(|it| world.heard(it).len()).collect();
    assert_eq!(after, before);
    world.approve(output).await;
    assert_eq!(got(world, &[CUSTOMER]), [1]);
    assert_eq!(world.dead_letters(), 0);
}

#[tokio::test]
async fn w5_an_approver_who_opted_out_is_not_asked_and_the_page_and_the_endpoint_stand() {
    let world = World::new().await;
    world.tell(APPROVER, "STOP").await;
    is_decided_without_phones(&world, &[APPROVER]).await;
    // Who opts in again is asked again.
    world.tell(APPROVER, "START").await;
    let heard = world.heard(APPROVER).len();
    world.tell(OTHER, REPORT).await;
    assert_eq!(world.heard(APPROVER).len(), heard + 1);
}

#[tokio::test]
async fn w1_a_number_that_an_approver_let_go_of_gets_no_link_whoever_has_it() {
    let world = World::new().await;
    world.tell(APPROVER, "help").await;
    arrives(&world, "SM1", APPROVER, &[], renamed(NEXT)).await;
    world.settle().await;
    is_decided_without_phones(&world, &[APPROVER, NEXT]).await;
    // Its next owner is no approver, until the company says so.
    world.tell(APPROVER, "help").await;
    let heard = world.heard(APPROVER).len();
    world.tell(OTHER, REPORT).await;
    assert_eq!(world.heard(APPROVER).len(), heard);
    let (endpoint, name) = ("demo".parse().unwrap(), APPROVER.parse().unwrap());
    let (customers, tenant) = (customers(&world), world.tenant());
    let introduced = customers.introduce(&tenant, &endpoint, &name, "Grace", Role::Approver, None);
    introduced.await.unwrap();
    world.tell(NEXT, REPORT).await;
    assert_eq!(world.heard(APPROVER).len(), heard + 1);
}

/// A number that leads to a user id is still theirs.
#[tokio::test]
async fn w1_an_approver_with_a_user_id_is_asked_at_their_number() {
    let world = World::new().await;
    arrives(&world, "SM1", USER, &[APPROVER], text("help")).await;
    world.settle().await;
    let heard = world.heard(APPROVER).len();
    asked(&world, CUSTOMER).await;
    assert_eq!(world.heard(APPROVER).len(), heard + 1);
}
