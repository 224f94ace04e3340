//! What happened to a thread. Events are only ever added.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    CallId, ChallengeId, ContentHash, EventId, MessageRef, OutputId, SenderId, ThreadId,
    agent::AgentKind,
    approval::{Act, Decision},
    commands::Pending,
    identity::Outcome,
    launch::{LaunchChannel, Task},
    message::{CauseKey, Content, ControlAction, Document},
    model::{Answer, ModelName, Purpose, Usage},
    money::MicroUsd,
    response_cache::Cached,
    tool::{Chooser, ToolCall, ToolOutcome},
};

/// The version events are written in.
pub const EVENT_VERSION: u16 = 1;

/// One thing that happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// Derived from the event's cause, so that a repeated turn gives it the same id.
    pub id: EventId,
    /// When.
    pub at: Timestamp,
    /// The events this one deals with. What nothing has dealt with yet is the thread's work.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub answers: Vec<EventId>,
    /// What.
    #[serde(flatten)]
    pub data: EventData,
}

/// The kinds of event.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", content = "data", rename_all = "snake_case")]
pub enum EventData {
    /// A customer wrote.
    UserMessage {
        /// Which delivery brought it.
        cause: CauseKey,
        /// Who wrote, as received.
        from: SenderId,
        /// The name they gave themselves. Data: never an instruction, never an authority.
        name: Option<String>,
        /// What they sent.
        content: Content,
    },
    /// The company has something done for the customer, who has not asked for it.
    Launched {
        /// Which launch.
        cause: CauseKey,
        /// Who launched it.
        by: String,
        /// How it came.
        channel: LaunchChannel,
        /// What is to be done. Data: a task decides nothing.
        task: Task,
    },
    /// What a model answered, as it came. Nothing of it is said or done yet.
    ModelThinking {
        /// What it was asked for.
        purpose: Purpose,
        /// By which agent.
        agent: AgentKind,
        /// Which model.
        model: ModelName,
        /// The events it was asked about.
        about: Vec<EventId>,
        /// Its answer.
        answer: Answer,
        /// How many parts of an answer had left before it was asked: it goes on from them.
        #[serde(default, skip_serializing_if = "is_none")]
        said: u16,
        /// What it cost.
        cost: MicroUsd,
        /// Set when no model was asked: it was another customer's answer to the same words.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        cached: Option<Cached>,
        /// What a provider's moderation says is wrong with it: categories, by its names.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        flagged: Vec<String>,
    },
    /// A tool was chosen. For a tool with effects this is the intent, committed before it runs.
    ToolCall {
        /// The call.
        call: CallId,
        /// Tool and validated arguments.
        #[serde(flatten)]
        tool: ToolCall,
        /// Who chose it.
        #[serde(default)]
        by: Chooser,
    },
    /// A tool's answer.
    ToolResult {
        /// The call it answers.
        call: CallId,
        /// What came of it.
        outcome: ToolOutcome,
    },
    /// A person is asked to decide.
    HumanRequest {
        /// Exactly what is asked; the decision binds its digest.
        act: Box<Act>,
        /// The digest.
        digest: ContentHash,
        /// The file it is about.
        document: Document,
        /// Who is asked.
        approver: String,
        /// Where they are asked over WhatsApp.
        approver_address: SenderId,
    },
    /// A rule of the company's allows an act without asking anybody.
    Permitted {
        /// Exactly what is allowed.
        act: Box<Act>,
        /// Its digest.
        digest: ContentHash,
        /// The file it is about.
        document: Document,
        /// The rule's name.
        rule: String,
    },
    /// The verified end of a request.
    HumanResponse {
        /// What was decided on.
        output: OutputId,
        /// Its version.
        version: u32,
        /// How it ended.
        decision: Decision,
    },
    /// A tool wants to know who asks: the customer is sent a one-time code, which is in no record.
    IdentityAsked {
        /// Which code.
        challenge: ChallengeId,
        /// The tool that wants it.
        tool: String,
        /// When it can't be entered any more.
        expires_at: Timestamp,
    },
    /// The customer entered a code.
    IdentityChecked {
        /// The challenge it was compared with.
        challenge: ChallengeId,
        /// What became of it.
        #[serde(flatten)]
        outcome: Outcome,
    },
    /// The agent answers the customer.
    AgentMessage {
        /// What is sent.
        body: AgentWords,
        /// Set when it asks for what a command lacks.
        asks: Option<Pending>,
    },
    /// Another agent takes over, or a person.
    HandOver {
        /// From which agent.
        from: AgentKind,
        /// To whom.
        to: Recipient,
        /// What the next should know.
        note: String,
    },
    /// An operator acted on the thread.
    Control {
        /// What was done.
        action: ControlAction,
        /// By whom.
        by: String,
    },
    /// The thread is to be looked at again.
    Wake {
        /// Why.
        reason: String,
    },
    /// Something failed.
    Error {
        /// The whole error, for operators. Never shown to the customer.
        detail: String,
        /// What failed, where it counts.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        of: Option<Failing>,
        /// What was spent on models in vain.
        #[serde(default, skip_serializing_if = "MicroUsd::is_zero")]
        cost: MicroUsd,
    },
    /// Said by the system to whoever reads the thread.
    SystemNote {
        /// The note.
        text: String,
        /// The thread this one continues.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        continues: Option<ThreadId>,
    },
    /// A message of the agent did not arrive.
    Undelivered {
        /// Which.
        reference: MessageRef,
        /// The provider's code.
        code: String,
        /// What it means and what to do.
        meaning: String,
    },
    /// Older events were summed up.
    Compaction {
        /// The last commit it covers.
        through: u64,
        /// The summary.
        summary: String,
        /// The model whose words it is in; none where it was made by rule.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<Writer>,
        /// What a model cost for it, be it in vain.
        #[serde(default, skip_serializing_if = "MicroUsd::is_zero")]
        cost: MicroUsd,
    },
}

/// A model that wrote a summary.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Writer {
    /// Which.
    pub model: ModelName,
    /// What it read and wrote.
    pub usage: Usage,
}

/// Who takes over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Recipient {
    /// An agent.
    Agent(AgentKind),
    /// A person of the company.
    Human,
}

impl Recipient {
    /// An agent's kind, or `human`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Agent(kind) => kind.as_str(),
            Self::Human => "human",
        }
    }
}

/// What failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", content = "tool", rename_all = "snake_case")]
pub enum Failing {
    /// No model could be asked, or none gave an answer.
    Model,
    /// A model's answer is of no use: it is empty, or may not be said. Another is asked.
    Answer,
    /// The conversation has cost what it may.
    Limit,
    /// A rule of the company's could not be evaluated; a person was asked.
    Rule,
    /// What the company wanted done could not be; nobody was told but its operators.
    Launch,
    /// A call that a model wanted could not be made: an unknown tool, wrong arguments, or one that
    /// is not allowed. The name is the model's, and the detail is for it to read.
    Call(String),
}

impl EventData {
    /// An error that cost nothing.
    pub fn error(detail: String, of: Option<Failing>) -> Self {
        Self::Error {
            detail,
            of,
            cost: MicroUsd::ZERO,
        }
    }
}

/// What an agent sends a customer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum AgentWords {
    /// Words.
    Text {
        /// At most what the provider takes at once.
        text: String,
    },
    /// Words of an answer that was still being written. What comes after them is the next part, and
    /// at last the rest, as [`Text`](Self::Text).
    Part {
        /// At most what the provider takes at once.
        text: String,
    },
    /// A released document.
    Document {
        /// The file.
        document: Document,
        /// The output whose approval released it.
        output: OutputId,
        /// Its version.
        version: u32,
        /// The digest of the approved act.
        digest: ContentHash,
    },
}

fn is_none(parts: &u16) -> bool {
    *parts == 0
}

/// An event that can't be read.
#[derive(Debug, thiserror::Error)]
pub enum Unreadable {
    /// Written by a newer release.
    #[error("event version {got}: this release reads up to {EVENT_VERSION}; deploy the newer one")]
    Newer {
        /// The version found.
        got: u64,
    },
    /// No version at all.
    #[error("event without a version: not written by Countersign")]
    NoVersion,
    /// Not an event.
    #[error("event cannot be read: {0}")]
    Malformed(#[from] serde_json::Error),
}

/// Changes an event's JSON from one version to the next.
pub type Upcaster = fn(&mut Value);

/// `UPCASTERS[n]` takes an event from version `n + 1` to `n + 2`.
const UPCASTERS: &[Upcaster] = &[];

impl Event {
    /// The event as it is stored: its JSON with the version.
    ///
    /// # Errors
    /// When the event has a value JSON can't hold; no kind above has.
    pub fn to_stored(&self) -> Result<Value, serde_json::Error> {
        let mut stored = serde_json::to_value(self)?;
        stored["v"] = EVENT_VERSION.into();
        Ok(stored)
    }

    /// The event in today's shape, whichever version it was stored in.
    ///
    /// # Errors
    /// When a newer release wrote it or it is not an event.
    pub fn from_stored(stored: &Value) -> Result<Self, Unreadable> {
        Ok(serde_json::from_value(upcast(
            stored.clone(),
            UPCASTERS,
            EVENT_VERSION,
        )?)?)
    }
}

fn upcast(mut stored: Value, upcasters: &[Upcaster], to: u16) -> Result<Value, Unreadable> {
    let version = stored["v"].as_u64().ok_or(Unreadable::NoVersion)?;
    if version == 0 || version > u64::from(to) {
        return Err(Unreadable::Newer { got: version });
    }
    for upcaster in upcasters.iter().skip(version as usize - 1) {
        upcaster(&mut stored);
    }
    stored["v"] = to.into();
    Ok(stored)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{
        model::{Ended, Wanted},
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
            EventData::error("d".into(), None),
            EventData::SystemNote {
                text: "t".into(),
                continues: Some(ThreadId::derived("x")),
            },
            EventData::Undelivered {
                reference: MessageRef::derived("x"),
                code: "63024".into(),
                meaning: "m".into(),
            },
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
}
