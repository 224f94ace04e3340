//! What Meta says became of messages of ours.

use serde_json::{Value, json};

use super::{
    error::meaning,
    webhook::{contact, problem, wa_id},
};
use crate::simulator::{
    Signature, Simulator, SimulatorError,
    content::SimContent,
    message::{Shown, SimMessage, SimStatus},
    provider::{MetaConfig, SimProvider, user_id},
};

impl Simulator {
    /// Posts a status of a message. Returns the HTTP status.
    pub(in crate::simulator) async fn post_meta_status(
        &self,
        message: &SimMessage,
        status: SimStatus,
        error_code: Option<u32>,
    ) -> Result<u16, SimulatorError> {
        let meta = self.meta()?;
        let value = json!({
            "contacts": [contact(meta, message)],
            "statuses": [self.meta_status(meta, message, status, error_code)],
        });
        let body = self.meta_envelope(meta, value);
        self.post(&self.meta_webhook(meta, &body, Signature::Right))
            .await
    }

    fn meta_status(
        &self,
        meta: &MetaConfig,
        message: &SimMessage,
        status: SimStatus,
        error_code: Option<u32>,
    ) -> Value {
        let mut json = json!({
            "id": message.sid,
            // Meta has no word for a message that left and will not arrive.
            "status": match status {
                SimStatus::Undelivered => "failed",
                status => status.as_str(),
            },
            "timestamp": self.config().clock.now().as_second().to_string(),
        });
        if message.shown != Shown::UserId {
            json["recipient_id"] = json!(wa_id(message.phone.as_str()));
        }
        if message.shown != Shown::Number {
            json["recipient_user_id"] = json!(user_id(&meta.account_id, &message.phone));
        }
        if let Some(reference) = &message.reference {
            json["biz_opaque_callback_data"] = json!(reference);
        }
        if let Some(code) = error_code {
            json["errors"] = json!([problem(code, meaning(code))]);
        } else if status != SimStatus::Played {
            json["pricing"] = pricing(message);
        }
        json
    }

    /// The account at Meta.
    pub(in crate::simulator) fn meta(&self) -> Result<&MetaConfig, SimulatorError> {
        let meta = self.config().meta.as_ref();
        meta.ok_or(SimulatorError::NoAccount(SimProvider::Meta))
    }
}

/// Templates cost; an answer within 24 hours does not.
fn pricing(message: &SimMessage) -> Value {
    let is_template = matches!(message.content, SimContent::Template { .. });
    let (kind, category) = match is_template {
        true => ("regular", "utility"),
        false => ("free_customer_service", "service"),
    };
    json!({
        "billable": is_template,
        "pricing_model": "PMP",
        "type": kind,
        "category": category,
    })
}
