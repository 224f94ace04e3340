//! The tools an agent can call, and their arguments.

use jiff::{Timestamp, civil::Date};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{ContentHash, OutputId, Sku, message::Document};

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
    SendDocument(SendDocumentCall),
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

/// Which released document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SendDocumentCall {
    /// The output whose act it is.
    pub output: OutputId,
    /// Its version.
    pub version: u32,
    /// The digest of the act that was approved.
    pub digest: ContentHash,
}

impl ToolCall {
    /// Where the tool runs.
    pub fn runs(&self) -> Runs {
        match self {
            Self::CheckInventory(_) | Self::ViewAlerts(_) | Self::AgentStatus => Runs::InTheTurn,
            Self::GenerateReport(_) | Self::SendDocument(_) => Runs::InTheExecutor,
        }
    }

    /// The tool's name, as in the registry and the API.
    pub fn name(&self) -> &'static str {
        match self {
            Self::CheckInventory(_) => "check_inventory",
            Self::ViewAlerts(_) => "view_alerts",
            Self::AgentStatus => "agent_status",
            Self::GenerateReport(_) => "generate_report",
            Self::SendDocument(_) => "send_document",
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
    },
    /// Alerts, worst first.
    Alerts {
        /// At most [`MOST_ALERTS`].
        alerts: Vec<AlertLine>,
        /// How many more there are.
        more: u32,
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
    /// It failed.
    Failed {
        /// The whole reason, for operators.
        reason: String,
    },
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
