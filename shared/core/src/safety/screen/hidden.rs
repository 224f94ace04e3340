//! Characters that hide text from people, and pieces that no one types.

use std::collections::BTreeSet;

use super::{super::glyph::is_invisible, Flag};

/// The most letters and digits in a row that may be a word, or several in a language that is
/// written without spaces.
const LONGEST_WORD: usize = 200;

/// The fewest characters that are taken for an encoded text.
const SHORTEST_CODE: usize = 40;

pub(super) fn find(text: &str, flags: &mut BTreeSet<Flag>) {
    if has_hidden(text) {
        flags.insert(Flag::HiddenCharacters);
    }
    for piece in text.split_whitespace() {
        let is_link = piece.contains("://") || piece.starts_with("www.");
        if is_link && piece.len() < 1000 {
            continue;
        }
        if longest(piece, |c| c.is_alphanumeric() && !is_unspaced(c)) > LONGEST_WORD {
            flags.insert(Flag::UnbrokenText);
        }
        let mut parts = piece.split(|c: char| !is_code(c));
        if !is_link && parts.any(is_encoded) {
            flags.insert(Flag::EncodedText);
        }
    }
}

/// Invisible characters have honest uses, which are let through: emoji are joined by them, some
/// scripts need joiners, and WhatsApp puts directions around numbers and names that are copied.
fn has_hidden(text: &str) -> bool {
    let mut before: Option<char> = None;
    let mut after = text.chars().skip(1);
    let mut spaces = 0;
    let mut in_flag = false;
    for c in text.chars() {
        let next = after.next();
        in_flag = c == '\u{1f3f4}' || in_flag && ('\u{e0020}'..='\u{e007f}').contains(&c);
        let is_between_letters = before.is_some_and(|c| c.is_ascii_alphabetic())
            && next.is_some_and(|c| c.is_ascii_alphabetic());
        let is_hiding = match c {
            '\n' | '\r' | '\t' => false,
            '\u{202d}' | '\u{202e}' => true,
            '\u{2060}'..='\u{2064}' | '\u{206a}'..='\u{206f}' => true,
            '\u{e0000}'..='\u{e007f}' => !in_flag,
            // Variation selectors: one after a character that is drawn in two ways.
            '\u{fe00}'..='\u{fe0f}' => {
                before.is_none_or(|c| c.is_ascii_alphabetic() || is_invisible(c))
            }
            '\u{e0100}'..='\u{e01ef}' => before.is_none_or(|c| c.is_ascii() || is_invisible(c)),
            '\u{200b}' | '\u{feff}' | '\u{00ad}' | '\u{180e}' => {
                spaces += 1;
                is_between_letters || spaces > 2
            }
            '\u{200c}' | '\u{200d}' | '\u{200e}' | '\u{200f}' => is_between_letters,
            _ => c.is_control(),
        };
        if is_hiding {
            return true;
        }
        before = Some(c);
    }
    false
}

/// The most characters in a row for which `is_part` holds.
fn longest(text: &str, is_part: impl Fn(char) -> bool) -> usize {
    text.split(|c| !is_part(c))
        .map(|part| part.chars().count())
        .max()
        .unwrap_or_default()
}

/// Scripts from Thai on to Khmer, Chinese and Japanese, which have no spaces between words.
fn is_unspaced(c: char) -> bool {
    matches!(c, '\u{0e00}'..='\u{0fff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}'
        | '\u{2e80}'..='\u{a4cf}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

fn is_code(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '=' | '-' | '_')
}

/// Base64 mixes cases and digits as no name does. A hash or one of our ids is shorter hex.
fn is_encoded(part: &str) -> bool {
    let has = |is_one: fn(&u8) -> bool| part.as_bytes().iter().any(is_one);
    let is_hex = part.bytes().all(|b| b.is_ascii_hexdigit());
    let divisions = part
        .bytes()
        .filter(|b| matches!(b, b'-' | b'_' | b'/'))
        .count();
    match part.len() {
        ..SHORTEST_CODE => false,
        _ if is_hex => part.len() > 64,
        // A path or a name in many parts.
        length if divisions * 12 > length => false,
        _ => {
            has(u8::is_ascii_lowercase)
                && has(u8::is_ascii_uppercase)
                && (has(u8::is_ascii_digit) || part.ends_with('='))
        }
    }
}
