//! Phones, gateway and queue pump before functions that run elsewhere, until Ctrl-C.

use std::{sync::Arc, time::Duration};

use anyhow::bail;
use clap::Args;
use countersign_aws::{Clients, SystemClock};
use reqwest::Url;

use super::{
    CONVERSATIONS, Held, Place,
    aws::{ENV_FILE, environment, write},
    ended,
    up::{TICK, finish, invite},
};
use crate::{
    lambda::{Failed, Function, InvokeApi, Remote},
    pump::Pump,
    stack::{EmbeddedAws, Environment, Front, Ports, prepare},
};

/// How often it is tried whether the functions are there yet.
const LOOK: Duration = Duration::from_millis(500);

/// Where the functions run, if not in this process.
#[derive(Debug, Clone, Args)]
pub(super) struct Elsewhere {
    /// Call functions that run elsewhere, through Lambda's Invoke API at this URL, such as
    /// http://127.0.0.1:9000 of `cargo lambda watch --invoke-address 127.0.0.1 --env-file
    /// .env.local`. AWS, phones and pump run here, and .env.local is written for the functions.
    #[arg(long, value_name = "URL", value_parser = http_url)]
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
    /// The phones alone: AWS, queues and clock are elsewhere too, as with a deployed stack.
    #[arg(long, requires = "lambda", conflicts_with = "fresh")]
    no_pump: bool,
}

/// The AWS that the functions use, here. It ends when this is dropped.
struct Aws {
    held: Held,
    embedded: EmbeddedAws,
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
        let aws = if self.no_pump {
            None
        } else {
            Some(Aws::start(place).await?)
        };
        let functions = InvokeApi::new(url, &self.function_prefix)?;
        let front = Front::start(
            Ports::From(place.port),
            Arc::new(SystemClock),
            functions.clone(),
            aws.as_ref().map(|aws| aws.held.folder.join(CONVERSATIONS)),
        )
        .await?;
        println!(
            "Calling each function at {} once; where it is not compiled yet, it is now.",
            functions.url()
        );
        let wait = if aws.is_some() { Wait::Yes } else { Wait::No };
        wake(&front.remote, &Function::HTTP, wait).await?;
        let mut working = None;
        if let Some(aws) = &aws {
            wake(&front.remote, &Function::BEHIND, wait).await?;
            // Nobody works on what functions before these had received any more.
            aws.embedded.sqs.release()?;
            front.simulator.resume();
            let pump = Pump::new(aws.clients.sqs().clone());
            let running = pump.start(front.mappings(&aws.environment));
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

impl Aws {
    /// Starts it, with tables, queues, bucket and seed, and tells the functions where it is.
    async fn start(place: &Place) -> anyhow::Result<Self> {
        let held = place.hold()?;
        let options = held.options(place);
        let embedded = EmbeddedAws::start(&options).await?;
        let seed = crate::seed::load()?;
        let environment = environment(&seed, &embedded.at, place.port);
        let clients = Clients::local(&embedded.at);
        prepare(&clients, &environment, &seed, options.clock.now()).await?;
        write(&environment)?;
        Ok(Self {
            held,
            embedded,
            clients,
            environment,
        })
    }
}

/// Whether functions that are not there yet are waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wait {
    Yes,
    No,
}

async fn wake(remote: &Remote, functions: &[Function], wait: Wait) -> anyhow::Result<()> {
    for function in functions {
        let mut told = false;
        loop {
            match remote.wake(*function).await {
                Ok(()) => break,
                Err(error @ Failed::Unreachable { .. }) if wait == Wait::Yes => {
                    if !told {
                        println!(
                            "{error}; waiting for the functions: start them with\n  \
                             cargo lambda watch --invoke-address 127.0.0.1 --env-file {ENV_FILE}"
                        );
                    }
                    told = true;
                    tokio::select! {
                        () = tokio::time::sleep(LOOK) => {}
                        ended = ended() => {
                            ended?;
                            bail!("ended before the functions were there");
                        }
                    }
                }
                Err(error) => bail!("{error}; where the functions run, their log says more"),
            }
        }
        println!("  {} answers", function.name());
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
