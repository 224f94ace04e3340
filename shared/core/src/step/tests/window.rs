//! given a message that the closed window keeps back → when the customer is told, or writes → then.

use super::*;
use crate::window::{CLOSED, HeldNotice, Notice, WindowEvent};

fn notice() -> Notice {
    Notice {
        template: "something_waits".into(),
        values: vec!["Sales report".into()],
    }
}

impl Scene {
    /// A message was held by somebody who knew of this last message of the customer's.
    fn held(&mut self, n: u32, wrote_at: Option<Timestamp>, notice: Option<Notice>) {
        self.happens(Cause::Held(HeldNotice {
            thread: self.thread.head.thread,
            reference: MessageRef::derived("x"),
            attempt: n,
            code: CLOSED.into(),
            meaning: "m".into(),
            wrote_at,
            notice,
        }));
    }

    fn windows(&self) -> Vec<WindowEvent> {
        let commits = self.chain.iter();
        let events = commits.flat_map(|commit| commit.events().unwrap());
        events
            .filter_map(|event| match event.data {
                EventData::Window(what) => Some(what),
                _ => None,
            })
            .collect()
    }

    fn words(&self) -> Vec<&'static str> {
        self.windows().iter().map(WindowEvent::as_str).collect()
    }

    /// The same an hour, a day or so later.
    fn noticed_before(&mut self, hours: i64) {
        let before = now() - SignedDuration::from_hours(hours);
        self.thread.head.fold.waits.noticed = Some(before.as_second());
    }
}

#[test]
fn w3_what_is_held_is_let_go_by_the_customers_next_message_and_once() {
    let mut scene = Scene::new(Role::Customer);
    scene.held(0, None, None);
    scene.held(1, None, None);
    assert_eq!(scene.thread.head.fold.waits.held, 2);
    assert_eq!(scene.outbox(), []);
    scene.say(&["help"]);
    let wrote_at = now();
    assert_eq!(
        scene.windows().last(),
        Some(&WindowEvent::LetGo { wrote_at })
    );
    assert!(matches!(
        scene.outbox().as_slice(),
        [Effect::Release { .. }, Effect::Send { .. }]
    ));
    assert_eq!(scene.thread.head.fold.waits.held, 0);
    scene.say(&["help"]);
    assert_eq!(scene.words(), ["held", "held", "let_go"]);
    scene.is_replayed();
}

/// The customer writes while a message of theirs is being held by somebody who does not know it yet.
#[test]
fn w3_what_was_held_in_ignorance_of_a_message_is_let_go_at_once() {
    let mut scene = Scene::new(Role::Customer);
    scene.say(&["help"]);
    let before = now() - SignedDuration::from_hours(25);
    scene.held(0, Some(before), Some(notice()));
    assert_eq!(scene.words(), ["held", "let_go"]);
    assert!(matches!(
        scene.outbox().as_slice(),
        [Effect::Release { .. }]
    ));
    // A provider that still says no is not asked again and again.
    scene.held(1, Some(now()), None);
    assert_eq!(scene.words(), ["held", "let_go", "held"]);
    assert_eq!(scene.outbox(), []);
    scene.is_replayed();
}

/// One that was held by somebody who knew less lets the others go, which are then held again.
#[test]
fn w3_of_several_the_least_that_was_known_counts() {
    let mut scene = Scene::new(Role::Customer);
    scene.say(&["help"]);
    scene.held(0, Some(now()), None);
    assert_eq!(scene.thread.head.fold.waits.held, 1);
    scene.held(1, None, None);
    assert_eq!(scene.words(), ["held", "held", "let_go"]);
    assert_eq!(scene.thread.head.fold.waits.held, 0);
    scene.is_replayed();
}

#[test]
fn w3_the_customer_is_told_once_a_day_that_something_waits() {
    let mut scene = Scene::new(Role::Customer);
    for n in 0..3 {
        scene.held(n, None, Some(notice()));
    }
    assert_eq!(scene.words(), ["held", "noticed", "held", "held"]);
    scene.is_replayed();
    for (hours, notices) in [(23, 1), (24, 2)] {
        scene.noticed_before(hours);
        scene.held(3 + notices, None, Some(notice()));
        let words = scene.words();
        let noticed = words.iter().filter(|word| **word == "noticed").count();
        assert_eq!(noticed, notices as usize, "{hours} hours after");
    }
    let Some(WindowEvent::Noticed { notice: said }) = scene.windows().pop() else {
        panic!("{:?}", scene.windows());
    };
    assert_eq!(said, notice());
    assert!(matches!(scene.outbox().as_slice(), [Effect::Send { .. }]));
}

#[test]
fn w3_whoever_opted_out_is_told_nothing_and_what_was_held_ends() {
    let mut scene = Scene::new(Role::Customer);
    scene.held(0, None, None);
    // Whoever sends it again sees that they opted out.
    scene.say(&["STOP"]);
    assert_eq!(scene.words(), ["held", "let_go"]);
    scene.held(1, Some(now()), Some(notice()));
    assert_eq!(scene.words(), ["held", "let_go", "held"]);
    assert_eq!(scene.outbox(), []);
    scene.is_replayed();
}

#[test]
fn w3_what_a_person_has_is_let_go_and_what_is_over_is_not() {
    for (action, expect) in [
        (ControlAction::Takeover, vec!["held", "let_go"]),
        (ControlAction::Stop, vec!["held"]),
    ] {
        let mut scene = Scene::new(Role::Customer);
        scene.held(0, None, None);
        scene.control(action);
        scene.say(&["help"]);
        assert_eq!(scene.words(), expect, "{action:?}");
        scene.is_replayed();
    }
}

/// A conversation that begins with the customer's message lets go what the one before held; one that
/// begins with a task waits like it.
#[test]
fn w3_what_the_conversation_before_held_waits_in_this_one() {
    let mut scene = Scene::new(Role::Customer);
    let message = scene.message(Content::Text {
        body: "help".into(),
    });
    let taken_over = Planned {
        answers: vec![],
        data: EventData::Window(WindowEvent::TakenOver {
            from: ThreadId::derived("before"),
            wrote_at: None,
        }),
        leaves: &[],
    };
    let mut turn = Turn::on(scene.thread.clone());
    turn.record(taken_over, now());
    let moment = Moment {
        now: now(),
        role: Role::Customer,
    };
    assert_eq!(step(turn.thread(), &scene.agent, moment), Step::Rest);
    turn.take_in(&message);
    let Step::Record(planned) = step(turn.thread(), &scene.agent, moment) else {
        panic!("nothing is let go");
    };
    assert_eq!(planned[0].leaves, [Leaves::Release]);
}

/// A task for somebody who was silent for eight days: the conversation it opens knows it. What the one
/// before held still waits, and goes out with their next message.
#[test]
fn w3_a_conversation_knows_when_the_customer_last_wrote_in_the_one_before() {
    let wrote_at = now() - SignedDuration::from_hours(8 * 24);
    let from = ThreadId::derived("before");
    let continues = EventData::SystemNote {
        text: "n".into(),
        continues: Some(from),
        wrote_at: Some(wrote_at),
        persona: None,
    };
    let wrote_at = Some(wrote_at);
    let taken_over = EventData::Window(WindowEvent::TakenOver { from, wrote_at });
    let mut scene = Scene::new(Role::Customer);
    let task = scene.inbound(super::launches::launch(&scene, "1", "stock ABC123"));
    scene.take_after(&[continues, taken_over], &[task]);
    assert_eq!(scene.thread.head.customer_wrote_at, wrote_at);
    assert_eq!(scene.thread.head.counts.messages_in, 0);
    assert_eq!(scene.words(), ["taken_over"]);
    // What is sent then is held by somebody who knows as much.
    scene.held(0, wrote_at, None);
    assert_eq!(scene.words(), ["taken_over", "held"]);
    scene.say(&["help"]);
    assert_eq!(scene.words(), ["taken_over", "held", "let_go"]);
    assert_eq!(scene.thread.head.customer_wrote_at, Some(now()));
    scene.is_replayed();
}
