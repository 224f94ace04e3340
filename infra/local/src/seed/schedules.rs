//! Tasks that come round.

use std::collections::BTreeSet;

use countersign_core::{
    E164,
    launch::{LONGEST_TASK, Task},
    schedule::{self, Background, Every},
};

use super::{document::Document, reader::Entry};

/// A task that comes round, for somebody at the company's own number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScheduleSeed {
    /// Its name, unique in the company.
    pub name: String,
    /// The number of who gets what comes of it.
    pub to: E164,
    /// What is to be done.
    pub task: Task,
    /// When, in the company's time zone.
    pub every: Every,
    /// Whether it runs.
    pub enabled: bool,
    /// The agent that looks first.
    pub agent: Option<Background>,
}

pub(super) fn read(document: &Document<'_>) -> Vec<ScheduleSeed> {
    let mut top = document.top();
    let mut names = BTreeSet::new();
    let schedules = top
        .tables("schedule", "name")
        .into_iter()
        .filter_map(|entry| one(entry, &mut names))
        .collect();
    top.finish();
    schedules
}

fn one(mut entry: Entry<'_>, names: &mut BTreeSet<String>) -> Option<ScheduleSeed> {
    if let Some(raw) = entry.raw("name") {
        entry.once("name", raw, names);
    }
    let name = entry.text_as("name", "1 to 40 of a-z, 0-9, - and _", |name| {
        schedule::is_name(name).then(|| name.to_owned())
    });
    let to = entry.id("to");
    let wants = format!("1 to {LONGEST_TASK} characters");
    let task = entry.text_as("task", &wants, |task| task.parse().ok());
    let every = entry.text_as("every", schedule::WANTS, |every| every.parse().ok());
    let enabled = entry.flag("enabled");
    let agent = match entry.raw("agent") {
        None => Some(None),
        Some(_) => entry
            .choice("agent", &Background::ALL, Background::as_str)
            .map(Some),
    };
    entry.finish();
    Some(ScheduleSeed {
        name: name?,
        to: to?,
        task: task?,
        every: every?,
        enabled: enabled?,
        agent: agent?,
    })
}
