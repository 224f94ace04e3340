//! What nobody can answer goes to a person, and the commands go on.

use super::*;
use crate::{step::MOST_UNANSWERED, thread::Escalation};

const CANNOT: &str = "Sorry, I can't answer that just now.";
const CALLED: &str = "I still can't answer that, so I have told my colleagues";
const COMES: &str = "My colleagues at Acme have been told";

fn notes(scene: &Scene) -> Vec<String> {
    let events = scene
        .chain
        .iter()
        .flat_map(|commit| commit.events().unwrap());
    events
        .filter_map(|event| match event.data {
            EventData::HandOver {
                to: Recipient::Human,
                note,
                ..
            } => Some(note),
            _ => None,
        })
        .collect()
}

fn check(scene: &mut Scene, says: &str, hears: &str) {
    let said = scene.say(&[says]);
    assert_eq!(said.len(), 1, "{said:?}");
    assert!(said[0].starts_with(hears), "{says}: {said:?}");
}

#[test]
fn o8_what_nobody_can_answer_twice_in_a_row_is_a_persons() {
    let mut scene = one();
    check(&mut scene, "blue ones, my friend?", CANNOT);
    assert_eq!(notes(&scene), [] as [&str; 0]);
    check(&mut scene, "are the blue ones in?", CALLED);
    assert_eq!(
        notes(&scene),
        ["2 messages in a row could not be answered. The last: are the blue ones in?"]
    );
    assert_eq!(scene.thread.head.fold.escalation, Escalation::Called);
    // One person is enough, and the commands go on.
    check(&mut scene, "well, are they in?", COMES);
    check(&mut scene, "stock ABC123", "*Blue widget*");
    assert_eq!(notes(&scene).len(), 1);
    scene.is_replayed();
}

#[test]
fn o9_what_has_cost_enough_goes_to_a_person_as_well() {
    let mut scene = one().answer(&[text("One.")]);
    scene.agent.conversation_limit = MicroUsd(1_000);
    check(&mut scene, "tell me a story", "One.");
    check(&mut scene, "tell me another story", CANNOT);
    check(&mut scene, "just one more story", CALLED);
    assert_eq!(notes(&scene).len(), 1);
    scene.is_replayed();
}

/// Whatever is answered in between, the count begins anew: by a command, or by a model.
#[test]
fn o8_what_is_answered_in_between_is_no_reason_for_a_person() {
    let mut scene = one();
    check(&mut scene, "blue ones, my friend?", CANNOT);
    check(&mut scene, "stock ABC123", "*Blue widget*");
    check(&mut scene, "red ones, my friend?", CANNOT);
    scene.answers.push_back(text("Here I am."));
    check(&mut scene, "and now, my friend?", "Here I am.");
    check(&mut scene, "and green ones, my friend?", CANNOT);
    assert_eq!(notes(&scene), [] as [&str; 0]);
    // In one turn, too.
    let said = scene.say(&["help", "and yellow ones, my friend?", "help"]);
    assert!(said[1].starts_with(CANNOT), "{said:?}");
    assert_eq!(notes(&scene), [] as [&str; 0]);
    scene.is_replayed();
}

/// Once an operator has let the agent go on, the customer is where they began.
#[test]
fn o8_a_person_who_has_been_there_is_called_anew() {
    let mut scene = one();
    for _ in 0..MOST_UNANSWERED {
        scene.say(&["blue ones, my friend?"]);
    }
    scene.control(ControlAction::Takeover);
    scene.control(ControlAction::Resume);
    check(&mut scene, "blue ones, my friend?", CANNOT);
    check(&mut scene, "blue ones, my friend?", CALLED);
    assert_eq!(notes(&scene).len(), 2);
    scene.is_replayed();
}

/// Agents that were all turned off are an operator's choice, and nobody is called for it.
#[test]
fn o8_agents_that_are_turned_off_call_nobody() {
    let mut scene = one();
    for row in scene.agent.agents.values_mut() {
        row.enabled = false;
    }
    for _ in 0..4 {
        check(&mut scene, "blue ones, my friend?", CANNOT);
    }
    assert_eq!(notes(&scene), [] as [&str; 0]);
    scene.is_replayed();
}

#[test]
fn o8_a_person_sees_what_was_asked_and_the_head_stays_small() {
    let mut scene = one();
    for _ in 0..40 {
        scene.say(&[&"blué ones, my friend? ".repeat(60)]);
    }
    let notes = notes(&scene);
    assert_eq!(notes.len(), 1);
    assert!(notes[0].ends_with('…') && notes[0].chars().count() < 500);
    assert!(serde_json::to_string(&scene.thread.head).unwrap().len() <= 4096);
    scene.is_replayed();
}
