//! How much of what others wrote is kept: a message is part of a commit, and that is one item.

use countersign_core::{ContentHash, SenderId};
use serde::Serialize;

/// How much of the name a sender gave themselves is kept, in characters.
pub const NAME: usize = 256;
/// How much of the provider's word for what can't be read is kept, in characters.
pub const KIND: usize = 100;
/// How much of a line is kept: a title, a place's name, a card's field, in characters.
pub const LINE: usize = 256;
/// How much of a paragraph is kept, in characters.
pub const PARAGRAPH: usize = 1024;
/// The longest address of a file or a page, in bytes. What is cut off an address opens nothing, so
/// that a longer one is left out.
pub const ADDRESS: usize = 2048;
/// The largest form that was filled in, in bytes. A part of its JSON would be no JSON.
pub const FORM: usize = 16 * 1024;
/// How much of a list is kept, cards or lines of an order, in bytes of JSON.
pub const LIST: usize = 16 * 1024;
/// How many phone numbers or addresses of one card are kept.
pub const CARD_FIELDS: usize = 10;
/// How much of an emoji is kept, in characters: a family of four with skin tones has eleven.
pub const EMOJI: usize = 16;

/// The beginning of `text`, if there is any.
pub(crate) fn cut(text: &str, most: usize) -> Option<String> {
    let kept: String = text.chars().take(most).collect();
    (!kept.is_empty()).then_some(kept)
}

/// The first of `entries`, as many as are kept.
pub(crate) fn fitting<T: Serialize>(entries: impl Iterator<Item = T>) -> Vec<T> {
    let mut left = LIST;
    entries
        .take_while(|entry| {
            let size = serde_json::to_string(entry).map_or(LIST, |json| json.len());
            let fits = size <= left;
            left = left.saturating_sub(size);
            fits
        })
        .collect()
}

/// An address, if it can be one.
pub(crate) fn address(text: &str) -> Option<String> {
    let fits = (1..=ADDRESS).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic());
    fits.then(|| text.to_owned())
}

/// A `wa_id`, digits, in the form a phone number has everywhere here, so that a customer has one
/// name whichever field told it. One that is no number stays as it is.
pub(crate) fn sender_of_wa_id(wa_id: &str) -> Option<SenderId> {
    let digits = !wa_id.is_empty() && wa_id.bytes().all(|b| b.is_ascii_digit());
    if digits {
        format!("+{wa_id}").parse().ok()
    } else {
        wa_id.parse().ok()
    }
}

/// The other names of `sender`, each once.
pub(crate) fn aliases(
    sender: &SenderId,
    names: impl IntoIterator<Item = SenderId>,
) -> Vec<SenderId> {
    let mut others = Vec::new();
    for name in names {
        if name != *sender && !others.contains(&name) {
            others.push(name);
        }
    }
    others
}

/// A SHA-256 as providers write it: hexadecimal digits or base64.
pub(crate) fn content_hash(text: &str) -> Option<ContentHash> {
    use base64::{Engine, engine::general_purpose::STANDARD};
    if text.len() == 64 {
        return text.to_ascii_lowercase().parse().ok();
    }
    let bytes = STANDARD.decode(text).ok()?;
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    hex.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_is_read_in_either_form() {
        let hash = ContentHash::of(b"abc");
        let hex = hash.to_string();
        assert_eq!(content_hash(&hex), Some(hash));
        assert_eq!(content_hash(&hex.to_uppercase()), Some(hash));
        let base64 = "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=";
        assert_eq!(content_hash(base64), Some(hash));
        for none in ["", "ungWv48B", "zz", &"g".repeat(64)] {
            assert_eq!(content_hash(none), None, "{none}");
        }
    }

    #[test]
    fn w1_a_number_has_one_form() {
        let check = |wa_id: &str, expect: Option<&str>| {
            let sender = sender_of_wa_id(wa_id);
            assert_eq!(sender.as_ref().map(SenderId::as_str), expect, "{wa_id}");
        };
        check("14155550142", Some("+14155550142"));
        check("US.13491208655302741918", Some("US.13491208655302741918"));
        check("", None);
        check("1 2", None);
    }
}
