use proptest::prelude::*;

use super::*;

const FIELDS: &[Field] = &[
    Field {
        name: "name",
        kind: Kind::Text,
    },
    Field {
        name: "days",
        kind: Kind::Maybe,
    },
    Field {
        name: "low",
        kind: Kind::Flag,
    },
    Field {
        name: "sites",
        kind: Kind::Rows(&[Field {
            name: "site",
            kind: Kind::Text,
        }]),
    },
];

fn values() -> Values {
    let site = |name: &str| Values::default().text("site", name);
    Values::default()
        .text("name", "{{days}} & <b>")
        .rows("sites", [site("Kigali"), site("Huye")])
}

fn check(template: &str, expect: &str) {
    let template = Template::parse(template, FIELDS).unwrap();
    assert_eq!(template.fill(&values()).unwrap(), expect);
}

#[test]
fn c5_a_template_is_filled_in_and_what_is_put_in_is_only_text() {
    check("Hello {{name}}!", "Hello {{days}} & <b>!");
    check(
        "{{#sites}}{{site}}: {{name}}; {{/sites}}",
        "Kigali: {{days}} & <b>; Huye: {{days}} & <b>;",
    );
    check(
        "a\n{{#sites}}\n• {{site}}\n{{/sites}}\nb",
        "a\n• Kigali\n• Huye\nb",
    );
    check("{{#low}}low{{/low}}{{^low}}fine{{/low}}", "fine");
    check("x{{#days}} {{days}} days{{/days}}{{^days}}?{{/days}}", "x?");
    check(
        "{{^sites}}none{{/sites}}some\n  {{#low}}  \nlow\n{{/low}}\n",
        "some",
    );
}

#[test]
fn c5_what_is_wrong_with_a_template_is_named_with_its_place() {
    for (template, line, column, why) in [
        (
            "Hello\nthere {{nmae}}",
            2,
            7,
            "{{nmae}} is no placeholder here; there are name, days, low, sites",
        ),
        ("{{days}}", 1, 1, "{{days}} is not always known"),
        (
            "{{^days}}{{days}}{{/days}}",
            1,
            10,
            "{{days}} is not always known",
        ),
        ("{{low}}", 1, 1, "{{low}} is no text"),
        ("é {{sites}}", 1, 3, "{{sites}} is no text"),
        ("{{site}}", 1, 1, "{{site}} is no placeholder here"),
        ("a\n{{#sites}}\nb", 2, 1, "{{#sites}} has no {{/sites}}"),
        (
            "{{#low}}{{#sites}}{{/low}}",
            1,
            19,
            "{{/low}} ends no section that began last",
        ),
        ("{{/low}}", 1, 1, "{{/low}} ends no section"),
        ("a {{name", 1, 3, "{{ without }}"),
        ("  \n ", 1, 1, "got 4 characters"),
        (&"x".repeat(2_001), 1, 1, "got 2001 characters"),
        (&"{{#low}}".repeat(7), 1, 49, "at most 6 deep"),
    ] {
        let wrong = Template::parse(template, FIELDS).unwrap_err();
        assert_eq!(
            (wrong.line, wrong.column),
            (line, column),
            "{template}: {wrong:?}"
        );
        assert!(
            wrong.why.starts_with(why) || wrong.why.contains(why),
            "{template}: {wrong:?}"
        );
    }
}

#[test]
fn c5_what_can_t_be_sent_is_an_error() {
    let blank = Template::parse("{{#low}}low{{/low}}", FIELDS).unwrap();
    assert_eq!(blank.fill(&values()), Err(Unfilled::Blank));
    let name = "n".repeat(15_000);
    let long = Template::parse("{{name}}{{name}}.{{name}}", FIELDS).unwrap();
    let filled = long.fill(&Values::default().text("name", name));
    assert_eq!(filled, Err(Unfilled::Long));
    let bare = Template::parse("{{name}}", FIELDS).unwrap();
    assert_eq!(
        bare.fill(&Values::default()),
        Err(Unfilled::Unknown("name".into()))
    );
}

proptest! {
    /// Whatever a person writes is refused or can be filled in.
    #[test]
    fn c5_no_template_breaks_anything(text in "([a-z é\n]|\\{\\{|\\}\\}|\\{\\{[#^/]?(name|days|low|sites|site)\\}\\}){0,30}") {
        if let Ok(template) = Template::parse(&text, FIELDS) {
            let filled = template.fill(&values());
            prop_assert!(!matches!(filled, Err(Unfilled::Unknown(_))), "{filled:?}");
        }
    }
}
