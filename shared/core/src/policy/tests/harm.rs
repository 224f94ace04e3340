//! No rule and no arguments can harm who asks: neither by a panic, nor by the stack, nor by time.

use proptest::prelude::*;

use super::*;

/// Parts that expressions are made of, right and wrong.
fn token() -> impl Strategy<Value = String> {
    const TOKENS: [&str; 60] = [
        "tool",
        "args",
        "args.a",
        "args.items",
        "customer.role",
        "time.hour",
        "spend.conversation",
        "x",
        ".",
        ".a",
        "?",
        ":",
        ",",
        "(",
        ")",
        "[",
        "]",
        "{",
        "}",
        "!",
        "-",
        "+",
        "*",
        "/",
        "%",
        "==",
        "!=",
        "<",
        "<=",
        ">",
        ">=",
        "&&",
        "||",
        "in",
        "true",
        "false",
        "null",
        "1",
        "0",
        "9223372036854775807",
        "1.5",
        "1e308",
        "5u",
        "\"a\"",
        "'",
        "\"",
        "\\",
        "b'\\xff'",
        "r\"\\\"",
        "\"\"\"",
        "`a`",
        ".exists(x,",
        ".all(x,",
        ".map(x,",
        ".filter(x,",
        "has(",
        "size(",
        "int(",
        "\n",
        "// ",
    ];
    prop_oneof![
        9 => prop::sample::select(&TOKENS[..]).prop_map(str::to_owned),
        1 => any::<char>().prop_map(String::from),
    ]
}

fn tokens() -> impl Strategy<Value = String> {
    (
        prop::collection::vec(token(), 0..60),
        prop::sample::select(&["", " "][..]),
    )
        .prop_map(|(tokens, between)| tokens.join(between))
}

/// Expressions that are mostly right.
fn expression() -> impl Strategy<Value = String> {
    let leaf = prop::sample::select(
        &[
            "tool",
            "args.a",
            "args.b",
            "args.items",
            "time.hour",
            "1",
            "0",
            "1.5",
            "\"a\"",
            "true",
            "null",
            "-9223372036854775808",
            "9223372036854775807",
            "1e308",
            "x",
            "args",
        ][..],
    );
    leaf.prop_map(str::to_owned)
        .prop_recursive(5, 40, 3, |inner| {
            let operators = &["==", "<", "&&", "||", "+", "-", "*", "/", "%", "in", "!="][..];
            prop_oneof![
                (
                    inner.clone(),
                    prop::sample::select(operators),
                    inner.clone()
                )
                    .prop_map(|(a, operator, b)| format!("({a} {operator} {b})")),
                (
                    inner.clone(),
                    prop::sample::select(&["exists", "all", "filter", "exists_one"][..]),
                    inner.clone()
                )
                    .prop_map(|(a, each, b)| format!("{a}.{each}(x, {b})")),
                (inner.clone(), inner.clone(), inner.clone())
                    .prop_map(|(a, b, c)| format!("({a} ? {b} : {c})")),
                (
                    prop::sample::select(&["size", "int", "double", "string", "!", "-"][..]),
                    inner.clone()
                )
                    .prop_map(|(function, a)| format!("{function}({a})")),
                (inner.clone(), inner).prop_map(|(a, b)| format!("{a}[{b}]")),
            ]
        })
}

fn json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,8}".prop_map(Value::from),
    ];
    let any = leaf.prop_recursive(3, 24, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::hash_map("[abx]", inner, 0..4)
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    });
    (any.clone(), any.clone(), any)
        .prop_map(|(a, b, items)| json!({"a": a, "b": b, "items": items}))
}

/// Decides with a rule that can be read; the place of whatever can't be is in the expression.
fn survives(when: &str, arguments: &Value) {
    match Policy::parse(&[rule("r", when, Then::Allow)]) {
        Err(wrong) => {
            for wrong in wrong {
                let Place::When { line, column } = wrong.place else {
                    panic!("{wrong}");
                };
                let lines: Vec<_> = when.split('\n').collect();
                assert!((1..=lines.len()).contains(&line), "{when:?}: {wrong}");
                let length = lines[line - 1].chars().count();
                assert!((1..=length + 1).contains(&column), "{when:?}: {wrong}");
                assert!(
                    !wrong.why.contains("could not be read"),
                    "{when:?}: {wrong}"
                );
            }
        }
        Ok(policy) => {
            let decided = policy.decide(&facts(arguments));
            let failed = decided.failed.is_some();
            assert!(!failed || decided.verdict == Then::Ask(Asking::default()));
            let why = decided.failed.map(|failed| failed.why).unwrap_or_default();
            assert!(!why.contains("could not be run"), "{when:?}: {why}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn x5_no_text_makes_reading_a_rule_panic(when in "\\PC{0,80}") {
        survives(&when, &json!({}));
    }

    #[test]
    fn x5_no_row_of_tokens_makes_reading_or_running_a_rule_panic(
        when in tokens(),
        arguments in json(),
    ) {
        survives(&when, &arguments);
    }

    #[test]
    fn x5_no_arguments_make_running_a_rule_panic(when in expression(), arguments in json()) {
        survives(&when, &arguments);
        survives(&format!("args.items.exists(x, {when})"), &arguments);
        survives(&format!("({when}) == ({when})"), &arguments);
    }

    /// As exact as integers are, whatever the model wrote.
    #[test]
    fn x5_numbers_compare_as_they_are(a in any::<i64>(), b in any::<i64>(), near in -2..3_i64) {
        for b in [b, a.saturating_add(near), a as f64 as i64] {
            let arguments = json!({"a": a, "b": b});
            for (when, is) in [("args.a < args.b", a < b), ("args.a == args.b", a == b)] {
                assert_eq!(run(when, arguments.clone()), is.to_string(), "{a} {when} {b}");
            }
        }
        let double = a as f64;
        // A double that is whole is the whole number it is.
        let whole = format!("{double:.0}").parse::<i128>().unwrap();
        let arguments = json!({"a": double, "b": b});
        let is = (whole < i128::from(b)).to_string();
        assert_eq!(run("args.a < args.b", arguments.clone()), is);
        assert_eq!(run("args.b > args.a", arguments), is);
    }
}

/// On the two megabytes of a test's thread, as of a runtime's.
#[test]
fn x5_the_deepest_and_the_longest_rules_are_refused_or_run() {
    let repeated = |before: &str, times: usize, middle: &str, after: &str| {
        format!("{}{middle}{}", before.repeat(times), after.repeat(times))
    };
    let arguments = json!({"a": 1, "items": [1]});
    for when in [
        repeated("(", 499, "true", ")"),
        repeated("(", 20, "true", ")"),
        repeated("(", 999, "", ""),
        repeated("[", 499, "1", "]"),
        repeated("{1:", 240, "1", "}"),
        repeated("!", 995, "true", ""),
        repeated("!(", 20, "true", ")"),
        repeated("-", 60, "args.a == 1", ""),
        repeated("- ", 490, "1", ""),
        repeated("size(", 160, "args", ")"),
        repeated("", 498, "args", ".a"),
        repeated("", 300, "args", "[0]"),
        repeated("", 498, "1", "+1"),
        repeated("", 60, "0", "+1") + " == 60",
        repeated("", 498, "1", "<1"),
        repeated("", 240, "true", "?1:0"),
        repeated("", 300, "true", "&&true"),
        repeated("", 160, "tool == \"a\"", " || true"),
        repeated("true?", 100, "true", ":true"),
        repeated("true?(", 90, "true", "):true"),
        repeated("[1].all(x,", 80, "true", ")"),
        repeated("args.items.all(x,", 50, "true", ")"),
        repeated("", 60, "args.items", ".filter(x,true)"),
        repeated("", 999, "", "?"),
        repeated("", 333, "", "a ?"),
        repeated("\"", 999, "", ""),
    ] {
        survives(&when, &arguments);
    }
}

#[test]
fn x5_arguments_that_are_too_large_are_not_looked_at() {
    let wide = json!({"items": vec![1; 101]});
    let many = json!({"items": vec![vec![1; 99]; 11]});
    let long = json!({"note": "x".repeat(16 * 1_024)});
    let deep = (0..20).fold(json!(1), |inner, _| json!([inner]));
    for (arguments, most) in [
        (wide, "100 entries in a list or map"),
        (many, "1000 values"),
        (long, "16384 bytes of text"),
        (json!({"items": deep}), "16 levels"),
    ] {
        let why =
            format!("the call's arguments are too large for rules: they have more than {most}");
        assert_eq!(run("has(args.items)", arguments.clone()), why);
        assert_eq!(run("true || args.a", arguments.clone()), why);
        assert_eq!(run("tool == \"order_goods\"", arguments), "true");
    }
    let full = json!({"items": vec![vec![1; 98]; 10]});
    assert_eq!(run("args.items.size() == 10", full), "true");
}

/// The worst that can be written and called with ends: unbounded, it would take longer than the tests.
#[test]
fn x5_the_costliest_rule_ends() {
    let items: Vec<_> = (0..100).map(|index| format!("{index:075}")).collect();
    let arguments = json!({"a": items, "b": items});
    let when = "args.a.all(x, args.b.all(y, args == args))";
    assert_eq!(run(when, arguments), "true");
}
