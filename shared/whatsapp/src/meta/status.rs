//! What Meta says became of a message of ours.
//!
//! Source: <https://developers.facebook.com/docs/whatsapp/cloud-api/webhooks/components#statuses-object>.

use countersign_core::{MessageRef, message::DeliveryStatus};
use serde_json::Value;

use super::content::{id, text};
use crate::{
    LeftOut, StatusReport,
    bounds::{KIND, cut},
};

/// How much of an error code is kept, in characters.
const CODE: usize = 40;

/// What a status reports, or why it is left out: it may be of a message that somebody else sent from
/// this number, which bears no reference of ours.
pub(super) fn report(status: &Value) -> Result<StatusReport, LeftOut> {
    let word = text(status, "status").unwrap_or_default();
    let left_out = |why| LeftOut::Status {
        word: cut(word, KIND).unwrap_or_default(),
        why,
    };
    let reference: MessageRef = text(status, "biz_opaque_callback_data")
        .and_then(|text| text.parse().ok())
        .ok_or_else(|| left_out("it bears no reference of ours"))?;
    Ok(StatusReport {
        reference,
        provider_id: id(status, "id").ok_or_else(|| left_out("its id is missing, or none"))?,
        status: match word {
            "sent" => DeliveryStatus::Sent,
            "delivered" => DeliveryStatus::Delivered,
            // A voice note that was played was opened.
            "read" | "played" => DeliveryStatus::Read,
            "failed" => DeliveryStatus::Failed {
                code: match status.pointer("/errors/0") {
                    Some(error) => code(error),
                    None => word.to_owned(),
                },
            },
            _ => return Err(left_out("its word is not one we know")),
        },
    })
}

/// An error's code, a number.
pub(super) fn code(error: &Value) -> String {
    let code = match &error["code"] {
        Value::Number(number) => cut(&number.to_string(), CODE),
        Value::String(text) => cut(text, CODE),
        _ => None,
    };
    code.unwrap_or_else(|| "unknown".to_owned())
}
