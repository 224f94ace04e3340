//! Pictures in a question, as far as the providers take them.

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::Value;

use super::request::Part;

/// The most bytes of base64 that Anthropic takes; OpenAI takes more.
const MOST: usize = 5 * 1024 * 1024;

/// A picture, held against what a provider takes.
pub(super) fn read(media_type: &Value, data: &Value, wrong: &mut Vec<String>) -> Part {
    let media_type = media_type.as_str().unwrap_or_default();
    let data = data.as_str().unwrap_or_default();
    if !["image/jpeg", "image/png", "image/webp", "image/gif"].contains(&media_type) {
        wrong.push(format!("{media_type:?} is no type of a picture"));
    }
    if data.len() > MOST || STANDARD.decode(data).is_ok_and(|bytes| bytes.is_empty()) {
        wrong.push(format!("a picture of {} bytes", data.len()));
    }
    if STANDARD.decode(data).is_err() {
        wrong.push("a picture is no base64".to_owned());
    }
    Part::Picture {
        media_type: media_type.to_owned(),
        data: data.to_owned(),
    }
}

/// A picture in a URL, as OpenAI takes one.
pub(super) fn read_url(url: &Value, wrong: &mut Vec<String>) -> Part {
    let url = url.as_str().unwrap_or_default();
    let parts = url
        .strip_prefix("data:")
        .and_then(|rest| rest.split_once(";base64,"));
    let (media_type, data) = parts.unwrap_or_default();
    read(&media_type.into(), &data.into(), wrong)
}
