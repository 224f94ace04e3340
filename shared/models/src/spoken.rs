//! The words of an answer as they come in.

/// Some models that run on servers of one's own write their thoughts before the answer.
const THOUGHT: (&str, &str) = ("<think>", "</think>");

/// The words of an answer, collected piece by piece: trimmed, and without thoughts before them.
#[derive(Debug, Default)]
pub(crate) struct Spoken {
    raw: String,
    /// How much of what may be told was told, in bytes.
    told: usize,
}

impl Spoken {
    /// Takes a piece and returns what may be told of it; all that was told, put together, always
    /// is how the whole begins.
    pub(crate) fn push(&mut self, piece: &str) -> &str {
        self.raw.push_str(piece);
        let from = self.told;
        let visible = visible(&self.raw);
        self.told = visible.len();
        &visible[from..]
    }

    /// Whether anything was told.
    pub(crate) fn has_begun(&self) -> bool {
        self.told > 0
    }

    /// What was not told of the whole: something only where it could have become a thought.
    pub(crate) fn rest(&self) -> &str {
        &self.whole()[self.told..]
    }

    /// The whole.
    pub(crate) fn whole(&self) -> &str {
        let text = self.raw.trim();
        match visible(&self.raw) {
            // It might have become a thought, but has not.
            "" if !text.starts_with(THOUGHT.0) => text,
            visible => visible,
        }
    }
}

/// What is certain to be part of the answer.
fn visible(raw: &str) -> &str {
    let text = raw.trim_start();
    if let Some(thought) = text.strip_prefix(THOUGHT.0) {
        let after = thought.split_once(THOUGHT.1).map_or("", |(_, after)| after);
        return after.trim();
    }
    if THOUGHT.0.starts_with(text) {
        return "";
    }
    text.trim_end()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expect: &str) {
        let whole: Vec<String> = text.chars().map(String::from).collect();
        let halves: Vec<String> = text.split_inclusive(' ').map(String::from).collect();
        for pieces in [whole, halves, vec![text.to_owned()]] {
            let mut spoken = Spoken::default();
            let told: String = pieces
                .iter()
                .map(|piece| spoken.push(piece).to_owned())
                .collect();
            assert_eq!(told + spoken.rest(), expect, "{text:?}");
            assert_eq!(spoken.whole(), expect, "{text:?}");
        }
    }

    #[test]
    fn o6_what_is_told_piece_by_piece_is_the_trimmed_whole() {
        check("", "");
        check("  \n ", "");
        check("Hello", "Hello");
        check(" Muraho, neza cyane?\n\n", "Muraho, neza cyane?");
        check("a  b \n c ", "a  b \n c");
        check("<b>bold</b>", "<b>bold</b>");
        check("<th", "<th");
    }

    #[test]
    fn a10_thoughts_before_the_answer_are_not_told() {
        check(
            "<think>\nHe asks for rice.\n</think>\n\nYes, 12 bags.",
            "Yes, 12 bags.",
        );
        check("<think>He asks for", "");
        check("I <think> so", "I <think> so");
    }
}
