//! A file of the seed, and what is wrong in all of them.

use std::cell::RefCell;

use anyhow::anyhow;
use countersign_core::agent::AgentKind;
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use super::reader::Entry;

/// A file of the seed, in the order in which problems are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum SeedFile {
    Company,
    Products,
    Alerts,
    Sales,
    Prices,
    Agents,
    Agent(AgentKind),
}

impl SeedFile {
    const fn name(self) -> &'static str {
        match self {
            Self::Company => "company.toml",
            Self::Products => "products.toml",
            Self::Alerts => "alerts.toml",
            Self::Sales => "sales.toml",
            Self::Prices => "prices.toml",
            Self::Agents => "agents.toml",
            Self::Agent(AgentKind::Triage) => "agents/triage.toml",
            Self::Agent(AgentKind::Booking) => "agents/booking.toml",
            Self::Agent(AgentKind::Payment) => "agents/payment.toml",
            Self::Agent(AgentKind::Support) => "agents/support.toml",
            Self::Agent(AgentKind::Property) => "agents/property.toml",
            Self::Agent(AgentKind::Driver) => "agents/driver.toml",
            Self::Agent(AgentKind::Shop) => "agents/shop.toml",
            Self::Agent(AgentKind::General) => "agents/general.toml",
        }
    }
}

/// Everything found wrong so far: file, line and message.
#[derive(Debug, Default)]
pub(super) struct Problems(RefCell<Vec<(SeedFile, usize, String)>>);

impl Problems {
    /// The value if nothing was wrong, else one error that names everything.
    pub fn into_result<T>(self, value: Option<T>) -> anyhow::Result<T> {
        let mut problems = self.0.into_inner();
        problems.sort_by_key(|(file, line, _)| (*file, *line));
        match value {
            Some(value) if problems.is_empty() => Ok(value),
            _ => {
                let list: String = problems
                    .iter()
                    .map(|(file, line, message)| {
                        format!("\n- {} line {line}{message}", file.name())
                    })
                    .collect();
                Err(anyhow!("infra/seed is not valid, please correct:{list}"))
            }
        }
    }
}

/// One file, parsed.
pub(super) struct Document<'a> {
    file: SeedFile,
    text: &'a str,
    table: DeTable<'a>,
    problems: &'a Problems,
}

impl<'a> Document<'a> {
    /// The file as a table; `None`, with a problem for each mistake, if it isn't TOML.
    pub fn open(file: SeedFile, text: &'a str, problems: &'a Problems) -> Option<Self> {
        let (table, errors) = DeTable::parse_recoverable(text);
        let document = Self {
            file,
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
        let line = 1 + self
            .text
            .bytes()
            .take(start)
            .filter(|b| *b == b'\n')
            .count();
        self.problems
            .0
            .borrow_mut()
            .push((self.file, line, message));
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
