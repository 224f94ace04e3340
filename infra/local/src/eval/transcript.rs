//! A conversation as it is on record, for people: what was written, what models answered, what was
//! called and what came of it, who was asked, and what left.

use std::fmt;

use countersign_core::{
    approval::Decision,
    event::{AgentWords, Event, EventData, Recipient},
    message::Content,
    model::Purpose,
    tool::ToolOutcome,
};

use super::{Called, Outcome, Played};

/// The most characters of a line; tools can answer at length.
const MOST_SHOWN: usize = 200;

/// Everything that the turns of an outcome left on record, oldest first.
pub struct Transcript<'a>(pub &'a Outcome);

impl fmt::Display for Transcript<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, Played { record, .. }) in self.0.turns.iter().enumerate() {
            writeln!(f, "    -- turn {}", index + 1)?;
            for event in record {
                writeln!(f, "    {}", line(event))?;
            }
        }
        Ok(())
    }
}

/// An event in a line.
fn line(event: &Event) -> String {
    let (who, what) = match &event.data {
        EventData::UserMessage { content, .. } => ("customer", written(content)),
        EventData::ModelThinking {
            purpose,
            agent,
            model,
            answer,
            cost,
            ..
        } => {
            let asked = match purpose {
                Purpose::Answer => "",
                Purpose::Triage => " sorts",
                Purpose::Compaction => " sums up",
            };
            let calls = answer.calls.iter().map(|call| {
                let arguments = call.arguments.as_object().cloned().unwrap_or_default();
                let tool = call.tool.clone();
                Called { tool, arguments }.to_string()
            });
            let words = Some(answer.text.clone()).filter(|text| !text.is_empty());
            let said: Vec<String> = words.into_iter().chain(calls).collect();
            let usage = answer.usage;
            let what = format!(
                "{}{asked} ({model}, {} in, {} of it cached, {} out, {cost} USD): {}",
                agent.as_str(),
                usage.read(),
                usage.cached,
                usage.output,
                said.join(" + ")
            );
            ("thinks", what)
        }
        EventData::ToolCall { tool, .. } => ("calls", Called::from(tool).to_string()),
        EventData::ToolResult { outcome, .. } => ("gets", found(outcome)),
        EventData::HumanRequest { act, approver, .. } => {
            let what = format!("{approver} is asked to decide on {}", act.tool.as_str());
            ("asks", what)
        }
        EventData::Permitted { act, rule, .. } => {
            let what = format!("the rule {rule:?} allows {}", act.tool.as_str());
            ("rule", what)
        }
        EventData::HumanResponse { decision, .. } => ("decision", decided(decision)),
        EventData::AgentMessage { body, .. } => ("agent", said(body)),
        EventData::HandOver { from, to, note } => {
            let to = match to {
                Recipient::Agent(kind) => kind.as_str(),
                Recipient::Human => "a person",
            };
            let note = Some(note).filter(|note| !note.is_empty());
            let note = note.map(|note| format!(": {note}")).unwrap_or_default();
            ("hands over", format!("{} to {to}{note}", from.as_str()))
        }
        EventData::Error { detail, .. } => ("error", detail.clone()),
        EventData::Compaction { summary, .. } => ("summary", summary.clone()),
        EventData::SystemNote { text, .. } => ("note", text.clone()),
        EventData::Launched { by, task, .. } => ("company", format!("{by}: {}", task.as_str())),
        other => ("event", recorded(other)),
    };
    let what = what.replace('\n', " / ");
    match what.char_indices().nth(MOST_SHOWN) {
        None => format!("{who:<11}{what}"),
        Some((end, _)) => format!("{who:<11}{}…", &what[..end]),
    }
}

fn written(content: &Content) -> String {
    match (content, content.words()) {
        (Content::Text { body }, _) => body.clone(),
        (other, Some(words)) => format!("[{}] {words}", other.kind()),
        (other, None) => format!("[{}]", other.kind()),
    }
}

fn said(body: &AgentWords) -> String {
    match body {
        AgentWords::Text { text } | AgentWords::Part { text } => text.clone(),
        AgentWords::Choices(offer) => offer.lines(),
        AgentWords::Reaction { emoji, .. } => format!("[reacts with {emoji}]"),
        AgentWords::Document { document, .. } => {
            format!("[{}, {} bytes]", document.filename, document.size)
        }
    }
}

fn found(outcome: &ToolOutcome) -> String {
    match outcome {
        ToolOutcome::Said { text } => text.clone(),
        ToolOutcome::Refused { said } | ToolOutcome::Made { said, .. } => said.clone(),
        ToolOutcome::NotMade { reason } | ToolOutcome::Failed { reason } => reason.clone(),
        ToolOutcome::Drafted { document, .. } | ToolOutcome::Prepared { document, .. } => {
            format!("{}, {} bytes", document.filename, document.size)
        }
        other => serde_json::to_string(other).unwrap_or_default(),
    }
}

fn decided(decision: &Decision) -> String {
    match decision {
        Decision::Approved { by, .. } => format!("{by} approves"),
        Decision::Answered { by, answer, .. } => format!("{by} answers: {answer}"),
        Decision::Rejected { by, reason, .. } => {
            let reason = reason.as_deref().unwrap_or("no reason given");
            format!("{by} rejects: {reason}")
        }
        Decision::Expired { .. } => "nobody decided in time".to_owned(),
    }
}

/// A kind that has no words here, as it is stored.
fn recorded(data: &EventData) -> String {
    serde_json::to_string(data).unwrap_or_default()
}
