//! What a model is asked, and what its answer is recorded as.

use super::{Agent, Planned, thoughts};
use crate::{
    EventId,
    agent::AgentKind,
    event::{EventData, Failing},
    model::{Answer, Ended, ModelName, Purpose, Usage},
    money::MicroUsd,
    response_cache::{Cached, Freshness, Kept},
    thread::Thread,
};

/// What a model is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ask {
    /// What for.
    pub purpose: Purpose,
    /// Which agent asks.
    pub agent: AgentKind,
    /// The open events that its answer is to deal with, oldest first.
    pub about: Vec<EventId>,
    /// Those of them that its answer deals with by seeing them: results of its calls.
    pub seen: Vec<EventId>,
    /// How many parts of an answer have left already: its answer goes on from them.
    pub said: u16,
}

impl Ask {
    /// The same to another model, after this much of an answer has left.
    pub fn after(&self, thread: &Thread) -> Self {
        Self {
            said: match self.purpose {
                Purpose::Answer => thread.head.fold.attempt.said.len() as u16,
                Purpose::Triage | Purpose::Compaction => 0,
            },
            ..self.clone()
        }
    }

    /// Its answer, as it is recorded.
    pub fn answered(&self, model: ModelName, answer: Answer, cost: MicroUsd) -> Planned {
        Planned {
            answers: self.seen.clone(),
            data: EventData::ModelThinking {
                purpose: self.purpose,
                agent: self.agent,
                model,
                about: self.about.clone(),
                answer: answer.bounded(),
                said: self.said,
                cost,
                cached: None,
                flagged: vec![],
                pictures: vec![],
            },
            leaves: &[],
        }
    }

    /// The same, of which a provider's moderation says that this is wrong with it.
    pub fn judged(
        &self,
        model: ModelName,
        answer: Answer,
        cost: MicroUsd,
        wrong: Vec<String>,
    ) -> Planned {
        let mut planned = self.answered(model, answer, cost);
        if let EventData::ModelThinking { flagged, .. } = &mut planned.data {
            *flagged = wrong;
        }
        planned
    }

    /// An answer that is kept, as it is recorded: it took nothing, and `cost` is what was spent on
    /// models in vain before.
    pub fn recalled(&self, kept: Kept, freshness: Freshness, cost: MicroUsd) -> Planned {
        let made = kept.made;
        let answer = Answer {
            text: kept.text,
            calls: vec![],
            ended: Ended::Done,
            usage: Usage::default(),
        };
        let mut planned = self.answered(kept.model, answer, cost);
        if let EventData::ModelThinking { cached, .. } = &mut planned.data {
            *cached = Some(Cached { made, freshness });
        }
        planned
    }

    /// That nobody answered it, why, and what that cost.
    pub fn failed(&self, detail: String, cost: MicroUsd) -> Planned {
        Planned {
            answers: vec![],
            data: EventData::Error {
                detail,
                of: Some(Failing::Model),
                cost,
            },
            leaves: &[],
        }
    }

    /// What becomes of it where models answered, but none with an answer to it: what triage is not
    /// sure of is still somebody's.
    pub fn unsure(&self, agent: &Agent) -> Option<Planned> {
        let kind = thoughts::unsorted(agent);
        let is_triage = self.purpose == Purpose::Triage;
        kind.filter(|_| is_triage).map(thoughts::triage_to)
    }
}
