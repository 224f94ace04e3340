//! Words with answers to choose from, in the richest form that shows them whole.

use countersign_core::offer;

/// Words, and answers to them that can be chosen.
#[derive(Clone, Copy)]
pub struct Choices<'a> {
    /// The words.
    pub text: &'a str,
    /// The answers, in their order.
    pub answers: &'a [Answer<'a>],
    /// What opens the list, where there are too many for buttons; 1 to 20 characters.
    pub opens: &'a str,
}

/// An answer that can be chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Answer<'a> {
    /// Comes back when it is chosen.
    pub id: &'a str,
    /// What is chosen.
    pub title: &'a str,
    /// More about it.
    pub detail: Option<&'a str>,
}

/// How choices are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    /// A button each.
    Buttons,
    /// Rows of a list that opens.
    List,
    /// Numbered lines: nothing is too long for them.
    Lines,
}

/// What an interactive message's words have at most, in characters.
const LONGEST_TEXT: usize = 1024;
const MOST_BUTTONS: usize = 3;
const LONGEST_BUTTON: usize = 20;
const MOST_ROWS: usize = 10;
const LONGEST_ROW: usize = 24;
const LONGEST_DETAIL: usize = 72;
const LONGEST_ID: usize = 200;

impl Choices<'_> {
    /// The richest form in which Meta takes all of it.
    ///
    /// Sources: `https://developers.facebook.com/docs/whatsapp/cloud-api/messages/` and
    /// `interactive-reply-buttons-messages`, `interactive-list-messages`.
    pub(crate) fn shape(&self) -> Shape {
        let fits = |text: &str, most: usize| {
            !text.trim().is_empty() && text.chars().count() <= most && !text.contains('\n')
        };
        let text = !self.text.trim().is_empty() && self.text.chars().count() <= LONGEST_TEXT;
        let apart = self.answers.iter().enumerate().all(|(index, answer)| {
            let others = &self.answers[..index];
            fits(answer.id, LONGEST_ID)
                && others
                    .iter()
                    .all(|other| other.id != answer.id && other.title != answer.title)
        });
        let titles = |most| self.answers.iter().all(|answer| fits(answer.title, most));
        let details = self.answers.iter().all(|answer| {
            answer
                .detail
                .is_none_or(|detail| fits(detail, LONGEST_DETAIL))
        });
        let plain = self.answers.iter().all(|answer| answer.detail.is_none());
        match self.answers.len() {
            _ if !text || !apart => Shape::Lines,
            1..=MOST_BUTTONS if plain && titles(LONGEST_BUTTON) => Shape::Buttons,
            1..=MOST_ROWS if details && titles(LONGEST_ROW) && fits(self.opens, LONGEST_BUTTON) => {
                Shape::List
            }
            _ => Shape::Lines,
        }
    }

    /// The words and a numbered line for each answer, so that nothing is lost where none can be
    /// chosen by a tap.
    pub(crate) fn lines(&self) -> String {
        let answers = self.answers.iter();
        offer::numbered(
            self.text,
            answers.map(|answer| (answer.title, answer.detail)),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn w2_choices_take_the_richest_form_that_shows_them_whole() {
        let check = |titles: &[&str], detail: Option<&str>, expect: Shape| {
            let answers: Vec<Answer<'_>> = titles
                .iter()
                .map(|title| Answer {
                    id: title,
                    title,
                    detail,
                })
                .collect();
            let choices = Choices {
                text: "Which one?",
                answers: &answers,
                opens: "Choose",
            };
            assert_eq!(choices.shape(), expect, "{titles:?}");
        };
        let eleven = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k"];
        check(&["Yes", "No"], None, Shape::Buttons);
        check(&["Yes", "No"], Some("for now"), Shape::List);
        check(&eleven[..3], None, Shape::Buttons);
        check(&eleven[..4], None, Shape::List);
        check(&eleven[..10], None, Shape::List);
        check(&eleven, None, Shape::Lines);
        check(&["éééééééééééééééééééé"], None, Shape::Buttons);
        check(&["ééééééééééééééééééééé"], None, Shape::List);
        check(&["a title longer than a row"], None, Shape::Lines);
        check(&["Yes", "Yes"], None, Shape::Lines);
        check(&[" "], None, Shape::Lines);
        check(&[], None, Shape::Lines);
    }
}
