//! The settings and secrets in use, for a look and for external signers.

use clap::Args;

use super::{Place, aws::environment};
use crate::stack::EmbeddedAws;

/// How to show them.
#[derive(Debug, Args)]
pub(super) struct Env {
    /// Shows the secrets too. They guard nothing but this machine's own demo data.
    #[arg(long)]
    reveal: bool,
}

impl Env {
    pub(super) fn run(self, place: &Place) -> anyhow::Result<()> {
        let seed = crate::seed::load()?;
        let aws = EmbeddedAws::on_ports_after(place.port)?;
        let mut environment = environment(&seed, &aws, place.port);
        if !self.reveal {
            environment = environment.masked();
        }
        for line in environment.lines() {
            println!("{line}");
        }
        Ok(())
    }
}
