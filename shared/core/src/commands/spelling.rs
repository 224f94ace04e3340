//! Forgives a slip of the thumb in a command's word.

/// Shorter words are matched exactly: one edit away from them lies too much else.
const SHORTEST_FORGIVEN: usize = 5;

/// Words one edit from a command's word that are meant as they stand.
const MEANT: &[&str] = &[
    "agent", "alter", "avert", "mouth", "resort", "retort", "scales", "shock", "stack", "statue",
    "stick", "stork", "stuck", "three", "toady", "where", "these",
];

/// How many edits (0 or 1) make `typed` the command's `word`; none if it takes more.
pub(super) fn edits(typed: &str, word: &str) -> Option<u8> {
    if typed == word {
        return Some(0);
    }
    let is_near = word.len() >= SHORTEST_FORGIVEN
        && typed.len().abs_diff(word.len()) <= 1
        && typed.as_bytes().first() == word.as_bytes().first()
        && !MEANT.contains(&typed)
        && strsim::osa_distance(typed, word) == 1;
    is_near.then_some(1)
}

/// The same for whichever of `words` is nearest, with its position.
pub(super) fn nearest(typed: &str, words: &[&str]) -> Option<(usize, u8)> {
    if let Some(exact) = words.iter().position(|word| *word == typed) {
        return Some((exact, 0));
    }
    let mut near = words.iter().enumerate();
    near.find_map(|(i, word)| Some((i, edits(typed, word)?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn c2_one_slip_in_a_long_word_is_forgiven() {
        let check =
            |typed: &str, word: &str, expect| assert_eq!(edits(typed, word), expect, "{typed}");
        check("stock", "stock", Some(0));
        check("stokc", "stock", Some(1));
        check("stok", "stock", Some(1));
        check("alrets", "alerts", Some(1));
        check("stack", "stock", None);
        check("sotkc", "stock", None);
        check("halp", "help", None);
        check("r\u{e9}port", "report", Some(1));
        assert_eq!(nearest("alert", &["alerts", "alert"]), Some((1, 0)));
        assert_eq!(nearest("aler", &["alerts", "alert"]), Some((1, 1)));
    }
}
