//! What the function needs to know.

use countersign_aws::{
    schema,
    settings::{Endpoint, Reader, WrongSettings},
};
use countersign_core::Secret;

/// The token secret has at least so many characters.
const SHORTEST_SECRET: usize = 32;

/// Settings of the approvals function.
#[derive(Debug, Clone)]
pub struct Settings {
    /// `ENDPOINTS`: their approval secrets sign the callbacks.
    pub endpoints: Vec<Endpoint>,
    /// `APPROVALS_TABLE`.
    pub approvals: String,
    /// `INBOUND_QUEUE_URL`: decisions go there.
    pub inbound: String,
    /// `OUTPUTS_BUCKET`: the page links to what is in it.
    pub bucket: String,
    /// `APPROVAL_TOKEN_SECRET`: signs the links to the page.
    pub token_secret: Secret,
}

impl Settings {
    /// Reads and checks them.
    ///
    /// # Errors
    /// Names every wrong one.
    pub fn read(variable: &dyn Fn(&str) -> Option<String>) -> Result<Self, WrongSettings> {
        let mut reader = Reader::new(variable);
        let endpoints = reader.endpoints();
        let approvals = reader.table(schema::APPROVALS);
        let inbound = reader.queue(schema::INBOUND);
        let bucket = reader.bucket();
        let token_secret = reader.secret("APPROVAL_TOKEN_SECRET", SHORTEST_SECRET);
        let settings = (|| {
            Some(Self {
                endpoints: endpoints?,
                approvals: approvals?,
                inbound: inbound?,
                bucket: bucket?,
                token_secret: token_secret?,
            })
        })();
        reader.finish(settings)
    }
}
