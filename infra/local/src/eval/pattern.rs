//! What an answer is to contain: words, or a regular expression.

use std::fmt;

use regex::Regex;

/// Words as a person writes them, or a regular expression between slashes.
#[derive(Debug, Clone)]
pub struct Pattern {
    written: String,
    form: Form,
}

#[derive(Debug, Clone)]
enum Form {
    /// In lower case.
    Words(String),
    Expression(Regex),
}

impl Pattern {
    /// Reads what stands in the file: `/…/` is a regular expression, anything else are words, whose
    /// case does not matter.
    ///
    /// # Errors
    /// What is wrong with the regular expression, on one line; or that there is nothing to find.
    pub fn read(written: &str) -> Result<Self, String> {
        if written.trim().is_empty() {
            return Err("words, or a regular expression between slashes".to_owned());
        }
        let between = written
            .strip_prefix('/')
            .and_then(|rest| rest.strip_suffix('/'));
        let form = match between {
            None => Form::Words(written.to_lowercase()),
            Some(expression) => Form::Expression(Regex::new(expression).map_err(wrong)?),
        };
        Ok(Self {
            written: written.to_owned(),
            form,
        })
    }

    /// Whether it is in `text`.
    pub fn is_in(&self, text: &str) -> bool {
        match &self.form {
            Form::Words(words) => text.to_lowercase().contains(words),
            Form::Expression(expression) => expression.is_match(text),
        }
    }
}

/// As it stands in the file.
impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.form {
            Form::Words(_) => write!(f, "{:?}", self.written),
            Form::Expression(_) => f.write_str(&self.written),
        }
    }
}

/// The last line of what the crate says names the cause; those before draw where it is.
fn wrong(error: regex::Error) -> String {
    let said = error.to_string();
    let cause = said.lines().last().unwrap_or_default();
    let cause = cause.trim_start_matches("error: ");
    format!("a regular expression that can be read ({cause})")
}
