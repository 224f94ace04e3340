//! Phones, gateway and queue pump before functions that run elsewhere, until Ctrl-C.

use std::{io, sync::Arc};

use anyhow::{Context, bail};
use clap::Args;
use countersign_aws::{Clients, LocalAws, SystemClock, schema};
use reqwest::Url;

use super::{
    Place,
    aws::{ENV_FILE, environment},
    ended,
    up::{TICK, finish, invite},
};
use crate::{
    lambda::{Failed, Function, InvokeApi, Remote},
    pump::Pump,
    stack::{EmbeddedAws, Environment, Front, Ports},
};

/// Where the functions run, if not in this process.
#[derive(Debug, Clone, Args)]
pub(super) struct Elsewhere {
    /// Call functions that run elsewhere, through Lambda's Invoke API at this URL, such as
    /// http://127.0.0.1:9000 of `cargo lambda watch`. The AWS they use is that of `cargo dev aws`,
    /// which runs beside it; conversations are kept in memory only.
    #[arg(long, value_name = "URL", value_parser = http_url, conflicts_with = "fresh")]
    lambda: Option<Url>,
    /// What stands before each function's name there, such as "countersign-".
    #[arg(
        long,
        value_name = "PREFIX",
        default_value = "",
        hide_default_value = true,
        requires = "lambda"
    )]
    function_prefix: String,
    /// Leave queues and clock to others, such as a deployed stack's own event source mappings and
    /// schedule. `cargo dev aws` is not needed then.
    #[arg(long, requires = "lambda")]
    no_pump: bool,
}

/// The queues' side: who empties them.
struct Queues {
    clients: Clients,
    environment: Environment,
}

impl Elsewhere {
    /// The URL of the Invoke API, if the functions run elsewhere.
    pub(super) fn url(&self) -> Option<Url> {
        self.lambda.clone()
    }

    /// Everything but the functions, before those at `url`.
    pub(super) async fn up(self, place: &Place, url: Url) -> anyhow::Result<()> {
        let queues = if self.no_pump {
            None
        } else {
            Some(Queues::find(place).await?)
        };
        let functions = InvokeApi::new(url, &self.function_prefix)?;
        let front = Front::start(
            Ports::From(place.port),
            Arc::new(SystemClock),
            functions.clone(),
        )
        .await?;
        println!(
            "Calling each function at {} once; where it is not compiled yet, it is now.",
            functions.url()
        );
        wake(&front.remote, &Function::HTTP).await?;
        let mut working = None;
        if let Some(queues) = &queues {
            wake(&front.remote, &Function::BEHIND).await?;
            let pump = Pump::new(queues.clients.sqs.clone());
            let running = pump.start(front.mappings(&queues.environment));
            working = Some((running, tokio::spawn(tick(front.remote.clone()))));
        }
        println!(
            "\nCountersign's phones are before the functions at {}, for {}.\n",
            functions.url(),
            front.seed.company.name
        );
        println!("  the phones   {}/phone", front.url());
        invite();
        println!("Ctrl-C ends it.");
        ended().await?;
        if let Some((running, ticking)) = working {
            ticking.abort();
            finish(running).await;
        }
        Ok(())
    }
}

impl Queues {
    /// The queues that the functions use: those of the env file that `cargo dev aws` wrote, else
    /// those it would make.
    async fn find(place: &Place) -> anyhow::Result<Self> {
        let environment = match std::fs::read_to_string(ENV_FILE) {
            Ok(text) => written(&text, place.port)?,
            Err(why) if why.kind() == io::ErrorKind::NotFound => {
                let aws = EmbeddedAws::on_ports_after(place.port)?;
                environment(&crate::seed::load()?, &aws, place.port)
            }
            Err(why) => bail!("{ENV_FILE} can't be read ({why})"),
        };
        let clients = Clients::local(&LocalAws {
            dynamodb: set(&environment, "AWS_ENDPOINT_URL_DYNAMODB")?,
            sqs: set(&environment, "AWS_ENDPOINT_URL_SQS")?,
            s3: set(&environment, "AWS_ENDPOINT_URL_S3")?,
            region: set(&environment, "AWS_REGION")?,
            access_key: set(&environment, "AWS_ACCESS_KEY_ID")?,
            secret_key: set(&environment, "AWS_SECRET_ACCESS_KEY")?,
        });
        for queue in schema::QUEUES {
            let url = set(&environment, queue.variable)?;
            let asked = clients.sqs.get_queue_attributes().queue_url(&url).send();
            if asked.await.is_err() {
                bail!("no queue answers at {url}; start it with `cargo dev aws`");
            }
        }
        Ok(Self {
            clients,
            environment,
        })
    }
}

/// The environment in the env file, which must be for functions that find this page and API.
fn written(text: &str, port: u16) -> anyhow::Result<Environment> {
    let environment = Environment::from_lines(text).map_err(|line| {
        anyhow::anyhow!("{ENV_FILE}, line {line}: wants NAME=value; `cargo dev aws` writes it anew")
    })?;
    let here = format!("http://127.0.0.1:{port}");
    let public = set(&environment, "PUBLIC_URL")?;
    if public != here {
        bail!(
            "{ENV_FILE} is for functions that find this at {public}, not at {here}; give \
             `cargo dev aws` and this the same --port"
        );
    }
    Ok(environment)
}

fn set(environment: &Environment, name: &str) -> anyhow::Result<String> {
    let value = environment.get(name);
    value.with_context(|| format!("{ENV_FILE} has no {name}; `cargo dev aws` writes it anew"))
}

async fn wake(remote: &Remote, functions: &[Function]) -> anyhow::Result<()> {
    for function in functions {
        match remote.wake(*function).await {
            Ok(()) => println!("  {} answers", function.name()),
            Err(error @ Failed::Unreachable { .. }) => bail!(
                "{error}; start the functions with `cargo lambda watch --env-file {ENV_FILE}`"
            ),
            Err(error) => bail!("{error}; where the functions run, their log says more"),
        }
    }
    Ok(())
}

async fn tick(remote: Remote) {
    let mut ticks = tokio::time::interval(TICK);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        if let Err(error) = remote.tick().await {
            tracing::error!(%error, "a tick failed; what is due stays so");
        }
    }
}

fn http_url(text: &str) -> Result<Url, String> {
    let wants = "wants a URL such as http://127.0.0.1:9000";
    let url = Url::parse(text).map_err(|why| format!("{why}, {wants}"))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(wants.to_owned());
    }
    Ok(url)
}
