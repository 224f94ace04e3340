//! A model's Markdown in the few marks that WhatsApp knows.
//!
//! Models write Markdown whatever they are told. WhatsApp shows `*bold*`, `_italics_`, `~struck~`,
//! `` `code` ``, ``` fences, lists and quotes; all else would stand there as bare marks. Every line is
//! dealt with by itself but for the fences, so that what was made of a text's beginning stays when
//! more of it comes. What is no mark for certain stays as it was written: no word is ever lost, and
//! WhatsApp's own marks come out as they went in.
//!
//! Source: <https://faq.whatsapp.com/539178204879377>.

mod inline;

use self::inline::inline;

/// The language of a code block is at most so long; a longer word is code.
const LONGEST_LANGUAGE: usize = 20;

/// The text as WhatsApp shows it best.
pub fn whatsapp(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut place = Place::Words;
    for line in text.split_inclusive('\n') {
        let (words, ending) = match line.strip_suffix('\n') {
            Some(words) => (words, "\n"),
            None => (line, ""),
        };
        let made;
        (made, place) = place.line(words);
        if let Some(made) = made {
            out.push_str(&made);
            out.push_str(ending);
        }
    }
    out
}

/// The beginning of an unfinished text that comes out the same whatever follows: whole lines, no
/// unfinished block of code, and of the last line what stands before its first mark.
pub fn settled(text: &str) -> &str {
    let mut place = Place::Words;
    let (mut fence, mut at) = (0, 0);
    for line in text.split_inclusive('\n') {
        let Some(words) = line.strip_suffix('\n') else {
            if place == Place::Words {
                return &text[..at + plain(line)];
            }
            break;
        };
        let before = place;
        place = place.line(words).1;
        if before == Place::Words && place == Place::Code {
            fence = at;
        }
        at += line.len();
    }
    match place {
        Place::Words => &text[..at],
        Place::Code => &text[..fence],
    }
}

/// How much of an unfinished line can't become part of a mark.
fn plain(line: &str) -> usize {
    line.find(['*', '_', '~', '`', '#', '|', '[', '!', '+'])
        .unwrap_or(line.len())
}

/// Where a line stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Words,
    Code,
}

impl Place {
    /// What becomes of a line, if anything is left of it, and where the next one stands.
    fn line(self, line: &str) -> (Option<String>, Self) {
        let trimmed = line.trim();
        match self {
            Self::Code if trimmed.starts_with("```") => (Some(line.to_owned()), Self::Words),
            Self::Code => (Some(line.to_owned()), Self::Code),
            Self::Words => match trimmed.strip_prefix("```") {
                Some(rest) if !rest.contains('`') => (Some(opening(line, rest)), Self::Code),
                _ if is_ruling(trimmed) => (None, Self::Words),
                _ => (Some(words(line)), Self::Words),
            },
        }
    }
}

/// The line that opens a block of code. WhatsApp would show the language as part of it.
fn opening(line: &str, rest: &str) -> String {
    let is_language = !rest.is_empty()
        && rest.len() <= LONGEST_LANGUAGE
        && rest
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"+#-_.".contains(&b));
    match is_language {
        true => "```".to_owned(),
        false => line.to_owned(),
    }
}

/// The line of a table that holds nothing but lines.
fn is_ruling(trimmed: &str) -> bool {
    trimmed.starts_with('|')
        && trimmed.contains('-')
        && trimmed
            .bytes()
            .all(|b| matches!(b, b'|' | b'-' | b':' | b' '))
}

fn words(line: &str) -> String {
    let trimmed = line.trim();
    let indent = &line[..line.len() - line.trim_start().len()];
    if let Some(heading) = heading(trimmed) {
        return format!("{indent}*{heading}*");
    }
    if let Some(row) = row(trimmed) {
        return format!("{indent}- {}", inline(&row));
    }
    let item = trimmed
        .strip_prefix(['*', '+'])
        .filter(|rest| rest.starts_with([' ', '\t']));
    match item {
        Some(rest) => format!("{indent}- {}", inline(rest.trim_start())),
        None => inline(line),
    }
}

/// The words of a heading; none if they hold a mark that bold could be confused with.
fn heading(trimmed: &str) -> Option<String> {
    let rest = trimmed.trim_start_matches('#');
    let level = trimmed.len() - rest.len();
    if !(1..=6).contains(&level) || !rest.starts_with(' ') {
        return None;
    }
    let made = inline(rest.trim().trim_end_matches('#').trim_end());
    // What is bold within it needs no marks of its own.
    let whole = made
        .strip_prefix('*')
        .and_then(|inner| inner.strip_suffix('*'))
        .unwrap_or(&made);
    let is_plain = !whole.is_empty() && !whole.contains(['*', '`']) && whole.trim() == whole;
    is_plain.then(|| whole.to_owned())
}

/// A table's row as a line.
fn row(trimmed: &str) -> Option<String> {
    let inner = trimmed.strip_prefix('|')?.strip_suffix('|')?;
    let cells: Vec<&str> = inner
        .split('|')
        .map(str::trim)
        .filter(|cell| !cell.is_empty())
        .collect();
    (!cells.is_empty()).then(|| cells.join(" | "))
}

#[cfg(test)]
mod tests;
