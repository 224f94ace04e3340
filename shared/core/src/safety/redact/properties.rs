use std::borrow::Cow;

use proptest::prelude::*;

use super::{Own, redact};

/// Digits that end in the right check digit.
fn luhn(mut digits: String) -> String {
    digits.push('0');
    let last = digits.len() - 1;
    for check in '0'..='9' {
        digits.replace_range(last.., &check.to_string());
        let sum: u32 = digits
            .chars()
            .rev()
            .enumerate()
            .map(|(place, c)| {
                let value = c.to_digit(10).unwrap() * if place % 2 == 0 { 1 } else { 2 };
                value / 10 + value % 10
            })
            .sum();
        if sum.is_multiple_of(10) {
            return digits;
        }
    }
    unreachable!("one of ten digits fits")
}

fn separated(digits: &str, separators: &[String]) -> String {
    digits
        .chars()
        .zip(separators.iter().cycle())
        .enumerate()
        .map(|(place, (digit, separator))| match place {
            0 => digit.to_string(),
            _ => format!("{separator}{digit}"),
        })
        .collect()
}

fn digits_of(text: &str) -> String {
    text.chars().filter(char::is_ascii_digit).collect()
}

/// Text that is full of what the search looks for.
fn busy() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        3 => "[0-9]{1,19}",
        3 => "[ .,/:+()\n@#_-]{1,3}",
        1 => "[a-zA-Z]{1,6}",
        1 => prop::sample::select(vec![
            "call", "order", "RWF", "+250 788 123 456", "a@b.rw", "4111 1111 1111 1111",
            "https://", "wa.me/", "GB29NWBK60161331926819", "out_", "\u{200b}", "[phone]", "①",
            "1 1990 8 0012345 0 12", "2026-11-21", "passport",
        ]).prop_map(str::to_owned),
        1 => "\\PC{0,3}",
    ];
    prop::collection::vec(piece, 0..14).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn o10_redacting_again_changes_nothing(text in busy()) {
        let once = redact(&text, &Own::nothing()).text.into_owned();
        prop_assert_eq!(redact(&once, &Own::nothing()).text, once.as_str());
    }

    #[test]
    fn o10_redacting_again_changes_nothing_of_ones_own(text in busy()) {
        let own = Own::nothing().and_phone(&"+250788123456".parse().unwrap()).and_email("a@b.rw");
        let once = redact(&text, &own).text.into_owned();
        prop_assert_eq!(redact(&once, &own).text, once.as_str());
    }

    #[test]
    fn o10_any_text_is_redacted_and_grows_by_little(text in "\\PC{0,200}|(?s:.{0,100})") {
        let redacted = redact(&text, &Own::nothing());
        // The shortest address, a@b.rw, is a letter shorter than its marker.
        prop_assert!(redacted.text.len() <= text.len() + text.len() / 6);
    }

    #[test]
    fn o10_text_without_digits_or_at_is_untouched(
        text in "\\PC{0,200}".prop_filter("has a digit or an at", |text| {
            !text.chars().any(|c| c.is_numeric() || "@＠﹫".contains(c))
        })
    ) {
        let redacted = redact(&text, &Own::nothing());
        prop_assert!(matches!(redacted.text, Cow::Borrowed(_)));
        prop_assert_eq!(&redacted.text, text.as_str());
    }

    #[test]
    fn o10_no_card_of_a_known_network_survives(
        first in prop::sample::select(vec!["4", "51", "55", "34", "37", "6011", "62", "2221", "3528", "36", "50", "6521"]),
        rest in "[0-9]{18}",
        separators in prop::collection::vec("[ .,;:/|*_\\-\n\u{a0}\u{2013}\u{200b}()]{0,3}", 1..6),
        before in "(\\PC{0,10}[a-z]|2|12|) ",
        after in " ([a-z]\\PC{0,10}|2|12|)",
    ) {
        let length = match first { "34" | "37" => 15, "36" => 14, _ => 16 };
        let card = luhn(format!("{first}{rest}")[..length - 1].to_owned());
        let text = format!("{before}{}{after}", separated(&card, &separators));
        let redacted = redact(&text, &Own::nothing());
        prop_assert!(!digits_of(&redacted.text).contains(&card), "{text:?} became {redacted:?}");
        prop_assert!(!redacted.found.is_empty());
    }

    /// Unless a word such as "order" says what it is, which none that ends in zz does.
    #[test]
    fn o10_no_number_that_passes_luhn_survives(
        body in "[0-9]{12,18}",
        separators in prop::collection::vec("[ ./|*_\\-\u{a0}\u{2013}\u{200b}()]{0,3}", 1..6),
        before in "(\\PC{0,10}zz: |)",
        after in "(\\. \\PC{0,10}|)".prop_filter("goes on", |text| {
            !text.chars().take(7).any(char::is_numeric)
        }),
    ) {
        let card = luhn(body);
        let text = format!("{before}{}{after}", separated(&card, &separators));
        let redacted = redact(&text, &Own::nothing());
        prop_assert!(!digits_of(&redacted.text).contains(&card), "{text:?} became {redacted:?}");
    }
}
