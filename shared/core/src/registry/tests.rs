use serde_json::json;

use super::*;
use crate::{
    question::{AnswerFormat, Urgency},
    step::Permission,
    tool::{AlertsArguments, InventoryArguments, ReportArguments, ReportKind, Severity},
};

fn all(_: &str) -> bool {
    true
}

fn wanted(tool: &str, arguments: Value) -> Wanted {
    Wanted {
        tool: tool.to_owned(),
        arguments,
    }
}

#[test]
fn a5_what_a_model_wrote_becomes_a_checked_call() {
    let check = |tool: &str, arguments: Value, expect: Call| {
        assert_eq!(
            check(&wanted(tool, arguments), &Remote::new(), all),
            Ok(expect),
            "{tool}"
        );
    };
    check(
        "check_inventory",
        json!({"sku": "abc123"}),
        Call::Tool(ToolCall::CheckInventory(InventoryArguments::Sku(
            "ABC123".parse().unwrap(),
        ))),
    );
    check(
        "check_inventory",
        json!({"sku": null, "product": " blue widget "}),
        Call::Tool(ToolCall::CheckInventory(InventoryArguments::Product(
            "blue widget".into(),
        ))),
    );
    check(
        "view_alerts",
        json!({"severity": "critical"}),
        Call::Tool(ToolCall::ViewAlerts(AlertsArguments {
            severity: Some(Severity::Critical),
        })),
    );
    check(
        "agent_status",
        Value::Null,
        Call::Tool(ToolCall::AgentStatus),
    );
    check(
        "generate_report",
        json!({"kind": "sales", "from": "2026-11-09", "to": "2026-11-15"}),
        Call::Tool(ToolCall::GenerateReport(ReportArguments {
            kind: ReportKind::Sales,
            from: jiff::civil::date(2026, 11, 9),
            to: jiff::civil::date(2026, 11, 15),
            asks: None,
        })),
    );
    check(
        "ask_colleague",
        json!({"question": "Is K1 paid?", "urgency": "high", "format": "yes_no"}),
        Call::Ask(Question {
            question: "Is K1 paid?".into(),
            urgency: Urgency::High,
            format: AnswerFormat::YesNo,
            options: vec![],
        }),
    );
    check(
        "ask_colleague",
        json!({"question": "Where is K1?", "options": null}),
        Call::Ask(Question {
            question: "Where is K1?".into(),
            urgency: Urgency::Normal,
            format: AnswerFormat::Text,
            options: vec![],
        }),
    );
    check(
        "hand_over",
        json!({"to": "shop", "note": "wants a lantern"}),
        Call::HandOver {
            to: AgentKind::Shop,
            note: "wants a lantern".into(),
        },
    );
    check(
        "escalate_to_human",
        json!({"reason": "x".repeat(1000)}),
        Call::Escalate {
            reason: "x".repeat(MOST_NOTE),
        },
    );
}

#[test]
fn a5_wrong_arguments_are_named_so_that_a_model_can_repair_them() {
    let check = |tool: &str, arguments: Value, expect: &str| {
        let problem = check(&wanted(tool, arguments), &Remote::new(), all).unwrap_err();
        assert_eq!(problem.to_string(), expect);
    };
    check(
        "check_inventory",
        json!({}),
        "the arguments of check_inventory are wrong: give either sku or product, and not both",
    );
    check(
        "check_inventory",
        json!({"sku": "ABC123", "product": "widget"}),
        "the arguments of check_inventory are wrong: give either sku or product, and not both",
    );
    check(
        "check_inventory",
        json!({"tenant": "other", "sku": "ABC123"}),
        "the arguments of check_inventory are wrong: unknown field `tenant`, expected `sku` or \
         `product`",
    );
    check(
        "generate_report",
        json!({"kind": "sales", "from": "last week", "to": "2026-11-15"}),
        "the arguments of generate_report are wrong: from: \"last week\" is no date; write \
         YYYY-MM-DD",
    );
    check(
        "generate_report",
        json!({"kind": "sales", "from": "2026-11-15", "to": "2026-11-09"}),
        "the arguments of generate_report are wrong: to (2026-11-09) is before from (2026-11-15)",
    );
    check(
        "generate_report",
        json!({"kind": "taxes", "from": "2026-11-09", "to": "2026-11-15"}),
        "the arguments of generate_report are wrong: unknown variant `taxes`, expected `sales`",
    );
    check(
        "view_alerts",
        json!("{\"severity\": "),
        "the arguments of view_alerts are wrong: they are no JSON object: \"{\\\"severity\\\": \"",
    );
    check(
        "hand_over",
        json!({"to": "triage", "note": ""}),
        "the arguments of hand_over are wrong: to: triage takes no conversations",
    );
}

#[test]
fn a7_an_agent_cannot_call_what_it_does_not_have() {
    let has = |tool: &str| tool == "check_inventory";
    let problem = check(&wanted("view_alerts", json!({})), &Remote::new(), has).unwrap_err();
    assert_eq!(
        problem.to_string(),
        "there is no tool \"view_alerts\" here; there is check_inventory"
    );
    let names: Vec<String> = specs(&Remote::new(), Role::Staff, has)
        .into_iter()
        .map(|spec| spec.name)
        .collect();
    assert_eq!(names, ["check_inventory"]);
}

/// Nothing that only a decision may set in motion is ever a model's to call.
#[test]
fn a5_no_model_can_send_a_document() {
    let problem = check(&wanted("send_document", json!({})), &Remote::new(), all).unwrap_err();
    assert!(
        problem
            .to_string()
            .starts_with("there is no tool \"send_document\"")
    );
}

#[test]
fn a5_schemas_are_derived_from_the_arguments() {
    let shown: Vec<String> = specs(&Remote::new(), Role::Staff, all)
        .iter()
        .map(|spec| {
            // Key order depends on what else serde_json is built for.
            let schema = serde_json_canonicalizer::to_string(&spec.schema).unwrap();
            format!("{} {schema}", spec.name)
        })
        .collect();
    expect_test::expect![[r#"
        check_inventory {"additionalProperties":false,"properties":{"product":{"description":"(Part of) the product's name, such as \"blue widget\".","type":"string"},"sku":{"description":"The product's SKU, such as ABC123. Give this or `product`, not both.","type":"string"}},"type":"object"}
        view_alerts {"additionalProperties":false,"properties":{"severity":{"description":"Only those of this severity; all when left out.","enum":["critical","high","medium","low"],"type":"string"}},"type":"object"}
        agent_status {"additionalProperties":false,"properties":{},"type":"object"}
        generate_report {"additionalProperties":false,"properties":{"from":{"description":"The first day, YYYY-MM-DD.","type":"string"},"kind":{"description":"What it is about.","enum":["sales"],"type":"string"},"to":{"description":"The last day, YYYY-MM-DD; it is in the report.","type":"string"}},"required":["kind","from","to"],"type":"object"}
        ask_colleague {"additionalProperties":false,"properties":{"format":{"description":"What kind of answer is wanted; text when left out.","enum":["text","yes_no","choice"],"type":"string"},"options":{"description":"Only with format choice: 2 to 8 different answers of at most 60 characters.","items":{"type":"string"},"type":"array"},"question":{"description":"The question, at most 500 characters, to be understood without the conversation.","type":"string"},"urgency":{"description":"How soon it is needed; normal when left out.","enum":["low","normal","high","critical"],"type":"string"}},"required":["question"],"type":"object"}
        offer_choices {"additionalProperties":false,"properties":{"opens":{"description":"What opens the list where there are many, at most 20 characters, such as \"Choose\".","type":"string"},"options":{"description":"2 to 10 different answers.","items":{"additionalProperties":false,"properties":{"detail":{"description":"More about it, at most 72 characters.","type":"string"},"title":{"description":"The answer as the customer would say it, at most 24 characters.","type":"string"}},"required":["title"],"type":"object"},"type":"array"},"text":{"description":"What you say, with your question; at most 1000 characters.","type":"string"}},"required":["text","options"],"type":"object"}
        react {"additionalProperties":false,"properties":{"emoji":{"description":"Which sign.","enum":["❤️","🙏","😊","😂","🎉","👏","😮","😢","👀"],"type":"string"}},"required":["emoji"],"type":"object"}
        hand_over {"additionalProperties":false,"properties":{"note":{"description":"What it should know, in a sentence or two.","type":"string"},"to":{"description":"Which agent.","enum":["booking","payment","support","property","driver","shop","general"],"type":"string"}},"required":["to","note"],"type":"object"}
        escalate_to_human {"additionalProperties":false,"properties":{"reason":{"description":"Why, and what the person should know, in a sentence or two.","type":"string"}},"required":["reason"],"type":"object"}"#]].assert_eq(&shown.join("\n"));
}

/// Providers take schemas of objects without references, and names of a few characters.
#[test]
fn a5_every_schema_is_one_that_providers_take() {
    for spec in specs(&Remote::new(), Role::Staff, all) {
        assert_eq!(spec.schema["type"], "object", "{}", spec.name);
        assert_eq!(spec.schema["additionalProperties"], false, "{}", spec.name);
        assert!(spec.schema["properties"].is_object(), "{}", spec.name);
        let text = spec.schema.to_string();
        for word in ["$ref", "$defs", "anyOf", "oneOf", "const", "null"] {
            assert!(!text.contains(word), "{word} in {text}");
        }
        assert!(spec.name.len() <= 64);
        assert!(
            spec.name
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b == b'_')
        );
    }
}

proptest::proptest! {
    /// Whatever a model writes is a call or a sentence, and the sentence is short.
    #[test]
    fn a5_nothing_a_model_writes_breaks_the_registry(tool in ".{0,80}", text in ".{0,400}", n in 0..4usize) {
        let arguments = match n {
            0 => Value::String(text.clone()),
            1 => json!({"sku": text}),
            2 => json!({"kind": text, "from": text, "to": text}),
            _ => json!([text]),
        };
        for tool in TOOLS.iter().map(|tool| tool.name).chain([tool.as_str()]) {
            if let Err(problem) = check(&wanted(tool, arguments.clone()), &Remote::new(), all) {
                assert!(problem.to_string().chars().count() < 600);
            }
        }
    }
}

/// What the registry says of a tool's audience is what decides when it is called.
#[test]
fn a7_the_registry_and_the_roles_agree_on_who_may() {
    for (tool, arguments) in [
        ("check_inventory", json!({"sku": "ABC123"})),
        ("view_alerts", json!({})),
        ("agent_status", json!({})),
        (
            "generate_report",
            json!({"kind": "sales", "from": "2026-11-09", "to": "2026-11-15"}),
        ),
    ] {
        let Ok(Call::Tool(call)) = check(&wanted(tool, arguments), &Remote::new(), all) else {
            panic!("{tool} is no call");
        };
        let row = TOOLS.iter().find(|row| row.name == tool).unwrap();
        for role in [Role::Customer, Role::Staff, Role::Approver] {
            let may = matches!(role.may(&call), Permission::Granted);
            assert_eq!(row.audience.has(role), may, "{tool} for {role:?}");
        }
    }
    let given: Vec<&str> = TOOLS.iter().map(|tool| tool.name).collect();
    for tool in crate::agent::BUILT_IN_TOOLS {
        assert!(given.contains(&tool), "{tool} is in no registry");
    }
}
