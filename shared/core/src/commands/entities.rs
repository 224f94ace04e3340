//! What a command speaks of, and how a person is asked for what it left out.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::tool::{InventoryArguments, ReportKind, Severity};

/// A kind of thing that a command can speak of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Entity {
    /// A product, by SKU or name.
    Product,
    /// How bad an alert is.
    Severity,
    /// What a report is about.
    ReportType,
    /// The days a report covers.
    DateRange,
}

impl Entity {
    /// What to ask when a command needs it and does not have it.
    pub fn question(self) -> &'static str {
        match self {
            Self::Product => "Which product? Send its SKU, such as ABC123, or its name.",
            Self::Severity => "Which severity: critical, high, medium or low?",
            Self::ReportType => {
                "Which report? I can make these: sales. Reply with the one you want."
            }
            Self::DateRange => {
                "Which dates? I could not find that date in the calendar. Send, for example, \
                 today, last week, 1 November 2026, or from 1 Nov to 15 Nov."
            }
        }
    }
}

/// What was found in a text. Stored with a pending command, so fields are only ever added.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Entities {
    /// Which product; a name is as the customer wrote it, plural or not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub product: Option<InventoryArguments>,
    /// How bad the alerts are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub severity: Option<Severity>,
    /// What the report is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub report_type: Option<ReportKind>,
    /// The days it covers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dates: Option<DateRange>,
}

impl Entities {
    /// Whether an entity of this kind was found.
    pub fn has(&self, entity: Entity) -> bool {
        match entity {
            Entity::Product => self.product.is_some(),
            Entity::Severity => self.severity.is_some(),
            Entity::ReportType => self.report_type.is_some(),
            Entity::DateRange => self.dates.is_some(),
        }
    }

    /// These, and what `earlier` has besides.
    pub(super) fn or(self, earlier: &Self) -> Self {
        Self {
            product: self.product.or_else(|| earlier.product.clone()),
            severity: self.severity.or(earlier.severity),
            report_type: self.report_type.or(earlier.report_type),
            dates: self.dates.or(earlier.dates),
        }
    }
}

/// Some days in a row, in the tenant's time zone. The first is never after the last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "[Date; 2]", into = "[Date; 2]")]
pub struct DateRange {
    from: Date,
    to: Date,
}

impl DateRange {
    /// The days from the earlier to the later of the two, both inclusive.
    pub fn new(one: Date, other: Date) -> Self {
        Self {
            from: one.min(other),
            to: one.max(other),
        }
    }

    /// A single day.
    pub fn day(day: Date) -> Self {
        Self { from: day, to: day }
    }

    /// The first day.
    pub fn first(&self) -> Date {
        self.from
    }

    /// The last day, inclusive.
    pub fn last(&self) -> Date {
        self.to
    }

    /// The part of it that is not after `today`; all of it where that would be nothing.
    pub(super) fn until(self, today: Date) -> Self {
        if self.from <= today && today < self.to {
            Self::new(self.from, today)
        } else {
            self
        }
    }
}

impl From<[Date; 2]> for DateRange {
    fn from([one, other]: [Date; 2]) -> Self {
        Self::new(one, other)
    }
}

impl From<DateRange> for [Date; 2] {
    fn from(range: DateRange) -> Self {
        [range.from, range.to]
    }
}
