//! Every persona's words for every answer, side by side.

use expect_test::expect_file;
use jiff::{SignedDuration, tz::TimeZone};

use super::*;
use crate::{
    commands::Entity,
    message::Document,
    persona::{AnswerKind, PersonaRow, Personas, built_in_rows},
    step::Approver,
    tool::{AlertCounts, AlertLine, AlertsArguments, Severity, SiteStock, StockLine, Supply},
};

fn agent() -> Agent {
    let approver = Approver {
        name: "Grace".into(),
        address: "+250788000100".parse().unwrap(),
    };
    let there = TimeZone::get("Africa/Kigali").unwrap();
    let day = SignedDuration::from_hours(24);
    Agent::without_models("concierge".into(), "Acme".into(), there, approver, day)
}

fn now() -> Timestamp {
    "2026-11-20T10:00:00Z".parse().unwrap()
}

fn line(sku: &str, units: [u32; 2], supply: Supply) -> StockLine {
    let site = |site: &str, units| SiteStock {
        site: site.into(),
        units,
    };
    StockLine {
        sku: sku.parse().unwrap(),
        name: format!("Blue {{{{widget}}}} {sku}"),
        unit: "box".into(),
        sites: vec![site("Kigali", units[0]), site("Huye", units[1])],
        reorder_point: 75,
        supply,
    }
}

fn known() -> Supply {
    Supply {
        lead_time_days: Some(7),
        daily_use: Some(8),
        safety_stock: Some(19),
        last_reorder: Some("2026-11-08".parse().unwrap()),
        updated_at: Some("2026-11-20T06:00:00Z".parse().unwrap()),
    }
}

fn alert(id: &str, severity: Severity) -> AlertLine {
    AlertLine {
        id: id.into(),
        severity,
        title: format!("Lantern {id} sold out"),
        raised_at: "2026-11-20T07:00:00Z".parse().unwrap(),
    }
}

fn document() -> Document {
    Document {
        filename: "sales-2026-11-09.pdf".into(),
        media_type: "application/pdf".into(),
        content: crate::ContentHash::of(b"x"),
        size: 48_213,
        title: "Sales report for 2026-11-09".into(),
    }
}

/// Every answer of a voice.
fn all(voice: Voice<'_>) -> Vec<(&'static str, String)> {
    let counts = AlertCounts {
        critical: 1,
        high: 1,
        ..AlertCounts::default()
    };
    let alerts = [
        alert("7f2", Severity::Critical),
        alert("b41", Severity::High),
    ];
    let out = line("AB-3", [0, 0], Supply::default());
    let low = line("AB-2", [2, 0], known());
    let fine = line("AB-1", [100, 43], known());
    let odd = Supply {
        safety_stock: Some(1),
        ..known()
    };
    vec![
        (
            "inventory: fine",
            voice.stock(std::slice::from_ref(&fine), 0, Some(12)),
        ),
        (
            "inventory: low",
            voice.stock(std::slice::from_ref(&low), 0, None),
        ),
        (
            "inventory: out, nothing else is known",
            voice.stock(&[out], 0, None),
        ),
        (
            "inventory: does not add up",
            voice.stock(&[line("AB-4", [80, 0], odd)], 0, None),
        ),
        ("inventory_several", voice.stock(&[fine, low], 3, Some(7))),
        ("inventory_none", voice.stock(&[], 0, None)),
        ("alerts", voice.alerts(&alerts, 0, Some(counts))),
        (
            "alerts: as they once were recorded",
            voice.alerts(&alerts[..1], 4, None),
        ),
        ("alerts_none", voice.alerts(&[], 0, None)),
        (
            "report_ready",
            voice.waits_for_approval(&document(), "Grace"),
        ),
        ("unknown", voice.unknown(Role::Customer)),
        ("missing", voice.asks_for(Entity::Product)),
        ("missing: again", voice.not_an_answer(Entity::Product)),
        ("error", voice.failed()),
        ("timeout", voice.expired()),
        ("no_permission", voice.not_allowed(&ToolCall::AgentStatus)),
        (
            "no_permission: alerts",
            voice.not_allowed(&ToolCall::ViewAlerts(AlertsArguments { severity: None })),
        ),
        ("help", voice.help(Role::Staff)),
        ("cannot_answer", voice.cannot_think(Role::Customer)),
    ]
}

#[test]
fn c5_each_persona_has_its_own_words_for_each_answer() {
    let (agent, failures) = (agent(), Failures::default());
    let mut page = String::new();
    for row in built_in_rows() {
        let voice = Voice {
            agent: &agent,
            now: now(),
            persona: Some(&row.name),
            failures: &failures,
        };
        page.push_str(&format!("# {}\n", row.name));
        for (answer, text) in all(voice) {
            assert!(
                text.chars().count() <= MOST_CHARACTERS,
                "{}: {answer}",
                row.name
            );
            assert!(
                !text.contains("{{#") && !text.contains("\n\n\n"),
                "{}: {text}",
                row.name
            );
            // What nothing stands behind is not promised.
            for word in ["SHARE", "SCHEDULE", "LEARN", "reply with a number"] {
                assert!(!text.contains(word), "{}: {text}", row.name);
            }
            page.push_str(&format!("\n## {answer}\n{text}\n"));
        }
        page.push('\n');
    }
    expect_file!["snapshots/personas.md"].assert_eq(&page);
    let step = failures.recorded(crate::step::Step::Record(vec![]));
    assert_eq!(step, crate::step::Step::Record(vec![]));
}

/// The longest answer there can be: all matches, with names as long as people make them.
#[test]
fn c5_an_answer_is_cut_to_what_is_sent_at_once() {
    let (agent, failures) = (agent(), Failures::default());
    let lines: Vec<_> = (0..5)
        .map(|n| StockLine {
            name: "x".repeat(500),
            ..line(&format!("AB-{n}"), [1, 2], known())
        })
        .collect();
    for row in built_in_rows() {
        let voice = Voice {
            agent: &agent,
            now: now(),
            persona: Some(&row.name),
            failures: &failures,
        };
        let text = cut(voice.stock(&lines, 9, None));
        assert!(text.chars().count() <= MOST_CHARACTERS);
    }
}

/// The customer reads the default's words, and operators why.
#[test]
fn c5_a_template_that_comes_to_nothing_is_an_error_for_operators() {
    let row = PersonaRow {
        name: "odd".parse().unwrap(),
        description: "For a test.".into(),
        style: "Oddly.".into(),
        answers: [(
            AnswerKind::Inventory.as_str().to_owned(),
            "{{#out}}Gone.{{/out}}".to_owned(),
        )]
        .into(),
    };
    let agent = Agent {
        personas: Personas::with(std::slice::from_ref(&row)).unwrap(),
        ..agent()
    };
    let failures = Failures::default();
    let voice = Voice {
        agent: &agent,
        now: now(),
        persona: Some(&row.name),
        failures: &failures,
    };
    let stock = voice.stock(&[line("AB-1", [100, 43], known())], 0, None);
    assert!(stock.contains("Total: *143* boxes"), "{stock}");
    let crate::step::Step::Record(planned) = failures.recorded(crate::step::Step::Record(vec![]))
    else {
        panic!("not recorded");
    };
    let expect = crate::event::EventData::error(
        "persona \"odd\", answer \"inventory\": nothing but blanks came of it".into(),
        Some(crate::event::Failing::Template),
    );
    assert_eq!(planned.len(), 1);
    assert_eq!(planned[0].data, expect);
}
