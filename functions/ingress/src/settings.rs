//! What the function needs to know.

use countersign_aws::{
    schema,
    settings::{Endpoint, Reader, WrongSettings},
};
use countersign_whatsapp::twilio::OVERRIDES;

/// Settings of the ingress function.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The numbers served here.
    pub endpoints: Vec<Endpoint>,
    /// `PUBLIC_URL`: providers sign it.
    pub public_url: String,
    /// `TWILIO_OVERRIDES` (`rc=5&rp=all`): makes Twilio repeat webhooks that were not taken.
    pub twilio_overrides: String,
    /// `INBOUND_QUEUE_URL`.
    pub inbound: String,
    /// `STATUSES_QUEUE_URL`.
    pub statuses: String,
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
        let twilio_overrides = reader.text_or("TWILIO_OVERRIDES", OVERRIDES);
        let inbound = reader.queue(schema::INBOUND);
        let statuses = reader.queue(schema::STATUSES);
        let settings = (|| {
            Some(Self {
                endpoints: endpoints?,
                public_url: public_url?,
                twilio_overrides: twilio_overrides?,
                inbound: inbound?,
                statuses: statuses?,
            })
        })();
        reader.finish(settings)
    }
}
