//! given messages of other kinds → when a model reads them → then this.

use super::*;
use crate::message::{FetchReport, Fetched, Location, Media, MediaKind, NotFetched};

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

impl Scene {
    /// The report on the file of the customer's message of this number.
    fn fetched(&mut self, message: usize, outcome: Fetched) -> Vec<String> {
        let cause = format!("acme/message/demo/SM{message}");
        self.happens(Cause::Fetched(FetchReport {
            thread: self.thread.head.thread,
            message: EventId::derived(&cause),
            outcome,
        }))
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

#[test]
fn w2_a_file_is_ordered_as_it_comes_and_waited_for() {
    let mut scene = one().answer(&[text("I have it.")]);
    assert_eq!(scene.send_all(vec![photo(None)]), [] as [String; 0]);
    assert_eq!(scene.outbox(), [Effect::Fetch { event: 0 }]);
    // What is written meanwhile waits with it, and a clear command does not.
    let nothing: [String; 0] = [];
    assert_eq!(scene.send_all(vec![written("do you see it")]), nothing);
    let said = scene.send_all(vec![written("stock ABC123")]);
    assert!(said[0].starts_with("*Blue widget*"), "{said:?}");
    assert_eq!(scene.asked, []);

    assert_eq!(scene.fetched(1, stored()), ["I have it."]);
    assert_eq!(scene.asked[0].about.len(), 2);
    assert_eq!(scene.thread.head.fold.open, []);
    // Once more changes nothing.
    assert_eq!(scene.fetched(1, stored()), nothing);
    scene.is_replayed();
}

#[test]
fn w2_a_file_that_cannot_be_had_is_told_and_what_was_written_with_it_is_answered() {
    for (why, told) in [
        (NotFetched::TooLarge, "too large"),
        (NotFetched::WrongType, "can't take that kind"),
        (NotFetched::Gone, "couldn't open"),
        (NotFetched::Failed, "send it again"),
    ] {
        let mut scene = one().answer(&[text("A mug.")]);
        scene.send_all(vec![photo(None)]);
        let said = scene.fetched(1, Fetched::Refused { why });
        assert!(said[0].contains(told), "{said:?}");
        assert_eq!(scene.asked, []);
        scene.send_all(vec![photo(Some("what would you call this"))]);
        assert_eq!(scene.fetched(2, Fetched::Refused { why }), ["A mug."]);
        scene.is_replayed();
    }
}

#[test]
fn w2_a_report_that_never_comes_is_waited_for_no_longer_than_five_minutes() {
    let mut scene = one();
    scene.send_all(vec![photo(None)]);
    let at = |minutes| Moment {
        now: now() + SignedDuration::from_mins(minutes),
        role: Role::Staff,
    };
    assert_eq!(step(&scene.thread, &scene.agent, at(4)), Step::Rest);
    let Step::Record(planned) = step(&scene.thread, &scene.agent, at(5)) else {
        panic!("waits");
    };
    let EventData::AgentMessage {
        body: AgentWords::Text { text },
        ..
    } = &planned[0].data
    else {
        panic!("{planned:?}");
    };
    assert!(text.contains("send it again"), "{text}");
}

#[test]
fn w2_a_report_on_what_was_taken_back_is_recorded_and_nothing_else() {
    let mut scene = one();
    scene.send_all(vec![photo(None)]);
    scene.send_all(vec![Content::Revoked {
        of: "SM1".parse().unwrap(),
    }]);
    assert_eq!(scene.fetched(1, stored()), [] as [String; 0]);
    assert_eq!(scene.thread.head.fold.open, []);
    scene.is_replayed();
}

#[test]
fn a1_the_head_is_bounded_whatever_files_come() {
    let mut scene = one();
    scene.control(ControlAction::Pause);
    for number in 0..20 {
        scene.send_all(vec![photo(Some("x"))]);
        scene.fetched(2 * number + 1, stored());
        scene.send_all(vec![photo(None)]);
    }
    let open = &scene.thread.head.fold.open;
    assert_eq!(open.len(), MOST_OPEN);
    let fold = serde_json::to_string(&scene.thread.head.fold).unwrap();
    assert!(fold.len() < 1_500, "{}", fold.len());
}

#[test]
fn w2_who_sends_a_recording_is_told_at_once_to_write() {
    let recording = |kind| {
        let Content::Media(media) = photo(None) else {
            panic!("no file");
        };
        Content::Media(Media {
            kind,
            media_type: "audio/ogg".into(),
            ..media
        })
    };
    for kind in [MediaKind::Voice, MediaKind::Audio] {
        let mut scene = one();
        let said = scene.send_all(vec![recording(kind)]);
        assert!(said[0].starts_with("Sorry, I can't listen"), "{said:?}");
        // It is stored all the same, for people.
        assert_eq!(
            scene.outbox(),
            [Effect::Fetch { event: 0 }, Effect::Send { event: 1 }]
        );
        assert_eq!(scene.fetched(1, stored()), [] as [String; 0]);
        assert_eq!(scene.asked, []);
        scene.is_replayed();
    }
}
