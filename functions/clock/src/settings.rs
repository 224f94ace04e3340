//! What the function needs to know.

use countersign_aws::{
    schema,
    settings::{Reader, WrongSettings},
};

/// Settings of the clock function.
#[derive(Debug, Clone)]
pub struct Settings {
    /// `THREADS_TABLE`.
    pub threads: String,
    /// `APPROVALS_TABLE`.
    pub approvals: String,
    /// `BUSINESS_TABLE`.
    pub business: String,
    /// `INBOUND_QUEUE_URL`.
    pub inbound: String,
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
        let settings = (|| {
            Some(Self {
                threads: threads?,
                approvals: approvals?,
                business: business?,
                inbound: inbound?,
            })
        })();
        reader.finish(settings)
    }
}
