use super::*;

fn name(name: &str) -> PersonaName {
    name.parse().unwrap()
}

fn row(persona: &str, answers: &[(&str, &str)]) -> PersonaRow {
    PersonaRow {
        name: name(persona),
        description: "For a test.".into(),
        style: "Shortly.".into(),
        answers: answers
            .iter()
            .map(|(answer, text)| ((*answer).to_owned(), (*text).to_owned()))
            .collect(),
    }
}

/// The text of [`AnswerKind::Error`], and what went wrong.
fn says(personas: &Personas, persona: &str) -> (String, Vec<String>) {
    let values = Values::default().text("company", "Acme").text("now", "now");
    let (text, wrong) = personas.say(Some(&name(persona)), AnswerKind::Error, &values);
    (text.unwrap(), wrong)
}

#[test]
fn c5_the_built_in_personas_are_all_right_and_the_default_has_every_answer() {
    let rows = built_in_rows();
    let names: Vec<&str> = rows.iter().map(|row| row.name.as_str()).collect();
    let six = [
        "default",
        "streamliner",
        "navigator",
        "hub",
        "spring",
        "processor",
    ];
    assert_eq!(names, six);
    for row in &rows {
        assert_eq!(Persona::read(row).1, [], "{}", row.name);
    }
    for kind in AnswerKind::ALL {
        assert!(rows[0].answers.contains_key(kind.as_str()), "{kind:?}");
    }
    // What everybody has in their own way.
    for row in &rows[1..] {
        for kind in [
            "inventory",
            "alerts",
            "report_ready",
            "unknown",
            "error",
            "timeout",
            "no_permission",
        ] {
            assert_ne!(
                row.answers.get(kind),
                rows[0].answers.get(kind),
                "{}, {kind}",
                row.name
            );
            assert!(row.answers.contains_key(kind), "{}, {kind}", row.name);
        }
    }
}

#[test]
fn c5_a_company_edits_personas_and_adds_some() {
    let rows = [
        row("hub", &[("error", "Not now, {{company}}.")]),
        row("pirate", &[("error", "Arr.")]),
        row("quiet", &[]),
    ];
    let personas = Personas::with(&rows).unwrap();
    assert_eq!(says(&personas, "hub").0, "Not now, Acme.");
    assert_eq!(says(&personas, "pirate").0, "Arr.");
    let default = says(&Personas::default(), "default").0;
    assert_eq!(says(&personas, "quiet").0, default);
    assert_eq!(says(&personas, "nobody").0, default);
    // The rest of an edited one stays what it was.
    let ask = |personas: &Personas| {
        personas.say(Some(&name("hub")), AnswerKind::Timeout, &Values::default())
    };
    assert_eq!(ask(&personas), ask(&Personas::default()));
    assert_eq!(personas.style(Some(&name("pirate"))), Some("Shortly."));
    assert_eq!(personas.style(Some(&name("default"))), None);
    // An edited default is everybody's.
    let personas =
        Personas::with(&[row("default", &[("error", "Hm.")]), row("quiet", &[])]).unwrap();
    assert_eq!(says(&personas, "quiet").0, "Hm.");
}

#[test]
fn c5_what_is_wrong_is_named_by_persona_answer_and_place() {
    let check = |rows: &[PersonaRow], expect: &str| {
        let wrong = Personas::with(rows).unwrap_err();
        assert_eq!(explained(&wrong), expect);
    };
    check(
        &[row(
            "hub",
            &[("error", "Hm."), ("eror", "x"), ("timeout", "a\n{{sku}}")],
        )],
        "persona \"hub\", answer \"eror\": there is no such answer; there are inventory, \
         inventory_several, inventory_none, alerts, alerts_none, report_ready, unknown, missing, error, \
         timeout, no_permission, help, cannot_answer\n\
         persona \"hub\", answer \"timeout\", line 2, column 1: {{sku}} is no placeholder here; there are \
         company, now",
    );
    check(
        &[row("a", &[]), row("a", &[])],
        "persona \"a\" a second time; each only once",
    );
    let mut wordy = row("a", &[]);
    wordy.style = "x".repeat(301);
    wordy.description = "two\nlines".into();
    check(
        &[wordy],
        "persona \"a\", description: got 9 characters, wants 1 to 300 on one line\n\
         persona \"a\", style: got 301 characters, wants 1 to 300 on one line",
    );
    let many: Vec<_> = (0..21).map(|n| row(&format!("p{n}"), &[])).collect();
    check(&many, "got 21 personas, wants 20 at most");
}

#[test]
fn c5_a_template_that_comes_to_nothing_gives_way_to_the_default() {
    let blank = "{{#alerts}}Staff only.{{/alerts}}";
    let personas = Personas::with(&[row("hub", &[("no_permission", blank)])]).unwrap();
    let values = Values::default().text("company", "Acme").text("now", "now");
    let say = |values: Values| personas.say(Some(&name("hub")), AnswerKind::NoPermission, &values);
    let (text, wrong) = say(values.clone());
    assert!(text.unwrap().starts_with("That is for Acme staff only."));
    assert_eq!(
        wrong,
        ["persona \"hub\", answer \"no_permission\": nothing but blanks came of it"]
    );
    assert_eq!(
        say(values.flag("alerts")),
        (Some("Staff only.".into()), vec![])
    );
}
