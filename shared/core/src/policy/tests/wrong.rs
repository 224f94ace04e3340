use expect_test::{Expect, expect};

use super::*;

/// All that is wrong with each of these expressions.
fn check(expressions: &[&str], expect: Expect) {
    let mut told = String::new();
    for when in expressions {
        let wrong = Policy::parse(&[rule("r", when, Then::Allow)])
            .err()
            .unwrap_or_default();
        let _ = writeln!(told, "[{when}]");
        for wrong in &wrong {
            let Place::When { line, column } = wrong.place else {
                panic!("{wrong}");
            };
            let _ = writeln!(told, "  {line}:{column} {}", wrong.why);
        }
        if wrong.is_empty() {
            told.push_str("  nothing\n");
        }
    }
    expect.assert_eq(&told);
}

#[test]
fn x5_wrong_syntax_is_refused_with_its_place_and_what_to_write() {
    check(
        &[
            "",
            "  ",
            "tool = \"a\"",
            "tool == \"a",
            "tool == “a”",
            "tool == 'a\\q'",
            "tool == \"a\" and true",
            "tool == \"a\" OR true",
            "not customer.verified",
            "tool is \"a\"",
            "tool <> \"a\"",
            "tool == \"a\" & true",
            "tool == \"a\" | true",
            "(tool == \"a\"",
            "tool == \"a\")",
            "tool in [\"a\", \"b\"",
            "args.amount <",
            "args.amount < < 5",
            "args.amount > 5 ? true",
            "args.",
            "args.amount 5",
            "args.in == 1",
            "if == 1",
            "args.?amount == 1",
            "has(args)",
            "args.items.exists(1, true)",
            "99999999999999999999 > 1",
            "1e999 > 1.0",
            "tool == '\\uD800'",
            "true &&\n  // and\n  tool = \"a\"",
            "customer.id == \"é\" and true",
            "é == 1",
            "/* no */ true",
            "((((((((((((((((((((((((((((((true))))))))))))))))))))))))))))))",
        ],
        expect![[r#"
            []
              1:1 there is no expression: write one such as tool == "generate_report"
            [  ]
              1:3 there is no expression: write one such as tool == "generate_report"
            [tool = "a"]
              1:6 one = means nothing here: write == to compare
            [tool == "a]
              1:9 this text does not end, or has a backslash before what needs none: end it with ", and write \\ for a backslash
            [tool == “a”]
              1:9 “ means nothing here: write text between straight quotes, "…"
            [tool == 'a\q']
              1:9 this text does not end, or has a backslash before what needs none: end it with ', and write \\ for a backslash
            [tool == "a" and true]
              1:13 and can't stand here: write && for "and"
            [tool == "a" OR true]
              1:13 OR can't stand here: write || for "or"
            [not customer.verified]
              1:5 customer can't stand here: write ! for "not", without a blank after it
            [tool is "a"]
              1:6 is can't stand here: write ! for "not", == for "is" and != for "is not"
            [tool <> "a"]
              1:7 > can't stand here: write != for "is not"
            [tool == "a" & true]
              1:13 one & means nothing here: write && for "and"
            [tool == "a" | true]
              1:13 one | means nothing here: write || for "or"
            [(tool == "a"]
              1:13 the expression ends before a ( is closed: write the ) that is missing
            [tool == "a")]
              1:12 ) can't stand here: nothing is open that it could close, or a value is missing before it
            [tool in ["a", "b"]
              1:18 the expression ends before a [ is closed: write the ] that is missing
            [args.amount <]
              1:14 the expression ends where a value should follow
            [args.amount < < 5]
              1:15 < can't stand here: a value is missing before it
            [args.amount > 5 ? true]
              1:23 a ? wants both answers: write condition ? one : other
            [args.]
              1:6 . can't stand here: write a field's name after the point, or args["…"] for an unusual one
            [args.amount 5]
              1:13 5 can't stand here: an operator such as ==, && or || is missing before it, or it is one too many
            [args.in == 1]
              1:6 .in can't stand here: write a field's name after the point, or args["…"] for an unusual one
            [if == 1]
              1:1 this word is reserved: write args["…"] for a field of that name
            [args.?amount == 1]
              1:5 .? can't stand here: write a field's name after the point, or args["…"] for an unusual one
            [has(args)]
              1:5 has(…) asks whether a field is there: write has(args.amount)
            [args.items.exists(1, true)]
              1:19 write a name of your own first, then the condition: args.items.exists(item, item.price > 5)
            [99999999999999999999 > 1]
              1:1 this whole number is too large: CEL counts to 9223372036854775807
            [1e999 > 1.0]
              1:1 this number is too large
            [tool == '\uD800']
              1:9 this text has a \u or \U that stands for no character
            [true &&
              // and
              tool = "a"]
              3:8 one = means nothing here: write == to compare
            [customer.id == "é" and true]
              1:20 and can't stand here: write && for "and"
            [é == 1]
              1:1 'é' means nothing here: outside of quotes, write names of a-z, numbers and operators alone
            [/* no */ true]
              1:1 / can't stand here: a value is missing before it
            [((((((((((((((((((((((((((((((true))))))))))))))))))))))))))))))]
              1:26 too much is nested in one another here: take it apart into several rules
        "#]],
    );
}

#[test]
fn x5_names_that_there_are_not_are_refused_with_the_known_ones() {
    check(
        &[
            "cusomer.role == \"staff\"",
            "amount < 5",
            ".tool == \"a\"",
            "customer == \"a\"",
            "customer.rol == \"staff\"",
            "has(customer.name)",
            "true\n  && time.day == 1",
            "time == 5",
            "customer[\"role\"] == \"staff\"",
            "tool.name == \"a\"",
            "args.items.exists(item, itm.price > 5)",
            "args.items.exists(tool, tool.price > 5)",
            "lower(tool) == \"a\"",
            "_lower(tool) == \"a\"",
            "tool.matches(\"a\")",
            "now() > 5",
            "size() > 1",
            "int(\"5\", 3) > 1",
            "\"5\".int() > 1",
            "contains(tool, \"a\")",
            "args.items.exists(item)",
            "args.items.map(item, item.price).size() > 1",
            "args.items.map(item, item.price > 5, item.price).size() > 1",
            "type(args) == type(args)",
            "\"é\" == tool && cusomer.id == 1",
            "lower(cusomer)",
        ],
        expect![[r#"
            [cusomer.role == "staff"]
              1:1 there is no cusomer: write tool, effect, args, customer, agent, spend or time, and args.cusomer for an argument
            [amount < 5]
              1:1 there is no amount: write tool, effect, args, customer, agent, spend or time, and args.amount for an argument
            [.tool == "a"]
              1:2 there is no .tool: write tool, effect, args, customer, agent, spend or time, and args..tool for an argument
            [customer == "a"]
              1:1 customer is several things: write customer.id, customer.role or customer.verified
            [customer.rol == "staff"]
              1:1 there is no customer.rol: write customer.id, customer.role or customer.verified
            [has(customer.name)]
              1:5 there is no customer.name: write customer.id, customer.role or customer.verified
            [true
              && time.day == 1]
              2:6 there is no time.day: write time.hour, time.minute, time.weekday or time.date
            [time == 5]
              1:1 time is several things: write time.hour, time.minute, time.weekday or time.date
            [customer["role"] == "staff"]
              1:1 customer is several things: write customer.id, customer.role or customer.verified
            [tool.name == "a"]
              1:5 text has no fields
            [args.items.exists(item, itm.price > 5)]
              1:25 there is no itm: write tool, effect, args, customer, agent, spend, time or item, and args.itm for an argument
            [args.items.exists(tool, tool.price > 5)]
              1:18 tool is a name already: write another for the items
            [lower(tool) == "a"]
              1:1 there is no function lower: write size, contains, startsWith, endsWith, days, int, double, string, has, all, exists, exists_one or filter
            [_lower(tool) == "a"]
              1:1 there is no function _lower: write size, contains, startsWith, endsWith, days, int, double, string, has, all, exists, exists_one or filter
            [tool.matches("a")]
              1:6 there is no function matches: write size, contains, startsWith, endsWith, days, int, double, string, has, all, exists, exists_one or filter
            [now() > 5]
              1:1 there is no function now: write size, contains, startsWith, endsWith, days, int, double, string, has, all, exists, exists_one or filter
            [size() > 1]
              1:1 size is written differently: size(args.items)
            [int("5", 3) > 1]
              1:1 int is written differently: int(args.amount)
            ["5".int() > 1]
              1:5 int is written differently: int(args.amount)
            [contains(tool, "a")]
              1:1 contains is written differently: args.text.contains("…")
            [args.items.exists(item)]
              1:12 exists is written differently: args.items.exists(item, item.price > 5)
            [args.items.map(item, item.price).size() > 1]
              1:15 rules make no new lists: write exists, all or filter
            [args.items.map(item, item.price > 5, item.price).size() > 1]
              1:15 rules make no new lists: write exists, all or filter
            [type(args) == type(args)]
              1:1 there is no function type: write size, contains, startsWith, endsWith, days, int, double, string, has, all, exists, exists_one or filter
              1:15 there is no function type: write size, contains, startsWith, endsWith, days, int, double, string, has, all, exists, exists_one or filter
            ["é" == tool && cusomer.id == 1]
              1:16 there is no cusomer: write tool, effect, args, customer, agent, spend or time, and args.cusomer for an argument
            [lower(cusomer)]
              1:1 there is no function lower: write size, contains, startsWith, endsWith, days, int, double, string, has, all, exists, exists_one or filter
        "#]],
    );
}

#[test]
fn x5_parts_that_do_not_go_together_are_refused() {
    check(
        &[
            "5",
            "tool",
            "args",
            "[1]",
            "args.amount + 1",
            "tool && true",
            "!time.hour",
            "time.hour == \"9\"",
            "customer.role > 3",
            "customer.verified > false",
            "tool == 5",
            "tool in [5]",
            "time.hour in [\"9\"]",
            "\"a\" in tool",
            "tool[0] == \"a\"",
            "tool + \"a\" == \"ab\"",
            "time.hour ? true : false",
            "customer.role == \"stuff\"",
            "\"Monday\" == time.weekday",
            "time.weekday in [\"saturday\", \"Sunday\"]",
            "effect == \"write\"",
            "agent == \"sales\"",
            "time.date > \"2026-11-1\"",
            "size(5) > 1",
            "time.hour.contains(\"1\")",
            "tool.exists(c, true)",
            "time.hour.exists(c, true)",
            "{\"a\": 1}.a == 1",
            "Order{a: 1}.a == 1",
            "[args.a, args.b].exists(x, x > 1)",
            "tool == b\"a\"",
            "args.amount > 5u",
            "args.amount > 9007199254740992.0",
        ],
        expect![[r#"
            [5]
              1:1 the expression comes to a number: a rule has to be true or false, such as args.amount < 5000
            [tool]
              1:1 the expression comes to text: a rule has to be true or false, such as args.amount < 5000
            [args]
              1:1 the expression comes to a map: a rule has to be true or false, such as args.amount < 5000
            [[1]]
              1:1 the expression comes to a list: a rule has to be true or false, such as args.amount < 5000
            [args.amount + 1]
              1:1 the expression comes to a number: a rule has to be true or false, such as args.amount < 5000
            [tool && true]
              1:6 && goes with what is true or false alone
            [!time.hour]
              1:1 ! goes with what is true or false alone
            [time.hour == "9"]
              1:11 == can't compare a number with text: write both as the same kind
            [customer.role > 3]
              1:15 > can't compare text with a number: write both as the same kind
            [customer.verified > false]
              1:19 > compares numbers with numbers and text with text
            [tool == 5]
              1:6 == can't compare text with a number: write both as the same kind
            [tool in [5]]
              1:10 this is compared with text: write it in quotes
            [time.hour in ["9"]]
              1:15 this is compared with a number: write it without quotes
            ["a" in tool]
              1:5 what stands after in has to be a list, such as ["a", "b"]; args.text.contains("a") looks into text
            [tool[0] == "a"]
              1:5 text has no items
            [tool + "a" == "ab"]
              1:6 + calculates with numbers alone
              1:12 == can't compare a number with text: write both as the same kind
            [time.hour ? true : false]
              1:11 what stands before ? has to be true or false
            [customer.role == "stuff"]
              1:18 "stuff" is never there: write one of "customer", "staff", "approver"
            ["Monday" == time.weekday]
              1:1 "Monday" is never there: write one of "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"
            [time.weekday in ["saturday", "Sunday"]]
              1:30 "Sunday" is never there: write one of "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"
            [effect == "write"]
              1:11 "write" is never there: write one of "none", "some"
            [agent == "sales"]
              1:10 "sales" is never there: write one of "triage", "booking", "payment", "support", "property", "driver", "shop", "general", ""
            [time.date > "2026-11-1"]
              1:13 "2026-11-1" is never there: write a day such as "2026-11-21"
            [size(5) > 1]
              1:1 size is written differently: size(args.items)
            [time.hour.contains("1")]
              1:11 contains is written differently: args.text.contains("…")
            [tool.exists(c, true)]
              1:12 text has no items to go through
            [time.hour.exists(c, true)]
              1:17 a number has no items to go through
            [{"a": 1}.a == 1]
              1:1 rules make no maps: compare field by field
            [Order{a: 1}.a == 1]
              1:6 rules make no structures: compare field by field
            [[args.a, args.b].exists(x, x > 1)]
              1:6 a list holds texts and numbers alone, such as ["a", "b"]: compare with || instead
              1:14 a list holds texts and numbers alone, such as ["a", "b"]: compare with || instead
            [tool == b"a"]
              1:9 write text without a b before its quotes
            [args.amount > 5u]
              1:15 write whole numbers without u
            [args.amount > 9007199254740992.0]
              1:15 a number this large is exact without decimals alone: leave out the point and what follows
        "#]],
    );
}

#[test]
fn x5_what_could_take_too_long_is_refused() {
    let chain = format!("0{} > 1", " + 1".repeat(200));
    let thrice = "args.a.exists(x, args.b.exists(y, args.c.exists(z, x == y)))";
    let long = format!("tool == \"{}\"", "é".repeat(1_000));
    for (when, expect) in [
        (
            long.as_str(),
            "rule \"r\", when, line 1 column 1: the expression has 1010 characters: make it \
             several rules of at most 1000",
        ),
        (
            chain.as_str(),
            "rule \"r\", when, line 1 column 547: too many operators follow one another: take it \
             apart into several rules",
        ),
        (
            thrice,
            "rule \"r\", when, line 1 column 1: this could take too long: go through fewer lists \
             inside of one another",
        ),
    ] {
        let wrong = Policy::parse(&[rule("r", when, Then::Allow)]).unwrap_err();
        assert_eq!(explained(&wrong), expect);
    }
    let twice = "args.a.exists(x, args.b.exists(y, x == y))";
    policy(&[rule("r", twice, Then::Allow)]);
}
