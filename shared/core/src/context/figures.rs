//! What a tool's result comes to, in a few words.

use super::blocks::{cut, one_line};
use crate::tool::{AgentState, Severity, ToolOutcome};

/// The most characters of a name among figures.
const MOST_OF_A_NAME: usize = 40;

/// The key figures on one line.
pub(super) fn figures(outcome: &ToolOutcome) -> String {
    let list = |items: Vec<String>, nothing: &str| match items.is_empty() {
        true => nothing.to_owned(),
        false => items.join("; "),
    };
    match outcome {
        ToolOutcome::Inventory { found, .. } => {
            let lines = found.iter().map(|line| {
                let (name, unit) = (name(&line.name), name(&line.unit));
                format!("{} {name}: {} {unit}", line.sku, line.total())
            });
            list(lines.collect(), "no product found")
        }
        ToolOutcome::Alerts { alerts, .. } => {
            let lines = alerts.iter().map(|alert| {
                let severity = severity(alert.severity);
                format!("{} {severity}: {}", name(&alert.id), name(&alert.title))
            });
            list(lines.collect(), "no open alert")
        }
        ToolOutcome::Agents { agents } => {
            let lines = agents.iter().map(|agent| {
                let state = match agent.state {
                    AgentState::Active => "active",
                    AgentState::Disabled => "disabled",
                };
                format!("{} {state}", name(&agent.name))
            });
            list(lines.collect(), "no agent is set up")
        }
        ToolOutcome::Drafted { document, .. } => format!("drafted {}", name(&document.title)),
        ToolOutcome::Released { .. } => "released".to_owned(),
        ToolOutcome::Said { text } => format!("said {}", name(text)),
        ToolOutcome::Refused { said } => format!("refused: {}", name(said)),
        ToolOutcome::Prepared { document, .. } => format!("prepared {}", name(&document.title)),
        ToolOutcome::Made { .. } => "done".to_owned(),
        ToolOutcome::NotMade { .. } => "not done".to_owned(),
        ToolOutcome::Failed { .. } => "failed".to_owned(),
    }
}

/// How much more there is and how to get it, if the tool left something out.
pub(super) fn rest(outcome: &ToolOutcome) -> Option<String> {
    let (more, how) = match outcome {
        ToolOutcome::Inventory { more, .. } => (*more, "ask for the SKU"),
        ToolOutcome::Alerts { more, .. } => (*more, "ask for one severity"),
        ToolOutcome::Agents { .. }
        | ToolOutcome::Drafted { .. }
        | ToolOutcome::Released { .. }
        | ToolOutcome::Said { .. }
        | ToolOutcome::Refused { .. }
        | ToolOutcome::Prepared { .. }
        | ToolOutcome::Made { .. }
        | ToolOutcome::NotMade { .. }
        | ToolOutcome::Failed { .. } => (0, ""),
    };
    (more > 0).then(|| format!("{more} more; {how}"))
}

fn name(text: &str) -> String {
    cut(&one_line(text), MOST_OF_A_NAME).0
}

fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "critical",
        Severity::High => "high",
        Severity::Medium => "medium",
        Severity::Low => "low",
    }
}
