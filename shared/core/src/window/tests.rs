use super::*;

fn template(intent: MessageIntent, body: &str, variables: &[&str]) -> MessageTemplate {
    MessageTemplate {
        name: "one".into(),
        intent,
        persona: PersonaName::default(),
        body: body.into(),
        variables: variables.iter().map(|it| (*it).to_owned()).collect(),
        language: "en".into(),
        twilio: Some(format!("HX{}", "0".repeat(32))),
        meta: Some("one".into()),
    }
}

#[test]
fn c9_what_is_wrong_with_a_template_is_said_by_field() {
    let right = template(MessageIntent::Task, "News: {{1}} Write to us.", &["text"]);
    assert_eq!(right.check(), []);
    let cases: [(MessageTemplate, &str, &str); 12] = [
        (
            MessageTemplate {
                name: "A b".into(),
                ..right.clone()
            },
            "name",
            "a-z",
        ),
        (
            MessageTemplate {
                twilio: Some("HX1".into()),
                ..right.clone()
            },
            "twilio",
            "32 hex",
        ),
        (
            MessageTemplate {
                meta: Some("One".into()),
                ..right.clone()
            },
            "meta",
            "a-z",
        ),
        (
            MessageTemplate {
                meta: None,
                twilio: None,
                ..right.clone()
            },
            "twilio",
            "at least one",
        ),
        (
            MessageTemplate {
                language: "English".into(),
                ..right.clone()
            },
            "language",
            "pt_BR",
        ),
        (
            template(MessageIntent::Task, "{{1}} {{2}}", &["text", "link"]),
            "variables",
            "any of text",
        ),
        (
            template(MessageIntent::Waiting, "{{1}}", &["text"]),
            "variables",
            "no variable",
        ),
        (
            template(MessageIntent::Task, "{{1}} {{2}}", &["text", "text"]),
            "variables",
            "only once",
        ),
        (
            template(MessageIntent::ApprovalRequest, "{{1}}", &["what"]),
            "variables",
            "\"link\"",
        ),
        (
            template(MessageIntent::Task, "{{2}}", &["text"]),
            "body",
            "one for each",
        ),
        (
            template(MessageIntent::Task, "{{x}}", &["text"]),
            "body",
            "{{1}}",
        ),
        (
            template(MessageIntent::Waiting, " ", &[]),
            "body",
            "1 to 1024",
        ),
    ];
    for (wrong, field, wants) in cases {
        let found = wrong.check();
        let [one] = found.as_slice() else {
            panic!("{found:?}");
        };
        assert!(one.field == field && one.wants.contains(wants), "{one:?}");
    }
}

#[test]
fn c9_a_template_is_found_by_intent_and_persona_and_else_by_the_default() {
    let of = |persona: &str, name: &str| MessageTemplate {
        name: name.into(),
        persona: persona.parse().unwrap(),
        ..template(MessageIntent::Waiting, "Something waits.", &[])
    };
    let mut hub = of("hub", "hub");
    hub.meta = None;
    let all = [of("default", "usual"), hub];
    let found = |persona: Option<&str>, provider| {
        let persona = persona.map(|it| it.parse().unwrap());
        let intent = MessageIntent::Waiting;
        MessageTemplate::found(&all, intent, persona.as_ref(), provider).map(|it| it.name.as_str())
    };
    for (persona, provider, expect) in [
        (None, Provider::Twilio, "usual"),
        (Some("hub"), Provider::Twilio, "hub"),
        // What a provider does not know is not there.
        (Some("hub"), Provider::Meta, "usual"),
        (Some("driver"), Provider::Twilio, "usual"),
    ] {
        assert_eq!(found(persona, provider), Some(expect), "{persona:?}");
    }
    let none = MessageTemplate::found(&all, MessageIntent::Report, None, Provider::Meta);
    assert_eq!(none, None);
}

#[test]
fn c9_a_value_that_meta_refuses_or_that_is_too_long_is_none() {
    let one = template(MessageIntent::Task, "News: {{1}}", &["text"]);
    let filled = |text: &str| one.filled(|_| Some(text.to_owned()));
    assert_eq!(
        filled("12 units left"),
        Some(vec!["12 units left".to_owned()])
    );
    for text in ["two\nlines", "a\ttab", "a  run", "", " edge"] {
        assert_eq!(filled(text), None, "{text:?}");
    }
    let room = MOST_CHARACTERS - "News: ".len();
    assert!(filled(&"x".repeat(room)).is_some());
    assert_eq!(filled(&"x".repeat(room + 1)), None);
    assert_eq!(one.filled(|_| None), None);
    // A value is no template.
    assert_eq!(one.rendered(&["{{1}} {{".to_owned()]), "News: {{1}} {{");
    assert_eq!(
        one_line(" two\r\n lines\tand   more\u{a0}"),
        "two lines and more"
    );
}

#[test]
fn w3_the_window_is_closed_by_the_clock_or_by_the_providers_word_until_the_customer_writes() {
    let at = |hour: i8| -> Timestamp { format!("2026-11-20T{hour:02}:00:00Z").parse().unwrap() };
    let window = |wrote_at, refused| SendWindow {
        intent: MessageIntent::Answer,
        persona: None,
        customer: None,
        wrote_at,
        refused,
        extent: Extent::Whole,
    };
    let word = |wrote_at| {
        Some(Refused {
            code: "63016".into(),
            wrote_at,
            template: None,
        })
    };
    let closed = |code: &str| Open::No { code: code.into() };
    let later = at(8) + WINDOW;
    for (wrote_at, refused, now, expect) in [
        (Some(at(8)), None, at(9), Open::Yes),
        (
            Some(at(8)),
            None,
            later - SignedDuration::from_nanos(1),
            Open::Yes,
        ),
        (Some(at(8)), None, later, closed(CLOSED)),
        (None, None, at(9), Open::Yes),
        (None, word(None), at(9), closed("63016")),
        (Some(at(8)), word(Some(at(8))), at(9), closed("63016")),
        (Some(at(8)), word(Some(at(7))), at(9), Open::Yes),
        (Some(at(8)), word(None), at(9), Open::Yes),
        (Some(at(8)), word(Some(at(7))), later, closed(CLOSED)),
    ] {
        let window = window(wrote_at, refused);
        assert_eq!(window.is_open(now), expect, "{window:?} at {now}");
    }
}

#[test]
fn c9_a_window_of_an_older_release_is_of_a_whole_message() {
    let older = r#"{"intent":"answer"}"#;
    let read: SendWindow = serde_json::from_str(older).unwrap();
    assert_eq!(read.extent, Extent::Whole);
    assert_eq!(serde_json::to_string(&read).unwrap(), older);
    let piece = SendWindow {
        extent: Extent::Piece,
        ..read
    };
    let written = serde_json::to_string(&piece).unwrap();
    assert_eq!(written, r#"{"intent":"answer","extent":"piece"}"#);
    assert_eq!(serde_json::from_str::<SendWindow>(&written).unwrap(), piece);
}
