//! The tools as models see them: what each is called and takes, and how what a model wrote becomes
//! a checked call. Whose data a call touches is never among its arguments: the thread says that.

mod arguments;
mod shown;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use self::arguments::{
    AgentStatus, AskColleague, CheckInventory, Escalate, GenerateReport, HandOver, ViewAlerts,
    read, schema,
};
pub use self::shown::{Choices, SIGNS};
use self::shown::{OfferChoices, React};
use crate::{
    agent::AgentKind,
    model::{ToolSpec, Wanted},
    question::Question,
    remote::RemoteTool,
    step::Role,
    tool::ToolCall,
};

/// The most characters a note of a model's to whoever goes on has.
pub const MOST_NOTE: usize = 500;

/// A tool of the registry.
pub struct Tool {
    /// Its name.
    pub name: &'static str,
    /// What it is about.
    pub category: Category,
    /// Whether calling it changes anything.
    pub effect: Effect,
    /// For whom it is called.
    pub audience: Audience,
    /// What it does and when to call it, for models.
    pub description: &'static str,
    schema: fn() -> Value,
    read: fn(Value) -> Result<Call, serde_json::Error>,
}

/// What a tool is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Category {
    /// Products and where they are.
    Inventory,
    /// What needs somebody's attention.
    Alerts,
    /// Files that a person releases.
    Reports,
    /// The agents themselves and who goes on.
    Agents,
    /// How a customer is answered.
    Words,
}

/// Whether a call changes anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// It only reads: it may run again after a crash.
    None,
    /// Somebody else of the company goes on with the conversation, and nothing is done for the
    /// customer.
    PassesOn,
    /// It does something for a customer; its intent is committed before.
    Some,
}

/// For whom a tool is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Audience {
    /// Whoever writes.
    Everyone,
    /// Who works for the company.
    Staff,
}

impl Audience {
    /// Whether someone with this role is of it.
    pub fn has(self, role: Role) -> bool {
        match self {
            Self::Everyone => true,
            Self::Staff => role != Role::Customer,
        }
    }
}

/// A call that was checked.
#[derive(Debug, Clone, PartialEq)]
pub enum Call {
    /// Of a tool.
    Tool(ToolCall),
    /// Of a tool that runs elsewhere.
    Remote {
        /// The tool's name.
        name: String,
        /// Its arguments, as canonical JSON has them: what is shown is what is sent.
        arguments: Value,
    },
    /// Another agent is to go on.
    HandOver {
        /// Which.
        to: AgentKind,
        /// What it should know.
        note: String,
    },
    /// A colleague is to be asked.
    Ask(Question),
    /// Answers are to be offered.
    Offer(Choices),
    /// This sign is to be put to the customer's message.
    React(&'static str),
    /// A person is to go on.
    Escalate {
        /// What they should know.
        reason: String,
    },
}

/// A call that can't be made. In words for the model that wanted it, which can do better.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// There is no such tool, or the agent does not have it.
    #[error("there is no tool {wanted:?} here; there is {}", .has.join(", "))]
    Unknown {
        /// The name, cut.
        wanted: String,
        /// The agent's.
        has: Vec<String>,
    },
    /// The arguments are not those of the tool.
    #[error("the arguments of {tool} are wrong: {why}")]
    Arguments {
        /// The tool.
        tool: String,
        /// What is wrong and what is right.
        why: String,
    },
}

/// Every tool that a model can be given.
pub const TOOLS: [Tool; 9] = [
    Tool {
        name: "check_inventory",
        category: Category::Inventory,
        effect: Effect::None,
        audience: Audience::Everyone,
        description: "How many units of a product are at which site, and its reorder point. Call \
                      it for every question about stock; never state quantities without it.",
        schema: schema::<CheckInventory>,
        read: read::<CheckInventory>,
    },
    Tool {
        name: "view_alerts",
        category: Category::Alerts,
        effect: Effect::None,
        audience: Audience::Staff,
        description: "The open alerts, worst first: what is sold out, late or unusual.",
        schema: schema::<ViewAlerts>,
        read: read::<ViewAlerts>,
    },
    Tool {
        name: "agent_status",
        category: Category::Agents,
        effect: Effect::None,
        audience: Audience::Staff,
        description: "Which agents there are, whether each is on, when it last ran and what went \
                      wrong then.",
        schema: schema::<AgentStatus>,
        read: read::<AgentStatus>,
    },
    Tool {
        name: "generate_report",
        category: Category::Reports,
        effect: Effect::Some,
        audience: Audience::Everyone,
        description: "Prepares a report as a file. It is sent to the customer only after a person \
                      at the company has approved it, which can take hours; say so, and never \
                      promise it.",
        schema: schema::<GenerateReport>,
        read: read::<GenerateReport>,
    },
    Tool {
        name: ASK_COLLEAGUE,
        category: Category::Agents,
        effect: Effect::Some,
        audience: Audience::Everyone,
        description: "Asks a colleague at the company one thing that you need to know to go on and \
                      can't look up. The customer is told that you ask; the answer comes later, as a \
                      human_response block with decision answered and the output of your \
                      human_request. It approves nothing: for that, call the tool that does it.",
        schema: schema::<AskColleague>,
        read: read::<AskColleague>,
    },
    Tool {
        name: OFFER_CHOICES,
        category: Category::Words,
        effect: Effect::None,
        audience: Audience::Everyone,
        description: "Asks the customer something with 2 to 10 answers to tap, in place of an answer \
                      in words: when you need one of few known things from them. Call it alone, \
                      once you have what you look up. Their choice comes as their next message.",
        schema: schema::<OfferChoices>,
        read: read::<OfferChoices>,
    },
    Tool {
        name: REACT,
        category: Category::Words,
        effect: Effect::None,
        audience: Audience::Everyone,
        description: "Puts one sign to the customer's newest message, as people do. It agrees to \
                      nothing and answers nothing: write your answer with it. Only after thanks or \
                      a greeting no words are needed.",
        schema: schema::<React>,
        read: read::<React>,
    },
    Tool {
        name: HAND_OVER,
        category: Category::Agents,
        effect: Effect::PassesOn,
        audience: Audience::Everyone,
        description: "Gives the conversation to another agent when it is that agent's business and \
                      not yours.",
        schema: schema::<HandOver>,
        read: read::<HandOver>,
    },
    Tool {
        name: ESCALATE,
        category: Category::Agents,
        effect: Effect::PassesOn,
        audience: Audience::Everyone,
        description: "Calls a person of the company into the conversation: when the customer asks \
                      for one, when it is urgent, or when you can't help.",
        schema: schema::<Escalate>,
        read: read::<Escalate>,
    },
];

/// A company's tools that run elsewhere, by name.
pub type Remote = BTreeMap<String, RemoteTool>;

/// What asks a person something, and goes on from the answer.
pub const ASK_COLLEAGUE: &str = "ask_colleague";

/// What offers a customer answers to choose from.
pub const OFFER_CHOICES: &str = "offer_choices";

/// What puts a sign to a customer's message.
pub const REACT: &str = "react";

/// Every agent that is not the only one has it.
pub const HAND_OVER: &str = "hand_over";

/// Every agent has it.
pub const ESCALATE: &str = "escalate_to_human";

/// The tools that an agent has for someone with this role, as models see them: the built-in ones in
/// the registry's order, then those that run elsewhere, by name.
pub fn specs(remote: &Remote, role: Role, has: impl Fn(&str) -> bool) -> Vec<ToolSpec> {
    let built_in = TOOLS
        .iter()
        .filter(|tool| has(tool.name) && tool.audience.has(role))
        .map(|tool| ToolSpec {
            name: tool.name.to_owned(),
            description: tool.description.to_owned(),
            schema: (tool.schema)(),
        });
    let elsewhere = remote
        .values()
        .filter(|tool| tool.enabled && has(&tool.name) && tool.audience.has(role))
        .map(|tool| ToolSpec {
            name: tool.name.clone(),
            description: tool.description.clone(),
            schema: tool.schema.clone(),
        });
    built_in.chain(elsewhere).collect()
}

/// Whether calling a tool changes anything. One that nobody knows might.
pub fn effect(remote: &Remote, name: &str) -> Effect {
    let built_in = TOOLS.iter().find(|tool| tool.name == name);
    let elsewhere = || remote.get(name).map(|tool| tool.effect);
    built_in
        .map(|tool| tool.effect)
        .or_else(elsewhere)
        .unwrap_or(Effect::Some)
}

/// Checks a call that a model wants against what the agent has and what the tool takes.
///
/// # Errors
/// In words for the model.
pub fn check(
    wanted: &Wanted,
    remote: &Remote,
    has: impl Fn(&str) -> bool,
) -> Result<Call, Problem> {
    let its = || TOOLS.iter().filter(|tool| has(tool.name));
    let elsewhere = || {
        remote
            .values()
            .filter(|tool| tool.enabled && has(&tool.name))
    };
    let wrong = |why: String| Problem::Arguments {
        tool: wanted.tool.clone(),
        why: why.chars().take(300).collect(),
    };
    if let Some(tool) = its().find(|tool| tool.name == wanted.tool) {
        let arguments = object(wanted).map_err(wrong)?;
        return (tool.read)(arguments).map_err(|why| wrong(why.to_string()));
    }
    if let Some(tool) = elsewhere().find(|tool| tool.name == wanted.tool) {
        let arguments = object(wanted).and_then(|arguments| tool.read_arguments(&arguments));
        let arguments = arguments.map_err(wrong)?;
        return Ok(Call::Remote {
            name: tool.name.clone(),
            arguments: canonical(&arguments).map_err(wrong)?,
        });
    }
    let names = its().map(|tool| tool.name.to_owned());
    Err(Problem::Unknown {
        wanted: wanted.tool.chars().take(64).collect(),
        has: names
            .chain(elsewhere().map(|tool| tool.name.clone()))
            .collect(),
    })
}

fn object(wanted: &Wanted) -> Result<Value, String> {
    match &wanted.arguments {
        // Some models leave out the arguments of a tool that takes none.
        Value::Null => Ok(Value::Object(serde_json::Map::new())),
        Value::String(text) => Err(format!(
            "they are no JSON object: {:?}",
            text.chars().take(80).collect::<String>()
        )),
        object => Ok(object.clone()),
    }
}

/// The same as it is after it was canonical JSON, where 5.0 is 5 and no number is larger than a
/// double holds: what an approver is shown, what is hashed and what is sent are one.
fn canonical(arguments: &Value) -> Result<Value, String> {
    if let Some(number) = inexact(arguments) {
        return Err(format!(
            "{number} is more than a number holds exactly; the tool would have to take it as text"
        ));
    }
    let written = serde_json_canonicalizer::to_vec(arguments);
    let read = written.and_then(|written| serde_json::from_slice(&written));
    read.map_err(|why| why.to_string())
}

/// A whole number that a double doesn't hold, if there is one.
fn inexact(value: &Value) -> Option<&serde_json::Number> {
    const MOST: u64 = 1 << 53;
    match value {
        Value::Number(number) => {
            let whole = number.as_i64().map(i64::unsigned_abs).or(number.as_u64());
            whole.filter(|whole| *whole > MOST).map(|_| number)
        }
        Value::Array(items) => items.iter().find_map(inexact),
        Value::Object(fields) => fields.values().find_map(inexact),
        Value::Null | Value::Bool(_) | Value::String(_) => None,
    }
}

#[cfg(test)]
mod tests;
