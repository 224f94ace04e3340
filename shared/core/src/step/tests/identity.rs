//! given a tool that wants to know who asks → when codes come and go → then this.

mod calls;

use serde_json::{Value, json};

mod spoken;

use super::*;
use crate::{
    Secret,
    agent::AgentKind,
    event::{Failing, Recipient},
    identity::{self, Code, Codes, MASK, Outcome, Sealing},
    model::Wanted,
    policy::{Policy, Rule, Then},
    registry::{Audience, Effect as Does},
    remote::{HttpWay, Identity, Method, RemoteTool, Repeat, Way},
};

/// A conversation whose time a test moves.
struct Talk {
    scene: Scene,
    now: Timestamp,
    secret: Secret,
}

const WISH: &str = "what do I still owe you, please?";

fn tool(name: &str, effect: Does, identity: Identity) -> (String, RemoteTool) {
    let tool = RemoteTool {
        name: name.into(),
        description: "Tells.".into(),
        audience: Audience::Everyone,
        effect,
        repeat: Repeat::Never,
        identity,
        timeout_seconds: 5,
        enabled: true,
        schema: json!({"type": "object"}),
        way: Way::Http(HttpWay {
            method: Method::Get,
            url: "https://example.com/balance".into(),
            headers: [].into(),
        }),
    };
    (name.to_owned(), tool)
}

fn says(text: &str) -> Answer {
    Answer {
        text: text.to_owned(),
        calls: vec![],
        ended: crate::model::Ended::Done,
        usage: crate::model::Usage::default(),
    }
}

fn wants(tools: &[&str]) -> Answer {
    let calls = tools.iter().map(|tool| Wanted {
        tool: (*tool).to_owned(),
        arguments: match *tool {
            "check_inventory" => json!({"sku": "ABC123"}),
            "generate_report" => json!({"kind": "sales", "from": "2026-11-01", "to": "2026-11-02"}),
            _ => Value::Object([].into_iter().collect()),
        },
    });
    Answer {
        calls: calls.collect(),
        ..says("")
    }
}

impl Talk {
    fn new() -> Self {
        let tools = [
            "balance",
            "pay",
            "orders",
            "check_inventory",
            "generate_report",
        ];
        let mut scene = Scene::new(Role::Customer);
        let row = super::thoughts::row(AgentKind::General, &tools);
        scene.agent.agents = [(row.kind, row)].into();
        scene.agent.codes = Codes::Sent;
        scene.agent.remote = [
            tool("balance", Does::None, Identity::Code),
            tool("pay", Does::Some, Identity::Code),
            tool("orders", Does::None, Identity::Number),
        ]
        .into();
        scene.found = ToolOutcome::Said {
            text: "12 USD".into(),
        };
        Self {
            scene,
            now: now(),
            secret: Secret::new("a-secret-of-thirty-two-characters"),
        }
    }

    /// A company whose customer was sent a code.
    fn asked() -> Self {
        let mut talk = Self::new();
        assert_eq!(talk.say(&[WISH], &[wants(&["balance"])]), ["[a code]"]);
        talk
    }

    fn passes(&mut self, minutes: i64) {
        self.now += SignedDuration::from_mins(minutes);
    }

    /// The code that is on the customer's phone.
    fn code(&self) -> String {
        let head = &self.scene.thread.head;
        let sealing = Sealing {
            tenant: &head.tenant,
            thread: head.thread,
            challenge: head.fold.identity.challenge.unwrap().id,
            recipient: &head.sender,
        };
        Code::made(&self.secret, &sealing).digits().to_owned()
    }

    fn wrong(&self) -> String {
        let code: u32 = self.code().parse().unwrap();
        format!("{:06}", (code + 1) % 1_000_000)
    }

    fn say(&mut self, texts: &[&str], answers: &[Answer]) -> Vec<String> {
        let messages = texts.iter().map(|text| {
            let message = self.scene.message(Content::Text {
                body: (*text).to_owned(),
            });
            Inbound {
                received_at: self.now,
                ..message
            }
        });
        let messages: Vec<Inbound> = messages.collect();
        self.take(&messages, answers)
    }

    /// A turn; what is said, in words.
    fn take(&mut self, messages: &[Inbound], answers: &[Answer]) -> Vec<String> {
        let (scene, now) = (&mut self.scene, self.now);
        scene.answers = answers.iter().cloned().collect();
        let mut turn = Turn::on(scene.thread.clone());
        for message in messages {
            identity::take_in(&mut turn, message, Some(&self.secret), now);
        }
        let moment = Moment {
            now,
            role: scene.role,
        };
        loop {
            match step(turn.thread(), &scene.agent, moment) {
                Step::Rest => break,
                Step::Run { call, .. } => turn.found(call, scene.found.clone(), now),
                Step::Ask(ask) => {
                    let answer = scene.answers.pop_front().expect("asked once too often");
                    scene.asked.push(ask.clone());
                    turn.record(ask.answered(model(), answer, MicroUsd(1)), now);
                }
                Step::Look {
                    answers,
                    call,
                    tool,
                } => turn.looked(answers, call, tool, scene.found.clone(), now),
                Step::Record(planned) => {
                    for planned in planned {
                        turn.record(planned, now);
                    }
                }
            }
        }
        assert_eq!(scene.answers, [], "asked too seldom");
        let events = turn.thread().events.clone();
        let sealed = turn.seal(Correlation("c".into()), now, || Salt("00".into()));
        let sealed = sealed.unwrap();
        scene.thread.head = sealed.head;
        scene.thread.events = events;
        scene.chain.push(sealed.commit.clone());
        let said = sealed.events.iter().filter_map(|event| match &event.data {
            EventData::AgentMessage {
                body: AgentWords::Text { text },
                ..
            } => Some(text.clone()),
            EventData::IdentityAsked { .. } => Some("[a code]".to_owned()),
            _ => None,
        });
        let said: Vec<String> = said.collect();
        let sends = sealed.commit.outbox.iter();
        let sends = sends.filter(|effect| matches!(effect, Effect::Send { .. }));
        assert_eq!(sends.count(), said.len());
        scene.is_replayed();
        said
    }

    /// The tools that were called, and what became of codes.
    fn happened(&self) -> Vec<String> {
        let events = self.scene.thread.events.iter();
        let happened = events.filter_map(|event| match &event.data {
            EventData::ToolCall { tool, .. } => Some(tool.name().to_owned()),
            EventData::IdentityAsked { tool, .. } => Some(format!("asked for {tool}")),
            EventData::IdentityChecked { outcome, .. } => Some(match outcome {
                Outcome::Passed { .. } => "passed".to_owned(),
                Outcome::Wrong { left } => format!("wrong, {left} left"),
                Outcome::Expired => "expired".to_owned(),
            }),
            EventData::HandOver {
                to: Recipient::Human,
                ..
            } => Some("a person".to_owned()),
            _ => None,
        });
        happened.collect()
    }

    fn written(&self) -> Vec<&str> {
        let events = self.scene.thread.events.iter();
        let written = events.filter_map(|event| match &event.data {
            EventData::UserMessage { content, .. } => crate::thread::words(content),
            _ => None,
        });
        written.collect()
    }

    fn refused(&self) -> Vec<String> {
        let events = self.scene.thread.events.iter();
        let refused = events.filter_map(|event| match &event.data {
            EventData::Error {
                of: Some(Failing::Call(_)),
                detail,
                ..
            } => Some(detail.clone()),
            _ => None,
        });
        refused.collect()
    }

    fn known(&self) -> &crate::thread::Identity {
        &self.scene.thread.head.fold.identity
    }

    fn rests(&self) {
        assert_eq!(self.scene.thread.head.fold.open, []);
    }
}

#[test]
fn o10_a_code_works_once() {
    let mut talk = Talk::asked();
    let code = talk.code();
    talk.say(&[&code], &[says("Thanks.")]);
    assert_eq!(
        talk.say(&[&code], &[says("What is that?")]),
        ["What is that?"]
    );
    assert_eq!(talk.happened(), ["asked for balance", "passed"]);
    assert_eq!(talk.written(), [WISH, MASK, &code]);
}

#[test]
fn o10_three_wrong_codes_are_a_persons_business() {
    let mut talk = Talk::asked();
    let (code, wrong) = (talk.code(), talk.wrong());
    let no = |left: &str| format!("That is not the code I sent you. You have {left} left.");
    assert_eq!(talk.say(&[&wrong], &[]), [no("2 tries")]);
    assert_eq!(talk.say(&[&wrong], &[]), [no("1 try")]);
    let said = talk.say(&[&wrong], &[]);
    assert!(
        said[0].starts_with("I can't settle this by myself"),
        "{said:?}"
    );
    assert_eq!(
        talk.happened(),
        [
            "asked for balance",
            "wrong, 2 left",
            "wrong, 1 left",
            "wrong, 0 left",
            "a person"
        ]
    );
    talk.rests();
    // The right one comes too late.
    talk.say(&[&code], &[says("A colleague looks into it.")]);
    assert_eq!(talk.known().verified_until, None);
    assert_eq!(talk.written(), [WISH, MASK, MASK, MASK, &code]);
}

#[test]
fn o10_a_code_is_good_for_ten_minutes() {
    let late = ["That code is no longer valid. Please ask again, and I'll send you a new one."];
    let mut talk = Talk::asked();
    let (code, wrong) = (talk.code(), talk.wrong());
    talk.passes(10);
    // Another number is an order's or a date by now.
    talk.say(&[&wrong], &[says("Which order is that?")]);
    assert_eq!(talk.say(&[&code], &[]), late);
    assert_eq!(talk.happened(), ["asked for balance", "expired"]);
    assert_eq!(talk.written(), [WISH, &wrong, MASK]);
    talk.say(&[&code], &[says("I can send you another.")]);
    assert_eq!(talk.known().verified_until, None);

    // What was entered in time and reached us late counts.
    let mut talk = Talk::asked();
    let code = talk.code();
    talk.passes(9);
    let message = talk.scene.message(Content::Text { body: code });
    let message = Inbound {
        received_at: talk.now,
        ..message
    };
    talk.passes(5);
    talk.take(&[message], &[says("Thanks.")]);
    assert_eq!(talk.happened().last().unwrap(), "passed");
    assert_eq!(
        talk.known().verified_until,
        Some(talk.now + identity::VERIFIED)
    );
}

#[test]
fn o10_a_burst_is_read_message_by_message() {
    let mut talk = Talk::asked();
    let (code, wrong) = (talk.code(), talk.wrong());
    // What is stale by the end of the burst is not said.
    assert_eq!(
        talk.say(&[&wrong, &wrong], &[]),
        ["That is not the code I sent you. You have 1 try left."]
    );
    let said = talk.say(
        &[&wrong, &code, "it is urgent", "stock ABC123"],
        &[says("I'll be quick.")],
    );
    // The third wrong one was the last.
    assert!(
        said.iter().any(|it| it.starts_with("I can't settle")),
        "{said:?}"
    );

    let mut talk = Talk::asked();
    let said = talk.say(
        &[&wrong, "it is urgent", &code, &code],
        &[wants(&["balance"]), says("You owe 12 USD.")],
    );
    assert_eq!(said, ["You owe 12 USD."]);
    assert_eq!(
        talk.happened(),
        ["asked for balance", "wrong, 2 left", "passed", "balance"]
    );
    assert_eq!(talk.written(), [WISH, MASK, "it is urgent", MASK, &code]);
    talk.rests();
}

#[test]
fn o10_other_words_leave_the_challenge_open() {
    let mut talk = Talk::asked();
    let code = talk.code();
    let said = talk.say(&["stock ABC123"], &[]);
    assert_eq!(said.len(), 1);
    let said = talk.say(
        &[&format!("my wife has {code} here, is that it?")],
        &[says("Write it by itself.")],
    );
    assert_eq!(said, ["Write it by itself."]);
    assert_eq!(
        *talk.written().last().unwrap(),
        "my wife has [the code] here, is that it?"
    );
    talk.say(&[&code], &[says("Thanks.")]);
    assert_eq!(talk.happened().last().unwrap(), "passed");
}

#[test]
fn o10_a_question_of_a_commands_outlives_a_code() {
    let mut talk = Talk::asked();
    talk.say(&["report"], &[]);
    assert!(talk.scene.thread.head.fold.pending.is_some());
    let code = talk.code();
    talk.say(&[&code], &[says("Thanks.")]);
    assert!(talk.scene.thread.head.fold.pending.is_some());
}

#[test]
fn o10_nobody_elses_message_is_an_answer() {
    let talk = Talk::asked();
    let code = talk.code();
    let mut mine = talk.scene.messages;
    let mut message = |change: fn(&mut Inbound)| {
        mine += 1;
        let mut scene = Scene::new(Role::Customer);
        scene.messages = mine;
        let mut message = scene.message(Content::Text { body: code.clone() });
        message.received_at = talk.now;
        change(&mut message);
        let mut turn = Turn::on(talk.scene.thread.clone());
        identity::take_in(&mut turn, &message, Some(&talk.secret), talk.now);
        turn.thread().head.fold.identity.is_verified(talk.now)
    };
    assert!(message(|_| {}));
    assert!(!message(|it| it.tenant = "another".parse().unwrap()));
    assert!(!message(|it| it.received_at -= SignedDuration::from_secs(1)));
    assert!(!message(|it| {
        let Cause::Message(message) = &mut it.cause else {
            panic!("no message");
        };
        message.sender = "+250788000299".parse().unwrap();
    }));
    // A name is no message, and is recorded without the code.
    let mut message = talk.scene.inbound(Cause::Message(InboundMessage {
        endpoint: talk.scene.thread.head.endpoint.clone(),
        number: talk.scene.thread.head.number.clone(),
        id: "SM99".parse().unwrap(),
        sender: talk.scene.thread.head.sender.clone(),
        phone: None,
        name: Some(code.clone()),
        content: Content::Text { body: "hm".into() },
        beside: Beside::default(),
    }));
    message.received_at = talk.now;
    let mut turn = Turn::on(talk.scene.thread.clone());
    identity::take_in(&mut turn, &message, Some(&talk.secret), talk.now);
    assert!(!turn.thread().head.fold.identity.is_verified(talk.now));
    let Some(EventData::UserMessage { name, .. }) = turn.thread().events.last().map(|e| &e.data)
    else {
        panic!("no message");
    };
    assert_eq!(name.as_deref(), Some(MASK));
    // Without the secret it is a number like any other.
    let mut turn = Turn::on(talk.scene.thread.clone());
    identity::take_in(&mut turn, &message, None, talk.now);
    assert_eq!(
        turn.thread().events.len(),
        talk.scene.thread.events.len() + 1
    );
}

/// Where it is no answer it is no less a secret.
#[test]
fn o10_a_code_in_a_form_or_in_the_name_of_a_file_is_not_recorded() {
    let mut talk = Talk::asked();
    let code = talk.code();
    let form = Content::Form {
        values: format!(r#"{{"code":"{code}","size":"XL"}}"#),
    };
    let file = Content::Media(crate::message::Media {
        kind: crate::message::MediaKind::Document,
        media_type: "application/pdf".into(),
        source: "https://api.twilio.com/x".into(),
        content: None,
        filename: Some(format!("{code}.pdf")),
        caption: None,
    });
    for content in [form, file] {
        let mut message = talk.scene.message(content);
        message.received_at = talk.now;
        let mut turn = Turn::on(talk.scene.thread.clone());
        identity::take_in(&mut turn, &message, Some(&talk.secret), talk.now);
        let thread = turn.thread();
        assert!(!thread.head.fold.identity.is_verified(talk.now));
        let recorded = serde_json::to_string(thread.events.last().unwrap()).unwrap();
        assert!(recorded.contains(MASK), "{recorded}");
        assert!(!recorded.contains(&code), "{recorded}");
    }
}
