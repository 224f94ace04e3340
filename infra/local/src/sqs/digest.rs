//! The MD5 digests clients check answers with, and the SHA-256 that stands in for a
//! deduplication id.

use std::fmt::Write;

use base64::{Engine, prelude::BASE64_STANDARD};
use md5::{Digest, Md5};
use sha2::Sha256;

use super::protocol::MessageAttributes;

/// The digest of a message's body.
pub(super) fn md5_of_body(body: &str) -> String {
    hex(&Md5::digest(body))
}

/// The digest of a message's attributes, if it has any: of each, by name, the name, the type, whether
/// the value is text or binary, and the value, with lengths before them ([AWS]).
///
/// [AWS]: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html
pub(super) fn md5_of_attributes(attributes: &MessageAttributes) -> Option<String> {
    const TEXT: u8 = 1;
    const BINARY: u8 = 2;
    let mut encoded = Vec::new();
    for (name, attribute) in attributes {
        put(&mut encoded, name.as_bytes());
        put(&mut encoded, attribute.data_type.as_bytes());
        match (&attribute.string_value, &attribute.binary_value) {
            (_, Some(value)) => {
                encoded.push(BINARY);
                put(
                    &mut encoded,
                    &BASE64_STANDARD.decode(value).unwrap_or_default(),
                );
            }
            (value, None) => {
                encoded.push(TEXT);
                put(
                    &mut encoded,
                    value.as_deref().unwrap_or_default().as_bytes(),
                );
            }
        }
    }
    (!attributes.is_empty()).then(|| hex(&Md5::digest(encoded)))
}

/// The deduplication id of a body where the queue goes by content.
pub(super) fn sha256(body: &str) -> String {
    hex(&Sha256::digest(body))
}

fn put(encoded: &mut Vec<u8>, bytes: &[u8]) {
    // A message is 1 MiB at most, so the length fits.
    encoded.extend((bytes.len() as u32).to_be_bytes());
    encoded.extend(bytes);
}

fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
}
