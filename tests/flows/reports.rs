//! What matters waits for a countersignature.

use countersign_core::approval::OutputStatus;
use http::StatusCode;
use it::{APPROVER, CUSTOMER, World};

/// P4, P8, F2: drafted, asked, approved, carried out once, delivered.
#[tokio::test]
async fn p8_an_approved_report_arrives() {
    let world = World::new().await;
    let heard = world.tell(CUSTOMER, "sales report for last week").await;
    assert_eq!(heard.len(), 2, "{heard:?}");
    assert!(heard[0].starts_with("I'm preparing the sales report"));
    assert!(heard[1].contains("as soon as Grace Uwase approves"));
    assert!(world.heard(APPROVER)[0].starts_with("*Please decide*\nSend “Sales report from"));

    let decided = world.decide_on_page("approve", "").await;
    assert_eq!(decided.status, StatusCode::OK);
    world.settle().await;

    let sent = world.sent_to(CUSTOMER);
    assert_eq!(sent.len(), 3);
    let link = sent[2].media_url.clone().expect("a document");
    let document = reqwest::get(link).await.unwrap().bytes().await.unwrap();
    assert!(document.starts_with(b"%PDF"));
    let output = world.outputs(CUSTOMER).await[0];
    assert_eq!(world.state(output).await.status, OutputStatus::Executed);
    world.history(CUSTOMER).await;
}

#[tokio::test]
async fn p8_a_rejection_reaches_the_customer_with_its_reason() {
    let world = World::new().await;
    world.tell(CUSTOMER, "sales report for last week").await;
    world
        .decide_on_page("reject", "Figures are not final yet.")
        .await;
    world.settle().await;
    let heard = world.heard(CUSTOMER);
    assert_eq!(heard.len(), 3);
    assert!(heard[2].contains("Figures are not final yet."), "{heard:?}");
}

#[tokio::test]
async fn p5_an_undecided_request_expires_and_the_customer_is_told() {
    let world = World::new().await;
    world.tell(CUSTOMER, "sales report for last week").await;
    let output = world.outputs(CUSTOMER).await[0];
    let callback = world.callback_body(output, "approve", "Grace").await;
    world.pass(std::time::Duration::from_secs(25 * 3600)).await;
    // By then they have not written for a day: it is sent when they do.
    world.tell(CUSTOMER, "help").await;
    let told = |text: &String| text.contains("nobody could approve");
    assert!(world.heard(CUSTOMER).iter().any(told));
    let late = world.get(&world.approval_path()).await;
    assert_eq!(late.status, StatusCode::GONE);
    let late = world.callback("late", &callback).await;
    assert_eq!(late.status, StatusCode::CONFLICT, "{}", late.body);
    world.settle().await;
    let heard = world.heard(CUSTOMER);
    let told = heard.into_iter().filter(told).count();
    assert_eq!(told, 1);
}
