//! What a scenario's file may say, and what is said of one that is wrong.

use super::*;

const SMALL: &str = r#"name = "Stock"
from = "customer"

[[turn]]
says = "are the blue ones in?"

[turn.expect]
agent = "shop"
contains = ["143", "/\\d+ in Huye/"]

[[turn.answer]]
text = "shop"

[[turn.answer]]
calls = [{ tool = "check_inventory", arguments = { sku = "ABC123", count = 0x10 } }]

[[turn.answer]]
fails = 500
times = 3
"#;

fn parsed(text: &str) -> anyhow::Result<Vec<Scenario>> {
    parse(&[("stock.toml".to_owned(), text.to_owned())])
}

/// With `old` replaced, exactly this is said, whatever the line begins with.
fn check(old: &str, new: &str, lines: &[&str]) {
    assert!(SMALL.contains(old), "{old} is not there");
    let error = parsed(&SMALL.replacen(old, new, 1)).unwrap_err();
    let said = error.to_string();
    let mut got = said.lines();
    assert_eq!(
        got.next(),
        Some("a scenario is not valid, please correct:"),
        "{said}"
    );
    let got: Vec<&str> = got.map(|line| line.trim_start_matches("- ")).collect();
    assert_eq!(got, lines);
}

#[test]
fn x8_a_scenario_is_read_with_the_lines_of_its_expectations() {
    let scenarios = parsed(SMALL).unwrap();
    let scenario = &scenarios[0];
    assert_eq!(
        (scenario.file.as_str(), scenario.name.as_str()),
        ("stock.toml", "Stock")
    );
    assert_eq!(
        (scenario.from, scenario.needs),
        (Writer::Customer, Needs::Any)
    );
    let turn = &scenario.turns[0];
    assert_eq!(turn.act, Act::Says("are the blue ones in?".to_owned()));
    let expects = turn.expects.iter();
    let expects: Vec<_> = expects.map(|it| (it.line, it.wants.field())).collect();
    assert_eq!(expects, [(8, "agent"), (9, "contains"), (9, "contains")]);
    let call = serde_json::json!({"count": 16, "sku": "ABC123"});
    let fails = crate::models::Canned::fail(500);
    assert_eq!(
        turn.answers,
        [
            crate::models::Canned::text("shop"),
            crate::models::Canned::call("check_inventory", &call),
            fails.clone(),
            fails.clone(),
            fails,
        ]
    );
}

#[test]
fn w2_x8_a_scenario_may_be_played_where_things_can_be_tapped() {
    let says = "says = \"are the blue ones in?\"";
    let text = SMALL.replace(says, "taps = \"Huye\"");
    let text = text.replace("from = ", "through = \"meta\"\nfrom = ");
    let scenario = parsed(&text).unwrap().remove(0);
    assert_eq!(scenario.through, crate::simulator::SimProvider::Meta);
    assert_eq!(scenario.turns[0].act, Act::Taps("Huye".to_owned()));
    let usual = parsed(SMALL).unwrap().remove(0);
    assert_eq!(usual.through, crate::simulator::SimProvider::Twilio);
    check(
        "from = ",
        "through = \"signal\"\nfrom = ",
        &["stock.toml line 2: through: got \"signal\", wants twilio or meta"],
    );
    let both = parsed(&SMALL.replace(says, &format!("{says}\ntaps = \"Huye\"")));
    assert!(both.unwrap_err().to_string().contains("taps"));
}

#[test]
fn x8_a_bad_file_is_named_with_line_and_remedy() {
    check(
        "name = \"Stock\"\n",
        "",
        &["stock.toml line 1: name: got nothing, wants text in quotes, not blank"],
    );
    check(
        "\"customer\"",
        "\"boss\"",
        &["stock.toml line 2: from: got \"boss\", wants customer or staff"],
    );
    check(
        "from = ",
        "models = \"gpt\"\nfrom = ",
        &["stock.toml line 2: models: got \"gpt\", wants any, fake or none"],
    );
    check(
        "from = ",
        "models = \"none\"\nfrom = ",
        &[
            "stock.toml line 12, turn number 1: answer: got canned answers, wants none, because models = \"none\"",
        ],
    );
    check(
        "says = \"are the blue ones in?\"\n",
        "",
        &[
            "stock.toml line 4, turn number 1: says: got neither, wants what the writer says, or in its place approver = \"approves\"",
        ],
    );
    check(
        "says = \"are the blue ones in?\"",
        "approver = \"rejects\"",
        &[
            "stock.toml line 5, turn number 1: approver: got \"rejects\", wants \"approves\" without a reason, or \"rejects\" with one",
        ],
    );
    check(
        "agent = \"shop\"\ncontains = [\"143\", \"/\\\\d+ in Huye/\"]\n",
        "",
        &[
            "stock.toml line 7, turn number 1: expect.agent: got nothing that is expected, wants that or another expectation",
        ],
    );
    check(
        "agent = \"shop\"",
        "agent = \"triage\"",
        &[
            "stock.toml line 8, turn number 1: expect.agent: got \"triage\", wants booking, payment, support, property, driver, shop or general",
        ],
    );
    check(
        "\"143\"",
        "\"/(143/\"",
        &[
            "stock.toml line 9, turn number 1: expect.contains: got \"/(143/\", wants a regular expression that can be read (unclosed group)",
        ],
    );
    check(
        "[\"143\", \"/\\\\d+ in Huye/\"]",
        "[]",
        &[
            "stock.toml line 9, turn number 1: expect.contains: got [], wants a list of at least one text, [\"…\"]",
        ],
    );
    check(
        "contains = ",
        "conatins = ",
        &[
            "stock.toml line 9, turn number 1: expect.conatins: got an unknown field, wants agent, calls, refused, contains, lacks, hands_over_to, escalates, asks_approval, documents, at_most_tokens or at_most_usd",
        ],
    );
    check(
        "agent = \"shop\"",
        "at_most_usd = 0.02",
        &[
            "stock.toml line 8, turn number 1: expect.at_most_usd: got 0.02, wants US dollars in quotes with at most six decimals, such as \"0.075\"",
        ],
    );
    check(
        "agent = \"shop\"",
        "calls = [\"check_inventory\"]",
        &[
            "stock.toml line 8, turn number 1: expect.calls: got \"check_inventory\", wants a list of calls, [{ tool = \"…\", arguments = { … } }]",
        ],
    );
    check(
        "tool = \"check_inventory\", ",
        "",
        &[
            "stock.toml line 15, turn number 1, answer number 2, calls number 1: tool: got nothing, wants text in quotes, not blank",
        ],
    );
    check(
        "fails = 500",
        "fails = 200",
        &[
            "stock.toml line 18, turn number 1, answer number 3: fails: got 200, wants a whole number from 400 to 599",
        ],
    );
    check(
        "fails = 500",
        "fails = 500\ntext = \"yes\"",
        &[
            "stock.toml line 19, turn number 1, answer number 3: text: got fails and an answer, wants words, or calls = […], or an HTTP status with fails = 500",
        ],
    );
    check(
        "name = \"Stock\"\nfrom = \"customer\"",
        "nmae = \"Stock\"\nfrom = \"bosses\"",
        &[
            "stock.toml line 1: name: got nothing, wants text in quotes, not blank",
            "stock.toml line 1: nmae: got an unknown field, wants name, from, called, through, models or turn",
            "stock.toml line 2: from: got \"bosses\", wants customer or staff",
        ],
    );
}

#[test]
fn x8_what_is_no_scenario_is_named() {
    let error = parsed("name = Stock").unwrap_err().to_string();
    assert!(error.contains("- stock.toml line 1: not TOML: "), "{error}");
    let folder = tempfile::tempdir().unwrap();
    let error = read(&[folder.path().to_owned()]).unwrap_err().to_string();
    assert!(error.contains("there is no scenario in"), "{error}");
    let gone = folder.path().join("gone.toml");
    let error = read(&[gone]).unwrap_err().to_string();
    assert!(
        error.ends_with("gone.toml can't be read; name a file or a folder of scenarios"),
        "{error}"
    );
}

#[test]
fn x8_words_are_found_in_any_case_and_expressions_as_they_are() {
    let check = |pattern: &str, text: &str, expect: bool| {
        let found = Pattern::read(pattern).unwrap().is_in(text);
        assert_eq!(found, expect, "{pattern} in {text}");
    };
    check("huye", "25 in Huye.", true);
    check("25 in", "125 in Huye", true);
    check("/\\b25 in/", "125 in Huye", false);
    check("/huye/", "25 in Huye", false);
    check("/(?i)huye/", "25 in Huye", true);
    check("/", "and/or", true);
}
