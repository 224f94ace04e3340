//! Phone numbers.

use std::ops::Range;

use super::{
    Own,
    page::{Kind, Page, Run, span},
    words::{Context, context},
};

/// Mobile numbers of a country, known by their first digits.
struct Mobile {
    /// The country's calling code.
    country: &'static str,
    /// What the number begins with after the calling code.
    first: &'static [&'static str],
    /// The digits after the calling code.
    length: usize,
    /// Whether it is also written without anything before it.
    bare: Bare,
}

/// Whether nine digits without a 0 before them are a number.
#[derive(PartialEq, Eq)]
enum Bare {
    AtHome,
    No,
}

/// Numbers that are told without a `+`, by each country's numbering plan, from memory (the
/// ITU gathers the plans under E.164). With a `+` or 00 every country's are told.
#[rustfmt::skip]
const MOBILES: &[Mobile] = &[
    // Rwanda, and its neighbours.
    Mobile { country: "250", first: &["72", "73", "78", "79"], length: 9, bare: Bare::AtHome },
    Mobile { country: "254", first: &["7", "1"], length: 9, bare: Bare::No },
    Mobile { country: "255", first: &["6", "7"], length: 9, bare: Bare::No },
    Mobile { country: "256", first: &["7", "3"], length: 9, bare: Bare::No },
    Mobile { country: "257", first: &["6", "7"], length: 8, bare: Bare::No },
    Mobile { country: "243", first: &["8", "9"], length: 9, bare: Bare::No },
    // Elsewhere.
    Mobile { country: "234", first: &["7", "8", "9"], length: 10, bare: Bare::No },
    Mobile { country: "233", first: &["2", "5"], length: 9, bare: Bare::No },
    Mobile { country: "251", first: &["7", "9"], length: 9, bare: Bare::No },
    Mobile { country: "27", first: &["6", "7", "8"], length: 9, bare: Bare::No },
    Mobile { country: "91", first: &["6", "7", "8", "9"], length: 10, bare: Bare::No },
    Mobile { country: "971", first: &["5"], length: 9, bare: Bare::No },
    Mobile { country: "44", first: &["7"], length: 10, bare: Bare::No },
    Mobile { country: "33", first: &["6", "7"], length: 9, bare: Bare::No },
    Mobile { country: "32", first: &["4"], length: 9, bare: Bare::No },
    Mobile { country: "49", first: &["15", "16", "17"], length: 11, bare: Bare::No },
    Mobile { country: "49", first: &["15", "16", "17"], length: 10, bare: Bare::No },
    Mobile { country: "86", first: &["1"], length: 11, bare: Bare::No },
];

/// E.164 allows 15; 00 or a bracketed 0 may come before.
const MOST_DIGITS: usize = 18;

/// Keeps the addressee's own numbers.
pub(super) fn keep_own(page: &mut Page<'_>, own: &Own) {
    for run in page.runs() {
        for part in run.parts(page, divides_a_phone) {
            for window in part.windows(MOST_DIGITS) {
                if own.has_phone(&page.digits(window))
                    && let Some(place) = span(window)
                {
                    page.keep(place);
                }
            }
        }
    }
}

/// Takes each phone number.
pub(super) fn find(page: &mut Page<'_>) {
    for run in page.runs() {
        for part in run.parts(page, divides_a_phone) {
            let mut first = 0;
            while first < part.groups.len() {
                match longest(page, &part, first) {
                    Some((count, place)) => {
                        page.take(place, Kind::Phone);
                        first += count;
                    }
                    None => first += 1,
                }
            }
        }
    }
}

/// The whole of the phone number at `place`, if it says itself that it is one: by a `+`, by 00, or as
/// a mobile number with its calling code.
pub(super) fn marked(page: &Page<'_>, place: &Range<usize>) -> Option<Range<usize>> {
    let digits: String = page.string(place.clone());
    let digits: String = digits.chars().filter(char::is_ascii_digit).collect();
    let is_marked = has_plus(page, place.start) && is_international(&digits)
        || digits.strip_prefix("00").is_some_and(is_international)
        || is_mobile(&digits, std::slice::from_ref(place));
    is_marked.then(|| whole(page, place.clone()))
}

fn divides_a_phone(c: char) -> bool {
    matches!(
        c,
        ' ' | '-' | '.' | '/' | '(' | ')' | '[' | ']' | '~' | '\u{b7}' | '+'
    )
}

/// How many groups from the `first` on are one number, and where; the surest, then the longest.
fn longest(page: &Page<'_>, part: &Run, first: usize) -> Option<(usize, Range<usize>)> {
    if !may_begin(page, part, first) {
        return None;
    }
    let mut digits = 0;
    (1..=part.groups.len() - first)
        .take_while(|count| {
            digits += part.groups[first + count - 1].len();
            digits <= MOST_DIGITS
        })
        .filter(|count| may_end(page, part, first + count - 1))
        .filter_map(|count| {
            let groups = &part.groups[first..first + count];
            let certainty = is_phone(page, groups)?;
            Some((certainty, count, whole(page, span(groups)?)))
        })
        .max_by_key(|(certainty, count, _)| (*certainty, *count))
        .map(|(_, count, place)| (count, place))
}

/// With the plus sign or bracket that it begins with.
fn whole(page: &Page<'_>, place: Range<usize>) -> Range<usize> {
    let is_closed = |place: &Range<usize>| page.string(place.clone()).contains(')');
    let mut start = place.start;
    while let Some(at) = start.checked_sub(1) {
        match page.open(at) {
            Some('+') => start = at,
            Some('(') if is_closed(&place) => start = at,
            Some(' ') if page.before(at) == Some('+') => start = at,
            _ => break,
        }
    }
    start..place.end
}

/// Whether a number may begin with this group: it isn't the rest of a decimal, a part's number or
/// another number.
fn may_begin(page: &Page<'_>, part: &Run, first: usize) -> bool {
    let start = part.groups[first].start;
    if let Some(left) = first.checked_sub(1).and_then(|left| part.groups.get(left)) {
        return is_division(page, left, &part.groups[first]);
    }
    if page.is_linked(start) {
        return is_phone_link(page, start);
    }
    match page.before(start) {
        Some('_' | '#') => false,
        Some(c) if c.is_alphanumeric() => context(page, start, start) == Context::Phone,
        Some('-' | '/') => {
            !page.before(start - 1).is_some_and(char::is_alphanumeric)
                || context(page, start, start) == Context::Phone
        }
        Some(',' | '.') => !page.before(start - 1).is_some_and(|c| c.is_ascii_digit()),
        _ => true,
    }
}

fn may_end(page: &Page<'_>, part: &Run, last: usize) -> bool {
    let group = &part.groups[last];
    match part.groups.get(last + 1) {
        Some(right) => is_division(page, group, right),
        None => match page.at(group.end) {
            Some('_') => false,
            // Letters may follow only what is a phone beyond doubt.
            Some(c) if c.is_alphanumeric() => has_plus(page, part.groups[0].start),
            _ => true,
        },
    }
}

/// Whether two groups may belong to two numbers.
fn is_division(page: &Page<'_>, left: &Range<usize>, right: &Range<usize>) -> bool {
    let gap = page.string(left.end..right.start);
    gap.contains([' ', '/', '+']) || left.len() >= 7 && right.len() >= 7
}

fn has_plus(page: &Page<'_>, start: usize) -> bool {
    (0..=3)
        .filter_map(|back| page.before(start.checked_sub(back)?))
        .take_while(|c| matches!(c, '+' | '(' | ' '))
        .any(|c| c == '+')
}

/// `wa.me/250…`, `…?phone=250…`: a link that is a phone number.
fn is_phone_link(page: &Page<'_>, start: usize) -> bool {
    let before = page.word(start.saturating_sub(16)..start);
    let before = before.trim_end_matches('+');
    [
        "wa.me/",
        "phone=",
        "tel:",
        "tel://",
        "sms:",
        "viber.com/",
        "t.me/",
    ]
    .iter()
    .any(|link| before.ends_with(link))
}

/// How sure it is that the groups are a phone number.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Certainty {
    Likely,
    Sure,
}

fn is_phone(page: &Page<'_>, groups: &[Range<usize>]) -> Option<Certainty> {
    use Certainty::{Likely, Sure};

    let place = span(groups)?;
    let digits = without_trunk(page, groups);
    if page.is_linked(place.start) {
        return (7..=15).contains(&digits.len()).then_some(Sure);
    }
    if has_plus(page, place.start) {
        return is_international(&digits).then_some(Sure);
    }
    match context(page, place.start, place.end) {
        Context::Reference | Context::Amount | Context::Id => None,
        _ if digits.strip_prefix("00").is_some_and(is_international) => Some(Sure),
        _ if is_mobile(&digits, groups) => Some(Sure),
        _ if is_local(&digits, groups) || is_north_american(&digits, groups) => Some(Likely),
        Context::Phone if (7..=15).contains(&digits.len()) => Some(Likely),
        _ => None,
    }
}

/// The digits, without the 0 in "+250 (0) 788 123 456".
fn without_trunk(page: &Page<'_>, groups: &[Range<usize>]) -> String {
    groups
        .iter()
        .filter(|group| {
            !(page.string((*group).clone()) == "0"
                && page.before(group.start) == Some('(')
                && page.at(group.end) == Some(')'))
        })
        .flat_map(|group| page.string(group.clone()).chars().collect::<Vec<_>>())
        .collect()
}

/// Digits after a `+` or 00: a calling code and a number of a length that exists.
fn is_international(digits: &str) -> bool {
    match digits.as_bytes() {
        [b'0', ..] | [] => false,
        // The North American plan, and Russia's.
        [b'1' | b'7', ..] => digits.len() == 11,
        // Three-digit codes of East Africa, whose numbers all have that length.
        [b'2', b'5', b'0' | b'4'..=b'6', ..] => digits.len() == 12,
        _ => (9..=15).contains(&digits.len()),
    }
}

/// A mobile number of a country that is known, with its calling code, 0, or neither at home.
fn is_mobile(digits: &str, groups: &[Range<usize>]) -> bool {
    MOBILES.iter().any(|mobile| {
        let is_national = |number: &str| {
            number.len() == mobile.length
                && mobile.first.iter().any(|first| number.starts_with(first))
        };
        let is_bare = mobile.bare == Bare::AtHome
            && is_national(digits)
            && (groups.len() == 1 || groups.iter().all(|group| group.len() == 3));
        let is_dialled = |before: &str| digits.strip_prefix(before).is_some_and(is_national);
        is_bare || is_dialled(mobile.country) || is_dialled("0")
    })
}

/// 0, an area and a number, nine to eleven digits in all.
fn is_local(digits: &str, groups: &[Range<usize>]) -> bool {
    matches!(digits.as_bytes(), [b'0', b'1'..=b'9', ..])
        && (9..=11).contains(&digits.len())
        && groups.first().is_some_and(|group| group.len() >= 2)
}

/// `415-555-2671` in its three groups, or eleven digits from 1 on.
fn is_north_american(digits: &str, groups: &[Range<usize>]) -> bool {
    let (number, is_grouped) = match digits.strip_prefix('1') {
        Some(number) if digits.len() == 11 => (number, true),
        _ => (digits, groups.iter().map(Range::len).eq([3, 3, 4])),
    };
    let is_code = |at: usize| {
        number
            .as_bytes()
            .get(at)
            .is_some_and(|b| matches!(b, b'2'..=b'9'))
    };
    is_grouped && number.len() == 10 && is_code(0) && is_code(3)
}
