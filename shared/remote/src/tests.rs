//! Calls of small servers on this machine.

mod mcp;
mod web;

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{Router, extract::Request, response::Response};
use countersign_core::{
    Secret,
    registry::{Audience, Effect},
    remote::{HttpWay, Identity, Method, RemoteTool, Repeat, Way},
};
use http::HeaderMap;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::{CallError, Remote, Said, Settings, guard::Network};

const SECRET: &str = "hunter2-hunter2";

/// More than any of these calls takes.
const LONG: Duration = Duration::from_secs(20);

/// What a server saw.
#[derive(Debug, Clone)]
struct Seen {
    method: http::Method,
    uri: http::Uri,
    headers: HeaderMap,
    body: Value,
}

#[derive(Clone, Default)]
struct Book(Arc<Mutex<Vec<Seen>>>);

impl Book {
    fn all(&self) -> Vec<Seen> {
        self.0.lock().unwrap().clone()
    }
}

/// A server that answers everything the same way and writes down what it was asked.
async fn server<F, A>(answer: F) -> (String, Book)
where
    F: Fn() -> A + Clone + Send + Sync + 'static,
    A: Future<Output = Response> + Send,
{
    let book = Book::default();
    let seen = book.clone();
    let app = Router::new().fallback(move |request: Request| {
        let (seen, answer) = (seen.clone(), answer.clone());
        async move {
            let (parts, body) = request.into_parts();
            let body = axum::body::to_bytes(body, 1_000_000).await.unwrap();
            seen.0.lock().unwrap().push(Seen {
                method: parts.method,
                uri: parts.uri,
                headers: parts.headers,
                body: serde_json::from_slice(&body).unwrap_or_default(),
            });
            answer().await
        }
    });
    (serve(app).await, book)
}

async fn serve(app: Router) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let at = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, app).await });
    format!("http://{at}")
}

fn remote(network: Network) -> Remote {
    Remote::new(Settings {
        secrets: BTreeMap::from([("shop".to_owned(), Secret::new(SECRET))]),
        network,
    })
}

fn tool(way: Way) -> RemoteTool {
    let tool = RemoteTool {
        name: "shop".to_owned(),
        description: "Asks the shop.".to_owned(),
        audience: Audience::Everyone,
        effect: Effect::None,
        repeat: Repeat::Never,
        identity: Identity::Number,
        timeout_seconds: 10,
        enabled: true,
        schema: json!({"type": "object", "properties": {}, "additionalProperties": true}),
        way,
    };
    tool.check().unwrap();
    tool
}

fn get(url: &str) -> RemoteTool {
    tool(Way::Http(HttpWay {
        method: Method::Get,
        url: url.to_owned(),
        headers: BTreeMap::new(),
    }))
}

async fn call(tool: &RemoteTool, arguments: Value) -> Result<Said, CallError> {
    remote(Network::Anywhere)
        .call(tool, &arguments, "key", LONG)
        .await
}

#[test]
fn a5_a_call_may_move_between_threads() {
    fn moves<T: Send>(_: T) {}
    let remote = remote(Network::Anywhere);
    let it = get("http://127.0.0.1:1/");
    let (arguments, headers) = (json!({}), BTreeMap::new());
    moves(remote.call(&it, &arguments, "key", LONG));
    moves(remote.list("http://127.0.0.1:1/", &headers, LONG));
}
