//! An approver's own endpoint on this machine: it takes the signed requests to decide and keeps
//! them, as a company's system would before it calls back.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use axum::{
    Json, Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode},
    routing::get,
};
use serde::Serialize;

/// Where it is, below the base URL.
pub const INBOX_PATH: &str = "/sim/approver";

/// It remembers no more requests than this.
const MOST: usize = 1000;

/// What the endpoint got. Clones are the same one.
#[derive(Debug, Clone, Default)]
pub struct Inbox(Arc<Mutex<Kept>>);

#[derive(Debug, Default)]
struct Kept {
    requests: VecDeque<Received>,
    answers: VecDeque<StatusCode>,
}

/// One request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Received {
    /// Its `webhook-…` headers.
    pub headers: BTreeMap<String, String>,
    /// Its body.
    pub body: String,
}

impl Inbox {
    /// Everything it got, oldest first.
    pub fn received(&self) -> Vec<Received> {
        self.lock().requests.iter().cloned().collect()
    }

    /// Answers the next requests so, one after the other, and then 200 again.
    pub fn next_answers(&self, answers: impl IntoIterator<Item = StatusCode>) {
        self.lock().answers.extend(answers);
    }

    pub(super) fn router(&self) -> Router {
        Router::new()
            .route(INBOX_PATH, get(list).post(take))
            .with_state(self.clone())
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn list(State(inbox): State<Inbox>) -> Json<Vec<Received>> {
    Json(inbox.received())
}

async fn take(State(inbox): State<Inbox>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let headers = headers
        .iter()
        .filter(|(name, _)| name.as_str().starts_with("webhook-"))
        .filter_map(|(name, value)| Some((name.to_string(), value.to_str().ok()?.to_owned())))
        .collect();
    let mut kept = inbox.lock();
    if kept.requests.len() == MOST {
        kept.requests.pop_front();
    }
    kept.requests.push_back(Received {
        headers,
        body: String::from_utf8_lossy(&body).into_owned(),
    });
    kept.answers.pop_front().unwrap_or(StatusCode::OK)
}
