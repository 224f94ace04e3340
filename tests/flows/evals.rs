//! Scenario files judge what the whole stack does.

use std::path::Path;

use countersign_local::{
    eval::{Asked, Report, Row, Transcript, Verdict, parse, play, read},
    models::{Canned, FakeModels},
};

/// X8: what the committed scenarios expect, holds.
#[tokio::test]
async fn x8_every_committed_scenario_passes() {
    let scenarios = read(&[root().join("scenarios")]).unwrap();
    assert!(scenarios.len() >= 10, "{} scenarios", scenarios.len());
    for scenario in &scenarios {
        let outcome = play(scenario, &Asked::Fake).await;
        assert_eq!(outcome.failures(), [] as [String; 0]);
        assert_eq!(outcome.verdict, Verdict::Passed);
        assert_eq!(outcome.turns.len(), scenario.turns.len());
        let asked = scenario.turns.iter().any(|turn| !turn.answers.is_empty());
        let waited = outcome.turns.iter().map(|turn| turn.happened.model_time);
        assert_eq!(waited.sum::<std::time::Duration>().is_zero(), !asked);
    }
}

/// What the models answer in a turn.
const LOOKS_UP: &str = r#"
[[turn.answer]]
text = "shop"
[[turn.answer]]
calls = [{ tool = "check_inventory", arguments = { sku = "ABC123" } }]
[[turn.answer]]
text = "Yes, 143."
"#;
const ESCALATES: &str = r#"
[[turn.answer]]
text = "shop"
[[turn.answer]]
calls = [{ tool = "escalate_to_human", arguments = { reason = "angry" } }]
"#;
const ORDERS: &str = r#"
[[turn.answer]]
text = "general"
[[turn.answer]]
calls = [{ tool = "generate_report", arguments = { kind = "sales", from = "2026-11-09", to = "2026-11-15" } }]
"#;
const HANDS_OVER: &str = r#"
[[turn.answer]]
text = "shop"
[[turn.answer]]
calls = [{ tool = "hand_over", arguments = { to = "payment", note = "money" } }]
[[turn.answer]]
text = "How much was it?"
"#;

/// X8: every kind of expectation can fail, and then says so in one line.
#[tokio::test]
async fn x8_each_kind_of_expectation_can_fail() {
    for (answers, expect, says) in [
        (
            LOOKS_UP,
            "agent = \"payment\"",
            "agent: got shop, wants payment",
        ),
        (
            LOOKS_UP,
            "calls = []",
            "calls: got check_inventory(sku: \"ABC123\"), wants none",
        ),
        (
            LOOKS_UP,
            "calls = [{ tool = \"check_inventory\", arguments = { sku = \"ABC124\" } }]",
            "calls: got check_inventory(sku: \"ABC123\"), wants check_inventory(sku: \"ABC124\")",
        ),
        (
            LOOKS_UP,
            "calls = [{ tool = \"check_inventory\" }, { tool = \"check_inventory\" }]",
            "calls: got check_inventory(sku: \"ABC123\"), wants check_inventory(), check_inventory()",
        ),
        (
            LOOKS_UP,
            "refused = [\"view_alerts\"]",
            "refused: got none, wants view_alerts",
        ),
        (
            LOOKS_UP,
            "contains = [\"Huye\"]",
            "contains: got \"Yes, 143.\", wants \"Huye\"",
        ),
        (
            LOOKS_UP,
            "contains = ['/\\d{4}/']",
            "contains: got \"Yes, 143.\", wants /\\d{4}/",
        ),
        (
            LOOKS_UP,
            "lacks = [\"yes\"]",
            "lacks: got \"Yes, 143.\", wants nothing like \"yes\"",
        ),
        (
            LOOKS_UP,
            "hands_over_to = \"payment\"",
            "hands_over_to: got none, wants payment",
        ),
        (
            HANDS_OVER,
            "hands_over_to = \"support\"",
            "hands_over_to: got payment, wants support",
        ),
        (
            LOOKS_UP,
            "escalates = true",
            "escalates: got nobody called, wants a person called",
        ),
        (
            ESCALATES,
            "escalates = false",
            "escalates: got a person called for \"angry\", wants nobody called",
        ),
        (
            LOOKS_UP,
            "asks_approval = true",
            "asks_approval: got nobody asked, wants the approver asked",
        ),
        (
            ORDERS,
            "asks_approval = false",
            "asks_approval: got the approver asked, wants nobody asked",
        ),
        (LOOKS_UP, "documents = 1", "documents: got 0, wants 1"),
        (
            LOOKS_UP,
            "at_most_tokens = 9",
            "at_most_tokens: got …, wants at most 9",
        ),
        (
            LOOKS_UP,
            "at_most_usd = \"0.000001\"",
            "at_most_usd: got …, wants at most 0.000001",
        ),
    ] {
        let failures = failures_of(expect, answers).await;
        let [failure] = failures.as_slice() else {
            panic!("{expect}: {failures:?}");
        };
        let line = failure.strip_prefix("wrong.toml line 6, turn 1: ").unwrap();
        match says.split_once('…') {
            None => assert_eq!(line, says),
            // Tokens and cost change with every word of a prompt.
            Some((before, after)) => {
                let got = line
                    .strip_prefix(before)
                    .and_then(|it| it.strip_suffix(after));
                let got = got.unwrap_or_else(|| panic!("{line}"));
                assert!(got.starts_with(|c: char| c.is_ascii_digit()), "{line}");
            }
        }
    }
}

/// X8: a file of canned answers is a test of who asks: one too many and one too few are told.
#[tokio::test]
async fn x8_canned_answers_are_asked_for_exactly() {
    let expect = "agent = \"shop\"";
    let more = format!("{LOOKS_UP}[[turn.answer]]\ntext = \"And more.\"\n");
    assert_eq!(
        failures_of(expect, &more).await,
        [
            "wrong.toml line 4, turn 1: answer: got one answer that no model was asked for; take it \
             out"
        ]
    );
    let fewer = "[[turn.answer]]\ntext = \"shop\"\n";
    let failures = failures_of(expect, fewer).await;
    assert!(
        failures[0].ends_with("request 2 (openai): no answer was scripted for it"),
        "{failures:?}"
    );
}

/// X8: against real models, which are a server of the test's here, what the file has answers for is
/// asked all the same, of the model that was named, and judged like the rest.
#[tokio::test]
async fn x8_against_real_models_canned_answers_are_left_aside() {
    let models = FakeModels::start(0).await.unwrap();
    models.answer_with(|request| match request.one_of {
        Some(_) => Canned::text("payment"),
        None => Canned::text("How much was it?"),
    });
    let text = scenario("agent = \"shop\"\ncontains = [\"how much\"]", LOOKS_UP);
    let scenarios = parse(&[("wrong.toml".to_owned(), text)]).unwrap();
    let asked = |model: &str| Asked::Real {
        models: models.settings(),
        model: Some(model.parse().unwrap()),
    };
    for model in ["gemini:gemini-2.5-flash", "compatible:llama3.1:8b"] {
        let outcome = play(&scenarios[0], &asked(model)).await;
        assert_eq!(
            outcome.failures(),
            ["wrong.toml line 6, turn 1: agent: got payment, wants shop"]
        );
        let requests = models.requests().into_iter().rev().take(2);
        let asked: Vec<String> = requests
            .map(|it| format!("{}:{}", it.provider.name(), it.model))
            .collect();
        assert_eq!(asked, [model; 2]);
        let happened = &outcome.turns[0].happened;
        assert!(!happened.model_time.is_zero() && happened.tokens.input > 0);
    }

    let outcome = play(&scenarios[0], &asked("openai:gpt-unheard-of")).await;
    assert_eq!(
        outcome.failures(),
        [
            "wrong.toml, turn 1: openai:gpt-unheard-of has no price; add one to infra/seed/prices.toml"
        ]
    );
}

/// X8: a scenario ends with the first turn that goes wrong, and the report names its file.
#[tokio::test]
async fn x8_a_report_says_what_failed_and_sums_up() {
    let wrong = scenario("agent = \"payment\"", LOOKS_UP);
    let second = "[[turn]]\nsays = \"thank you\"\n[turn.expect]\ndocuments = 0\n";
    let fake = scenario("documents = 0", LOOKS_UP).replace("name", "models = \"fake\"\nname");
    let files = [
        ("wrong.toml".to_owned(), format!("{wrong}{second}")),
        ("fake.toml".to_owned(), fake),
    ];
    let scenarios = parse(&files).unwrap();
    let outcome = play(&scenarios[0], &Asked::Fake).await;
    assert_eq!(
        (outcome.verdict.clone(), outcome.turns.len()),
        (Verdict::Failed, 1)
    );
    let real = Asked::Real {
        models: "{}".to_owned(),
        model: None,
    };
    let left_out = play(&scenarios[1], &real).await;
    assert_eq!(left_out.verdict, Verdict::LeftOut);

    let rows = vec![
        Row::new(&scenarios[0], &outcome),
        Row::new(&scenarios[1], &left_out),
    ];
    let printed: String = rows.iter().map(Row::to_string).collect();
    let report = Report::new("the fake server".to_owned(), rows);
    assert_eq!(report.failed(), ["wrong.toml"]);
    for line in [
        "✗ wrong.toml: Wrong\n    1 shop, check_inventory(sku: \"ABC123\")\n      3 answers, tokens ",
        "    ✗ wrong.toml line 6, turn 1: agent: got shop, wants payment\n",
        "– fake.toml: Wrong (left out: it is about what only the fake server does)\n",
    ] {
        assert!(printed.contains(line), "{line} is not in {printed}");
    }
    let last = report.to_string();
    assert!(
        last.starts_with("\n0 passed, 1 failed, 1 left out, asked the fake server\n"),
        "{last}"
    );
    let json = serde_json::to_value(&report).unwrap();
    let turn = &json["scenarios"][0]["turns"][0];
    assert_eq!(json["scenarios"][0]["verdict"], "failed");
    assert_eq!(turn["calls"][0]["tool"], "check_inventory");
    assert_eq!(turn["usd"], json["summary"]["usd"]);
    assert!(turn["tokens"]["input"].as_u64() > Some(0), "{turn}");
    assert!(
        turn["turn_ms"].as_f64() > turn["model_ms"].as_f64(),
        "{turn}"
    );
}

/// X8: a transcript tells a conversation from its record, in order: what was asked of whom and what
/// came of it.
#[tokio::test]
async fn x8_a_transcript_tells_a_conversation_from_its_record() {
    let files = read(&[root().join("scenarios/three-tools.toml")]).unwrap();
    let outcome = play(&files[0], &Asked::Fake).await;
    assert_eq!(outcome.verdict, Verdict::Passed, "{:?}", outcome.failures());
    let transcript = Transcript(&outcome).to_string();
    let mut rest = transcript.as_str();
    for line in [
        "-- turn 1\n    customer   morning! what needs my attention",
        "thinks     triage sorts (openai:gpt-4o-mini, ",
        "hands over triage to general\n",
        "): view_alerts() + check_inventory(sku: \"ABC123\")\n",
        "calls      check_inventory(sku: \"ABC123\")\n",
        "gets       {\"outcome\":\"alerts\"",
        "agent      Worst first:",
        "-- turn 2\n",
        "gets       sales-2026-11-09-to-2026-11-15.pdf, ",
        "asks       Grace Uwase is asked to decide on send_document\n",
        "-- turn 3\n    decision   Grace Uwase approves\n",
        "agent      [sales-2026-11-09-to-2026-11-15.pdf, ",
        "-- turn 4\n",
    ] {
        let found = rest.find(line);
        let found = found.unwrap_or_else(|| panic!("{line:?} is not next in {transcript}"));
        rest = &rest[found + line.len()..];
    }
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

fn scenario(expect: &str, answers: &str) -> String {
    format!(
        "name = \"Wrong\"\nfrom = \"customer\"\n[[turn]]\nsays = \"are the blue ones in?\"\n\
         [turn.expect]\n{expect}\n{answers}"
    )
}

async fn failures_of(expect: &str, answers: &str) -> Vec<String> {
    let file = ("wrong.toml".to_owned(), scenario(expect, answers));
    let scenarios = parse(&[file]).unwrap();
    let outcome = play(&scenarios[0], &Asked::Fake).await;
    assert_eq!(outcome.verdict, Verdict::Failed);
    outcome.failures()
}
