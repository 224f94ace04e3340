use proptest::prelude::*;

use super::*;
use crate::safety::{self, Moderated, Own};

/// The sentences that have ended, each after a bar.
fn check(text: &str, expect: &str) {
    let mut marked = text.to_owned();
    let ends: Vec<usize> = ends(text).collect();
    for end in ends.into_iter().rev() {
        marked.insert(end, '|');
    }
    assert_eq!(marked, expect);
}

#[test]
fn o6_a_sentence_has_ended_when_something_else_follows() {
    check("It is in.", "It is in.");
    check("It is there. ", "It is there. ");
    check("It is there. W", "It is there.| W");
    check("Really?! Yes! No", "Really?!| Yes!| No");
    check("He said \"there.\" Then", "He said \"there.\"| Then");
    check("Here:\n- a box\n- a bag", "Here:\n|- a box\n|- a bag");
    check("有库存。还有", "有库存。|还有");
    check("👍! ok", "👍!| ok");
}

#[test]
fn o6_what_only_looks_like_an_end_is_none() {
    for text in [
        "See e.g. the blue ones",
        "kivu.example.com is ours",
        "1. Boxes 2. Bags",
        "at 8 a.m. on Monday",
        "wait... and see",
        "It costs 45.000 RWF",
    ] {
        check(text, text);
    }
}

#[test]
fn o6_no_number_is_cut_in_two() {
    for text in [
        "Call 0788. 123 456 now",
        "Call 0788\n123 456 now",
        "Call 0788123456\nRWF",
        "Call 0788. +250",
        "Call 0788. (0)",
    ] {
        check(text, text);
    }
    check(
        "There are 143. They are blue",
        "There are 143.| They are blue",
    );
}

#[test]
fn o6_a_part_leaves_at_a_sentences_end_after_a_pause() {
    let at = |second: i64| Timestamp::from_second(1_000 + second).unwrap();
    let first = "We have a hundred and forty-three boxes of them in Kigali.";
    let second = "The shop there is open until the evening, and has the red ones, too.";
    let text = format!("{first} Come. {second} Bye");
    // All that has ended leaves at once.
    let all = first.len() + " Come. ".len() + second.len();
    assert_eq!(next(&text, 0, None, at(0)), Some(all));
    assert_eq!(
        next(&text[..first.len() + 2], 0, None, at(0)),
        Some(first.len())
    );
    // Nothing short, and nothing too soon.
    assert_eq!(
        next(&text[..first.len() + 8], first.len(), None, at(9)),
        None
    );
    assert_eq!(next(&text, first.len(), Some(at(0)), at(5)), None);
    assert_eq!(next(&text, first.len(), Some(at(0)), at(6)), Some(all));
    assert_eq!(next(&text, all, Some(at(0)), at(60)), None);
    assert_eq!(next("ä", 1, None, at(0)), None);
}

#[test]
fn o6_the_rest_is_what_has_not_left() {
    let whole = "One.\n\nTwo. Three.";
    assert_eq!(rest(whole, &[]), Some(whole));
    assert_eq!(rest(whole, &["One.", "Two."]), Some("Three."));
    assert_eq!(rest(whole, &["One.", "Two. Three."]), Some(""));
    assert_eq!(rest(whole, &["Two."]), None);
}

#[test]
fn o6_what_was_cut_off_ends_with_its_last_sentence() {
    for (text, whole) in [
        ("Yes. There are some in", "Yes."),
        ("He said \"no.\" And", "He said \"no.\""),
        ("Nothing at all", ""),
        ("First line\nsecond li", "First line"),
    ] {
        assert_eq!(whole_sentences(text), whole);
    }
}

/// Says a text as it comes in `pieces`, so many seconds apart, as a customer may read it.
fn said(pieces: &[String], seconds: &[u8]) -> Option<(Vec<String>, String)> {
    let own = Own::nothing();
    let mut now = Timestamp::from_second(1_000).unwrap();
    let (mut heard, mut left, mut last) = (String::new(), Vec::<String>::new(), None);
    for (piece, seconds) in pieces.iter().zip(seconds.iter().cycle()) {
        heard.push_str(piece);
        now += SignedDuration::from_secs(i64::from(*seconds));
        if is_too_soon(last, now) {
            continue;
        }
        let (Moderated::Passed(text) | Moderated::Changed { text, .. }) =
            safety::moderate(&heard, "", &own)
        else {
            continue;
        };
        let parts: Vec<&str> = left.iter().map(String::as_str).collect();
        let at = text.len() - rest(&text, &parts)?.len();
        if let Some(end) = next(&text, at, last, now) {
            assert!(last.is_none_or(|last| now.duration_since(last) >= PAUSE));
            let part = text[at..end].trim();
            assert!(part.chars().count() >= LEAST_OF_A_PART, "{part:?}");
            left.push(part.to_owned());
            last = Some(now);
        }
    }
    let (Moderated::Passed(text) | Moderated::Changed { text, .. }) =
        safety::moderate(&heard, "", &own)
    else {
        return Some((left, String::new()));
    };
    let parts: Vec<&str> = left.iter().map(String::as_str).collect();
    let rest = rest(&text, &parts)?.to_owned();
    let joined = parts.concat() + &rest;
    let bare = |text: &str| text.split_whitespace().collect::<String>();
    assert_eq!(bare(&joined), bare(&text));
    Some((left, rest))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, ..ProptestConfig::default() })]

    /// Whatever it says and however it comes: parts and rest are the whole, and what leaves early
    /// is what would have left late. Numbers of others above all.
    #[test]
    fn o6_parts_and_rest_are_the_whole(
        words in prop::collection::vec(
            prop_oneof![
                8 => "[a-zA-Zäß]{1,9}",
                2 => "[0-9]{1,12}",
                1 => Just("0722123456".to_owned()),
                1 => Just("+250 722 123 456".to_owned()),
                1 => Just("call me on".to_owned()),
                1 => Just("national id".to_owned()),
                1 => Just("RWF".to_owned()),
                1 => Just("GB82 WEST 1234 5698 7654 32".to_owned()),
                1 => Just("4111 1111 1111 1111".to_owned()),
                1 => Just("jean@example.com".to_owned()),
                1 => Just("👩‍👧 مرحبا 你好".to_owned()),
            ],
            0..40,
        ),
        between in prop::collection::vec(
            prop_oneof![
                6 => Just(" "), 3 => Just(". "), 1 => Just("! "), 1 => Just("\n"), 1 => Just(".\n"),
                1 => Just(".* "), 1 => Just("\" "),
                1 => Just(".) "), 1 => Just("。"), 1 => Just(", "), 1 => Just("? "), 1 => Just("-"),
            ],
            1..20,
        ),
        size in 2_usize..40,
        seconds in prop::collection::vec(0_u8..9, 1..5),
    ) {
        let between = between.iter().cycle();
        let text: String = words.iter().zip(between).flat_map(|(word, b)| [word.as_str(), b]).collect();
        let characters: Vec<char> = text.chars().collect();
        let pieces: Vec<String> = characters.chunks(size).map(|c| c.iter().collect()).collect();
        prop_assert!(said(&pieces, &seconds).is_some(), "what was said is taken back: {text:?}");
    }

    #[test]
    fn o6_any_text_is_cut_at_its_characters(text in "\\PC{0,200}", left in 0_usize..250) {
        let now = Timestamp::UNIX_EPOCH;
        if let Some(end) = next(&text, left, None, now) {
            prop_assert!(text.is_char_boundary(end) && end > left);
        }
        whole_sentences(&text);
    }
}
