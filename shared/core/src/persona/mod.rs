//! Personas: how somebody is spoken to. A persona is data, a template for each answer; what it has
//! none for, the default says.

mod kinds;
mod template;

pub use self::{
    kinds::AnswerKind,
    template::{LONGEST_TEMPLATE, Template, Unfilled, Values, WrongTemplate},
};

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, LazyLock},
};

use serde::{Deserialize, Serialize};

use crate::PersonaName;

/// The most characters of its style: a model reads it with every question.
const LONGEST_STYLE: usize = 300;

/// The most personas of a company: they lie in its profile, which is one item.
pub const MOST_PERSONAS: usize = 20;

/// The persona of whoever has no other.
pub const DEFAULT: &str = "default";

/// The personas that every company has, as `infra/seed/personas.toml` has them.
const ROWS: &str = include_str!(concat!(env!("OUT_DIR"), "/personas.json"));

/// A persona as a person writes it and as it is stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PersonaRow {
    /// Its name.
    pub name: PersonaName,
    /// For whom it is, in a line.
    pub description: String,
    /// How it speaks: a sentence that models read.
    pub style: String,
    /// A template for each answer that it gives in its own way, by the answer's name.
    #[serde(default)]
    pub answers: BTreeMap<String, String>,
}

/// What is wrong with a persona.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WrongPersona {
    /// One of its texts.
    #[error("persona \"{persona}\", {field}: got {got} characters, wants 1 to {most} on one line")]
    Field {
        /// Which persona.
        persona: PersonaName,
        /// Which of its texts.
        field: &'static str,
        /// How many characters it has.
        got: usize,
        /// How many it may have.
        most: usize,
    },
    /// A template for what is no answer.
    #[error("persona \"{persona}\", answer {answer:?}: there is no such answer; there are {known}")]
    NoAnswer {
        /// Which persona.
        persona: PersonaName,
        /// What it names.
        answer: String,
        /// What it may name.
        known: String,
    },
    /// A template that can't be filled in.
    #[error("persona \"{persona}\", answer {answer:?}, line {}, column {}: {}", wrong.line, wrong.column, wrong.why)]
    Template {
        /// Which persona.
        persona: PersonaName,
        /// Which answer.
        answer: &'static str,
        /// What is wrong with it, and where.
        wrong: WrongTemplate,
    },
    /// A second one of a name.
    #[error("persona \"{0}\" a second time; each only once")]
    Twice(PersonaName),
    /// There are too many.
    #[error("got {0} personas, wants {MOST_PERSONAS} at most")]
    Many(usize),
}

/// A persona that was checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Persona {
    /// How it speaks, for models.
    style: String,
    answers: BTreeMap<AnswerKind, Template>,
}

/// The personas of a company.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Personas(Arc<BTreeMap<PersonaName, Persona>>);

static BUILT_IN: LazyLock<Personas> = LazyLock::new(|| {
    // A test holds that all of the file can be read. What could not would be said in code's words.
    let rows = built_in_rows();
    let read = rows
        .iter()
        .map(|row| (row.name.clone(), Persona::read(row).0));
    Personas(Arc::new(read.collect()))
});

/// The personas that every company has, as they are written.
pub fn built_in_rows() -> Vec<PersonaRow> {
    serde_json::from_str(ROWS).unwrap_or_default()
}

impl Default for Personas {
    fn default() -> Self {
        BUILT_IN.clone()
    }
}

impl Personas {
    /// The built-in ones with a company's own: what a row of the same name has takes the place of
    /// the built-in.
    ///
    /// # Errors
    /// Everything that is wrong with the rows.
    pub fn with(rows: &[PersonaRow]) -> Result<Self, Vec<WrongPersona>> {
        let mut wrong = Vec::new();
        if rows.len() > MOST_PERSONAS {
            wrong.push(WrongPersona::Many(rows.len()));
        }
        let mut all = (*BUILT_IN.0).clone();
        let mut seen = BTreeSet::new();
        for row in rows {
            if !seen.insert(&row.name) {
                wrong.push(WrongPersona::Twice(row.name.clone()));
            }
            let (read, problems) = Persona::read(row);
            wrong.extend(problems);
            match all.get_mut(&row.name) {
                Some(known) => {
                    known.style = read.style;
                    known.answers.extend(read.answers);
                }
                None => {
                    all.insert(row.name.clone(), read);
                }
            }
        }
        match wrong.is_empty() {
            true => Ok(Self(Arc::new(all))),
            false => Err(wrong),
        }
    }

    /// Whether there is one of this name.
    pub fn has(&self, name: &PersonaName) -> bool {
        self.0.contains_key(name)
    }

    /// How somebody with this persona is written to, for models; none where nothing is said of it.
    pub fn style(&self, name: Option<&PersonaName>) -> Option<&str> {
        let name = name.filter(|name| name.as_str() != DEFAULT)?;
        self.0.get(name).map(|persona| persona.style.as_str())
    }

    /// What is said to somebody with this persona, and what went wrong on the way there. A persona
    /// that is not there any more is the default.
    pub fn say(
        &self,
        name: Option<&PersonaName>,
        kind: AnswerKind,
        values: &Values,
    ) -> (Option<String>, Vec<String>) {
        let built_in = &BUILT_IN.0;
        let default = |all: &BTreeMap<PersonaName, Persona>, name: &str| {
            let mut named = all.iter().filter(|(it, _)| it.as_str() == name);
            named
                .next()
                .and_then(|(_, it)| it.answers.get(&kind))
                .cloned()
        };
        let own = name
            .and_then(|name| self.0.get(name)?.answers.get(&kind))
            .cloned();
        let tries = [
            (name.map_or(DEFAULT, PersonaName::as_str), own),
            (DEFAULT, default(&self.0, DEFAULT)),
            (DEFAULT, default(built_in, DEFAULT)),
        ];
        let mut wrong = Vec::new();
        for (whose, template) in tries {
            match template.map(|template| template.fill(values)) {
                Some(Ok(text)) => return (Some(text), wrong),
                Some(Err(why)) => {
                    let detail = format!("persona {whose:?}, answer {:?}: {why}", kind.as_str());
                    if !wrong.contains(&detail) {
                        wrong.push(detail);
                    }
                }
                None => {}
            }
        }
        (None, wrong)
    }
}

impl Persona {
    /// What can be read of a row, and what is wrong with the rest.
    fn read(row: &PersonaRow) -> (Self, Vec<WrongPersona>) {
        let mut wrong = Vec::new();
        for (field, text) in [("description", &row.description), ("style", &row.style)] {
            let got = text.chars().count();
            let is_line = !text.trim().is_empty() && !text.contains(char::is_control);
            if !is_line || got > LONGEST_STYLE {
                wrong.push(WrongPersona::Field {
                    persona: row.name.clone(),
                    field,
                    got,
                    most: LONGEST_STYLE,
                });
            }
        }
        let mut answers = BTreeMap::new();
        for (answer, text) in &row.answers {
            let Some(kind) = AnswerKind::of(answer) else {
                let known = AnswerKind::ALL.map(AnswerKind::as_str).join(", ");
                wrong.push(WrongPersona::NoAnswer {
                    persona: row.name.clone(),
                    answer: answer.clone(),
                    known,
                });
                continue;
            };
            match Template::parse(text, kind.fields()) {
                Ok(template) => {
                    answers.insert(kind, template);
                }
                Err(why) => wrong.push(WrongPersona::Template {
                    persona: row.name.clone(),
                    answer: kind.as_str(),
                    wrong: why,
                }),
            }
        }
        let style = row.style.trim().to_owned();
        (Self { style, answers }, wrong)
    }
}

/// All that is wrong, a line each.
pub fn explained(wrong: &[WrongPersona]) -> String {
    let lines: Vec<String> = wrong.iter().map(ToString::to_string).collect();
    lines.join("\n")
}

#[cfg(test)]
mod tests;
