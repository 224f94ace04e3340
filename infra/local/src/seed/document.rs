//! A file that a person edits, and what is wrong in all of them.

use std::cell::RefCell;

use anyhow::anyhow;
use countersign_core::agent::AgentKind;
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use super::reader::Entry;

/// What a file is called, and its place in the order in which problems are listed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct FileName {
    place: usize,
    name: String,
}

impl FileName {
    pub fn new(place: usize, name: impl Into<String>) -> Self {
        Self {
            place,
            name: name.into(),
        }
    }
}

impl From<SeedFile> for FileName {
    fn from(file: SeedFile) -> Self {
        Self::new(file.place(), file.name())
    }
}

/// A file of the seed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SeedFile {
    Company,
    Products,
    Alerts,
    Sales,
    Prices,
    Policy,
    Agents,
    Schedules,
    Personas,
    Templates,
    Agent(AgentKind),
    /// One of `tools/`, by its name there.
    Tools(&'static str),
}

impl SeedFile {
    const fn place(self) -> usize {
        match self {
            Self::Company => 0,
            Self::Products => 1,
            Self::Alerts => 2,
            Self::Sales => 3,
            Self::Prices => 4,
            Self::Policy => 5,
            Self::Agents => 6,
            Self::Agent(kind) => 7 + kind as usize,
            // Those of one place are told apart by their names.
            Self::Tools(_) => 7 + AgentKind::ALL.len(),
            Self::Schedules => 8 + AgentKind::ALL.len(),
            Self::Personas => 9 + AgentKind::ALL.len(),
            Self::Templates => 10 + AgentKind::ALL.len(),
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Company => "company.toml",
            Self::Products => "products.toml",
            Self::Alerts => "alerts.toml",
            Self::Sales => "sales.toml",
            Self::Prices => "prices.toml",
            Self::Policy => "policy.toml",
            Self::Agents => "agents.toml",
            Self::Schedules => "schedules.toml",
            Self::Personas => "personas.toml",
            Self::Templates => "templates.toml",
            Self::Agent(AgentKind::Triage) => "agents/triage.toml",
            Self::Agent(AgentKind::Booking) => "agents/booking.toml",
            Self::Agent(AgentKind::Payment) => "agents/payment.toml",
            Self::Agent(AgentKind::Support) => "agents/support.toml",
            Self::Agent(AgentKind::Property) => "agents/property.toml",
            Self::Agent(AgentKind::Driver) => "agents/driver.toml",
            Self::Agent(AgentKind::Shop) => "agents/shop.toml",
            Self::Agent(AgentKind::General) => "agents/general.toml",
            Self::Tools(name) => name,
        }
    }
}

/// Everything found wrong so far: file, line and message.
#[derive(Debug, Default)]
pub(crate) struct Problems(RefCell<Vec<(FileName, usize, String)>>);

impl Problems {
    /// Whether nothing was wrong so far.
    pub fn is_empty(&self) -> bool {
        self.0.borrow().is_empty()
    }

    /// The value if nothing was wrong with `all`, else one error that names everything.
    pub fn into_result<T>(self, all: &str, value: Option<T>) -> anyhow::Result<T> {
        let mut problems = self.0.into_inner();
        problems.sort_by(|one, other| (&one.0, one.1).cmp(&(&other.0, other.1)));
        match value {
            Some(value) if problems.is_empty() => Ok(value),
            _ => {
                let list: String = problems
                    .iter()
                    .map(|(file, line, message)| format!("\n- {} line {line}{message}", file.name))
                    .collect();
                Err(anyhow!("{all} is not valid, please correct:{list}"))
            }
        }
    }
}

/// One file, parsed.
pub(crate) struct Document<'a> {
    file: FileName,
    text: &'a str,
    table: DeTable<'a>,
    problems: &'a Problems,
}

impl<'a> Document<'a> {
    /// The file as a table; `None`, with a problem for each mistake, if it isn't TOML.
    pub fn open(file: impl Into<FileName>, text: &'a str, problems: &'a Problems) -> Option<Self> {
        let (table, errors) = DeTable::parse_recoverable(text);
        let document = Self {
            file: file.into(),
            text,
            table: table.into_inner(),
            problems,
        };
        for error in &errors {
            let start = error.span().map_or(text.len(), |span| span.start);
            document.note(start, format!(": not TOML: {}", error.message()));
        }
        errors.is_empty().then_some(document)
    }

    /// The whole file as one entry.
    pub fn top(&self) -> Entry<'_> {
        Entry::new(self, &self.table, 0, String::new())
    }

    /// Notes a problem of what begins at byte `start`.
    pub fn note(&self, start: usize, message: String) {
        let problem = (self.file.clone(), self.line(start), message);
        self.problems.0.borrow_mut().push(problem);
    }

    /// The line of byte `start`, from 1.
    pub fn line(&self, start: usize) -> usize {
        let before = self.text.bytes().take(start);
        1 + before.filter(|b| *b == b'\n').count()
    }

    /// Where a line begins of the text whose quotes begin at byte `start`, counted from 1. The text of
    /// three quotes begins on the line after them if nothing follows them on theirs.
    pub fn line_within(&self, start: usize, line: usize) -> usize {
        let text = self.text.get(start..).unwrap_or_default();
        let quotes = ["\"\"\"", "'''"];
        let below = quotes.iter().any(|quotes| {
            let rest = text.strip_prefix(quotes).unwrap_or_default();
            rest.starts_with('\n') || rest.starts_with("\r\n")
        });
        let skipped = line.saturating_sub(1) + usize::from(below);
        let length = text.split_inclusive('\n').take(skipped).map(str::len);
        start + length.sum::<usize>()
    }

    /// The value as the person wrote it, on one line and not too long.
    pub fn quote(&self, value: &Spanned<DeValue<'_>>) -> String {
        let text = self.text.get(value.span()).unwrap_or_default();
        let line = text.lines().next().unwrap_or_default();
        let short: String = line.chars().take(60).collect();
        if short.len() < text.len() {
            format!("{short}…")
        } else {
            short
        }
    }
}
