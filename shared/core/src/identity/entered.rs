//! What a customer wrote, read as a code.

use super::{Code, MASK};
use crate::safety::readable;

/// A code has so many digits.
const DIGITS: usize = 6;

/// No message with more characters is a code.
const LONGEST: usize = 80;

/// Words that stand around a code and ask for nothing.
const AROUND: &[&str] = &[
    "a", "asante", "bonjour", "c'est", "code", "est", "hello", "here", "hi", "i", "is", "it",
    "it's", "its", "kodi", "la", "le", "merci", "mon", "murakoze", "my", "ok", "okay", "please",
    "got", "sms", "sir", "thank", "thanks", "the", "this", "voici", "yes", "you",
];

/// The six digits of a message that is a code and says nothing else: `123456`, `123 456`, `123-456`,
/// courtesies around it. A number in a sentence or behind a command is none.
pub(super) fn entered(text: &str) -> Option<String> {
    let readable = readable(text);
    if readable.chars().count() > LONGEST {
        return None;
    }
    let mut found: Option<String> = None;
    let mut half: Option<&str> = None;
    for word in readable.split([' ', '\n', ':']) {
        let word = word.trim_matches(|c: char| ".,;!?*_~`\"'()".contains(c));
        if word.is_empty() {
            continue;
        }
        let digits = match (half.take(), is_half(word)) {
            (Some(first), true) => Some(format!("{first}{word}")),
            (Some(_), false) => return None,
            (None, true) => {
                half = Some(word);
                continue;
            }
            (None, false) => whole(word),
        };
        match digits {
            Some(digits) if found.is_none() => found = Some(digits),
            None if AROUND.contains(&word) => {}
            _ => return None,
        }
    }
    found.filter(|_| half.is_none())
}

fn is_half(word: &str) -> bool {
    word.len() == DIGITS / 2 && word.bytes().all(|b| b.is_ascii_digit())
}

fn whole(word: &str) -> Option<String> {
    let digits = match word.split_once('-') {
        Some((first, second)) if is_half(first) && is_half(second) => format!("{first}{second}"),
        _ => word.to_owned(),
    };
    let is_code = digits.len() == DIGITS && digits.bytes().all(|b| b.is_ascii_digit());
    is_code.then_some(digits)
}

/// The text with [`MASK`] wherever the code is in it, in whatever script its digits are and however
/// they are grouped.
pub(super) fn masked(text: &str, code: &Code) -> String {
    let mut digits: Vec<(String, usize, usize)> = Vec::new();
    let mut found: Vec<(usize, usize)> = Vec::new();
    for (start, c) in text.char_indices() {
        let plain = readable(c.encode_utf8(&mut [0; 4]));
        match plain.as_str() {
            // What can't be seen, or parts groups.
            "" | " " | "-" => continue,
            digit if digit.bytes().all(|b| b.is_ascii_digit()) => {
                digits.push((plain, start, start + c.len_utf8()));
            }
            _ => digits.clear(),
        }
        let last = digits.len().saturating_sub(DIGITS);
        let window = &digits[last..];
        let said: String = window.iter().map(|(digit, ..)| digit.as_str()).collect();
        if let (true, Some((_, from, _)), Some((.., to))) =
            (code.is(&said), window.first(), window.last())
        {
            found.push((*from, *to));
            digits.clear();
        }
    }
    let mut masked = String::with_capacity(text.len());
    let mut at = 0;
    for (from, to) in found {
        masked.push_str(&text[at..from]);
        masked.push_str(MASK);
        at = to;
    }
    masked.push_str(&text[at..]);
    masked
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Secret, identity::Sealing};

    #[test]
    fn o10_what_is_a_code_and_what_is_not() {
        for text in [
            "123456",
            " 123456 ",
            "123 456",
            "123-456",
            "123\u{2011}456",
            "123\u{a0}456",
            "code 123 456",
            "My code is: 123456.",
            "*123456*",
            "code:123456",
            "It’s 123456, thanks!",
            "\u{2068}123456\u{2069}",
            "１２３４５６",
            "١٢٣٤٥٦",
            "Bonjour, le code est 123456 merci",
        ] {
            assert_eq!(entered(text).as_deref(), Some("123456"), "{text:?}");
        }
        for text in [
            "",
            "12345",
            "1234567",
            "1234 56",
            "12 34 56",
            "123456 654321",
            "123 456 789",
            "123",
            "stock ABC123",
            "stock 123456",
            "order 123456",
            "#123456",
            "123.456",
            "123456 RWF",
            "K-123456",
            "is 123456 my order?",
            "code",
            "the code please",
            "123 my 456",
            "-123456",
        ] {
            assert_eq!(entered(text), None, "{text:?}");
        }
        assert_eq!(entered(&format!("123456{}", " ok".repeat(40))), None);
    }

    #[test]
    fn o10_a_code_within_other_words_is_masked() {
        let (tenant, recipient) = ("acme".parse().unwrap(), "+250788000201".parse().unwrap());
        let sealing = Sealing {
            tenant: &tenant,
            thread: crate::ThreadId::derived("t"),
            challenge: crate::ChallengeId::derived("c"),
            recipient: &recipient,
        };
        let code = Code::made(&Secret::new("s".repeat(32)), &sealing);
        let digits = code.digits().to_owned();
        let (one, two) = digits.split_at(3);
        let wide: String = digits
            .chars()
            .map(|c| char::from_u32(u32::from(c) - u32::from('0') + 0xff10).unwrap())
            .collect();
        for (text, expect) in [
            (format!("is it {digits}?"), "is it [the code]?"),
            (format!("é {one} {two} ü"), "é [the code] ü"),
            (format!("{one}-{two}/{wide}"), "[the code]/[the code]"),
            (format!("0{digits}9"), "0[the code]9"),
            ("nothing é".to_owned(), "nothing é"),
            (format!("{one}a{two}"), ""),
        ] {
            let expect = if expect.is_empty() { &text } else { expect };
            assert_eq!(masked(&text, &code), *expect);
        }
    }
}
