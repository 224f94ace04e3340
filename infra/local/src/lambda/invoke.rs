//! A client of Lambda's Invoke API, as `cargo lambda watch` and emulators of AWS speak it. It
//! signs nothing: no AWS account can be reached with it.

use std::time::Duration;

use bytes::Bytes;
use reqwest::Url;
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::Function;

/// Connecting takes no longer.
const CONNECT: Duration = Duration::from_secs(5);
/// So much of what a function said goes into an error, in characters.
const SHOWN: usize = 300;

/// Where functions are called.
#[derive(Debug, Clone)]
pub struct InvokeApi {
    url: String,
    prefix: String,
    client: reqwest::Client,
}

/// A call of a function that did not succeed.
#[derive(Debug, thiserror::Error)]
pub enum Failed {
    /// Nothing answers there.
    #[error("nothing answers at {url} ({why})")]
    Unreachable {
        /// Where the call went.
        url: String,
        /// The innermost cause.
        why: String,
    },
    /// It took longer than this.
    #[error("{function} gave no answer within {} s", .after.as_secs())]
    TimedOut {
        /// The function's whole name.
        function: String,
        /// The limit.
        after: Duration,
    },
    /// The API did not call the function.
    #[error("the call of {function} was refused with status {status}: {said}")]
    Refused {
        /// The function's whole name.
        function: String,
        /// The HTTP status.
        status: u16,
        /// The body's beginning.
        said: String,
    },
    /// The function was called, and failed.
    #[error("{function} failed: {said}")]
    Threw {
        /// The function's whole name.
        function: String,
        /// Its error.
        said: String,
    },
    /// The event can't be written, or the answer not be read.
    #[error("what goes to or comes from {function} is no JSON of the right shape: {why}")]
    Unreadable {
        /// The function's whole name.
        function: String,
        /// What the parser said.
        why: String,
    },
}

/// What a failed function answers with.
#[derive(Deserialize)]
struct Thrown {
    #[serde(rename = "errorMessage")]
    message: String,
}

impl InvokeApi {
    /// The functions behind the API at `url`, whose names begin with `prefix`.
    ///
    /// # Errors
    /// When this machine has no HTTP client.
    pub fn new(url: Url, prefix: &str) -> reqwest::Result<Self> {
        // A machine's proxy settings don't apply: the functions are on this machine.
        let client = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(CONNECT)
            .build()?;
        Ok(Self {
            url: url.as_str().trim_end_matches('/').to_owned(),
            prefix: prefix.to_owned(),
            client,
        })
    }

    /// The base URL.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Calls a function and waits for its answer, at most `timeout`.
    ///
    /// # Errors
    /// When it could not be called, failed, or answered something else than a `T`.
    pub async fn invoke<T: DeserializeOwned>(
        &self,
        function: Function,
        event: &impl Serialize,
        timeout: Duration,
    ) -> Result<T, Failed> {
        let name = format!("{}{}", self.prefix, function.name());
        let unreadable = |why: serde_json::Error| Failed::Unreadable {
            function: name.clone(),
            why: why.to_string(),
        };
        let event = serde_json::to_vec(event).map_err(unreadable)?;
        let answer = self.call(&name, event, timeout).await?;
        serde_json::from_slice(&answer).map_err(unreadable)
    }

    async fn call(&self, name: &str, event: Vec<u8>, timeout: Duration) -> Result<Bytes, Failed> {
        let url = format!("{}/2015-03-31/functions/{name}/invocations", self.url);
        let failed = |error: reqwest::Error| {
            if error.is_timeout() && !error.is_connect() {
                return Failed::TimedOut {
                    function: name.to_owned(),
                    after: timeout,
                };
            }
            Failed::Unreachable {
                url: self.url.clone(),
                why: innermost(&error),
            }
        };
        let request = self
            .client
            .post(url)
            .header("content-type", "application/json")
            .header("x-amz-invocation-type", "RequestResponse")
            .timeout(timeout)
            .body(event);
        let answer = request.send().await.map_err(failed)?;
        let status = answer.status();
        let threw = answer.headers().contains_key("x-amz-function-error");
        let body = answer.bytes().await.map_err(failed)?;
        let thrown = serde_json::from_slice::<Thrown>(&body);
        if threw || thrown.is_ok() {
            return Err(Failed::Threw {
                function: name.to_owned(),
                said: thrown.map_or_else(|_| shorten(&body), |thrown| thrown.message),
            });
        }
        if !status.is_success() {
            return Err(Failed::Refused {
                function: name.to_owned(),
                status: status.as_u16(),
                said: shorten(&body),
            });
        }
        Ok(body)
    }
}

fn shorten(body: &[u8]) -> String {
    String::from_utf8_lossy(body).chars().take(SHOWN).collect()
}

fn innermost(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    causes.last().map(ToString::to_string).unwrap_or_default()
}
