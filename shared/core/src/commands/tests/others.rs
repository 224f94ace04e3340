//! Alerts, agents and help.

use super::*;

#[test]
fn c2_alerts() {
    for text in [
        "alerts",
        "Alerts!",
        "alert",
        "alerts for today",
        "show alerts",
        "show me the alerts",
        "view alerts",
        "any alerts?",
        "are there any alerts",
        "do we have any alerts today?",
        "what alerts do we have",
        "what are the open alerts",
        "open alerts",
        "all alerts pls",
        "list all open alerts",
        "which alerts are open?",
        "how many alerts are there",
        "i need to see my alerts",
        "good afternoon, check for alerts",
        "low stock alerts",
        "warnings",
    ] {
        check(text, alerts(None));
    }
    check("critical alerts", alerts(Some(Severity::Critical)));
    check(
        "show me all critical alerts",
        alerts(Some(Severity::Critical)),
    );
    check("any high priority alerts?", alerts(Some(Severity::High)));
    check(
        "alerts with severity medium",
        alerts(Some(Severity::Medium)),
    );
    check("low alerts only", alerts(Some(Severity::Low)));
    check(
        "are there any critical alerts right now",
        alerts(Some(Severity::Critical)),
    );
}

#[test]
fn c2_agents() {
    for text in [
        "agent status",
        "agents",
        "Agents status?",
        "status of agents",
        "status of all agents",
        "show me agent status",
        "what is the status of the agents",
        "are the agents running?",
        "are all agents ok",
        "which agents are running",
        "how many agents are active",
        "how are the agents doing today",
        "list agents",
        "system status",
        "is the system up?",
    ] {
        check(text, ToolCall::AgentStatus);
    }
}

#[test]
fn c2_help() {
    for text in [
        "help",
        "HELP!!",
        "help me",
        "menu",
        "commands",
        "what can you do?",
        "what can I ask you",
        "how does this work",
        "i need help",
        "hello, help please",
        "show me the menu",
        "list of commands",
        "what commands are available",
        "how do I use this?",
    ] {
        let got = recognise(text, TODAY);
        assert_eq!(
            (got.intent, got.confidence.is_sure()),
            (Intent::Help, true),
            "{text:?}"
        );
        assert_eq!(got.tool_call(), None);
    }
}
