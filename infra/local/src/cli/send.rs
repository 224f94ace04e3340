//! One message through a running stack.

use std::{
    collections::HashSet,
    time::{Duration, Instant},
};

use anyhow::{Context, bail};
use clap::{Args, ValueEnum};
use serde_json::{Value, json};

/// How long to wait for the first answer.
const PATIENCE: Duration = Duration::from_secs(20);
/// After an answer, how long to wait for another.
const QUIET: Duration = Duration::from_millis(1500);

/// What to send, and as whom.
#[derive(Debug, Args)]
pub(super) struct Send {
    /// The message, such as "stock ABC123".
    text: String,
    /// Whose phone: a number with its +. The first of the staff unless given.
    #[arg(long)]
    from: Option<String>,
    /// The provider that brings it.
    #[arg(long, value_enum, default_value_t = Provider::Twilio)]
    provider: Provider,
    /// Prints the answers as JSON, one a line.
    #[arg(long)]
    json: bool,
}

/// The providers that the stack simulates.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Provider {
    Twilio,
    Meta,
}

impl Provider {
    fn as_str(self) -> &'static str {
        match self {
            Self::Twilio => "twilio",
            Self::Meta => "meta",
        }
    }
}

impl Send {
    pub(super) async fn run(self, port: u16) -> anyhow::Result<()> {
        let provider = self.provider.as_str();
        let url = format!("http://127.0.0.1:{port}");
        let client = reqwest::Client::builder()
            .no_proxy()
            .timeout(Duration::from_secs(10))
            .build()?;
        let from = match self.from {
            Some(from) => from,
            None => default_sender(&client, &url).await?,
        };
        let began = Instant::now();
        let before = conversations(&client, &url, None).await?;
        let mut cursor = before["cursor"].clone();
        let answer = client
            .post(format!("{url}/sim/messages"))
            .json(&json!({
                "from": from,
                "name": "cargo dev send",
                "provider": provider,
                "body": self.text,
            }))
            .send()
            .await?;
        let taken = answer.status().is_success();
        let sent: Value = answer.json().await?;
        if !taken {
            let text = |field: &str| sent[field].as_str().unwrap_or_default().to_owned();
            bail!(
                "the message was not taken: {}. {}",
                text("error"),
                text("hint")
            );
        }
        let mut heard: Option<Instant> = None;
        let mut seen = HashSet::new();
        while heard.map_or(began.elapsed() < PATIENCE, |heard| heard.elapsed() < QUIET) {
            tokio::time::sleep(Duration::from_millis(50)).await;
            let news = conversations(&client, &url, cursor.as_str()).await?;
            cursor = news["cursor"].clone();
            for message in news["messages"].as_array().into_iter().flatten() {
                if message["sid"] == sent["sid"]
                    && let Some(problem) = message["problem"].as_str()
                {
                    bail!("the message was refused: {problem}");
                }
                let is_answer = message["direction"] == "outbound"
                    && message["provider"] == provider
                    && message["phone"] == sent["phone"];
                if !is_answer {
                    continue;
                }
                // A message comes again with every tick its status moves.
                if !seen.insert(message["sid"].to_string()) {
                    continue;
                }
                heard = Some(Instant::now());
                if self.json {
                    println!("{message}");
                } else {
                    print(message, began.elapsed());
                }
            }
        }
        if heard.is_none() {
            bail!(
                "no answer within {} s; LOG_LEVEL=info cargo dev shows why",
                PATIENCE.as_secs()
            );
        }
        Ok(())
    }
}

async fn default_sender(client: &reqwest::Client, url: &str) -> anyhow::Result<String> {
    let people: Value = client
        .get(format!("{url}/sim/people"))
        .send()
        .await
        .with_context(|| format!("nothing answers at {url}; start it with `cargo dev`"))?
        .json()
        .await?;
    people["people"]
        .as_array()
        .into_iter()
        .flatten()
        .find(|person| person["role"] == "customer")
        .and_then(|person| person["number"].as_str())
        .map(str::to_owned)
        .context("the seed has nobody to write as; give --from")
}

async fn conversations(
    client: &reqwest::Client,
    url: &str,
    since: Option<&str>,
) -> anyhow::Result<Value> {
    let mut request = client.get(format!("{url}/sim/conversations"));
    if let Some(since) = since {
        request = request.query(&[("since", since)]);
    }
    let answer = request
        .send()
        .await
        .with_context(|| format!("nothing answers at {url}; start it with `cargo dev`"))?;
    Ok(answer.json().await?)
}

fn print(message: &Value, after: Duration) {
    let body = message["body"].as_str().unwrap_or_default();
    println!("[{:.2} s] {body}", after.as_secs_f64());
    if let Some(media) = message["media_url"].as_str() {
        println!("         {media}");
    }
}
