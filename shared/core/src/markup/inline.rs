//! Marks within a line.

/// Addresses that stay as they are.
const SCHEMES: [&str; 2] = ["https://", "http://"];

/// A line with its marks in WhatsApp's form.
pub(super) fn inline(line: &str) -> String {
    within(line, 0)
}

/// The same of what stands behind so many brackets that are open. No link stands in brackets: they
/// would become a link's own once it has lost its.
fn within(line: &str, brackets: u32) -> String {
    let mut brackets = brackets;
    let mut out = String::with_capacity(line.len());
    let mut rest = line;
    let mut before = None;
    while let Some(first) = rest.chars().next() {
        let (made, length) = piece(rest, first, before, (&out, brackets));
        match made {
            Some(made) => out.push_str(&made),
            None => {
                brackets = match first {
                    '[' => brackets + 1,
                    ']' => brackets.saturating_sub(1),
                    _ => brackets,
                };
                out.push_str(&rest[..length]);
            }
        }
        before = rest[..length].chars().next_back();
        rest = &rest[length..];
    }
    out
}

/// What is made of the beginning of `rest`, if it is changed, and how long that is.
fn piece(
    rest: &str,
    first: char,
    before: Option<char>,
    (out, brackets): (&str, u32),
) -> (Option<String>, usize) {
    let literal = literal(rest, first);
    let changed = match first {
        '*' | '_' | '~' => emphasis(rest, first, before, brackets),
        '[' if brackets == 0 => link(rest, out),
        '!' if brackets == 0 => link(&rest[1..], out).map(|(made, length)| (made, length + 1)),
        _ => None,
    };
    match changed {
        Some((made, length)) => (Some(made), length),
        None => (None, literal),
    }
}

/// How long the piece is that begins `rest` and stays as it is: a run of one mark, code with its
/// marks, an address, or one character.
fn literal(rest: &str, first: char) -> usize {
    match first {
        '*' | '_' | '~' => run(rest, first),
        '`' => code(rest).unwrap_or_else(|| run(rest, '`')),
        'h' if SCHEMES.iter().any(|scheme| rest.starts_with(scheme)) => address(rest),
        other => other.len_utf8(),
    }
}

/// How often a mark stands at the beginning.
fn run(rest: &str, mark: char) -> usize {
    rest.len() - rest.trim_start_matches(mark).len()
}

/// How long the code is that begins here.
fn code(rest: &str) -> Option<usize> {
    let ticks = run(rest, '`');
    let mut at = ticks;
    while let Some(next) = rest[at..].find('`') {
        let length = run(&rest[at + next..], '`');
        at += next + length;
        if length == ticks {
            return Some(at);
        }
    }
    None
}

fn address(rest: &str) -> usize {
    let ends = |c: char| c.is_whitespace() || "*~<>\"`|()[]".contains(c);
    rest.find(ends).unwrap_or(rest.len())
}

/// Words between two marks: two of Markdown's become one of WhatsApp's, and three of its stars are
/// bold italics.
fn emphasis(
    rest: &str,
    mark: char,
    before: Option<char>,
    brackets: u32,
) -> Option<(String, usize)> {
    let marks = run(rest, mark);
    let is_strong = marks == 2 || (marks == 3 && mark == '*');
    let joins_words = mark == '_' && before.is_some_and(char::is_alphanumeric);
    if !is_strong || joins_words {
        return None;
    }
    let end = closing(rest, mark, marks)?;
    let content = within(&rest[marks..end], brackets);
    if !is_whole(&content) || content.starts_with(mark) || content.ends_with(mark) {
        return None;
    }
    let italic = marks == 3 && !content.starts_with('_') && !content.ends_with('_');
    let made = match italic {
        true => format!("{mark}_{content}_{mark}"),
        false => format!("{mark}{content}{mark}"),
    };
    Some((made, end + marks))
}

/// Where the marks stand that close those at the beginning.
fn closing(rest: &str, mark: char, marks: usize) -> Option<usize> {
    let mut at = marks;
    if rest[at..].chars().next()?.is_whitespace() {
        return None;
    }
    while let Some(first) = rest[at..].chars().next() {
        let length = literal(&rest[at..], first);
        if first == mark && length == marks && at > marks {
            let ends_word = !rest[..at].ends_with(char::is_whitespace);
            let joins_words = mark == '_' && rest[at + length..].starts_with(char::is_alphanumeric);
            if ends_word && !joins_words {
                return Some(at);
            }
        }
        at += length;
    }
    None
}

/// Whether nothing in what was made belongs with something outside of it.
fn is_whole(made: &str) -> bool {
    let mut at = 0;
    let mut open = 0_u32;
    while let Some(first) = made[at..].chars().next() {
        let length = literal(&made[at..], first);
        match first {
            '*' | '_' | '~' if length > 1 => return false,
            '`' if code(&made[at..]).is_none() => return false,
            '[' => open += 1,
            ']' if open == 0 => return false,
            ']' => open -= 1,
            '!' if made[at + 1..].is_empty() => return false,
            _ => {}
        }
        at += length;
    }
    open == 0
}

/// A link as its words and where it leads.
fn link(rest: &str, out: &str) -> Option<(String, usize)> {
    let inner = rest.strip_prefix('[')?;
    let close = inner.find(['[', ']'])?;
    let target = inner[close..].strip_prefix("](")?;
    let end = target.find(')')?;
    let (words, target) = (&inner[..close], &target[..end]);
    let is_address = SCHEMES.iter().any(|scheme| {
        target.len() > scheme.len() && target.starts_with(scheme) && address(target) == target.len()
    });
    let made = inline(words.trim());
    if !is_address || !is_whole(&made) {
        return None;
    }
    let length = "[](".len() + close + end + ")".len();
    if made == target || made.is_empty() {
        return Some((target.to_owned(), length));
    }
    let first = made.chars().next()?;
    // Else it could begin a heading or a list.
    let begins_word = |text: &str| text.starts_with(|c: char| !c.is_whitespace());
    let is_words = first.is_alphanumeric()
        || matches!(first, '*' | '_' | '~') && begins_word(&made[1..]) && !out.ends_with(first);
    if !is_words {
        return None;
    }
    Some((format!("{made} ({target})"), length))
}
