//! Buttons and rows that answer a question of ours. What one is named by says which question it
//! belongs to, so that a tap on an old one answers no other.

use crate::{ContentHash, commands::Pending};

/// How the id of such a button begins.
const PREFIX: &str = "answer";

/// So many hex digits tell one question from the others of a conversation.
const MARK: usize = 16;

/// What tapping a button means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Choice<'a> {
    /// The open question is answered with this.
    Answers(&'a str),
    /// It belonged to a question that is over.
    Over,
    /// It belongs to no question of ours: its title is what was said.
    Said,
}

/// The id of the button that answers the question for what `pending` lacks with `value`, which is
/// read as if it were typed.
pub fn id(pending: &Pending, value: &str) -> String {
    format!("{PREFIX}/{}/{value}", mark(pending))
}

/// What the button with this id means while `pending` waits.
pub fn read<'a>(id: &'a str, pending: Option<&Pending>) -> Choice<'a> {
    let mut parts = id.splitn(3, '/');
    let (Some(PREFIX), Some(of), Some(value)) = (parts.next(), parts.next(), parts.next()) else {
        return Choice::Said;
    };
    match pending {
        Some(pending) if mark(pending) == of => Choice::Answers(value),
        _ => Choice::Over,
    }
}

fn mark(pending: &Pending) -> String {
    let canonical = serde_json_canonicalizer::to_string(pending).unwrap_or_default();
    let hash = ContentHash::of(canonical.as_bytes()).to_string();
    hash.chars().take(MARK).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands;

    fn pending(text: &str) -> Pending {
        let today = "2026-11-20".parse().unwrap();
        commands::recognise(text, today).pending().unwrap()
    }

    #[test]
    fn w3_a_button_answers_its_own_question_and_no_other() {
        let stock = pending("stock");
        let id = id(&stock, "ABC123/b");
        assert_eq!(read(&id, Some(&stock)), Choice::Answers("ABC123/b"));
        assert_eq!(read(&id, None), Choice::Over);
        let report = pending("report");
        assert_eq!(read(&id, Some(&report)), Choice::Over);
        for other in ["", "yes", "answer", "answer/x", "Answer/x/y"] {
            assert_eq!(read(other, Some(&stock)), Choice::Said, "{other}");
        }
    }
}
