//! What a language model is asked and what it answers, whichever provider runs it.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::picture::Picture;

/// A model of a provider, written `provider:model`, such as `openai:gpt-4o-mini`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ModelName {
    /// Whose API it is asked through.
    pub provider: Provider,
    /// The provider's name for it.
    pub model: String,
}

/// Whose API a model is asked through.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Provider {
    /// OpenAI.
    OpenAi,
    /// Anthropic.
    Anthropic,
    /// Google's Gemini.
    Gemini,
    /// Any server that speaks OpenAI's chat completions, such as Ollama or vLLM.
    Compatible,
}

/// What is no [`ModelName`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} is no model: write provider:model, such as openai:gpt-4o, with openai, anthropic, \
     gemini or compatible as the provider"
)]
pub struct NoModelName(String);

impl Provider {
    /// Every provider.
    pub const ALL: [Self; 4] = [
        Self::OpenAi,
        Self::Anthropic,
        Self::Gemini,
        Self::Compatible,
    ];

    /// Its name in settings.
    pub fn name(self) -> &'static str {
        match self {
            Self::OpenAi => "openai",
            Self::Anthropic => "anthropic",
            Self::Gemini => "gemini",
            Self::Compatible => "compatible",
        }
    }
}

impl fmt::Display for ModelName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.provider.name(), self.model)
    }
}

impl FromStr for ModelName {
    type Err = NoModelName;

    fn from_str(text: &str) -> Result<Self, NoModelName> {
        let wrong = || NoModelName(text.chars().take(80).collect());
        let (provider, model) = text.split_once(':').ok_or_else(wrong)?;
        let provider = Provider::ALL
            .into_iter()
            .find(|known| known.name() == provider)
            .ok_or_else(wrong)?;
        let is_plain = |c: char| c.is_ascii_graphic();
        if model.is_empty() || model.len() > 100 || !model.chars().all(is_plain) {
            return Err(wrong());
        }
        Ok(Self {
            provider,
            model: model.to_owned(),
        })
    }
}

impl TryFrom<String> for ModelName {
    type Error = NoModelName;

    fn try_from(text: String) -> Result<Self, NoModelName> {
        text.parse()
    }
}

impl From<ModelName> for String {
    fn from(name: ModelName) -> Self {
        name.to_string()
    }
}

/// One question to a model. It is asked as one system text and one user message: the thread is
/// written as tagged blocks, so no provider's idea of a conversation stands between.
#[derive(Debug, Clone, PartialEq)]
pub struct Prompt {
    /// Instructions. The same for every turn of an agent, so a provider's cache keeps it.
    pub system: String,
    /// The beginning of the thread: from turn to turn it mostly stays as it is, so a provider's
    /// cache keeps it too. May be empty.
    pub settled: String,
    /// The rest of the thread, with what is to be answered at its end.
    pub recent: String,
    /// What it sees, oldest first. Only a model that sees is asked with any.
    pub pictures: Vec<Picture>,
    /// What it may call.
    pub tools: Vec<ToolSpec>,
    /// What it may answer.
    pub shape: Shape,
    /// From 0, always the likeliest word, to 2.
    pub temperature: f64,
    /// The most tokens it answers with.
    pub max_tokens: u32,
}

/// A tool as a model sees it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ToolSpec {
    /// Its name: 1 to 64 of a-z, 0-9, `_` and `-`.
    pub name: String,
    /// What it does and when to call it.
    pub description: String,
    /// JSON Schema of its arguments, an object.
    pub schema: Value,
}

/// What an answer may be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shape {
    /// Words, calls or both.
    Free,
    /// Exactly one of these words.
    OneOf(Vec<String>),
}

/// What a model answered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Answer {
    /// Its words, trimmed; empty when it only called.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub text: String,
    /// The calls it wants, in its order. Nothing about them is checked yet.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub calls: Vec<Wanted>,
    /// Why it ended.
    pub ended: Ended,
    /// What it took.
    pub usage: Usage,
}

/// The most characters of an answer that are kept: more than the messages of an answer have, so that
/// the last of them says that it is not all, and more than a summary has.
pub const MOST_TEXT: usize = 10_000;
/// The most calls of an answer that are kept.
pub const MOST_WANTED: usize = 8;
/// The most characters of a tool's name that are kept.
pub const MOST_NAME: usize = 64;
/// The most bytes of a call's arguments that are kept as they are.
pub const MOST_ARGUMENTS: usize = 4_096;
/// How deep arguments may be nested, so that the commit they are in can be read again.
pub const MOST_DEPTH: usize = 16;
/// The most tokens that are believed: more than any model reads or writes at once.
const MOST_TOKENS: u64 = 10_000_000;

impl Answer {
    /// What is kept of an answer: nothing of it is checked, so nothing of it may be without bounds.
    pub fn bounded(mut self) -> Self {
        if let Some((end, _)) = self.text.char_indices().nth(MOST_TEXT) {
            self.text.truncate(end);
            self.ended = Ended::Length;
        }
        self.calls.truncate(MOST_WANTED);
        for wanted in &mut self.calls {
            wanted.tool = wanted
                .tool
                .chars()
                .filter(|c| !c.is_control())
                .take(MOST_NAME)
                .collect();
            if depth(&wanted.arguments) > MOST_DEPTH
                || wanted.arguments.to_string().len() > MOST_ARGUMENTS
            {
                wanted.arguments = "more than any tool takes".into();
            }
        }
        let Usage {
            input,
            cached,
            cache_written,
            output,
        } = &mut self.usage;
        for tokens in [input, cached, cache_written, output] {
            *tokens = (*tokens).min(MOST_TOKENS);
        }
        self
    }
}

fn depth(value: &Value) -> usize {
    let inner = match value {
        Value::Array(items) => items.iter().map(depth).max(),
        Value::Object(fields) => fields.values().map(depth).max(),
        _ => return 0,
    };
    1 + inner.unwrap_or(0)
}

/// A call that a model wants. Neither the name nor the arguments are checked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Wanted {
    /// The tool's name, as the model wrote it.
    pub tool: String,
    /// The arguments, as the model wrote them; a string when they were no JSON.
    pub arguments: Value,
}

/// Why an answer ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ended {
    /// The model had said what it wanted to say.
    Done,
    /// The most tokens were reached: the answer is cut off.
    Length,
    /// The provider's filter stopped it.
    Filtered,
}

/// Tokens, as the provider counted them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    /// Read at the full price.
    pub input: u64,
    /// Read from the provider's cache.
    #[serde(default)]
    pub cached: u64,
    /// Read and written to the provider's cache.
    #[serde(default)]
    pub cache_written: u64,
    /// Written, with those of reasoning.
    pub output: u64,
}

impl Usage {
    /// All that it read.
    pub fn read(&self) -> u64 {
        self.input + self.cached + self.cache_written
    }
}

/// What a model is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// Which agent a conversation belongs to.
    Triage,
    /// The next step for the customer.
    Answer,
    /// A shorter form of what is long ago.
    Compaction,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A commit with it is read again, and fits an item, whatever a server sends.
    #[test]
    fn a2_what_is_kept_of_an_answer_is_bounded() {
        let nested = (0..127).fold(Value::Null, |inner, _| Value::Array(vec![inner]));
        let wanted = |arguments: Value| Wanted {
            tool: "\u{1}tool".repeat(1_000),
            arguments,
        };
        let answer = Answer {
            text: "ä".repeat(1_000_000),
            calls: [
                nested,
                "x".repeat(1_000_000).into(),
                serde_json::json!({"a": [1]}),
            ]
            .into_iter()
            .chain((0..1_000).map(Value::from))
            .map(wanted)
            .collect(),
            ended: Ended::Done,
            usage: Usage {
                input: u64::MAX,
                ..Usage::default()
            },
        };
        let kept = answer.bounded();
        assert_eq!(
            (kept.text.chars().count(), kept.ended),
            (MOST_TEXT, Ended::Length)
        );
        assert_eq!(kept.calls.len(), MOST_WANTED);
        assert!(
            kept.calls
                .iter()
                .all(|call| call.tool.chars().count() == MOST_NAME)
        );
        assert!(kept.calls[0].arguments.is_string() && kept.calls[1].arguments.is_string());
        assert_eq!(kept.calls[2].arguments, serde_json::json!({"a": [1]}));
        assert_eq!(kept.usage.input, MOST_TOKENS);
        assert_eq!(kept.clone().bounded(), kept);
        let stored = serde_json::to_string(&kept).unwrap();
        assert_eq!(serde_json::from_str::<Answer>(&stored).unwrap(), kept);
    }

    #[test]
    fn a10_a_model_is_named_by_its_provider_and_its_name() {
        for text in [
            "openai:gpt-4o",
            "anthropic:claude-sonnet-4-5",
            "gemini:gemini-2.5-flash",
            "compatible:llama3.1:8b",
        ] {
            let name: ModelName = text.parse().unwrap();
            assert_eq!(name.to_string(), text);
        }
        for text in [
            "",
            "gpt-4o",
            "openai:",
            "ollama:x",
            "openai:a b",
            "OpenAI:x",
        ] {
            let error = text.parse::<ModelName>().unwrap_err().to_string();
            assert!(error.contains("write provider:model"), "{error}");
        }
    }
}
