//! Whole flows whose queues, and tables, are the second opinion's. Nothing in them waits: its queues
//! go by the machine's clock.

use std::time::Duration;

use countersign_aws::schema;
use countersign_core::{E164, approval::OutputStatus, step::Greets};
use countersign_local::{driver::Driver, stack::Others};
use it::{APPROVER, CUSTOMER, fresh_region, second_opinion};

/// A stack whose queues and tables are the second opinion's if there is one, else embedded.
struct Flow(Driver);

impl Flow {
    async fn new() -> Self {
        let other = second_opinion();
        let others = Others {
            dynamodb: other,
            sqs: other,
            region: other.map(|_| fresh_region()),
            models: None,
            tool_secrets: None,
            settings: Vec::new(),
        };
        let morning = "2026-11-20T07:00:00Z".parse().unwrap();
        let driver = Driver::start_with(morning, others).await.unwrap();
        driver.stack.set_greets(Greets::Nobody).await.unwrap();
        Self(driver)
    }

    /// A customer writes; gives the webhook's id.
    async fn say(&self, text: &str) -> String {
        let customer = number(CUSTOMER);
        self.0.say(&customer, "Somebody", text).await.unwrap()
    }

    /// Rounds until nothing can be received, after which nothing is left over either.
    async fn settle(&self) {
        let mappings = self.0.stack.mappings(&self.0.stack.functions());
        while self.0.round(&mappings).await.unwrap() > 0 {
            self.0.statuses_posted().await.unwrap();
        }
        for queue in schema::QUEUES {
            for name in [queue.name.to_owned(), queue.dead_letters()] {
                assert_eq!(self.counts(&name).await, ["0", "0"], "{name}");
            }
        }
    }

    async fn counts(&self, name: &str) -> [String; 2] {
        let sqs = self.0.stack.direct.sqs().clone();
        let found = sqs.get_queue_url().queue_name(name).send().await.unwrap();
        let url = found.queue_url.unwrap();
        super::Queue { sqs, url }.counts().await
    }

    fn heard(&self, phone: &str) -> Vec<String> {
        self.0.heard(&number(phone))
    }
}

fn number(phone: &str) -> E164 {
    phone.parse().unwrap()
}

#[tokio::test]
async fn w4_questions_are_answered_in_order_and_once() {
    let flow = Flow::new().await;
    let sids = [flow.say("stock ABC123").await, flow.say("help").await];
    flow.settle().await;
    let heard = flow.heard(CUSTOMER);
    assert_eq!(heard.len(), 2, "{heard:?}");
    assert!(heard[0].contains("ABC123"), "{heard:?}");

    // Past the embedded queue's deduplication; the other forgets what was deleted anyway.
    flow.0.clock.advance(Duration::from_secs(3600));
    let history = flow.0.history(&number(CUSTOMER)).await.unwrap();
    for sid in sids {
        assert_eq!(flow.0.stack.simulator.replay(&sid).await.unwrap(), 200);
    }
    flow.settle().await;
    assert_eq!(flow.heard(CUSTOMER), heard);
    let after = flow.0.history(&number(CUSTOMER)).await.unwrap();
    assert_eq!(after.len(), history.len(), "a duplicate adds no commit");
}

#[tokio::test]
async fn p8_an_approved_report_arrives_and_a_forged_callback_does_nothing() {
    let flow = Flow::new().await;
    flow.say("sales report for last week").await;
    flow.settle().await;
    let customer = number(CUSTOMER);
    let output = flow.0.outputs(&customer).await.unwrap()[0];
    let forged = flow
        .0
        .post_form("/webhooks/approval/demo", &[("decision", "approve")]);
    assert!(forged.await.unwrap().status.is_client_error());
    flow.settle().await;
    let status = async || flow.0.state(output).await.unwrap().status;
    assert_eq!(status().await, OutputStatus::Pending);

    let approver = number(APPROVER);
    let decided = flow
        .0
        .decide_on_page(&approver, "approve", "")
        .await
        .unwrap();
    assert!(decided.status.is_success(), "{}", decided.body);
    flow.settle().await;
    let documents = flow.0.sent_to(&customer).into_iter();
    assert_eq!(documents.filter(|sent| sent.media_url.is_some()).count(), 1);
    assert_eq!(status().await, OutputStatus::Executed);
}

#[tokio::test]
async fn p8_a_rejection_reaches_the_customer() {
    let flow = Flow::new().await;
    flow.say("sales report for last week").await;
    flow.settle().await;
    let approver = number(APPROVER);
    let decided = flow.0.decide_on_page(&approver, "reject", "Wrong week.");
    assert!(decided.await.unwrap().status.is_success());
    flow.settle().await;
    let heard = flow.heard(CUSTOMER);
    assert!(heard.last().unwrap().contains("Wrong week."), "{heard:?}");
}
