//! given what a model answers → when stepped → then this.

mod agents;
mod captions;
mod heard;
mod kinds;
mod limits;
mod long;
mod questions;
mod refused;
mod streamed;
mod unanswered;

use serde_json::{Value, json};

use super::*;
use crate::{
    agent::{AgentKind, AgentRow},
    event::{Failing, Recipient},
    model::{Ended, Usage, Wanted},
    thread::Models,
};

pub(super) fn row(kind: AgentKind, tools: &[&str]) -> AgentRow {
    AgentRow {
        name: kind.as_str().to_owned(),
        kind,
        description: format!("The {} agent.", kind.as_str()),
        instructions: "Help.".into(),
        model: model(),
        small_model: "openai:gpt-4o-mini".parse().unwrap(),
        fallback: None,
        temperature: 0.7,
        max_tokens: 1000,
        tools: tools.iter().map(|tool| (*tool).to_owned()).collect(),
        sight: crate::agent::Sight::Known,
        enabled: true,
        metadata: BTreeMap::new(),
    }
}

/// A company with one agent.
fn one() -> Scene {
    with(&[row(
        AgentKind::General,
        &["check_inventory", "view_alerts", "generate_report"],
    )])
}

fn with(rows: &[AgentRow]) -> Scene {
    let mut scene = Scene::new(Role::Staff);
    scene.agent.agents = rows.iter().map(|row| (row.kind, row.clone())).collect();
    scene
}

pub(super) fn text(text: &str) -> Answer {
    Answer {
        text: text.to_owned(),
        calls: vec![],
        ended: Ended::Done,
        usage: Usage::default(),
    }
}

pub(super) fn calls(calls: &[(&str, Value)]) -> Answer {
    let calls = calls.iter().map(|(tool, arguments)| Wanted {
        tool: (*tool).to_owned(),
        arguments: arguments.clone(),
    });
    Answer {
        calls: calls.collect(),
        ..text("")
    }
}

impl Scene {
    pub(super) fn answer(mut self, answers: &[Answer]) -> Self {
        self.answers = answers.iter().cloned().collect();
        self
    }

    /// A turn that takes this in, up to where a model is asked.
    pub(super) fn asks(&mut self, text: &str) -> (Turn, Ask, Moment) {
        let message = self.message(Content::Text { body: text.into() });
        let mut turn = Turn::on(self.thread.clone());
        turn.take_in(&message);
        let moment = Moment {
            now: now(),
            role: self.role,
        };
        let Step::Ask(ask) = step(turn.thread(), &self.agent, moment) else {
            panic!("not asked");
        };
        (turn, ask, moment)
    }

    /// The errors that the thread shows a model.
    fn errors(&self) -> Vec<(String, Option<Failing>)> {
        let events = self.thread.events.iter();
        events
            .filter_map(|event| match &event.data {
                EventData::Error { detail, of, .. } => Some((detail.clone(), of.clone())),
                _ => None,
            })
            .collect()
    }

    fn hand_overs(&self) -> Vec<(AgentKind, Recipient)> {
        let events = self.thread.events.iter();
        events
            .filter_map(|event| match &event.data {
                EventData::HandOver { from, to, .. } => Some((*from, *to)),
                _ => None,
            })
            .collect()
    }
}

#[test]
fn a3_a_model_looks_something_up_and_answers() {
    let mut scene = one().answer(&[
        calls(&[("check_inventory", json!({"sku": "ABC123"}))]),
        text("Two boxes in Kigali."),
    ]);
    assert_eq!(
        scene.say(&["do we still have those blue ones?"]),
        ["Two boxes in Kigali."]
    );
    assert_eq!(scene.thread.head.fold.open, []);
    assert_eq!(scene.thread.head.fold.chosen, []);
    let about: Vec<usize> = scene.asked.iter().map(|ask| ask.about.len()).collect();
    let seen: Vec<usize> = scene.asked.iter().map(|ask| ask.seen.len()).collect();
    assert_eq!((about, seen), (vec![1, 1], vec![0, 1]));
    assert_eq!(scene.thread.head.counts.cost, MicroUsd(2_000));
}

#[test]
fn a3_a_clear_command_needs_no_model() {
    let mut scene = one();
    assert!(scene.say(&["stock ABC123"])[0].starts_with("*Blue widget*"));
    assert_eq!(scene.asked, []);
}

#[test]
fn a3_two_calls_at_once_are_both_made_before_it_is_asked_again() {
    let mut scene = one().answer(&[
        calls(&[
            ("check_inventory", json!({"sku": "ABC123"})),
            ("view_alerts", json!({})),
        ]),
        text("Done."),
    ]);
    assert_eq!(
        scene.say(&["how are we doing with the blue ones"]),
        ["Done."]
    );
    assert_eq!(scene.asked[1].seen.len(), 2);
}

/// A pause between choosing and running: what runs after is the recorded call, and nobody is asked
/// again.
#[test]
fn a3_a_pause_before_a_call_runs_that_call_after() {
    let mut scene = one().answer(&[
        calls(&[("check_inventory", json!({"sku": "ABC123"}))]),
        text("Two boxes."),
    ]);
    // The crash or pause comes right after the answer was committed.
    let (mut turn, ask, moment) = scene.asks("are the blue ones in?");
    let answer = scene.answers.pop_front().unwrap();
    turn.record(ask.answered(model(), answer, MicroUsd(1)), now());
    let Step::Record(planned) = step(turn.thread(), &scene.agent, moment) else {
        panic!("nothing chosen");
    };
    planned
        .into_iter()
        .for_each(|planned| turn.record(planned, now()));
    let thread = turn.thread().clone();
    let sealed = turn
        .seal(Correlation("c".into()), now(), || Salt("00".into()))
        .unwrap();
    scene.thread = Thread {
        head: sealed.head,
        events: thread.events,
    };
    assert_eq!(scene.control(ControlAction::Pause), [] as [String; 0]);
    assert_eq!(scene.thread.head.fold.chosen.len(), 1);
    let asked = scene.asked.len();
    assert_eq!(scene.control(ControlAction::Resume), ["Two boxes."]);
    // Only once more: for what follows from the call's result.
    assert_eq!(scene.asked.len(), asked + 1);
}

#[test]
fn a3_what_is_written_meanwhile_is_answered_with_the_rest() {
    let mut scene = one().answer(&[text("Both.")]);
    scene.control(ControlAction::Pause);
    scene.say(&["are the blue ones in?"]);
    scene.say(&["and the red ones?"]);
    assert_eq!(scene.control(ControlAction::Resume), ["Both."]);
    assert_eq!(scene.asked[0].about.len(), 2);
}

#[test]
fn a3_a_report_of_a_model_waits_for_a_decision_like_any_other() {
    let report = json!({"kind": "sales", "from": "2026-11-09", "to": "2026-11-15"});
    let mut scene = one().answer(&[calls(&[("generate_report", report)])]);
    let said = scene.say(&["could I get the figures of the week before, please"]);
    assert_eq!(said.len(), 1);
    assert!(
        said[0].starts_with("I'm preparing the sales report"),
        "{said:?}"
    );
    let call = scene.thread.head.fold.running[0];
    let said = scene.happens(Cause::Execution(ExecutionReport {
        thread: scene.thread.head.thread,
        call,
        result: ExecutionResult::Drafted {
            asks: None,
            document: document(),
            rows: document(),
        },
    }));
    assert!(said[0].contains("as soon as Grace approves"), "{said:?}");
    assert_eq!(scene.thread.head.fold.awaiting.len(), 1);
    assert_eq!(scene.asked.len(), 1);
}

#[test]
fn a3_a_thread_is_decided_anew_from_its_record_and_comes_out_the_same() {
    let rows = [AgentKind::Triage, AgentKind::Shop, AgentKind::General]
        .map(|kind| row(kind, &["check_inventory", "view_alerts", "generate_report"]));
    let report = json!({"kind": "sales", "from": "2026-11-09", "to": "2026-11-15"});
    let mut scene = with(&rows).answer(&[
        text("shop"),
        calls(&[
            ("check_inventory", json!({"sku": "ABC123"})),
            ("view_alerts", json!({"colour": "red"})),
        ]),
        text("Two boxes."),
        calls(&[
            ("generate_report", report.clone()),
            ("hand_over", json!({})),
        ]),
        calls(&[("generate_report", report)]),
    ]);
    scene.say(&["blue ones?", "stock ABC123"]);
    scene.say(&["could I get the figures, please"]);
    let output = scene.drafted();
    scene.decide(output, approved());
    scene.control(ControlAction::Pause);
    scene.say(&["hello my friend, are you there"]);
    scene.control(ControlAction::Resume);
    let errors = scene.errors();
    let failed: Vec<_> = errors
        .iter()
        .rev()
        .filter_map(|(_, of)| of.as_ref())
        .collect();
    assert_eq!(failed[..2], [&Failing::Unanswered, &Failing::Model]);
    scene.is_replayed();

    // Another answer then would have been another decision.
    let Some(commit) = scene
        .chain
        .iter_mut()
        .find(|commit| !commit.outbox.is_empty())
    else {
        panic!("nothing was said");
    };
    let bodies = commit
        .events
        .iter_mut()
        .filter_map(|event| event.body.as_mut());
    for body in bodies.filter(|body| body.event["type"] == "agent_message") {
        body.event["data"]["body"]["text"] = "Refunded.".into();
    }
    let diverged = replay::replay(
        scene.thread.head.before_first(),
        &scene.chain,
        &scene.agent,
        scene.role,
    );
    let error = diverged.unwrap_err().to_string();
    assert!(
        error.contains("commit 1: decided anew") && error.contains("Refunded."),
        "{error}"
    );
}

#[test]
fn a3_a_thread_is_forked_at_any_event() {
    let mut scene = one().answer(&[
        calls(&[("check_inventory", json!({"sku": "ABC123"}))]),
        text("Two boxes."),
        text("Welcome."),
    ]);
    scene.say(&["blue ones?"]);
    scene.say(&["thanks a lot my friend"]);
    let events: Vec<Event> = scene
        .chain
        .iter()
        .flat_map(|c| c.events().unwrap())
        .collect();
    for (index, event) in events.iter().enumerate() {
        let fork = replay::fork(scene.thread.head.before_first(), &scene.chain, event.id).unwrap();
        assert_eq!(fork.events, events[..=index]);
    }
    // Another model goes on from what was found.
    let found = events
        .iter()
        .find(|event| matches!(event.data, EventData::ToolResult { .. }));
    let fork = replay::fork(
        scene.thread.head.before_first(),
        &scene.chain,
        found.unwrap().id,
    )
    .unwrap();
    let moment = Moment {
        now: now(),
        role: scene.role,
    };
    let Step::Ask(ask) = step(&fork, &scene.agent, moment) else {
        panic!("nobody is asked");
    };
    assert_eq!((ask.about.len(), ask.seen.len()), (1, 1));
    let unknown = replay::fork(
        scene.thread.head.before_first(),
        &scene.chain,
        EventId::derived("x"),
    );
    assert!(matches!(unknown, Err(replay::Stuck::NoSuchEvent(_))));
}
