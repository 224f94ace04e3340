//! A8: a model asks a colleague, and goes on from what they say.

use super::*;
use crate::{
    policy::{Asking, Policy, Rule, Then},
    question::{AnswerFormat, Question},
    thread::MOST_OPEN,
};

const WISH: &str = "could you keep two of the blue ones for me?";
const ASKING: &str = "I'm asking a colleague, who has until 14:00 to answer. I'll write to you as \
                      soon as I know more.";

fn asks(question: &str) -> Answer {
    calls(&[("ask_colleague", json!({"question": question}))])
}

/// A company whose one agent can ask.
fn asking() -> Scene {
    with(&[row(
        AgentKind::General,
        &["check_inventory", "generate_report", "ask_colleague"],
    )])
}

fn answered(answer: &str) -> Decision {
    Decision::Answered {
        by: "Grace".into(),
        at: now(),
        answer: answer.into(),
    }
}

impl Scene {
    /// What is waited for, oldest first.
    fn waiting(&self) -> Vec<OutputId> {
        let awaiting = self.thread.head.fold.awaiting.iter();
        awaiting.map(|it| it.output).collect()
    }

    fn questions(&self) -> Vec<(Question, Timestamp, String)> {
        let events = self.thread.events.iter();
        events
            .filter_map(|event| match &event.data {
                EventData::HumanRequest { act, approver, .. } => {
                    Some((act.question()?.clone(), act.deadline, approver.clone()))
                }
                _ => None,
            })
            .collect()
    }

    /// Whether anything was ordered.
    fn ordered(&self) -> usize {
        let events = self.thread.events.iter();
        let ordered = events.filter(|event| matches!(event.data, EventData::ToolCall { .. }));
        ordered.count()
    }
}

#[test]
fn a8_a_colleague_is_asked_and_their_answer_is_gone_on_from() {
    let question = json!({"question": "May two be kept?", "format": "yes_no"});
    let mut scene = asking().answer(&[
        calls(&[("ask_colleague", question)]),
        text("Yes, we keep them for you."),
    ]);
    assert_eq!(scene.say(&[WISH]), [ASKING]);
    let asked = scene.questions();
    assert_eq!(asked.len(), 1);
    assert_eq!(asked[0].0.format, AnswerFormat::YesNo);
    assert_eq!(asked[0].1, "2026-11-20T14:00:00Z".parse().unwrap());
    assert_eq!(asked[0].2, "Grace");
    assert_eq!(scene.thread.head.fold.open, []);
    let outbox = &scene.last.as_ref().unwrap().outbox;
    assert!(
        matches!(
            outbox[..],
            [
                Effect::AskApprover { event: asked },
                Effect::CallWebhook { event: called },
                Effect::Send { .. }
            ] if asked == called
        ),
        "{outbox:?}"
    );
    let output = scene.waiting()[0];
    let said = scene.decide(output, answered("yes"));
    assert_eq!(said, ["Yes, we keep them for you."]);
    assert_eq!(scene.waiting(), []);
    assert_eq!(scene.ordered(), 0, "nothing is ever carried out");
    let last = scene.asked.last().unwrap();
    assert_eq!((last.about.len(), last.seen.len()), (1, 0));
}

#[test]
fn a8_declined_or_expired_the_model_goes_on_as_well() {
    for decision in [
        Decision::Rejected {
            by: "Grace".into(),
            at: now(),
            reason: Some("I don't know".into()),
        },
        Decision::Expired { at: now() },
    ] {
        let mut scene = asking().answer(&[asks("May two be kept?"), text("I can't tell.")]);
        scene.say(&[WISH]);
        let output = scene.waiting()[0];
        assert_eq!(scene.decide(output, decision), ["I can't tell."]);
        assert_eq!(scene.waiting(), []);
    }
}

#[test]
fn a8_without_a_model_by_then_the_colleague_is_quoted() {
    let rejected = |reason: Option<&str>| Decision::Rejected {
        by: "Grace".into(),
        at: now(),
        reason: reason.map(str::to_owned),
    };
    for (decision, expect) in [
        (
            answered("Until Friday."),
            "I asked a colleague. Grace answered: Until Friday.",
        ),
        (
            rejected(Some("Ask the shop.")),
            "Sorry, Grace could not answer what I asked: Ask the shop.\nPlease ask again, or write \
             *help* to see what I can do.",
        ),
        (
            rejected(None),
            "Sorry, Grace could not answer what I asked. Please ask again, or write *help* to see \
             what I can do.",
        ),
        (
            Decision::Expired { at: now() },
            "Sorry, no colleague answered what I asked in time. Please ask again, or write *help* \
             to see what I can do.",
        ),
    ] {
        let mut scene = asking().answer(&[asks("May two be kept?")]);
        scene.say(&[WISH]);
        scene.agent.agents.clear();
        let output = scene.waiting()[0];
        assert_eq!(scene.decide(output, decision), [expect]);
        assert_eq!(scene.waiting(), []);
        assert_eq!(scene.thread.head.fold.open, []);
    }
}

/// Its answer is of no use, or the model's calls are: the colleague's words are not lost.
#[test]
fn a8_what_a_model_makes_nothing_of_is_told_all_the_same() {
    let mut scene = asking().answer(&[
        asks("May two be kept?"),
        calls(&[("dance", json!({}))]),
        text(""),
        text("They are kept."),
    ]);
    scene.say(&[WISH]);
    let output = scene.waiting()[0];
    assert_eq!(scene.decide(output, answered("yes")), ["They are kept."]);

    let none = text("");
    let mut scene = asking().answer(&[asks("Until?"), none.clone(), none.clone(), none]);
    scene.say(&[WISH]);
    let output = scene.waiting()[0];
    let said = scene.decide(output, answered("Until Friday."));
    assert_eq!(said, ["I asked a colleague. Grace answered: Until Friday."]);
    assert_eq!(scene.thread.head.fold.open, []);
}

/// What failed in the hours before does not keep a model from going on.
#[test]
fn a8_models_that_failed_meanwhile_are_asked_again() {
    let mut scene = asking().answer(&[asks("May two be kept?"), text("Yes.")]);
    scene.say(&[WISH]);
    scene.thread.head.fold.attempt.models = Models::Failed;
    let output = scene.waiting()[0];
    assert_eq!(scene.decide(output, answered("yes")), ["Yes."]);
}

#[test]
fn a8_a_customer_who_writes_meanwhile_is_answered_and_the_question_waits() {
    let mut scene = asking().answer(&[
        asks("May two be kept?"),
        text("I'm still waiting."),
        text("Yes."),
    ]);
    scene.say(&[WISH]);
    assert_eq!(scene.say(&["any news of that?"]), ["I'm still waiting."]);
    let output = scene.waiting()[0];
    assert_eq!(scene.decide(output, answered("yes")), ["Yes."]);
}

#[test]
fn a8_several_questions_wait_at_once_and_each_is_answered_once() {
    let both = calls(&[
        ("ask_colleague", json!({"question": "May two be kept?"})),
        (
            "ask_colleague",
            json!({"question": "Are they open on Sunday?", "urgency": "high"}),
        ),
        ("ask_colleague", json!({"question": "may two  be kept?"})),
    ]);
    let mut scene = asking().answer(&[both, text("Yes, kept."), text("And open.")]);
    assert_eq!(scene.say(&[WISH]), [ASKING], "the later of both times");
    let outputs = scene.waiting();
    assert_eq!(outputs.len(), 2, "what is said twice is asked once");
    assert_eq!(scene.decide(outputs[1], answered("yes")), ["Yes, kept."]);
    assert_eq!(scene.decide(outputs[0], answered("yes")), ["And open."]);
    // It is told again after a crash; nothing follows from it a second time.
    let none: [String; 0] = [];
    assert_eq!(scene.decide(outputs[0], answered("no")), none);
    assert_eq!(scene.ordered(), 0);
}

#[test]
fn a8_what_is_under_way_is_not_asked_again_and_a_message_has_its_measure() {
    let mut scene = asking().answer(&[
        asks("May two be kept?"),
        asks("MAY two be kept?"),
        text("I have asked already."),
    ]);
    scene.say(&[WISH]);
    let said = scene.say(&["could you please ask them?"]);
    assert_eq!(said, ["I have asked already."]);
    assert!(scene.errors()[0].0.contains("is asked that already"));

    let mut scene = asking().answer(&[
        asks("one?"),
        asks("two?"),
        asks("three?"),
        asks("four?"),
        text("I don't know."),
    ]);
    scene.say(&[WISH]);
    for _ in 0..2 {
        let output = scene.waiting()[0];
        scene.decide(output, Decision::Expired { at: now() });
    }
    let output = scene.waiting()[0];
    let said = scene.decide(output, Decision::Expired { at: now() });
    assert_eq!(said, ["I don't know."]);
    assert!(scene.errors()[0].0.starts_with("3 questions were asked"));
}

#[test]
fn a8_a_question_beside_a_look_is_not_asked_and_beside_a_report_it_is() {
    let look = ("check_inventory", json!({"sku": "ABC123"}));
    let ask = ("ask_colleague", json!({"question": "May two be kept?"}));
    let report = json!({"kind": "sales", "from": "2026-11-09", "to": "2026-11-15"});
    let mut scene = asking().answer(&[calls(&[look, ask.clone()]), text("Two.")]);
    assert_eq!(scene.say(&[WISH]), ["Two."]);
    assert_eq!(scene.questions(), []);
    assert!(scene.errors()[0].0.starts_with("nobody was asked"));

    let mut scene = asking().answer(&[calls(&[("generate_report", report), ask])]);
    let said = scene.say(&["the figures of last week, and keep two for me"]);
    assert_eq!(said.len(), 1);
    assert!(said[0].starts_with("I'm preparing") && said[0].ends_with(ASKING));
    assert_eq!(scene.questions().len(), 1);
}

#[test]
fn a8_rules_say_whether_whom_and_how_long() {
    let ruled = |then: Then| {
        let rule = Rule {
            name: "questions".into(),
            when: "tool == 'ask_colleague' && args.urgency == 'normal'".into(),
            then,
        };
        let mut scene = asking().answer(&[asks("May two be kept?"), text("I may not ask.")]);
        scene.agent.policy = Policy::parse(&[rule]).unwrap();
        scene.agent.approvers = vec![Approver {
            name: "Jean".into(),
            address: "+250788000101".parse().unwrap(),
        }];
        let said = scene.say(&[WISH]);
        (scene, said)
    };
    let because = "Nobody is there this week.".to_owned();
    let (scene, said) = ruled(Then::Deny { because });
    assert_eq!(said, ["I may not ask."]);
    assert_eq!(scene.questions(), []);
    assert!(scene.errors()[0].0.contains("Nobody is there this week."));

    let (scene, said) = ruled(Then::Allow);
    assert_eq!(said, [ASKING]);
    assert_eq!(scene.questions()[0].2, "Grace");

    let asking = |whom: &str| {
        Then::Ask(Asking {
            whom: vec![whom.into()],
            how_many: 1,
            hours: Some(2),
        })
    };
    let (scene, said) = ruled(asking("Jean"));
    assert!(said[0].contains("until 12:00"), "{said:?}");
    let (_, until, whom) = scene.questions().remove(0);
    assert_eq!(until, "2026-11-20T12:00:00Z".parse().unwrap());
    assert_eq!(whom, "Jean");

    let (scene, said) = ruled(asking("Nobody We Know"));
    assert_eq!(said, ["I may not ask."]);
    assert_eq!(scene.questions(), []);
}

/// The state table never lets it come to that; the thread does not either.
#[test]
fn a8_no_decision_on_a_question_carries_anything_out() {
    let approved = Decision::Approved {
        by: "Grace".into(),
        at: now(),
    };
    let mut scene = asking().answer(&[asks("May two be kept?"), text("Well.")]);
    scene.say(&[WISH]);
    let output = scene.waiting()[0];
    scene.decide(output, approved.clone());
    scene.decide(output, approved);
    assert_eq!(scene.ordered(), 0);

    // And the reverse: an answer to a report sends none.
    let mut scene = Scene::new(Role::Customer);
    let output = scene.drafted();
    let before = scene.ordered();
    let none: [String; 0] = [];
    assert_eq!(scene.decide(output, answered("approved, send it")), none);
    assert_eq!(scene.ordered(), before);
    assert_eq!(scene.waiting(), [output], "it still waits");
}

#[test]
fn a8_a_paused_thread_takes_the_answer_in_and_goes_on_once_resumed() {
    let mut scene = asking().answer(&[asks("May two be kept?"), text("Yes.")]);
    scene.say(&[WISH]);
    scene.control(ControlAction::Takeover);
    let output = scene.waiting()[0];
    let none: [String; 0] = [];
    assert_eq!(scene.decide(output, answered("yes")), none);
    assert_eq!(scene.control(ControlAction::Resume), ["Yes."]);
}

/// Invariant 2, and what is open of them can be found by its commit.
#[test]
fn a8_the_head_is_bounded_whatever_is_asked() {
    let mut scene = asking();
    for n in 0..MOST_OPEN {
        scene = scene.answer(&[asks(&format!("{n} {}", "x".repeat(490)))]);
        scene.say(&[WISH]);
    }
    scene = scene.answer(&[asks("one more?"), text("There is too much.")]);
    assert_eq!(scene.say(&[WISH]), ["There is too much."]);
    assert!(scene.errors()[0].0.contains("too much is under way"));
    let commits: Vec<u64> = scene
        .thread
        .head
        .fold
        .awaiting
        .iter()
        .map(|it| it.commit)
        .collect();
    scene.control(ControlAction::Pause);
    for output in scene.waiting() {
        scene.decide(output, answered("yes"));
    }
    let open = &scene.thread.head.fold.open;
    let asked: Vec<u64> = open.iter().filter_map(|open| open.asked).collect();
    assert_eq!(asked, commits);
    for n in 0..50 {
        scene.say(&[&format!("are you there? {n}")]);
    }
    let size = serde_json::to_string(&scene.thread.head).unwrap().len();
    assert!(size <= 4096, "{size} bytes");
}

#[test]
fn a8_nobody_is_asked_what_they_want_to_know_themselves() {
    let mut scene = asking().answer(&[asks("May two be kept?"), text("May I keep two?")]);
    scene.thread.head.sender = scene.agent.approver.address.clone();
    assert_eq!(scene.say(&[WISH]), ["May I keep two?"]);
    assert_eq!(scene.waiting(), []);
}

/// The answer is the customer's, and the task, which waits for room, is not.
#[test]
fn a8_a9_an_answer_does_not_deal_with_a_task_that_waits() {
    let question = |n: usize| asks(&format!("May {n} be kept?"));
    let mut scene = asking();
    scene.answers = (0..MOST_OPEN).map(question).collect();
    for _ in 0..MOST_OPEN {
        scene.say(&[WISH]);
    }
    scene.launch("1", "sales report for last week");
    assert_eq!(scene.thread.head.fold.open.len(), 1);
    scene.answers = [text("Yes, they are kept.")].into();
    let output = scene.waiting()[0];
    assert_eq!(
        scene.decide(output, answered("yes")),
        ["Yes, they are kept."]
    );
    assert_eq!(scene.ordered(), 1, "there is room for it now");
    assert_eq!(scene.thread.head.fold.open, []);
}

#[test]
fn a8_a9_an_answer_and_a_task_are_dealt_with_one_after_the_other() {
    let mut scene = asking().answer(&[asks("May two be kept?")]);
    scene.say(&[WISH]);
    let output = scene.waiting()[0];
    scene.control(ControlAction::Pause);
    scene.decide(output, answered("yes"));
    scene.launch("1", "tell them that the shelf is there");
    scene.answers = [text("They are kept."), text("The shelf is there.")].into();
    let said = scene.control(ControlAction::Resume);
    assert_eq!(said, ["They are kept.", "The shelf is there."]);
}
