//! Cuts a text into words.
//!
//! Punctuation, emoji and WhatsApp's marks for bold and italic fall away. A character that can
//! change what is meant, such as `<`, `+` or `=`, stays as a token of its own that no phrase
//! contains, so that a text with one is never taken for a plain command.

/// Texts of more tokens than this are no commands; what follows is not looked at.
pub(super) const MOST_TOKENS: usize = 40;

/// Longer words, in bytes, are none that a phrase, a SKU or a product's name would have.
const LONGEST_WORD: usize = 40;

/// A token that matches nothing.
const BARRIER: &str = "\u{2026}";

/// A word of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Token {
    /// In lower case, without apostrophes.
    pub word: String,
    /// As the customer wrote it.
    pub typed: String,
}

impl Token {
    fn mark(mark: &str) -> Self {
        Self {
            word: mark.to_owned(),
            typed: mark.to_owned(),
        }
    }

    /// Whether it can stand between the words of a phrase without changing its meaning.
    pub fn is_noise(&self) -> bool {
        self.is_dash() || self.is_article()
    }

    /// Whether it stands for what was not read.
    pub fn is_barrier(&self) -> bool {
        self.word == BARRIER
    }

    /// A dash of its own, as between two dates.
    pub fn is_dash(&self) -> bool {
        self.word == "-"
    }

    /// An article or a polite word.
    pub fn is_article(&self) -> bool {
        matches!(
            self.word.as_str(),
            "the" | "a" | "an" | "please" | "pls" | "plz" | "plse" | "kindly" | "just"
        )
    }
}

/// The first [`MOST_TOKENS`] tokens of `text`, and a barrier where there are more.
pub(super) fn tokens(text: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut typed = String::new();
    let mut chars = text.chars().filter(|c| !is_invisible(*c)).peekable();
    while let Some(c) = chars.next() {
        if tokens.len() >= MOST_TOKENS {
            tokens.push(Token::mark(BARRIER));
            return tokens;
        }
        let next = chars.peek().copied().unwrap_or(' ');
        if c.is_alphanumeric() || joins(&typed, c, next) {
            if typed.len() <= LONGEST_WORD {
                typed.push(c);
            }
            continue;
        }
        push_word(&mut tokens, &mut typed);
        if matches!(c, '-' | '\u{2010}'..='\u{2015}' | '\u{2212}') {
            push_mark(&mut tokens, "-");
        } else if is_meaningful(c) {
            push_mark(&mut tokens, c.encode_utf8(&mut [0; 4]));
        }
    }
    push_word(&mut tokens, &mut typed);
    tokens
}

/// Whether `c` belongs to the word `typed` before it and `next` after it.
fn joins(typed: &str, c: char, next: char) -> bool {
    let Some(previous) = typed.chars().next_back() else {
        return false;
    };
    match c {
        '-' => previous.is_alphanumeric() && next.is_alphanumeric(),
        '/' | '.' => previous.is_ascii_digit() && next.is_ascii_digit(),
        '\'' | '\u{2019}' => previous.is_alphabetic() && next.is_alphabetic(),
        // An accent that follows its letter.
        '\u{300}'..='\u{36f}' => true,
        _ => false,
    }
}

fn push_word(tokens: &mut Vec<Token>, typed: &mut String) {
    if typed.is_empty() {
        return;
    }
    let typed = std::mem::take(typed);
    if typed.len() > LONGEST_WORD {
        tokens.push(Token::mark(BARRIER));
        return;
    }
    // "1-15" and "1/11-5/11" are two dates, "2026-11-01" is one.
    let is_numeric = |text: &str| text.bytes().all(|b| b.is_ascii_digit() || b == b'/');
    if let Some((from, to)) = typed.split_once('-')
        && is_numeric(from)
        && is_numeric(to)
    {
        tokens.extend([Token::mark(from), Token::mark("-"), Token::mark(to)]);
        return;
    }
    let word = typed
        .chars()
        .filter(|c| !matches!(c, '\'' | '\u{2019}'))
        .flat_map(char::to_lowercase)
        .collect();
    tokens.push(Token { word, typed });
}

fn push_mark(tokens: &mut Vec<Token>, mark: &str) {
    if tokens.last().is_none_or(|last| last.word != mark) {
        tokens.push(Token::mark(mark));
    }
}

fn is_meaningful(c: char) -> bool {
    matches!(
        c,
        '<' | '>'
            | '{'
            | '}'
            | '['
            | ']'
            | '|'
            | '\\'
            | '`'
            | '^'
            | '$'
            | '%'
            | '&'
            | '+'
            | '='
            | '@'
    )
}

/// Joiners, direction marks and the like: nobody sees them, so they separate nothing.
fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}'
            | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn c2_a_text_falls_into_words() {
        let check = |text: &str, expect: &[&str]| {
            let words: Vec<String> = tokens(text).into_iter().map(|t| t.word).collect();
            assert_eq!(words, expect, "{text:?}");
        };
        check("", &[]);
        check(" \n\t?!\u{1f44d} ", &[]);
        check("Stock ABC123??!!", &["stock", "abc123"]);
        check("*what\u{2019}s* the _stock_", &["whats", "the", "stock"]);
        check("SOL-2010, please", &["sol-2010", "please"]);
        check("1-15 nov", &["1", "-", "15", "nov"]);
        check("01/11/2026-05/11/2026", &["01/11/2026", "-", "05/11/2026"]);
        check(
            "2026-11-01 \u{2013} 1.12.2026",
            &["2026-11-01", "-", "1.12.2026"],
        );
        check("a/b", &["a", "b"]);
        check("<b>hi</b>", &["<", "b", ">", "hi", "<", "b", ">"]);
        check("st\u{200b}ock", &["stock"]);
        check("cafe\u{301}", &["cafe\u{301}"]);
        check(&"x".repeat(3000), &[BARRIER]);
    }

    #[test]
    fn c2_a_long_text_is_cut_short() {
        let long = tokens(&"word ".repeat(5000));
        assert_eq!(long.len(), MOST_TOKENS + 1);
        assert_eq!(long.last(), Some(&Token::mark(BARRIER)));
    }
}
