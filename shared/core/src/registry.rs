//! The tools as models see them: what each is called and takes, and how what a model wrote becomes
//! a checked call. Whose data a call touches is never among its arguments: the thread says that.

use jiff::civil::Date;
use schemars::{JsonSchema, generate::SchemaSettings};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;

use crate::{
    agent::AgentKind,
    model::{ToolSpec, Wanted},
    step::Role,
    tool::{
        AlertsArguments, InventoryArguments, ReportArguments, ReportKind, Runs, Severity, ToolCall,
    },
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
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// It only reads: it may run again after a crash.
    None,
    /// It does something; its intent is committed before.
    Some,
}

/// For whom a tool is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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
        effect: Effect::None,
        audience: Audience::Everyone,
        description: "Gives the conversation to another agent when it is that agent's business and \
                      not yours.",
        schema: schema::<HandOver>,
        read: read::<HandOver>,
    },
    Tool {
        name: ESCALATE,
        category: Category::Agents,
        effect: Effect::Some,
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

/// What a model takes a call for.
trait Arguments: DeserializeOwned + JsonSchema {
    fn call(self) -> Result<Call, String>;
}

fn schema<T: Arguments>() -> Value {
    let mut settings = SchemaSettings::draft2020_12();
    settings.inline_subschemas = true;
    settings.meta_schema = None;
    let mut schema = settings.into_generator().into_root_schema_for::<T>();
    schema.remove("title");
    schema.remove("description");
    let mut schema = plain(schema.to_value());
    if schema.get("properties").is_none() {
        schema["properties"] = Value::Object(serde_json::Map::new());
    }
    schema
}

/// The same schema in the words that every provider takes: an optional field is one that is not
/// required, whatever else it could be, and an enum is a list of its values.
fn plain(schema: Value) -> Value {
    match schema {
        Value::Object(mut fields) => {
            if let Some(Value::Array(either)) = fields.remove("anyOf") {
                let mut rest = either.into_iter().filter(|one| one["type"] != "null");
                if let (Some(Value::Object(one)), None) = (rest.next(), rest.next()) {
                    let described = fields.remove("description");
                    fields.extend(one);
                    if let Some(described) = described {
                        fields.insert("description".to_owned(), described);
                    }
                }
            }
            if let Some(Value::Array(each)) = fields.remove("oneOf") {
                let values = each.into_iter().map(|mut one| one["const"].take());
                fields.insert("type".to_owned(), "string".into());
                fields.insert("enum".to_owned(), values.collect());
            }
            if let Some(Value::Array(types)) = fields.get("type")
                && let Some(only) = types.iter().find(|one| *one != "null").cloned()
            {
                fields.insert("type".to_owned(), only);
            }
            let plain = fields.into_iter().map(|(name, it)| (name, plain(it)));
            Value::Object(plain.collect())
        }
        Value::Array(items) => items.into_iter().map(plain).collect(),
        other => other,
    }
}

fn read<T: Arguments>(arguments: Value) -> Result<Call, serde_json::Error> {
    let arguments: T = serde_json::from_value(arguments)?;
    arguments.call().map_err(serde::de::Error::custom)
}

/// One of the two is to be given.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct CheckInventory {
    /// The product's SKU, such as ABC123. Give this or `product`, not both.
    sku: Option<String>,
    /// (Part of) the product's name, such as "blue widget".
    product: Option<String>,
}

impl Arguments for CheckInventory {
    fn call(self) -> Result<Call, String> {
        let which = match (self.sku, self.product) {
            (Some(sku), None) => InventoryArguments::Sku(
                sku.to_uppercase()
                    .parse()
                    .map_err(|why| format!("sku: {why}"))?,
            ),
            (None, Some(product)) if !product.trim().is_empty() => {
                InventoryArguments::Product(cut(&product, 100))
            }
            _ => return Err("give either sku or product, and not both".to_owned()),
        };
        Ok(Call::Tool(ToolCall::CheckInventory(which)))
    }
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ViewAlerts {
    /// Only those of this severity; all when left out.
    severity: Option<Severity>,
}

impl Arguments for ViewAlerts {
    fn call(self) -> Result<Call, String> {
        Ok(Call::Tool(ToolCall::ViewAlerts(AlertsArguments {
            severity: self.severity,
        })))
    }
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct AgentStatus {}

impl Arguments for AgentStatus {
    fn call(self) -> Result<Call, String> {
        Ok(Call::Tool(ToolCall::AgentStatus))
    }
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct GenerateReport {
    /// What it is about.
    kind: ReportKind,
    /// The first day, YYYY-MM-DD.
    from: String,
    /// The last day, YYYY-MM-DD; it is in the report.
    to: String,
}

impl Arguments for GenerateReport {
    fn call(self) -> Result<Call, String> {
        let date = |name: &str, text: &str| -> Result<Date, String> {
            text.parse().map_err(|_| {
                let shown = cut(text, 40);
                format!("{name}: {shown:?} is no date; write YYYY-MM-DD")
            })
        };
        let (from, to) = (date("from", &self.from)?, date("to", &self.to)?);
        if to < from {
            return Err(format!("to ({to}) is before from ({from})"));
        }
        Ok(Call::Tool(ToolCall::GenerateReport(ReportArguments {
            kind: self.kind,
            from,
            to,
        })))
    }
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct HandOver {
    /// Which agent.
    #[schemars(with = "AgentName")]
    to: AgentKind,
    /// What it should know, in a sentence or two.
    note: String,
}

/// Everyone but triage, which nobody is handed to.
#[derive(JsonSchema)]
#[schemars(rename_all = "snake_case")]
#[expect(dead_code, reason = "its schema is what it is for")]
enum AgentName {
    Booking,
    Payment,
    Support,
    Property,
    Driver,
    Shop,
    General,
}

impl Arguments for HandOver {
    fn call(self) -> Result<Call, String> {
        if self.to == AgentKind::Triage {
            return Err("to: triage takes no conversations".to_owned());
        }
        Ok(Call::HandOver {
            to: self.to,
            note: cut(&self.note, MOST_NOTE),
        })
    }
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Escalate {
    /// Why, and what the person should know, in a sentence or two.
    reason: String,
}

impl Arguments for Escalate {
    fn call(self) -> Result<Call, String> {
        Ok(Call::Escalate {
            reason: cut(&self.reason, MOST_NOTE),
        })
    }
}

fn cut(text: &str, most: usize) -> String {
    text.trim().chars().take(most).collect()
}

impl Call {
    /// Where it runs, if it is of a tool.
    pub fn runs(&self) -> Option<Runs> {
        match self {
            Self::Tool(tool) => Some(tool.runs()),
            Self::HandOver { .. } | Self::Escalate { .. } => None,
        }
    }
}

#[cfg(test)]
mod tests;
