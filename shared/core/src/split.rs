//! Long texts in several messages.
//!
//! A cut falls where it hurts least: between paragraphs, else between sentences or lines, else
//! between words, else between characters as people see them. Where it can be helped it falls inside
//! no mark of WhatsApp's; a block of code that is too long for one message is closed and opened anew.

mod whole;

use std::ops::Range;

use unicode_segmentation::UnicodeSegmentation;

use self::whole::{FENCE, Whole};

/// The most characters one message has: what Twilio takes at once. Meta would take more; that both
/// have the same keeps what was decided independent of where the number is.
pub const MOST_CHARACTERS: usize = 1600;

/// The most messages that one answer is sent in.
pub const MOST_MESSAGES: usize = 5;

/// What is said in the place of what is left out.
const LEFT_OUT: &str =
    "(This is not all: the rest is too long to send here. Ask me for the part you need.)";

/// The closing line of a block of code that goes on in the next message.
const CLOSES: &str = "\n```";

/// The line that opens it there.
const OPENS: &str = "```\n";

/// In less than this a block of code is cut like any other words.
const LEAST_FOR_CODE: usize = 64;

/// `text` in its messages, at most `most` and no fewer than one. What is too much for that is left
/// out, and the last message ends with a sentence that says so. A blank text has no messages.
pub fn messages(text: &str, most: usize) -> Vec<String> {
    let most = most.max(1);
    let mut parts = split(text, MOST_CHARACTERS);
    if parts.len() <= most {
        return parts;
    }
    parts.truncate(most);
    let room = MOST_CHARACTERS - LEFT_OUT.chars().count() - 2;
    let shorter = parts.pop().map(|last| split(&last, room));
    let shorter = shorter.into_iter().flatten().next();
    parts.extend(shorter.map(|last| format!("{last}\n\n{LEFT_OUT}")));
    parts
}

/// The beginning of `text` that is its first message, if that is a piece of it as it stands: within a
/// block of code it is not.
pub fn first(text: &str) -> Option<&str> {
    let Some((end, _)) = text.char_indices().nth(MOST_CHARACTERS) else {
        return Some(text);
    };
    let cut = best_cut(text, end);
    cut.code.is_none().then(|| text[..cut.at].trim_end())
}

/// `text` in parts of at most `limit` characters. White space at a cut is dropped and nothing else; a
/// text that fits stays as it is, and a blank one has no parts. A limit of 0 counts as 1.
pub fn split(text: &str, limit: usize) -> Vec<String> {
    let limit = limit.max(1);
    let mut parts = Vec::new();
    let mut rest = text.to_owned();
    while let Some((end, _)) = rest.char_indices().nth(limit) {
        let cut = best_cut(&rest, end);
        let (part, after) = match cut.code.filter(|_| limit >= LEAST_FOR_CODE) {
            Some(code) => in_code(&rest, &code, limit),
            None => {
                let (part, after) = rest.split_at(cut.at);
                (part.trim_end().to_owned(), after.trim_start().to_owned())
            }
        };
        push_unless_blank(&mut parts, part);
        rest = after;
    }
    push_unless_blank(&mut parts, rest);
    parts
}

/// A message that ends within a block of code, and what is left for those after it.
fn in_code(text: &str, code: &Range<usize>, limit: usize) -> (String, String) {
    let room = limit - CLOSES.chars().count();
    let end = text
        .char_indices()
        .nth(room)
        .map_or(text.len(), |(end, _)| end);
    let begins = code.start + OPENS.len();
    // Lines stay whole where they can, and their indentation is part of the code.
    let line = text[..end].rfind('\n').filter(|at| *at > begins);
    let at = line
        .or_else(|| grapheme(text, end).filter(|at| *at > begins))
        .unwrap_or(end);
    let (part, after) = text.split_at(at);
    let part = format!("{part}{CLOSES}");
    // Nothing of the block is left but its end.
    if let Some(rest) = after.trim_start().strip_prefix(FENCE) {
        return (part, rest.trim_start().to_owned());
    }
    let after = after.strip_prefix('\n').unwrap_or(after);
    (part, format!("{OPENS}{after}"))
}

fn push_unless_blank(parts: &mut Vec<String>, part: String) {
    if !part.trim().is_empty() {
        parts.push(part);
    }
}

/// Where a text is cut.
struct Cut {
    at: usize,
    /// The block of code that the cut falls into.
    code: Option<Range<usize>>,
}

/// Where to cut `text`, which goes on after `end`: a byte offset greater than 0, at most `end`.
fn best_cut(text: &str, end: usize) -> Cut {
    let whole = Whole::of(text);
    if let Some(at) = cut_where(text, end, |at| whole.holds(at).is_none()) {
        return Cut { at, code: None };
    }
    // What is whole is longer than a message.
    if let Some(code) = whole
        .holds(end)
        .filter(|it| text[it.start..].starts_with(FENCE))
    {
        return Cut {
            at: end,
            code: Some(code),
        };
    }
    let at = cut_where(text, end, |_| true)
        .or_else(|| grapheme(text, end))
        .unwrap_or(end);
    Cut { at, code: None }
}

/// The best place among those that may be one.
fn cut_where(text: &str, end: usize, may_be: impl Fn(usize) -> bool) -> Option<usize> {
    let (mut paragraph, mut sentence, mut word) = (None, None, None);
    let mut before = None;
    for (at, here) in text.char_indices().take_while(|(at, _)| *at <= end) {
        let Some(last) = before.replace(here) else {
            continue;
        };
        let is_gap = here.is_whitespace() && !last.is_whitespace();
        // These end a sentence without a space after them.
        let ends_without = matches!(last, '。' | '！' | '？');
        if !(is_gap || ends_without) || !may_be(at) {
            continue;
        }
        if is_gap {
            match newlines(&text[at..]) {
                0 if ends_sentence(&text[..at]) => sentence = Some(at),
                0 => {}
                1 => sentence = Some(at),
                _ => paragraph = Some(at),
            }
        } else {
            sentence = Some(at);
        }
        word = Some(at);
    }
    // A part shorter than a third of what fits would be worse than a cut in a paragraph.
    let long_enough = |at: &usize| *at >= end / 3;
    paragraph
        .filter(long_enough)
        .or(sentence.filter(long_enough))
        .or(word)
}

/// The end of the last whole character as people see it: a flag, a family and a letter with its
/// accent are several to a computer. None if not even the first one fits.
fn grapheme(text: &str, end: usize) -> Option<usize> {
    text.grapheme_indices(true)
        .map(|(at, _)| at)
        .take_while(|at| *at <= end)
        .last()
        .filter(|at| *at > 0)
}

/// How many lines end in the white space that `text` begins with.
fn newlines(text: &str) -> usize {
    text.chars()
        .take_while(|c| c.is_whitespace())
        .filter(|c| *c == '\n')
        .count()
}

fn ends_sentence(text: &str) -> bool {
    text.trim_end_matches(['"', '\'', ')', ']', '”', '’', '»', '*', '_'])
        .ends_with(['.', '!', '?', '…', '。', '！', '？'])
}

#[cfg(test)]
mod tests;
