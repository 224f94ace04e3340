//! What came of all scenarios, as lines for people and as JSON for machines.

use std::fmt::{self, Display};

use countersign_core::{model::Usage, money::MicroUsd};
use serde::{Serialize, Serializer};

use super::{
    Happened, Outcome, Played, Scenario, Verdict,
    happened::{dollars, sum},
};

/// What came of all scenarios, in their order.
#[derive(Debug, Serialize)]
pub struct Report {
    /// Which models were asked, such as `fake`.
    pub models: String,
    /// Each scenario.
    pub scenarios: Vec<Row>,
    /// All of them together.
    pub summary: Summary,
}

/// One scenario.
#[derive(Debug, Serialize)]
pub struct Row {
    file: String,
    name: String,
    verdict: Word,
    turns: Vec<Happened>,
    /// Everything that was off, each with file and line.
    failures: Vec<String>,
}

/// All scenarios together.
#[derive(Debug, Default, Serialize)]
pub struct Summary {
    /// As expected.
    pub passed: usize,
    /// Otherwise, or not to their end.
    pub failed: usize,
    /// Not played.
    pub left_out: usize,
    #[serde(flatten)]
    figures: Figures,
}

/// Answers, tokens, cost and times.
#[derive(Debug, Clone, Copy, Default, Serialize)]
struct Figures {
    answers: usize,
    tokens: Usage,
    #[serde(rename = "usd", serialize_with = "dollars")]
    cost: MicroUsd,
    model_ms: f64,
    turn_ms: f64,
}

impl Figures {
    fn of<'a>(turns: impl IntoIterator<Item = &'a Happened>) -> Self {
        let mut all = Self::default();
        for turn in turns {
            all.answers += turn.answers;
            all.tokens = sum(all.tokens, turn.tokens);
            all.cost = all.cost + turn.cost;
            all.model_ms += turn.model_time.as_secs_f64() * 1000.0;
            all.turn_ms += turn.turn_time.as_secs_f64() * 1000.0;
        }
        all
    }
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Word {
    Passed,
    Failed,
    LeftOut,
}

impl Word {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed => "failed",
            Self::LeftOut => "left out",
        }
    }
}

impl Serialize for Word {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl Row {
    /// What came of one scenario.
    pub fn new(scenario: &Scenario, outcome: &Outcome) -> Self {
        let verdict = match outcome.verdict {
            Verdict::Passed => Word::Passed,
            Verdict::Failed | Verdict::Broken(_) => Word::Failed,
            Verdict::LeftOut => Word::LeftOut,
        };
        let happened = |turn: &Played| turn.happened.clone();
        Self {
            file: scenario.file.clone(),
            name: scenario.name.clone(),
            verdict,
            turns: outcome.turns.iter().map(happened).collect(),
            failures: outcome.failures(),
        }
    }
}

impl Report {
    /// Of these scenarios, for which `models` were asked.
    pub fn new(models: String, scenarios: Vec<Row>) -> Self {
        let count = |word: Word| scenarios.iter().filter(|row| row.verdict == word).count();
        let summary = Summary {
            passed: count(Word::Passed),
            failed: count(Word::Failed),
            left_out: count(Word::LeftOut),
            figures: Figures::of(scenarios.iter().flat_map(|row| &row.turns)),
        };
        Self {
            models,
            scenarios,
            summary,
        }
    }

    /// The files whose scenarios failed.
    pub fn failed(&self) -> Vec<&str> {
        let failed = self.scenarios.iter();
        let failed = failed.filter(|row| row.verdict == Word::Failed);
        failed.map(|row| row.file.as_str()).collect()
    }
}

/// The scenario with a line for each turn, and one for everything that was off.
impl Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mark = match self.verdict {
            Word::Passed => "✓",
            Word::Failed => "✗",
            Word::LeftOut => "–",
        };
        write!(f, "{mark} {}: {}", self.file, self.name)?;
        if self.verdict == Word::LeftOut {
            f.write_str(" (left out: it is about what only the fake server does)")?;
        }
        f.write_str("\n")?;
        for (index, turn) in self.turns.iter().enumerate() {
            let agent = turn.agent.map_or("nobody", |kind| kind.as_str());
            write!(f, "    {} {agent}", index + 1)?;
            for call in &turn.calls {
                write!(f, ", {call}")?;
            }
            for tool in &turn.refused {
                write!(f, ", {tool} refused")?;
            }
            for kind in &turn.handed_over_to {
                write!(f, ", handed over to {}", kind.as_str())?;
            }
            if !turn.escalated.is_empty() {
                f.write_str(", a person called")?;
            }
            if turn.approvals_asked > 0 {
                f.write_str(", the approver asked")?;
            }
            write!(f, "\n      {}\n", Figures::of([turn]))?;
        }
        for failure in &self.failures {
            writeln!(f, "    ✗ {failure}")?;
        }
        Ok(())
    }
}

/// The last lines.
impl Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Summary {
            passed,
            failed,
            left_out,
            figures,
        } = &self.summary;
        write!(f, "\n{passed} passed, {failed} failed")?;
        if *left_out > 0 {
            write!(f, ", {left_out} left out")?;
        }
        writeln!(f, ", asked {}\n  {}", self.models, figures)
    }
}

impl Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let answers = match self.answers {
            1 => "1 answer".to_owned(),
            more => format!("{more} answers"),
        };
        let Usage { cached, output, .. } = self.tokens;
        write!(
            f,
            "{answers}, tokens {} in ({cached} cached) {output} out, {} USD, {:.0} ms for models, \
             {:.0} ms in all",
            self.tokens.read(),
            self.cost,
            self.model_ms,
            self.turn_ms,
        )
    }
}
