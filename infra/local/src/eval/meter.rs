//! A relay before the providers of models, the fake one or real ones, that notes how long each is
//! waited for: from the question until the end of the answer.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use anyhow::{Context, bail};
use axum::{
    Router,
    body::{Body, Bytes},
    extract::State,
    http::{HeaderMap, HeaderName, Method, StatusCode, Uri, header},
    response::{IntoResponse, Response},
};
use countersign_core::model::Provider;
use countersign_models::{ModelSettings, usual_url};
use futures::stream;
use serde_json::Value;
use tokio::net::TcpListener;

use crate::stack::AbortOnDrop;

/// The relay. It ends when it is dropped.
pub struct Meter {
    settings: String,
    waited: Arc<Mutex<Duration>>,
    _serving: AbortOnDrop,
}

struct Upstream {
    client: reqwest::Client,
    /// By the provider's name; each ends with a slash.
    urls: BTreeMap<String, String>,
    waited: Arc<Mutex<Duration>>,
}

impl Meter {
    /// Puts the relay before the providers of `models`, a value of the setting `MODELS`.
    ///
    /// # Errors
    /// When the setting is wrong, or there is no port.
    pub async fn before(models: &str) -> anyhow::Result<Self> {
        match ModelSettings::parse(Some(models)) {
            Err(wrong) => bail!("{}", wrong.join("; ")),
            Ok(settings) if settings.is_empty() => bail!("MODELS: got no provider, wants one"),
            Ok(_) => {}
        }
        let mut settings: Value = serde_json::from_str(models)?;
        let listener = TcpListener::bind("127.0.0.1:0").await;
        let listener = listener.context("no port for the relay before the models")?;
        let address = listener.local_addr()?;
        let mut urls = BTreeMap::new();
        for provider in Provider::ALL {
            let name = provider.name();
            let Some(access) = settings.get_mut(name).and_then(Value::as_object_mut) else {
                continue;
            };
            let own = access.get("base_url").and_then(Value::as_str);
            let url = own.or(usual_url(provider)).unwrap_or_default();
            urls.insert(
                name.to_owned(),
                format!("{}/", url.trim().trim_end_matches('/')),
            );
            let relay = format!("http://{address}/{name}/");
            access.insert("base_url".to_owned(), relay.into());
        }
        let mut client = reqwest::Client::builder();
        if urls
            .values()
            .all(|url| url.starts_with("http://127.0.0.1:"))
        {
            client = client.no_proxy();
        }
        let waited = Arc::new(Mutex::new(Duration::ZERO));
        let upstream = Arc::new(Upstream {
            client: client.build()?,
            urls,
            waited: waited.clone(),
        });
        let router = Router::new().fallback(pass).with_state(upstream);
        let serving = tokio::spawn(async move {
            // It ends only with the task.
            let _ = axum::serve(listener, router).await;
        });
        Ok(Self {
            settings: settings.to_string(),
            waited,
            _serving: AbortOnDrop(serving),
        })
    }

    /// The setting `MODELS` that leads through the relay.
    pub fn settings(&self) -> String {
        self.settings.clone()
    }

    /// How long models were waited for since this was asked last. Where several were asked at the
    /// same time, all of it.
    pub fn take(&self) -> Duration {
        let mut waited = self.waited.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut *waited)
    }
}

/// Counts the time until it is dropped, however the question ends.
struct Watch {
    began: Instant,
    waited: Arc<Mutex<Duration>>,
}

impl Drop for Watch {
    fn drop(&mut self) {
        let mut waited = self.waited.lock().unwrap_or_else(PoisonError::into_inner);
        *waited += self.began.elapsed();
    }
}

async fn pass(
    State(upstream): State<Arc<Upstream>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let watch = Watch {
        began: Instant::now(),
        waited: upstream.waited.clone(),
    };
    let whole = uri.path_and_query().map_or("", |it| it.as_str());
    let (name, path) = whole
        .trim_start_matches('/')
        .split_once('/')
        .unwrap_or_default();
    let Some(url) = upstream.urls.get(name) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let request = upstream
        .client
        .request(method, format!("{url}{path}"))
        .headers(end_to_end(headers))
        .body(body);
    let answer = match request.send().await {
        Ok(answer) => answer,
        Err(error) => {
            // Its text would name the URL; the provider is enough to find out.
            let error = error.without_url();
            tracing::warn!(provider = name, %error, "a provider is out of reach");
            return StatusCode::BAD_GATEWAY.into_response();
        }
    };
    let (status, headers) = (answer.status(), end_to_end(answer.headers().clone()));
    let pieces = stream::try_unfold((answer, watch), |(mut answer, watch)| async move {
        let piece = answer.chunk().await?;
        Ok::<_, reqwest::Error>(piece.map(|piece| (piece, (answer, watch))))
    });
    (status, headers, Body::from_stream(pieces)).into_response()
}

/// Without what speaks of one connection only.
fn end_to_end(mut headers: HeaderMap) -> HeaderMap {
    const OF_A_CONNECTION: [HeaderName; 5] = [
        header::HOST,
        header::CONNECTION,
        header::CONTENT_LENGTH,
        header::TRANSFER_ENCODING,
        header::UPGRADE,
    ];
    for name in OF_A_CONNECTION {
        headers.remove(name);
    }
    headers
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::models::{Canned, FakeModels, KEY, Reply};

    /// Asks as OpenAI's API is asked; gives status and body, and no body when it broke off.
    async fn ask(base: &str, key: &str) -> (StatusCode, Option<String>) {
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let question = json!({
            "model": "gpt-4o",
            "messages": [{"role": "user", "content": "how many are left?"}],
            "stream": true,
            "stream_options": {"include_usage": true},
        });
        let request = client.post(format!("{base}chat/completions"));
        let answer = request.bearer_auth(key).json(&question).send();
        let answer = answer.await.unwrap();
        (answer.status(), answer.text().await.ok())
    }

    fn openai(settings: &str) -> String {
        let settings: Value = serde_json::from_str(settings).unwrap();
        settings["openai"]["base_url"].as_str().unwrap().to_owned()
    }

    #[tokio::test]
    async fn x8_a_relay_gives_what_the_provider_gives_and_times_it() {
        let fake = FakeModels::start(0).await.unwrap();
        let meter = Meter::before(&fake.settings()).await.unwrap();
        let ways = [openai(&fake.settings()), openai(&meter.settings())];
        assert!(meter.take().is_zero());
        for (canned, key, expect) in [
            (Canned::text("143"), KEY, StatusCode::OK),
            (Canned::fail(503), KEY, StatusCode::SERVICE_UNAVAILABLE),
            (Canned::Cut(Reply::text("143")), KEY, StatusCode::OK),
        ] {
            let is_cut = matches!(canned, Canned::Cut(_));
            let mut answers = Vec::new();
            for way in &ways {
                fake.script([canned.clone()]);
                let (status, body) = ask(way, key).await;
                assert_eq!((status, body.is_none()), (expect, is_cut), "{canned:?}");
                answers.push(body.map(|body| body.len()));
            }
            assert_eq!(answers[0], answers[1], "{canned:?}");
            assert!(!meter.take().is_zero());
            assert!(meter.take().is_zero());
        }
        assert_eq!(ask(&ways[1], "another").await.0, StatusCode::UNAUTHORIZED);
    }

    #[tokio::test]
    async fn x8_a_provider_out_of_reach_is_a_bad_gateway() {
        let free = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/v1", free.local_addr().unwrap());
        drop(free);
        let models = json!({"openai": {"key": KEY, "base_url": url}}).to_string();
        let meter = Meter::before(&models).await.unwrap();
        let (status, _) = ask(&openai(&meter.settings()), KEY).await;
        assert_eq!(status, StatusCode::BAD_GATEWAY);
    }
}
