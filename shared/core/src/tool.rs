//! The tools an agent can call, and their arguments.

use jiff::{SignedDuration, Timestamp, civil::Date};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{ContentHash, OutputId, Sku, message::Document, policy::Asking};

/// A call an agent chose: the tool and its validated arguments.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "tool", content = "arguments", rename_all = "snake_case")]
pub enum ToolCall {
    /// How much of a product is where.
    CheckInventory(InventoryArguments),
    /// The open alerts.
    ViewAlerts(AlertsArguments),
    /// Which agents there are and how they are.
    AgentStatus,
    /// Makes a report; the executor's work.
    GenerateReport(ReportArguments),
    /// Sends a document that an approver released; the executor checks and releases it.
    SendDocument(ReleasedAct),
    /// Calls a tool that runs elsewhere.
    Remote(RemoteCall),
    /// Makes the call of a tool elsewhere that was approved; the executor checks and makes it.
    CarryOut(ReleasedAct),
}

/// Who chose a call.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Chooser {
    /// A rule: the command engine, or what follows from a decision.
    #[default]
    Command,
    /// A model; its result goes back to it.
    Model,
}

/// Which approved act.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReleasedAct {
    /// The output whose act it is.
    pub output: OutputId,
    /// Its version.
    pub version: u32,
    /// The digest of the act that was approved.
    pub digest: ContentHash,
}

/// A call of a tool that runs elsewhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RemoteCall {
    /// The tool's name.
    pub name: String,
    /// Its validated arguments.
    pub arguments: Value,
    /// The digest of the tool as it was configured then.
    pub definition: ContentHash,
    /// By whose leave it is made.
    pub consent: Consent,
}

impl RemoteCall {
    /// Tells a call from others, by whosever leave they are made: the beginning of the digest of tool
    /// and arguments.
    pub fn mark(&self) -> String {
        let written = serde_json_canonicalizer::to_vec(&(&self.name, &self.arguments));
        let digest = ContentHash::of(&written.unwrap_or_default()).to_string();
        digest.chars().take(MARK).collect()
    }
}

/// So much of a digest tells the few calls of a thread apart.
const MARK: usize = 16;

/// By whose leave a call is made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Consent {
    /// It only reads: nobody's.
    NotNeeded,
    /// A rule of the company's, by its name.
    Rule(String),
    /// A person's, who is asked.
    Person(Asking),
}

impl ToolCall {
    /// Where the tool runs.
    pub fn runs(&self) -> Runs {
        match self {
            Self::CheckInventory(_) | Self::ViewAlerts(_) | Self::AgentStatus => Runs::InTheTurn,
            Self::GenerateReport(_) | Self::SendDocument(_) | Self::CarryOut(_) => {
                Runs::InTheExecutor
            }
            Self::Remote(call) => match call.consent {
                Consent::NotNeeded => Runs::InTheTurn,
                Consent::Rule(_) | Consent::Person(_) => Runs::InTheExecutor,
            },
        }
    }

    /// The tool's name, as in the registry and the API.
    pub fn name(&self) -> &str {
        match self {
            Self::CheckInventory(_) => "check_inventory",
            Self::ViewAlerts(_) => "view_alerts",
            Self::AgentStatus => "agent_status",
            Self::GenerateReport(_) => "generate_report",
            Self::SendDocument(_) => "send_document",
            Self::Remote(call) => &call.name,
            Self::CarryOut(_) => "carry_out",
        }
    }
}

/// Which product. A SKU is exact, a name is what the customer called it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InventoryArguments {
    /// By stock keeping unit.
    Sku(Sku),
    /// By (part of) its name.
    Product(String),
}

/// Which alerts; none given means all that are open.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlertsArguments {
    /// Only those of this severity.
    pub severity: Option<Severity>,
}

/// How bad an alert is.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Work has stopped.
    Critical,
    /// Work will stop.
    High,
    /// Should be seen to.
    Medium,
    /// Good to know.
    Low,
}

/// Which report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportArguments {
    /// What it is about.
    pub kind: ReportKind,
    /// First day, in the tenant's time zone.
    pub from: Date,
    /// Last day, inclusive.
    pub to: Date,
    /// Who decides whether it leaves, where a rule of the company's says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asks: Option<Asking>,
}

/// What a report is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReportKind {
    /// Units and revenue by site, product and day.
    Sales,
}

/// Where a tool runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Runs {
    /// It reads and is quick: inside the turn that chose it.
    InTheTurn,
    /// It is long: ordered by the commit that chose it, reported back as an event.
    InTheExecutor,
}

/// What came of a tool call.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum ToolOutcome {
    /// Stock, best match first.
    Inventory {
        /// What was found, at most [`MOST_MATCHES`].
        found: Vec<StockLine>,
        /// How many more there are.
        more: u32,
        /// How long it took to look, in milliseconds.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        took_ms: Option<u32>,
    },
    /// Alerts, worst first.
    Alerts {
        /// At most [`MOST_ALERTS`].
        alerts: Vec<AlertLine>,
        /// How many more there are.
        more: u32,
        /// How many of all are how bad.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        counts: Option<AlertCounts>,
    },
    /// Agents, by name.
    Agents {
        /// All of them.
        agents: Vec<AgentLine>,
    },
    /// A document was made and stored.
    Drafted {
        /// The document.
        document: Document,
        /// What it says as rows, for machines; it stays on record and is not sent.
        rows: Document,
        /// Who decides whether it leaves, where a rule of the company's says so.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        asks: Option<Asking>,
    },
    /// An approved act was claimed and checked, and is to be carried out.
    Released {
        /// The output whose act it is.
        output: OutputId,
        /// Its version.
        version: u32,
        /// The digest the decision was bound to.
        digest: ContentHash,
    },
    /// What a tool elsewhere answered: data, and nobody's word.
    Said {
        /// The answer, cut.
        text: String,
    },
    /// A tool elsewhere did not take the call, and said why: the model may do better.
    Refused {
        /// What it said, cut.
        said: String,
    },
    /// A call that changes something was written down as it is to be made.
    Prepared {
        /// The call.
        call: RemoteCall,
        /// Its arguments as a file.
        document: Document,
    },
    /// A call that was approved was made.
    Made {
        /// The output whose act it is.
        output: OutputId,
        /// What the tool answered, cut: data, and nobody's word.
        said: String,
    },
    /// A call that was approved surely did not take effect.
    NotMade {
        /// The whole reason, for operators.
        reason: String,
    },
    /// It failed.
    Failed {
        /// The whole reason, for operators.
        reason: String,
    },
}

impl ToolOutcome {
    /// The same, with how long it took where that is part of it.
    pub fn that_took(mut self, time: SignedDuration) -> Self {
        if let Self::Inventory { took_ms, .. } = &mut self {
            *took_ms = u32::try_from(time.as_millis()).ok();
        }
        self
    }
}

/// How many products an answer names.
pub const MOST_MATCHES: usize = 5;

/// How many alerts an answer names.
pub const MOST_ALERTS: usize = 10;

/// A product and where it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StockLine {
    /// Which.
    pub sku: Sku,
    /// Its name.
    pub name: String,
    /// What a unit is, such as `piece` or `box`.
    pub unit: String,
    /// Units by site.
    pub sites: Vec<SiteStock>,
    /// At or below this many units over all sites it is to be ordered again.
    pub reorder_point: u32,
    /// What is known besides.
    #[serde(flatten)]
    pub supply: Supply,
}

/// How a product is used and comes, as far as it is known.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Supply {
    /// Days from order to delivery.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lead_time_days: Option<u32>,
    /// Units that leave on an average day, all sites together.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub daily_use: Option<u32>,
    /// Units that are kept for the case that more leave, or a delivery is late.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub safety_stock: Option<u32>,
    /// The day it was last ordered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_reorder: Option<Date>,
    /// When its stock was last written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub updated_at: Option<Timestamp>,
}

/// How many alerts are how bad.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlertCounts {
    /// Critical.
    pub critical: u32,
    /// High.
    pub high: u32,
    /// Medium.
    pub medium: u32,
    /// Low.
    pub low: u32,
}

impl AlertCounts {
    /// Counts one more.
    pub fn add(&mut self, severity: Severity) {
        let count = match severity {
            Severity::Critical => &mut self.critical,
            Severity::High => &mut self.high,
            Severity::Medium => &mut self.medium,
            Severity::Low => &mut self.low,
        };
        *count += 1;
    }
}

impl StockLine {
    /// Units over all sites.
    pub fn total(&self) -> u64 {
        self.sites.iter().map(|site| u64::from(site.units)).sum()
    }
}

/// Units at a site.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SiteStock {
    /// The site's name.
    pub site: String,
    /// How many.
    pub units: u32,
}

/// An open alert.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlertLine {
    /// Short id, such as `7f2`.
    pub id: String,
    /// How bad.
    pub severity: Severity,
    /// In words.
    pub title: String,
    /// Since when.
    pub raised_at: Timestamp,
}

/// An agent and how it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgentLine {
    /// Its name.
    pub name: String,
    /// What it does.
    pub purpose: String,
    /// Whether it works at all.
    pub state: AgentState,
    /// When it last worked, if it ever did.
    pub last_run: Option<Timestamp>,
    /// What went wrong the last time, if it did.
    pub last_error: Option<String>,
    /// When it runs next by itself, if it does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_run: Option<Timestamp>,
}

/// Whether an agent works.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AgentState {
    /// It does.
    Active,
    /// It was turned off.
    Disabled,
}
