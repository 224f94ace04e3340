//! What of a text is to stay in one message: blocks of code, and words between marks.

use std::ops::Range;

/// The mark of a block of code.
pub(super) const FENCE: &str = "```";

/// The pieces that a cut is to spare, in their order; none is within another.
pub(super) struct Whole(Vec<Range<usize>>);

impl Whole {
    /// Those of a text in WhatsApp's marks.
    pub(super) fn of(text: &str) -> Self {
        let mut pieces = Vec::new();
        let (mut at, mut fence) = (0, None);
        for line in text.split_inclusive('\n') {
            let is_fence = line.trim().starts_with(FENCE);
            match fence {
                Some(start) if is_fence => {
                    pieces.push(start..at + line.trim_end().len());
                    fence = None;
                }
                Some(_) => {}
                None if is_fence && !line.trim()[FENCE.len()..].contains('`') => {
                    fence = Some(at + line.len() - line.trim_start().len());
                }
                None => marked(line, at, &mut pieces),
            }
            at += line.len();
        }
        // What is never closed shows its marks, and is words like any other.
        Self(pieces)
    }

    /// The piece that a cut at this byte would fall into.
    pub(super) fn holds(&self, at: usize) -> Option<Range<usize>> {
        let mut pieces = self.0.iter();
        let holds = |piece: &&Range<usize>| piece.start < at && at < piece.end;
        pieces.find(holds).cloned()
    }
}

/// Words between marks of a line that begins at `from`.
fn marked(line: &str, from: usize, pieces: &mut Vec<Range<usize>>) {
    let mut at = 0;
    while let Some((start, mark)) = line[at..]
        .char_indices()
        .find(|(_, c)| matches!(c, '*' | '_' | '~' | '`'))
    {
        let start = at + start;
        at = match closing(line, start, mark) {
            Some(end) => {
                pieces.push(from + start..from + end);
                end
            }
            None => start + mark.len_utf8(),
        };
    }
}

/// Where the words end that a mark at `start` begins, if it begins some.
fn closing(line: &str, start: usize, mark: char) -> Option<usize> {
    let joins = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    let words = start + mark.len_utf8();
    let begins = line[words..]
        .chars()
        .next()
        .is_some_and(|c| !c.is_whitespace());
    if !begins || joins(line[..start].chars().next_back()) {
        return None;
    }
    line[words..]
        .match_indices(mark)
        .map(|(at, _)| words + at)
        .filter(|at| *at > words && !line[..*at].ends_with(char::is_whitespace))
        .map(|at| at + mark.len_utf8())
        .find(|end| !joins(line[*end..].chars().next()))
}
