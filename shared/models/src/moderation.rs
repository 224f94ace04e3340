//! OpenAI's moderation: whether a text is something nobody should be sent, by a model that costs
//! nothing. <https://platform.openai.com/docs/api-reference/moderations>

use std::time::Duration;

use countersign_core::model::Provider;
use http::{StatusCode, header};
use serde_json::{Value, json};
use tokio::time::timeout;

use crate::{AskError, Models};

/// The model that judges.
const JUDGE: &str = "omni-moderation-latest";

/// The most categories that are told, and the most characters of the name of one.
const MOST_CATEGORIES: usize = 16;
const MOST_NAME: usize = 64;

/// The most bytes of an answer that are read: some 2 KB are usual.
const MOST_BYTES: usize = 64 * 1024;

impl Models {
    /// What is wrong with a text, by the names of the categories it falls into; nothing for an
    /// ordinary one. Asked once: whoever waits for it has better to do than to wait for another try.
    ///
    /// # Errors
    /// See [`AskError`]. It says nothing about the text.
    pub async fn moderate(&self, text: &str, within: Duration) -> Result<Vec<String>, AskError> {
        let asked = timeout(within, self.moderated(text)).await;
        asked.unwrap_or_else(|_| {
            Err(AskError::Timeout(format!(
                "{JUDGE} had not answered when the {within:?} for it were over"
            )))
        })
    }

    async fn moderated(&self, text: &str) -> Result<Vec<String>, AskError> {
        let access = self.0.settings.access(Provider::OpenAi);
        let access = access.ok_or(AskError::NotConfigured(Provider::OpenAi))?;
        let client = self.0.client.get(&self.0.patience);
        let client = &client.map_err(AskError::Refused)?.http;
        let mut request = client
            .post(format!("{}moderations", access.base_url))
            .header(header::CONTENT_TYPE, "application/json")
            .body(json!({"model": JUDGE, "input": text}).to_string());
        if let Some(key) = &access.key {
            request = request.bearer_auth(key.expose());
        }
        // An error of the client's has the URL in it, and nothing of the text.
        let mut answer = request.send().await.map_err(out_of_reach)?;
        match answer.status() {
            StatusCode::OK => {}
            status if status == StatusCode::TOO_MANY_REQUESTS => {
                return Err(AskError::Limited {
                    retry_after: None,
                    why: format!("{JUDGE} answered {status}: it wants fewer questions"),
                });
            }
            status if status.is_server_error() => {
                return Err(AskError::Transient {
                    retry_after: None,
                    why: format!("{JUDGE} answered {status}"),
                });
            }
            status => {
                return Err(AskError::Refused(format!(
                    "{JUDGE} answered {status}: check the key of openai in MODELS and what it may \
                     do, or set MODERATION to off"
                )));
            }
        }
        let mut body = Vec::new();
        while let Some(piece) = answer.chunk().await.map_err(out_of_reach)? {
            body.extend_from_slice(&piece);
            if body.len() > MOST_BYTES {
                return Err(malformed());
            }
        }
        serde_json::from_slice(&body)
            .ok()
            .and_then(|answer| flagged(&answer))
            .ok_or_else(malformed)
    }
}

fn out_of_reach(error: reqwest::Error) -> AskError {
    AskError::Transient {
        retry_after: None,
        why: format!("{JUDGE} can't be reached ({})", error.without_url()),
    }
}

fn malformed() -> AskError {
    AskError::Malformed {
        why: format!("{JUDGE} sent no verdict that can be read"),
        usage: Default::default(),
    }
}

/// The categories of an answer, which has a verdict for each text that was sent.
fn flagged(answer: &Value) -> Option<Vec<String>> {
    let results = answer["results"].as_array().filter(|all| !all.is_empty())?;
    let mut wrong = Vec::new();
    for result in results {
        if !result["flagged"].as_bool()? {
            continue;
        }
        let categories = result["categories"].as_object();
        let of = categories.into_iter().flatten();
        let of = of.filter(|(_, verdict)| verdict.as_bool() == Some(true));
        let before = wrong.len();
        wrong.extend(of.map(|(name, _)| plain(name)));
        if wrong.len() == before {
            // A category that has no name here yet.
            wrong.push("flagged".to_owned());
        }
    }
    wrong.truncate(MOST_CATEGORIES);
    Some(wrong)
}

fn plain(name: &str) -> String {
    let is_plain = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '/' | '-' | '_');
    name.chars().filter(is_plain).take(MOST_NAME).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn o10_a_verdict_is_read_whatever_else_is_with_it() {
        let check = |answer: Value, expected: Option<&[&str]>| {
            let flagged = flagged(&answer);
            assert_eq!(
                flagged
                    .as_ref()
                    .map(|it| it.iter().map(String::as_str).collect::<Vec<_>>()),
                expected.map(<[&str]>::to_vec),
                "{answer}"
            );
        };
        check(
            json!({"id": "modr-1", "model": JUDGE, "new": {}, "results": [{
                "flagged": false, "categories": {"violence": false}, "category_scores": {}
            }]}),
            Some(&[]),
        );
        check(
            json!({"results": [{
                "flagged": true,
                "categories": {"harassment/threatening": true, "sexual": false, "vio<lence": true},
            }]}),
            Some(&["harassment/threatening", "violence"]),
        );
        // What is flagged for nothing we know is flagged all the same.
        check(json!({"results": [{"flagged": true}]}), Some(&["flagged"]));
        let many: serde_json::Map<_, _> = (0..99).map(|n| (format!("c{n}"), true.into())).collect();
        let many = flagged(&json!({"results": [{"flagged": true, "categories": many}]}));
        assert_eq!(many.unwrap().len(), MOST_CATEGORIES);
        for answer in [
            json!({}),
            json!([]),
            json!({"results": []}),
            json!({"results": [{}]}),
            json!({"results": [{"flagged": "no"}]}),
            json!({"error": {"message": "x"}}),
        ] {
            check(answer, None);
        }
    }
}
