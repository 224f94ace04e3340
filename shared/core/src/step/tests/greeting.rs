//! given a first contact → when stepped → then it is greeted once.

use super::*;
use crate::{agent::AgentKind, event::EventData, thread::Contact};

/// What a scene without models greets with.
const WELCOME: &str = "Welcome to *Acme*. I'm concierge, its automatic assistant. You can ask me:\n\
                       • *stock ABC123*\n• *sales report for last week*\n• *help*";

fn greeter() -> Scene {
    let mut scene = Scene::new(Role::Customer);
    scene.agent.greets = Greets::FirstContacts;
    scene
}

fn greeted(said: &[String]) -> usize {
    let welcomes = said
        .iter()
        .filter(|text| text.starts_with("Welcome to *Acme*"));
    welcomes.count()
}

#[test]
fn o2_a_first_contact_is_greeted_with_what_can_be_asked_and_then_answered() {
    let mut scene = greeter();
    let said = scene.say(&["stock ABC123"]);
    assert_eq!(said.len(), 2, "{said:?}");
    assert_eq!(said[0], WELCOME);
    assert!(said[1].starts_with("*Blue widget*"));
    assert_eq!(scene.say(&["stock ABC123"]).len(), 1);
    assert_eq!(scene.thread.head.fold.contact, Contact::Made);
    scene.is_replayed();
}

#[test]
fn o2_a_greeting_is_answered_by_the_greeting_and_by_no_model() {
    for hello in ["hi", "Hello 👋", "good morning sir", "thank you"] {
        let mut scene = greeter();
        assert_eq!(scene.say(&[hello]), [WELCOME], "{hello}");
        assert_eq!(scene.thread.head.fold.open, []);
        assert_eq!(scene.asked, []);
        scene.is_replayed();
    }
}

#[test]
fn o2_a_burst_is_greeted_once() {
    let mut scene = greeter();
    let said = scene.say(&["hi", "hello?", "stock ABC123", "are you there"]);
    assert_eq!(greeted(&said), 1, "{said:?}");
    assert!(said[1].starts_with("*Blue widget*"), "{said:?}");
    assert!(said[2].starts_with("Sorry, I didn't get that."), "{said:?}");
    assert_eq!(said.len(), 3);
    scene.is_replayed();
}

#[test]
fn o2_help_says_the_same_and_is_not_said_twice() {
    let mut scene = greeter();
    let said = scene.say(&["hello, help"]);
    assert_eq!((greeted(&said), said.len()), (0, 1), "{said:?}");
    assert_eq!(greeted(&scene.say(&["stock ABC123"])), 0);
    scene.is_replayed();
}

#[test]
fn o2_the_greeting_tells_what_the_agents_do_and_nothing_of_the_customers_name() {
    let mut scene = greeter();
    let mut shop = super::thoughts::row(AgentKind::Shop, &[]);
    shop.description = "Tells what is in stock.".into();
    let mut off = super::thoughts::row(AgentKind::Booking, &[]);
    off.enabled = false;
    let triage = super::thoughts::row(AgentKind::Triage, &[]);
    let rows = [shop, off, triage];
    scene.agent.agents = rows.into_iter().map(|row| (row.kind, row)).collect();
    let said = scene.say(&["hi"]);
    assert_eq!(
        said,
        [
            "Welcome to *Acme*. I'm concierge, its automatic assistant. There is one of us who\n\
             • tells what is in stock\nWrite what you need, or *help* for what I answer at once."
        ]
    );
    assert_eq!(scene.asked, []);
}

#[test]
fn o2_what_only_a_model_can_answer_is_greeted_before_it_is_asked() {
    let mut scene = greeter();
    let general = super::thoughts::row(AgentKind::General, &[]);
    scene.agent.agents = [(general.kind, general)].into();
    scene.answers = [super::thoughts::text("Yes.")].into();
    let said = scene.say(&["do you have those blue ones?"]);
    assert_eq!((greeted(&said), said.len()), (1, 2), "{said:?}");
    assert_eq!(said[1], "Yes.");
    assert_eq!(scene.asked.len(), 1);
    scene.is_replayed();
}

#[test]
fn o2_who_was_there_before_is_not_greeted() {
    let mut scene = greeter();
    scene.agent.greets = Greets::Nobody;
    scene.say(&["stock ABC123"]);
    // The company turns it on in the middle of a conversation.
    scene.agent.greets = Greets::FirstContacts;
    assert_eq!(greeted(&scene.say(&["stock ABC123"])), 0);

    let mut scene = greeter();
    let mut turn = Turn::on(scene.thread.clone());
    let note = EventData::SystemNote {
        persona: None,
        text: "The customer writes again.".into(),
        continues: Some(ThreadId::derived("before")),
        wrote_at: None,
    };
    turn.record(crate::step::thoughts::event(note), now());
    scene.thread = turn.thread().clone();
    assert_eq!(greeted(&scene.say(&["hi"])), 0);
}

#[test]
fn o2_a_conversation_that_waited_for_a_person_is_greeted_when_it_goes_on() {
    let mut scene = greeter();
    scene.control(ControlAction::Takeover);
    assert_eq!(scene.say(&["hi"]), [] as [String; 0]);
    assert_eq!(scene.say(&["stock ABC123"]), [] as [String; 0]);
    let said = scene.control(ControlAction::Resume);
    assert_eq!((greeted(&said), said.len()), (1, 2), "{said:?}");
    scene.is_replayed();
}
