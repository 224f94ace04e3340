//! Prompts as tables for people and as JSON for machines.

use std::fmt::{self, Display, Write};

use serde::Serialize;
use serde_json::Value;

use super::{
    super::report::{Calls, Setting},
    conversation::Seen,
};
use crate::models::{Part, Request};

/// Everything that was measured.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    pub(super) setting: Setting,
    pub(super) turns: Vec<Turn>,
    pub(super) long: Vec<Long>,
}

/// A turn of the conversation.
#[derive(Debug, Serialize)]
pub(super) struct Turn {
    turn: u16,
    questions: Vec<Question>,
    aws: usize,
    calls: Calls,
    ms_without_models: f64,
}

/// A question to a model.
#[derive(Debug, Serialize)]
struct Question {
    model: String,
    tokens: u64,
    cached: u64,
    /// The whole request, as it came.
    body: Value,
    #[serde(skip)]
    request: Request,
}

/// The turns after a thread was lengthened, in the mean.
#[derive(Debug, Serialize)]
pub(super) struct Long {
    /// As long as the thread was before them.
    events: u64,
    commits: u64,
    turns: usize,
    /// Of the last prompt of each turn, which is the longest.
    mean_tokens: f64,
    most_tokens: u64,
    /// Of all prompts.
    cached_percent: f64,
    mean_aws: f64,
    mean_ms_without_models: f64,
}

impl Turn {
    pub(super) fn new(turn: u16, seen: Seen) -> Self {
        let questions = seen.questions.into_iter().map(|request| Question {
            model: request.model.clone(),
            tokens: request.usage.read(),
            cached: request.usage.cached,
            body: request.body.clone(),
            request,
        });
        Self {
            turn,
            questions: questions.collect(),
            aws: seen.calls.to_aws(),
            calls: seen.calls,
            ms_without_models: seen.took.as_secs_f64() * 1000.0,
        }
    }

    /// Its prompts, word for word.
    pub(super) fn prompts(&self) -> String {
        let mut text = String::new();
        for (index, question) in self.questions.iter().enumerate() {
            let (number, count) = (index + 1, self.questions.len());
            // Writing into a text does not fail.
            let _ = writeln!(
                text,
                "===== turn {}, question {number} of {count}, to {}: {} tokens, {} of them cached",
                self.turn, question.model, question.tokens, question.cached
            );
            let _ = write!(text, "{}", Whole(&question.request));
        }
        text
    }
}

impl Long {
    pub(super) fn new((commits, events): (u64, u64), seen: &[Seen]) -> Self {
        let turns = seen.len();
        let mean = |sum: f64| sum / turns.max(1) as f64;
        let last = |seen: &Seen| seen.questions.last().map_or(0, |it| it.usage.read());
        let questions = || seen.iter().flat_map(|seen| &seen.questions);
        let read: u64 = questions().map(|it| it.usage.read()).sum();
        let cached: u64 = questions().map(|it| it.usage.cached).sum();
        let aws: usize = seen.iter().map(|seen| seen.calls.to_aws()).sum();
        let took: f64 = seen.iter().map(|seen| seen.took.as_secs_f64()).sum();
        Self {
            events,
            commits,
            turns,
            mean_tokens: mean(seen.iter().map(last).sum::<u64>() as f64),
            most_tokens: seen.iter().map(last).max().unwrap_or_default(),
            cached_percent: percent(cached, read),
            mean_aws: mean(aws as f64),
            mean_ms_without_models: mean(took * 1000.0),
        }
    }
}

fn percent(part: u64, whole: u64) -> f64 {
    match whole {
        0 => 0.0,
        whole => part as f64 * 100.0 / whole as f64,
    }
}

impl Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.setting)?;
        writeln!(
            f,
            "a conversation by a script; a token is four characters, as the fake server counts"
        )?;
        for turn in &self.turns {
            let read: u64 = turn.questions.iter().map(|it| it.tokens).sum();
            let cached: u64 = turn.questions.iter().map(|it| it.cached).sum();
            writeln!(
                f,
                "\nturn {}: {} prompts, {read} tokens, {:.0} % cached; {} AWS calls; {:.1} ms \
                 without the models",
                turn.turn,
                turn.questions.len(),
                percent(cached, read),
                turn.aws,
                turn.ms_without_models
            )?;
            for question in &turn.questions {
                writeln!(
                    f,
                    "    {:<12} {:>6} tokens, {:>3.0} % cached",
                    question.model,
                    question.tokens,
                    percent(question.cached, question.tokens)
                )?;
            }
            writeln!(f, "    {}", turn.calls)?;
        }
        if self.long.is_empty() {
            return Ok(());
        }
        writeln!(
            f,
            "\nthe turns after a thread was lengthened by commands, in the mean; a turn's last prompt\n\
             {:>8}  {:>8}  {:>6}  {:>7}  {:>6}  {:>7}  {:>10}  {:>6}",
            "events", "commits", "turns", "tokens", "most", "cached", "AWS calls", "ms"
        )?;
        for row in &self.long {
            writeln!(
                f,
                "{:>8}  {:>8}  {:>6}  {:>7.0}  {:>6}  {:>5.0} %  {:>10.1}  {:>6.1}",
                row.events,
                row.commits,
                row.turns,
                row.mean_tokens,
                row.most_tokens,
                row.cached_percent,
                row.mean_aws,
                row.mean_ms_without_models
            )?;
        }
        Ok(())
    }
}

/// A prompt, as the provider read it: what may be called, what the model is told, what it is asked.
struct Whole<'a>(&'a Request);

impl Display for Whole<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for tool in &self.0.tools {
            writeln!(f, "--- tool {}: {}", tool.name, tool.description)?;
            writeln!(f, "{}", tool.schema)?;
        }
        for text in &self.0.system {
            writeln!(f, "--- system\n{text}")?;
        }
        for message in &self.0.messages {
            for part in &message.parts {
                match part {
                    Part::Text(text) => writeln!(f, "--- {:?}\n{text}", message.role)?,
                    Part::Picture { media_type, .. } => writeln!(f, "--- {media_type}")?,
                    Part::Call { id } => writeln!(f, "--- call {id}")?,
                    Part::Result { id } => writeln!(f, "--- result of {id}")?,
                }
            }
        }
        Ok(())
    }
}
