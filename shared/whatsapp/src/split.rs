//! Long texts in several messages.

use unicode_segmentation::UnicodeSegmentation;

/// `text` in parts of at most `limit` characters, cut where it hurts least: between paragraphs,
/// else between sentences or lines, else between words, else between characters as people see
/// them. White space at a cut is dropped and nothing else; a text that fits stays as it is, and a
/// blank one has no parts. A limit of 0 counts as 1.
pub fn split_text(text: &str, limit: usize) -> Vec<String> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some((end, _)) = rest.char_indices().nth(limit.max(1)) {
        let (part, after) = rest.split_at(best_cut(rest, end));
        push_unless_blank(&mut parts, part.trim_end());
        rest = after.trim_start();
    }
    push_unless_blank(&mut parts, rest);
    parts
}

fn push_unless_blank(parts: &mut Vec<String>, part: &str) {
    if !part.trim().is_empty() {
        parts.push(part.to_owned());
    }
}

/// Where to cut `text`, which goes on after `end`: a byte offset greater than 0, at most `end`.
fn best_cut(text: &str, end: usize) -> usize {
    let (mut paragraph, mut sentence, mut word) = (None, None, None);
    let mut before = None;
    for (at, here) in text.char_indices().take_while(|(at, _)| *at <= end) {
        let Some(last) = before.replace(here) else {
            continue;
        };
        if here.is_whitespace() && !last.is_whitespace() {
            match newlines(&text[at..]) {
                0 if ends_sentence(&text[..at]) => sentence = Some(at),
                0 => {}
                1 => sentence = Some(at),
                _ => paragraph = Some(at),
            }
            word = Some(at);
        } else if matches!(last, '。' | '！' | '？') {
            // These end a sentence without a space after them.
            sentence = Some(at);
            word = Some(at);
        }
    }
    // A part shorter than a third of what fits would be worse than a cut in a paragraph.
    let long_enough = |at: &usize| *at >= end / 3;
    paragraph
        .filter(long_enough)
        .or(sentence.filter(long_enough))
        .or(word)
        .or_else(|| grapheme(text, end))
        .unwrap_or(end)
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
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(text: &str, limit: usize, expect: &[&str]) {
        assert_eq!(split_text(text, limit), expect);
    }

    #[test]
    fn cuts_where_it_hurts_least() {
        check("", 10, &[]);
        check(" \n ", 2, &[]);
        check(" as it is ", 10, &[" as it is "]);
        check("One two.\n\nThree. Four", 18, &["One two.", "Three. Four"]);
        check("One two. Three four", 15, &["One two.", "Three four"]);
        check("One two\nthree four", 15, &["One two", "three four"]);
        check("(Yes!) “No?” maybe so", 14, &["(Yes!) “No?”", "maybe so"]);
        check("one two three", 9, &["one two", "three"]);
        check("one two three", 7, &["one two", "three"]);
        check("abcdefgh", 3, &["abc", "def", "gh"]);
        check("一二。三四五六", 5, &["一二。", "三四五六"]);
        check(
            "A. long words follow here",
            12,
            &["A. long", "words follow", "here"],
        );
        check("ab", 0, &["a", "b"]);
        check("😀😀😀", 2, &["😀😀", "😀"]);
        check("🇷🇼🇷🇼🇷🇼", 3, &["🇷🇼", "🇷🇼", "🇷🇼"]);
        check("ae\u{301}ae\u{301}", 5, &["ae\u{301}a", "e\u{301}"]);
        check("👨‍👩‍👧👨‍👩‍👧", 6, &["👨‍👩‍👧", "👨‍👩‍👧"]);
        // What does not fit as a whole is cut all the same.
        check("👨‍👩‍👧", 4, &["👨‍👩‍", "👧"]);
    }

    proptest! {
        #[test]
        fn w2_split_loses_only_white_space_and_keeps_the_limit(
            text in "([a-z]{0,12}|[ .!?\n\t]{0,3}|[é世😀。]{0,4}|\\PC{0,3}){0,40}",
            limit in 1_usize..40,
        ) {
            let parts = split_text(&text, limit);
            let dense = |text: &str| text.chars().filter(|c| !c.is_whitespace()).collect::<String>();
            prop_assert_eq!(dense(&parts.concat()), dense(&text));
            // Each part stands in the text as it is, and between parts there is white space only.
            let mut rest = text.as_str();
            for part in &parts {
                let at = rest.find(part.as_str()).expect("part of the text");
                prop_assert!(rest[..at].trim().is_empty());
                rest = &rest[at + part.len()..];
                prop_assert!(part.chars().count() <= limit && !part.trim().is_empty());
            }
            prop_assert!(rest.trim().is_empty());
        }
    }
}
