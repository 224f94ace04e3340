//! Whether the company greets first contacts: a stack that is measured, or whose messages are
//! counted, mostly has it off.

use anyhow::Context;
use countersign_aws::{
    Clients,
    business::{Business, Entry, Profile},
    schema,
};
use countersign_core::step::Greets;

use super::{Environment, Stack};
use crate::seed::Seed;

/// Has the seeded company greet, or not. Functions that have read its profile already see it after
/// five minutes.
///
/// # Errors
/// When a call fails, or the company is not seeded.
pub async fn set_greets(
    clients: &Clients,
    environment: &Environment,
    seed: &Seed,
    greets: Greets,
) -> anyhow::Result<()> {
    let table = environment.get(schema::BUSINESS.variable);
    let table = table.context("there is no business table")?;
    let business = Business::new(clients.dynamodb().clone(), table);
    let tenant = &seed.company.tenant;
    let profile = business.profile(tenant).await?.context("no profile")?;
    let profile = Profile {
        greet: greets == Greets::FirstContacts,
        ..profile
    };
    Ok(business.put(tenant, &Entry::Profile(profile)).await?)
}

impl Stack {
    /// Has the company greet, or not.
    ///
    /// # Errors
    /// As [`set_greets`].
    pub async fn set_greets(&self, greets: Greets) -> anyhow::Result<()> {
        set_greets(&self.direct, &self.environment, &self.seed, greets).await
    }
}
