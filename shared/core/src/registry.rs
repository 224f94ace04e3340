//! The tools as models see them: what each is called and takes, and how what a model wrote becomes
//! a checked call. Whose data a call touches is never among its arguments: the thread says that.

mod arguments;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use self::arguments::{
    AgentStatus, CheckInventory, Escalate, GenerateReport, HandOver, ViewAlerts, read, schema,
};
use crate::{
    agent::AgentKind,
    model::{ToolSpec, Wanted},
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
    /// Another agent is to go on.
    HandOver {
        /// Which.
        to: AgentKind,
        /// What it should know.
        note: String,
    },
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
        tool: &'static str,
        /// What is wrong and what is right.
        why: String,
    },
}

/// Every tool that a model can be given.
pub const TOOLS: [Tool; 6] = [
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

/// Every agent that is not the only one has it.
pub const HAND_OVER: &str = "hand_over";

/// Every agent has it.
pub const ESCALATE: &str = "escalate_to_human";

/// The tools that an agent has, as models see them, in the registry's order.
pub fn specs(has: impl Fn(&Tool) -> bool) -> Vec<ToolSpec> {
    TOOLS
        .iter()
        .filter(|tool| has(tool))
        .map(|tool| ToolSpec {
            name: tool.name.to_owned(),
            description: tool.description.to_owned(),
            schema: (tool.schema)(),
        })
        .collect()
}

/// Checks a call that a model wants against what the agent has and what the tool takes.
///
/// # Errors
/// In words for the model.
pub fn check(wanted: &Wanted, has: impl Fn(&str) -> bool) -> Result<Call, Problem> {
    let its = || TOOLS.iter().filter(|tool| has(tool.name));
    let Some(tool) = its().find(|tool| tool.name == wanted.tool) else {
        return Err(Problem::Unknown {
            wanted: wanted.tool.chars().take(64).collect(),
            has: its().map(|tool| tool.name.to_owned()).collect(),
        });
    };
    let wrong = |why: String| Problem::Arguments {
        tool: tool.name,
        why: why.chars().take(300).collect(),
    };
    let arguments = match &wanted.arguments {
        // Some models leave out the arguments of a tool that takes none.
        Value::Null => Value::Object(serde_json::Map::new()),
        Value::String(text) => {
            return Err(wrong(format!(
                "they are no JSON object: {:?}",
                text.chars().take(80).collect::<String>()
            )));
        }
        object => object.clone(),
    };
    (tool.read)(arguments).map_err(|why| wrong(why.to_string()))
}

#[cfg(test)]
mod tests;
