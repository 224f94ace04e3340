//! The functions behind an Invoke API, as `cargo lambda watch` serves them, with what
//! `cargo dev --lambda` puts before them.

use std::{
    collections::{HashMap, VecDeque},
    convert::Infallible,
    sync::{Arc, Mutex, OnceLock},
    time::Duration,
};

use axum::{
    Router,
    body::Bytes,
    extract::{Path, State},
    response::{IntoResponse, Response},
    routing::post,
};
use countersign_aws::{Clients, schema};
use countersign_core::step::Greets;
use countersign_local::{
    clock::ManualClock,
    driver::{Answer, Pause},
    lambda::InvokeApi,
    pump::{Drained, Mapping, Pump},
    stack::{
        Data, EmbeddedAws, Environment, Front, Functions, INBOX_PATH, Options, Others, Ports,
        prepare, set_greets,
    },
};
use http::StatusCode;
use lambda_http::{Adapter, Context, LambdaEvent, Service, request::LambdaRequest, service_fn};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::world::number;

/// What stands before each function's name.
const PREFIX: &str = "countersign-";
/// No condition takes longer in real time.
const PATIENCE: Duration = Duration::from_secs(20);

/// A call that goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Broken {
    /// The function threw, as AWS and emulators say it: status 200 and a header.
    Threw,
    /// The function threw, as `cargo lambda watch` says it: status 500 and the error.
    Status500,
    /// What comes back is no answer of a function.
    Nonsense,
    /// There is no such function.
    Missing,
}

/// Functions that run behind an Invoke API, and phones, gateway and queues before them. The time is
/// in the test's hands.
pub struct Elsewhere {
    pub front: Front,
    pub clock: ManualClock,
    pub mappings: Vec<Mapping>,
    embedded: EmbeddedAws,
    pump: Pump,
    served: Arc<Served>,
}

#[derive(Default)]
struct Served {
    functions: OnceLock<Functions>,
    broken: Mutex<HashMap<String, VecDeque<Broken>>>,
    called: Mutex<Vec<String>>,
}

impl Elsewhere {
    /// Everything on a Friday morning.
    pub async fn new() -> Self {
        let clock = ManualClock::at("2026-11-20T07:00:00Z".parse().unwrap());
        let embedded = EmbeddedAws::start(&Options {
            data: Data::Gone,
            ports: Ports::Any,
            clock: Arc::new(clock.clone()),
            others: Others::default(),
        })
        .await
        .unwrap();
        let served = Arc::new(Served::default());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let router = Router::new()
            .route("/2015-03-31/functions/{name}/invocations", post(invoke))
            .with_state(served.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });

        let api = InvokeApi::new(url.parse().unwrap(), PREFIX).unwrap();
        let front = Front::start(Ports::Any, Arc::new(clock.clone()), api, None);
        let front = front.await.unwrap();
        let url = front.url();
        let inbox = format!("{url}{INBOX_PATH}");
        let environment = Environment::new(&front.seed, &embedded.at, &url, &url, &inbox);
        let clients = Clients::local(&embedded.at);
        let now = countersign_aws::Clock::now(&clock);
        let prepared = prepare(&clients, &environment, &front.seed, now);
        prepared.await.unwrap();
        let quiet = set_greets(&clients, &environment, &front.seed, Greets::Nobody);
        quiet.await.unwrap();
        let functions = Functions::new(&environment, &clients, Arc::new(clock.clone()));
        assert!(served.functions.set(functions.unwrap()).is_ok());
        Self {
            mappings: front.mappings(&environment),
            front,
            clock,
            embedded,
            pump: Pump::new(clients.sqs().clone()),
            served,
        }
    }

    /// The next calls of a function go wrong so, one after the other.
    pub fn breaks(&self, function: &str, broken: &[Broken]) {
        let mut all = self.served.broken.lock().unwrap();
        let queue = all.entry(function.to_owned()).or_default();
        queue.extend(broken);
    }

    /// The functions called so far, in order.
    pub fn called(&self) -> Vec<String> {
        self.served.called.lock().unwrap().clone()
    }

    /// Somebody writes; gives what the gateway answered the provider.
    pub async fn say(&self, from: &str, text: &str) -> u16 {
        let from = number(from);
        let sent = self.front.simulator.send_text(&from, "Somebody", text);
        sent.await.unwrap().http_status
    }

    /// What arrived on a phone.
    pub fn heard(&self, phone: &str) -> Vec<String> {
        let sent = self.front.simulator.sent_to(&number(phone));
        sent.into_iter().map(|message| message.body).collect()
    }

    /// One receive on one queue.
    pub async fn drain(&self, queue: schema::Queue) -> Drained {
        let name = format!("/{}", queue.name);
        let mapping = self.mappings.iter().find(|m| m.queue_url.ends_with(&name));
        self.pump.drain_once(mapping.unwrap()).await.unwrap()
    }

    /// Empties the queues, moving the time where messages wait.
    pub async fn settle(&self) {
        let mut pause = Pause::default();
        loop {
            let mut received = 0;
            for mapping in &self.mappings {
                received += self.pump.drain_once(mapping).await.unwrap().received;
            }
            let posted = self.front.simulator.statuses_posted(PATIENCE);
            posted.await.unwrap();
            if received > 0 {
                pause = Pause::default();
            } else if self.embedded.sqs.pending().unwrap() == 0 {
                return;
            } else {
                self.clock.advance(pause.step().unwrap());
            }
        }
    }

    /// Opens a page of the gateway.
    pub async fn get(&self, path: &str) -> Answer {
        let response = reqwest::get(format!("{}{path}", self.front.url()));
        answer(response.await.unwrap()).await
    }

    /// Sends a form of the gateway's.
    pub async fn post_form(&self, path: &str, form: &[(&str, &str)]) -> Answer {
        let client = reqwest::Client::new();
        let request = client
            .post(format!("{}{path}", self.front.url()))
            .form(form);
        answer(request.send().await.unwrap()).await
    }
}

async fn answer(response: reqwest::Response) -> Answer {
    Answer {
        status: response.status(),
        body: response.text().await.unwrap(),
    }
}

async fn invoke(
    State(served): State<Arc<Served>>,
    Path(name): Path<String>,
    event: Bytes,
) -> Response {
    let Some(function) = name.strip_prefix(PREFIX) else {
        return broken(Broken::Missing);
    };
    served.called.lock().unwrap().push(function.to_owned());
    let next = {
        let mut all = served.broken.lock().unwrap();
        all.get_mut(function).and_then(VecDeque::pop_front)
    };
    if let Some(next) = next {
        return broken(next);
    }
    let functions = served.functions.get().unwrap().clone();
    let answer = match function {
        "ingress" => {
            let handle = service_fn(async |request| {
                Ok::<_, Infallible>(functions.ingress.handle(request).await)
            });
            let mut ingress = Adapter::from(handle);
            json!(ingress.call(http(&event)).await.unwrap())
        }
        "approvals" => {
            let handle = service_fn(async |request| {
                Ok::<_, Infallible>(functions.approvals.handle(request).await)
            });
            let mut approvals = Adapter::from(handle);
            json!(approvals.call(http(&event)).await.unwrap())
        }
        "agent" => json!(functions.agent.handle(read(&event)).await),
        "executor" => json!(functions.executor.handle(read(&event)).await),
        "outbound" => json!(functions.outbound.handle(read(&event)).await),
        "clock" => {
            let _: Value = read(&event);
            functions.clock.tick().await;
            Value::Null
        }
        _ => return broken(Broken::Missing),
    };
    answer.to_string().into_response()
}

/// What `lambda_runtime` makes of an event for `lambda_http`.
fn http(event: &[u8]) -> LambdaEvent<LambdaRequest> {
    LambdaEvent::new(read(event), Context::default())
}

fn read<T: DeserializeOwned>(event: &[u8]) -> T {
    serde_json::from_slice(event).unwrap()
}

fn broken(how: Broken) -> Response {
    let thrown = json!({"errorType": "Error", "errorMessage": "it broke"}).to_string();
    match how {
        Broken::Threw => ([("x-amz-function-error", "Unhandled")], thrown).into_response(),
        Broken::Status500 => (StatusCode::INTERNAL_SERVER_ERROR, thrown).into_response(),
        Broken::Nonsense => "nonsense".into_response(),
        Broken::Missing => {
            let said = json!({"title": "Missing function"}).to_string();
            (StatusCode::NOT_FOUND, said).into_response()
        }
    }
}
