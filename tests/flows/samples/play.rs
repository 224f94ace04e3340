//! An event given to its function, read as the runtime reads it, and what came of that.

use aws_lambda_events::sqs::SqsEvent;
use countersign_aws::{bucket::Bucket, queues::Envelope, schema, sends::SendStatus};
use countersign_core::{
    ContentHash, MessageRef, OutputId,
    approval::{Decision, OutputStatus},
    message::{Cause, DecisionNotice, ExecutionResult, Inbound},
};
use http::StatusCode;
use lambda_http::Body;

use super::{Stage, event};

impl Stage {
    /// Only what its function answers to an event, in a word.
    pub(super) async fn answer(&self, path: &str) -> String {
        let functions = &self.functions;
        let status = match path.split('/').next().unwrap() {
            "ingress" => functions.ingress.handle(request(path)).await.status(),
            "approvals" => functions.approvals.handle(request(path)).await.status(),
            "clock" => return format!("{} due", functions.clock.tick().await.due),
            queued => {
                let batch = sqs(path);
                let answer = match queued {
                    "agent" => functions.agent.handle(batch).await,
                    "executor" => functions.executor.handle(batch).await,
                    _ => functions.outbound.handle(batch).await,
                };
                return format!("{} failed", answer.batch_item_failures.len());
            }
        };
        status.as_u16().to_string()
    }

    /// The answer to a webhook, and what it put on a queue.
    pub(super) async fn webhook<T: Envelope>(
        &self,
        path: &str,
        queue: schema::Queue,
    ) -> (StatusCode, Vec<T>) {
        let before = self.queued::<T>(queue).len();
        let answer = self.functions.ingress.handle(request(path)).await;
        (answer.status(), self.queued(queue).split_off(before))
    }

    /// How many messages stayed in the queue, and what was put on another.
    pub(super) async fn outbound<T: Envelope>(
        &self,
        path: &str,
        queue: schema::Queue,
    ) -> (usize, Vec<T>) {
        let before = self.queued::<T>(queue).len();
        let answer = self.functions.outbound.handle(sqs(path)).await;
        let queued = self.queued(queue).split_off(before);
        (answer.batch_item_failures.len(), queued)
    }

    /// What came of an order.
    pub(super) async fn execute(&self, path: &str) -> ExecutionResult {
        let before = self.queued::<Inbound>(schema::INBOUND).len();
        let answer = self.functions.executor.handle(sqs(path)).await;
        assert_eq!(answer.batch_item_failures, []);
        let reports = self.queued::<Inbound>(schema::INBOUND).split_off(before);
        let [report] = reports.try_into().unwrap();
        match report.cause {
            Cause::Execution(report) => report.result,
            other => panic!("{path}: {other:?}"),
        }
    }

    pub(super) async fn approvals(&self, path: &str) -> (StatusCode, String) {
        let answer = self.functions.approvals.handle(request(path)).await;
        let status = answer.status();
        match answer.into_body() {
            Body::Text(body) => (status, body),
            other => panic!("{path}: {other:?}"),
        }
    }

    /// The answer to a decision that is the first, and the decision as the thread is told it.
    pub(super) async fn decide(
        &self,
        path: &str,
        output: OutputId,
        to: OutputStatus,
    ) -> (String, Decision) {
        let before = self.queued::<Inbound>(schema::INBOUND).len();
        assert_eq!(self.world.state(output).await.status, OutputStatus::Pending);
        let (status, body) = self.approvals(path).await;
        assert_eq!(status, StatusCode::OK, "{body}");
        assert_eq!(self.world.state(output).await.status, to);
        let notice = self.decided_since(before, path);
        assert_eq!(notice.output, output);
        (body, notice.decision)
    }

    /// The one decision that threads were told since so many messages were in their queue.
    pub(super) fn decided_since(&self, before: usize, path: &str) -> DecisionNotice {
        let told = self.queued::<Inbound>(schema::INBOUND).split_off(before);
        match <[Inbound; 1]>::try_from(told) {
            Ok(
                [
                    Inbound {
                        cause: Cause::Decision(notice),
                        ..
                    },
                ],
            ) => notice,
            told => panic!("{path}: {told:?}"),
        }
    }

    /// What is in a queue, oldest first.
    pub(super) fn queued<T: Envelope>(&self, queue: schema::Queue) -> Vec<T> {
        let waiting = self.world.waiting(queue);
        let read = waiting
            .iter()
            .map(|message| serde_json::from_str(&message.body));
        read.collect::<Result<_, _>>().unwrap()
    }

    pub(super) async fn stored(&self, content: ContentHash) -> Option<Vec<u8>> {
        let name = self.world.stack.environment.get(schema::BUCKET_VARIABLE);
        let bucket = Bucket::new(self.world.stack.direct.s3().clone(), name.unwrap());
        bucket.get(&self.world.tenant(), content).await.unwrap()
    }

    pub(super) async fn send(&self, reference: MessageRef) -> SendStatus {
        let sends = self.world.sends();
        let record = sends.read(&self.world.tenant(), reference).await.unwrap();
        record.unwrap().status
    }
}

/// An HTTP event as `lambda_http` reads it.
pub(super) fn request(path: &str) -> lambda_http::Request {
    lambda_http::request::from_str(&event(path)).unwrap()
}

/// A batch as `lambda_runtime` reads it.
pub(super) fn sqs(path: &str) -> SqsEvent {
    serde_json::from_str(&event(path)).unwrap()
}
