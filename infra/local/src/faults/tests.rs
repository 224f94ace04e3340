//! Each fault, seen from the program and from the service behind the proxy.

use std::time::Instant;

use axum::{Router, extract::State, http::Uri};
use http::StatusCode;

use super::*;
use crate::embedded::testing::listener;

/// A service that writes down what took effect, and its client through a proxy.
struct Stage {
    faults: Faults,
    effects: Arc<Mutex<Vec<String>>>,
    url: String,
    client: reqwest::Client,
}

impl Stage {
    async fn open() -> Self {
        let effects = Arc::new(Mutex::new(Vec::new()));
        let service = Router::new()
            .fallback(
                |State(effects): State<Arc<Mutex<Vec<String>>>>, uri: Uri, body: String| async move {
                    effects.lock().unwrap().push(format!("{uri} {body}"));
                    (StatusCode::CREATED, [("x-served-by", "upstream")], "done")
                },
            )
            .with_state(Arc::clone(&effects));
        let listener = listener().await;
        let upstream = listener.local_addr().unwrap();
        tokio::spawn(async move { axum::serve(listener, service).await.unwrap() });
        let faults = Faults::new();
        let proxy = faults.proxy(Service::Provider, upstream).await.unwrap();
        Self {
            faults,
            effects,
            url: format!("http://{proxy}"),
            client: reqwest::Client::new(),
        }
    }

    /// Status and body of the answer, or nothing where the connection closed without one.
    async fn post(&self, body: &str) -> Option<(u16, String)> {
        let request = self.client.post(format!("{}/Messages.json?to=1", self.url));
        let answer = request.body(body.to_owned()).send().await.ok()?;
        Some((answer.status().as_u16(), answer.text().await.ok()?))
    }

    fn effects(&self) -> Vec<String> {
        self.effects.lock().unwrap().clone()
    }
}

fn done() -> Option<(u16, String)> {
    Some((201, "done".to_owned()))
}

/// The second of three posts over one connection is struck; the others must not notice.
async fn check(fault: Fault, answer: Option<(u16, String)>, effects: &[&str]) {
    let stage = Stage::open().await;
    stage.faults.arm(Plan::nth(2, fault.clone()));
    let mut answers = Vec::new();
    for body in ["a", "b", "c"] {
        answers.push(stage.post(body).await);
    }
    assert_eq!(answers, [done(), answer, done()], "{fault:?}");
    let expect: Vec<_> = effects
        .iter()
        .map(|body| format!("/Messages.json?to=1 {body}"))
        .collect();
    assert_eq!(stage.effects(), expect, "{fault:?}");
    assert_eq!(stage.faults.calls().len(), 3, "{fault:?}");
}

#[tokio::test]
async fn x4_a_struck_call_takes_effect_or_not_as_planned() {
    let busy = || Canned::status(StatusCode::BAD_GATEWAY);
    let answered = Some((502, String::new()));
    check(Fault::Refuse, None, &["a", "c"]).await;
    check(Fault::LoseAnswer, None, &["a", "b", "c"]).await;
    check(Fault::Answer(busy()), answered.clone(), &["a", "c"]).await;
    check(Fault::AnswerAfter(busy()), answered, &["a", "b", "c"]).await;
    check(Fault::StaleIndex, done(), &["a", "b", "c"]).await;
}

#[tokio::test]
async fn a_delayed_call_takes_effect_although_its_sender_is_gone() {
    let stage = Stage::open().await;
    let delay = std::time::Duration::from_millis(40);
    stage.faults.arm(Plan::nth(1, Fault::Delay(delay)));
    let start = Instant::now();
    let gone = stage
        .client
        .post(&stage.url)
        .body("late")
        .timeout(delay / 2);
    assert!(gone.send().await.unwrap_err().is_timeout());
    while stage.effects().is_empty() {
        tokio::task::yield_now().await;
    }
    assert!(start.elapsed() >= delay);
}

async fn check_stop(fault: Fault, effects: usize) {
    let stage = Stage::open().await;
    let mut hanging = stage.faults.0.hanging.subscribe();
    stage.faults.arm(Plan::nth(2, fault));
    assert_eq!(stage.post("before").await, done());
    {
        let program = async {
            let struck = stage.post("struck");
            let beside = async {
                stage.faults.stopped().await;
                stage.post("after the stop").await
            };
            tokio::join!(struck, beside)
        };
        tokio::select! {
            answers = program => panic!("a stopped program got {answers:?}"),
            _ = async { hanging.wait_for(|count| *count == 2).await.unwrap(); } => {}
        }
    }
    stage.faults.stopped().await;
    hanging
        .wait_for(|count| *count == 0)
        .await
        .expect("requests of a dropped program end");
    assert_eq!(stage.effects().len(), effects);
    assert_eq!(stage.faults.calls().len(), 2, "the dead are not counted");

    stage.faults.reset();
    assert_eq!(stage.faults.calls(), []);
    assert_eq!(stage.post("redelivered").await, done());
}

#[tokio::test]
async fn x4_a_stop_before_a_call_leaves_no_effect_and_no_answer() {
    check_stop(Fault::StopBefore, 1).await;
}

#[tokio::test]
async fn x4_a_stop_after_a_call_leaves_its_effect_and_no_answer() {
    check_stop(Fault::StopAfter, 2).await;
}

#[tokio::test]
async fn plans_strike_once_or_always_and_the_log_tells_what_was_called() {
    let stage = Stage::open().await;
    let refuse = |code| Fault::Answer(Canned::twilio(StatusCode::TOO_MANY_REQUESTS, code, "busy"));
    let (provider, other) = (Service::Provider, Service::Webhook);
    stage
        .faults
        .arm(Plan::nth_of(provider, "Messages", 2, refuse(1)));
    stage.faults.arm(Plan::nth_of(other, "", 1, refuse(2)));
    stage.faults.arm(Plan::every(provider, "Media", refuse(3)));
    let mut statuses = Vec::new();
    for path in ["Media", "Messages", "Media", "Messages", "Messages"] {
        let url = format!("{}/accounts/{path}.json", stage.url);
        let answer = stage.client.post(url).send().await.unwrap();
        statuses.push(answer.status().as_u16());
    }
    assert_eq!(statuses, [429, 201, 429, 429, 201]);
    let called: Vec<_> = stage.faults.calls();
    assert_eq!(
        called[3],
        Call {
            service: Service::Provider,
            operation: "POST Messages.json".to_owned(),
            number: 4,
        }
    );
}

#[tokio::test]
async fn an_answer_keeps_its_headers() {
    let stage = Stage::open().await;
    let answer = stage.client.get(&stage.url).send().await.unwrap();
    assert_eq!(answer.headers()["x-served-by"], "upstream");
    assert_eq!(answer.headers()["content-length"], "4");
    let head = stage.client.head(&stage.url).send().await.unwrap();
    assert_eq!(head.headers()["content-length"], "4");
}
