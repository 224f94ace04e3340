//! E-mail addresses.

use super::{
    Own,
    page::{Kind, Page},
};

/// Takes each `name@host.domain`, in a link too, except the addressee's own.
pub(super) fn find(page: &mut Page<'_>, own: &Own) {
    let signs: Vec<usize> = (0..page.glyphs.len())
        .filter(|at| page.at(*at) == Some('@'))
        .collect();
    for sign in signs {
        let mut start = sign;
        while start > 0 && page.open(start - 1).is_some_and(is_name) {
            start -= 1;
        }
        while start < sign && page.at(start).is_some_and(|c| !c.is_alphanumeric()) {
            start += 1;
        }
        let mut end = sign + 1;
        while page.open(end).is_some_and(is_host) {
            end += 1;
        }
        // A full stop after the address ends the sentence.
        while end > sign && page.at(end - 1).is_some_and(|c| !c.is_alphanumeric()) {
            end -= 1;
        }
        if start == sign || end <= sign || !is_domain(&page.string(sign + 1..end)) {
            continue;
        }
        if own.has_email(&page.string(start..end).to_lowercase()) {
            page.keep(start..end);
        } else {
            page.take(start..end, Kind::Email);
        }
    }
}

fn is_name(c: char) -> bool {
    c.is_alphanumeric() || ".!#$%&'*+-/=?^_`{|}~".contains(c) && !"/=?&".contains(c)
}

fn is_host(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '.' | '-')
}

fn is_domain(host: &str) -> bool {
    host.rsplit_once('.').is_some_and(|(rest, top)| {
        !rest.is_empty()
            && !host.contains("..")
            && top.chars().count() >= 2
            && !top.chars().all(|c| c.is_ascii_digit())
    })
}
