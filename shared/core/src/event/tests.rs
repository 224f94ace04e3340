use serde_json::json;

use super::*;
use crate::window::Notice;
use crate::{
    model::{Ended, Wanted},
    offer::{Form, Row},
    response_cache::Freshness,
};

fn every_kind() -> Vec<EventData> {
    let call = CallId::derived("x");
    let output = OutputId::derived("x");
    let hash = ContentHash::of(b"x");
    let document = Document {
        filename: "sales.pdf".into(),
        media_type: "application/pdf".into(),
        content: hash,
        size: 3,
        title: "Sales report".into(),
    };
    let from: SenderId = "+250788000201".parse().unwrap();
    let deadline = "2026-11-21T10:00:00Z".parse().unwrap();
    let act = Act::send_document(
        "acme".parse().unwrap(),
        output,
        1,
        &document,
        from.clone(),
        deadline,
    );
    vec![
        EventData::UserMessage {
            cause: serde_json::from_value(json!("message/demo/SM1")).unwrap(),
            from: from.clone(),
            name: Some("</user_message>".into()),
            content: Content::Text { body: "hi".into() },
            beside: Beside {
                replies_to: Some("SM0".parse().unwrap()),
                ..Beside::default()
            },
        },
        EventData::FileFetched {
            message: EventId::derived("y"),
            outcome: Fetched::Stored {
                content: hash,
                media_type: "image/jpeg".into(),
                size: 7,
                heard: None,
            },
        },
        EventData::FileFetched {
            message: EventId::derived("y"),
            outcome: Fetched::Stored {
                content: hash,
                media_type: "audio/ogg".into(),
                size: 7,
                heard: Some(crate::message::Heard::Words {
                    text: "</user_message>".into(),
                    model: "whisper-1".into(),
                    seconds: 3,
                    cost: MicroUsd(300),
                }),
            },
        },
        EventData::FileFetched {
            message: EventId::derived("y"),
            outcome: Fetched::Stored {
                content: hash,
                media_type: "audio/amr".into(),
                size: 7,
                heard: Some(crate::message::Heard::Nothing {
                    why: crate::message::NotHeard::Empty,
                    cost: MicroUsd(300),
                }),
            },
        },
        EventData::FileFetched {
            message: EventId::derived("y"),
            outcome: Fetched::Refused {
                why: crate::message::NotFetched::TooLarge,
            },
        },
        EventData::Launched {
            cause: serde_json::from_value(json!("launch/1")).unwrap(),
            by: "</task>".into(),
            channel: LaunchChannel::Schedule,
            task: "stock ABC123".parse().unwrap(),
        },
        EventData::ModelThinking {
            purpose: Purpose::Answer,
            agent: AgentKind::General,
            model: "openai:gpt-4o".parse().unwrap(),
            about: vec![EventId::derived("y")],
            answer: Answer {
                text: "hm".into(),
                calls: vec![Wanted {
                    tool: "check_inventory".into(),
                    arguments: json!({"sku": "ABC123"}),
                }],
                ended: Ended::Done,
                usage: Usage::default(),
            },
            said: 2,
            cost: MicroUsd(7),
            cached: Some(Cached {
                made: deadline,
                freshness: Freshness::Stale,
            }),
            flagged: vec!["violence".into()],
            pictures: vec![EventId::derived("y")],
        },
        EventData::ToolCall {
            call,
            tool: ToolCall::AgentStatus,
            by: Chooser::Model,
        },
        EventData::ToolResult {
            call,
            outcome: ToolOutcome::Failed {
                reason: "no".into(),
            },
        },
        EventData::HumanRequest {
            digest: act.digest().unwrap(),
            act: Box::new(act),
            document: document.clone(),
            approver: "Grace".into(),
            approver_address: from,
        },
        EventData::HumanResponse {
            output,
            version: 1,
            decision: Decision::Expired { at: deadline },
        },
        EventData::AgentMessage {
            body: AgentWords::Document {
                document,
                output,
                version: 1,
                digest: hash,
            },
            asks: None,
        },
        EventData::AgentMessage {
            body: AgentWords::Part { text: "t".into() },
            asks: None,
        },
        EventData::AgentMessage {
            body: AgentWords::Choices(Offer {
                text: "</agent_message>".into(),
                rows: vec![Row {
                    id: "offer/x/0".into(),
                    title: "*Blue*".into(),
                    detail: Some("<b>".into()),
                }],
                opens: "Choose".into(),
                form: Form::Taps,
                completes: None,
            }),
            asks: None,
        },
        EventData::AgentMessage {
            body: AgentWords::Reaction {
                to: "wamid.1".parse().unwrap(),
                emoji: "❤️".into(),
            },
            asks: None,
        },
        EventData::IdentityAsked {
            challenge: ChallengeId::derived("x"),
            tool: "refund_payment".into(),
            expires_at: deadline,
        },
        EventData::IdentityChecked {
            challenge: ChallengeId::derived("x"),
            outcome: Outcome::Passed { until: deadline },
        },
        EventData::IdentityChecked {
            challenge: ChallengeId::derived("x"),
            outcome: Outcome::Wrong { left: 2 },
        },
        EventData::IdentityChecked {
            challenge: ChallengeId::derived("x"),
            outcome: Outcome::Expired,
        },
        EventData::HandOver {
            from: AgentKind::Triage,
            to: Recipient::Agent(AgentKind::Shop),
            note: "n".into(),
        },
        EventData::Control {
            action: ControlAction::Pause,
            by: "op".into(),
        },
        EventData::Wake { reason: "r".into() },
        EventData::Error {
            detail: "d".into(),
            of: Some(Failing::Call("x".into())),
            cost: MicroUsd(3),
        },
        EventData::error("d".into(), Some(Failing::Launch)),
        EventData::error("d".into(), Some(Failing::Unanswered)),
        EventData::error("d".into(), Some(Failing::Template)),
        EventData::error("d".into(), None),
        EventData::SystemNote {
            text: "t".into(),
            continues: Some(ThreadId::derived("x")),
            wrote_at: Some(deadline),
            persona: Some("hub".parse().unwrap()),
        },
        EventData::Undelivered {
            reference: MessageRef::derived("x"),
            code: "63024".into(),
            meaning: "m".into(),
        },
        EventData::Unanswered {
            because: Because::TooMany {
                window: crate::limits::Window::Day,
                until: deadline,
            },
            output: None,
        },
        EventData::Unanswered {
            because: Because::OptedOut,
            output: Some(output),
        },
        EventData::Unanswered {
            because: Because::NobodyWaits,
            output: None,
        },
        EventData::Opted {
            way: Opted::Out,
            from: None,
        },
        EventData::Opted {
            way: Opted::In,
            from: Some(ThreadId::derived("x")),
        },
        EventData::Window(WindowEvent::Held {
            reference: MessageRef::derived("x"),
            code: "63016".into(),
            meaning: "m".into(),
            wrote_at: Some(deadline),
            notice: Some(Notice {
                template: "t".into(),
                values: vec!["v".into()],
            }),
        }),
        EventData::Window(WindowEvent::TakenOver {
            from: ThreadId::derived("x"),
            wrote_at: Some(deadline),
        }),
        EventData::Window(WindowEvent::Noticed {
            notice: Notice {
                template: "t".into(),
                values: vec![],
            },
        }),
        EventData::Window(WindowEvent::LetGo { wrote_at: deadline }),
        EventData::Compaction {
            through: 9,
            summary: "s".into(),
            by: Some(Writer {
                model: "openai:gpt-4o-mini".parse().unwrap(),
                usage: Usage {
                    input: 900,
                    output: 80,
                    ..Usage::default()
                },
            }),
            cost: MicroUsd(5),
        },
    ]
}

#[test]
fn a2_every_kind_of_event_is_stored_and_read_back() {
    for data in every_kind() {
        let event = Event {
            id: EventId::derived("x"),
            at: "2026-11-20T10:00:00Z".parse().unwrap(),
            answers: vec![EventId::derived("y")],
            data,
        };
        let stored = event.to_stored().unwrap();
        assert_eq!(stored["v"], 1);
        assert_eq!(Event::from_stored(&stored).unwrap(), event);
    }
}

#[test]
fn a2_what_events_lacked_once_is_taken_as_it_was() {
    let stored = json!({
        "v": 1, "id": EventId::derived("x"), "at": "2026-11-20T10:00:00Z",
        "type": "tool_call", "data": {"call": CallId::derived("x"), "tool": "agent_status"},
    });
    let EventData::ToolCall { by, .. } = Event::from_stored(&stored).unwrap().data else {
        panic!("not a call");
    };
    assert_eq!(by, Chooser::Command);
    let stored = json!({
        "v": 1, "id": EventId::derived("x"), "at": "2026-11-20T10:00:00Z",
        "type": "compaction", "data": {"through": 9, "summary": "s"},
    });
    let by_rule = EventData::Compaction {
        through: 9,
        summary: "s".into(),
        by: None,
        cost: MicroUsd::ZERO,
    };
    assert_eq!(Event::from_stored(&stored).unwrap().data, by_rule);
}

/// A record from before there were answers to choose from is read, and written as it was.
#[test]
fn w2_a2_what_was_said_in_words_is_recorded_as_ever() {
    let cause = "message/demo/SM1";
    for (kind, data) in [
        (
            "agent_message",
            json!({"body": {"kind": "text", "text": "hi"}, "asks": null}),
        ),
        (
            "user_message",
            json!({
                "cause": cause, "from": "+250788000201", "name": null,
                "content": {"type": "text", "body": "hi"}, "beside": {"replies_to": "SM0"},
            }),
        ),
    ] {
        let stored = json!({
            "v": 1, "id": EventId::derived("x"), "at": "2026-11-20T10:00:00Z",
            "type": kind, "data": data,
        });
        let event = Event::from_stored(&stored).unwrap();
        assert_eq!(event.to_stored().unwrap(), stored);
    }
    let fold = serde_json::to_value(crate::thread::Fold::default()).unwrap();
    assert_eq!((fold.get("offered"), fold.get("shows")), (None, None));
    let fold: crate::thread::Fold = serde_json::from_value(fold).unwrap();
    assert_eq!(fold, crate::thread::Fold::default());
}

#[test]
fn a2_an_old_event_is_brought_up_to_date_step_by_step() {
    let rename: Upcaster = |event| event["data"]["words"] = event["data"]["text"].take();
    let wrap: Upcaster = |event| event["data"]["words"] = json!([event["data"]["words"]]);
    let old = json!({"v": 1, "type": "wake", "data": {"text": "due"}});
    let new = upcast(old, &[rename, wrap], 3).unwrap();
    assert_eq!(new["v"], 3);
    assert_eq!(new["data"]["words"], json!(["due"]));
    let middle = json!({"v": 2, "type": "wake", "data": {"words": "due"}});
    let new = upcast(middle, &[rename, wrap], 3).unwrap();
    assert_eq!(new["data"]["words"], json!(["due"]));
}

#[test]
fn a2_an_event_of_a_newer_release_is_refused_not_misread() {
    for (stored, says) in [
        (
            json!({"v": 2}),
            "event version 2: this release reads up to 1",
        ),
        (json!({"type": "wake"}), "event without a version"),
        (json!({"v": 1, "type": "dance"}), "event cannot be read"),
    ] {
        let error = Event::from_stored(&stored).unwrap_err().to_string();
        assert!(error.starts_with(says), "{error}");
    }
}
