//! An answer that leaves in parts while a model writes it.

use jiff::SignedDuration;

use super::*;
use crate::{
    event::AgentWords,
    prompt::may_stream,
    split::{MOST_CHARACTERS, MOST_MESSAGES},
    step::{Aloud, aloud},
    thread::MOST_PARTS,
};

const FIRST: &str = "Yes, we have a hundred and forty-three boxes of the blue ones.";
const SECOND: &str = "Most of them are in Kigali, and the others are in Musanze and in Huye.";
const THIRD: &str = "Come by.";

fn whole() -> String {
    format!("{FIRST} {SECOND} {THIRD}")
}

/// A turn in which a model is asked, as its words come in.
struct Talk {
    scene: Scene,
    turn: Turn,
    ask: Ask,
    moment: Moment,
    said: Vec<String>,
}

impl Talk {
    fn of(mut scene: Scene) -> Self {
        let (turn, ask, moment) = scene.asks("are the blue ones in, my friend?");
        Self {
            scene,
            turn,
            ask,
            moment,
            said: Vec::new(),
        }
    }

    fn new() -> Self {
        Self::of(one())
    }

    /// Words so far; so many seconds have passed since the words before.
    fn hears(&mut self, text: &str, seconds: i64) -> Option<String> {
        self.moment.now += SignedDuration::from_secs(seconds);
        let agent = &self.scene.agent;
        match aloud(self.turn.thread(), agent, &self.ask, text, self.moment.now) {
            Aloud::Waits => None,
            Aloud::Over(why) => Some(format!("over: {why}")),
            Aloud::Part(planned) => {
                let EventData::AgentMessage {
                    body: AgentWords::Part { text },
                    ..
                } = &planned.data
                else {
                    panic!("no part: {planned:?}");
                };
                assert_eq!(
                    (&planned.answers[..], planned.leaves),
                    (&[][..], &[Leaves::Message][..])
                );
                self.said.push(text.clone());
                let said = text.clone();
                self.turn.record(*planned, self.moment.now);
                Some(said)
            }
        }
    }

    /// The model is asked anew: it fell over, or the function did.
    fn asks_again(&mut self) {
        let step = step(self.turn.thread(), &self.scene.agent, self.moment);
        let Step::Ask(ask) = step else {
            panic!("not asked: {step:?}");
        };
        self.ask = ask;
    }

    /// The whole answer, and what is said of it then.
    fn answers(&mut self, answer: Answer) -> &[String] {
        let thought = self.ask.answered(model(), answer, MicroUsd(1));
        self.turn.record(thought, self.moment.now);
        self.rests()
    }

    fn rests(&mut self) -> &[String] {
        while let Step::Record(planned) = step(self.turn.thread(), &self.scene.agent, self.moment) {
            for planned in planned {
                if let EventData::AgentMessage {
                    body: AgentWords::Text { text },
                    ..
                } = &planned.data
                {
                    self.said.push(text.clone());
                }
                self.turn.record(planned, self.moment.now);
            }
        }
        &self.said
    }

    fn attempt(&self) -> &crate::thread::Attempt {
        &self.turn.thread().head.fold.attempt
    }
}

#[test]
fn o6_an_answer_leaves_in_parts_and_then_the_rest() {
    let mut talk = Talk::new();
    assert_eq!(talk.hears("Yes, we have", 1), None);
    assert_eq!(talk.hears(FIRST, 1), None);
    assert_eq!(
        talk.hears(&whole()[..FIRST.len() + 3], 1).as_deref(),
        Some(FIRST)
    );
    // Two to one person are six seconds apart.
    assert_eq!(talk.hears(&whole(), 5), None);
    assert_eq!(talk.hears(&whole(), 1).as_deref(), Some(SECOND));
    assert_eq!(talk.attempt().said.len(), 2);
    assert_eq!(talk.answers(text(&whole())), [FIRST, SECOND, THIRD]);
    assert_eq!(talk.attempt().said, [] as [u64; 0]);
    assert_eq!(talk.turn.thread().head.fold.open, []);
}

#[test]
fn o6_whoever_goes_on_repeats_nothing() {
    for goes_on in [
        format!("{SECOND} {THIRD}"),
        // Told to go on, some begin again.
        whole(),
    ] {
        let mut talk = Talk::new();
        talk.hears(&whole()[..FIRST.len() + 3], 1);
        talk.asks_again();
        assert_eq!(talk.ask.said, 1);
        assert_eq!(talk.hears(&whole()[..20], 9), None);
        assert_eq!(
            talk.hears(&goes_on[..goes_on.len() - 3], 9).as_deref(),
            Some(SECOND)
        );
        assert_eq!(talk.answers(text(&goes_on)), [FIRST, SECOND, THIRD]);
    }
}

/// What may be the beginning of what has left is waited for, however long its first sentences are.
#[test]
fn o6_a_beginning_that_comes_again_does_not_leave_again() {
    let mut talk = Talk::new();
    talk.hears(&whole()[..FIRST.len() + SECOND.len() + 4], 1);
    assert_eq!(talk.said, [format!("{FIRST} {SECOND}")]);
    talk.asks_again();
    assert_eq!(talk.hears(&whole()[..FIRST.len() + 5], 9), None);
    assert_eq!(
        talk.answers(text(&whole())),
        [format!("{FIRST} {SECOND}"), THIRD.to_owned()]
    );
}

#[test]
fn o6_an_answer_that_was_complete_needs_no_more_words() {
    let mut talk = Talk::new();
    talk.hears(&whole()[..FIRST.len() + 3], 1);
    talk.asks_again();
    assert_eq!(talk.answers(text(".")), [FIRST]);
    assert_eq!(talk.turn.thread().head.fold.open, []);
    assert_eq!(talk.attempt().said, [] as [u64; 0]);
}

#[test]
fn o6_what_is_written_meanwhile_is_answered_by_what_goes_on() {
    let mut talk = Talk::new();
    talk.hears(&whole()[..FIRST.len() + 3], 1);
    let more = talk.scene.message(Content::Text {
        body: "and are the red ones in as well?".into(),
    });
    talk.turn.take_in(&more);
    talk.asks_again();
    assert_eq!((talk.ask.about.len(), talk.ask.said), (2, 1));
    assert_eq!(talk.answers(text(SECOND)), [FIRST, SECOND]);
    assert_eq!(talk.turn.thread().head.fold.open, []);
}

#[test]
fn o6_words_before_a_call_stay_said_and_the_next_answer_is_another() {
    let mut talk = Talk::new();
    talk.hears(&whole()[..FIRST.len() + 3], 1);
    let called = Answer {
        text: whole(),
        ..calls(&[("check_inventory", json!({"sku": "ABC123"}))])
    };
    assert_eq!(talk.answers(called), [FIRST]);
    assert_eq!(talk.attempt().said, [] as [u64; 0]);
    let Step::Run { call, .. } = step(talk.turn.thread(), &talk.scene.agent, talk.moment) else {
        panic!("nothing runs");
    };
    talk.turn
        .found(call, talk.scene.found.clone(), talk.moment.now);
    talk.asks_again();
    assert_eq!(talk.ask.said, 0);
    assert_eq!(talk.answers(text("Two boxes.")), [FIRST, "Two boxes."]);
}

/// A long piece of our instructions is seen as one, though its parts are short.
#[test]
fn o10_instructions_do_not_slip_out_in_slices() {
    let secret = "Never sell below the purchase price that stands in the list of the week. Tell \
                  nobody of the list, and least of all what stands in it about other customers.";
    let mut scene = one();
    if let Some(row) = scene.agent.agents.get_mut(&AgentKind::General) {
        row.instructions = secret.to_owned();
    }
    let mut talk = Talk::of(scene);
    let answer = format!("{FIRST} {secret} {THIRD}");
    assert_eq!(
        talk.hears(&answer[..FIRST.len() + 3], 1).as_deref(),
        Some(FIRST)
    );
    let first = FIRST.len() + 1 + secret.find('.').unwrap() + 1;
    let slice = talk.hears(&answer[..first + 80], 9).unwrap();
    assert!(slice.starts_with("over: it may not be said"), "{slice}");
    talk.answers(text(&answer));
    assert_eq!(talk.said, [FIRST]);
    // As ever, another answer is asked for, and goes on from what has left.
    talk.asks_again();
    assert_eq!((talk.ask.said, talk.attempt().useless), (1, 1));
    assert_eq!(talk.answers(text(THIRD)), [FIRST, THIRD]);
}

#[test]
fn o10_numbers_of_others_are_taken_out_of_parts_as_well() {
    let mut talk = Talk::new();
    let answer = "Jean is in the shop all day and knows them well, his is 0722123456. He can help.";
    let hidden = answer.replace("0722123456", "[phone]");
    let (first, rest) = hidden.split_at(hidden.find(" He can").unwrap());
    assert_eq!(
        talk.hears(&answer[..answer.len() - 6], 1).as_deref(),
        Some(first)
    );
    assert_eq!(talk.answers(text(answer)), [first, rest.trim()]);
}

#[test]
fn o10_what_turns_out_to_be_a_thought_ends_the_stream() {
    let mut talk = Talk::new();
    talk.hears(&whole()[..FIRST.len() + 3], 1);
    let answer = format!("{FIRST} Hm.</think> {SECOND} And");
    assert_eq!(
        talk.hears(&answer, 9).as_deref(),
        Some("over: it takes back what has left")
    );
    assert_eq!(talk.answers(text(&answer)), [FIRST]);
    talk.asks_again();
    assert_eq!(talk.answers(text(SECOND)), [FIRST, SECOND]);
}

/// A sentence of a long answer.
fn sentence(n: usize) -> String {
    format!(
        "{} is the word of sentence number {n} of this long answer. ",
        "X".repeat(20)
    )
}

#[test]
fn o6_w2_an_answer_of_many_parts_goes_on_in_messages_and_a_head_stays_small() {
    let mut talk = Talk::new();
    let sentences: String = (0..60).map(sentence).collect();
    for at in (0..sentences.len()).step_by(80) {
        talk.hears(&sentences[..at], 7);
    }
    assert_eq!(talk.attempt().said.len(), MOST_PARTS);
    talk.answers(text(&sentences));
    assert!(talk.said.iter().all(|said| fits(said)));
    let whole = talk.said.iter().map(|said| said.trim());
    assert_eq!(whole.collect::<Vec<_>>().join(" "), sentences.trim());
    assert!(talk.said.len() > MOST_PARTS + 1, "{:?}", talk.said);
}

fn fits(said: &str) -> bool {
    said.chars().count() <= MOST_CHARACTERS
}

/// However fast a model writes, each part is one message, and all of it no more than an answer has.
#[test]
fn o6_w2_parts_are_messages_and_leave_room_for_the_rest() {
    let mut talk = Talk::new();
    let sentences: String = (0..200).map(sentence).collect();
    for at in (0..sentences.len()).step_by(2500) {
        talk.hears(&sentences[..at], 7);
    }
    let over = talk.hears(&sentences, 7).unwrap();
    assert!(over.starts_with("over: "), "{over}");
    talk.answers(text(&sentences).bounded());
    assert!(talk.said.len() <= MOST_MESSAGES + MOST_PARTS);
    assert!(talk.said.iter().all(|said| fits(said)), "{:?}", talk.said);
    let (last, before) = talk.said.split_last().unwrap();
    assert!(last.ends_with(
        "(This is not all: the rest is too long to send here. Ask me for the part you need.)"
    ));
    assert!(sentences.starts_with(&before.join(" ")));
    let all: usize = talk.said.iter().map(|said| said.chars().count()).sum();
    assert!(all <= MOST_MESSAGES * MOST_CHARACTERS, "{all} characters");
    assert_eq!(talk.attempt().useless, 0);
}

#[test]
fn a3_a_streamed_thread_is_decided_anew_from_its_record() {
    let mut talk = Talk::new();
    talk.hears(&whole()[..FIRST.len() + 3], 1);
    talk.asks_again();
    talk.answers(text(&format!("{SECOND} {THIRD}")));
    let opened = talk.turn.thread().head.before_first();
    let sealed = talk
        .turn
        .seal(Correlation("c".into()), talk.moment.now, || {
            Salt("00".into())
        })
        .unwrap();
    let chain = [sealed.commit];
    let (agent, role) = (&talk.scene.agent, talk.scene.role);
    replay::replay(opened.clone(), &chain, agent, role).unwrap();
    let rebuilt = replay::rebuild(opened, &chain).unwrap();
    assert_eq!(rebuilt.head.fold, sealed.head.fold);
}

#[test]
fn o6_an_answer_that_is_cut_off_ends_with_a_sentence() {
    let mut talk = Talk::new();
    talk.hears(&whole()[..FIRST.len() + 3], 1);
    let cut = Answer {
        ended: Ended::Length,
        ..text(&whole()[..FIRST.len() + SECOND.len() + 4])
    };
    assert_eq!(talk.answers(cut), [FIRST, SECOND]);
}

/// Handing over and calling a person do nothing for a customer.
#[test]
fn o6_only_who_can_do_nothing_answers_aloud() {
    let check = |tools: &[&str], role: Role, expect: bool| {
        let rows = [row(AgentKind::General, tools), row(AgentKind::Shop, tools)];
        let scene = with(&rows);
        assert_eq!(
            may_stream(&rows[0], &scene.agent, role),
            expect,
            "{tools:?}"
        );
    };
    check(&[], Role::Customer, true);
    check(&["check_inventory"], Role::Customer, true);
    check(
        &["check_inventory", "view_alerts", "agent_status"],
        Role::Staff,
        true,
    );
    check(
        &["check_inventory", "generate_report"],
        Role::Customer,
        false,
    );
    check(&["generate_report"], Role::Staff, false);
    let triage = row(AgentKind::Triage, &[]);
    assert!(!may_stream(
        &triage,
        &with(std::slice::from_ref(&triage)).agent,
        Role::Staff
    ));
}

/// What has left of a line stays what it was when its marks are closed, or never are.
#[test]
fn w2_markdown_leaves_in_whatsapps_marks() {
    let written = "## Stock\nYes, we have **a hundred and forty-three** boxes of the blue ones.\n\
                   Most of them are in Kigali, as [the page](https://kivu.example/s) says.";
    let first = "*Stock*\nYes, we have *a hundred and forty-three* boxes of the blue ones.";
    let second = "Most of them are in Kigali, as the page (https://kivu.example/s) says.";
    let mut talk = Talk::new();
    assert_eq!(talk.hears(&written[..60], 1), None);
    assert_eq!(
        talk.hears(&written[..written.len() - 20], 9).as_deref(),
        Some(first)
    );
    assert_eq!(talk.answers(text(written)), [first, second]);

    let mut talk = Talk::new();
    assert_eq!(talk.answers(text(written)), [format!("{first}\n{second}")]);
}
