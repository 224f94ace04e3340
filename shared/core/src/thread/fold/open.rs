//! What nothing has dealt with yet.

use serde::{Deserialize, Serialize};

use crate::{
    EventId,
    event::{Event, EventData},
    message::Content,
};

/// An event that nothing has dealt with yet, and where it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenEvent {
    /// Which.
    pub event: EventId,
    /// The commit it is in.
    pub commit: u64,
    /// What kind of event.
    pub kind: OpenKind,
    /// The commit that asked, where it is the end of a question to a colleague: whoever goes on from
    /// it has to know the question. Of a message, the commit that knows what became of its file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked: Option<u64>,
    /// How far the file is that a message came with.
    #[serde(default, skip_serializing_if = "FileState::is_none")]
    pub file: FileState,
}

impl OpenEvent {
    /// Whether a message came with a file, be it under way or known of.
    pub(super) fn has_file(&self) -> bool {
        self.kind == OpenKind::Message && (!self.file.is_none() || self.asked.is_some())
    }

    /// This is `event`, which takes the place of a message with a file: as far as the file is, it is
    /// this one's.
    pub(super) fn takes_file(&mut self, event: &Event, before: &Self) {
        let is_file = matches!(
            &event.data,
            EventData::UserMessage {
                content: Content::Media(_),
                ..
            }
        );
        if is_file && self.event == event.id {
            (self.file, self.asked) = (before.file, before.asked);
        }
    }
}

/// How far a message's file is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FileState {
    /// There is none to wait for: it has none, or it is known what became of it.
    #[default]
    None,
    /// It is being fetched.
    Fetching,
}

impl FileState {
    pub(super) fn is_none(&self) -> bool {
        *self == Self::None
    }
}

/// Kinds of open event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OpenKind {
    /// A customer's message. Only the newest [`MOST_OPEN`](crate::thread::MOST_OPEN) are answered, as when a person comes
    /// back to a paused thread.
    Message,
    /// What the company wants done, the newest [`MOST_TASKS`](crate::thread::MOST_TASKS).
    Launch,
    /// A tool's result, a decision, that what was to be sent may not be, or that a code was the wrong
    /// one. There are never more than were ordered, and one.
    Result,
    /// The result of a call that a model chose, the end of a question to a colleague, or that the
    /// customer has shown who they are: the model
    /// goes on from it.
    Finding,
    /// What a model answered, of which nothing has been made yet.
    Thought,
}
