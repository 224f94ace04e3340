//! National identity numbers and passports.

use std::ops::Range;

use super::{
    card::passes_luhn,
    page::{Kind, Page, span},
    words::{Context, context},
};

/// A kind of id that is told by its digits alone.
struct Numeric {
    /// How many digits it has.
    length: usize,
    /// The groups it must be written in; none if they don't matter.
    groups: &'static [usize],
    /// What else must hold.
    is_one: fn(&str) -> bool,
}

/// A new country is a line here, most certain first. One whose ids are any eight digits (Kenya) or
/// eleven (Nigeria) is not: those are told by the words before them. What names no source was
/// written from memory and is to be checked before it is relied on.
const NUMERIC: &[Numeric] = &[
    // Rwanda: status (1 citizen, 2 refugee, 3 foreigner), year of birth, 8 man or 7 woman, seven
    // digits by order of registration, issues, two check digits by a rule that NIDA keeps to
    // itself. Source: KT Press, "Why are Rwandans getting multiple national ID numbers", 2025.
    Numeric {
        length: 16,
        groups: &[],
        is_one: |d| {
            matches!(d.as_bytes()[0], b'1'..=b'3')
                && is_year(&d[1..5])
                && matches!(d.as_bytes()[5], b'7' | b'8')
        },
    },
    // Tanzania: NIDA's date of birth, ward, order, check: 19900101-12345-00001-23.
    Numeric {
        length: 20,
        groups: &[],
        is_one: |d| is_year(&d[..4]) && is_month(&d[4..6]) && is_day(&d[6..8]),
    },
    // South Africa: date of birth, order, 0 to 2 for citizenship, a digit, Luhn check digit.
    Numeric {
        length: 13,
        groups: &[],
        is_one: |d| {
            is_month(&d[2..4])
                && is_day(&d[4..6])
                && matches!(d.as_bytes()[10], b'0'..=b'2')
                && passes_luhn(d)
        },
    },
    // France: NIR, sex, year, month, place, order, and 97 less the remainder by 97 (INSEE).
    Numeric {
        length: 15,
        groups: &[],
        is_one: |d| {
            let number = |digits: &str| digits.parse::<u64>().unwrap_or_default();
            matches!(d.as_bytes()[0], b'1' | b'2') && 97 - number(&d[..13]) % 97 == number(&d[13..])
        },
    },
    // United States: SSN, whose area is neither 000, 666 nor from 900 on (SSA). Only as it is
    // printed, for nine digits can be anything.
    Numeric {
        length: 9,
        groups: &[3, 2, 4],
        is_one: |d| {
            !matches!(&d[..3], "000" | "666")
                && !d.starts_with('9')
                && &d[3..5] != "00"
                && &d[5..] != "0000"
        },
    },
];

/// The longest of them.
const MOST_DIGITS: usize = 20;

/// Takes each id that is told by its shape, and each number that the words before it call an id.
pub(super) fn find(page: &mut Page<'_>) {
    for run in page.runs() {
        let mut taken = 0;
        for part in run.parts(page, |c| matches!(c, ' ' | '-' | '.' | '/')) {
            for window in part.windows(MOST_DIGITS) {
                let Some(place) = span(window) else { continue };
                if place.start >= taken && stands_apart(page, &place) && is_numeric(page, window) {
                    taken = place.end;
                    page.take(place, Kind::Id);
                }
            }
        }
    }
    for token in page.tokens(|c| c.is_ascii_alphanumeric()) {
        let text = page.string(token.clone());
        let digits = text.bytes().filter(u8::is_ascii_digit).count();
        let is_called_id = || {
            digits >= 5
                && (6..=20).contains(&text.len())
                && context(page, token.start, token.end) == Context::Id
        };
        if is_ugandan(&text) || is_called_id() {
            page.take(token, Kind::Id);
        }
    }
}

fn is_numeric(page: &Page<'_>, window: &[Range<usize>]) -> bool {
    let digits = page.digits(window);
    NUMERIC.iter().any(|id| {
        digits.len() == id.length
            && (id.groups.is_empty() || window.iter().map(Range::len).eq(id.groups.iter().copied()))
            && (id.is_one)(&digits)
    })
}

/// Uganda: NIN, C (citizen) or another status, M or F, year of birth, ten letters and digits, with
/// at least five digits among them, as a word has not. From memory.
fn is_ugandan(token: &str) -> bool {
    let bytes = token.as_bytes();
    bytes.len() == 14
        && matches!(bytes[..2], [b'C' | b'A' | b'P' | b'R', b'M' | b'F'])
        && bytes[2..4].iter().all(u8::is_ascii_digit)
        && bytes[4..]
            .iter()
            .all(|b| b.is_ascii_digit() || b.is_ascii_uppercase())
        && bytes.iter().filter(|b| b.is_ascii_digit()).count() >= 7
}

fn stands_apart(page: &Page<'_>, place: &Range<usize>) -> bool {
    let is_glue = |c: char| c.is_alphanumeric() || c == '_';
    !page.before(place.start).is_some_and(is_glue)
        && !page.at(place.end).is_some_and(is_glue)
        && !page.is_linked(place.start)
}

fn is_year(digits: &str) -> bool {
    digits.starts_with("19") || digits.starts_with("20")
}

fn is_month(digits: &str) -> bool {
    ("01"..="12").contains(&digits)
}

fn is_day(digits: &str) -> bool {
    ("01"..="31").contains(&digits)
}
