use super::*;

#[test]
fn x5_rules_see_the_call() {
    for when in [
        r#"tool == "order_goods""#,
        r#"tool.startsWith("order_") && tool.endsWith("goods") && tool.contains("r_g")"#,
        r#"effect == "some""#,
        r#"customer.id == "c-1" && customer.role == "customer" && !customer.verified"#,
        r#"agent == "shop""#,
        "spend.conversation == 0.25",
        "spend.conversation < 1",
        "time.hour == 23 && time.minute == 5",
        r#"time.weekday in ["saturday", "sunday"]"#,
        r#"time.date == "2026-11-21" && time.date < "2026-12-01""#,
        "has(args.amount) && !has(args.price)",
        r#""amount" in args && args["amount"] == 5000"#,
        r#"args.note.size() == 7 && size(args.items) == 2"#,
        r#"args.items[1].sku == "B-2""#,
        "args.items.exists(item, item.price > 7)",
        "args.items.all(item, item.price < 8)",
        r#"args.items.exists_one(item, item.sku == "A-1")"#,
        "args.items.filter(item, item.price > 4).size() == 1",
        r#"args.exists(field, field == "note")"#,
        "args.amount > 100 ? args.rate < 1 : false",
        "int(\"12\") == 12 && double(\"1.5\") == 1.5 && string(12) == \"12\"",
        r#"days("2024-02-28", "2024-03-01") == 2 && days("2026-11-21", time.date) == 0"#,
        r#"days(time.date, "2026-01-01") == -324"#,
        "// about orders\nargs.amount >= 5000",
    ] {
        assert_eq!(run(when, order()), "true", "{when}");
    }
    for when in [
        "false",
        "args.nothing == 1 && false",
        r#"tool == "Order_goods""#,
        r#"args.amount == "5000""#,
        "args.items.exists(item, item.price > 8)",
    ] {
        assert_eq!(run(when, order()), "false", "{when}");
    }
}

#[test]
fn x5_the_clock_is_the_companys() {
    let nothing = json!({});
    let mut facts = facts(&nothing);
    let night = policy(&[rule("night", "time.hour >= 22", deny())]);
    assert_eq!(night.decide(&facts).verdict, deny());
    // The same moment, in Lisbon.
    facts.at = "2026-11-21T21:05:00+00:00[Europe/Lisbon]".parse().unwrap();
    assert_eq!(night.decide(&facts).rule, None);
}

#[test]
fn x5_a_number_is_the_same_however_the_model_wrote_it() {
    for amount in ["5000", "5000.0", "5e3"] {
        let arguments = || serde_json::from_str(&format!("{{\"amount\": {amount}}}")).unwrap();
        for (when, is) in [
            ("args.amount < 5001", "true"),
            ("args.amount < 5000.5", "true"),
            ("5000 <= args.amount", "true"),
            ("args.amount == 5000", "true"),
            ("args.amount == 5000.0", "true"),
            ("args.amount in [5000]", "true"),
            ("args.amount * 1.5 == 7500", "true"),
            ("args.amount / 2 + 1 == 2501", "true"),
            ("args.amount % 7 == 2", "true"),
            ("args.amount - 0.5 > 4999", "true"),
            ("-args.amount < 0", "true"),
            ("args.amount > 5000", "false"),
        ] {
            assert_eq!(run(when, arguments()), is, "{when} of {amount}");
        }
    }
}

#[test]
fn x5_whole_numbers_are_exact() {
    let exactly = |written: &str, when: &str| {
        let arguments = serde_json::from_str(&format!("{{\"id\": {written}}}")).unwrap();
        run(when, arguments)
    };
    for (written, when, is) in [
        ("9007199254740993", "args.id == 9007199254740993", "true"),
        ("9007199254740993", "args.id == 9007199254740992", "false"),
        ("9007199254740992.0", "args.id < 9007199254740993", "true"),
        ("9007199254740992.0", "args.id == 9007199254740993", "false"),
        (
            "9223372036854775807",
            "args.id > 9223372036854775806",
            "true",
        ),
        (
            "9223372036854775808",
            "args.id > 9223372036854775807",
            "true",
        ),
        (
            "9223372036854775808.0",
            "args.id > 9223372036854775807",
            "true",
        ),
        (
            "-9223372036854775808",
            "args.id < -9223372036854775807",
            "true",
        ),
        ("1e30", "args.id > 9223372036854775807", "true"),
        ("0.1", "args.id == 0.1", "true"),
    ] {
        assert_eq!(exactly(written, when), is, "{written}: {when}");
    }
}

#[test]
fn x5_the_first_rule_that_is_true_decides() {
    let asks = Asking {
        whom: vec!["Grace".to_owned(), "Jean".to_owned()],
        how_many: 2,
        hours: Some(4),
    };
    let rules = [
        rule("small", "args.amount < 100", Then::Allow),
        rule("large", "args.amount > 1000", deny()),
        rule("others", "true", Then::Ask(asks.clone())),
        rule("never", "true", Then::Allow),
    ];
    let policy = policy(&rules);
    assert_eq!(policy.rules(), rules);
    for (amount, verdict, name) in [
        (99, Then::Allow, "small"),
        (1001, deny(), "large"),
        (500, Then::Ask(asks), "others"),
    ] {
        let arguments = json!({"amount": amount});
        let expect = Decided {
            verdict,
            rule: Some(name.to_owned()),
            failed: None,
        };
        assert_eq!(policy.decide(&facts(&arguments)), expect);
    }
}

#[test]
fn x5_without_a_rule_what_changes_something_is_asked_about() {
    let nothing = json!({});
    for policy in [
        Policy::default(),
        policy(&[]),
        policy(&[rule("no", "false", Then::Allow)]),
    ] {
        for (effect, verdict) in [
            (Effect::None, Then::Allow),
            (Effect::Some, Then::Ask(Asking::default())),
        ] {
            let facts = Facts {
                effect,
                ..facts(&nothing)
            };
            let expect = Decided {
                verdict,
                rule: None,
                failed: None,
            };
            assert_eq!(policy.decide(&facts), expect);
        }
    }
}

#[test]
fn x5_a_rule_that_fails_asks_and_never_allows() {
    let arguments = json!({"amount": "much"});
    let asks = Then::Ask(Asking {
        whom: vec!["Grace".to_owned()],
        hours: Some(1),
        ..Asking::default()
    });
    let usual = || Then::Ask(Asking::default());
    for (then, verdict) in [
        (Then::Allow, usual()),
        (deny(), usual()),
        (asks.clone(), asks),
    ] {
        for effect in [Effect::None, Effect::Some] {
            let policy = policy(&[
                rule("passes by", "false", Then::Allow),
                rule("fails", "args.amount < 100", then.clone()),
                rule("after", "true", Then::Allow),
            ]);
            let facts = Facts {
                effect,
                ..facts(&arguments)
            };
            let expect = Decided {
                verdict: verdict.clone(),
                rule: Some("fails".to_owned()),
                failed: Some(FailedRule {
                    rule: "fails".to_owned(),
                    why: "< does not go with text and a whole number".to_owned(),
                }),
            };
            assert_eq!(policy.decide(&facts), expect);
        }
    }
    let earlier = policy(&[
        rule("earlier", "true", deny()),
        rule("fails", "args.amount < 100", Then::Allow),
    ]);
    let decided = earlier.decide(&facts(&arguments));
    assert_eq!((decided.verdict, decided.failed), (deny(), None));
}

/// Not one of them tells what the arguments are: records of rules outlive what customers say.
#[test]
fn x5_what_fails_is_told_without_the_arguments() {
    for (when, why) in [
        (
            "args.price < 5",
            "there is no \"price\": ask first whether it is there, such as has(args.price)",
        ),
        (
            "args.note < 5",
            "< does not go with text and a whole number",
        ),
        ("args.note", "it came to text instead of true or false"),
        (
            "args.amount && true",
            "&& does not go with a whole number and true or false",
        ),
        ("!args.amount", "! does not go with a whole number"),
        (
            "args.amount ? true : false",
            "it came upon a whole number where true or false is needed",
        ),
        (
            "args.note.exists(c, true)",
            "it came upon text where a list is needed",
        ),
        (
            "args.items.exists(item, item.nothing)",
            "there is no \"nothing\": ask first whether it is there, such as has(args.nothing)",
        ),
        (
            "args.note + 1 > 1",
            "it calculates with something that is no number",
        ),
        (
            "args.note + args.note == args.note",
            "it calculates with something that is no number",
        ),
        (
            "args.items + args.items == args.items",
            "it calculates with something that is no number",
        ),
        (
            "args.amount / 0 > 1",
            "a whole number gets too large, or is divided by zero",
        ),
        (
            "args.rate / 0 > 1",
            "a number gets too large, or is divided by zero",
        ),
        (
            "args.amount * 9223372036854775807 > 1",
            "a whole number gets too large, or is divided by zero",
        ),
        (
            "args.items[2].price > 1",
            "a list has no item of that number; size(…) tells how many it has",
        ),
        (
            "args.items[-1].price > 1",
            "a list has no item of that number; size(…) tells how many it has",
        ),
        (
            "args.note[0] == \"b\"",
            "[] does not go with text and a whole number",
        ),
        (
            "int(args.note) > 1",
            "int(…) can't make a number of what it is given",
        ),
        (
            "days(args.note, time.date) > 1",
            "days(…) counts from one day to another, such as \"2026-11-21\"",
        ),
        (
            "days(args.amount, time.date) > 1",
            "days(…) counts from one day to another, such as \"2026-11-21\"",
        ),
        (
            "args.amount.startsWith(\"5\")",
            "startsWith does not go with a whole number and text",
        ),
        ("\"a\" in args.note", "in does not go with text and text"),
        ("args.note.nothing == 1", "text has no fields"),
    ] {
        assert_eq!(run(when, order()), why, "{when}");
    }
}

#[test]
fn x5_an_answer_that_is_sure_anyway_needs_no_arguments() {
    assert_eq!(
        run("args.price < 5 || tool == \"order_goods\"", order()),
        "true"
    );
    assert_eq!(run("has(args.price) && args.price < 5", order()), "false");
}

#[test]
fn x5_a_rule_is_written_as_one_table() {
    for (written, then) in [
        (json!({"then": "allow"}), Then::Allow),
        (json!({"then": "deny", "because": "No."}), deny()),
        (
            json!({"then": "ask", "how_many": 1}),
            Then::Ask(Asking::default()),
        ),
        (
            json!({"then": "ask", "whom": ["Grace", "Jean"], "how_many": 2, "hours": 4}),
            Then::Ask(Asking {
                whom: vec!["Grace".to_owned(), "Jean".to_owned()],
                how_many: 2,
                hours: Some(4),
            }),
        ),
    ] {
        let mut written = written;
        written["name"] = "r".into();
        written["when"] = "true".into();
        let rule = rule("r", "true", then);
        assert_eq!(serde_json::to_value(&rule).unwrap(), written);
        assert_eq!(serde_json::from_value::<Rule>(written).unwrap(), rule);
    }
    let short = json!({"name": "r", "when": "true", "then": "ask"});
    let asks = rule("r", "true", Then::Ask(Asking::default()));
    assert_eq!(serde_json::from_value::<Rule>(short).unwrap(), asks);
    for (written, why) in [
        (
            json!({"name": "r", "when": "true", "then": "deny"}),
            "rule \"r\": then = \"deny\" wants because = \"…\"",
        ),
        (
            json!({"name": "r", "when": "true", "then": "allow", "hours": 1}),
            "rule \"r\": because belongs to then = \"deny\"; whom, how_many and hours belong to \
             then = \"ask\"",
        ),
        (
            json!({"name": "r", "when": "true", "then": "ask", "because": "No."}),
            "rule \"r\": because belongs to then = \"deny\"; whom, how_many and hours belong to \
             then = \"ask\"",
        ),
        (
            json!({"name": "r", "when": "true", "then": "maybe"}),
            "unknown variant `maybe`, expected one of `allow`, `deny`, `ask`",
        ),
    ] {
        let error = serde_json::from_value::<Rule>(written).unwrap_err();
        assert_eq!(error.to_string(), why);
    }
}
