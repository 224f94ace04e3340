//! What a model shows besides words: answers to choose from, which end its turn like an answer does,
//! and a sign on the customer's message, which does not.

use super::{Calls, Planned, Step, WantedBy, event};
use crate::{
    CallId, EventId, ProviderMessageId,
    commands::is_greeting,
    event::{AgentWords, Event, EventData},
    markup,
    message::Content,
    model::Answer,
    offer::{Offer, Row, Shows},
    prompt,
    registry::{Choices, OFFER_CHOICES, REACT},
    safety::{self, Moderated},
    step::{Leaves, offers, own, thoughts},
    thread::{Contact, words},
};

/// The words of an answer that may leave: those of an answer in words, also where nothing but a sign
/// is beside them, or those that it offers to choose from. What stands beside other calls never
/// leaves. It is what a provider's moderation judges.
pub fn spoken(answer: &Answer) -> String {
    if is_in_words(answer) {
        return answer.text.clone();
    }
    let offered = answer
        .calls
        .iter()
        .filter(|call| call.tool == OFFER_CHOICES);
    let mut said = Vec::new();
    offered.for_each(|call| texts(&call.arguments, &mut said));
    said.join("\n")
}

/// Whether an answer is words, and at most a sign besides.
fn is_in_words(answer: &Answer) -> bool {
    let signs = answer.calls.iter().all(|call| call.tool == REACT);
    signs && (answer.calls.is_empty() || !answer.text.trim().is_empty())
}

fn texts<'a>(value: &'a serde_json::Value, said: &mut Vec<&'a str>) {
    match value {
        serde_json::Value::String(text) => said.push(text),
        serde_json::Value::Array(items) => items.iter().for_each(|item| texts(item, said)),
        serde_json::Value::Object(fields) => fields.values().for_each(|it| texts(it, said)),
        _ => {}
    }
}

impl Calls<'_> {
    /// Answers are offered if nothing else comes of the model's answer, and if their words may be
    /// said as any others.
    pub(super) fn offer(&mut self, call: CallId, thought: &Event, choices: Choices) {
        match self.offered(call, thought, choices) {
            Ok(offer) => self.offers.push(offer),
            Err(why) => self.refuse(OFFER_CHOICES, why),
        }
    }

    fn offered(&self, call: CallId, thought: &Event, choices: Choices) -> Result<Offer, String> {
        let EventData::ModelThinking { agent: by, .. } = &thought.data else {
            return Err("no model offered it".to_owned());
        };
        let (agent, own) = (self.voice.agent, own(&self.thread.head));
        let row = agent.agents.get(by);
        let system = row
            .map(|row| prompt::system(row, agent))
            .unwrap_or_default();
        let passed = |text: &str| match safety::moderate(text, &system, &own) {
            Moderated::Passed(text) | Moderated::Changed { text, .. } => Ok(text),
            Moderated::Withheld { why } => Err(format!("it may not be said: {why}")),
        };
        let mark = crate::ContentHash::of(call.to_string().as_bytes()).short();
        let mut rows = Vec::new();
        for (index, (title, detail)) in choices.options.iter().enumerate() {
            rows.push(Row {
                id: format!("offer/{mark}/{index}"),
                title: passed(title)?,
                detail: detail.as_deref().map(passed).transpose()?,
            });
        }
        let text = passed(&markup::whatsapp(&choices.text))?;
        let (opens, shows) = (passed(&choices.opens)?, self.thread.head.fold.shows);
        let offer = Offer::new(text, rows, &opens, shows)
            .ok_or("it is too long, or nothing tells its options apart: write less")?;
        // Nor may anything be said in pieces.
        let lines = offer.lines();
        match passed(&lines)? == lines {
            true => Ok(offer),
            false => Err("it may not be said: it has others' personal data in it".to_owned()),
        }
    }

    /// A sign is put to the newest message that is answered, once.
    pub(super) fn react(&mut self, sign: &'static str, answers: &[EventId]) {
        let fold = &self.thread.head.fold;
        let why = match self.newest(answers) {
            _ if self.reaction.is_some() => return,
            _ if fold.shows == Shows::Words => "this customer's phone shows no signs",
            _ if self.wanted == WantedBy::Company => "the customer wrote nothing",
            _ if fold.attempt.reactions > 0 => "their message has a sign already",
            None => "no message of theirs is at hand",
            Some(to) => {
                let emoji = sign.to_owned();
                self.reaction = Some(Planned {
                    leaves: &[Leaves::Message],
                    ..event(EventData::AgentMessage {
                        body: AgentWords::Reaction { to, emoji },
                        asks: None,
                    })
                });
                return;
            }
        };
        self.refuse(REACT, format!("{why}; answer in words"));
    }

    fn newest(&self, answers: &[EventId]) -> Option<ProviderMessageId> {
        let mut events = answers.iter().rev().filter_map(|id| self.thread.event(*id));
        events.find_map(|event| match &event.data {
            EventData::UserMessage { content, cause, .. } => match content {
                Content::Edited { of, .. } => Some(of.clone()),
                _ => cause.message(),
            },
            _ => None,
        })
    }

    /// What comes of it where nothing else was called. A sign beside other calls goes along with
    /// them.
    pub(super) fn shown(&mut self, thought: &Event, answers: &[EventId]) -> Option<Step> {
        match self.offers.pop() {
            Some(offer) if self.offers.is_empty() && self.planned.is_empty() => {
                let offer = offers::offers(answers.to_vec(), offer, None);
                let planned = self.reaction.take().into_iter().chain([offer]);
                return Some(Step::Record(planned.collect()));
            }
            Some(_) => {
                let detail = "nothing was offered: offer once and by itself, once you have what \
                              you look up";
                self.refuse(OFFER_CHOICES, detail.to_owned());
            }
            None => {}
        }
        let reaction = self.reaction.take()?;
        if !self.planned.is_empty() {
            self.planned.push(reaction);
            return None;
        }
        if let EventData::ModelThinking { answer, .. } = &thought.data
            && is_in_words(answer)
        {
            let said = thoughts::in_words(self.thread, self.voice, thought, answers.to_vec());
            let Step::Record(mut planned) = said else {
                return Some(said);
            };
            let is_said = !matches!(planned.first(), Some(first) if is_error(first));
            if is_said {
                planned.insert(0, reaction);
            }
            return Some(Step::Record(planned));
        }
        // Without words a sign answers only what wants no words: whoever asked something would be
        // left with a picture.
        let answers = match self.is_courtesy(thought.id, answers) {
            true => answers.to_vec(),
            false => vec![thought.id],
        };
        Some(Step::Record(vec![Planned {
            answers,
            ..reaction
        }]))
    }

    /// Whether all that is answered are thanks and greetings of somebody who was answered before.
    fn is_courtesy(&self, thought: EventId, answers: &[EventId]) -> bool {
        let today = self.voice.today();
        let mut messages = answers.iter().filter(|id| **id != thought).peekable();
        self.thread.head.fold.contact == Contact::Made
            && messages.peek().is_some()
            && messages.all(|id| match self.thread.event(*id).map(|it| &it.data) {
                Some(EventData::UserMessage { content, .. }) => {
                    words(content).is_some_and(|words| is_greeting(words, today))
                }
                _ => false,
            })
    }
}

fn is_error(planned: &Planned) -> bool {
    matches!(planned.data, EventData::Error { .. })
}
