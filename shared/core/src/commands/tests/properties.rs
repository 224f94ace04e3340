//! What holds for every text.

use proptest::prelude::*;

use super::*;
use crate::Sku;

fn check_sound(got: &Recognised) {
    assert!(got.confidence <= Confidence::FULL);
    assert_eq!(
        got.intent == Intent::Unknown,
        got.confidence == Confidence::NONE
    );
    if let Some(InventoryArguments::Sku(sku)) = &got.entities.product {
        assert_eq!(sku.as_str().parse::<Sku>().as_ref(), Ok(sku));
    }
    if let Some(dates) = got.entities.dates {
        assert!(dates.first() <= dates.last());
    }
}

/// Texts of the engine's own words, which get further into it than any others.
fn commandlike() -> impl Strategy<Value = String> {
    let word = prop::sample::select(vec![
        "stock",
        "of",
        "how",
        "many",
        "do",
        "we",
        "have",
        "left",
        "in",
        "ABC123",
        "widgets",
        "sales",
        "report",
        "for",
        "from",
        "to",
        "-",
        "between",
        "and",
        "last",
        "7",
        "31",
        "days",
        "week",
        "month",
        "nov",
        "feb",
        "2026",
        "29/2",
        "31/12/2026",
        "2026-11-01",
        "today",
        "critical",
        "alerts",
        "agents",
        "are",
        "there",
        "any",
        "show",
        "me",
        "please",
        "hi",
        "thanks",
        "is",
        "the",
        "stokc",
        "<",
        "99999",
        "since",
        "1st",
    ]);
    prop::collection::vec(word, 0..14).prop_map(|words| words.join(" "))
}

fn any_day() -> impl Strategy<Value = Date> {
    prop_oneof![
        Just(Date::MIN),
        Just(Date::MAX),
        Just(date(2028, 2, 29)),
        (1990i16..2110, 1i8..13, 1i8..29).prop_map(|(y, m, d)| date(y, m, d)),
    ]
}

proptest! {
    #[test]
    fn c2_any_text_is_taken(text in any::<String>(), today in any_day()) {
        check_sound(&recognise(&text, today));
    }

    #[test]
    fn c2_any_words_are_taken(text in commandlike(), today in any_day()) {
        let got = recognise(&text, today);
        check_sound(&got);
        prop_assert_eq!(is_sure(&text, today), got.confidence.is_sure());
        prop_assert!(got.missing.is_none() || got.tool_call().is_none());
    }

    #[test]
    fn c4_any_answer_is_taken(
        first in commandlike(), answer in prop_oneof![commandlike(), any::<String>()], today in any_day()
    ) {
        let Some(pending) = recognise(&first, today).pending() else { return Ok(()) };
        match complete(&pending, &answer, today) {
            Completion::Answered(got) => {
                check_sound(&got);
                prop_assert_eq!(got.intent, pending.intent);
            }
            Completion::Replaced(got) => {
                check_sound(&got);
                prop_assert!(got.confidence.is_sure());
            }
            Completion::Dropped | Completion::Unrelated => {}
        }
    }

    #[test]
    fn c3_a_bare_sku_is_given_back(text in "[A-Za-z]{1,5}-?[A-Za-z0-9]{0,6}[0-9]{2,6}") {
        let got = recognise(&text, TODAY);
        prop_assert_eq!(got.tool_call(), Some(sku(&text.to_uppercase())));
        prop_assert_eq!(got.confidence, Confidence::FULL);
    }
}
