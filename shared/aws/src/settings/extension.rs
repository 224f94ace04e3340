//! The AWS Parameters and Secrets Lambda Extension: a process beside the function that fetches
//! values for it over loopback and keeps them.
//!
//! Source: AWS Secrets Manager user guide, "Use AWS Secrets Manager secrets in AWS Lambda
//! functions".

use std::time::Duration;

use countersign_core::Secret;
use http_body_util::{BodyExt, Empty, Limited};
use hyper::{Request, StatusCode, body::Bytes, client::conn::http1};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpStream;

use super::references::{Reference, Values};

/// Where it listens unless told otherwise.
const PORT: u16 = 2773;
/// It asks AWS in less; when it hangs, there must be time left to ask AWS without it.
const PATIENCE: Duration = Duration::from_millis(500);
/// No secret (64 KiB) and no parameter (8 KB) needs more, in bytes.
const MOST_BYTES: usize = 512 * 1024;

/// The extension, if there is one: nobody knows before asking.
pub(super) struct Extension {
    port: u16,
    token: Secret,
}

impl Extension {
    /// The extension of a function on AWS Lambda. Elsewhere there is none, and nobody who listens
    /// on its port is shown the session's token.
    pub(super) fn of(environment: &Values) -> Option<Self> {
        environment.get("AWS_LAMBDA_FUNCTION_NAME")?;
        let token = environment.get("AWS_SESSION_TOKEN")?;
        let port = environment
            .get("PARAMETERS_SECRETS_EXTENSION_HTTP_PORT")
            .and_then(|port| port.parse().ok())
            .unwrap_or(PORT);
        Some(Self {
            port,
            token: Secret::new(token),
        })
    }

    /// The value, or nothing when there is no extension, it does not serve yet (it begins to with
    /// the first invocation, so never while the function starts), or it does not know the value.
    pub(super) async fn fetch(&self, reference: &Reference) -> Option<Secret> {
        let asked = tokio::time::timeout(PATIENCE, self.ask(reference)).await;
        match asked {
            Ok(Ok(value)) => Some(value),
            Ok(Err(why)) => {
                tracing::debug!(%why, "the extension does not serve; AWS is asked");
                None
            }
            Err(_) => {
                tracing::warn!("the extension does not answer; AWS is asked");
                None
            }
        }
    }

    async fn ask(
        &self,
        reference: &Reference,
    ) -> Result<Secret, Box<dyn std::error::Error + Send + Sync>> {
        let (path, pointer) = match reference {
            Reference::Secret(name) => (
                format!("/secretsmanager/get?secretId={}", encoded(name)),
                "/SecretString",
            ),
            Reference::Parameter(name) => (
                format!(
                    "/systemsmanager/parameters/get?name={}&withDecryption=true",
                    encoded(name)
                ),
                "/Parameter/Value",
            ),
        };
        let stream = TcpStream::connect(("127.0.0.1", self.port)).await?;
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
        let request = Request::get(path)
            .header("host", format!("localhost:{}", self.port))
            .header("x-aws-parameters-secrets-token", self.token.expose())
            .body(Empty::<Bytes>::new())?;
        let exchange = async {
            let answer = sender.send_request(request).await?;
            let status = answer.status();
            let body = Limited::new(answer.into_body(), MOST_BYTES);
            Ok::<_, Box<dyn std::error::Error + Send + Sync>>((status, body.collect().await?))
        };
        // The connection only moves while it is polled beside the exchange.
        let (status, body) = tokio::select! {
            exchanged = exchange => exchanged?,
            closed = connection => return Err(match closed {
                Ok(()) => "it closed the connection".into(),
                Err(error) => error.into(),
            }),
        };
        // What it says to anything but 200 is for people: not ready, denied, not found.
        if status != StatusCode::OK {
            return Err(format!("it answered {status}").into());
        }
        let json: Value = serde_json::from_slice(&body.to_bytes())?;
        let value = json.pointer(pointer).and_then(Value::as_str);
        value
            .map(Secret::new)
            .ok_or_else(|| format!("its answer has no text at {pointer}").into())
    }
}

/// A name as the value of a query, where an ARN's colons and slashes are no delimiters.
fn encoded(name: &str) -> String {
    form_urlencoded::byte_serialize(name.as_bytes()).collect()
}
