use proptest::prelude::*;

use super::*;

#[track_caller]
fn check(text: &str, limit: usize, expect: &[&str]) {
    assert_eq!(split(text, limit), expect);
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

#[test]
fn w2_what_is_marked_stays_in_one_message() {
    check(
        "One two. *Three four. Five six.* Seven",
        31,
        &["One two.", "*Three four. Five six.* Seven"],
    );
    check("a _b c_ d", 5, &["a", "_b c_", "d"]);
    check("run `cargo test` now", 11, &["run", "`cargo", "test` now"]);
    check("run `cargo test` now", 12, &["run", "`cargo test`", "now"]);
    // A star that begins nothing holds nothing together.
    check("2 * 3 = 6, 4 * 5 = 20", 12, &["2 * 3 = 6, 4", "* 5 = 20"]);
    check(
        "snake_case and more_of_it here",
        15,
        &["snake_case and", "more_of_it here"],
    );
    check(
        "See https://kivu.example/a/b. Then go",
        30,
        &["See https://kivu.example/a/b.", "Then go"],
    );
    check(
        "Do this:\n```\na b\nc d\n```\nDone.",
        20,
        &["Do this:", "```\na b\nc d\n```", "Done."],
    );
    // What is never closed is no block.
    check("```\nab cd\nef gh", 12, &["```\nab cd", "ef gh"]);
}

#[test]
fn w2_a_long_block_of_code_is_closed_and_opened_anew() {
    let line = |n: usize| format!("    line {n:02} of it;\n");
    let code: String = (0..20).map(line).collect();
    let text = format!("Here it is:\n\n```\n{code}```\n\nThat is all.");
    let parts = split(&text, 120);
    assert_eq!(parts.first().map(String::as_str), Some("Here it is:"));
    assert!(parts.len() > 3, "{parts:#?}");
    let mut lines = String::new();
    for block in &parts[1..] {
        assert!(block.chars().count() <= 120, "{block}");
        let block = block.strip_suffix("\n\nThat is all.").unwrap_or(block);
        let inner = block.strip_prefix("```\n").unwrap();
        let inner = inner.strip_suffix("\n```").unwrap();
        assert!(!inner.is_empty() && !inner.contains("```"), "{block}");
        lines.push_str(inner);
        lines.push('\n');
    }
    assert_eq!(lines, code);
    assert!(
        parts
            .last()
            .is_some_and(|last| last.ends_with("That is all."))
    );
}

#[test]
fn w2_no_more_than_so_many_messages_leave_and_the_last_says_so() {
    let sentence = "This is one of very many sentences that nobody would read to their end. ";
    let text = sentence.repeat(400);
    let parts = messages(&text, MOST_MESSAGES);
    assert_eq!(parts.len(), MOST_MESSAGES);
    assert!(
        parts
            .iter()
            .all(|part| part.chars().count() <= MOST_CHARACTERS)
    );
    let (last, before) = parts.split_last().unwrap();
    let kept = last.strip_suffix(LEFT_OUT).unwrap().trim_end();
    assert!(text.starts_with(&[before, &[kept.to_owned()]].concat().join(" ")));
    assert!(kept.ends_with("end."), "{kept}");
    // What fits is whole.
    assert_eq!(messages(sentence, 1), [sentence]);
    assert_eq!(messages(&text, 0).len(), 1);
    let within = sentence.repeat(100);
    let parts = messages(&within, MOST_MESSAGES);
    assert!(parts.len() > 1);
    assert_eq!(parts.join(" ").trim_end(), within.trim_end());
}

#[test]
fn w2_the_first_message_is_the_beginning_of_the_text() {
    assert_eq!(first("short"), Some("short"));
    let text = "One of many sentences. ".repeat(100);
    let begins = first(&text).unwrap();
    assert!(text.starts_with(begins) && begins.ends_with("sentences."));
    assert!(begins.chars().count() <= MOST_CHARACTERS);
    let code = format!("```\n{}```", "a line\n".repeat(400));
    assert_eq!(first(&code), None);
}

proptest! {
    #[test]
    fn w2_whatever_is_written_is_cut_to_its_limit_and_ends(
        text in "([a-z]{0,9}|[ .\n]{0,3}|```|\n```\n|[*_~`]{1,2}|\\PC{0,3}){0,60}",
        limit in 1_usize..90,
    ) {
        let parts = split(&text, limit);
        for part in &parts {
            prop_assert!(part.chars().count() <= limit && !part.trim().is_empty());
        }
        // Words are neither lost nor said twice, whatever becomes of the marks.
        let words = |text: &str| {
            text.chars().filter(|c| !c.is_whitespace() && *c != '`').collect::<String>()
        };
        prop_assert_eq!(words(&parts.concat()), words(&text));
    }

    #[test]
    fn w2_split_loses_only_white_space_and_keeps_the_limit(
        text in "([a-z]{0,12}|[ .!?\n\t]{0,3}|[é世😀。]{0,4}|\\PC{0,3}){0,40}",
        limit in 1_usize..40,
    ) {
        let parts = split(&text, limit);
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
