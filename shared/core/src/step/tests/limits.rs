//! given more than one person may write → when stepped → then it is on record, and they are told once.

use super::*;
use crate::limits::{Because, Limits, Window};

const LIMITS: Limits = Limits {
    per_minute: 3,
    per_day: 6,
};

fn limited() -> Scene {
    let mut scene = Scene::new(Role::Customer);
    scene.agent.limits = LIMITS;
    scene
}

/// What the thread says was left, by the window that was full.
fn left(scene: &Scene) -> Vec<(Window, usize)> {
    let events = scene
        .chain
        .iter()
        .flat_map(|commit| commit.events().unwrap());
    events
        .filter_map(|event| match event.data {
            EventData::Unanswered {
                because: Because::TooMany { window, .. },
                ..
            } => Some((window, event.answers.len())),
            _ => None,
        })
        .collect()
}

impl Scene {
    /// The same, so many seconds after the beginning.
    fn say_at(&mut self, seconds: i64, texts: &[&str]) -> Vec<String> {
        let mut inbound = Vec::new();
        for text in texts {
            let body = (*text).to_owned();
            let mut message = self.message(Content::Text { body });
            message.received_at = now() + SignedDuration::from_secs(seconds);
            inbound.push(message);
        }
        self.take(&inbound)
    }
}

#[test]
fn o9_who_writes_too_much_is_told_once_and_not_again_until_the_window_passed() {
    let mut scene = limited();
    for second in [0, 10, 20] {
        assert_eq!(scene.say_at(second, &["stock ABC123"]).len(), 1);
    }
    assert_eq!(
        scene.say_at(30, &["stock ABC123"]),
        [
            "Sorry, that's more messages than I can answer in a minute. Please write again in 60 seconds."
        ]
    );
    for second in [31, 45, 59] {
        assert_eq!(scene.say_at(second, &["help", "help"]), [] as [String; 0]);
    }
    assert_eq!(left(&scene), [1, 2, 2, 2].map(|n| (Window::Minute, n)));
    // The next minute begins with the next message, and what was left counts for nothing.
    assert_eq!(scene.say_at(60, &["stock ABC123"]).len(), 1);
    assert_eq!(scene.say_at(119, &["stock ABC123", "help"]).len(), 2);
    let head = &scene.thread.head;
    assert_eq!(head.fold.rate.day.messages, 6);
    assert_eq!(head.fold.open, []);
    assert_eq!(head.counts.messages_in, 13);
    scene.is_replayed();
}

#[test]
fn o9_who_is_over_the_day_hears_of_the_day_and_waits_for_its_end() {
    let mut scene = limited();
    for minute in 0..2 {
        let said = scene.say_at(minute * 60, &["help", "help", "help"]);
        assert_eq!(said.len(), 3);
    }
    let said = scene.say_at(7200, &["help"]);
    assert_eq!(
        said,
        ["Sorry, that's more messages than I can answer in a day. Please write again in 24 hours."]
    );
    for second in [7201, 50_000, 86_399] {
        assert_eq!(scene.say_at(second, &["help"]), [] as [String; 0]);
    }
    assert_eq!(left(&scene), [(Window::Day, 1); 4]);
    assert_eq!(scene.say_at(86_400, &["help"]).len(), 1);
    scene.is_replayed();
}

#[test]
fn o9_of_one_batch_as_many_are_answered_as_there_is_room_for() {
    let mut scene = limited();
    let said = scene.say(&["help", "stock ABC123", "help", "help", "stock ABC123"]);
    assert_eq!(said.len(), 4, "{said:?}");
    // They are told at once: what is answered takes longer.
    assert!(
        said[0].starts_with("Sorry, that's more messages"),
        "{said:?}"
    );
    assert!(said[2].starts_with("*Blue widget*"), "{said:?}");
    assert_eq!(left(&scene), [(Window::Minute, 2)]);
    scene.is_replayed();
}

#[test]
fn o9_no_model_is_asked_about_what_is_too_much_and_a_question_stays_open() {
    let mut scene = limited();
    let general = super::thoughts::row(crate::agent::AgentKind::General, &["check_inventory"]);
    scene.agent.agents = [(general.kind, general)].into();
    scene.say(&["help", "help", "stock"]);
    assert!(scene.thread.head.fold.pending.is_some());
    let said = scene.say(&["what do you think of the weather?", "and of me?"]);
    assert_eq!(said.len(), 1, "{said:?}");
    assert_eq!(scene.asked, []);
    assert!(scene.thread.head.fold.pending.is_some());
    let said = scene.say_at(60, &["ABC123"]);
    assert!(said[0].starts_with("*Blue widget*"), "{said:?}");
    scene.is_replayed();
}

#[test]
fn o9_decisions_tasks_and_operators_acts_are_never_too_many() {
    let mut scene = limited();
    let output = scene.drafted();
    scene.say(&["help", "help", "help", "help"]);
    scene.decide(output, approved());
    assert_eq!(scene.thread.head.fold.running, [carry_out_call(output)]);
    assert!(scene.launch("1", "stock ABC123")[0].starts_with("*Blue widget*"));
    scene.control(ControlAction::Pause);
    scene.control(ControlAction::Resume);
    assert_eq!(left(&scene), [(Window::Minute, 2)]);
    scene.is_replayed();
}

#[test]
fn o9_without_limits_everything_is_answered() {
    let mut scene = Scene::new(Role::Customer);
    for _ in 0..150 {
        assert_eq!(scene.say(&["help"]).len(), 1);
    }
    assert_eq!(left(&scene), []);
}

/// Clocks of two functions differ: what seems to come before the window is in it.
#[test]
fn o9_a_clock_that_is_behind_gains_nobody_a_window() {
    let mut scene = limited();
    for second in [5, 4, 3] {
        assert_eq!(scene.say_at(second, &["help"]).len(), 1);
    }
    let said = scene.say_at(6, &["help"]);
    assert!(said[0].starts_with("Sorry, that's more"), "{said:?}");
}

/// Off and on again, and again: each takes effect, and not each is confirmed.
#[test]
fn w5_o9_who_opts_out_and_in_in_turn_is_told_no_more_often_than_others() {
    let nothing: [String; 0] = [];
    let mut scene = limited();
    scene.agent.limits.per_day = 0;
    for (second, word) in [(0, "STOP"), (1, "START"), (2, "STOP")] {
        assert_eq!(scene.say_at(second, &[word]).len(), 1, "{word}");
    }
    let said = scene.say_at(3, &["START"]);
    assert_eq!(said.len(), 1);
    assert!(
        said[0].starts_with("Sorry, that's more messages"),
        "{said:?}"
    );
    assert!(scene.thread.head.fold.opted.is_in());
    for second in 4..50 {
        assert_eq!(scene.say_at(second, &["STOP"]), nothing);
        assert!(!scene.thread.head.fold.opted.is_in());
        assert_eq!(scene.say_at(second, &["START"]), nothing);
        assert!(scene.thread.head.fold.opted.is_in());
    }
    assert_eq!(scene.say_at(50, &["STOP", "START", "STOP"]), nothing);
    assert!(!scene.thread.head.fold.opted.is_in());
    assert_eq!(scene.thread.head.fold.open, []);
    // In the next minute they are told again, and who wrote too much before they first ask is, too.
    let said = scene.say_at(61, &["START"]);
    assert!(said[0].starts_with("Welcome back"), "{said:?}");
    scene.say_at(62, &["help", "help"]);
    scene.is_replayed();

    let mut scene = limited();
    scene.say_at(0, &["help", "help", "help", "help"]);
    let said = scene.say_at(1, &["STOP"]);
    assert!(said[0].starts_with("You won't get any more"), "{said:?}");
    scene.is_replayed();
}
