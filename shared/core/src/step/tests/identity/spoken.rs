//! given what was said in a recording → when the agent wants to know who writes → then this.

use super::*;
use crate::message::{FetchReport, Fetched, Heard, Listening, Media, MediaKind};

impl Talk {
    /// A recording in which this was heard: its event, and what is said to it.
    fn hears(&mut self, text: &str, answers: &[Answer]) -> (EventId, Vec<String>) {
        let mut message = self.scene.message(Content::Media(Media {
            kind: MediaKind::Voice,
            media_type: "audio/ogg".into(),
            source: "https://api.twilio.com/x".into(),
            content: None,
            filename: None,
            caption: None,
        }));
        message.received_at = self.now;
        if let Cause::Message(message) = &mut message.cause {
            message.beside.listening = Listening::Ordered;
        }
        let event = Turn::event_of(&message);
        assert_eq!(self.take(&[message], &[]), [] as [String; 0]);
        let mut report = self.scene.inbound(Cause::Fetched(FetchReport {
            thread: self.scene.thread.head.thread,
            message: event,
            outcome: Fetched::Stored {
                content: crate::ContentHash::of(b"x"),
                media_type: "audio/ogg".into(),
                size: 1,
                heard: Some(Heard::Words {
                    text: text.to_owned(),
                    model: "whisper-1".into(),
                    seconds: 4,
                    cost: MicroUsd(1),
                }),
            },
        }));
        report.received_at = self.now;
        (event, self.take(&[report], answers))
    }
}

/// Whoever says a code aloud has not entered it, and it is in no record.
#[test]
fn o10_o17_a_code_that_is_said_in_a_recording_shows_nothing_and_is_not_kept() {
    let mut talk = Talk::asked();
    let code = talk.code();
    let spoken: Vec<String> = code.chars().map(String::from).collect();
    let aloud = format!("it is {}", spoken.join(" "));
    let (event, said) = talk.hears(&aloud, &[says("Please type it.")]);
    assert_eq!(said, ["Please type it."]);
    assert_eq!(talk.happened(), ["asked for balance"]);
    let heard = talk.scene.thread.heard(event).and_then(Heard::words);
    assert_eq!(heard, Some(format!("it is {MASK}").as_str()));
    assert!(talk.known().challenge.is_some());
    // Typed, it works.
    talk.say(&[&code], &[says("Thanks.")]);
    assert_eq!(talk.happened(), ["asked for balance", "passed"]);
}

/// Whoever enters a code shows who they are, and not that they were heard aright: nothing is paid
/// for a recording, with a code or without one. What only looks is done.
#[test]
fn o10_o17_no_code_is_sent_for_what_a_recording_orders() {
    let mut talk = Talk::new();
    let confirm = says("You want to pay, right? Please write it.");
    let (_, said) = talk.hears("pay it all please", &[wants(&["pay"]), confirm]);
    assert_eq!(said, ["You want to pay, right? Please write it."]);
    assert_eq!(talk.happened(), [] as [String; 0]);
    assert_eq!(
        talk.say(&["yes, pay it all"], &[wants(&["pay"])]),
        ["[a code]"]
    );
    let mut talk = Talk::new();
    let (_, said) = talk.hears("what do I owe you", &[wants(&["balance"])]);
    assert_eq!(said, ["[a code]"]);
}
