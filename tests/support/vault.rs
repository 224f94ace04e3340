//! A server that keeps secrets and parameters as Secrets Manager, Parameter Store and the
//! Parameters and Secrets Lambda Extension do, each in its own protocol.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    body::Bytes,
    extract::{Query, State},
    http::{HeaderMap, StatusCode, header::CONTENT_TYPE},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use serde_json::{Value, json};
use tokio::{net::TcpListener, sync::Barrier, task::JoinHandle};

/// The token that the extension wants to be shown.
const TOKEN: &str = "session-token";

/// The server. It ends when this is dropped.
pub struct Vault {
    port: u16,
    kept: Arc<Mutex<Kept>>,
    serving: JoinHandle<()>,
}

#[derive(Default)]
struct Kept {
    values: BTreeMap<String, String>,
    asked: Vec<String>,
    together: Option<Arc<Barrier>>,
    is_ready: Option<StatusCode>,
}

type Shared = Arc<Mutex<Kept>>;

impl Vault {
    /// One with these values.
    pub async fn with(values: &[(&str, &str)]) -> Self {
        let kept = Shared::default();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let router = Router::new()
            .route("/", post(service))
            .route("/secretsmanager/get", get(extension))
            .route("/systemsmanager/parameters/get", get(extension))
            .with_state(kept.clone());
        let serving = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        let vault = Self {
            port,
            kept,
            serving,
        };
        for (name, value) in values {
            vault.put(name, value);
        }
        vault
    }

    /// Changes a value.
    pub fn put(&self, name: &str, value: &str) {
        let mut kept = self.kept.lock().unwrap();
        kept.values.insert(name.to_owned(), value.to_owned());
    }

    /// Forgets a value.
    pub fn remove(&self, name: &str) {
        self.kept.lock().unwrap().values.remove(name);
    }

    /// From now on nobody is answered before so many ask at the same time.
    pub fn answer_together(&self, askers: usize) {
        self.kept.lock().unwrap().together = Some(Arc::new(Barrier::new(askers)));
    }

    /// What the extension answers instead of values.
    pub fn extension_answers(&self, status: StatusCode) {
        self.kept.lock().unwrap().is_ready = Some(status);
    }

    /// What was asked for since the last time: who was asked, and for what.
    pub fn asked(&self) -> Vec<String> {
        let mut asked = std::mem::take(&mut self.kept.lock().unwrap().asked);
        asked.sort();
        asked
    }

    /// An environment whose AWS is this server.
    pub fn environment(&self, settings: &[(&str, &str)]) -> BTreeMap<String, String> {
        let url = format!("http://127.0.0.1:{}", self.port);
        let aws = [
            ("AWS_REGION", "eu-west-1"),
            ("AWS_ACCESS_KEY_ID", "key"),
            ("AWS_SECRET_ACCESS_KEY", "secret"),
            ("AWS_ENDPOINT_URL", &url),
        ];
        aws.iter()
            .chain(settings)
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect()
    }

    /// The same on Lambda, beside the extension.
    pub fn environment_with_extension(
        &self,
        settings: &[(&str, &str)],
    ) -> BTreeMap<String, String> {
        let port = self.port.to_string();
        let lambda = [
            ("AWS_LAMBDA_FUNCTION_NAME", "ingress"),
            ("AWS_SESSION_TOKEN", TOKEN),
            ("PARAMETERS_SECRETS_EXTENSION_HTTP_PORT", &port),
        ];
        let settings: Vec<_> = lambda.iter().chain(settings).copied().collect();
        self.environment(&settings)
    }
}

impl Drop for Vault {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

/// Secrets Manager and Parameter Store, AWS JSON 1.1.
async fn service(State(kept): State<Shared>, headers: HeaderMap, body: Bytes) -> Response {
    let target = headers["x-amz-target"].to_str().unwrap();
    let body: Value = serde_json::from_slice(&body).unwrap();
    let text = |name: &str| body[name].as_str().unwrap_or_default().to_owned();
    let (service, name) = match target {
        "secretsmanager.GetSecretValue" => ("secrets manager", text("SecretId")),
        "AmazonSSM.GetParameter" => {
            assert_eq!(body["WithDecryption"], true);
            ("parameter store", text("Name"))
        }
        other => panic!("nobody should call {other}"),
    };
    let value = ask(&kept, service, &name).await;
    let (status, answer) = match (value, service) {
        (Some(value), "secrets manager") => (StatusCode::OK, json!({"SecretString": value})),
        (Some(value), _) => (StatusCode::OK, json!({"Parameter": {"Value": value}})),
        (None, _) => (
            StatusCode::BAD_REQUEST,
            json!({"__type": "ResourceNotFoundException", "message": "it is not there"}),
        ),
    };
    let json = [(CONTENT_TYPE, "application/x-amz-json-1.1")];
    (status, json, answer.to_string()).into_response()
}

/// The extension: plain GETs, and whoever has no token is refused.
async fn extension(
    State(kept): State<Shared>,
    Query(query): Query<BTreeMap<String, String>>,
    headers: HeaderMap,
) -> Response {
    let token = headers.get("x-aws-parameters-secrets-token");
    if token.is_none_or(|token| token != TOKEN) {
        return StatusCode::FORBIDDEN.into_response();
    }
    let name = query.get("secretId").or(query.get("name")).unwrap();
    let value = ask(&kept, "extension", name).await;
    let status = kept.lock().unwrap().is_ready;
    if let Some(status) = status {
        return (status, "not ready to serve traffic, please wait").into_response();
    }
    let Some(value) = value else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    if query.contains_key("secretId") {
        json!({"SecretString": value}).to_string().into_response()
    } else {
        assert_eq!(query["withDecryption"], "true");
        json!({"Parameter": {"Value": value}})
            .to_string()
            .into_response()
    }
}

async fn ask(kept: &Shared, who: &str, name: &str) -> Option<String> {
    let (value, together) = {
        let mut kept = kept.lock().unwrap();
        kept.asked.push(format!("{who}: {name}"));
        (kept.values.get(name).cloned(), kept.together.clone())
    };
    if let Some(together) = together {
        together.wait().await;
    }
    value
}
