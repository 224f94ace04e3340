//! The command engine: recognises, without a model, what a message asks for.
//!
//! It is sure only of a text that is a command and, courtesies apart, nothing else. Whatever else
//! is in a text lowers its confidence, so that a sentence that merely sounds like a command is
//! left to the model.

mod calendar;
mod dates;
mod entities;
mod names;
mod pending;
mod phrase;
mod spelling;
mod table;
#[cfg(test)]
mod tests;
mod tokens;

use std::fmt;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

pub use entities::{DateRange, Entities, Entity};
pub use pending::{Completion, Pending, complete};

use self::{
    phrase::{Extent, Match, Phrase},
    table::{Command, TABLE},
    tokens::Token,
};
use crate::tool::{AlertsArguments, ReportArguments, ToolCall};

/// What a customer wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Intent {
    /// How much of a product there is.
    CheckInventory,
    /// The open alerts.
    ViewAlerts,
    /// A report as a file.
    GenerateReport,
    /// How the agents are.
    AgentStatus,
    /// What can be asked.
    Help,
    /// None of these.
    Unknown,
}

/// How much speaks for a recognised intent, 0 to 100.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct Confidence(u8);

impl Confidence {
    /// Nothing was recognised.
    pub const NONE: Self = Self(0);
    /// From here on a command is acted on.
    pub const SURE: Self = Self(80);
    /// The text is the command, word for word.
    pub const FULL: Self = Self(100);

    /// In percent.
    pub fn percent(self) -> u8 {
        self.0
    }

    /// Whether to act on it.
    pub fn is_sure(self) -> bool {
        self >= Self::SURE
    }
}

impl fmt::Display for Confidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} %", self.0)
    }
}

/// The words of a text as commands are read: in lower case, and without most punctuation. None for a
/// text that is too long to be read to its end, or has a word that is none.
pub fn plain_words(text: &str) -> Option<String> {
    let tokens = tokens::tokens(text);
    let is_whole = !tokens.iter().any(tokens::Token::is_barrier);
    let words: Vec<&str> = tokens.iter().map(|token| token.word.as_str()).collect();
    is_whole.then(|| words.join(" "))
}

/// What a text was recognised as.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Recognised {
    /// What is wanted.
    pub intent: Intent,
    /// How much speaks for it. Act on it only if it [is sure](Confidence::is_sure).
    pub confidence: Confidence,
    /// What it speaks of, defaults included.
    pub entities: Entities,
    /// What has to be asked for before it can run.
    pub missing: Option<Entity>,
}

impl Recognised {
    /// The call that answers it; none for help and the unknown, while something is missing, and
    /// while the engine is not sure.
    pub fn tool_call(&self) -> Option<ToolCall> {
        if self.missing.is_some() || !self.confidence.is_sure() {
            return None;
        }
        match self.intent {
            Intent::CheckInventory => {
                let product = self.entities.product.clone()?;
                Some(ToolCall::CheckInventory(product))
            }
            Intent::ViewAlerts => Some(ToolCall::ViewAlerts(AlertsArguments {
                severity: self.entities.severity,
            })),
            Intent::GenerateReport => {
                let dates = self.entities.dates?;
                Some(ToolCall::GenerateReport(ReportArguments {
                    kind: self.entities.report_type?,
                    from: dates.first(),
                    to: dates.last(),
                    asks: None,
                }))
            }
            Intent::AgentStatus => Some(ToolCall::AgentStatus),
            Intent::Help | Intent::Unknown => None,
        }
    }

    /// What to keep while the missing entity is asked for; none if nothing is missing, or if the
    /// engine is not sure enough to ask.
    pub fn pending(&self) -> Option<Pending> {
        let missing = self.missing.filter(|_| self.confidence.is_sure())?;
        Some(Pending {
            intent: self.intent,
            entities: self.entities.clone(),
            missing,
        })
    }
}

/// Recognises what `text` asks for. `today` is the date in the tenant's time zone.
pub fn recognise(text: &str, today: Date) -> Recognised {
    understand(text, today).finish(today)
}

/// Whether `text` is a command and nothing else, so that it needn't wait for more messages.
/// It may still lack an entity.
pub fn is_sure(text: &str, today: Date) -> bool {
    understand(text, today).confidence.is_sure()
}

/// Whether `text` greets or thanks and says nothing else.
pub fn is_greeting(text: &str, today: Date) -> bool {
    let tokens = tokens::tokens(text);
    !tokens.is_empty() && without_courtesies(&tokens, today).is_empty()
}

/// What a text says by itself, before defaults.
struct Understood {
    intent: Intent,
    confidence: Confidence,
    entities: Entities,
    has_impossible_dates: bool,
}

impl Understood {
    fn finish(self, today: Date) -> Recognised {
        let command = TABLE.command(self.intent);
        let mut entities = self.entities;
        let missing = if self.has_impossible_dates {
            Some(Entity::DateRange)
        } else {
            let required = command.map_or(&[][..], |command| command.required);
            required
                .iter()
                .copied()
                .find(|entity| !entities.has(*entity))
        };
        if missing.is_none() {
            let defaulted = command.map_or(&[][..], |command| command.defaulted);
            if defaulted.contains(&Entity::DateRange) {
                entities.dates.get_or_insert(DateRange::day(today));
            }
        }
        Recognised {
            intent: self.intent,
            confidence: self.confidence,
            entities,
            missing,
        }
    }
}

/// What a free name after a loose phrase leaves of the confidence.
const LOOSE: u8 = 85;

/// What a misspelt word takes from the confidence, and again if no word was spelt right.
const TYPO: u8 = 12;

/// What a command that is a part of a text is worth, times its share of the words.
const PART: usize = 70;

/// Less is not worth mentioning.
const LEAST: u8 = 20;

fn understand(text: &str, today: Date) -> Understood {
    let tokens = tokens::tokens(text);
    let body = without_courtesies(&tokens, today);
    let whole = best(TABLE.commands.iter().filter_map(|command| {
        let (confidence, found) = whole(command, body, today)?;
        Some((confidence, command.intent, found))
    }));
    let (confidence, intent, found) = whole
        .or_else(|| {
            best(TABLE.commands.iter().filter_map(|command| {
                let (confidence, found) = part(command, body, today)?;
                Some((confidence, command.intent, found))
            }))
        })
        .unwrap_or((Confidence::NONE, Intent::Unknown, Match::default()));
    Understood {
        intent,
        confidence,
        entities: found.entities,
        has_impossible_dates: found.has_impossible_dates,
    }
}

fn best<T>(found: impl Iterator<Item = (Confidence, T, Match)>) -> Option<(Confidence, T, Match)> {
    found.reduce(|best, next| if next.0 > best.0 { next } else { best })
}

/// The text without the greeting before its command and the thanks after it.
fn without_courtesies(tokens: &[Token], today: Date) -> &[Token] {
    let mut body = tokens;
    while let Some(found) = first_match(&TABLE.greetings, body, 0, Extent::Part, today) {
        body = &body[found.end..];
    }
    // The longest closing has five words.
    while let Some(start) = (body.len().saturating_sub(5)..body.len())
        .find(|start| first_match(&TABLE.closings, body, *start, Extent::Whole, today).is_some())
    {
        body = &body[..start];
    }
    body
}

fn first_match(
    phrases: &[Phrase],
    tokens: &[Token],
    start: usize,
    extent: Extent,
    today: Date,
) -> Option<Match> {
    phrases
        .iter()
        .find_map(|phrase| phrase.matches(tokens, start, extent, today))
}

/// The best match of a command with all of `body`.
fn whole(command: &Command, body: &[Token], today: Date) -> Option<(Confidence, Match)> {
    let mut opened = Match::default();
    let mut best: Option<(Confidence, Match)> = None;
    loop {
        let found = [
            (&command.phrases, Confidence::FULL),
            (&command.loose, Confidence(LOOSE)),
        ]
        .into_iter()
        .flat_map(|(phrases, worth)| phrases.iter().map(move |phrase| (phrase, worth)))
        // "Give me ABC123" asks for something else than how many there are.
        .filter(|(phrase, _)| opened.end == 0 || phrase.says_what())
        .filter_map(|(phrase, worth)| {
            let found = phrase.matches(body, opened.end, Extent::Whole, today)?;
            let found = found.after(&opened);
            let worth = if found.has_free_name() {
                worth
            } else {
                Confidence::FULL
            };
            Some((spelt(worth, &found), found))
        });
        for next in found {
            if best.as_ref().is_none_or(|best| next.0 > best.0) {
                best = Some(next);
            }
        }
        let openers = command.openers.iter();
        let opener = openers
            .filter_map(|opener| opener.matches(body, opened.end, Extent::Part, today))
            .max_by_key(|found| found.end)
            .filter(|found| found.end > opened.end && best.is_none());
        match opener {
            Some(opener) => opened = opener.after(&opened),
            None => return best,
        }
    }
}

/// The largest part of `body` that is a command.
fn part(command: &Command, body: &[Token], today: Date) -> Option<(Confidence, Match)> {
    let words = body.iter().filter(|token| !token.is_noise()).count();
    let phrases = || command.phrases.iter().filter(|phrase| phrase.says_what());
    (0..body.len())
        .flat_map(|start| phrases().map(move |phrase| (start, phrase)))
        .filter_map(|(start, phrase)| {
            let found = phrase.matches(body, start, Extent::Part, today)?;
            let matched = body[start..found.end]
                .iter()
                .filter(|token| !token.is_noise());
            let share = PART * matched.count() / words.max(1);
            let confidence = spelt(Confidence(u8::try_from(share).unwrap_or(0)), &found);
            (confidence.0 >= LEAST).then_some((confidence, found))
        })
        .reduce(|best, next| if next.0 > best.0 { next } else { best })
}

fn spelt(confidence: Confidence, found: &Match) -> Confidence {
    let is_only_typos = found.typos > 0 && found.exact == 0;
    let slips = found.typos.saturating_add(u8::from(is_only_typos));
    Confidence(confidence.0.saturating_sub(slips.saturating_mul(TYPO)))
}
