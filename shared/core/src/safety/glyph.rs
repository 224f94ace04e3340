//! Text as a reader sees it: one form for characters that look or count alike, and nothing for
//! those that can't be seen.

/// A visible character in its plain form, and the bytes of the text that it stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Glyph {
    /// Digits of every script are ASCII digits, full-width letters are ASCII, dashes are `-`, and
    /// white space is a space or a line feed.
    pub c: char,
    /// The byte at which it begins.
    pub start: usize,
    /// The byte after it.
    pub end: usize,
}

/// The visible characters of `text`.
pub(super) fn glyphs(text: &str) -> Vec<Glyph> {
    text.char_indices()
        .filter(|(_, c)| !is_invisible(*c) && !is_mark(*c))
        .map(|(start, c)| Glyph {
            c: plain(c),
            start,
            end: start + c.len_utf8(),
        })
        .collect()
}

/// Whether it has no shape of its own: joiners, directions, fillers, tags, variation selectors.
pub(super) fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{00ad}' | '\u{034f}' | '\u{061c}' | '\u{115f}'..='\u{1160}'
        | '\u{17b4}'..='\u{17b5}' | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}'
        | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}'
        | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}'
        | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

/// Whether it is drawn over the character before it: accents, strokes, the frame of a keycap.
fn is_mark(c: char) -> bool {
    matches!(c,
        '\u{0300}'..='\u{036f}' | '\u{1ab0}'..='\u{1aff}' | '\u{1dc0}'..='\u{1dff}'
        | '\u{20d0}'..='\u{20f0}' | '\u{fe20}'..='\u{fe2f}')
}

fn plain(c: char) -> char {
    match c {
        ' '..='~' | '\n' => c,
        '\u{2028}' | '\u{2029}' => '\n',
        _ if c.is_whitespace() || c.is_control() => ' ',
        // A character that looks empty but is a Braille pattern.
        '\u{2800}' => ' ',
        '\u{2010}'..='\u{2015}'
        | '\u{2212}'
        | '\u{2043}'
        | '\u{207b}'
        | '\u{058a}'
        | '\u{1806}'
        | '\u{301c}'
        | '\u{3030}'
        | '\u{fe58}'
        | '\u{fe63}' => '-',
        '\u{fe6b}' => '@',
        '\u{fe62}' | '\u{207a}' => '+',
        '\u{ff01}'..='\u{ff5e}' => offset(c, '\u{ff01}', '!'),
        _ => digit(c).unwrap_or(c),
    }
}

/// The ASCII digit that a digit of another script or shape stands for.
fn digit(c: char) -> Option<char> {
    if let Some(zero) = ZEROS
        .iter()
        .find(|zero| (**zero..=offset('9', '0', **zero)).contains(&c))
    {
        return Some(offset(c, *zero, '0'));
    }
    let one = match c {
        '\u{2070}' | '\u{2080}' | '\u{24ea}' | '\u{24ff}' => return Some('0'),
        '\u{00b9}' => return Some('1'),
        '\u{00b2}' => return Some('2'),
        '\u{00b3}' => return Some('3'),
        '\u{2074}'..='\u{2079}' => return Some(offset(c, '\u{2074}', '4')),
        '\u{2081}'..='\u{2089}' => '\u{2081}',
        '\u{2460}'..='\u{2468}' => '\u{2460}',
        '\u{24f5}'..='\u{24fd}' => '\u{24f5}',
        '\u{2776}'..='\u{277e}' => '\u{2776}',
        '\u{2780}'..='\u{2788}' => '\u{2780}',
        '\u{278a}'..='\u{2792}' => '\u{278a}',
        _ => return None,
    };
    Some(offset(c, one, '1'))
}

/// `c`, moved from the alphabet that begins with `from` to the one that begins with `to`.
fn offset(c: char, from: char, to: char) -> char {
    let code = u32::from(c)
        .saturating_sub(u32::from(from))
        .saturating_add(u32::from(to));
    char::from_u32(code).unwrap_or(c)
}

/// The zeros of the decimal digits (general category Nd of Unicode 14); 1 to 9 follow each.
const ZEROS: [char; 65] = [
    '\u{0660}',
    '\u{06f0}',
    '\u{07c0}',
    '\u{0966}',
    '\u{09e6}',
    '\u{0a66}',
    '\u{0ae6}',
    '\u{0b66}',
    '\u{0be6}',
    '\u{0c66}',
    '\u{0ce6}',
    '\u{0d66}',
    '\u{0de6}',
    '\u{0e50}',
    '\u{0ed0}',
    '\u{0f20}',
    '\u{1040}',
    '\u{1090}',
    '\u{17e0}',
    '\u{1810}',
    '\u{1946}',
    '\u{19d0}',
    '\u{1a80}',
    '\u{1a90}',
    '\u{1b50}',
    '\u{1bb0}',
    '\u{1c40}',
    '\u{1c50}',
    '\u{a620}',
    '\u{a8d0}',
    '\u{a900}',
    '\u{a9d0}',
    '\u{a9f0}',
    '\u{aa50}',
    '\u{abf0}',
    '\u{ff10}',
    '\u{104a0}',
    '\u{10d30}',
    '\u{11066}',
    '\u{110f0}',
    '\u{11136}',
    '\u{111d0}',
    '\u{112f0}',
    '\u{11450}',
    '\u{114d0}',
    '\u{11650}',
    '\u{116c0}',
    '\u{11730}',
    '\u{118e0}',
    '\u{11950}',
    '\u{11c50}',
    '\u{11d50}',
    '\u{11da0}',
    '\u{16a60}',
    '\u{16ac0}',
    '\u{16b50}',
    '\u{1d7ce}',
    '\u{1d7d8}',
    '\u{1d7e2}',
    '\u{1d7ec}',
    '\u{1d7f6}',
    '\u{1e140}',
    '\u{1e2f0}',
    '\u{1e950}',
    '\u{1fbf0}',
];

/// `text` in lower case, without accents, without what can't be seen, and with the brackets that
/// HTML writes as `&lt;` and `&gt;`.
pub(crate) fn readable(text: &str) -> String {
    let readable: String = glyphs(text).iter().map(|glyph| letter(glyph.c)).collect();
    if readable.contains('&') {
        readable.replace("&lt;", "<").replace("&gt;", ">")
    } else {
        readable
    }
}

/// A letter as one would type it: lower case, without its accent.
pub(super) fn letter(c: char) -> char {
    let lower = c.to_lowercase().next().unwrap_or(c);
    match lower {
        'à'..='å' | 'ā' | 'ă' | 'ą' | 'а' | 'α' => 'a',
        'è'..='ë' | 'ē' | 'ė' | 'ę' | 'ě' | 'е' => 'e',
        'ì'..='ï' | 'ī' | 'ı' | 'і' | 'ι' => 'i',
        'ò'..='ö' | 'ø' | 'ō' | 'о' | 'ο' => 'o',
        'ù'..='ü' | 'ū' | 'ů' | 'υ' => 'u',
        'ý' | 'ÿ' | 'у' => 'y',
        'ç' | 'ć' | 'č' | 'с' => 'c',
        'ñ' | 'ń' => 'n',
        'р' | 'ρ' => 'p',
        'ѕ' => 's',
        'х' => 'x',
        'ј' => 'j',
        'һ' => 'h',
        // Typographic apostrophes stand in "d’identité" and "don’t".
        '\u{2019}' | '\u{2018}' | '\u{02bc}' => '\'',
        _ => lower,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn o10_characters_that_look_alike_become_one() {
        let plain = |text: &str| glyphs(text).iter().map(|g| g.c).collect::<String>();
        assert_eq!(plain("０１２３-４"), "0123-4");
        assert_eq!(plain("٠٧٨٨"), "0788");
        assert_eq!(plain("4\u{fe0f}\u{20e3}1\u{fe0f}\u{20e3}"), "41");
        assert_eq!(plain("①②③⑨⁴₅"), "123945");
        assert_eq!(plain("07\u{200b}88\u{a0}12\u{2011}3"), "0788 12-3");
        assert_eq!(plain("a＠b"), "a@b");
        assert_eq!(
            "Ｉdéе"
                .chars()
                .map(|c| letter(super::plain(c)))
                .collect::<String>(),
            "idee"
        );
    }

    #[test]
    fn o10_each_zero_begins_ten_digits() {
        for zero in ZEROS {
            assert_eq!(digit(zero), Some('0'), "{:x}", u32::from(zero));
            assert_eq!(
                digit(offset('9', '0', zero)),
                Some('9'),
                "{:x}",
                u32::from(zero)
            );
        }
    }
}
