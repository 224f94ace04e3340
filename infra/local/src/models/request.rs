//! A question in every dialect's common words.

use countersign_core::{
    context::RECORD_KEEPER,
    model::{Provider, ToolSpec, Usage},
};
use serde_json::Value;

/// One question, as it came in.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    /// Whose API was asked.
    pub provider: Provider,
    /// The model.
    pub model: String,
    /// The system texts.
    pub system: Vec<String>,
    /// The conversation.
    pub messages: Vec<Message>,
    /// What may be called.
    pub tools: Vec<ToolSpec>,
    /// The words that the answer is to be one of, with the field it is to stand in.
    pub one_of: Option<(String, Vec<String>)>,
    /// As it came.
    pub temperature: Option<f64>,
    /// The most tokens of the answer.
    pub max_tokens: Option<u64>,
    /// Whether the answer comes in pieces.
    pub delivery: Delivery,
    /// What reading it costs. Nothing is written yet.
    pub usage: Usage,
    /// All of it.
    pub body: Value,
    /// The parts that a cache mark ends, counted over [`Self::readable`].
    pub(super) marks: Vec<usize>,
}

/// Whether an answer comes in pieces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delivery {
    /// One JSON object.
    Whole,
    /// Server-sent events.
    Streamed,
}

/// A message.
#[derive(Debug, Clone, PartialEq)]
pub struct Message {
    /// Whose.
    pub role: Role,
    /// What it consists of.
    pub parts: Vec<Part>,
}

/// Whose a message is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Whoever asks.
    User,
    /// The model itself, earlier.
    Model,
}

/// A part of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// Words.
    Text(String),
    /// A call that the model made.
    Call {
        /// What its result refers to.
        id: String,
    },
    /// A picture.
    Picture {
        /// Its media type.
        media_type: String,
        /// Its bytes, as base64.
        data: String,
    },
    /// What came of a call.
    Result {
        /// The call's.
        id: String,
    },
}

impl Request {
    /// Everything that the user says, put together.
    pub fn user(&self) -> String {
        let texts = self
            .messages
            .iter()
            .filter(|message| message.role == Role::User)
            .flat_map(|message| &message.parts)
            .filter_map(|part| match part {
                Part::Text(text) => Some(text.as_str()),
                Part::Call { .. } | Part::Picture { .. } | Part::Result { .. } => None,
            });
        texts.collect::<Vec<_>>().join("\n\n")
    }

    /// The pictures that the user shows: media types and bytes as base64.
    pub fn pictures(&self) -> Vec<(&str, &str)> {
        let parts = self.messages.iter().flat_map(|message| &message.parts);
        let pictures = parts.filter_map(|part| match part {
            Part::Picture { media_type, data } => Some((media_type.as_str(), data.as_str())),
            _ => None,
        });
        pictures.collect()
    }

    /// Whether it asks for a summary of a conversation, which no customer waits for.
    pub fn is_for_a_summary(&self) -> bool {
        let mut system = self.system.iter();
        system.any(|text| text.starts_with(RECORD_KEEPER))
    }

    /// The texts that the model reads, in the order in which a provider caches them.
    pub(super) fn readable(&self) -> Vec<String> {
        let tools = self
            .tools
            .iter()
            .map(|tool| format!("{}\u{1}{}\u{1}{}", tool.name, tool.description, tool.schema));
        let system = self.system.iter().cloned();
        let messages = self.messages.iter().flat_map(|message| {
            message.parts.iter().map(|part| match part {
                Part::Text(text) => text.clone(),
                Part::Call { id } | Part::Result { id } => id.clone(),
                // It is no text that could be cached with others.
                Part::Picture { .. } => String::new(),
            })
        });
        tools.chain(system).chain(messages).collect()
    }
}
