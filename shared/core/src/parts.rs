//! Parts of an answer that is still being written: where one may end, and when it may leave.

use jiff::{SignedDuration, Timestamp};

/// A part has at least so many characters; only the rest of an answer may be shorter.
pub const LEAST_OF_A_PART: usize = 50;

/// Between two messages to one person: what Meta allows for long, 1 in 6 s.
pub const PAUSE: SignedDuration = SignedDuration::from_secs(6);

/// A full stop ends a sentence only after a word of so many letters and digits: "e.g." and the
/// number of a list's item end none.
const SHORTEST_WORD: usize = 3;

/// What leaves next of a text of which the first `left` bytes have left, the newest message at
/// `last`: the text up to the returned byte, or nothing yet. All sentences that are complete leave
/// together, so that what comes after a pause is longer.
pub fn next(text: &str, left: usize, last: Option<Timestamp>, now: Timestamp) -> Option<usize> {
    if is_too_soon(last, now) {
        return None;
    }
    let rest = text.get(left..)?;
    let end = ends(rest).last()?;
    let characters = rest[..end].trim().chars().count();
    (characters >= LEAST_OF_A_PART).then_some(left + end)
}

/// Whether a pause is still to be made after the newest message.
pub fn is_too_soon(last: Option<Timestamp>, now: Timestamp) -> bool {
    last.is_some_and(|last| now.duration_since(last) < PAUSE)
}

/// The bytes before which a sentence has ended for certain: something follows that does not belong
/// to it. Nowhere in a number, nor where the next piece could go on with one: what must not be
/// said of a number is seen by the whole of it.
pub fn ends(text: &str) -> impl Iterator<Item = usize> {
    marks(text).filter(|mark| mark.is_end(text)).map(|m| m.end)
}

/// What of a text that was cut off is whole sentences.
pub fn whole_sentences(text: &str) -> &str {
    let end = marks(text).last().map_or(0, |mark| mark.end);
    text[..end].trim_end()
}

/// What follows the parts in the whole that they are the beginning of, whatever white space stands
/// between them; none if they are not.
pub fn rest<'a>(whole: &'a str, parts: &[&str]) -> Option<&'a str> {
    parts.iter().try_fold(whole.trim_start(), |rest, part| {
        rest.strip_prefix(part.trim()).map(str::trim_start)
    })
}

/// A mark that may end a sentence.
struct Mark {
    mark: char,
    start: usize,
    /// After the quotes and brackets that close with it.
    end: usize,
}

fn marks(text: &str) -> impl Iterator<Item = Mark> {
    let mut from = 0;
    std::iter::from_fn(move || {
        let (start, mark) = text[from..].char_indices().find(|(_, c)| is_mark(*c))?;
        let start = from + start;
        from = start + mark.len_utf8();
        if mark != '\n' {
            let closes = |c: char| is_closer(c) || is_mark(c) && c != '\n';
            from = text.len() - text[from..].trim_start_matches(closes).len();
        }
        let end = from;
        Some(Mark { mark, start, end })
    })
}

fn is_mark(c: char) -> bool {
    matches!(
        c,
        '.' | '!' | '?' | '…' | '\n' | '。' | '！' | '？' | '؟' | '।'
    )
}

fn is_closer(c: char) -> bool {
    matches!(
        c,
        '"' | '\'' | ')' | ']' | '*' | '_' | '~' | '”' | '’' | '»' | '」' | '）'
    )
}

fn is_bracket(c: char) -> bool {
    matches!(c, ')' | ']' | '）')
}

impl Mark {
    fn is_end(&self, text: &str) -> bool {
        let (before, after) = (&text[..self.start], &text[self.end..]);
        let Some(next) = after.chars().find(|c| !c.is_whitespace()) else {
            return false;
        };
        let is_apart = after.starts_with(char::is_whitespace)
            || matches!(self.mark, '\n' | '。' | '！' | '？');
        let word = before.chars().rev().take_while(|c| c.is_alphanumeric());
        let word = word.take(SHORTEST_WORD).count();
        let ends_a_word = match self.mark {
            '.' => word == 0 && !before.ends_with('.') || word == SHORTEST_WORD,
            _ => true,
        };
        let closes = |c: char| c.is_whitespace() || is_mark(c) || is_closer(c) && !is_bracket(c);
        let last = before.chars().rev().find(|c| !closes(*c));
        let ends_a_number = match last {
            // In its place stands a marker, if it may not be said.
            Some(last) if last.is_numeric() || is_bracket(last) || "/-+".contains(last) => {
                self.mark != '\n' && next.is_alphabetic()
            }
            _ => true,
        };
        is_apart && ends_a_word && ends_a_number && !(self.mark == '.' && next.is_lowercase())
    }
}

#[cfg(test)]
mod tests;
