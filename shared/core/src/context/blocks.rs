//! A tagged block, and the one place where what others wrote is made harmless.

use std::fmt::Write;

/// A piece of a prompt, such as `<error at="…">…</error>`. Attributes and text are held as they
/// came: nothing is written except through [`Block::render`], which escapes all of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Block {
    pub tag: &'static str,
    pub attributes: Vec<(&'static str, String)>,
    pub text: String,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Attribute,
    Text,
}

impl Block {
    /// The block as a line of the prompt. Whatever its values are, it is read back as one block
    /// with these attributes and this text, each [`clean`].
    pub fn render(&self) -> String {
        let mut out = format!("<{}", self.tag);
        for (name, value) in &self.attributes {
            // Writing to a string can't fail.
            let _ = write!(out, " {name}=\"");
            escape(&mut out, value, Place::Attribute);
            out.push('"');
        }
        out.push('>');
        escape(&mut out, &self.text, Place::Text);
        let _ = writeln!(out, "</{}>", self.tag);
        out
    }
}

/// What is left of a text that came from outside: every kind of line break is one, and what can't
/// be seen is gone. Joiners go too: an emoji made of several falls apart, but no instruction can
/// be hidden between letters.
pub(super) fn clean(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\r' => {
                chars.next_if_eq(&'\n');
                out.push('\n');
            }
            '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}' => out.push('\n'),
            c if is_invisible(c) => {}
            c => out.push(c),
        }
    }
    out
}

/// A clean text without line breaks and with single spaces.
pub(super) fn one_line(text: &str) -> String {
    let text = clean(text);
    let words: Vec<&str> = text.split_whitespace().collect();
    words.join(" ")
}

/// The beginning of a text, at most `most` characters and an ellipsis, and how many characters it
/// lacks.
pub(super) fn cut(text: &str, most: usize) -> (String, usize) {
    match text.char_indices().nth(most) {
        None => (text.to_owned(), 0),
        Some((end, _)) => (format!("{}…", &text[..end]), text[end..].chars().count()),
    }
}

/// A text from outside within a sentence of ours: on one line, short, in quotes that it cannot
/// end.
pub(super) fn quote(text: &str, most: usize) -> String {
    // What is far behind the cut need not be cleaned.
    let text: String = text.chars().take(most.saturating_mul(8)).collect();
    let text: String = one_line(&text)
        .chars()
        .map(|c| {
            if c == '"' || is_like_a_quote(c) {
                '\''
            } else {
                c
            }
        })
        .collect();
    format!("\"{}\"", cut(&text, most).0)
}

/// The end of an id: enough to tell it from the others of a prompt, at a quarter of the tokens.
pub(super) fn short(id: &str) -> String {
    let (kind, digits) = id.split_once('_').unwrap_or(("", id));
    let skipped = digits.chars().count().saturating_sub(8);
    let end: String = digits.chars().skip(skipped).collect();
    format!("{kind}_{end}")
}

/// A number with its thousands apart.
pub(super) fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

fn escape(out: &mut String, text: &str, place: Place) {
    for c in clean(text).chars() {
        let is_attribute = place == Place::Attribute;
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' if is_attribute => out.push_str("&quot;"),
            '\n' | '\t' if is_attribute => out.push(' '),
            c if is_like_markup(c)
                || is_attribute && (is_like_a_quote(c) || is_like_an_equals_sign(c)) =>
            {
                let _ = write!(out, "&#{};", u32::from(c));
            }
            c => out.push(c),
        }
    }
}

/// Characters that look like `<`, `>` or `&`, or that a tokenizer's normalisation (NFKC) makes
/// one of them; from Unicode's confusables and compatibility forms.
fn is_like_markup(c: char) -> bool {
    matches!(
        c,
        '\u{ff1c}' | '\u{ff1e}' | '\u{fe64}' | '\u{fe65}'   // fullwidth, small
        | '\u{ff06}' | '\u{fe60}'                           // ampersands
        | '\u{2039}' | '\u{203a}' | '\u{2c2}' | '\u{2c3}'   // quotation marks, modifiers
        | '\u{2329}' | '\u{232a}' | '\u{3008}' | '\u{3009}' // angle brackets
        | '\u{27e8}'..='\u{27eb}' | '\u{2991}' | '\u{2992}' // mathematical ones
        | '\u{29fc}' | '\u{29fd}' | '\u{226a}' | '\u{226b}'
        | '\u{276c}'..='\u{2771}'                           // ornaments
        | '\u{226e}' | '\u{226f}'                           // not less, not greater
        | '\u{1438}' | '\u{1433}' | '\u{16b2}'              // letters of that shape
        | '\u{16f3f}' | '\u{1d236}' | '\u{1d237}'
        | '\u{fe3d}'..='\u{fe40}'                           // vertical forms
    )
}

fn is_like_a_quote(c: char) -> bool {
    matches!(
        c,
        '\u{ff02}' | '\u{201c}'..='\u{201f}' | '\u{2033}' | '\u{2036}' | '\u{301d}'..='\u{301f}'
        | '\u{2ba}' | '\u{2dd}' | '\u{2ee}' | '\u{275d}' | '\u{275e}' | '\u{5f4}' | '\u{3003}'
    )
}

fn is_like_an_equals_sign(c: char) -> bool {
    matches!(
        c,
        '=' | '\u{ff1d}' | '\u{fe66}' | '\u{a78a}' | '\u{30a0}' | '\u{2e40}'
    )
}

/// Control characters, Unicode's default ignorables (zero widths, joiners, bidi controls, tags,
/// variation selectors) and what is no character.
fn is_invisible(c: char) -> bool {
    match c {
        '\n' | '\t' => false,
        c if c.is_control() => true,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' => {
            true
        }
        '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' => true,
        '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' => true,
        '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}' => true,
        '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}' | '\u{fdd0}'..='\u{fdef}' => true,
        c => u32::from(c) & 0xfffe == 0xfffe,
    }
}
