//! What the models answer.

use serde_json::Value;

/// How one question is answered.
#[derive(Debug, Clone, PartialEq)]
pub enum Canned {
    /// As a model answers.
    Reply(Reply),
    /// With an error's status, and how many seconds to stay away if it says so. The body is in the
    /// provider's shape and, as some are, careless: it repeats the key and the question.
    Fail {
        /// Such as 429, 500 or 529.
        status: u16,
        /// `Retry-After`.
        retry_after: Option<u32>,
    },
    /// With JSON that breaks off in its first line.
    Garbage,
    /// The connection ends in the middle of the answer.
    Cut(Reply),
    /// The provider says in the middle of a streamed answer that it is overloaded.
    Break(Reply),
    /// Nothing more comes from the middle of the answer on.
    Stall(Reply),
    /// Nothing comes, not even a status.
    Silence,
}

/// An answer.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Reply {
    /// Its words. To a question that wants one of several words it is one, and is wrapped as the
    /// question asks.
    pub text: String,
    /// What it calls, after its words.
    pub calls: Vec<Call>,
    /// Why it ends.
    pub ends: Ends,
    /// Tokens of thought before its words.
    pub thoughts: u64,
}

/// A call that a model makes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// The tool, whether or not it was offered.
    pub tool: String,
    /// The arguments, which are JSON if the model is well.
    pub arguments: String,
}

/// Why an answer ends.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Ends {
    /// All is said.
    #[default]
    Done,
    /// `max_tokens` is reached.
    Length,
    /// The provider's filter stops it.
    Filter,
    /// Gemini's filter stops the question, and there is no answer at all; with the others it is
    /// [`Ends::Filter`].
    FilteredPrompt,
}

impl Canned {
    /// Words.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Reply(Reply::text(text))
    }

    /// One call.
    pub fn call(tool: &str, arguments: &Value) -> Self {
        Self::Reply(Reply::default().and_call(tool, arguments.to_string()))
    }

    /// Neither words nor calls.
    pub fn empty() -> Self {
        Self::Reply(Reply::default())
    }

    /// An error.
    pub fn fail(status: u16) -> Self {
        Self::Fail {
            status,
            retry_after: None,
        }
    }

    /// 429, to stay away for some seconds if it says so.
    pub fn limited(retry_after: Option<u32>) -> Self {
        Self::Fail {
            status: 429,
            retry_after,
        }
    }
}

impl Reply {
    /// Words.
    pub fn text(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            ..Self::default()
        }
    }

    /// The same with one call more.
    pub fn and_call(mut self, tool: &str, arguments: impl Into<String>) -> Self {
        self.calls.push(Call {
            tool: tool.to_owned(),
            arguments: arguments.into(),
        });
        self
    }

    /// The same with another end.
    pub fn ends(mut self, ends: Ends) -> Self {
        self.ends = ends;
        self
    }

    /// Its words in pieces, as a stream has them: some 12 characters each, cut anywhere.
    pub(super) fn pieces(text: &str) -> Vec<String> {
        let characters: Vec<char> = text.chars().collect();
        characters
            .chunks(12)
            .map(|piece| piece.iter().collect())
            .collect()
    }

    /// Tokens written.
    pub(super) fn tokens(&self) -> u64 {
        let calls = self
            .calls
            .iter()
            .map(|call| super::count::tokens(&call.tool) + super::count::tokens(&call.arguments));
        super::count::tokens(&self.text) + calls.sum::<u64>()
    }
}
