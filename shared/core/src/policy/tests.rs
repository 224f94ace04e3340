mod deciding;
mod fields;
mod harm;
mod wrong;

use serde_json::json;

use super::*;

fn rule(name: &str, when: &str, then: Then) -> Rule {
    Rule {
        name: name.to_owned(),
        when: when.to_owned(),
        then,
    }
}

fn deny() -> Then {
    Then::Deny {
        because: "No.".to_owned(),
    }
}

fn policy(rules: &[Rule]) -> Policy {
    Policy::parse(rules).unwrap_or_else(|wrong| panic!("{}", explained(&wrong)))
}

fn facts(arguments: &Value) -> Facts<'_> {
    Facts {
        tool: "order_goods",
        effect: Effect::Some,
        arguments,
        customer: CustomerFacts {
            id: "c-1",
            role: Role::Customer,
            verified: false,
        },
        agent: Some(AgentKind::Shop),
        spend: SpendFacts {
            conversation: MicroUsd(250_000),
        },
        at: "2026-11-21T23:05:00+02:00[Africa/Kigali]".parse().unwrap(),
    }
}

/// What an expression comes to, or how it fails.
fn run(when: &str, arguments: Value) -> String {
    let decided = policy(&[rule("r", when, Then::Allow)]).decide(&facts(&arguments));
    match (decided.verdict, decided.rule, decided.failed) {
        (Then::Allow, Some(_), None) => "true".to_owned(),
        (Then::Ask(asking), None, None) if asking == Asking::default() => "false".to_owned(),
        (Then::Ask(asking), Some(_), Some(failed)) if asking == Asking::default() => failed.why,
        other => panic!("{when}: {other:?}"),
    }
}

fn order() -> Value {
    json!({
        "amount": 5000,
        "rate": 0.5,
        "note": "by noon",
        "items": [{"sku": "A-1", "price": 4}, {"sku": "B-2", "price": 7.5}],
    })
}
