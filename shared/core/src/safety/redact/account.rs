//! Bank account numbers in international form: IBAN, ISO 13616.

use std::ops::Range;

use super::page::{Kind, Page};

/// Takes each IBAN, in one piece or in groups, whose check digits are right (ISO 7064 mod 97-10).
/// Countries aren't listed: a check that one in 97 texts passes is enough beside the shape.
pub(super) fn find(page: &mut Page<'_>) {
    let tokens = page.tokens(|c| c.is_ascii_alphanumeric());
    let mut taken = 0;
    for (first, token) in tokens.iter().enumerate() {
        if token.start < taken || !begins_account(&page.string(token.clone())) {
            continue;
        }
        if let Some(end) = longest(page, &tokens[first..]) {
            page.take(token.start..end, Kind::Account);
            taken = end;
        }
    }
}

/// Two letters and two check digits.
fn begins_account(token: &str) -> bool {
    matches!(token.as_bytes(), [a, b, c, d, ..]
        if a.is_ascii_alphabetic() && b.is_ascii_alphabetic()
            && c.is_ascii_digit() && d.is_ascii_digit())
}

/// The end of the longest account number that begins with the first of `tokens`.
fn longest(page: &Page<'_>, tokens: &[Range<usize>]) -> Option<usize> {
    let mut number = String::new();
    let mut end = None;
    let mut last: Option<usize> = None;
    for token in tokens {
        let is_next = last.is_none_or(|last| {
            token.start == last + 1 && matches!(page.at(last), Some(' ' | '-' | '.'))
        });
        number.push_str(&page.string(token.clone()));
        if !is_next || number.len() > 34 {
            break;
        }
        last = Some(token.end);
        let digits = number.bytes().filter(u8::is_ascii_digit).count();
        if number.len() >= 15 && digits >= 8 && passes_mod_97(&number) {
            end = last;
        }
    }
    end
}

fn passes_mod_97(number: &str) -> bool {
    let (front, rest) = number.split_at(4);
    let remainder = rest
        .chars()
        .chain(front.chars())
        .filter_map(|c| c.to_digit(36))
        .fold(0, |sum, value| {
            let shift = if value < 10 { 10 } else { 100 };
            (sum * shift + value) % 97
        });
    remainder == 1
}
