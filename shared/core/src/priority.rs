//! What goes before what (C6). Commands are answered inside their turn, so only work for the executor
//! waits in a queue, and what is urgent has one of its own.

use serde::Serialize;

use crate::tool::ToolCall;

/// How urgent something is, 1 to 10, 10 the most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Priority(u8);

impl Priority {
    /// What people act on at once: alerts.
    pub const ALERTS: Self = Self(9);
    /// What is small and somebody waits for: stock, and what was countersigned.
    pub const PROMPT: Self = Self(8);
    /// Everything else.
    pub const USUAL: Self = Self(5);

    /// As a number.
    pub fn get(self) -> u8 {
        self.0
    }

    /// Which queue its work for the executor waits in.
    pub fn lane(self) -> Lane {
        match self {
            priority if priority >= Self::PROMPT => Lane::Express,
            _ => Lane::Usual,
        }
    }

    /// A call's. Nothing that is long may be 8 or more: it would stand before what is short.
    pub fn of(tool: &ToolCall) -> Self {
        match tool {
            ToolCall::ViewAlerts(_) => Self::ALERTS,
            // A call elsewhere is only written down, and one that was approved is one call.
            ToolCall::CheckInventory(_)
            | ToolCall::SendDocument(_)
            | ToolCall::CarryOut(_)
            | ToolCall::Remote(_) => Self::PROMPT,
            ToolCall::AgentStatus | ToolCall::GenerateReport(_) => Self::USUAL,
        }
    }
}

/// The queues of the executor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lane {
    /// For priority 8 and up.
    Express,
    /// For everything else.
    Usual,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        ContentHash, OutputId,
        tool::{AlertsArguments, InventoryArguments, ReleasedAct, ReportArguments, ReportKind},
    };

    #[test]
    fn c6_reports_wait_for_reports_and_what_was_countersigned_does_not() {
        let act = ReleasedAct {
            output: OutputId::derived("x"),
            version: 1,
            digest: ContentHash::of(b"x"),
        };
        let report = ReportArguments {
            kind: ReportKind::Sales,
            from: "2026-11-01".parse().unwrap(),
            to: "2026-11-20".parse().unwrap(),
            asks: None,
        };
        for (tool, priority, lane) in [
            (
                ToolCall::ViewAlerts(AlertsArguments::default()),
                9,
                Lane::Express,
            ),
            (
                ToolCall::CheckInventory(InventoryArguments::Product("tea".into())),
                8,
                Lane::Express,
            ),
            (ToolCall::SendDocument(act.clone()), 8, Lane::Express),
            (ToolCall::CarryOut(act), 8, Lane::Express),
            (ToolCall::GenerateReport(report), 5, Lane::Usual),
            (ToolCall::AgentStatus, 5, Lane::Usual),
        ] {
            let got = Priority::of(&tool);
            assert_eq!((got.get(), got.lane()), (priority, lane), "{tool:?}");
        }
    }
}
