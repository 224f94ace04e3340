//! Words with answers to choose from, as they are recorded: which answers there are, and whether
//! they can be tapped or have numbers before them. So what a tap, a number or a title means is read
//! from the record and nowhere else.

use std::fmt::Write;

use serde::{Deserialize, Serialize};

use crate::{answers::MOST_CHARACTERS, commands::Pending};

/// The most answers to choose from: the rows of a list.
pub const MOST_ROWS: usize = 10;

/// The most characters of an answer's title, of what is said besides of it, and of what opens a
/// list: what Meta takes in a list.
pub const LONGEST_TITLE: usize = 24;
/// See [`LONGEST_TITLE`].
pub const LONGEST_DETAIL: usize = 72;
/// See [`LONGEST_TITLE`].
pub const LONGEST_OPENS: usize = 20;

/// The most characters of the words, where answers can be tapped.
pub const LONGEST_TEXT: usize = 1024;

/// And of what comes back with a tap.
const LONGEST_ID: usize = 200;

/// What a customer's phone is shown besides words, as their provider has it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Shows {
    /// Nothing: answers have numbers before them, and there are no reactions.
    #[default]
    Words,
    /// Buttons, lists and reactions.
    Taps,
}

impl Shows {
    pub(crate) fn is_words(&self) -> bool {
        *self == Self::Words
    }
}

/// Words, and answers to them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offer {
    /// The words.
    pub text: String,
    /// The answers, in their order: at most [`MOST_ROWS`], with different titles.
    pub rows: Vec<Row>,
    /// What opens the list, where there are too many answers for buttons.
    pub opens: String,
    /// How they are shown.
    pub form: Form,
    /// The command that an answer completes, where it isn't the one the customer is asked about:
    /// nothing else they write is an answer to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub completes: Option<Pending>,
}

/// An answer that can be chosen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    /// Comes back when it is tapped.
    pub id: String,
    /// What is chosen.
    pub title: String,
    /// More about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}

/// How answers are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Form {
    /// As buttons, or rows of a list.
    Taps,
    /// As numbered lines.
    Lines,
}

impl Offer {
    /// These answers in the richest form that shows them whole; none where there is no such form, or
    /// only one line to number.
    pub fn new(text: String, rows: Vec<Row>, opens: &str, shows: Shows) -> Option<Self> {
        let has_rows = (1..=MOST_ROWS).contains(&rows.len());
        if !has_rows || text.trim().is_empty() || !are_apart(&rows) {
            return None;
        }
        let can_be_tapped = shows == Shows::Taps
            && text.chars().count() <= LONGEST_TEXT
            && fits(opens, LONGEST_OPENS)
            && rows.iter().all(Row::can_be_tapped);
        let form = match can_be_tapped {
            true => Form::Taps,
            false => Form::Lines,
        };
        let has_lines = rows.len() > 1;
        let offer = Self {
            text,
            rows,
            opens: opens.to_owned(),
            form,
            completes: None,
        };
        let is_whole = offer.lines().chars().count() <= MOST_CHARACTERS;
        (is_whole && (has_lines || form == Form::Taps)).then_some(offer)
    }

    /// The words and a numbered line for each answer.
    pub fn lines(&self) -> String {
        let rows = self.rows.iter();
        let rows = rows.map(|row| (row.title.as_str(), row.detail.as_deref()));
        numbered(&self.text, rows)
    }

    /// The answer with this id.
    pub fn tapped(&self, id: &str) -> Option<&Row> {
        self.rows.iter().find(|row| row.id == id)
    }

    /// The answer that these typed words choose: its title, or its number where it has one. A number
    /// that is also in another answer, as in "2 nights", chooses none: it may be meant as it stands.
    pub fn typed(&self, text: &str) -> Option<&Row> {
        let text = text.trim();
        let is_titled = |row: &&Row| row.title.to_lowercase() == text.to_lowercase();
        if let Some(row) = self.rows.iter().find(is_titled) {
            return Some(row);
        }
        let number = match self.form {
            Form::Lines => number(text)?,
            Form::Taps => return None,
        };
        let index = number.checked_sub(1)?;
        let others = self.rows.iter().enumerate();
        let mut others = others.filter(|(other, _)| *other != index);
        let is_meant = others.all(|(_, other)| !other.names(number));
        self.rows.get(index).filter(|_| is_meant)
    }
}

impl Row {
    fn can_be_tapped(&self) -> bool {
        let detail = self.detail.as_deref();
        fits(&self.id, LONGEST_ID)
            && fits(&self.title, LONGEST_TITLE)
            && detail.is_none_or(|detail| fits(detail, LONGEST_DETAIL))
    }

    /// Whether this number is one of its words.
    fn names(&self, number: usize) -> bool {
        let texts = [Some(self.title.as_str()), self.detail.as_deref()];
        let mut words = texts
            .into_iter()
            .flatten()
            .flat_map(|text| text.split(|c: char| !c.is_alphanumeric()));
        words.any(|word| word.parse() == Ok(number))
    }
}

/// Words, and a numbered line for each answer: its title, and what is said besides of it.
pub fn numbered<'a>(text: &str, rows: impl Iterator<Item = (&'a str, Option<&'a str>)>) -> String {
    let mut lines = text.to_owned();
    for (index, (title, detail)) in rows.enumerate() {
        // Writing to a string can't fail.
        let _ = write!(lines, "\n{}. {title}", index + 1);
        if let Some(detail) = detail {
            let _ = write!(lines, ": {detail}");
        }
    }
    lines
}

/// Whether titles and ids tell the answers apart, and nothing in them looks like a line of its own.
fn are_apart(rows: &[Row]) -> bool {
    let is_line = |text: &str| !text.trim().is_empty() && !text.contains(char::is_control);
    rows.iter().enumerate().all(|(index, row)| {
        let title = row.title.to_lowercase();
        let mut before = rows[..index].iter();
        is_line(&row.title)
            && row.detail.as_deref().is_none_or(is_line)
            && before.all(|other| other.id != row.id && other.title.to_lowercase() != title)
    })
}

fn fits(text: &str, most: usize) -> bool {
    !text.trim().is_empty() && text.chars().count() <= most
}

/// The number that a text is and nothing else, as people write one from a list: `2`, `2.`, `2)`, or
/// the digit on its key.
fn number(text: &str) -> Option<usize> {
    const KEY: [char; 2] = ['\u{fe0f}', '\u{20e3}'];
    let digits: String = text.chars().filter(|c| !KEY.contains(c)).collect();
    let digits = digits.strip_suffix(['.', ')']).unwrap_or(&digits);
    let is_number = (1..=2).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
    is_number.then(|| digits.parse().ok()).flatten()
}

/// A title or a detail as one line of at most `most` characters, whatever whoever wrote it put in it.
pub(crate) fn one_line(text: &str, most: usize) -> String {
    let text = crate::safety::shown(&text.split_whitespace().collect::<Vec<_>>().join(" "));
    match text.char_indices().nth(most) {
        None => text,
        Some(_) => {
            let head: String = text.chars().take(most.saturating_sub(1)).collect();
            format!("{}…", head.trim_end())
        }
    }
}

#[cfg(test)]
mod tests;
