//! To whom what is said: as the persona that is on record for them.

use super::*;
use crate::{
    event::Failing,
    persona::{PersonaRow, Personas},
};

fn becomes(scene: &mut Scene, persona: &str) {
    let note = Planned {
        answers: vec![],
        data: EventData::SystemNote {
            text: "n".into(),
            continues: None,
            wrote_at: None,
            persona: Some(persona.parse().unwrap()),
        },
        leaves: &[],
    };
    let mut turn = Turn::on(scene.thread.clone());
    turn.record(note, now());
    let sealed = turn.seal(Correlation("c".into()), now(), || Salt("00".into()));
    let sealed = sealed.unwrap();
    scene.thread.events.extend(sealed.events.iter().cloned());
    scene.thread.head = sealed.head;
    scene.chain.push(sealed.commit);
}

#[test]
fn c5_the_persona_on_record_decides_in_whose_words_it_is_said() {
    let mut scene = Scene::new(Role::Customer);
    let plain = scene.say(&["stock ABC123"]);
    becomes(&mut scene, "streamliner");
    assert_eq!(
        scene.say(&["stock ABC123"]),
        ["📦 ABC123: *2* boxes\n📍 Kigali 2\n⚠️ Below reorder point (5)"]
    );
    assert_eq!(
        scene.say(&["alerts"]),
        ["⛔ Staff only. *help* shows yours."]
    );
    becomes(&mut scene, "processor");
    let said = scene.say(&["stock ABC123"]);
    assert!(
        said[0].starts_with(
            "[INVENTORY_QUERY_RESULT]\nTimestamp: 2026-11-20T10:00:00+00:00\nSKU: ABC123\n"
        ),
        "{said:?}"
    );
    // What is missing is asked for in their words, and the answer completes it as ever.
    let said = scene.say(&["stock"]);
    assert!(
        said[0].starts_with("[MISSING_ENTITY]\nEntity: PRODUCT\n"),
        "{said:?}"
    );
    assert!(scene.say(&["ABC123"])[0].contains("Reorder_Status: REQUIRED"));
    // A persona that is gone is the default.
    becomes(&mut scene, "nobody");
    assert_eq!(scene.say(&["stock ABC123"]), plain);
    becomes(&mut scene, "default");
    assert_eq!(scene.say(&["stock ABC123"]), plain);
    assert!(serde_json::to_string(&scene.thread.head).unwrap().len() <= 4096);
    scene.is_replayed();
}

#[test]
fn c5_a_template_that_comes_to_nothing_is_on_record_and_decided_anew_the_same() {
    let mut scene = Scene::new(Role::Customer);
    let plain = scene.say(&["stock ABC123"]);
    let row = PersonaRow {
        name: "odd".parse().unwrap(),
        description: "For a test.".into(),
        style: "Oddly.".into(),
        answers: [("inventory".to_owned(), "{{#fine}}Fine.{{/fine}}".to_owned())].into(),
    };
    scene.agent.personas = Personas::with(&[row]).unwrap();
    becomes(&mut scene, "odd");
    assert_eq!(scene.say(&["stock ABC123"]), plain);
    let failed = scene.thread.events.iter().any(|event| {
        matches!(&event.data, EventData::Error { of: Some(Failing::Template), detail, .. } if detail.contains("odd"))
    });
    assert!(failed, "operators are not told");
    scene.is_replayed();
}
