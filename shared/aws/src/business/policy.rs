//! A company's rules about calls, as stored: all in one item, which is refused as a whole when one
//! of them is wrong.

use countersign_core::{
    Tenant,
    policy::{Policy, Rule, WrongRule, explained},
};
use serde::{Deserialize, Serialize};

use super::Business;
use crate::{error::Error, item::with_body, keys};

/// The rules as they are in their item.
#[derive(Debug, Serialize, Deserialize)]
struct Stored {
    rules: Vec<Rule>,
}

/// Rules that were not stored.
#[derive(Debug, thiserror::Error)]
pub enum PolicyError {
    /// Some are wrong; none was stored.
    #[error("the rules were not stored, please correct:\n{}", explained(.0))]
    Wrong(Vec<WrongRule>),
    /// They may be stored or not.
    #[error(transparent)]
    Failed(#[from] Error),
}

impl Business {
    /// The company's rules in their order; `None` when it never had any. One read.
    ///
    /// # Errors
    /// When the call fails or what is stored can't be read.
    pub async fn policy(&self, tenant: &Tenant) -> Result<Option<Vec<Rule>>, Error> {
        let stored: Option<Stored> = self
            .get(keys::policy(tenant), "reading the rules about calls")
            .await?;
        Ok(stored.map(|stored| stored.rules))
    }

    /// Stores the company's rules in place of those it had, and gives them back ready to decide.
    /// One write, or none when a rule is wrong.
    ///
    /// # Errors
    /// Everything that is wrong with the rules, with its place; or that the call failed.
    pub async fn put_policy(&self, tenant: &Tenant, rules: &[Rule]) -> Result<Policy, PolicyError> {
        const WHAT: &str = "storing the rules about calls";
        let policy = Policy::parse(rules).map_err(PolicyError::Wrong)?;
        let stored = Stored {
            rules: rules.to_vec(),
        };
        let item = with_body(keys::policy(tenant), WHAT, &stored)?;
        self.client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(item))
            .send()
            .await
            .map_err(|error| Error::sdk(WHAT, error))?;
        Ok(policy)
    }
}
