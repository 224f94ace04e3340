//! The pump against a small queue that answers as SQS does.

use std::{
    collections::VecDeque,
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use axum::{
    Json, Router,
    extract::State,
    http::{HeaderMap, StatusCode},
};
use serde_json::{Value, json};
use tokio::sync::{Notify, Semaphore, mpsc};

use super::*;
use crate::embedded::testing::{listener, sqs_client};

/// Hands out each message once and writes down which receipts were deleted.
#[derive(Default)]
struct Queue {
    waiting: Mutex<VecDeque<Value>>,
    deleted: Mutex<Vec<String>>,
    failures_left: AtomicUsize,
    changed: Notify,
}

impl Queue {
    fn of(ids: &[&str]) -> Arc<Self> {
        let queue = Self::default();
        *queue.waiting.lock().unwrap() = ids.iter().map(|id| message(id)).collect();
        Arc::new(queue)
    }

    async fn serve(self: &Arc<Self>) -> Pump {
        let listener = listener().await;
        let address = listener.local_addr().unwrap();
        let service = Router::new().fallback(answer).with_state(Arc::clone(self));
        tokio::spawn(async move { axum::serve(listener, service).await.unwrap() });
        Pump::new(sqs_client(address))
    }

    fn take(&self, most: usize) -> Vec<Value> {
        let mut waiting = self.waiting.lock().unwrap();
        let taken = waiting.len().min(most);
        waiting.drain(..taken).collect()
    }

    async fn receive(&self, body: &Value) -> Value {
        let most = body["MaxNumberOfMessages"].as_u64().unwrap() as usize;
        let mut taken = self.take(most);
        if taken.is_empty() && body["WaitTimeSeconds"] != json!(0) {
            let _ = tokio::time::timeout(LONG_POLL, self.changed.notified()).await;
            taken = self.take(most);
        }
        json!({ "Messages": taken })
    }

    fn delete(&self, body: &Value) -> Value {
        let mut successful = Vec::new();
        for entry in body["Entries"].as_array().unwrap() {
            let receipt = entry["ReceiptHandle"].as_str().unwrap();
            self.deleted.lock().unwrap().push(receipt.to_owned());
            successful.push(json!({ "Id": entry["Id"] }));
        }
        json!({ "Successful": successful, "Failed": [] })
    }

    fn deleted(&self) -> Vec<String> {
        self.deleted.lock().unwrap().clone()
    }
}

async fn answer(
    State(queue): State<Arc<Queue>>,
    headers: HeaderMap,
    body: String,
) -> (StatusCode, Json<Value>) {
    let one_less = |left: usize| left.checked_sub(1);
    let (set, get) = (Ordering::SeqCst, Ordering::SeqCst);
    if queue.failures_left.fetch_update(set, get, one_less).is_ok() {
        return (StatusCode::INTERNAL_SERVER_ERROR, Json(json!({})));
    }
    let body = serde_json::from_str(&body).unwrap();
    let answer = match headers["x-amz-target"].to_str().unwrap() {
        "AmazonSQS.ReceiveMessage" => queue.receive(&body).await,
        "AmazonSQS.DeleteMessageBatch" => queue.delete(&body),
        other => panic!("the pump asked for {other}"),
    };
    (StatusCode::OK, Json(answer))
}

fn message(id: &str) -> Value {
    json!({
        "MessageId": id,
        "ReceiptHandle": format!("receipt-{id}"),
        "Body": "Is ABC123 in stock?",
        "MD5OfBody": "a6a0d8ea9ea7c9a2bb5b8a6b0a40f8a5",
        "Attributes": {
            "ApproximateReceiveCount": "2",
            "SentTimestamp": "1793620800000",
            "SequenceNumber": "18849496460467696128",
            "MessageGroupId": "a",
            "MessageDeduplicationId": "SM1",
        },
        "MessageAttributes": {
            "version": { "DataType": "Number", "StringValue": "1" },
            "salt": { "DataType": "Binary", "BinaryValue": "AQI=" },
        },
    })
}

fn mapping(handler: Handler) -> Mapping {
    Mapping {
        queue_url: "http://127.0.0.1:9324/000000000000/inbound.fifo".to_owned(),
        batch_size: 10,
        max_concurrency: 1,
        kind: Kind::Fifo,
        timeout: Duration::from_secs(10),
        handler,
    }
}

fn succeed() -> Handler {
    handler(|_| async { Ok::<_, HandlerError>(SqsBatchResponse::default()) })
}

#[tokio::test]
async fn a_record_is_filled_as_lambda_fills_it() {
    let (seen, mut events) = mpsc::unbounded_channel();
    let handler = handler(move |event| {
        seen.send(event).unwrap();
        async { Ok::<_, HandlerError>(SqsBatchResponse::default()) }
    });
    let pump = Queue::of(&["m1"]).serve().await;
    pump.drain_once(&mapping(handler)).await.unwrap();
    let mut record = serde_json::to_value(&events.recv().await.unwrap().records[0]).unwrap();
    // Lambda leaves out what is null or empty; the struct does not.
    for attribute in ["version", "salt"] {
        let attribute = record["messageAttributes"][attribute]
            .as_object_mut()
            .unwrap();
        attribute.retain(|_, value| *value != json!(null) && *value != json!([]));
    }
    assert_eq!(
        record,
        json!({
            "messageId": "m1",
            "receiptHandle": "receipt-m1",
            "body": "Is ABC123 in stock?",
            "md5OfBody": "a6a0d8ea9ea7c9a2bb5b8a6b0a40f8a5",
            "md5OfMessageAttributes": null,
            "attributes": {
                "ApproximateReceiveCount": "2",
                "SentTimestamp": "1793620800000",
                "SequenceNumber": "18849496460467696128",
                "MessageGroupId": "a",
                "MessageDeduplicationId": "SM1",
            },
            "messageAttributes": {
                "version": { "dataType": "Number", "stringValue": "1" },
                "salt": { "dataType": "Binary", "binaryValue": "AQI=" },
            },
            "eventSource": "aws:sqs",
            "eventSourceARN": "arn:aws:sqs:eu-central-1:000000000000:inbound.fifo",
            "awsRegion": "eu-central-1",
        })
    );
}

async fn check(handler: Handler, deleted: &[&str], failed: &[&str], thrown: Option<Thrown>) {
    let queue = Queue::of(&["m1", "m2", "m3"]);
    let pump = queue.serve().await;
    let mut mapping = mapping(handler);
    mapping.timeout = Duration::from_millis(200);
    let drained = pump.drain_once(&mapping).await.unwrap();
    let expect = Drained {
        received: 3,
        failed: failed.iter().map(|id| (*id).to_owned()).collect(),
        overtaken: Vec::new(),
        thrown,
    };
    assert_eq!(drained, expect);
    assert_eq!(queue.deleted(), deleted);
}

#[tokio::test]
async fn only_what_was_handled_is_deleted() {
    let all = ["m1", "m2", "m3"];
    let receipts = ["receipt-m1", "receipt-m2", "receipt-m3"];
    check(succeed(), &receipts, &[], None).await;

    let partial = handler(|_| async {
        let mut response = SqsBatchResponse::default();
        response.set_failures(["m2", "m3"]);
        Ok::<_, HandlerError>(response)
    });
    check(partial, &receipts[..1], &all[1..], None).await;

    let throws = handler(|_| async { Err(anyhow::anyhow!("no such table")) });
    let error = Thrown::Error("no such table".to_owned());
    check(throws, &[], &all, Some(error)).await;

    let panics = handler(|event| async move {
        assert!(event.records.is_empty(), "a bug");
        Ok::<_, HandlerError>(SqsBatchResponse::default())
    });
    let panic = Thrown::Panic("a bug".to_owned());
    check(panics, &[], &all, Some(panic)).await;

    let hangs = handler(|_| std::future::pending::<Result<_, HandlerError>>());
    let timeout = Thrown::TimedOut(Duration::from_millis(200));
    check(hangs, &[], &all, Some(timeout)).await;
}

#[tokio::test]
async fn an_empty_queue_calls_nobody() {
    let pump = Queue::of(&[]).serve().await;
    let nobody = handler(|_| async { Err(anyhow::anyhow!("called with nothing")) });
    let drained = pump.drain_once(&mapping(nobody)).await.unwrap();
    assert_eq!(drained, Drained::default());
}

#[tokio::test]
async fn x4_dropping_a_drain_drops_its_handler_and_deletes_nothing() {
    let alive = Arc::new(());
    let (started, mut starts) = mpsc::unbounded_channel();
    let handler = {
        let alive = Arc::downgrade(&alive);
        handler(move |_| {
            let held = alive.upgrade();
            started.send(()).unwrap();
            async move {
                let _held = held;
                std::future::pending::<Result<_, HandlerError>>().await
            }
        })
    };
    let queue = Queue::of(&["m1"]);
    let (pump, mapping) = (queue.serve().await, mapping(handler));
    tokio::select! {
        drained = pump.drain_once(&mapping) => panic!("{drained:?}"),
        _ = starts.recv() => {}
    }
    assert_eq!(Arc::strong_count(&alive), 1);
    assert_eq!(queue.deleted(), Vec::<String>::new());
}

/// Handlers that tell when they start and wait for a permit to end.
struct Gate {
    starts: mpsc::UnboundedReceiver<usize>,
    permits: Arc<Semaphore>,
    handler: Handler,
}

impl Gate {
    fn new() -> Self {
        let (started, starts) = mpsc::unbounded_channel();
        let permits = Arc::new(Semaphore::new(0));
        let inside = Arc::new(AtomicUsize::new(0));
        let wait = Arc::clone(&permits);
        let handler = handler(move |_| {
            let (started, wait, inside) = (started.clone(), wait.clone(), inside.clone());
            async move {
                let now = inside.fetch_add(1, Ordering::SeqCst) + 1;
                started.send(now)?;
                wait.acquire().await?.forget();
                inside.fetch_sub(1, Ordering::SeqCst);
                Ok::<_, HandlerError>(SqsBatchResponse::default())
            }
        });
        Self {
            starts,
            permits,
            handler,
        }
    }
}

#[tokio::test]
async fn no_more_batches_are_in_flight_than_allowed() {
    let mut gate = Gate::new();
    let queue = Queue::of(&["m1", "m2", "m3", "m4", "m5"]);
    let mut mapping = mapping(gate.handler.clone());
    (mapping.batch_size, mapping.max_concurrency) = (1, 2);
    let running = queue.serve().await.start(vec![mapping]);
    let mut inside = Vec::new();
    for started in 1..=5 {
        inside.push(gate.starts.recv().await.unwrap());
        if started >= 2 {
            gate.permits.add_permits(1);
        }
    }
    gate.permits.add_permits(1);
    running.stop().await;
    assert_eq!(inside.iter().max(), Some(&2), "{inside:?}");
    assert_eq!(queue.deleted().len(), 5);
}

#[tokio::test]
async fn a_stop_waits_for_what_is_in_flight() {
    let mut gate = Gate::new();
    let queue = Queue::of(&["m1"]);
    let running = queue
        .serve()
        .await
        .start(vec![mapping(gate.handler.clone())]);
    gate.starts.recv().await.unwrap();
    let stopping = running.stop();
    gate.permits.add_permits(1);
    stopping.await;
    assert_eq!(queue.deleted(), ["receipt-m1"]);
}

#[tokio::test]
async fn the_pump_outlives_a_queue_that_is_out_of_reach() {
    let mut gate = Gate::new();
    gate.permits.add_permits(1);
    let queue = Queue::of(&["m1"]);
    queue.failures_left.store(4, Ordering::SeqCst);
    let running = queue
        .serve()
        .await
        .start(vec![mapping(gate.handler.clone())]);
    gate.starts.recv().await.unwrap();
    running.stop().await;
    assert_eq!(queue.deleted(), ["receipt-m1"]);
    assert_eq!(queue.failures_left.load(Ordering::SeqCst), 0);
}
