//! Answers that serve whoever asks the same words, in the business table: an item for each, which
//! DynamoDB deletes a day after it was made.
//!
//! The last writer wins, without a condition. Two who miss at once write two answers to the same
//! question, asked of the same models with the same prompt, and each was found fit to be sent; which
//! of them is read later makes no difference, and the later one is the fresher.

use aws_sdk_dynamodb::Client;
use countersign_core::{
    ContentHash, Tenant,
    response_cache::{KEPT, Kept},
};
use jiff::Timestamp;

use crate::{
    error::Error,
    item::{BODY, body, number, text},
    keys,
    schema::EXPIRES_AT,
};

/// The kept answers.
#[derive(Debug, Clone)]
pub struct ResponseCache {
    client: Client,
    table: String,
}

impl ResponseCache {
    /// Those in this table.
    pub fn new(client: Client, table: String) -> Self {
        Self { client, table }
    }

    /// What is kept under a key, however old it is: DynamoDB may take days to delete what has
    /// expired. One eventually consistent read: who misses what was just written asks a model.
    ///
    /// # Errors
    /// When the call fails or what is stored can't be read. Ask a model then.
    pub async fn read(&self, tenant: &Tenant, key: &ContentHash) -> Result<Option<Kept>, Error> {
        const WHAT: &str = "reading a kept answer";
        let found = self
            .client
            .get_item()
            .table_name(&self.table)
            .set_key(Some(keys::kept_answer(tenant, key).into_item()))
            .send()
            .await
            .map_err(|error| Error::sdk(WHAT, error))?;
        found.item.map(|item| body(WHAT, &item)).transpose()
    }

    /// Keeps an answer in place of what is there. One write.
    ///
    /// # Errors
    /// When the call fails. The next to ask asks a model then.
    pub async fn write(
        &self,
        tenant: &Tenant,
        key: &ContentHash,
        kept: &Kept,
    ) -> Result<(), Error> {
        const WHAT: &str = "keeping an answer";
        let json = serde_json::to_string(kept).map_err(|why| Error::unreadable(WHAT, why))?;
        let expires = kept.made.saturating_add(KEPT).unwrap_or(Timestamp::MAX);
        // An update of all there is, for the function may update items and not put any.
        self.client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(keys::kept_answer(tenant, key).into_item()))
            .update_expression("SET #body = :body, #expires = :expires")
            .expression_attribute_names("#body", BODY)
            .expression_attribute_names("#expires", EXPIRES_AT)
            .expression_attribute_values(":body", text(json))
            .expression_attribute_values(":expires", number(expires.as_second()))
            .send()
            .await
            .map_err(|error| Error::sdk(WHAT, error))?;
        Ok(())
    }
}
