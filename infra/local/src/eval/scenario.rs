//! What a scenario is.

use countersign_core::{agent::AgentKind, money::MicroUsd};
use serde_json::{Map, Value};

use super::Pattern;
use crate::{models::Canned, simulator::SimProvider};

/// A conversation with what is expected of it.
#[derive(Debug, Clone)]
pub struct Scenario {
    /// The file it is from, as it was named.
    pub file: String,
    /// What it shows.
    pub name: String,
    /// Who writes.
    pub from: Writer,
    /// Through which provider.
    pub through: SimProvider,
    /// What they call themselves on WhatsApp; their name in the seed unless given.
    pub called: Option<String>,
    /// Which models it is about.
    pub needs: Needs,
    /// What is said, in order; at least one.
    pub turns: Vec<Turn>,
}

/// Who writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Writer {
    /// The seed's first customer.
    Customer,
    /// The seed's first of the staff.
    Staff,
}

impl Writer {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Customer, Self::Staff];

    /// As the file names it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Customer => "customer",
            Self::Staff => "staff",
        }
    }
}

/// Which models a scenario is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Needs {
    /// Any: the fake server's or real ones.
    Any,
    /// The fake server's alone, because they do what a real one only does by chance.
    Fake,
    /// None: the company has no key.
    Nothing,
}

impl Needs {
    /// Each of them.
    pub const ALL: [Self; 3] = [Self::Any, Self::Fake, Self::Nothing];

    /// As the file names it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Any => "any",
            Self::Fake => "fake",
            Self::Nothing => "none",
        }
    }
}

/// One thing that somebody does, and what is to come of it.
#[derive(Debug, Clone)]
pub struct Turn {
    /// Its line in the file, from 1.
    pub line: usize,
    /// What is done.
    pub act: Act,
    /// What is expected; at least one thing.
    pub expects: Vec<Expectation>,
    /// What the fake server answers, in the order of the questions.
    pub answers: Vec<Canned>,
}

/// What somebody does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Act {
    /// The writer writes this.
    Says(String),
    /// The writer taps the button, or chooses the row, of the newest message that has one with this
    /// title.
    Taps(String),
    /// The approver approves the newest request.
    Approves,
    /// The approver rejects it, with this reason.
    Rejects(String),
}

/// One expectation, and the line of the file in which it stands.
#[derive(Debug, Clone)]
pub struct Expectation {
    /// From 1.
    pub line: usize,
    /// What is expected.
    pub wants: Wants,
}

/// What can be expected of a turn.
#[derive(Debug, Clone)]
pub enum Wants {
    /// This agent has the conversation when the turn is over.
    Agent(AgentKind),
    /// Exactly these calls are made, in this order, by command or model.
    Calls(Vec<ExpectedCall>),
    /// Exactly these tools' calls are refused, in this order, and the model is told why.
    Refused(Vec<String>),
    /// This is in what reaches the writer's phone.
    Contains(Pattern),
    /// This is not.
    Lacks(Pattern),
    /// The conversation is handed over to this agent; triage does not count.
    HandsOverTo(AgentKind),
    /// A person is called, or none is.
    Escalates(bool),
    /// An approver is asked to decide, or none is.
    AsksApproval(bool),
    /// So many documents reach the writer's phone.
    Documents(usize),
    /// Models read and write no more tokens than this together.
    AtMostTokens(u64),
    /// Models cost no more than this.
    AtMostUsd(MicroUsd),
}

impl Wants {
    /// The field of the file.
    pub const fn field(&self) -> &'static str {
        match self {
            Self::Agent(_) => "agent",
            Self::Calls(_) => "calls",
            Self::Refused(_) => "refused",
            Self::Contains(_) => "contains",
            Self::Lacks(_) => "lacks",
            Self::HandsOverTo(_) => "hands_over_to",
            Self::Escalates(_) => "escalates",
            Self::AsksApproval(_) => "asks_approval",
            Self::Documents(_) => "documents",
            Self::AtMostTokens(_) => "at_most_tokens",
            Self::AtMostUsd(_) => "at_most_usd",
        }
    }
}

/// A call that is expected.
#[derive(Debug, Clone, PartialEq)]
pub struct ExpectedCall {
    /// The tool.
    pub tool: String,
    /// The arguments that matter; others may be there.
    pub arguments: Map<String, Value>,
}
