//! The shipped seed, and a small company that the other tests change.

mod mistakes;
mod personas;
mod policy;
mod sales;
mod schedules;
mod tools;

use std::collections::BTreeSet;

use super::*;

#[test]
fn the_shipped_seed_is_a_company_to_work_with() {
    let seed = load().unwrap();
    let company = &seed.company;
    assert_eq!(company.tenant.as_str(), "kivu-trading");
    assert_eq!(company.time_zone.iana_name(), Some("Africa/Kigali"));
    assert_eq!(company.whatsapp.endpoint.as_str(), "demo");
    assert_eq!(company.whatsapp.number.as_str(), "+14155238886");
    let sites: Vec<_> = company.sites.iter().map(|site| site.id.as_str()).collect();
    assert_eq!(sites, ["kigali", "musanze", "huye"]);
    let approvers: Vec<_> = company
        .people
        .iter()
        .filter(|person| person.role == Role::Approver)
        .map(|person| (person.name.as_str(), person.number.as_str()))
        .collect();
    assert_eq!(approvers, [("Grace Uwase", "+250788000100")]);

    assert_eq!(seed.products.len(), 60);
    let widgets: Vec<_> = seed
        .products
        .iter()
        .filter(|product| product.name.contains("widget"))
        .map(|product| (product.sku.as_str(), product.name.as_str()))
        .collect();
    assert_eq!(
        widgets,
        [
            ("ABC123", "Blue widget 40 mm"),
            ("ABC124", "Red widget 25 mm")
        ]
    );
    let low: Vec<_> = seed
        .products
        .iter()
        .filter(|product| product.is_below_reorder_point())
        .collect();
    assert!((4..=12).contains(&low.len()), "{low:?}");

    for alert in &seed.alerts {
        let about_stock = alert.category == "inventory";
        let is_low = low.iter().any(|low| Some(&low.sku) == alert.sku.as_ref());
        assert!(is_low || !about_stock, "{}", alert.title);
    }
    let open = |alert: &&Alert| alert.state == AlertState::Open;
    assert_eq!(seed.alerts.len(), 7);
    assert_eq!(seed.alerts.iter().filter(open).count(), 5);
    assert!(seed.alerts.iter().any(|alert| alert.id == "7f2"));

    let commands: BTreeSet<_> = seed
        .agents
        .iter()
        .flat_map(|agent| agent.commands.iter().map(String::as_str))
        .collect();
    assert_eq!(commands, BTreeSet::from(AgentSeed::COMMANDS));
}

#[test]
fn o1_the_shipped_agents_are_the_eight_kinds_with_models_that_have_a_price() {
    let seed = load().unwrap();
    let kinds: Vec<_> = seed.conversational.iter().map(|row| row.kind).collect();
    assert_eq!(kinds, AgentKind::ALL);
    for row in &seed.conversational {
        let usual = AgentRow::new(row.kind);
        assert_eq!(
            (&row.name, &row.model, &row.small_model, row.enabled),
            (&usual.name, &usual.model, &usual.small_model, true)
        );
        assert_eq!(
            (row.temperature, row.max_tokens),
            (usual.temperature, usual.max_tokens)
        );
        for (field, model) in row.models() {
            assert!(seed.prices.of(model).is_some(), "{field} of {}", row.name);
        }
        // Real ones, and short: every call pays for them.
        let length = row.instructions.chars().count();
        assert!((300..1_200).contains(&length), "{}: {length}", row.name);
    }
}

#[test]
fn o9_the_shipped_prices_are_read_to_the_millionth() {
    let prices = load().unwrap().prices;
    let price = prices.of(&"openai:gpt-4o-mini".parse().unwrap()).unwrap();
    assert_eq!(
        (price.input, price.cached, price.cache_written, price.output),
        (150_000, 75_000, 150_000, 600_000)
    );
    for (model, price) in &prices.prices {
        assert!(price.cached <= price.input, "{model}");
        assert!(price.input <= price.cache_written, "{model}");
        assert!(price.input <= price.output, "{model}");
    }
}

#[test]
fn an_alert_is_as_old_as_the_file_says() {
    let seed = load().unwrap();
    let now = "2026-03-12T08:00:00Z".parse().unwrap();
    let raised = |id: &str| {
        let alert = seed.alerts.iter().find(|alert| alert.id == id).unwrap();
        alert.raised_at(now).to_string()
    };
    assert_eq!(raised("7f2"), "2026-03-12T05:00:00Z");
    assert_eq!(raised("c08"), "2026-03-10T08:00:00Z");
}

#[test]
fn severities_are_ordered_by_how_bad_they_are() {
    assert!(Severity::ALL.is_sorted_by(|worse, better| worse > better));
}

/// A file of `agents/`.
macro_rules! talker {
    ($kind:literal) => {
        concat!(
            "name = \"",
            $kind,
            "\"\nkind = \"",
            $kind,
            "\"\ndescription = \"Talks.\"\ninstructions = \"Talk.\"\n",
            "model = \"openai:gpt-4o\"\nsmall_model = \"compatible:llama3.1:8b\"\n",
            "temperature = 0.7\nmax_tokens = 1000\ntools = []\nenabled = true\n",
        )
    };
}

const SMALL: SeedFiles<'static> = SeedFiles {
    company: r#"tenant = "acme"
name = "Acme"
currency = "RWF"
time_zone = "Africa/Kigali"
[whatsapp]
endpoint = "demo"
number = "+14155238886"
[[site]]
id = "goma-road"
name = "Goma Road"
[[person]]
name = "Ada"
number = "+250788000100"
role = "approver"
"#,
    products: r#"[[product]]
sku = "A-1"
name = "Nail"
unit = "box"
price = "12.50"
supplier = "Smithy"
lead_time_days = 7
reorder_point = 10
stock = { goma-road = 5 }
"#,
    alerts: r#"[[alert]]
id = "a1b"
severity = "high"
category = "inventory"
title = "Few nails"
detail = "5 boxes are left."
sku = "A-1"
site = "goma-road"
state = "open"
raised_days_ago = 2
"#,
    sales: r#"today_percent = 40
[weekday_percent]
monday = 100
tuesday = 100
wednesday = 100
thursday = 100
friday = 100
saturday = 100
sunday = 100
[products]
A-1 = { daily = { goma-road = 100 }, weekly_trend = 0 }
[[event]]
name = "Fair"
from_days_ago = 10
to_days_ago = 9
percent = 100
skus = ["A-1"]
"#,
    schedules: r#"[[schedule]]
name = "weekly"
to = "+250788000100"
task = "sales report for last week"
every = "weekly mon 08:00"
enabled = true
"#,
    templates: r#"[[template]]
name = "waits"
intent = "waiting"
language = "en"
meta = "waits"
body = "Something waits."
"#,
    personas: r#"[[persona]]
name = "shop-floor"
description = "Who sells."
style = "In a line."
[persona.answers]
error = "Not now."
timeout = """
Too
late."""
"#,
    prices: r#"as_of = "2026-11-21"
[[price]]
model = "openai:gpt-4o"
input = "2.50"
cached = "1.25"
cache_written = "2.5"
output = "10"
"#,
    policy: r#"[[rule]]
name = "orders"
when = "tool == 'order_goods'"
then = "ask"
whom = ["Ada"]
hours = 4
"#,
    agents: r#"[[agent]]
name = "concierge"
kind = "commands"
description = "Answers."
instructions = "Answer."
enabled = true
commands = ["help"]
"#,
    conversational: [
        talker!("triage"),
        talker!("booking"),
        talker!("payment"),
        talker!("support"),
        talker!("property"),
        talker!("driver"),
        talker!("shop"),
        talker!("general"),
    ],
    tools: &[],
};
