//! given messages of other kinds → when a model reads them → then this.

use super::*;
use crate::message::Location;

fn place() -> Content {
    Content::Location(Location {
        latitude: -1.95,
        longitude: 30.06,
        name: Some("human response".into()),
        address: None,
    })
}

fn written(body: &str) -> Content {
    Content::Text { body: body.into() }
}

fn edited(body: &str) -> Content {
    Content::Edited {
        of: "SM1".parse().unwrap(),
        body: body.into(),
    }
}

impl Scene {
    fn send_all(&mut self, contents: Vec<Content>) -> Vec<String> {
        let messages: Vec<Inbound> = contents.into_iter().map(|it| self.message(it)).collect();
        self.take(&messages)
    }
}

#[test]
fn w3_a_model_reads_what_has_no_words_with_what_was_written() {
    let mut scene = one().answer(&[text("That is near us."), text("Yes.")]);
    let said = scene.send_all(vec![written("are you near"), place()]);
    assert_eq!(said, ["That is near us."]);
    assert_eq!(scene.asked[0].about.len(), 2);
    assert_eq!(
        scene.send_all(vec![place(), written("and this?")]),
        ["Yes."]
    );
    assert_eq!(scene.asked[1].about.len(), 2);
    assert_eq!(scene.thread.head.fold.open, []);
    scene.is_replayed();
}

#[test]
fn w3_a_clear_command_beside_a_place_goes_alone() {
    let mut scene = one().answer(&[text("Noted.")]);
    let said = scene.send_all(vec![place(), written("stock ABC123")]);
    assert_eq!(said.len(), 2);
    assert_eq!(said[0], "Noted.");
    assert!(said[1].starts_with("*Blue widget*"), "{said:?}");
    assert_eq!(scene.asked.len(), 1);
    scene.is_replayed();
}

#[test]
fn w3_a_reaction_asks_no_model() {
    let mut scene = one().answer(&[text("Hello!")]);
    scene.send_all(vec![written("good day to all of you")]);
    let reaction = Content::Reaction {
        to: "SM1".parse().unwrap(),
        emoji: None,
    };
    assert_eq!(scene.send_all(vec![reaction]), [] as [String; 0]);
    assert_eq!(scene.asked.len(), 1);
    scene.is_replayed();
}

#[test]
fn w3_no_model_does_something_again_for_a_message_that_was_changed() {
    let report = json!({"kind": "sales", "from": "2026-11-09", "to": "2026-11-15"});
    let order = || calls(&[("generate_report", report.clone())]);
    let again = text("Please write it anew.");
    let mut scene = one().answer(&[text("Which ones?"), order(), again, order()]);
    scene.send_all(vec![written("the figures of last time please")]);
    let said = scene.send_all(vec![edited("the figures of the week before please")]);
    assert_eq!(said, ["Please write it anew."]);
    assert_eq!(scene.thread.head.fold.running, []);
    let errors = scene.errors();
    assert!(errors[0].0.contains("write it anew"), "{errors:?}");
    // Written anew, it is.
    let said = scene.send_all(vec![written("the figures of the week before please")]);
    assert!(said[0].starts_with("I'm preparing"), "{said:?}");
    scene.is_replayed();
}

#[test]
fn w3_an_answer_goes_to_the_words_that_took_the_place_of_others() {
    let mut scene = one().answer(&[text("A kilo is 900.")]);
    let said = scene.send_all(vec![
        written("what does one cost"),
        edited("what does a kilo cost"),
    ]);
    assert_eq!(said, ["A kilo is 900."]);
    let last = scene.thread.events.last().unwrap();
    assert_eq!(scene.asked[0].about, scene.asked[0].about[..1]);
    let about = scene.thread.event(scene.asked[0].about[0]).unwrap();
    assert!(matches!(
        &about.data,
        EventData::UserMessage {
            content: Content::Edited { .. },
            ..
        }
    ));
    assert!(last.answers.contains(&about.id));
    scene.is_replayed();
}
