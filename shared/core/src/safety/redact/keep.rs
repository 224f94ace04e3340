//! What looks like personal data and is none: our ids, hashes, dates, links.

use std::ops::Range;

use super::page::{Page, Run};

/// Marks references, dates and links, so that no number is seen in them.
pub(super) fn references(page: &mut Page<'_>) {
    for token in page.tokens(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_')) {
        if is_machine_made(&page.string(token.clone())) {
            page.keep(token);
        }
    }
    for run in page.runs() {
        for place in dates(page, &run) {
            page.keep(place);
        }
    }
    // A link may end in a bracket or comma of the sentence around it.
    let is_link_part = |c: char| !c.is_whitespace() && !"<>()[]{}\"',;|".contains(c);
    for token in page.tokens(is_link_part) {
        if is_link(&page.word(token.clone())) {
            page.link(token);
        }
    }
}

/// A UUID, one of our ids (`out_…`, `th_…`), or a hash.
fn is_machine_made(token: &str) -> bool {
    let is_hex = |text: &str| text.bytes().all(|b| b.is_ascii_hexdigit());
    let is_uuid = || {
        let lengths: Vec<usize> = token.split('-').map(str::len).collect();
        lengths == [8, 4, 4, 4, 12] && token.split('-').all(is_hex)
    };
    let is_id = || {
        token
            .rsplit_once('_')
            .is_some_and(|(prefix, hex)| !prefix.is_empty() && hex.len() == 32 && is_hex(hex))
    };
    let is_hash = || {
        matches!(token.len(), 32 | 40 | 64)
            && is_hex(token)
            && token.bytes().any(|b| b.is_ascii_alphabetic())
    };
    is_uuid() || is_id() || is_hash()
}

/// `2026-11-21`, `21/11/2026`, `21.11.2026`: only with the whole year, or any six digits would do.
fn dates(page: &Page<'_>, run: &Run) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut first = 0;
    while let Some([left, middle, right]) = run.groups.get(first..first + 3) {
        let before = first.checked_sub(1).and_then(|at| run.groups.get(at));
        let separator = separator(page, left, middle);
        let goes_on =
            |left: Option<&Range<usize>>, right: Option<&Range<usize>>| match (left, right) {
                (Some(left), Some(right)) => self::separator(page, left, right) == separator,
                _ => false,
            };
        let is_whole = matches!(separator, Some('-' | '/' | '.'))
            && goes_on(Some(middle), Some(right))
            && !goes_on(before, Some(left))
            && !goes_on(Some(right), run.groups.get(first + 3));
        let pieces = [left, middle, right].map(|group| page.string(group.clone()));
        if is_whole && is_date(&pieces) {
            found.push(left.start..right.end);
            first += 3;
        } else {
            first += 1;
        }
    }
    found
}

/// The one character between two groups.
fn separator(page: &Page<'_>, left: &Range<usize>, right: &Range<usize>) -> Option<char> {
    (left.end + 1 == right.start)
        .then(|| page.at(left.end))
        .flatten()
}

/// Year first or last, and day and month in either order.
fn is_date(pieces: &[String; 3]) -> bool {
    let number = |piece: &String| piece.parse::<u32>().unwrap_or_default();
    let is_year = |piece: &String| piece.len() == 4 && (1900..2100).contains(&number(piece));
    let is_day_and_month = |one: &String, other: &String| {
        let (least, most) = (
            number(one).min(number(other)),
            number(one).max(number(other)),
        );
        one.len() <= 2 && other.len() <= 2 && (1..=12).contains(&least) && most <= 31
    };
    let [first, middle, last] = pieces;
    is_year(first) && is_day_and_month(middle, last)
        || is_year(last) && is_day_and_month(first, middle)
}

/// `https://…`, `www.…`, or `shop.rw/…`.
fn is_link(token: &str) -> bool {
    token.contains("://")
        || token.starts_with("www.")
        || token.split_once('/').is_some_and(|(host, _)| {
            host.rsplit_once('.').is_some_and(|(name, top)| {
                !name.is_empty() && top.len() >= 2 && top.bytes().all(|b| b.is_ascii_lowercase())
            })
        })
}
