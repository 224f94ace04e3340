//! What the function needs to know.

use countersign_aws::{
    schema,
    settings::{Reader, WrongSettings},
};

/// Settings of the agent function.
#[derive(Debug, Clone)]
pub struct Settings {
    /// `THREADS_TABLE`.
    pub threads: String,
    /// `APPROVALS_TABLE`.
    pub approvals: String,
    /// `BUSINESS_TABLE`.
    pub business: String,
    /// `INBOUND_QUEUE_URL`: bursts are put off on it.
    pub inbound: String,
    /// `OUTBOUND_QUEUE_URL`.
    pub outbound: String,
    /// `WEBHOOKS_QUEUE_URL`.
    pub webhooks: String,
    /// `EXECUTIONS_QUEUE_URL`.
    pub executions: String,
    /// `SETTLE_SECONDS` (1): how long a message that is no clear command waits for more; 0 to not
    /// wait.
    pub settle_seconds: i32,
}

impl Settings {
    /// Reads and checks them.
    ///
    /// # Errors
    /// Names every wrong one.
    pub fn read(variable: &dyn Fn(&str) -> Option<String>) -> Result<Self, WrongSettings> {
        let mut reader = Reader::new(variable);
        let threads = reader.table(schema::THREADS);
        let approvals = reader.table(schema::APPROVALS);
        let business = reader.table(schema::BUSINESS);
        let inbound = reader.queue(schema::INBOUND);
        let outbound = reader.queue(schema::OUTBOUND);
        let webhooks = reader.queue(schema::WEBHOOKS);
        let executions = reader.queue(schema::EXECUTIONS);
        let settle = reader.number("SETTLE_SECONDS", 0..=30, 1);
        let settings = (|| {
            Some(Self {
                threads: threads?,
                approvals: approvals?,
                business: business?,
                inbound: inbound?,
                outbound: outbound?,
                webhooks: webhooks?,
                executions: executions?,
                settle_seconds: i32::try_from(settle?).ok()?,
            })
        })();
        reader.finish(settings)
    }
}
