//! given that the customer asked to be sent nothing → when stepped → then nothing is said.

use super::*;
use crate::{
    event::Failing,
    limits::Because,
    model::{Ended, Usage},
    opt_out::Opted,
};

fn opted(scene: &Scene) -> Vec<Opted> {
    let events = scene
        .chain
        .iter()
        .flat_map(|commit| commit.events().unwrap());
    events
        .filter_map(|event| match event.data {
            EventData::Opted { way, .. } => Some(way),
            _ => None,
        })
        .collect()
}

fn silent() -> [String; 0] {
    []
}

#[test]
fn w5_who_opts_out_is_told_once_and_then_nothing_until_they_opt_in() {
    let mut scene = Scene::new(Role::Customer);
    assert_eq!(
        scene.say(&["STOP"]),
        ["You won't get any more messages from Acme here. Write *START* if you want them again."]
    );
    for text in ["stop", "stock ABC123", "help", "hello?"] {
        assert_eq!(scene.say(&[text]), silent(), "{text}");
        assert_eq!(scene.outbox(), []);
    }
    assert_eq!(scene.thread.head.fold.open, []);
    let said = scene.say(&["what now", "Start!", "stock ABC123"]);
    assert!(said[0].starts_with("Welcome back to Acme."), "{said:?}");
    assert!(said[1].starts_with("*Blue widget*"), "{said:?}");
    assert_eq!(said.len(), 2);
    assert_eq!(opted(&scene), [Opted::Out, Opted::In]);
    // Now it is a word like others.
    let said = scene.say(&["start"]);
    assert!(said[0].starts_with("Sorry, I didn't get that."), "{said:?}");
    scene.is_replayed();
}

#[test]
fn w5_what_came_with_it_is_not_answered_and_a_question_is_over() {
    let mut scene = Scene::new(Role::Customer);
    scene.say(&["stock"]);
    assert!(scene.thread.head.fold.pending.is_some());
    let said = scene.say(&["help", "stop", "stock ABC123"]);
    assert_eq!(said.len(), 1, "{said:?}");
    assert_eq!(scene.thread.head.fold.pending, None);
    assert_eq!(opted(&scene), [Opted::Out]);
    scene.is_replayed();
}

/// "stop ABC123" is somebody's command, not a wish to hear nothing.
#[test]
fn w5_only_the_word_alone_counts() {
    let mut scene = Scene::new(Role::Customer);
    for text in ["stop ABC123", "please stop the delivery", "stop agents"] {
        assert_eq!(scene.say(&[text]).len(), 1);
    }
    assert_eq!(opted(&scene), []);
}

#[test]
fn w5_it_counts_while_a_person_has_the_conversation_and_however_much_was_written() {
    let mut scene = Scene::new(Role::Customer);
    scene.agent.limits.per_minute = 1;
    scene.say(&["help"]);
    scene.control(ControlAction::Takeover);
    assert_eq!(scene.say(&["help"]), silent());
    let said = scene.say(&["unsubscribe"]);
    assert!(said[0].starts_with("You won't get any more"), "{said:?}");
    scene.control(ControlAction::Resume);
    assert_eq!(scene.thread.head.fold.open, []);
    assert_eq!(opted(&scene), [Opted::Out]);
    scene.is_replayed();
}

#[test]
fn w5_a_task_for_whoever_opted_out_is_an_error_for_operators() {
    let mut scene = Scene::new(Role::Customer);
    scene.say(&["stop"]);
    assert_eq!(scene.launch("1", "stock ABC123"), silent());
    let details: Vec<&str> = scene
        .thread
        .events
        .iter()
        .filter_map(|event| match &event.data {
            EventData::Error {
                detail,
                of: Some(Failing::Launch),
                ..
            } => Some(detail.as_str()),
            _ => None,
        })
        .collect();
    assert_eq!(
        details,
        ["what the company wanted done was not: the customer asked to be sent nothing"]
    );
    assert_eq!(scene.thread.head.fold.open, []);
    assert_eq!(scene.outbox(), []);
    scene.is_replayed();
}

#[test]
fn w5_nobody_is_asked_to_approve_what_is_not_sent() {
    let mut scene = Scene::new(Role::Customer);
    scene.say(&["sales report for last week"]);
    scene.say(&["stop"]);
    let call = scene.thread.head.fold.running[0];
    let drafted = ExecutionResult::Drafted {
        asks: None,
        document: document(),
        rows: document(),
    };
    let report = ExecutionReport {
        thread: scene.thread.head.thread,
        call,
        result: drafted,
    };
    assert_eq!(scene.happens(Cause::Execution(report)), silent());
    assert_eq!(scene.outbox(), []);
    assert_eq!(scene.thread.head.fold.awaiting, []);
    scene.is_replayed();
}

#[test]
fn w5_a_document_that_was_released_is_not_sent_and_nothing_waits_for_it() {
    let mut scene = Scene::new(Role::Customer);
    let output = scene.drafted();
    let digest = scene.thread.head.fold.awaiting[0].digest;
    scene.say(&["stop"]);
    scene.decide(output, approved());
    let released = ExecutionResult::Released {
        output,
        version: 1,
        digest,
    };
    let report = ExecutionReport {
        thread: scene.thread.head.thread,
        call: carry_out_call(output),
        result: released,
    };
    assert_eq!(scene.happens(Cause::Execution(report)), silent());
    let fold = &scene.thread.head.fold;
    assert!(fold.awaiting.is_empty() && fold.open.is_empty(), "{fold:?}");
    let last = &scene.thread.events.last().unwrap().data;
    let expect = EventData::Unanswered {
        because: Because::OptedOut,
        output: Some(output),
    };
    assert_eq!(*last, expect);
    scene.is_replayed();
}

#[test]
fn w5_what_a_model_thought_for_whoever_opted_out_meanwhile_is_not_said() {
    let mut scene = Scene::new(Role::Customer);
    let general = super::thoughts::row(crate::agent::AgentKind::General, &["check_inventory"]);
    scene.agent.agents = [(general.kind, general)].into();
    // A crash came after the answer was committed, and the customer wrote before it went on.
    let message = scene.message(Content::Text {
        body: "are you well today, dear friend?".into(),
    });
    let mut turn = Turn::on(scene.thread.clone());
    turn.take_in(&message);
    let moment = Moment {
        now: now(),
        role: scene.role,
    };
    let Step::Ask(ask) = step(turn.thread(), &scene.agent, moment) else {
        panic!("not asked");
    };
    let answer = Answer {
        text: "Quite well.".into(),
        calls: vec![],
        ended: Ended::Done,
        usage: Usage::default(),
    };
    turn.record(ask.answered(model(), answer, MicroUsd(5)), now());
    let sealed = turn
        .seal(Correlation("c".into()), now(), || Salt("00".into()))
        .unwrap();
    scene.thread.head = sealed.head;
    scene.thread.events = sealed.events;
    scene.chain.push(sealed.commit);
    let said = scene.say(&["stop"]);
    assert_eq!(said.len(), 1, "{said:?}");
    assert!(said[0].starts_with("You won't get any more"), "{said:?}");
    assert_eq!(scene.thread.head.fold.open, []);
}

#[test]
fn w5_a_companys_own_words_count() {
    let mut scene = Scene::new(Role::Customer);
    scene.agent.opt_words = crate::opt_out::OptWords::new(&["Tschüss".into()], &["Hallo".into()]);
    assert_eq!(scene.say(&["stop"]).len(), 1);
    assert_eq!(opted(&scene), []);
    scene.say(&["tschüss!"]);
    scene.say(&["hallo"]);
    assert_eq!(opted(&scene), [Opted::Out, Opted::In]);
    scene.is_replayed();
}
