//! What is wrong with how people are spoken to is named with persona, answer and place.

use super::{super::document::SeedFile, mistakes::check, *};

fn personas(from: &str, to: &str, expect: &[&str]) {
    check(SeedFile::Personas, from, to, expect);
}

#[test]
fn c5_the_companys_own_personas_are_read_and_the_built_in_ones_left_out() {
    let seed = Seed::parse(&SMALL).unwrap();
    let names: Vec<&str> = seed.personas.iter().map(|row| row.name.as_str()).collect();
    assert_eq!(names, ["shop-floor"]);
    let shipped = load().unwrap();
    assert_eq!(shipped.personas, []);
    let mut spoken: Vec<&str> = shipped
        .company
        .people
        .iter()
        .filter_map(|person| Some(person.persona.as_ref()?.as_str()))
        .collect();
    spoken.sort_unstable();
    assert_eq!(
        spoken,
        ["hub", "navigator", "processor", "spring", "streamliner"]
    );
}

/// What a spring is told of a reorder point is true of every product that has the figures.
#[test]
fn c5_daily_use_lead_time_and_safety_stock_make_up_the_reorder_point() {
    let seed = load().unwrap();
    let known = seed.products.iter().filter_map(|product| {
        let use_until_delivery = product.daily_use? * product.lead_time_days;
        Some((product, use_until_delivery + product.safety_stock?))
    });
    let known: Vec<_> = known.collect();
    assert!(known.len() >= 20, "{} products", known.len());
    for (product, makes_up) in known {
        assert_eq!(makes_up, product.reorder_point, "{}", product.sku);
    }
}

#[test]
fn c5_mistakes_in_personas_are_named_with_their_place() {
    personas(
        "Not now.",
        "Not now, {{name}}.",
        &[
            "personas.toml line 5, persona shop-floor: answers: persona \"shop-floor\", answer \"error\", line 1, column 10: {{name}} \
           is no placeholder here; there are company, now",
        ],
    );
    personas(
        "late.",
        "late, {{#now}}.",
        &[
            "personas.toml line 5, persona shop-floor: answers: persona \"shop-floor\", answer \"timeout\", line 2, column 7: {{#now}} \
           has no {{/now}}",
        ],
    );
    personas(
        "error =",
        "eror =",
        &[
            "personas.toml line 5, persona shop-floor: answers: persona \"shop-floor\", answer \"eror\": there is no such answer; there \
           are inventory, inventory_several, inventory_none, alerts, alerts_none, report_ready, unknown, \
           missing, error, timeout, no_permission, help, cannot_answer",
        ],
    );
    personas(
        "shop-floor",
        "Shop floor",
        &[
            "personas.toml line 2, persona Shop floor: persona: got \"Shop floor\", wants 1 to 40 of a-z, 0-9 and -",
        ],
    );
    personas(
        "\"Not now.\"",
        "3",
        &[
            "personas.toml line 6, persona shop-floor: answers.error: got 3, wants a template in quotes",
        ],
    );
}

#[test]
fn c5_a_person_has_a_persona_that_is_there() {
    check(
        SeedFile::Company,
        "role = \"approver\"",
        "role = \"approver\"\npersona = \"pirate\"",
        &[
            "company.toml line 15, person Ada: persona: got \"pirate\", wants a persona of personas.toml: \
           default, hub, navigator, processor, shop-floor, spring or streamliner",
        ],
    );
}
