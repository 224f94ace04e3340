//! Payment card numbers: 13 to 19 digits that pass the Luhn check (ISO/IEC 7812-1).

use std::ops::Range;

use super::{
    page::{Kind, Page, span},
    phone,
    words::{Context, context},
};

/// First digits of a card number and how many digits it has in all.
struct Issuer {
    first: Range<u32>,
    lengths: &'static [usize],
}

/// The ranges that payment networks issue from, by their first four digits. Written from memory
/// and wider than the networks' own lists where in doubt; ranges are only ever added.
const ISSUERS: &[Issuer] = &[
    // Mir and Mastercard.
    Issuer {
        first: 2200..2205,
        lengths: &[16, 17, 18, 19],
    },
    Issuer {
        first: 2221..2721,
        lengths: &[16],
    },
    // Diners Club, Discover's share of it, and American Express.
    Issuer {
        first: 3000..3060,
        lengths: &[14, 16, 19],
    },
    Issuer {
        first: 3095..3096,
        lengths: &[14, 16, 19],
    },
    Issuer {
        first: 3400..3500,
        lengths: &[15],
    },
    Issuer {
        first: 3528..3590,
        lengths: &[16, 17, 18, 19],
    },
    Issuer {
        first: 3600..3700,
        lengths: &[14, 16, 19],
    },
    Issuer {
        first: 3700..3800,
        lengths: &[15],
    },
    Issuer {
        first: 3800..4000,
        lengths: &[14, 16, 19],
    },
    // Visa.
    Issuer {
        first: 4000..5000,
        lengths: &[13, 16, 18, 19],
    },
    // Mastercard, Maestro, Verve, Discover, UnionPay, RuPay.
    Issuer {
        first: 5100..5600,
        lengths: &[16],
    },
    Issuer {
        first: 5000..5100,
        lengths: &[13, 14, 15, 16, 17, 18, 19],
    },
    Issuer {
        first: 5600..7000,
        lengths: &[13, 14, 15, 16, 17, 18, 19],
    },
    Issuer {
        first: 8100..8300,
        lengths: &[16, 17, 18, 19],
    },
];

const MOST_DIGITS: usize = 19;

/// Takes each card number. One from a known network is found whatever divides its digits and
/// whatever numbers stand beside it, but for lists of round amounts. Other numbers that pass the
/// check are taken if they stand alone or in groups of four and no word before calls them an order
/// or the like, for one in ten lists of prices passes too.
pub(super) fn find(page: &mut Page<'_>) {
    let mut cards: Vec<Range<usize>> = Vec::new();
    for run in page.runs() {
        for window in run.windows(MOST_DIGITS) {
            let digits = page.digits(window);
            if is_issued(&digits) && passes_luhn(&digits) && !is_amounts(page, window) {
                cards.extend(span(window));
            }
        }
        for part in run.parts(page, divides_a_number) {
            let whole = part.groups.as_slice();
            let alone = part.groups.iter().map(std::slice::from_ref);
            let in_fours = part
                .windows(MOST_DIGITS)
                .filter(|window| is_in_fours(window));
            for window in std::iter::once(whole).chain(alone).chain(in_fours) {
                let Some(place) = span(window) else { continue };
                if stands_apart(page, &place) && passes_luhn(&page.digits(window)) {
                    cards.push(place);
                }
            }
        }
    }
    for card in joined(cards) {
        // One in ten long phone numbers passes the check too.
        match phone::marked(page, &card) {
            Some(phone) => page.take(phone, Kind::Phone),
            None => page.take(card, Kind::Card),
        }
    }
}

/// Whether 13 to 19 `digits` end in the right check digit.
pub(super) fn passes_luhn(digits: &str) -> bool {
    let sum: u32 = digits
        .bytes()
        .rev()
        .enumerate()
        .map(|(place, digit)| {
            let digit = u32::from(digit.saturating_sub(b'0'));
            match (place % 2, digit) {
                (0, _) => digit,
                (_, 0..=4) => digit * 2,
                _ => digit * 2 - 9,
            }
        })
        .sum();
    (13..=MOST_DIGITS).contains(&digits.len()) && sum.is_multiple_of(10)
}

fn is_issued(digits: &str) -> bool {
    digits
        .get(..4)
        .and_then(|first| first.parse().ok())
        .is_some_and(|first: u32| {
            ISSUERS.iter().any(|issuer| {
                issuer.first.contains(&first) && issuer.lengths.contains(&digits.len())
            })
        })
}

/// What people put between the digits of one number, other than what ends an item of a list.
fn divides_a_number(c: char) -> bool {
    !matches!(c, '\n' | ',' | ';' | ':')
}

fn is_in_fours(window: &[Range<usize>]) -> bool {
    match window {
        [fours @ .., last] => fours.iter().all(|group| group.len() == 4) && last.len() <= 4,
        [] => false,
    }
}

/// Whether it is a list of round amounts, such as "50 000, 12 500, 4000".
fn is_amounts(page: &Page<'_>, window: &[Range<usize>]) -> bool {
    let divides_items = |left: &Range<usize>, right: &Range<usize>| {
        page.string(left.end..right.start)
            .contains([',', ';', '\n'])
    };
    let items: Vec<String> = window
        .chunk_by(|left, right| !divides_items(left, right))
        .map(|item| page.digits(item))
        .collect();
    items.len() > 1 && items.iter().all(|item| item.ends_with("00"))
}

/// Neither a reference ("order", "TXN-") nor glued to letters, as in a part's number, nor in a link.
fn stands_apart(page: &Page<'_>, place: &Range<usize>) -> bool {
    let is_glue = |c: char| c.is_alphanumeric() || c == '_';
    let is_part = match page.before(place.start) {
        Some('-' | '/') => page
            .before(place.start - 1)
            .is_some_and(char::is_alphabetic),
        _ => false,
    };
    !is_part
        && context(page, place.start, place.end) != Context::Reference
        && !page.before(place.start).is_some_and(is_glue)
        && !page.at(place.end).is_some_and(is_glue)
        && !page.is_linked(place.start)
}

/// Where numbers that pass overlap, the real one can't be told: all of it goes.
fn joined(mut places: Vec<Range<usize>>) -> Vec<Range<usize>> {
    places.sort_by_key(|place| place.start);
    let mut joined: Vec<Range<usize>> = Vec::new();
    for place in places {
        match joined.last_mut() {
            Some(last) if place.start < last.end => last.end = last.end.max(place.end),
            _ => joined.push(place),
        }
    }
    joined
}
