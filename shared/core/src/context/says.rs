//! What each kind of event says in a prompt, at each level.

use std::collections::BTreeMap;

use jiff::{Timestamp, tz::TimeZone};
use serde::Serialize;

use super::{
    Parameters, Placed,
    blocks::{Block, cut, grouped, one_line, short},
    draft::Draft,
    figures::{figures, rest},
    resolution::Level,
    sent::{self, Mentioned, Perceived, Seen},
    unsaid::unsaid,
};
use crate::{
    CallId, EventId, ProviderMessageId,
    approval::Decision,
    event::{AgentWords, Event, EventData, Failing},
    identity::Outcome,
    model::Answer,
    question::Question,
    tool::{ToolCall, ToolOutcome},
};

/// The most characters of a value in an attribute, such as a name or a title.
const MOST_OF_A_VALUE: usize = 100;

/// The same where there is hardly room for anything; a time just fits.
const MOST_IN_A_SQUEEZE: usize = 16;

/// A cut that saves less than its own note is not made.
const LEAST_CUT: usize = 80;

/// What is needed to put an event into words.
pub(super) struct Words<'a> {
    parameters: &'a Parameters,
    time_zone: &'a TimeZone,
    tools: BTreeMap<CallId, String>,
    /// What is left of a model's words where parts of them are messages of their own.
    unsaid: BTreeMap<EventId, String>,
    mentioned: Mentioned<'a>,
    /// The messages whose pictures stand beside the prompt.
    pictures: Vec<EventId>,
}

/// In place of why an approved call was not made.
const NOT_MADE: &str = "it was approved and did not happen; a person looks into it";

/// In place of what is known of an approved call that failed.
const NOBODY_KNOWS: &str = "it may have happened or not; a person looks into it";

/// What a model is told once a code is on its way. It never sees one.
const CODE_SENT: &str = "the tool was not called: the customer was sent a one-time code and has to \
                         enter it here first, in a message of its own; call it again before that \
                         only if they ask for a new code";

/// And once it is back.
const SHOWN_WHO: &str = "the customer has shown who they are: call the tool that wanted it now";

/// In place of a reason that is for operators.
pub(super) const DID_NOT_WORK: &str = "it did not work just now; the operators know why";

impl<'a> Words<'a> {
    pub fn new(events: &[Placed<'a>], parameters: &'a Parameters, time_zone: &'a TimeZone) -> Self {
        let tools = events.iter().filter_map(|placed| match &placed.event.data {
            EventData::ToolCall { call, tool, .. } => Some((*call, tool.name().to_owned())),
            _ => None,
        });
        Self {
            parameters,
            time_zone,
            tools: tools.collect(),
            unsaid: unsaid(events),
            mentioned: Mentioned::of(events),
            pictures: vec![],
        }
    }

    /// The same beside the pictures of these messages.
    pub fn beside(self, pictures: &[EventId]) -> Self {
        Self {
            pictures: pictures.to_vec(),
            ..self
        }
    }

    /// The day and the time there.
    pub fn minute(&self, at: Timestamp) -> String {
        let there = self.time_zone.to_datetime(at);
        there.strftime("%Y-%m-%d %H:%M").to_string()
    }

    /// Whether a message was taken back.
    pub fn is_taken_back(&self, message: EventId) -> bool {
        self.mentioned.is_taken_back(message)
    }

    /// What was heard in a message's recording.
    pub fn heard(&self, message: EventId) -> Option<&'a str> {
        self.mentioned.heard(message)
    }

    /// What was heard in the recording of a message that is not at hand.
    pub fn heard_alone(&self, message: EventId) -> Option<&'a str> {
        self.mentioned.heard_alone(message)
    }

    /// The day there.
    pub fn day(&self, at: Timestamp) -> String {
        self.time_zone.to_datetime(at).date().to_string()
    }

    /// The tool of a call, if the call is at hand.
    pub fn tool(&self, call: CallId) -> Option<&str> {
        self.tools.get(&call).map(String::as_str)
    }

    /// An event's block at a level; [`Level::Summed`] has none of its own and is given a line.
    pub fn block(&self, event: &Event, level: Level) -> Block {
        let Draft {
            tag,
            mut facts,
            details,
            text,
            short,
            most,
            remedy,
        } = self.draft(event);
        let (text, left_out) = match level {
            Level::Whole => cut_long(text, most, remedy),
            Level::Compact => {
                let most = self.parameters.compact_characters;
                match short {
                    None => cut_long(text, most, remedy),
                    Some(short) => (cut(&short, most).0, None),
                }
            }
            Level::Line | Level::Summed => {
                let line = one_line(&short.unwrap_or(text));
                (cut(&line, self.parameters.line_characters).0, None)
            }
        };
        if level >= Level::Compact {
            facts.extend(details);
        }
        facts.extend(left_out.map(|note| ("left_out", note)));
        let attributes = facts.into_iter();
        let attributes = attributes.map(|(name, value)| (name, cut(&value, MOST_OF_A_VALUE).0));
        Block {
            tag,
            attributes: attributes.collect(),
            text,
        }
    }

    /// A customer's message of which at most `most` characters fit, and next to nothing else.
    pub fn cut_message(&self, event: &Event, most: usize) -> Block {
        let Draft {
            tag,
            facts,
            text,
            remedy,
            ..
        } = self.draft(event);
        let facts = facts.into_iter();
        let mut attributes: Vec<_> = facts
            .map(|(name, value)| (name, cut(&value, MOST_IN_A_SQUEEZE).0))
            .collect();
        let (text, left_out) = cut_with_note(text, most, remedy);
        attributes.extend(left_out.map(|note| ("left_out", note)));
        Block {
            tag,
            attributes,
            text,
        }
    }

    fn draft(&self, event: &Event) -> Draft {
        let draft = match &event.data {
            EventData::UserMessage {
                cause,
                name,
                content,
                beside,
                ..
            } if !self.mentioned.is_taken_back(event.id) => {
                let when = |id: &ProviderMessageId| match self.mentioned.at(cause, id) {
                    Some(at) => format!("their message of {}", self.minute(at)),
                    None => "an earlier message".to_owned(),
                };
                let perceived = Perceived {
                    heard: self.mentioned.heard(event.id),
                    seen: match self.pictures.contains(&event.id) {
                        true => Seen::Now,
                        false => self.mentioned.seen(event.id),
                    },
                };
                let draft = sent::from_customer(name.as_deref(), content, perceived, beside, when);
                match self.mentioned.recaptioned(event) {
                    Some(at) => {
                        draft.fact("changes", format!("their message of {}", self.minute(at)))
                    }
                    None => draft,
                }
            }
            EventData::UserMessage { .. } => sent::taken_back(),
            EventData::FileFetched { message, outcome } => {
                sent::fetched(outcome, self.mentioned.heard_alone(*message))
            }
            EventData::Launched {
                by, channel, task, ..
            } => Draft::of("task", task.as_str())
                .fact("by", by)
                .fact("channel", channel.as_str()),
            EventData::ModelThinking { answer, .. } => {
                let unsaid = self.unsaid.get(&event.id);
                thinking(unsaid.unwrap_or(&answer.text), answer)
            }
            EventData::ToolCall { call, tool, .. } => called(tool)
                .first("call", short(&call.to_string()))
                .first("tool", tool.name().to_owned()),
            EventData::ToolResult { call, outcome } => self.result(*call, outcome),
            EventData::HumanRequest {
                act,
                document,
                approver,
                ..
            } => {
                let draft = Draft::of("human_request", String::new())
                    .fact("output", act.output.to_string())
                    .fact("asks", approver)
                    .fact("until", self.minute(act.deadline));
                match act.question() {
                    None => draft.document(document),
                    Some(asks) => Draft {
                        text: question(asks),
                        ..draft.fact("urgency", asks.urgency.as_str())
                    },
                }
            }
            EventData::Permitted {
                act,
                document,
                rule,
                ..
            } => Draft::of("permitted", String::new())
                .fact("output", act.output.to_string())
                .fact("rule", rule)
                .document(document),
            EventData::HumanResponse {
                output, decision, ..
            } => {
                let draft = Draft::of("human_response", String::new());
                let draft = draft.fact("output", output.to_string());
                match decision {
                    Decision::Approved { by, .. } => {
                        draft.fact("decision", "approved").fact("by", by)
                    }
                    Decision::Rejected { by, reason, .. } => {
                        let draft = draft.fact("decision", "rejected").fact("by", by);
                        Draft {
                            text: reason.clone().unwrap_or_default(),
                            ..draft
                        }
                    }
                    Decision::Expired { .. } => draft.fact("decision", "expired"),
                    Decision::Answered { by, answer, .. } => Draft {
                        text: answer.clone(),
                        ..draft.fact("decision", "answered").fact("by", by)
                    },
                }
            }
            EventData::IdentityAsked {
                tool, expires_at, ..
            } => Draft::of("identity_check", CODE_SENT)
                .fact("step", "asked")
                .fact("tool", tool)
                .fact("until", self.minute(*expires_at)),
            EventData::IdentityChecked { outcome, .. } => self.checked(*outcome),
            EventData::AgentMessage { body, asks } => {
                let draft = match body {
                    AgentWords::Text { text } | AgentWords::Part { text } => {
                        Draft::of("agent_message", text)
                    }
                    AgentWords::Choices(offer) => Draft::of("agent_message", offer.lines()),
                    AgentWords::Reaction { emoji, .. } => {
                        Draft::of("agent_message", String::new()).fact("reaction", emoji)
                    }
                    AgentWords::Document {
                        document, output, ..
                    } => Draft::of("agent_message", String::new())
                        .fact("output", output.to_string())
                        .document(document),
                };
                match asks {
                    Some(pending) => draft.fact("asks_for", pending.missing.question()),
                    None => draft,
                }
            }
            EventData::HandOver { from, to, note } => Draft::of("hand_over", note)
                .fact("from", from.as_str())
                .fact("to", to.name()),
            EventData::Control { action, by } => Draft::of("control", String::new())
                .fact("action", action.as_str())
                .fact("by", by),
            EventData::Wake { reason } => Draft::of("wake", reason),
            EventData::Error { detail, of, .. } => {
                // What is for operators could otherwise find its way into an answer.
                let nameless = || Draft::of("error", "no answer could be given");
                match of {
                    Some(Failing::Call(tool)) => Draft::of("error", detail).fact("call_of", tool),
                    Some(
                        Failing::Model | Failing::Answer | Failing::Unanswered | Failing::Template,
                    ) => nameless().fact("of", "model"),
                    Some(Failing::Limit) => nameless().fact("of", "limit"),
                    Some(Failing::Rule) => {
                        Draft::of("error", "a person is asked").fact("of", "rule")
                    }
                    Some(Failing::Launch) => {
                        Draft::of("error", "what the company wanted done was not")
                            .fact("of", "launch")
                    }
                    None => Draft::of("error", detail),
                }
            }
            EventData::SystemNote {
                text, continues, ..
            } => {
                let draft = Draft::of("system_note", text);
                match continues {
                    Some(thread) => draft.fact("continues", thread.to_string()),
                    None => draft,
                }
            }
            EventData::Undelivered { code, meaning, .. } => {
                Draft::of("undelivered", meaning).fact("code", code)
            }
            EventData::Unanswered { because, .. } => Draft::of("unanswered", because.told()),
            EventData::Opted { way, .. } => Draft::of("opted", way.told()),
            EventData::Window(what) => Draft::of("window", what.told()).fact("what", what.as_str()),
            EventData::Compaction { summary, .. } => Draft::of("summary", summary),
        };
        draft.first("at", self.minute(event.at))
    }

    fn checked(&self, outcome: Outcome) -> Draft {
        let draft = |text: &str, step| Draft::of("identity_check", text).fact("step", step);
        match outcome {
            Outcome::Passed { until } => {
                draft(SHOWN_WHO, "passed").fact("until", self.minute(until))
            }
            Outcome::Wrong { left } => {
                draft("it was not the code", "failed").fact("tries_left", left.to_string())
            }
            Outcome::Expired => draft("the code came too late", "failed"),
        }
    }

    fn result(&self, call: CallId, outcome: &ToolOutcome) -> Draft {
        let mut draft = Draft::of("tool_result", String::new());
        if let Some(tool) = self.tool(call) {
            draft = draft.fact("tool", tool);
        }
        draft = draft.fact("call", short(&call.to_string()));
        if let Some(rest) = rest(outcome) {
            draft = draft.fact("more", rest);
        }
        draft = match outcome {
            ToolOutcome::Drafted { document, .. } => {
                draft.fact("outcome", "drafted").document(document)
            }
            ToolOutcome::Released { output, .. } => draft
                .fact("outcome", "released")
                .fact("output", output.to_string()),
            ToolOutcome::Said { text } => Draft {
                text: text.clone(),
                ..draft
            },
            ToolOutcome::Refused { said } => Draft {
                text: said.clone(),
                ..draft.fact("outcome", "refused")
            },
            ToolOutcome::Prepared { document, .. } => {
                draft.fact("outcome", "prepared").document(document)
            }
            ToolOutcome::Made { output, said } => Draft {
                text: said.clone(),
                ..draft
                    .fact("outcome", "done")
                    .fact("output", output.to_string())
            },
            ToolOutcome::NotMade { .. } => Draft {
                text: NOT_MADE.to_owned(),
                ..draft.fact("outcome", "not_done")
            },
            ToolOutcome::Failed { .. } if self.tool(call) == Some("carry_out") => Draft {
                text: NOBODY_KNOWS.to_owned(),
                ..draft.fact("outcome", "failed")
            },
            ToolOutcome::Failed { .. } => Draft {
                text: DID_NOT_WORK.to_owned(),
                ..draft.fact("outcome", "failed")
            },
            ToolOutcome::Inventory { found, .. } => Draft {
                text: json(found),
                short: Some(figures(outcome)),
                ..draft
            },
            ToolOutcome::Alerts { alerts, .. } => Draft {
                text: json(alerts),
                short: Some(figures(outcome)),
                ..draft
            },
            ToolOutcome::Agents { agents } => Draft {
                text: json(agents),
                short: Some(figures(outcome)),
                ..draft
            },
        };
        Draft {
            most: self.parameters.result_characters,
            remedy: "call the tool again, asking for less",
            ..draft
        }
    }
}

/// What a model said and wanted. Once that is a while ago, its words are enough.
fn thinking(text: &str, answer: &Answer) -> Draft {
    let wanted = answer.calls.iter();
    let wanted = wanted.map(|call| format!("{} {}", one_line(&call.tool), json(&call.arguments)));
    let words = Some(text.to_owned()).filter(|text| !text.is_empty());
    let text: Vec<String> = words.iter().cloned().chain(wanted).collect();
    Draft {
        short: words,
        ..Draft::of("model_thinking", text.join("\n"))
    }
}

/// What a colleague is asked, and what there is to choose from.
fn question(asks: &Question) -> String {
    let options = asks.options.iter().map(|option| format!("\n- {option}"));
    asks.question.clone() + &options.collect::<String>()
}

fn called(tool: &ToolCall) -> Draft {
    match tool {
        // Never a model's choice: the digest that a decision is bound to tells it nothing.
        ToolCall::SendDocument(call) | ToolCall::CarryOut(call) => {
            Draft::of("tool_call", String::new()).fact("output", call.output.to_string())
        }
        ToolCall::CheckInventory(_)
        | ToolCall::ViewAlerts(_)
        | ToolCall::AgentStatus
        | ToolCall::GenerateReport(_) => Draft::of("tool_call", arguments(tool)),
        ToolCall::Remote(call) => Draft::of("tool_call", call.arguments.to_string()),
    }
}

/// Cuts a text where that saves something.
fn cut_long(text: String, most: usize, remedy: &str) -> (String, Option<String>) {
    match text.char_indices().nth(most.saturating_add(LEAST_CUT)) {
        None => (text, None),
        Some(_) => cut_with_note(text, most, remedy),
    }
}

fn cut_with_note(text: String, most: usize, remedy: &str) -> (String, Option<String>) {
    match cut(&text, most) {
        (text, 0) => (text, None),
        (short, left) => {
            let all = text.chars().count();
            let note = format!("{} of {} characters; {remedy}", grouped(left), grouped(all));
            (short, Some(note))
        }
    }
}

/// Canonical JSON, so that the order of keys is the same in every build.
pub(super) fn json(value: &impl Serialize) -> String {
    serde_json_canonicalizer::to_string(value).unwrap_or_default()
}

fn arguments(tool: &ToolCall) -> String {
    let call = serde_json::to_value(tool).unwrap_or_default();
    match call.get("arguments") {
        Some(arguments) => json(arguments),
        None => "{}".to_owned(),
    }
}
