//! An event in words, whatever its level will leave of them.

use crate::message::Document;

/// An event in words, before a level cuts it.
pub(super) struct Draft {
    pub tag: &'static str,
    /// What every level tells.
    pub facts: Vec<(&'static str, String)>,
    /// What a line leaves out.
    pub details: Vec<(&'static str, String)>,
    pub text: String,
    /// What stands for the text from the second level on, if it is not its beginning.
    pub short: Option<String>,
    /// The most characters of the text at the first level.
    pub most: usize,
    /// How to get what was cut off.
    pub remedy: &'static str,
}

impl Draft {
    pub fn of(tag: &'static str, text: impl Into<String>) -> Self {
        Self {
            tag,
            facts: vec![],
            details: vec![],
            text: text.into(),
            short: None,
            most: usize::MAX,
            remedy: "they are on record",
        }
    }

    /// How to get what was cut off.
    pub fn remedy(self, remedy: &'static str) -> Self {
        Self { remedy, ..self }
    }

    pub fn first(mut self, name: &'static str, value: String) -> Self {
        self.facts.insert(0, (name, value));
        self
    }

    pub fn fact(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.facts.push((name, value.into()));
        self
    }

    pub fn detail(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.details.push((name, value.into()));
        self
    }

    /// By reference: what is in it never stands in a prompt.
    pub fn document(self, document: &Document) -> Self {
        self.fact("title", &document.title)
            .detail("media_type", &document.media_type)
            .detail("bytes", document.size.to_string())
            .detail("document", document.content.short())
    }
}
