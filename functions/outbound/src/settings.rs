//! What the function needs to know.

use countersign_aws::{
    schema,
    settings::{Endpoint, Reader, WrongSettings},
};
use countersign_core::{Secret, identity};
use countersign_remote::guard::Network;
use countersign_whatsapp::{
    meta,
    twilio::{self, OVERRIDES},
};

/// Settings of the outbound function.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The numbers that send.
    pub endpoints: Vec<Endpoint>,
    /// `PUBLIC_URL`: status callbacks and approval pages are reached there.
    pub public_url: String,
    /// `TWILIO_API_URL`, Twilio's own unless set.
    pub twilio_url: String,
    /// `META_API_URL`, Meta's own with its version unless set.
    pub meta_url: String,
    /// `THREADS_TABLE`.
    pub threads: String,
    /// `APPROVALS_TABLE`.
    pub approvals: String,
    /// `BUSINESS_TABLE`: whose a name is, the registered templates, and what transcripts cost.
    pub business: String,
    /// `OUTPUTS_BUCKET`.
    pub bucket: String,
    /// `TWILIO_OVERRIDES` (`rc=5&rp=all`): makes Twilio repeat webhooks that were not taken.
    pub twilio_overrides: String,
    /// `INBOUND_QUEUE_URL`: what was refused for good goes back to its thread.
    pub inbound: String,
    /// `OUTBOUND_QUEUE_URL`: what the provider does not take for now is put off on it.
    pub outbound: String,
    /// `WEBHOOKS_QUEUE_URL`: likewise for webhooks.
    pub webhooks: String,
    /// `STATUSES_QUEUE_URL`: and for statuses.
    pub statuses: String,
    /// `APPROVAL_TOKEN_SECRET`: signs the links to approval pages.
    pub token_secret: Secret,
    /// Where a provider's redirect may lead: anywhere in local mode, else to public addresses.
    pub network: Network,
    /// `IDENTITY_SECRET`: what one-time codes are made of, the same as the agent's.
    pub identity_secret: Option<Secret>,
    /// Who transcribes recordings; nobody where it is not set.
    pub transcription: Option<crate::listen::Endpoint>,
}

impl Settings {
    /// Reads and checks them.
    ///
    /// # Errors
    /// Names every wrong one.
    pub fn read(variable: &dyn Fn(&str) -> Option<String>) -> Result<Self, WrongSettings> {
        let mut reader = Reader::new(variable);
        let endpoints = reader.endpoints();
        let public_url = reader.public_url();
        let twilio_url = reader.url_or("TWILIO_API_URL", twilio::API_URL);
        let meta_url = reader.url_or("META_API_URL", meta::API_URL);
        let threads = reader.table(schema::THREADS);
        let approvals = reader.table(schema::APPROVALS);
        let business = reader.table(schema::BUSINESS);
        let bucket = reader.bucket();
        let twilio_overrides = reader.text_or("TWILIO_OVERRIDES", OVERRIDES);
        let inbound = reader.queue(schema::INBOUND);
        let outbound = reader.queue(schema::OUTBOUND);
        let webhooks = reader.queue(schema::WEBHOOKS);
        let statuses = reader.queue(schema::STATUSES);
        let token_secret = reader.secret("APPROVAL_TOKEN_SECRET", 32);
        let identity_secret = reader.secret_if_set(identity::SETTING, identity::SHORTEST_SECRET);
        let transcription = crate::listen::Endpoint::read(&mut reader, variable);
        let network = match reader.is_local() {
            true => Network::Anywhere,
            false => Network::PublicOnly,
        };
        let settings = (|| {
            Some(Self {
                endpoints: endpoints?,
                public_url: public_url?,
                twilio_url: twilio_url?,
                meta_url: meta_url?,
                threads: threads?,
                approvals: approvals?,
                business: business?,
                bucket: bucket?,
                twilio_overrides: twilio_overrides?,
                inbound: inbound?,
                outbound: outbound?,
                webhooks: webhooks?,
                statuses: statuses?,
                token_secret: token_secret?,
                network,
                identity_secret: identity_secret?,
                transcription: transcription?,
            })
        })();
        reader.finish(settings)
    }
}
