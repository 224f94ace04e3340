//! `cargo dev eval` and `cargo dev bench prompts`.

use std::fs;

use serde_json::Value;

use super::{Home, check_refused, text};

/// A command, so that no model is asked.
fn scenario(contains: &str) -> String {
    format!(
        "name = \"Stock\"\nfrom = \"customer\"\n\n[[turn]]\nsays = \"stock ABC123\"\n\n\
         [turn.expect]\ncalls = [{{ tool = \"check_inventory\" }}]\ncontains = [{contains:?}]\n"
    )
}

#[tokio::test]
async fn x8_eval_prints_each_scenario_and_exits_1_when_one_fails() {
    let home = Home::new();
    let folder = home.folder.path().join("scenarios");
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join("right.toml"), scenario("Total: *143*")).unwrap();
    let output = home.run(&["eval"]).await;
    let printed = text(&output.stdout);
    let begins = "✓ scenarios/right.toml: Stock\n    1 nobody, check_inventory(sku: \"ABC123\")\n      \
                  0 answers, tokens 0 in (0 cached) 0 out, 0.00 USD, 0 ms for models, ";
    assert!(printed.starts_with(begins), "{printed}");
    assert!(
        printed.contains("\n1 passed, 0 failed, asked the fake server\n"),
        "{printed}"
    );
    assert!(output.status.success());

    fs::write(folder.join("wrong.toml"), scenario("Total: *144*")).unwrap();
    let output = home.run(&["eval", "scenarios", "--json"]).await;
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(
        text(&output.stderr),
        "one scenario failed: scenarios/wrong.toml\n"
    );
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["summary"]["passed"], 1);
    assert_eq!(report["summary"]["failed"], 1);
    assert_eq!(report["scenarios"][1]["file"], "scenarios/wrong.toml");
    let failure = report["scenarios"][1]["failures"][0].as_str().unwrap();
    assert!(
        failure.starts_with("scenarios/wrong.toml line 9, turn 1: contains: got "),
        "{failure}"
    );
}

#[tokio::test]
async fn x8_what_keeps_eval_from_playing_is_said_with_what_to_do() {
    let home = Home::new();
    check_refused(
        &home.run(&["eval"]).await,
        "scenarios can't be read; name a file or a folder of scenarios: No such file or directory \
         (os error 2)",
    );
    let file = home.folder.path().join("stock.toml");
    fs::write(&file, scenario("").replace("customer", "boss")).unwrap();
    check_refused(
        &home.run(&["eval", "stock.toml"]).await,
        "a scenario is not valid, please correct:\n- stock.toml line 2: from: got \"boss\", wants \
         customer or staff\n- stock.toml line 9, turn number 1: expect.contains: got \"\", wants \
         words, or a regular expression between slashes",
    );
    fs::write(&file, scenario("143")).unwrap();
    check_refused(
        &home.run(&["eval", "stock.toml", "--real"]).await,
        "--real asks the models of MODELS, which is not set; give it keys, such as \
         MODELS='{\"openai\": {\"key\": \"sk-…\"}}', or leave --real out",
    );
    let mut wrong = home.command(&["eval", "stock.toml", "--real"]);
    let output = wrong.env("MODELS", r#"{"openai": {}}"#).output().await;
    let said = text(&output.unwrap().stderr);
    assert!(said.starts_with("MODELS.openai.key: "), "{said}");
}

#[tokio::test]
async fn a4_the_bench_of_prompts_shows_what_providers_got() {
    let home = Home::new();
    let words = [
        "bench", "prompts", "--turns", "1,3", "--events", "60", "--json",
    ];
    let output = home.run(&words).await;
    assert!(output.status.success(), "{}", text(&output.stderr));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let turns = report["turns"].as_array().unwrap();
    let asked: Vec<usize> = turns
        .iter()
        .map(|turn| turn["questions"].as_array().unwrap().len())
        .collect();
    assert_eq!(
        asked,
        [3, 2],
        "triage, a call, and its answer; then no triage"
    );
    assert_eq!(turns[0]["calls"]["DynamoDB TransactWriteItems"], 2.0);
    let tokens = |turn: usize| turns[turn]["questions"][1]["tokens"].as_u64();
    assert!(tokens(0) > Some(500) && tokens(1) > tokens(0), "{turns:?}");
    let cached = turns[1]["questions"][1]["cached"].as_u64();
    assert!(cached.map(|it| it * 2) > tokens(1), "{turns:?}");
    let long = &report["long"][0];
    assert!(
        (60..64).contains(&long["events"].as_u64().unwrap()),
        "{long}"
    );
    assert!(long["mean_tokens"].as_f64() > Some(500.0), "{long}");

    let output = home.run(&["bench", "prompts", "--show", "2"]).await;
    let printed = text(&output.stdout);
    let begins = "===== turn 2, question 1 of 2, to gpt-4o: ";
    assert!(printed.starts_with(begins), "{printed}");
    for part in [
        "--- tool check_inventory: ",
        "--- system\nYou are general, an agent of Kivu Trading",
        "<user_message",
        "<tool_result",
    ] {
        assert!(printed.contains(part), "{part} is not in {printed}");
    }
}
