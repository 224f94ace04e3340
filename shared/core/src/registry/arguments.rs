//! What each tool takes, as a type: its schema is derived from it, and what a model wrote is read
//! into it.

use jiff::civil::Date;
use schemars::{JsonSchema, generate::SchemaSettings};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;

use super::{Call, MOST_NOTE};
use crate::{
    agent::AgentKind,
    question::{AnswerFormat, Question, Urgency},
    tool::{AlertsArguments, InventoryArguments, ReportArguments, ReportKind, Severity, ToolCall},
};

/// What a model takes a call for.
pub(super) trait Arguments: DeserializeOwned + JsonSchema {
    fn call(self) -> Result<Call, String>;
}

pub(super) fn schema<T: Arguments>() -> Value {
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

pub(super) fn read<T: Arguments>(arguments: Value) -> Result<Call, serde_json::Error> {
    let arguments: T = serde_json::from_value(arguments)?;
    arguments.call().map_err(serde::de::Error::custom)
}

/// One of the two is to be given.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CheckInventory {
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
pub(super) struct ViewAlerts {
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
pub(super) struct AgentStatus {}

impl Arguments for AgentStatus {
    fn call(self) -> Result<Call, String> {
        Ok(Call::Tool(ToolCall::AgentStatus))
    }
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct GenerateReport {
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
            asks: None,
        })))
    }
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct AskColleague {
    /// The question, at most 500 characters, to be understood without the conversation.
    question: String,
    /// How soon it is needed; normal when left out.
    urgency: Option<Urgency>,
    /// What kind of answer is wanted; text when left out.
    format: Option<AnswerFormat>,
    /// Only with format choice: 2 to 8 different answers of at most 60 characters.
    options: Option<Vec<String>>,
}

impl Arguments for AskColleague {
    fn call(self) -> Result<Call, String> {
        let (urgency, format) = (self.urgency, self.format);
        Question::new(
            &self.question,
            urgency.unwrap_or_default(),
            format.unwrap_or_default(),
            &self.options.unwrap_or_default(),
        )
        .map(Call::Ask)
    }
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct HandOver {
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
pub(super) struct Escalate {
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
