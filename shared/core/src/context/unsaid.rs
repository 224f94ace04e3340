//! What a model's answer says besides the parts of it that are messages of their own, so that a
//! prompt shows its words once.

use std::collections::BTreeMap;

use super::Placed;
use crate::{
    EventId,
    event::{AgentWords, EventData},
    parts,
};

/// The words that the parts before a model's answer leave over of it.
pub(super) fn unsaid(events: &[Placed<'_>]) -> BTreeMap<EventId, String> {
    let mut unsaid = BTreeMap::new();
    let mut said: Vec<&str> = Vec::new();
    for Placed { event, .. } in events {
        match &event.data {
            EventData::AgentMessage {
                body: AgentWords::Part { text },
                ..
            } => said.push(text),
            EventData::AgentMessage { .. } => said.clear(),
            EventData::ModelThinking {
                answer,
                said: before,
                ..
            } => {
                let its = said.get(usize::from(*before)..).unwrap_or_default();
                if let Some(rest) = parts::rest(&answer.text, its) {
                    unsaid.insert(event.id, rest.to_owned());
                }
                if !answer.calls.is_empty() {
                    said.clear();
                }
            }
            _ => {}
        }
    }
    unsaid
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        agent::AgentKind,
        event::Event,
        model::{Answer, Ended, Purpose, Usage, Wanted},
        money::MicroUsd,
    };

    fn part(text: &str) -> EventData {
        EventData::AgentMessage {
            body: AgentWords::Part { text: text.into() },
            asks: None,
        }
    }

    fn thought(text: &str, said: u16, calls: &[&str]) -> EventData {
        let calls = calls.iter().map(|tool| Wanted {
            tool: (*tool).to_owned(),
            arguments: serde_json::json!({}),
        });
        EventData::ModelThinking {
            purpose: Purpose::Answer,
            agent: AgentKind::Shop,
            model: "openai:gpt-4o".parse().unwrap(),
            about: vec![],
            answer: Answer {
                text: text.into(),
                calls: calls.collect(),
                ended: Ended::Done,
                usage: Usage::default(),
            },
            said,
            cost: MicroUsd(1),
            cached: None,
            flagged: vec![],
            pictures: vec![],
        }
    }

    fn check(events: &[EventData], expect: &[&str]) {
        let events: Vec<Event> = (0..)
            .zip(events)
            .map(|(index, data)| Event {
                id: EventId::derived(&format!("{index}")),
                at: jiff::Timestamp::UNIX_EPOCH,
                answers: vec![],
                data: data.clone(),
            })
            .collect();
        let placed: Vec<Placed<'_>> = events
            .iter()
            .map(|event| Placed { commit: 1, event })
            .collect();
        let unsaid = unsaid(&placed);
        let thoughts = events.iter().filter_map(|event| unsaid.get(&event.id));
        assert_eq!(thoughts.collect::<Vec<_>>(), expect);
    }

    #[test]
    fn a4_what_has_left_in_parts_is_not_shown_again() {
        check(&[thought("One. Two.", 0, &["look"])], &["One. Two."]);
        check(
            &[part("One."), thought("One. Two.", 0, &["look"])],
            &["Two."],
        );
        // The first part is another model's, which this one went on from.
        check(
            &[part("One."), part("Two."), thought("Two. Three.", 1, &[])],
            &["Three."],
        );
        // After its calls the next answer is another.
        check(
            &[
                part("One."),
                thought("One.", 0, &["look"]),
                thought("One. Two.", 0, &["look"]),
            ],
            &["", "One. Two."],
        );
    }
}
