//! The embedded AWS alone, for functions that run elsewhere, such as under `cargo lambda watch`.

use std::sync::Arc;

use anyhow::Context;
use countersign_aws::{Clients, LocalAws, SystemClock};

use super::{Place, ended};
use crate::{
    seed::Seed,
    stack::{Data, EmbeddedAws, Environment, INBOX_PATH, Options, Ports, prepare},
};

/// Where the variables are written.
const ENV_FILE: &str = ".env.local";

pub(super) async fn aws(place: &Place) -> anyhow::Result<()> {
    let held = place.hold()?;
    let options = Options {
        data: Data::Kept(held.folder.clone()),
        ports: Ports::From(place.port),
        clock: Arc::new(SystemClock),
    };
    let embedded = EmbeddedAws::start(&options).await?;
    let seed = crate::seed::load()?;
    let environment = environment(&seed, &embedded.at, place.port);
    let clients = Clients::local(&embedded.at);
    prepare(&clients, &environment, &seed, options.clock.now()).await?;
    let lines: String = environment.lines().map(|line| line + "\n").collect();
    std::fs::write(ENV_FILE, &lines).with_context(|| format!("{ENV_FILE} can't be written"))?;
    print!("{lines}");
    println!("\nDynamoDB, SQS and S3 run with tables, queues, bucket and seed; these variables");
    println!("are in {ENV_FILE} too. Ctrl-C ends it.");
    ended().await
}

/// The settings of functions that are reached at `port`, as is everything else but AWS.
pub(super) fn environment(seed: &Seed, aws: &LocalAws, port: u16) -> Environment {
    let url = format!("http://127.0.0.1:{port}");
    Environment::new(seed, aws, &url, &url, &format!("{url}{INBOX_PATH}"))
}
