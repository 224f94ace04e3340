use super::*;

fn rows(titles: &[&str]) -> Vec<Row> {
    let rows = titles.iter().enumerate();
    let rows = rows.map(|(index, title)| Row {
        id: format!("offer/x/{index}"),
        title: (*title).to_owned(),
        detail: None,
    });
    rows.collect()
}

fn offer(titles: &[&str], shows: Shows) -> Option<Offer> {
    Offer::new("Which one?".into(), rows(titles), "Choose", shows)
}

#[test]
fn w2_answers_take_the_richest_form_that_shows_them_whole() {
    let check = |titles: &[&str], shows, expect| {
        let form = offer(titles, shows).map(|offer| offer.form);
        assert_eq!(form, expect, "{titles:?} {shows:?}");
    };
    let ten = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"];
    check(&["Yes"], Shows::Taps, Some(Form::Taps));
    check(&["Yes"], Shows::Words, None);
    check(&ten, Shows::Taps, Some(Form::Taps));
    check(&ten, Shows::Words, Some(Form::Lines));
    check(
        &["éééééééééééééééééééééééé", "b"],
        Shows::Taps,
        Some(Form::Taps),
    );
    check(
        &["a title longer than a row", "b"],
        Shows::Taps,
        Some(Form::Lines),
    );
    // What can't be told apart, or would look like something else, is offered in no form.
    check(&["Yes", "yes"], Shows::Taps, None);
    check(&["Yes\n3. No", "b"], Shows::Words, None);
    check(&[" ", "b"], Shows::Words, None);
    check(&[], Shows::Taps, None);
    check(&[&ten[..], &["k"]].concat(), Shows::Words, None);
    let long = |most: usize| Offer::new("x".repeat(most), rows(&["a", "b"]), "o", Shows::Taps);
    assert_eq!(long(LONGEST_TEXT).unwrap().form, Form::Taps);
    assert_eq!(long(LONGEST_TEXT + 1).unwrap().form, Form::Lines);
    assert_eq!(long(MOST_CHARACTERS), None);
}

#[test]
fn w2_a_number_or_a_title_chooses_where_it_can_mean_nothing_else() {
    let check = |titles: &[&str], shows, text: &str, expect: Option<usize>| {
        let offer = offer(titles, shows).unwrap();
        let chosen = offer.typed(text).map(|row| row.id.clone());
        let expect = expect.map(|index| format!("offer/x/{index}"));
        assert_eq!(chosen, expect, "{titles:?} {text:?}");
    };
    let sites = ["Kigali", "Huye", "Musanze"];
    for two in [
        "2",
        " 2 ",
        "2.",
        "2)",
        "02",
        "2\u{fe0f}\u{20e3}",
        "huye",
        "HUYE ",
    ] {
        check(&sites, Shows::Words, two, Some(1));
    }
    for none in [
        "0", "4", "22", "222", "-2", "2 boxes", "2..", "", "two", "Hu", "²",
    ] {
        check(&sites, Shows::Words, none, None);
    }
    // Buttons have no numbers before them.
    check(&sites, Shows::Taps, "2", None);
    check(&sites, Shows::Taps, "Huye", Some(1));
    // The title goes before the number, and a number that another answer names is no choice.
    check(&["2", "1"], Shows::Words, "2", Some(0));
    check(
        &["1 night", "2 nights", "3 nights"],
        Shows::Words,
        "2",
        Some(1),
    );
    check(&["2 nights", "3 nights"], Shows::Words, "2", None);
    check(&["2 nights", "3 nights"], Shows::Words, "1", Some(0));
}

#[test]
fn w2_what_is_in_a_name_stays_one_line() {
    let check = |text: &str, most, expect: &str| assert_eq!(one_line(text, most), expect);
    check("  Blue\n2. widget ", 24, "Blue 2. widget");
    check("*Blue* _widget_", 24, "*Blue* _widget_");
    check("a\u{202e}b", 24, "a⟨U+202E⟩b");
    check("A widget with a long name", 24, "A widget with a long na…");
}
