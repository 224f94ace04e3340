//! A command that waits for the answer to a question.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::{
    Confidence, Entities, Entity, Intent, Recognised, Understood, first_match,
    phrase::{Extent, Phrase},
    spelt,
    table::TABLE,
    tokens::{Token, tokens},
    understand, without_courtesies,
};

/// A command that lacks an entity. It is stored in its thread, so fields are only ever added.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pending {
    /// What is wanted.
    pub intent: Intent,
    /// What is known already.
    #[serde(default)]
    pub entities: Entities,
    /// What was asked for.
    pub missing: Entity,
}

/// What a message does to a pending command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Completion {
    /// It answers. Something else may still be missing, or the same again.
    Answered(Recognised),
    /// It is another command, which takes the pending one's place.
    Replaced(Recognised),
    /// It calls the command off.
    Dropped,
    /// It has nothing to do with the question; the command stays pending.
    Unrelated,
}

/// What `text` does to `pending`. `today` is the date in the tenant's time zone.
pub fn complete(pending: &Pending, text: &str, today: Date) -> Completion {
    let words = tokens(text);
    let body = without_courtesies(&words, today);
    let is = |phrases: &[Phrase], tokens: &[Token]| {
        first_match(phrases, tokens, 0, Extent::Whole, today).is_some()
    };
    if is(&TABLE.cancels, &words) || is(&TABLE.cancels, body) {
        return Completion::Dropped;
    }
    let answer = first_match(
        TABLE.answers(pending.missing),
        body,
        0,
        Extent::Whole,
        today,
    );
    let command = understand(text, today);
    match answer {
        // A free name may as well be the words of a command: the command goes first.
        Some(found) if !found.has_free_name() || !command.confidence.is_sure() => {
            let answer = Understood {
                intent: pending.intent,
                // After a question, a slip of the thumb leaves little doubt.
                confidence: spelt(Confidence::FULL, &found).max(Confidence::SURE),
                entities: found.entities,
                has_impossible_dates: found.has_impossible_dates,
            };
            Completion::Answered(answer.completing(pending).finish(today))
        }
        _ if !command.confidence.is_sure() => Completion::Unrelated,
        _ if command.intent == pending.intent => {
            Completion::Answered(command.completing(pending).finish(today))
        }
        _ => Completion::Replaced(command.finish(today)),
    }
}

impl Understood {
    /// This, with what the pending command knew already.
    fn completing(self, pending: &Pending) -> Self {
        Self {
            entities: self.entities.or(&pending.entities),
            ..self
        }
    }
}
