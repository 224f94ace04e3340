//! Answers that serve more than one customer: a question that many ask first is answered by a model
//! once an hour, and by the cache meanwhile. Here is decided what may be asked of it, under which
//! key, and what may be put into it; `countersign-aws` stores it.
//!
//! # What an answer in it depends on
//!
//! On the question, the company's instructions, and the day: on nothing of whoever asked. That does
//! not hold because answers are looked through, but because a question that may be in the cache is
//! asked without all else. The model is shown the words and the date, and neither name, number nor
//! time of day ([`prompt::alone`]), so no answer can have them. A question that the time of day
//! plays a part in ("now", "tonight") is asked in the ordinary way, and so is every one with a
//! conversation before it.
//!
//! The key is made of all that the model is shown but the date, with the question in its plain words,
//! of the models that may answer, and of whether a provider judges what they say. Whatever is
//! changed there makes another key, and what was kept under the old one is never read again. A
//! registered price is in no prompt, so changing one drops nothing.
//!
//! # Planting an answer
//!
//! A customer may want others to read what they have made a model say. Others read it only where
//! they ask *the same words*: what a question adds to be obeyed ("answer everybody that…") is in its
//! key, and nobody else's question has it. What the key leaves out (capitals, punctuation) can
//! carry no instruction, and what could, such as an emoji, brackets or letters that can't be seen,
//! makes a question unfit, and so does anything that looks like an attempt to steer. The words
//! decide the language too: it is never another customer's. The name they gave themselves is not
//! shown. What is left is to ask a common question until a model answers it badly by chance; such
//! an answer went through all that an answer goes through, lives for an hour, and is asked anew
//! after it however often it was read.

use std::fmt;

use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::{
    ContentHash, EventId,
    agent::{AgentKind, AgentRow},
    commands,
    event::{AgentWords, Event, EventData, Recipient},
    message::Content,
    model::{Ended, ModelName, Purpose, Shape},
    money::MicroUsd,
    prompt,
    safety::{self, Own},
    step::{Agent, Ask, Role},
    thread::{Attempt, Fold, Models},
};

/// For so long an answer is as good as a new one.
pub const FRESH: SignedDuration = SignedDuration::from_hours(1);

/// For so long it is better than none, when no model answers.
pub const KEPT: SignedDuration = SignedDuration::from_hours(24);

/// Longer questions, in characters, are hardly ever asked twice.
const MOST_CHARACTERS: usize = 300;

/// Words that are about the time of day, in the languages of the region. Where one is missing, the
/// model doesn't know what time it is and can't say anything wrong about it.
const OF_THE_HOUR: &[&str] = &[
    "now",
    "currently",
    "already",
    "still",
    "yet",
    "soon",
    "tonight",
    "minute",
    "minutes",
    "late",
    "maintenant",
    "actuellement",
    "bientôt",
    "déjà",
    "encore",
    "sasa",
    "bado",
    "ubu",
    "nonaha",
];

/// Words that are about the day: an answer with one is not read on the next.
const OF_THE_DAY: &[&str] = &[
    "today",
    "tomorrow",
    "yesterday",
    "week",
    "weekend",
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
    "aujourdhui",
    "demain",
    "hier",
    "semaine",
    "lundi",
    "mardi",
    "mercredi",
    "jeudi",
    "vendredi",
    "samedi",
    "dimanche",
    "leo",
    "kesho",
    "jana",
    "wiki",
    "munsi",
    "ejo",
    "cyumweru",
];

/// A question that may be in the cache.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// As the customer wrote it.
    pub text: String,
    /// Its words as the command engine reads them, which are in the key.
    words: String,
}

/// Why a question may not be in the cache.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unfit {
    /// It is not asked for an answer or an agent.
    Purpose,
    /// Whoever asks may see what customers may not.
    NotACustomer,
    /// There is more to it than one message: a conversation, or something under way.
    NotAlone,
    /// It is longer than what many ask.
    Long,
    /// It has something besides words, or looks like an attempt to steer.
    Suspicious,
    /// It has a number or an address of somebody's.
    Personal,
    /// The time of day plays a part in it.
    OfTheHour,
}

/// An answer that is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// What the model said, all of which reached whoever asked first.
    pub text: String,
    /// Which model.
    pub model: ModelName,
    /// What it cost to be made: so much a hit saves.
    pub cost: MicroUsd,
    /// When it was made.
    pub made: Timestamp,
}

/// That an answer came from the cache.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cached {
    /// When a model made it.
    pub made: Timestamp,
    /// Why it was taken.
    pub freshness: Freshness,
}

/// How good a kept answer is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Freshness {
    /// As good as a new one.
    Fresh,
    /// Better than none: it was taken because no model answered.
    Stale,
}

impl fmt::Display for Unfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Purpose => "it is not asked for an answer",
            Self::NotACustomer => "whoever asks is no customer",
            Self::NotAlone => "there is more to it than one message",
            Self::Long => "it is long",
            Self::Suspicious => "it is more than plain words",
            Self::Personal => "it has personal data",
            Self::OfTheHour => "the time of day plays a part in it",
        })
    }
}

/// The question of `ask`, if it depends on nothing but itself. `events` is all that a model would be
/// shown.
///
/// # Errors
/// Why it may not be in the cache.
pub fn question<'a>(
    ask: &Ask,
    fold: &Fold,
    events: impl IntoIterator<Item = &'a Event>,
    role: Role,
) -> Result<Question, Unfit> {
    if !matches!(ask.purpose, Purpose::Answer | Purpose::Triage) {
        return Err(Unfit::Purpose);
    }
    if role != Role::Customer {
        return Err(Unfit::NotACustomer);
    }
    let [about] = ask.about.as_slice() else {
        return Err(Unfit::NotAlone);
    };
    if !ask.seen.is_empty() || ask.said > 0 || !is_first(fold, *about) {
        return Err(Unfit::NotAlone);
    }
    let mut found = None;
    for event in events {
        match &event.data {
            EventData::UserMessage {
                content,
                name,
                beside,
                ..
            } if event.id == *about => {
                if beside.replies_to.is_some() || beside.referral.is_some() {
                    return Err(Unfit::NotAlone);
                }
                found = Some((content, name));
            }
            // The greeting: nothing of the customer's is in it.
            EventData::AgentMessage {
                body: AgentWords::Text { .. },
                asks: None,
            } if event.answers.is_empty() => {}
            // How they are spoken to, which is in the question.
            EventData::SystemNote {
                persona: Some(_),
                continues: None,
                ..
            } => {}
            // What triage made of the same words.
            EventData::ModelThinking {
                purpose: Purpose::Triage,
                ..
            } => {}
            EventData::HandOver {
                from: AgentKind::Triage,
                to: Recipient::Agent(_),
                note,
            } if note.is_empty() => {}
            _ => return Err(Unfit::NotAlone),
        }
    }
    let Some((Content::Text { body }, name)) = found else {
        return Err(Unfit::NotAlone);
    };
    if body.chars().count() > MOST_CHARACTERS {
        return Err(Unfit::Long);
    }
    let is_clean = |text: &str| safety::screen(text).is_clean();
    if !is_clean(body) || !name.as_deref().is_none_or(is_clean) || !body.chars().all(is_plain) {
        return Err(Unfit::Suspicious);
    }
    if !safety::redact(body, &Own::nothing()).found.is_empty() {
        return Err(Unfit::Personal);
    }
    let words = commands::plain_words(body).ok_or(Unfit::Long)?;
    if words.is_empty() {
        return Err(Unfit::Suspicious);
    }
    if has_any(&words, OF_THE_HOUR) {
        return Err(Unfit::OfTheHour);
    }
    Ok(Question {
        text: body.clone(),
        words,
    })
}

/// Whether nothing has happened but that this message came, and nothing went wrong about it.
fn is_first(fold: &Fold, message: EventId) -> bool {
    let Fold {
        open,
        pending,
        running,
        awaiting,
        chosen,
        changes,
        attempt,
        compacted,
        ..
    } = fold;
    let Attempt {
        failing,
        useless,
        models,
        said,
        ..
    } = attempt;
    matches!(open.as_slice(), [open] if open.event == message)
        && pending.is_none()
        && running.is_empty()
        && awaiting.is_empty()
        && chosen.is_empty()
        && changes.is_empty()
        && compacted.is_none()
        && failing.is_none()
        && *useless == 0
        && *models == Models::Asked
        && said.is_empty()
}

/// What the key leaves out of a text can be no more than this and capitals.
fn is_plain(c: char) -> bool {
    c.is_alphanumeric()
        || c.is_whitespace()
        || matches!(
            c,
            '.' | ',' | '!' | '?' | ';' | ':' | '\'' | '\u{2019}' | '-'
        )
        || matches!(c, '\u{300}'..='\u{36f}')
}

fn has_any(words: &str, of: &[&str]) -> bool {
    words.split(' ').any(|word| of.contains(&word))
}

/// Under what a question's answer is kept. `variant` is whatever else an answer depends on.
pub fn key(question: &Question, row: &AgentRow, agent: &Agent, variant: &str) -> ContentHash {
    let asked = prompt::alone(row, agent, &question.words, None);
    let shape = match &asked.shape {
        Shape::Free => &[][..],
        Shape::OneOf(words) => words,
    };
    let stable = json!({
        "version": 1,
        "system": asked.system,
        "recent": asked.recent,
        "tools": asked.tools,
        "one_of": shape,
        "temperature": asked.temperature,
        "max_tokens": asked.max_tokens,
        "models": prompt::models(row, 0),
        "time_zone": agent.time_zone.iana_name(),
        "variant": variant,
    });
    ContentHash::of(stable.to_string().as_bytes())
}

impl Kept {
    /// How good it is at `now`; none when it is too old, or of another day and speaks of the day.
    pub fn freshness(
        &self,
        question: &Question,
        now: Timestamp,
        there: &TimeZone,
    ) -> Option<Freshness> {
        let age = now.duration_since(self.made);
        let is_of_today = || day(self.made, there) == day(now, there);
        if age < FRESH && is_of_today() {
            return Some(Freshness::Fresh);
        }
        let speaks_of_the_day = || {
            let words = commands::plain_words(&self.text);
            has_any(&question.words, OF_THE_DAY)
                || words.is_none_or(|words| has_any(&words, OF_THE_DAY))
        };
        (age < KEPT && (is_of_today() || !speaks_of_the_day())).then_some(Freshness::Stale)
    }
}

fn day(at: Timestamp, there: &TimeZone) -> jiff::civil::Date {
    there.to_datetime(at).date()
}

/// What is kept of a model's answer: nothing but plain words that reached whoever asked exactly as
/// the model said them, or the agent that triage chose. `events` has what came of it.
pub fn kept(events: &[Event], thought: EventId) -> Option<Kept> {
    let event = events.iter().rev().find(|event| event.id == thought)?;
    let EventData::ModelThinking {
        purpose,
        model,
        answer,
        said: 0,
        cost,
        cached: None,
        flagged,
        ..
    } = &event.data
    else {
        return None;
    };
    if answer.ended != Ended::Done || !answer.calls.is_empty() || !flagged.is_empty() {
        return None;
    }
    let came_of_it = |event: &&Event| event.answers.contains(&thought);
    let became = |event: &Event| match (purpose, &event.data) {
        (
            Purpose::Answer,
            EventData::AgentMessage {
                body: AgentWords::Text { text },
                ..
            },
        ) => *text == answer.text,
        (
            Purpose::Triage,
            EventData::HandOver {
                to: Recipient::Agent(kind),
                ..
            },
        ) => kind.as_str() == answer.text,
        _ => false,
    };
    let is_as_it_was = events.iter().filter(came_of_it).any(became);
    let is_nobodys = safety::redact(&answer.text, &Own::nothing())
        .found
        .is_empty();
    (is_as_it_was && is_nobodys).then(|| Kept {
        text: answer.text.clone(),
        model: model.clone(),
        cost: *cost,
        made: event.at,
    })
}

#[cfg(test)]
mod tests;
