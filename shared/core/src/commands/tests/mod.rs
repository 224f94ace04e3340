//! What people write and what the engine makes of it.

mod conversation;
mod inventory;
mod others;
mod properties;
mod reports;
mod unsure;

use jiff::civil::{Date, date};

use super::*;
use crate::tool::{InventoryArguments, ReportKind, Severity};

/// A Wednesday.
const TODAY: Date = date(2026, 11, 18);

/// Commands the engine must be sure of, with nothing missing.
fn check(text: &str, expect: ToolCall) {
    let got = recognise(text, TODAY);
    assert!(got.confidence.is_sure(), "{text:?}: {got:?}");
    assert_eq!(got.tool_call(), Some(expect), "{text:?}: {got:?}");
}

/// Commands it must be sure of, and ask for something.
fn check_missing(text: &str, intent: Intent, missing: Entity) {
    let got = recognise(text, TODAY);
    assert!(got.confidence.is_sure(), "{text:?}: {got:?}");
    assert_eq!(
        (got.intent, got.missing),
        (intent, Some(missing)),
        "{text:?}"
    );
    assert_eq!(got.tool_call(), None, "{text:?}");
}

fn check_unsure(text: &str) {
    let got = recognise(text, TODAY);
    assert!(!got.confidence.is_sure(), "{text:?}: {got:?}");
    assert!(!is_sure(text, TODAY), "{text:?}");
}

fn sku(sku: &str) -> ToolCall {
    ToolCall::CheckInventory(InventoryArguments::Sku(sku.parse().unwrap()))
}

fn named(name: &str) -> ToolCall {
    ToolCall::CheckInventory(InventoryArguments::Product(name.to_owned()))
}

fn alerts(severity: Option<Severity>) -> ToolCall {
    ToolCall::ViewAlerts(AlertsArguments { severity })
}

fn sales(from: Date, to: Date) -> ToolCall {
    ToolCall::GenerateReport(ReportArguments {
        kind: ReportKind::Sales,
        from,
        to,
        asks: None,
    })
}
