//! Agents as data: who a conversation belongs to, what it is told, what it may call, and which
//! models it asks.

use std::{collections::BTreeMap, fmt};

use serde::{Deserialize, Serialize};

use crate::model::{ModelName, Provider};

/// The tools that an agent may be given and that are built in. Sending a released document is not
/// among them: only a decision does that.
pub const BUILT_IN_TOOLS: [&str; 7] = [
    "check_inventory",
    "view_alerts",
    "agent_status",
    "generate_report",
    "ask_colleague",
    "offer_choices",
    "react",
];

/// What an agent's conversations are about. Triage chooses one of the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AgentKind {
    /// Which kind a new conversation is of; it answers nobody.
    Triage,
    /// Dates and places that are to be kept free.
    Booking,
    /// Money that is to be paid, was paid or comes back.
    Payment,
    /// Something that went wrong with what was bought.
    Support,
    /// Buildings and rooms to let.
    Property,
    /// Deliveries and rides.
    Driver,
    /// What can be bought.
    Shop,
    /// Everything else, and whatever triage is not sure of.
    General,
}

impl AgentKind {
    /// Every kind.
    pub const ALL: [Self; 8] = [
        Self::Triage,
        Self::Booking,
        Self::Payment,
        Self::Support,
        Self::Property,
        Self::Driver,
        Self::Shop,
        Self::General,
    ];

    /// The kind's word, in files, prompts and tables.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Triage => "triage",
            Self::Booking => "booking",
            Self::Payment => "payment",
            Self::Support => "support",
            Self::Property => "property",
            Self::Driver => "driver",
            Self::Shop => "shop",
            Self::General => "general",
        }
    }

    /// The kind with this word.
    pub fn named(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }
}

/// An agent that talks, with a model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AgentRow {
    /// Its id: 1 to 40 of a-z, 0-9 and `_`.
    pub name: String,
    /// What its conversations are about.
    pub kind: AgentKind,
    /// One line for whoever asks what it is, and for triage.
    pub description: String,
    /// What its model is told.
    pub instructions: String,
    /// Answers.
    pub model: ModelName,
    /// Does what needs less: triage, compaction, and answering when money gets short.
    pub small_model: ModelName,
    /// Answers when `model` doesn't.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fallback: Option<ModelName>,
    /// From 0, always the likeliest word, to 2.
    pub temperature: f64,
    /// The most tokens of an answer, from 1 to [`MOST_TOKENS`].
    pub max_tokens: u32,
    /// The names of the tools it may call.
    pub tools: Vec<String>,
    /// Whether its models are shown pictures.
    #[serde(default, skip_serializing_if = "Sight::is_known")]
    pub sight: Sight,
    /// Whether it works at all.
    pub enabled: bool,
    /// Whatever else is to be known of it, for people and other programs.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub metadata: BTreeMap<String, String>,
}

/// Whether an agent's models are shown the pictures that customers send.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sight {
    /// Those that are known to see.
    #[default]
    Known,
    /// All, whatever is known of them: for servers of one's own.
    On,
    /// None.
    Off,
}

impl Sight {
    fn is_known(&self) -> bool {
        *self == Self::Known
    }
}

/// The most characters of instructions, which every call pays for.
pub const MOST_INSTRUCTIONS: usize = 8_000;
/// The most characters of a description: all agents' fit into one message.
pub const MOST_DESCRIPTION: usize = 80;
/// The most tokens of an answer.
pub const MOST_TOKENS: u32 = 16_384;
/// The most tools of an agent: a model chooses badly among more.
pub const MOST_TOOLS: usize = 32;

impl AgentRow {
    /// An agent of a kind with the models and limits that are usual; its words are still to be
    /// written.
    pub fn new(kind: AgentKind) -> Self {
        let openai = |model: &str| ModelName {
            provider: Provider::OpenAi,
            model: model.to_owned(),
        };
        let (temperature, max_tokens) = match kind {
            AgentKind::Triage => (0.3, 50),
            _ => (0.7, 1_000),
        };
        Self {
            name: kind.as_str().to_owned(),
            kind,
            description: String::new(),
            instructions: String::new(),
            model: openai("gpt-4o"),
            small_model: openai("gpt-4o-mini"),
            fallback: None,
            temperature,
            max_tokens,
            tools: Vec::new(),
            sight: Sight::Known,
            enabled: true,
            metadata: BTreeMap::new(),
        }
    }

    /// Every model it may ask, with the field that names it.
    pub fn models(&self) -> impl Iterator<Item = (&'static str, &ModelName)> {
        [("model", &self.model), ("small_model", &self.small_model)]
            .into_iter()
            .chain(self.fallback.as_ref().map(|model| ("fallback", model)))
    }

    /// Whether it can work as written.
    ///
    /// # Errors
    /// Everything that is wrong with it, field by field.
    pub fn check(&self) -> Result<(), WrongAgent> {
        let mut wrong = Vec::new();
        let mut note = |field, got: String, wants: &str| {
            let wants = wants.to_owned();
            wrong.push(WrongField { field, got, wants });
        };
        if !is_word(&self.name, 40, |b| b == b'_') {
            note("name", quoted(&self.name), "1 to 40 of a-z, 0-9 and _");
        }
        for (field, text, most) in [
            ("description", &self.description, MOST_DESCRIPTION),
            ("instructions", &self.instructions, MOST_INSTRUCTIONS),
        ] {
            let length = text.chars().count();
            if !(1..=most).contains(&length) {
                let got = format!("{length} characters");
                note(field, got, &format!("1 to {most}"));
            }
        }
        if self.description.contains('\n') {
            note("description", "several lines".to_owned(), "one line");
        }
        if !(0.0..=2.0).contains(&self.temperature) {
            let got = self.temperature.to_string();
            note("temperature", got, "a number from 0 to 2");
        }
        if !(1..=MOST_TOKENS).contains(&self.max_tokens) {
            let wants = format!("a whole number from 1 to {MOST_TOKENS}");
            note("max_tokens", self.max_tokens.to_string(), &wants);
        }
        let count = || format!("{} tools", self.tools.len());
        if self.tools.len() > MOST_TOOLS {
            note("tools", count(), &format!("at most {MOST_TOOLS}"));
        }
        if self.kind == AgentKind::Triage && !self.tools.is_empty() {
            note("tools", count(), "none: triage only chooses who answers");
        }
        for (index, tool) in self.tools.iter().enumerate() {
            if !is_word(tool, 64, |b| b == b'_' || b == b'-') {
                note(
                    "tools",
                    quoted(tool),
                    "names of 1 to 64 of a-z, 0-9, _ and -",
                );
            }
            if self.tools[..index].contains(tool) {
                let got = format!("{} a second time", quoted(tool));
                note("tools", got, "each only once");
            }
        }
        if wrong.is_empty() {
            Ok(())
        } else {
            Err(WrongAgent {
                name: self.name.chars().take(40).collect(),
                fields: wrong,
            })
        }
    }
}

pub(crate) fn is_word(text: &str, most: usize, also: fn(u8) -> bool) -> bool {
    let valid = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || also(b);
    (1..=most).contains(&text.len()) && text.bytes().all(valid)
}

pub(crate) fn quoted(text: &str) -> String {
    format!("{:?}", text.chars().take(60).collect::<String>())
}

/// An agent that can't work as written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrongAgent {
    /// Which.
    pub name: String,
    /// What is wrong.
    pub fields: Vec<WrongField>,
}

/// A field of what a company configures that is not as it has to be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field}: got {got}, wants {wants}")]
pub struct WrongField {
    /// Its name.
    pub field: &'static str,
    /// What is there.
    pub got: String,
    /// What should be.
    pub wants: String,
}

impl fmt::Display for WrongAgent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "agent {}:", self.name)?;
        for (index, field) in self.fields.iter().enumerate() {
            let separator = if index == 0 { "" } else { ";" };
            write!(f, "{separator} {field}")?;
        }
        Ok(())
    }
}

impl std::error::Error for WrongAgent {}

#[cfg(test)]
mod tests {
    use super::*;

    fn agent(kind: AgentKind) -> AgentRow {
        AgentRow {
            description: "Sells.".to_owned(),
            instructions: "Sell.".to_owned(),
            ..AgentRow::new(kind)
        }
    }

    fn check(edit: impl FnOnce(&mut AgentRow), expect: &str) {
        let mut row = agent(AgentKind::Shop);
        edit(&mut row);
        assert_eq!(row.check().unwrap_err().to_string(), expect);
    }

    #[test]
    fn o1_an_agent_is_as_usual_unless_it_says_otherwise() {
        for kind in AgentKind::ALL {
            let row = agent(kind);
            assert_eq!(row.check(), Ok(()));
            let (temperature, tokens) = match kind {
                AgentKind::Triage => (0.3, 50),
                _ => (0.7, 1_000),
            };
            assert_eq!((row.temperature, row.max_tokens), (temperature, tokens));
            assert_eq!(AgentKind::named(kind.as_str()), Some(kind));
            let word = serde_json::to_value(kind).unwrap();
            assert_eq!(word, kind.as_str());
        }
        assert_eq!(AgentKind::named("background"), None);
    }

    #[test]
    fn o1_what_is_wrong_with_an_agent_is_named_by_field() {
        check(
            |row| row.name = "Shop 1".to_owned(),
            "agent Shop 1: name: got \"Shop 1\", wants 1 to 40 of a-z, 0-9 and _",
        );
        check(
            |row| row.instructions = "x".repeat(8_001),
            "agent shop: instructions: got 8001 characters, wants 1 to 8000",
        );
        check(
            |row| (row.temperature, row.max_tokens) = (f64::NAN, 0),
            "agent shop: temperature: got NaN, wants a number from 0 to 2; max_tokens: got 0, \
             wants a whole number from 1 to 16384",
        );
        check(
            |row| {
                row.tools = vec![
                    "look_up".to_owned(),
                    "look_up".to_owned(),
                    "Buy!".to_owned(),
                ]
            },
            "agent shop: tools: got \"look_up\" a second time, wants each only once; tools: got \
             \"Buy!\", wants names of 1 to 64 of a-z, 0-9, _ and -",
        );
        check(
            |row| (row.kind, row.tools) = (AgentKind::Triage, vec!["look_up".to_owned()]),
            "agent shop: tools: got 1 tools, wants none: triage only chooses who answers",
        );
    }

    #[test]
    fn o1_an_agent_is_read_as_it_is_written() {
        let mut row = agent(AgentKind::Shop);
        row.fallback = Some("anthropic:claude-haiku-4-5".parse().unwrap());
        row.metadata.insert("team".to_owned(), "sales".to_owned());
        let text = serde_json::to_string(&row).unwrap();
        assert_eq!(serde_json::from_str::<AgentRow>(&text).unwrap(), row);
        let fields: Vec<_> = row.models().map(|(field, _)| field).collect();
        assert_eq!(fields, ["model", "small_model", "fallback"]);
    }

    #[test]
    fn o1_the_built_in_tools_are_those_that_can_be_called() {
        use crate::tool::{
            AlertsArguments, InventoryArguments, ReportArguments, ReportKind, ToolCall,
        };
        let day = "2026-11-20".parse().unwrap();
        let calls = [
            ToolCall::CheckInventory(InventoryArguments::Product("widget".to_owned())),
            ToolCall::ViewAlerts(AlertsArguments::default()),
            ToolCall::AgentStatus,
            ToolCall::GenerateReport(ReportArguments {
                kind: ReportKind::Sales,
                from: day,
                to: day,
                asks: None,
            }),
        ];
        // These are planned by the step that decides on them, and so are no calls.
        let planned = [
            crate::registry::ASK_COLLEAGUE,
            crate::registry::OFFER_CHOICES,
            crate::registry::REACT,
        ];
        let called = calls.iter().map(ToolCall::name);
        let called: Vec<&str> = called.chain(planned).collect();
        assert_eq!(called, BUILT_IN_TOOLS);
    }
}
