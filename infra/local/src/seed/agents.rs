//! The agents of the company that work by rules, without a model.

use std::collections::BTreeSet;

use super::{
    document::Document,
    reader::{Entry, one_of},
};

/// An agent as it stands when the company is seeded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgentSeed {
    /// Its id, lower case with underscores, unique in the company.
    pub name: String,
    /// Where it works.
    pub kind: RuleKind,
    /// One line for whoever asks what it is.
    pub description: String,
    /// What it shall do, in words.
    pub instructions: String,
    /// Whether it works at all.
    pub enabled: bool,
    /// The commands it carries out, out of [`AgentSeed::COMMANDS`]; each belongs to one agent.
    pub commands: Vec<String>,
}

impl AgentSeed {
    /// The commands there are.
    pub const COMMANDS: [&'static str; 5] = [
        "check_inventory",
        "view_alerts",
        "agent_status",
        "help",
        "generate_report",
    ];
}

/// Where an agent without a model works.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RuleKind {
    /// In conversations: it carries out commands.
    Commands,
    /// Behind them, on work that takes longer.
    Background,
}

impl RuleKind {
    /// Every kind, as listed to a person.
    pub const ALL: [Self; 2] = [Self::Commands, Self::Background];

    /// The kind as the file names it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Commands => "commands",
            Self::Background => "background",
        }
    }
}

/// The agents; their names go among `names`, which are unique over all files.
pub(super) fn read(document: &Document<'_>, names: &mut BTreeSet<String>) -> Vec<AgentSeed> {
    let mut top = document.top();
    let mut commands = BTreeSet::new();
    let agents = top
        .tables("agent", "name")
        .into_iter()
        .filter_map(|entry| agent(entry, names, &mut commands))
        .collect();
    top.finish();
    agents
}

fn agent(
    mut entry: Entry<'_>,
    names: &mut BTreeSet<String>,
    taken: &mut BTreeSet<String>,
) -> Option<AgentSeed> {
    if let Some(raw) = entry.raw("name") {
        entry.once("name", raw, names);
    }
    let name = entry.text_as("name", "1 to 40 of a-z, 0-9 and _", |name| {
        let valid = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
        ((1..=40).contains(&name.len()) && name.bytes().all(valid)).then(|| name.to_owned())
    });
    let kind = entry.choice("kind", &RuleKind::ALL, RuleKind::as_str);
    let description = entry.text("description");
    let instructions = entry.text("instructions");
    let enabled = entry.flag("enabled");
    let commands = entry.list("commands", |command| {
        if AgentSeed::COMMANDS.contains(&command) {
            Ok(())
        } else {
            Err(one_of(&AgentSeed::COMMANDS))
        }
    });
    for command in commands.iter().flatten() {
        entry.once("commands", command, taken);
    }
    entry.finish();
    Some(AgentSeed {
        name: name?,
        kind: kind?,
        description: description?,
        instructions: instructions?,
        enabled: enabled?,
        commands: commands?,
    })
}
