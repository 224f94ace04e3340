//! The embedded AWS without functions, for those that run elsewhere, such as under `cargo lambda
//! watch`, with what the sample events speak of.

use anyhow::Context;
use countersign_aws::{Clients, LocalAws};

use super::{Place, ended};
use crate::{
    samples,
    seed::Seed,
    stack::{EmbeddedAws, Environment, INBOX_PATH, Outside},
};

/// Where the variables are written.
pub(super) const ENV_FILE: &str = ".env.local";

pub(super) async fn aws(place: &Place) -> anyhow::Result<()> {
    let _shared = Place {
        fresh: false,
        ..place.clone()
    }
    .hold()?;
    // It is another day here than in a `cargo dev`, so neither sees what the other keeps.
    let held = Place {
        data_dir: place.data_dir.join("aws"),
        ..place.clone()
    }
    .hold()?;
    let options = held.options(place);
    let embedded = EmbeddedAws::start(&options).await?;
    let seed = crate::seed::load()?;
    // For the functions it is always the moment at which the sample events happen.
    let environment = environment(&seed, &embedded.at, place.port)
        .with(samples::CLOCK_VARIABLE, &samples::AT.to_string());
    let clients = Clients::local(&embedded.at);
    samples::seed(&clients, &environment, &seed).await?;
    let _outside = Outside::start(&options, &environment, &seed).await?;
    print!("{}", write(&environment)?);
    println!("\nDynamoDB, SQS, S3 and a simulated WhatsApp run, with the seed that the events in");
    println!("events/ speak of; these variables are in {ENV_FILE} too. Ctrl-C ends it.");
    ended().await
}

/// Writes the env file for functions that run elsewhere; gives what is in it.
pub(super) fn write(environment: &Environment) -> anyhow::Result<String> {
    let lines: String = environment.lines().map(|line| line + "\n").collect();
    std::fs::write(ENV_FILE, &lines).with_context(|| format!("{ENV_FILE} can't be written"))?;
    Ok(lines)
}

/// The settings of functions that are reached at `port`, as is everything else but AWS.
pub(super) fn environment(seed: &Seed, aws: &LocalAws, port: u16) -> Environment {
    let url = format!("http://127.0.0.1:{port}");
    Environment::new(seed, aws, &url, &url, &format!("{url}{INBOX_PATH}"))
}
