//! A template as the company has registered it with its providers, and how it is filled in.

use serde::{Deserialize, Serialize};

use super::MessageIntent;
use crate::{PersonaName, persona};

/// The most characters of a template's body once it is filled in, at both providers.
pub const MOST_CHARACTERS: usize = 1024;

/// The most characters of a value that a notice bears.
pub const MOST_VALUE: usize = 100;

/// The most characters of a template's name.
const LONGEST_NAME: usize = 64;

/// Where a template can be registered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Provider {
    /// Twilio, by its `HX…`.
    Twilio,
    /// Meta, by a name and a language.
    Meta,
}

/// A registered template, as a person writes it and as it is stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MessageTemplate {
    /// Ours for it, 1 to 64 of `a-z`, `0-9`, `_` and `-`.
    pub name: String,
    /// For which messages.
    pub intent: MessageIntent,
    /// For whom: persons who are spoken to as this, or as one that has no template of its own.
    #[serde(default)]
    pub persona: PersonaName,
    /// Its text as it is registered, with `{{1}}`, `{{2}}` and so on for its variables.
    pub body: String,
    /// What the variables are, in their order.
    #[serde(default)]
    pub variables: Vec<String>,
    /// The language it is registered in, such as `en` or `pt_BR`.
    pub language: String,
    /// Twilio's id of it, `HX…`; none where it is not registered there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub twilio: Option<String>,
    /// Meta's name of it; none where it is not registered there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub meta: Option<String>,
}

/// What is wrong with a template.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("got {got}, wants {wants}")]
pub struct WrongTemplate {
    /// The field.
    pub field: &'static str,
    /// What is there.
    pub got: String,
    /// What it wants.
    pub wants: String,
}

impl MessageTemplate {
    /// What is wrong with it, by field.
    pub fn check(&self) -> Vec<WrongTemplate> {
        let mut wrong = Vec::new();
        let mut reject = |field, got: String, wants: &str| {
            wrong.push(WrongTemplate {
                field,
                got,
                wants: wants.to_owned(),
            });
        };
        let is_name = |text: &str, most: usize| {
            let mut bytes = text.bytes();
            (1..=most).contains(&text.len())
                && bytes
                    .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_' || b == b'-')
        };
        if !is_name(&self.name, LONGEST_NAME) {
            reject(
                "name",
                format!("{:?}", self.name),
                "1 to 64 of a-z, 0-9, _ and -",
            );
        }
        if let Some(id) = &self.twilio
            && !is_twilios(id)
        {
            reject("twilio", format!("{id:?}"), "HX and 32 hex digits");
        }
        if let Some(name) = &self.meta
            && (!is_name(name, 512) || name.contains('-'))
        {
            reject("meta", format!("{name:?}"), "1 to 512 of a-z, 0-9 and _");
        }
        if self.twilio.is_none() && self.meta.is_none() {
            let wants = "at least one of twilio and meta: an id that a provider knows it by";
            reject("twilio", "none".to_owned(), wants);
        }
        let parts: Vec<&str> = self.language.split('_').collect();
        let letters = |part: &str, most| {
            (2..=most).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphabetic())
        };
        if !matches!(parts.as_slice(), [one] if letters(one, 3))
            && !matches!(parts.as_slice(), [one, two] if letters(one, 3) && letters(two, 4))
        {
            let got = format!("{:?}", self.language);
            reject("language", got, "a language such as \"en\" or \"pt_BR\"");
        }
        let known = self.intent.variables();
        for (index, variable) in self.variables.iter().enumerate() {
            if !known.contains(&variable.as_str()) {
                let wants = match known {
                    [] => format!("no variable for {}", self.intent.as_str()),
                    _ => format!("for {} any of {}", self.intent.as_str(), known.join(", ")),
                };
                reject("variables", format!("{variable:?}"), &wants);
            }
            if self.variables[..index].contains(variable) {
                reject(
                    "variables",
                    format!("{variable:?} a second time"),
                    "each only once",
                );
            }
        }
        // Who is asked to decide, or for a code, can't do without it.
        let essential = match self.intent {
            MessageIntent::ApprovalRequest | MessageIntent::Code => self.intent.carrier(),
            MessageIntent::Answer
            | MessageIntent::Task
            | MessageIntent::Report
            | MessageIntent::Waiting => None,
        };
        if let Some(variable) = essential
            && !self.has(variable)
        {
            let wants = format!("{variable:?} among them: a notice without it is of no use");
            reject("variables", format!("{:?}", self.variables), &wants);
        }
        let expected: Vec<usize> = (1..=self.variables.len()).collect();
        match self.placeholders() {
            Some(mut found) => {
                found.sort_unstable();
                if found != expected {
                    let got = format!("placeholders {found:?}");
                    let wants = "{{1}}, {{2}} and so on, one for each of the variables";
                    reject("body", got, wants);
                }
            }
            None => reject(
                "body",
                "{{ without a number and }}".to_owned(),
                "{{1}}, {{2}} and so on",
            ),
        }
        let length = self.body.chars().count();
        if length > MOST_CHARACTERS || self.body.trim().is_empty() {
            reject("body", format!("{length} characters"), "1 to 1024");
        }
        wrong
    }

    /// Whether it has this variable.
    pub fn has(&self, variable: &str) -> bool {
        self.variables.iter().any(|it| it == variable)
    }

    /// Whether it can say all that a message of its intent says.
    pub fn carries(&self) -> bool {
        self.intent.carrier().is_some_and(|it| self.has(it))
    }

    /// What a provider knows it by.
    pub fn id(&self, provider: Provider) -> Option<&str> {
        match provider {
            Provider::Twilio => self.twilio.as_deref(),
            Provider::Meta => self.meta.as_deref(),
        }
    }

    /// Its values, in their order; none when one is missing, can't be a value, or makes it too long.
    pub fn filled(&self, value: impl Fn(&str) -> Option<String>) -> Option<Vec<String>> {
        let values: Vec<String> = self
            .variables
            .iter()
            .map(|variable| value(variable).filter(|it| one_line(it) == *it && !it.is_empty()))
            .collect::<Option<_>>()?;
        (self.rendered(&values).chars().count() <= MOST_CHARACTERS).then_some(values)
    }

    /// What its recipient reads.
    pub fn rendered(&self, values: &[String]) -> String {
        let mut rendered = String::with_capacity(self.body.len());
        let mut rest = self.body.as_str();
        // A value may have braces in it, and is not looked into.
        while let Some((before, after)) = rest.split_once("{{") {
            rendered.push_str(before);
            let Some((number, after)) = after.split_once("}}") else {
                rendered.push_str("{{");
                rest = after;
                continue;
            };
            let index = number.parse::<usize>().ok().and_then(|n| n.checked_sub(1));
            rendered.push_str(index.and_then(|n| values.get(n)).map_or("", String::as_str));
            rest = after;
        }
        rendered.push_str(rest);
        rendered
    }

    /// The one for these messages and this person that a provider knows, if there is one: for their
    /// persona, else for the default.
    pub fn found<'a>(
        all: &'a [Self],
        intent: MessageIntent,
        persona: Option<&PersonaName>,
        provider: Provider,
    ) -> Option<&'a Self> {
        let of = |persona: &str| {
            all.iter().find(|it| {
                it.intent == intent && it.persona.as_str() == persona && it.id(provider).is_some()
            })
        };
        persona
            .and_then(|persona| of(persona.as_str()))
            .or_else(|| of(persona::DEFAULT))
    }

    fn placeholders(&self) -> Option<Vec<usize>> {
        let mut parts = self.body.split("{{");
        if parts.next()?.contains("}}") {
            return None;
        }
        parts
            .map(|part| {
                let (number, rest) = part.split_once("}}")?;
                if rest.contains("}}") {
                    return None;
                }
                number.parse().ok()
            })
            .collect()
    }
}

fn is_twilios(id: &str) -> bool {
    let digits = id.strip_prefix("HX").unwrap_or_default();
    digits.len() == 32 && digits.bytes().all(|b| b.is_ascii_hexdigit())
}

/// A text as the value of a variable: Meta refuses line breaks, tabs and runs of spaces.
pub fn one_line(text: &str) -> String {
    let is_blank = |c: char| c.is_whitespace() || c.is_control();
    let words = text.split(is_blank).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join(" ")
}
