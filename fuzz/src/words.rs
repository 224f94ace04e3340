//! What customers write, read as commands, and what models write, on its way to a phone.

use countersign_core::{
    commands::{self, Completion, Recognised},
    markup,
    opt_out::OptWords,
    safety, split,
};
use jiff::{ToSpan, civil};

/// A customer's words, after two bytes that say what day it is. A question that they leave open is
/// answered with the same words.
pub fn commands(input: &[u8]) {
    let [a, b, text @ ..] = input else { return };
    let days = i64::from(u16::from_le_bytes([*a, *b]));
    let today = civil::date(2000, 1, 1) + days.days();
    let text = &String::from_utf8_lossy(text);
    let found = commands::recognise(text, today);
    assert_eq!(found, commands::recognise(text, today), "read twice");
    is_sound(&found);
    assert_eq!(commands::is_sure(text, today), found.confidence.is_sure());
    if let Some(pending) = found.pending() {
        let json = serde_json::to_string(&pending).expect("JSON");
        assert_eq!(serde_json::from_str(&json).ok().as_ref(), Some(&pending));
        match commands::complete(&pending, text, today) {
            Completion::Answered(found) | Completion::Replaced(found) => is_sound(&found),
            Completion::Dropped | Completion::Unrelated => {}
        }
    }
    if commands::is_greeting(text, today) {
        assert!(!found.confidence.is_sure(), "a greeting that is a command");
    }
    if let Some(plain) = commands::plain_words(text) {
        let asked = OptWords::default().asked(text);
        assert_eq!(asked, OptWords::default().asked(&plain), "{plain:?}");
    }
    let screened = safety::screen(text);
    assert_eq!(screened.is_clean(), screened.names().is_empty());
}

fn is_sound(found: &Recognised) {
    assert!(found.confidence.percent() <= 100);
    if let Some(dates) = found.entities.dates {
        assert!(dates.first() <= dates.last());
    }
    let call = found.tool_call();
    assert!(call.is_none() || (found.missing.is_none() && found.confidence.is_sure()));
    let json = serde_json::to_string(&call).expect("JSON");
    assert_eq!(serde_json::from_str(&json).ok(), Some(call), "{json}");
}

/// A model's words, after a byte that says how much fits one message.
pub fn outgoing(input: &[u8]) {
    let Some((limit, text)) = input.split_first() else {
        return;
    };
    let text = &String::from_utf8_lossy(text);
    let made = markup::whatsapp(text);
    assert_eq!(markup::whatsapp(&made), made, "made twice, of {text:?}");
    is_settled(text, &made);
    is_split(&made, usize::from(*limit));
}

/// What has left of an answer that is still being written stays what it was.
fn is_settled(text: &str, whole: &str) {
    let ends = text.char_indices().map(|(at, _)| at).chain([text.len()]);
    // All of a short text, some of a long one.
    let step = text.len() / 16 + 1;
    for end in ends.step_by(step) {
        let begun = markup::whatsapp(markup::settled(&text[..end]));
        assert!(
            whole.starts_with(begun.trim_end()),
            "{begun:?} of {whole:?}"
        );
    }
}

/// Every part fits, none is blank, and only white space is lost: a block of code that is too long is
/// closed and opened again, which adds marks.
fn is_split(text: &str, limit: usize) {
    let parts = split::split(text, limit);
    for part in &parts {
        assert!(part.chars().count() <= limit.max(1) && !part.trim().is_empty());
    }
    let kept = |text: &str| -> String {
        let is_kept = |c: &char| !c.is_whitespace() && *c != '`';
        text.chars().filter(is_kept).collect()
    };
    assert_eq!(kept(&parts.concat()), kept(text));
}
