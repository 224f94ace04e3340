//! Texts with placeholders: the part of Mustache that has no logic. `{{name}}` is what it names,
//! `{{#name}}…{{/name}}` is there for each of its rows, or once if it is known, and
//! `{{^name}}…{{/name}}` if it is not. A line that has nothing but the beginning or the end of such
//! a section is not in what comes out.
//!
//! There are no loops but over rows that are there, no calls and no recursion, so that every
//! template ends. What is put in for a placeholder is text, whatever it looks like.

use std::collections::BTreeMap;

/// The most characters of a template.
pub const LONGEST_TEMPLATE: usize = 2_000;

/// The most characters that come out: more than is ever sent.
const LONGEST_RESULT: usize = 20_000;

/// How deep sections may lie in each other.
const DEEPEST: usize = 6;

/// A template that can be filled in with what it was checked against.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template(Vec<Part>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Text(String),
    Placeholder(String),
    Section(Section),
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Section {
    name: String,
    when: When,
    parts: Vec<Part>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum When {
    Known,
    Unknown,
}

/// What a placeholder can name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Field {
    /// As templates write it.
    pub name: &'static str,
    /// What is there.
    pub kind: Kind,
}

/// What there is of a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Always a text.
    Text,
    /// A text, if it is known: it stands in a section of its own.
    Maybe,
    /// Whether something is so: a section, and no text.
    Flag,
    /// Rows, each with these.
    Rows(&'static [Field]),
}

/// What is wrong with a template, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrongTemplate {
    /// From 1.
    pub line: usize,
    /// From 1, in characters.
    pub column: usize,
    /// What is wrong, and what is wanted.
    pub why: String,
}

/// What is put in: texts and rows by name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Values(BTreeMap<&'static str, Given>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Given {
    Text(String),
    Rows(Vec<Values>),
}

impl Values {
    /// With this text.
    pub fn text(mut self, name: &'static str, text: impl ToString) -> Self {
        self.0.insert(name, Given::Text(text.to_string()));
        self
    }

    /// With this text, if there is one.
    pub fn maybe(self, name: &'static str, text: Option<impl ToString>) -> Self {
        match text {
            Some(text) => self.text(name, text),
            None => self,
        }
    }

    /// With the flag of this name.
    pub fn flag(self, name: &'static str) -> Self {
        self.rows(name, [Self::default()])
    }

    /// With these rows.
    pub fn rows(mut self, name: &'static str, rows: impl IntoIterator<Item = Self>) -> Self {
        let rows = rows.into_iter().collect();
        self.0.insert(name, Given::Rows(rows));
        self
    }
}

/// Why nothing came of a template.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unfilled {
    /// Nothing is left of it.
    #[error("nothing but blanks came of it")]
    Blank,
    /// It grew out of all proportion.
    #[error("it came to more than {LONGEST_RESULT} characters")]
    Long,
    /// A placeholder that it was not checked for.
    #[error("{{{{{0}}}}} is not known")]
    Unknown(String),
}

impl Template {
    /// Reads a template and checks it against the fields it may name.
    ///
    /// # Errors
    /// The first thing that is wrong, and where.
    pub fn parse(text: &str, fields: &'static [Field]) -> Result<Self, WrongTemplate> {
        let long = text.chars().count();
        if text.trim().is_empty() || long > LONGEST_TEMPLATE {
            let why =
                format!("got {long} characters, wants 1 to {LONGEST_TEMPLATE}, not all blank");
            return Err(WrongTemplate {
                line: 1,
                column: 1,
                why,
            });
        }
        let mut reader = Reader {
            scopes: vec![fields],
            open: Vec::new(),
            parts: vec![Vec::new()],
        };
        let text = text.trim_end();
        for (index, line) in text.split_inclusive('\n').enumerate() {
            reader.line(index + 1, line)?;
        }
        reader.end()
    }

    /// The text with `values` in it.
    ///
    /// # Errors
    /// When nothing can be sent of it.
    pub fn fill(&self, values: &Values) -> Result<String, Unfilled> {
        let mut out = String::new();
        fill(&self.0, &mut vec![values], &mut out)?;
        let out = out.trim();
        match out.is_empty() {
            true => Err(Unfilled::Blank),
            false => Ok(out.to_owned()),
        }
    }
}

fn fill(parts: &[Part], scopes: &mut Vec<&Values>, out: &mut String) -> Result<(), Unfilled> {
    for part in parts {
        if out.len() > LONGEST_RESULT {
            return Err(Unfilled::Long);
        }
        match part {
            Part::Text(text) => out.push_str(text),
            Part::Placeholder(name) => match given(scopes, name) {
                Some(Given::Text(text)) => out.push_str(text),
                _ => return Err(Unfilled::Unknown(name.clone())),
            },
            Part::Section(Section { name, when, parts }) => match (when, given(scopes, name)) {
                (When::Known, Some(Given::Text(_))) => fill(parts, scopes, out)?,
                (When::Known, Some(Given::Rows(rows))) => {
                    for row in rows {
                        scopes.push(row);
                        fill(parts, scopes, out)?;
                        scopes.pop();
                    }
                }
                (When::Unknown, Some(Given::Rows(rows))) if rows.is_empty() => {
                    fill(parts, scopes, out)?;
                }
                (When::Unknown, None) => fill(parts, scopes, out)?,
                (When::Known, None) | (When::Unknown, Some(_)) => {}
            },
        }
    }
    Ok(())
}

fn given<'a>(scopes: &[&'a Values], name: &str) -> Option<&'a Given> {
    scopes.iter().rev().find_map(|scope| scope.0.get(name))
}

/// A section whose end has yet to come.
struct Open {
    name: String,
    when: When,
    line: usize,
    column: usize,
}

struct Reader {
    scopes: Vec<&'static [Field]>,
    open: Vec<Open>,
    /// What is read of each open section, and of the template itself first.
    parts: Vec<Vec<Part>>,
}

impl Reader {
    fn line(&mut self, number: usize, line: &str) -> Result<(), WrongTemplate> {
        let alone = line.trim();
        let is_tag =
            |tag: &str| tag.starts_with("{{#") || tag.starts_with("{{^") || tag.starts_with("{{/");
        if is_tag(alone) && alone.find("}}") == Some(alone.len() - 2) {
            let column = line.chars().take_while(|c| c.is_whitespace()).count() + 1;
            return self.tag(number, column, &alone[2..alone.len() - 2]);
        }
        let mut rest = line;
        let mut column = 1;
        while let Some(at) = rest.find("{{") {
            let (before, tag) = rest.split_at(at);
            self.text(before);
            column += before.chars().count();
            let wrong = |why: &str| WrongTemplate {
                line: number,
                column,
                why: why.to_owned(),
            };
            let end = tag
                .find("}}")
                .ok_or_else(|| wrong("{{ without }} on its line"))?;
            self.tag(number, column, &tag[2..end])?;
            column += tag[..end + 2].chars().count();
            rest = &tag[end + 2..];
        }
        self.text(rest);
        Ok(())
    }

    fn text(&mut self, text: &str) {
        if let (Some(parts), false) = (self.parts.last_mut(), text.is_empty()) {
            parts.push(Part::Text(text.to_owned()));
        }
    }

    fn tag(&mut self, line: usize, column: usize, tag: &str) -> Result<(), WrongTemplate> {
        let wrong = |why: String| WrongTemplate { line, column, why };
        let (sign, name) = match tag.chars().next() {
            Some(sign @ ('#' | '^' | '/')) => (Some(sign), &tag[1..]),
            _ => (None, tag),
        };
        let name = name.trim();
        let when = match sign {
            Some('/') => return self.close(name).map_err(wrong),
            Some('#') => Some(When::Known),
            Some('^') => Some(When::Unknown),
            _ => None,
        };
        let kind = self.kind(name).map_err(wrong)?;
        let Some(when) = when else {
            self.is_text(name, kind).map_err(wrong)?;
            self.push(Part::Placeholder(name.to_owned()));
            return Ok(());
        };
        if self.open.len() >= DEEPEST {
            return Err(wrong(format!(
                "sections lie in each other at most {DEEPEST} deep"
            )));
        }
        let inside = match (when, kind) {
            (When::Known, Kind::Rows(fields)) => fields,
            _ => &[],
        };
        self.scopes.push(inside);
        self.parts.push(Vec::new());
        self.open.push(Open {
            name: name.to_owned(),
            when,
            line,
            column,
        });
        Ok(())
    }

    fn push(&mut self, part: Part) {
        if let Some(parts) = self.parts.last_mut() {
            parts.push(part);
        }
    }

    fn kind(&self, name: &str) -> Result<Kind, String> {
        let fields = || self.scopes.iter().rev().copied().flatten();
        let field = fields().find(|field| field.name == name);
        field.map(|field| field.kind).ok_or_else(|| {
            let names: Vec<&str> = fields().map(|field| field.name).collect();
            format!(
                "{{{{{name}}}}} is no placeholder here; there are {}",
                names.join(", ")
            )
        })
    }

    /// What may be missing is only named where it is there.
    fn is_text(&self, name: &str, kind: Kind) -> Result<(), String> {
        let mut open = self.open.iter();
        match kind {
            Kind::Text => Ok(()),
            Kind::Maybe if open.any(|open| open.name == name && open.when == When::Known) => Ok(()),
            Kind::Maybe => Err(format!(
                "{{{{{name}}}}} is not always known; write {{{{#{name}}}}}…{{{{{name}}}}}…{{{{/{name}}}}}"
            )),
            Kind::Flag | Kind::Rows(_) => Err(format!(
                "{{{{{name}}}}} is no text; write {{{{#{name}}}}}…{{{{/{name}}}}}"
            )),
        }
    }

    fn close(&mut self, name: &str) -> Result<(), String> {
        let is_it = self.open.last().is_some_and(|open| open.name == name);
        let (true, Some(open), Some(parts)) = (is_it, self.open.pop(), self.parts.pop()) else {
            return Err(format!("{{{{/{name}}}}} ends no section that began last"));
        };
        self.scopes.pop();
        self.push(Part::Section(Section {
            name: open.name,
            when: open.when,
            parts,
        }));
        Ok(())
    }

    fn end(mut self) -> Result<Template, WrongTemplate> {
        match self.open.pop() {
            Some(Open {
                name, line, column, ..
            }) => Err(WrongTemplate {
                line,
                column,
                why: format!("{{{{#{name}}}}} has no {{{{/{name}}}}}"),
            }),
            None => Ok(Template(self.parts.pop().unwrap_or_default())),
        }
    }
}

#[cfg(test)]
mod tests;
