use expect_test::expect;

use super::*;

#[test]
fn x5_wrong_fields_are_named() {
    let asking = |whom: &[&str], how_many, hours| {
        Then::Ask(Asking {
            whom: whom.iter().map(|name| (*name).to_owned()).collect(),
            how_many,
            hours,
        })
    };
    let rules = [
        rule("same", "true", Then::Allow),
        rule("same", "tru", Then::Allow),
        rule("", "true", Then::Allow),
        rule(" blank", "true", Then::Allow),
        rule("two\nlines", "true", Then::Allow),
        rule(&"é".repeat(61), "true", Then::Allow),
        rule(&"é".repeat(60), "true", Then::Allow),
        rule(
            "because",
            "true",
            Then::Deny {
                because: " ".to_owned(),
            },
        ),
        rule("none", "true", asking(&[], 0, None)),
        rule("two of one", "true", asking(&[], 2, None)),
        rule("three of two", "true", asking(&["a", "b"], 3, None)),
        rule("two of two", "true", asking(&["a", "b"], 2, Some(720))),
        rule("the same twice", "true", asking(&["a", "a"], 1, None)),
        rule("hours", "true", asking(&[" "], 1, Some(721))),
        rule("at once", "true", asking(&[], 1, Some(0))),
    ];
    let wrong = Policy::parse(&rules).unwrap_err();
    expect![[r#"
        rule "same", name: another rule has this name: give each its own
        rule "same", when, line 1 column 1: there is no tru: write tool, effect, args, customer, agent, spend or time, and args.tru for an argument
        rule "", name: write 1 to 60 characters on one line, without blanks around them
        rule " blank", name: write 1 to 60 characters on one line, without blanks around them
        rule "two\nlines", name: write 1 to 60 characters on one line, without blanks around them
        rule "éééééééééééééééééééééééééééééééééééééééééééééééééééééééééééé", name: write 1 to 60 characters on one line, without blanks around them
        rule "because", because: write the reason in 1 to 300 characters
        rule "none", how_many: 0 can't agree: 1 asked, so write a number from 1 to 1
        rule "two of one", how_many: 2 can't agree: 1 asked, so write a number from 1 to 1
        rule "three of two", how_many: 3 can't agree: 2 asked, so write a number from 1 to 2
        rule "the same twice", whom: name at most 10 people, each once and in 1 to 80 characters, or nobody for the company's approver
        rule "hours", whom: name at most 10 people, each once and in 1 to 80 characters, or nobody for the company's approver
        rule "hours", hours: write a number from 1 to 720
        rule "at once", hours: write a number from 1 to 720"#]].assert_eq(&explained(&wrong));
    let indices: Vec<_> = wrong.iter().map(|wrong| wrong.index).collect();
    assert_eq!(indices, [1, 1, 2, 3, 4, 5, 7, 8, 9, 10, 12, 13, 13, 14]);

    let many: Vec<_> = (0..=MOST_RULES)
        .map(|index| rule(&index.to_string(), "true", Then::Allow))
        .collect();
    let wrong = Policy::parse(&many).unwrap_err();
    assert_eq!(
        explained(&wrong),
        "rule \"100\", name: there are 101 rules: keep at most 100"
    );
    policy(&many[..MOST_RULES]);

    let long = format!("tool == \"{}\"", "x".repeat(980));
    let large: Vec<_> = (0..MOST_RULES)
        .map(|index| rule(&format!("{index:060}"), &long, Then::Allow))
        .collect();
    let wrong = Policy::parse(&large).unwrap_err();
    assert_eq!(
        wrong[0].why,
        "the rules have 105000 bytes of text: keep at most 100000"
    );
    policy(&large[..95]);
}
