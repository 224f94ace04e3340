//! How much of a message is read.

use unicode_segmentation::GraphemeCursor;

/// The characters of one message that are read (O9).
pub const LONGEST_MESSAGE: usize = 2000;

/// What is left of a text that may have been too long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limited<'a> {
    /// The part that is read.
    pub text: &'a str,
    /// How many characters (Unicode scalar values) were left out after it; 0 when all is there.
    pub left_out: usize,
}

/// The first `most` characters (Unicode scalar values) of `text`, or a little less, so that no
/// word is cut in two: up to a tenth of `most` is given up for that. What a person sees as one
/// character, such as a flag or a letter with its accents, is only cut if it is longer than `most`
/// by itself. White space at the cut is counted as left out.
pub fn limit(text: &str, most: usize) -> Limited<'_> {
    let Some((end, _)) = text.char_indices().nth(most) else {
        return Limited { text, left_out: 0 };
    };
    let cut = whole_word(text, end, most)
        .or_else(|| whole_character(text, end))
        .unwrap_or(end);
    let (kept, _) = text.split_at(cut);
    let kept = kept.trim_end();
    Limited {
        text: kept,
        left_out: text[kept.len()..].chars().count(),
    }
}

/// The last end of a word at or before `end`, if it is near.
fn whole_word(text: &str, end: usize, most: usize) -> Option<usize> {
    if text[end..].starts_with(char::is_whitespace) {
        return Some(end);
    }
    text[..end]
        .char_indices()
        .rev()
        .take(most / 10)
        .find(|(_, c)| c.is_whitespace())
        .map(|(at, _)| at)
}

/// The last boundary between what people see as characters at or before `end`.
fn whole_character(text: &str, end: usize) -> Option<usize> {
    let mut cursor = GraphemeCursor::new(end, text.len(), true);
    if cursor.is_boundary(text, 0).ok()? {
        return Some(end);
    }
    cursor.prev_boundary(text, 0).ok()?.filter(|at| *at > 0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn o9_a_long_message_is_cut_between_words_and_what_is_left_out_is_counted() {
        let check = |text: &str, most, kept: &str, left_out| {
            let expected = Limited {
                text: kept,
                left_out,
            };
            assert_eq!(limit(text, most), expected, "{text:?} at {most}");
        };
        check("", 5, "", 0);
        check("hello", 5, "hello", 0);
        check("hello world", 5, "hello", 6);
        check("hello world", 0, "", 11);
        check(
            "the quick brown fox jumps over a dog",
            27,
            "the quick brown fox jumps",
            11,
        );
        check("twelve and more words", 10, "twelve and", 11);
        // A word longer than a tenth of the limit is cut.
        check("unbroken", 5, "unbro", 3);
        // Two flags: the second would be cut in the middle.
        check("🇷🇼🇰🇪", 3, "🇷🇼", 2);
        check("cafe\u{301}s", 4, "caf", 3);
        check("👩‍👩‍👧x", 3, "👩\u{200d}👩", 3);
        check("ééé", 2, "éé", 1);
    }

    #[test]
    fn o9_the_limit_of_a_message_is_2000_characters() {
        let most = "a".repeat(LONGEST_MESSAGE);
        assert_eq!(limit(&most, LONGEST_MESSAGE).left_out, 0);
        let more = format!("{most}b");
        assert_eq!(limit(&more, LONGEST_MESSAGE).text, most);
        assert_eq!(limit(&more, LONGEST_MESSAGE).left_out, 1);
    }

    proptest! {
        #[test]
        fn o9_what_is_kept_and_what_is_left_out_are_the_whole(text in "\\PC{0,80}", most in 0usize..90) {
            let limited = limit(&text, most);
            prop_assert!(text.starts_with(limited.text));
            prop_assert!(limited.text.chars().count() <= most);
            prop_assert_eq!(limited.text.chars().count() + limited.left_out, text.chars().count());
            if text.chars().count() <= most {
                prop_assert_eq!(limited.text, text.as_str());
            }
        }
    }
}
