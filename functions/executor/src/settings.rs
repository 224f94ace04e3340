//! What the function needs to know.

use countersign_aws::{
    schema,
    settings::{Reader, WrongSettings},
};
use countersign_remote::{guard::Network, parse_secrets};

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
    /// `EXECUTIONS_EXPRESS_QUEUE_URL`: the same for what comes by it.
    pub express: String,
    /// `TOOL_SECRETS`: what tools that run elsewhere want to see. On AWS they are called at public
    /// addresses only.
    pub remote: countersign_remote::Settings,
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
        let express = reader.queue(schema::EXPRESS);
        let secrets = reader.read("TOOL_SECRETS", |text| {
            parse_secrets(text.unwrap_or_default())
        });
        let network = match reader.is_local() {
            true => Network::Anywhere,
            false => Network::PublicOnly,
        };
        let settings = (|| {
            Some(Self {
                approvals: approvals?,
                business: business?,
                bucket: bucket?,
                inbound: inbound?,
                executions: executions?,
                express: express?,
                remote: countersign_remote::Settings {
                    secrets: secrets?,
                    network,
                },
            })
        })();
        reader.finish(settings)
    }
}
