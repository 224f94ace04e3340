//! The seed into an AWS that is already there, such as a deployed stack's.

use anyhow::Context;
use aws_config::BehaviorVersion;
use clap::Args;
use countersign_aws::{Clock, SystemClock, retries, timeouts};

use crate::stack::{Seeded, seed};

/// Where to.
#[derive(Debug, Args)]
pub(super) struct SeedInto {
    /// The name of the business table, which is among the stack's outputs.
    #[arg(long)]
    table: String,
}

impl SeedInto {
    /// Region and credentials are the AWS SDK's own: environment variables or a profile.
    pub(super) async fn run(self) -> anyhow::Result<()> {
        let config = aws_config::defaults(BehaviorVersion::latest())
            .timeout_config(timeouts())
            .retry_config(retries())
            .load()
            .await;
        let dynamodb = aws_sdk_dynamodb::Client::new(&config);
        let data = crate::seed::load()?;
        let seeded = seed(&dynamodb, &self.table, &data, SystemClock.now());
        let seeded = seeded.await.with_context(|| {
            format!(
                "{} can't be written; see that region, credentials and the table's name are \
                 right",
                self.table
            )
        })?;
        let (name, table) = (&data.company.name, &self.table);
        match seeded {
            Seeded::Now => println!(
                "{name} is in {table}: {} people, {} products, {} alerts, {} agents and its sales.",
                data.company.people.len(),
                data.products.len(),
                data.alerts.len(),
                data.agents.len() + data.conversational.len()
            ),
            Seeded::Before => println!("{name} is in {table} already; nothing was changed."),
        }
        Ok(())
    }
}
