use proptest::prelude::*;

use super::*;

#[track_caller]
fn check(text: &str, expect: &str) {
    assert_eq!(whatsapp(text), expect);
    assert_eq!(whatsapp(expect), expect, "made once more");
}

#[test]
fn w2_marks_within_a_line() {
    check("**Total:** 143", "*Total:* 143");
    check("a **b** c **d**", "a *b* c *d*");
    check("__so__ and ~~not~~", "_so_ and ~not~");
    check("***both***", "*_both_*");
    check("**a ~~b~~ `**c**`**", "*a ~b~ `**c**`*");
    // WhatsApp's own marks, and what is none.
    check(
        "*bold* _italics_ ~no~ `code`",
        "*bold* _italics_ ~no~ `code`",
    );
    check("2 ** 3 and 2**3", "2 ** 3 and 2**3");
    check("snake__case__name", "snake__case__name");
    check("**open", "**open");
    check("****", "****");
    check("**a ~~b** c~~", "**a ~~b** c~~");
    check("ABC-123, 5 * 3 = 15", "ABC-123, 5 * 3 = 15");
}

#[test]
fn w2_links_keep_their_words_and_say_where_they_lead() {
    check(
        "See [our shop](https://shop.example/a__b__).",
        "See our shop (https://shop.example/a__b__).",
    );
    check(
        "[https://a.example](https://a.example)",
        "https://a.example",
    );
    check(
        "![A box](https://a.example/b.png)",
        "A box (https://a.example/b.png)",
    );
    check(
        "[**Here**](https://a.example)",
        "*Here* (https://a.example)",
    );
    check("**[x](https://a.example)**", "*x (https://a.example)*");
    check("[1] and [a](b)", "[1] and [a](b)");
    check("[a](javascript:alert)", "[a](javascript:alert)");
}

#[test]
fn w2_headings_lists_and_tables_become_lines() {
    check(
        "# Stock\n\n## **By site** ##\ntext",
        "*Stock*\n\n*By site*\ntext",
    );
    check("#1 in sales", "#1 in sales");
    check(
        "* one\n  + **two**\n- three\n1. four",
        "- one\n  - *two*\n- three\n1. four",
    );
    check(
        "| Site | Units |\n|:-----|------:|\n| Kigali | **52** |",
        "- Site | Units\n- Kigali | *52*",
    );
    check("> a **quote**", "> a *quote*");
    check("a | b", "a | b");
}

#[test]
fn w2_code_stays_as_it_is() {
    check(
        "```rust\nlet a = **b;\n# no\n```\n**yes**",
        "```\nlet a = **b;\n# no\n```\n*yes*",
    );
    check("```a word\n**b**", "```a word\n**b**");
    check("```**a**``` **b**", "```**a**``` *b*");
    check("`a **b` c**", "`a **b` c**");
}

#[test]
fn w2_what_stands_before_an_open_mark_is_settled() {
    let check = |text: &str, expect: &str| assert_eq!(settled(text), expect);
    check("One. Two **th", "One. Two ");
    check("One **two** three.\nFour", "One **two** three.\nFour");
    check("A:\n```\nb\n", "A:\n");
    check("A:\n```\nb\n```\nC. D", "A:\n```\nb\n```\nC. D");
    check("| a | b", "");
    check("", "");
}

/// Text in which marks are where they hurt.
fn marked() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => "[a-z]{1,4}",
        2 => " {1,2}",
        3 => "[*_~`]{1,4}",
        2 => "\n{1,2}",
        1 => Just("# ".to_owned()),
        1 => Just("- ".to_owned()),
        1 => Just("* ".to_owned()),
        1 => Just("| ".to_owned()),
        1 => Just(" |\n".to_owned()),
        1 => Just("|--|--|\n".to_owned()),
        1 => Just("```\n".to_owned()),
        1 => Just("[".to_owned()),
        1 => Just("](https://x.example/a__b)".to_owned()),
        1 => Just("https://y.example/_c_".to_owned()),
        1 => Just("!".to_owned()),
        1 => "\\PC{1,2}",
    ];
    prop::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn w2_made_twice_is_made_once(text in marked()) {
        let once = whatsapp(&text);
        prop_assert_eq!(whatsapp(&once), once);
    }

    #[test]
    fn w2_no_word_is_lost(text in marked()) {
        let words = |text: &str| text.chars().filter(|c| c.is_alphanumeric()).collect::<String>();
        // A language is no word, and nor is a link that is its own words.
        prop_assume!(!text.contains("[https") && !text.contains("[]") && !text.contains("[ "));
        let made = whatsapp(&text);
        let languages = text.lines().any(|line| {
            let line = line.trim();
            line.starts_with("```") && line.len() > 3
        });
        prop_assume!(!languages);
        prop_assert_eq!(words(&made), words(&text));
    }

    /// What has left of an answer that is still being written stays what it was.
    #[test]
    fn w2_what_is_settled_stays(text in marked(), at in any::<prop::sample::Index>()) {
        let ends: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
        let so_far = settled(&text[..*at.get(&ends)]);
        let (begun, whole) = (whatsapp(so_far), whatsapp(&text));
        prop_assert!(whole.starts_with(begun.trim_end()), "{begun:?} of {whole:?}");
    }

    #[test]
    fn w2_nothing_makes_it_panic(text in "(\\PC|[*_~`#|!\\[\\]()\n -]){0,60}") {
        whatsapp(&text);
        settled(&text);
    }
}
