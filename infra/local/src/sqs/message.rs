//! What may be sent: body, attributes, group and deduplication id.

use base64::{Engine, prelude::BASE64_STANDARD};
use serde::Deserialize;

use super::{
    SqsError, digest,
    protocol::{MessageAttribute, MessageAttributes, required},
    store::Queue,
};

/// The largest message, and the largest batch of them: 1 MiB.
pub(super) const MAX_BYTES: usize = 1_048_576;

/// The only system attribute that can be sent.
pub(super) const TRACE_HEADER: &str = "AWSTraceHeader";

/// A message as a request describes it.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct NewMessage {
    pub message_body: Option<String>,
    pub delay_seconds: Option<i64>,
    #[serde(default)]
    pub message_attributes: MessageAttributes,
    #[serde(default)]
    pub message_system_attributes: MessageAttributes,
    pub message_group_id: Option<String>,
    pub message_deduplication_id: Option<String>,
}

/// A message that its queue takes.
pub(super) struct Message {
    pub body: String,
    pub delay_seconds: u32,
    pub attributes: MessageAttributes,
    pub system_attributes: MessageAttributes,
    pub group: Option<String>,
    pub deduplication_id: Option<String>,
}

impl NewMessage {
    /// What counts towards the limit: the body, and of each attribute the name, type and value.
    pub fn bytes(&self) -> usize {
        let attribute = |(name, attribute): (&String, &MessageAttribute)| {
            let text = attribute.string_value.as_ref().map_or(0, String::len);
            let binary = attribute.binary_value.as_ref();
            let binary = binary.and_then(|value| BASE64_STANDARD.decode(value).ok());
            name.len() + attribute.data_type.len() + text + binary.map_or(0, |bytes| bytes.len())
        };
        let body = self.message_body.as_ref().map_or(0, String::len);
        body + self.message_attributes.iter().map(attribute).sum::<usize>()
    }

    /// Whether a FIFO queue can place the message: it needs a group and a deduplication id, the
    /// latter unless the queue goes by content.
    pub fn check_place(&self, queue: &Queue) -> Result<(), SqsError> {
        let Some(fifo) = &queue.attributes.fifo else {
            return Ok(());
        };
        required("MessageGroupId", self.message_group_id.as_ref())?;
        if self.message_deduplication_id.is_none() && !fifo.content_based_deduplication {
            return Err(SqsError::InvalidParameterValue(
                "The queue should either have ContentBasedDeduplication enabled or \
                 MessageDeduplicationId provided explicitly"
                    .to_owned(),
            ));
        }
        Ok(())
    }

    /// The message, if `queue` takes it.
    pub fn checked(self, queue: &Queue) -> Result<Message, SqsError> {
        self.check_place(queue)?;
        let limit = queue.attributes.maximum_message_size as usize;
        if self.bytes() > limit {
            return Err(SqsError::InvalidParameterValue(format!(
                "One or more parameters are invalid. Reason: Message must be shorter than {limit} \
                 bytes."
            )));
        }
        let body = self.message_body.filter(|body| !body.is_empty());
        let body = required("MessageBody", body)?;
        if !body.chars().all(is_xml) {
            return Err(SqsError::InvalidMessageContents);
        }
        check_attributes(&self.message_attributes)?;
        check_system_attributes(&self.message_system_attributes)?;
        check_id("MessageGroupId", self.message_group_id.as_deref())?;
        check_id(
            "MessageDeduplicationId",
            self.message_deduplication_id.as_deref(),
        )?;

        let wrong_kind = "The request include parameter that is not valid for this queue type.";
        let mut deduplication_id = self.message_deduplication_id;
        let own_delay = self.delay_seconds;
        if queue.attributes.fifo.is_some() {
            // The queue's own delay is all a FIFO queue knows; saying "none" is let pass.
            if let Some(seconds) = own_delay.filter(|seconds| *seconds != 0) {
                return Err(SqsError::value("DelaySeconds", seconds, wrong_kind));
            }
            deduplication_id.get_or_insert_with(|| digest::sha256(&body));
        } else if let Some(id) = &deduplication_id {
            return Err(SqsError::value("MessageDeduplicationId", id, wrong_kind));
        }
        let own_delay = own_delay.filter(|_| queue.attributes.fifo.is_none());
        let delay_seconds = match own_delay {
            None => queue.attributes.delay_seconds,
            Some(seconds) => within("DelaySeconds", seconds, 0, 900)?,
        };
        Ok(Message {
            body,
            delay_seconds,
            attributes: self.message_attributes,
            system_attributes: self.message_system_attributes,
            group: self.message_group_id,
            deduplication_id,
        })
    }
}

/// `value`, if it is between `least` and `most`.
pub(super) fn within(name: &str, value: i64, least: u32, most: u32) -> Result<u32, SqsError> {
    let number = u32::try_from(value).ok();
    number
        .filter(|number| (least..=most).contains(number))
        .ok_or_else(|| {
            let reason = format!("Must be between {least} and {most}, if provided.");
            SqsError::value(name, value, &reason)
        })
}

fn check_attributes(attributes: &MessageAttributes) -> Result<(), SqsError> {
    if attributes.len() > 10 {
        return Err(SqsError::InvalidParameterValue(format!(
            "Number of message attributes [{}] exceeds the allowed maximum [10].",
            attributes.len()
        )));
    }
    attributes.iter().try_for_each(|(name, attribute)| {
        let lower = name.to_ascii_lowercase();
        let legal = |c: char| c.is_ascii_alphanumeric() || "_-.".contains(c);
        let reserved = lower.starts_with("aws.") || lower.starts_with("amazon.");
        let dots = name.starts_with('.') || name.ends_with('.') || name.contains("..");
        let length = (1..=256).contains(&name.len());
        if !length || reserved || dots || !name.chars().all(legal) {
            return Err(SqsError::InvalidParameterValue(format!(
                "Message (user) attribute name '{name}' is invalid: it has 1 to 256 of A-Z, a-z, \
                 0-9, underscore, hyphen and single inner periods, and does not start with AWS. or \
                 Amazon."
            )));
        }
        check_attribute(name, attribute)
    })
}

fn check_system_attributes(attributes: &MessageAttributes) -> Result<(), SqsError> {
    attributes.iter().try_for_each(|(name, attribute)| match name.as_str() {
        TRACE_HEADER if attribute.data_type == "String" => check_attribute(name, attribute),
        _ => Err(SqsError::InvalidParameterValue(format!(
            "Message system attribute name '{name}' is invalid: only {TRACE_HEADER}, a String, can \
             be sent."
        ))),
    })
}

fn check_attribute(name: &str, attribute: &MessageAttribute) -> Result<(), SqsError> {
    let kind = attribute.data_type.split('.').next().unwrap_or_default();
    let text = attribute.string_value.as_deref().unwrap_or_default();
    let filled = match kind {
        "String" => !text.is_empty() && text.chars().all(is_xml),
        "Number" => text.parse::<f64>().is_ok(),
        "Binary" => {
            let value = attribute.binary_value.as_deref().unwrap_or_default();
            BASE64_STANDARD
                .decode(value)
                .is_ok_and(|bytes| !bytes.is_empty())
        }
        _ => {
            return Err(SqsError::InvalidParameterValue(format!(
                "The message (user) attribute '{name}' has an invalid message attribute type, the \
                 set of supported type prefixes is Binary, Number, and String."
            )));
        }
    };
    if filled && attribute.data_type.len() <= 256 {
        return Ok(());
    }
    Err(SqsError::InvalidParameterValue(format!(
        "Message (user) attribute '{name}' must contain a non-empty value of type '{kind}'."
    )))
}

/// Group and deduplication ids: 1 to 128 letters, digits and punctuation of ASCII.
fn check_id(parameter: &'static str, id: Option<&str>) -> Result<(), SqsError> {
    let Some(id) = id else {
        return Ok(());
    };
    if (1..=128).contains(&id.len()) && id.chars().all(|c| c.is_ascii_graphic()) {
        return Ok(());
    }
    let reason = format!(
        "{parameter} can only include alphanumeric and punctuation characters. 1 to 128 in length."
    );
    Err(SqsError::value(parameter, id, &reason))
}

/// The characters of XML 1.0.
fn is_xml(c: char) -> bool {
    matches!(c,
        '\u{9}' | '\u{a}' | '\u{d}' | '\u{20}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}'
        | '\u{10000}'..='\u{10ffff}')
}
