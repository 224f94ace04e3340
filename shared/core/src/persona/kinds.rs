//! The answers that personas give in their own way, and what their templates can name.

use super::template::{Field, Kind};

/// An answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum AnswerKind {
    /// How much there is of a product.
    Inventory,
    /// The same of several.
    InventorySeveral,
    /// That there is no such product.
    InventoryNone,
    /// Open alerts.
    Alerts,
    /// That there are none.
    AlertsNone,
    /// A report is made and waits for its countersignature.
    ReportReady,
    /// What was not understood.
    Unknown,
    /// What a command lacks.
    Missing,
    /// That something went wrong which is not the customer's business.
    Error,
    /// That nobody decided in time.
    Timeout,
    /// What someone's role does not cover.
    NoPermission,
    /// What can be asked for.
    Help,
    /// To what only a model could have answered, when none can be asked.
    CannotAnswer,
}

impl AnswerKind {
    /// Every answer, as listed to a person.
    pub const ALL: [Self; 13] = [
        Self::Inventory,
        Self::InventorySeveral,
        Self::InventoryNone,
        Self::Alerts,
        Self::AlertsNone,
        Self::ReportReady,
        Self::Unknown,
        Self::Missing,
        Self::Error,
        Self::Timeout,
        Self::NoPermission,
        Self::Help,
        Self::CannotAnswer,
    ];

    /// Its name, as files and errors have it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Inventory => "inventory",
            Self::InventorySeveral => "inventory_several",
            Self::InventoryNone => "inventory_none",
            Self::Alerts => "alerts",
            Self::AlertsNone => "alerts_none",
            Self::ReportReady => "report_ready",
            Self::Unknown => "unknown",
            Self::Missing => "missing",
            Self::Error => "error",
            Self::Timeout => "timeout",
            Self::NoPermission => "no_permission",
            Self::Help => "help",
            Self::CannotAnswer => "cannot_answer",
        }
    }

    /// The answer of this name.
    pub fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }

    /// What its templates can name.
    pub const fn fields(self) -> &'static [Field] {
        match self {
            Self::Inventory => PRODUCT,
            Self::InventorySeveral => SEVERAL,
            Self::Alerts => ALERTS,
            Self::ReportReady => REPORT,
            Self::Unknown | Self::Help | Self::CannotAnswer => COMMANDS,
            Self::Missing => MISSING,
            Self::NoPermission => NO_PERMISSION,
            Self::InventoryNone | Self::AlertsNone | Self::Error | Self::Timeout => PLAIN,
        }
    }
}

const fn text(name: &'static str) -> Field {
    Field {
        name,
        kind: Kind::Text,
    }
}

const fn maybe(name: &'static str) -> Field {
    Field {
        name,
        kind: Kind::Maybe,
    }
}

const fn flag(name: &'static str) -> Field {
    Field {
        name,
        kind: Kind::Flag,
    }
}

const fn rows(name: &'static str, fields: &'static [Field]) -> Field {
    Field {
        name,
        kind: Kind::Rows(fields),
    }
}

const PLAIN: &[Field] = &[text("company"), text("now")];

const PRODUCT: &[Field] = &[
    text("company"),
    text("now"),
    text("sku"),
    text("name"),
    text("total"),
    text("unit"),
    text("locations"),
    text("reorder_point"),
    rows("sites", SITE),
    flag("out"),
    flag("low"),
    flag("fine"),
    // With these three, what the reorder point is made of is known, and adds up.
    flag("adds_up"),
    maybe("daily_use"),
    maybe("lead_time_days"),
    maybe("safety_stock"),
    maybe("lead_time_use"),
    maybe("last_reorder"),
    maybe("coverage_days"),
    maybe("days_to_reorder"),
    maybe("last_updated"),
    maybe("query_ms"),
];

const SITE: &[Field] = &[text("site"), text("units"), flag("empty")];

const SEVERAL: &[Field] = &[
    text("company"),
    text("now"),
    rows("products", PRODUCT),
    maybe("more"),
    text("count"),
    maybe("query_ms"),
];

const ALERTS: &[Field] = &[
    text("company"),
    text("now"),
    text("count"),
    flag("single"),
    // Not of a record that is older than the counts.
    rows(
        "by_severity",
        &[text("critical"), text("high"), text("medium"), text("low")],
    ),
    rows(
        "alerts",
        &[
            text("id"),
            text("mark"),
            text("severity"),
            text("title"),
            text("ago"),
        ],
    ),
    maybe("more"),
];

const REPORT: &[Field] = &[
    text("company"),
    text("now"),
    text("title"),
    text("title_within"),
    text("filename"),
    text("format"),
    text("size"),
    text("approver"),
];

const COMMANDS: &[Field] = &[
    text("company"),
    text("now"),
    rows("examples", &[text("command")]),
];

const MISSING: &[Field] = &[
    text("company"),
    text("now"),
    text("question"),
    text("entity"),
    flag("again"),
];

const NO_PERMISSION: &[Field] = &[text("company"), text("now"), flag("alerts")];
