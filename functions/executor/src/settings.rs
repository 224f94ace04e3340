//! What the function needs to know.

use countersign_aws::{
    schema,
    settings::{Reader, WrongSettings},
};

/// Settings of the executor function.
#[derive(Debug, Clone)]
pub struct Settings {
    /// `APPROVALS_TABLE`.
    pub approvals: String,
    /// `BUSINESS_TABLE`.
    pub business: String,
    /// `OUTPUTS_BUCKET`.
    pub bucket: String,
    /// `INBOUND_QUEUE_URL`: results are reported there.
    pub inbound: String,
    /// `EXECUTIONS_QUEUE_URL`: what fails is put off on it.
    pub executions: String,
}

impl Settings {
    /// Reads and checks them.
    ///
    /// # Errors
    /// Names every wrong one.
    pub fn read(variable: &dyn Fn(&str) -> Option<String>) -> Result<Self, WrongSettings> {
        let mut reader = Reader::new(variable);
        let approvals = reader.table(schema::APPROVALS);
        let business = reader.table(schema::BUSINESS);
        let bucket = reader.bucket();
        let inbound = reader.queue(schema::INBOUND);
        let executions = reader.queue(schema::EXECUTIONS);
        let settings = (|| {
            Some(Self {
                approvals: approvals?,
                business: business?,
                bucket: bucket?,
                inbound: inbound?,
                executions: executions?,
            })
        })();
        reader.finish(settings)
    }
}
