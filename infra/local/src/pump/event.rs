//! From a received message to a record of the event, field by field as Lambda fills them.

use std::collections::HashMap;

use aws_lambda_events::{
    encodings::Base64Data,
    event::sqs::{SqsMessage, SqsMessageAttribute},
};
use aws_sdk_sqs::types::{Message, MessageAttributeValue};

/// The queue, as its messages name it.
pub(super) struct Source {
    arn: String,
    region: String,
}

impl Source {
    /// A queue's URL ends in account and name: `http://127.0.0.1:9324/000000000000/inbound.fifo`.
    pub(super) fn of(queue_url: &str, region: &str) -> Self {
        let mut segments = queue_url.trim_end_matches('/').rsplit('/');
        let name = segments.next().unwrap_or_default();
        let account = segments.next().unwrap_or_default();
        Self {
            arn: format!("arn:aws:sqs:{region}:{account}:{name}"),
            region: region.to_owned(),
        }
    }

    pub(super) fn message(&self, received: Message) -> SqsMessage {
        let mut message = SqsMessage::default();
        message.message_id = received.message_id;
        message.receipt_handle = received.receipt_handle;
        message.body = received.body;
        message.md5_of_body = received.md5_of_body;
        message.md5_of_message_attributes = received.md5_of_message_attributes;
        message.attributes = received
            .attributes
            .unwrap_or_default()
            .into_iter()
            .map(|(name, value)| (name.as_str().to_owned(), value))
            .collect();
        message.message_attributes = attributes(received.message_attributes.unwrap_or_default());
        message.event_source = Some("aws:sqs".to_owned());
        message.event_source_arn = Some(self.arn.clone());
        message.aws_region = Some(self.region.clone());
        message
    }
}

fn attributes(
    received: HashMap<String, MessageAttributeValue>,
) -> HashMap<String, SqsMessageAttribute> {
    received
        .into_iter()
        .map(|(name, value)| {
            let mut attribute = SqsMessageAttribute::default();
            attribute.data_type = Some(value.data_type);
            attribute.string_value = value.string_value;
            attribute.binary_value = value.binary_value.map(|bytes| {
                let mut binary = Base64Data::default();
                *binary = bytes.into_inner();
                binary
            });
            (name, attribute)
        })
        .collect()
}
