//! A company's own service, on this machine.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::State,
    http::{HeaderMap, Method, Response, StatusCode, Uri},
};
use serde_json::Value;
use tokio::net::TcpListener;

/// What it was asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    pub method: String,
    pub path: String,
    pub body: String,
    pub key: Option<String>,
    pub authorization: Option<String>,
}

/// What it does next.
#[derive(Debug, Clone)]
pub enum Does {
    Answers(Value),
    Says(u16, &'static str),
    /// It does what it was asked, and the connection ends before it says so.
    BreaksOff,
}

#[derive(Debug, Default)]
struct Inner {
    asked: Vec<Asked>,
    next: VecDeque<Does>,
}

/// The service. What it is not told to do it answers with `{"done": true}`.
#[derive(Debug, Clone)]
pub struct Service {
    inner: Arc<Mutex<Inner>>,
    pub url: String,
}

impl Service {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let inner = Arc::new(Mutex::new(Inner::default()));
        let routes = Router::new().fallback(answer).with_state(inner.clone());
        tokio::spawn(async move { axum::serve(listener, routes).await.unwrap() });
        Self { inner, url }
    }

    pub fn next(&self, does: impl IntoIterator<Item = Does>) {
        self.inner.lock().unwrap().next.extend(does);
    }

    pub fn asked(&self) -> Vec<Asked> {
        self.inner.lock().unwrap().asked.clone()
    }
}

async fn answer(
    State(inner): State<Arc<Mutex<Inner>>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response<Body> {
    let header = |name: &str| {
        let value = headers.get(name)?;
        Some(value.to_str().unwrap().to_owned())
    };
    let does = {
        let mut inner = inner.lock().unwrap();
        inner.asked.push(Asked {
            method: method.to_string(),
            path: uri.to_string(),
            body: String::from_utf8(body.to_vec()).unwrap(),
            key: header("idempotency-key"),
            authorization: header("authorization"),
        });
        inner.next.pop_front()
    };
    let json = |status: u16, body: String| {
        Response::builder()
            .status(StatusCode::from_u16(status).unwrap())
            .header("content-type", "application/json")
            .body(Body::from(body))
            .unwrap()
    };
    match does.unwrap_or_else(|| Does::Answers(serde_json::json!({"done": true}))) {
        Does::Answers(value) => json(200, value.to_string()),
        Does::Says(status, body) => json(status, body.to_owned()),
        Does::BreaksOff => {
            let broken = futures::stream::iter([
                Ok(Bytes::from_static(b"{\"do")),
                Err(std::io::Error::other("cut")),
            ]);
            Response::builder()
                .header("content-type", "application/json")
                .body(Body::from_stream(broken))
                .unwrap()
        }
    }
}
