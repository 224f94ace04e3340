//! The agents and prices that a company is seeded with.

use countersign_aws::{Clients, business::Business, schema};
use countersign_core::agent::AgentKind;
use it::{STAFF, World};

#[tokio::test]
async fn o1_agents_come_with_one_query_and_what_their_models_cost_with_one_read() {
    let world = World::new().await;
    let dynamodb = Clients::local(&world.stack.aws).dynamodb().clone();
    let business = Business::new(dynamodb, schema::BUSINESS.name.to_owned());
    world.stack.faults.reset();
    let agents = business.agents(&world.tenant()).await.unwrap();
    let prices = business.prices(&world.tenant()).await.unwrap();
    let calls = world.stack.faults.calls();
    let calls: Vec<_> = calls.iter().map(|call| call.operation.as_str()).collect();
    assert_eq!(calls, ["Query", "GetItem"]);

    let prices = prices.expect("they are seeded");
    assert_eq!(prices, world.stack.seed.prices);
    let mut rows: Vec<_> = agents
        .iter()
        .filter_map(|agent| agent.row.clone())
        .collect();
    rows.sort_by_key(|row| row.kind);
    assert_eq!(rows, world.stack.seed.conversational);
    assert_eq!(rows.len(), AgentKind::ALL.len());
    for (_, model) in rows.iter().flat_map(|row| row.models()) {
        assert!(prices.of(model).is_some(), "{model}");
    }
    // Those that work by rules are there as before.
    let by_rules = agents.iter().filter(|agent| agent.row.is_none());
    let by_rules: Vec<_> = by_rules.map(|agent| agent.name.as_str()).collect();
    assert_eq!(
        by_rules,
        [
            "alert_generator",
            "concierge",
            "inventory_monitor",
            "report_generator"
        ]
    );
}

/// All of them, in one message that nothing is cut from.
#[tokio::test]
async fn o1_agent_status_tells_of_every_agent() {
    let world = World::new().await;
    let heard = world.tell(STAFF, "agent status").await;
    let lines: Vec<_> = heard[0].lines().skip(1).collect();
    let mut names: Vec<_> = AgentKind::ALL.iter().map(|kind| kind.as_str()).collect();
    names.extend([
        "alert_generator",
        "concierge",
        "inventory_monitor",
        "report_generator",
    ]);
    names.sort_unstable();
    assert_eq!(lines.len(), names.len(), "{heard:?}");
    for (line, name) in lines.iter().zip(names) {
        assert!(line.starts_with(&format!("🟢 *{name}* ")), "{line}");
        assert!(line.ends_with(", has not run yet"), "{line}");
        assert!(!line.contains(".,"), "{line}");
    }
    assert_eq!(heard.len(), 1);
}
