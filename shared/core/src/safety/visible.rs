//! What somebody decides on is seen as it is.

/// Text as an approver sees it. Characters that can't be seen but change what is seen, such as
/// those that turn the direction of writing so that `fdp.exe` reads `exe.pdf`, show their number.
pub fn shown(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        if deceives(c) {
            shown.push_str(&format!("⟨U+{:04X}⟩", u32::from(c)));
        } else {
            shown.push(c);
        }
    }
    shown
}

fn deceives(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{ad}'
                | '\u{34f}'
                | '\u{115f}'..='\u{1160}'
                | '\u{180e}'
                | '\u{61c}'
                | '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{2800}'
                | '\u{3164}'
                | '\u{feff}'
                | '\u{ffa0}'
                | '\u{fff9}'..='\u{fffb}'
                | '\u{e0000}'..='\u{e007f}'
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn x1_what_is_hidden_in_a_text_is_shown() {
        for (text, expect) in [
            (
                "Raport ya Ukwakira – José 🦊 تقرير",
                "Raport ya Ukwakira – José 🦊 تقرير",
            ),
            ("invoice\u{202e}fdp.exe", "invoice⟨U+202E⟩fdp.exe"),
            ("a\u{200b}b\0c\nd", "a⟨U+200B⟩b⟨U+0000⟩c⟨U+000A⟩d"),
        ] {
            assert_eq!(shown(text), expect);
        }
    }
}
