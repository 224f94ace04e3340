//! Both decoders: whatever a body says, it is decoded or refused, twice the same, within bounds, and
//! what came of it survives the queue.

use countersign_core::{ProviderMessageId, message::DeliveryStatus};
use countersign_whatsapp::{Channel, LeftOut, StatusReport, WebhookRequest};
use http::{HeaderMap, HeaderValue};

use crate::{
    message,
    numbers::{META, TWILIO},
};

/// How much of an error code is kept, in characters.
const CODE: usize = 40;
/// What is told of something left out is one line of a log: a few quoted words, each at most 100
/// characters that become six when they are escaped, and an id of 256.
const LOG_LINE: usize = 2_000;

/// A body of Meta's.
pub fn meta(body: &[u8]) {
    let request = WebhookRequest {
        path_and_query: "/webhooks/meta/ventas",
        headers: &HeaderMap::new(),
        body,
    };
    let received = META.receive(&request);
    assert_eq!(received, META.receive(&request), "decoded twice");
    let messages = received.clone().map(|received| received.messages);
    assert_eq!(META.decode(&request), messages);
    let statuses = received.clone().map(|received| received.statuses);
    assert_eq!(META.decode_status(&request), statuses);
    let Ok(received) = received else { return };
    for found in &received.messages {
        message::holds(found, body.len());
    }
    received.statuses.iter().for_each(status);
    for left_out in &received.left_out {
        let told = left_out.to_string();
        assert!(told.chars().count() <= LOG_LINE, "{told}");
        if let LeftOut::Odd { id, .. } = left_out {
            let is_it = |id: &ProviderMessageId| received.messages.iter().any(|it| it.id == *id);
            assert!(is_it(id), "what is odd was taken all the same");
        }
    }
}

/// A form of Twilio's. What stands before the first line's end, if there is one, is the query: a form
/// has no line ends of its own.
pub fn twilio(input: &[u8]) {
    let (query, body) = match input.iter().position(|byte| *byte == b'\n') {
        Some(at) => (&input[..at], &input[at + 1..]),
        None => (&b""[..], input),
    };
    let path_and_query = format!("/webhooks/twilio/ventas?{}", String::from_utf8_lossy(query));
    let mut headers = HeaderMap::new();
    let form = HeaderValue::from_static("application/x-www-form-urlencoded");
    headers.insert("content-type", form);
    let request = WebhookRequest {
        path_and_query: &path_and_query,
        headers: &headers,
        body,
    };
    let messages = TWILIO.decode(&request);
    assert_eq!(messages, TWILIO.decode(&request), "decoded twice");
    let messages = messages.unwrap_or_default();
    for found in &messages {
        message::holds(found, body.len());
    }
    for (index, found) in messages.iter().enumerate() {
        let same = messages.iter().position(|it| it.id == found.id);
        assert_eq!(same, Some(index), "two messages have one id");
    }
    let statuses = TWILIO.decode_status(&request);
    assert_eq!(statuses, TWILIO.decode_status(&request), "decoded twice");
    statuses.unwrap_or_default().iter().for_each(status);
}

fn status(report: &StatusReport) {
    if let DeliveryStatus::Failed { code } = &report.status {
        assert!((1..=CODE).contains(&code.chars().count()), "{code:?}");
    }
    let json = serde_json::to_string(&report.status).expect("JSON");
    assert_eq!(
        serde_json::from_str(&json).ok().as_ref(),
        Some(&report.status)
    );
}
