//! OpenAI's moderation on this machine: it takes a text, and says of it what a test wants.
//! The shape is that of <https://platform.openai.com/docs/api-reference/moderations>.

use std::sync::Arc;

use axum::{
    body::Bytes,
    extract::State as Extract,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use countersign_core::model::Provider;
use serde_json::{Value, json};

use super::{
    FakeModels, KEY, State,
    serve::{bearer, failed},
};

/// What is said of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Judgement {
    /// Nothing is wrong with it.
    Fine,
    /// It falls into this category.
    Flagged(&'static str),
    /// Nothing is said of it: an error's status comes back.
    Fail(u16),
    /// Something comes back that is no verdict.
    Garbage,
    /// Nothing comes back.
    Silence,
}

/// Judges whatever it is given.
pub(super) type Judge = Arc<dyn Fn(&str) -> Judgement + Send + Sync>;

impl FakeModels {
    /// Judges texts so; without it, nothing is wrong with any.
    pub fn judge_with(&self, judge: impl Fn(&str) -> Judgement + Send + Sync + 'static) {
        self.inner().judge = Some(Arc::new(judge));
    }

    /// The texts that were to be judged since the start or the last reset.
    pub fn judged(&self) -> Vec<String> {
        self.inner().judged.clone()
    }
}

/// Every category there is.
const CATEGORIES: [&str; 13] = [
    "harassment",
    "harassment/threatening",
    "hate",
    "hate/threatening",
    "illicit",
    "illicit/violent",
    "self-harm",
    "self-harm/instructions",
    "self-harm/intent",
    "sexual",
    "sexual/minors",
    "violence",
    "violence/graphic",
];

pub(super) async fn moderate(
    Extract(state): Extract<Arc<State>>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let provider = Provider::OpenAi;
    if bearer(&headers).as_deref() != Some(KEY) {
        state.refuse("moderations", "the key is missing or wrong");
        return failed(provider, 401, None, "The key is not right");
    }
    let is_json = headers
        .get(header::CONTENT_TYPE)
        .is_some_and(|it| it == "application/json");
    let body: Value = serde_json::from_slice(&body).unwrap_or_default();
    let (Some("omni-moderation-latest"), Some(input), true) =
        (body["model"].as_str(), body["input"].as_str(), is_json)
    else {
        state.refuse("moderations", "wants JSON with the model and a text");
        return failed(provider, 400, None, "The request is against the protocol");
    };
    let judge = {
        let mut inner = state.inner();
        inner.judged.push(input.to_owned());
        inner.judge.clone()
    };
    match judge.map_or(Judgement::Fine, |judge| judge(input)) {
        Judgement::Fine => verdict(None),
        Judgement::Flagged(category) => verdict(Some(category)),
        Judgement::Fail(status) => failed(provider, status, None, &format!("Not with {KEY}")),
        Judgement::Garbage => (StatusCode::OK, "{\"results\": ").into_response(),
        Judgement::Silence => std::future::pending().await,
    }
}

fn verdict(wrong: Option<&str>) -> Response {
    let is_wrong = |category: &str| Some(category) == wrong;
    let categories = CATEGORIES.map(|category| (category.to_owned(), json!(is_wrong(category))));
    let scores = CATEGORIES.map(|category| {
        let score = if is_wrong(category) { 0.98 } else { 0.0001 };
        (category.to_owned(), json!(score))
    });
    let of = |pairs: [(String, Value); 13]| Value::Object(pairs.into_iter().collect());
    axum::Json(json!({
        "id": "modr-1",
        "model": "omni-moderation-2024-09-26",
        "results": [{
            "flagged": wrong.is_some(),
            "categories": of(categories),
            "category_scores": of(scores),
            "category_applied_input_types": {},
        }],
    }))
    .into_response()
}
