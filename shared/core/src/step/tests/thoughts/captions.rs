//! given a file whose words were changed, or what was taken back → when its turn comes → then this.

use super::*;
use crate::message::{FetchReport, Fetched, Media, MediaKind, NotFetched};

fn photo(caption: Option<&str>) -> Content {
    Content::Media(Media {
        kind: MediaKind::Image,
        media_type: "image/jpeg".into(),
        source: "https://api.twilio.com/x".into(),
        content: None,
        filename: None,
        caption: caption.map(str::to_owned),
    })
}

fn edited(body: &str) -> Content {
    Content::Edited {
        of: "SM1".parse().unwrap(),
        body: body.into(),
    }
}

fn revoked() -> Content {
    Content::Revoked {
        of: "SM1".parse().unwrap(),
    }
}

fn stored() -> Fetched {
    Fetched::Stored {
        content: ContentHash::of(b"x"),
        media_type: "image/jpeg".into(),
        size: 1,
        heard: None,
    }
}

impl Scene {
    fn arrives(&mut self, content: Content) -> Vec<String> {
        let message = self.message(content);
        self.take(&[message])
    }

    /// The report on the first message's file.
    fn report(&mut self, outcome: Fetched) -> Vec<String> {
        self.happens(Cause::Fetched(FetchReport {
            thread: self.thread.head.thread,
            message: EventId::derived("acme/message/demo/SM1"),
            outcome,
        }))
    }

    /// What the model was asked about last, and what is known of its file.
    fn shown(&self) -> (&Content, Option<&Fetched>) {
        let about = *self.asked.last().unwrap().about.first().unwrap();
        match &self.thread.event(about).unwrap().data {
            EventData::UserMessage { content, .. } => (content, self.thread.file_of(about)),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn w2_w3_a_picture_with_new_words_is_still_the_picture_and_is_waited_for() {
    let nothing: [String; 0] = [];
    let mut scene = one().answer(&[text("A mug.")]);
    assert_eq!(scene.arrives(photo(Some("what did I write here"))), nothing);
    assert_eq!(scene.arrives(edited("what would you call this")), nothing);
    // It is fetched once: what took its place has its file.
    assert_eq!(scene.outbox(), []);
    assert_eq!(scene.arrives(edited("what do you call this")), nothing);
    assert_eq!(scene.thread.head.fold.open.len(), 1);
    assert_eq!(scene.thread.head.counts.messages_in, 1);
    assert_eq!(scene.report(stored()), ["A mug."]);
    assert_eq!(scene.asked[0].about.len(), 1);
    let expect = photo(Some("what do you call this"));
    assert_eq!(scene.shown(), (&expect, Some(&stored())));
    assert_eq!(scene.thread.head.fold.open, []);
    scene.is_replayed();
}

#[test]
fn w2_w3_a_picture_that_is_here_when_its_words_change_is_not_waited_for_again() {
    let mut scene = one().answer(&[text("A mug.")]);
    scene.arrives(photo(None));
    scene.control(ControlAction::Pause);
    scene.report(stored());
    scene.arrives(edited("what do you call this"));
    assert_eq!(scene.outbox(), []);
    assert_eq!(scene.control(ControlAction::Resume), ["A mug."]);
    let expect = photo(Some("what do you call this"));
    assert_eq!(scene.shown(), (&expect, Some(&stored())));
    scene.is_replayed();
}

#[test]
fn w2_w3_a_picture_whose_words_went_away_and_that_cannot_be_had_is_told_of() {
    let mut scene = one();
    scene.arrives(photo(Some("what is it")));
    scene.arrives(edited(""));
    let why = NotFetched::TooLarge;
    let said = scene.report(Fetched::Refused { why });
    assert!(said[0].contains("too large"), "{said:?}");
    assert_eq!(scene.asked, []);
    scene.is_replayed();
}

#[test]
fn w3_a_picture_with_new_words_that_is_taken_back_is_gone_with_them() {
    let mut scene = one();
    scene.arrives(photo(Some("what did I write here")));
    scene.arrives(edited("what do you call this"));
    assert_eq!(scene.arrives(revoked()), [] as [String; 0]);
    assert_eq!(scene.thread.head.fold.open, []);
    assert_eq!(scene.report(stored()), [] as [String; 0]);
    let gone = crate::changed::taken_back(scene.thread.events.iter());
    assert_eq!(gone.len(), 2);
    scene.is_replayed();
}

/// After its answer, an edit is words: nobody is asked to look again.
#[test]
fn w3_new_words_after_the_answer_are_a_message_of_their_own() {
    let mut scene = one().answer(&[text("A mug."), text("Yes.")]);
    scene.arrives(photo(Some("what is it")));
    scene.report(stored());
    assert_eq!(scene.arrives(edited("is it a mug then")), ["Yes."]);
    assert_eq!(scene.shown().0, &edited("is it a mug then"));
    scene.is_replayed();
}

fn fetches(scene: &Scene) -> usize {
    let outbox = scene.outbox();
    let fetches = outbox
        .iter()
        .filter(|it| matches!(it, Effect::Fetch { .. }));
    fetches.count()
}

#[test]
fn o9_no_file_over_the_limits_is_fetched() {
    let mut scene = Scene::new(Role::Customer);
    scene.agent.limits.per_minute = 3;
    let many: Vec<Inbound> = (0..5).map(|_| scene.message(photo(None))).collect();
    scene.take(&many);
    assert_eq!(fetches(&scene), 3);
    scene.arrives(photo(Some("look")));
    assert_eq!(fetches(&scene), 0);
    scene.is_replayed();
}

#[test]
fn w5_no_file_of_somebody_who_opts_out_is_fetched() {
    for contents in [
        vec![
            photo(None),
            Content::Text {
                body: "stop".into(),
            },
        ],
        vec![
            Content::Text {
                body: "stop".into(),
            },
            photo(None),
        ],
        vec![photo(Some("stop"))],
        vec![photo(Some("look")), edited("stop")],
    ] {
        let mut scene = Scene::new(Role::Customer);
        let messages: Vec<Inbound> = contents.into_iter().map(|it| scene.message(it)).collect();
        assert_eq!(scene.take(&messages).len(), 1);
        assert_eq!(fetches(&scene), 0);
        // And none later, be it that a person has the conversation.
        scene.arrives(photo(None));
        assert_eq!(fetches(&scene), 0);
        scene.control(ControlAction::Takeover);
        scene.arrives(photo(None));
        assert_eq!(fetches(&scene), 0);
        scene.is_replayed();
    }
}

/// A turn that ends before its call ran, or before anything came of its answer.
fn ends_after(scene: &mut Scene, answer: Answer, is_chosen: impl Fn(&Thread) -> bool) {
    let message = scene.message(Content::Text {
        body: "is the blue one there, my friend?".into(),
    });
    let mut turn = Turn::on(scene.thread.clone());
    turn.take_in(&message);
    let moment = Moment {
        now: now(),
        role: scene.role,
    };
    let mut answer = Some(answer);
    while answer.is_some() || !is_chosen(turn.thread()) {
        match step(turn.thread(), &scene.agent, moment) {
            Step::Ask(ask) => {
                let answer = answer.take().unwrap();
                turn.record(ask.answered(model(), answer, MicroUsd(5)), now());
            }
            Step::Record(planned) => {
                for planned in planned {
                    turn.record(planned, now());
                }
            }
            other => panic!("{other:?}"),
        }
    }
    let events = turn.thread().events.clone();
    let sealed = turn
        .seal(Correlation("c".into()), now(), || Salt("00".into()))
        .unwrap();
    scene.thread.head = sealed.head;
    scene.thread.events = events;
    scene.chain.push(sealed.commit);
}

#[test]
fn w3_what_is_taken_back_while_a_call_for_it_runs_is_not_told_of() {
    let look = || calls(&[("check_inventory", json!({"sku": "ABC123"}))]);
    let mut scene = one();
    ends_after(&mut scene, look(), |thread| {
        thread.chosen().next().is_some()
    });
    assert_eq!(scene.arrives(revoked()), [] as [String; 0]);
    assert_eq!(scene.asked, []);
    let fold = &scene.thread.head.fold;
    assert!(fold.open.is_empty() && fold.chosen.is_empty(), "{fold:?}");
    scene.is_replayed();

    // Nor is a call made that was only thought of, or an answer said that was.
    for answer in [look(), text("It is.")] {
        let mut scene = one();
        ends_after(&mut scene, answer, |_| true);
        assert_eq!(scene.arrives(revoked()), [] as [String; 0]);
        assert_eq!(
            (scene.asked.len(), &scene.thread.head.fold.open[..]),
            (0, &[][..])
        );
        let is_call = |event: &&Event| matches!(event.data, EventData::ToolCall { .. });
        assert_eq!(scene.thread.events.iter().find(is_call), None);
        scene.is_replayed();
    }

    // Who has written something else meanwhile is answered that.
    let mut scene = one().answer(&[text("Hello.")]);
    ends_after(&mut scene, look(), |thread| {
        thread.chosen().next().is_some()
    });
    let hello = scene.message(Content::Text {
        body: "good day to you".into(),
    });
    let back = scene.message(revoked());
    assert_eq!(scene.take(&[hello, back]), ["Hello."]);
    scene.is_replayed();
}
