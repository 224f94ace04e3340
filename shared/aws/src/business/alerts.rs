//! What needs somebody's attention, as stored.

use aws_sdk_dynamodb::{
    operation::put_item::PutItemError, types::ReturnValuesOnConditionCheckFailure,
};
use countersign_core::{Sku, Tenant, tool::Severity};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Business, Entry, item};
use crate::{
    error::Error,
    item::{BODY, get_text, maybe_text, text},
};

/// An alert.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alert {
    /// Short id.
    pub id: String,
    /// How bad.
    pub severity: Severity,
    /// What kind.
    pub category: String,
    /// In a line.
    pub title: String,
    /// The whole of it.
    pub detail: String,
    /// Since when.
    pub raised_at: Timestamp,
    /// Whether anyone has seen to it.
    pub state: AlertState,
    /// The product it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub about: Option<Sku>,
    /// The agent that raised it; none for what people or other systems did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub raised_by: Option<String>,
    /// When staff were told of it by an agent of their own accord, if they were.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub told_at: Option<Timestamp>,
}

/// Whether anyone has seen to an alert.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AlertState {
    /// Nobody has.
    Open,
    /// Somebody is at it.
    Acknowledged,
    /// It is over.
    Resolved,
}

/// What became of a change of an alert.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AlertChange {
    /// It is stored.
    Stored,
    /// The alert was changed by somebody else meanwhile, and stays as they left it.
    Refused,
}

impl Business {
    /// Every alert. One query per megabyte.
    ///
    /// # Errors
    /// When a call fails or what is stored can't be read.
    pub async fn alerts(&self, tenant: &Tenant) -> Result<Vec<Alert>, Error> {
        let pk = text(format!("{tenant}#alerts"));
        self.all(pk, None, "reading the alerts").await
    }

    /// Stores an alert in place of `before`, or where there was none. One write.
    ///
    /// # Errors
    /// When the call fails.
    pub async fn change_alert(
        &self,
        tenant: &Tenant,
        before: Option<&Alert>,
        after: &Alert,
    ) -> Result<AlertChange, Error> {
        const WHAT: &str = "changing an alert";
        let stored = item(tenant, &Entry::Alert(after.clone()))?;
        let ours = get_text(WHAT, &stored, BODY)?.to_owned();
        let put = self
            .client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(stored))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        let put = match before {
            None => put.condition_expression("attribute_not_exists(pk)"),
            Some(before) => {
                let stored = item(tenant, &Entry::Alert(before.clone()))?;
                put.condition_expression("#body = :before")
                    .expression_attribute_names("#body", BODY)
                    .expression_attribute_values(":before", text(get_text(WHAT, &stored, BODY)?))
            }
        };
        match put.send().await {
            Ok(_) => Ok(AlertChange::Stored),
            Err(error) => match error.as_service_error() {
                // What stands there may be what a try before this one wrote, whose answer was lost.
                Some(PutItemError::ConditionalCheckFailedException(failed)) => {
                    let found = failed.item().and_then(|found| maybe_text(found, BODY));
                    match found == Some(&ours) {
                        true => Ok(AlertChange::Stored),
                        false => Ok(AlertChange::Refused),
                    }
                }
                _ => Err(Error::sdk(WHAT, error)),
            },
        }
    }
}
