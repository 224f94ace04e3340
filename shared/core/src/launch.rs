//! What the company itself has an agent do for somebody: a task, which nobody wrote in the
//! conversation.
//!
//! It is neither a customer's message nor a person's decision. Whatever it says, it can be read and
//! acted on like any request, and approves nothing.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::{E164, EndpointId, SenderId};

/// The most characters of a task.
pub const LONGEST_TASK: usize = 2000;

/// The most characters of an id, and of the name of whoever launches.
const LONGEST_NAME: usize = 100;

/// Why a task is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WrongLaunch {
    /// There is nothing to do, or it is too long.
    #[error(
        "task: got {got} characters, wants 1 to {LONGEST_TASK} that are not all blank; shorten it"
    )]
    Task {
        /// How many it had; blank ones do not count where there are no others.
        got: usize,
    },
    /// A name or an id is not one.
    #[error("{what}: got {got:?}, wants 1 to {LONGEST_NAME} characters on one line")]
    Name {
        /// Which.
        what: &'static str,
        /// Its beginning.
        got: String,
    },
}

/// What is to be done, in words: 1 to [`LONGEST_TASK`] characters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Task(String);

impl Task {
    /// The words.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Task {
    type Err = WrongLaunch;

    fn from_str(text: &str) -> Result<Self, WrongLaunch> {
        let got = match text.trim() {
            "" => 0,
            _ => text.chars().count(),
        };
        match got {
            1..=LONGEST_TASK => Ok(Self(text.to_owned())),
            _ => Err(WrongLaunch::Task { got }),
        }
    }
}

impl TryFrom<String> for Task {
    type Error = WrongLaunch;

    fn try_from(text: String) -> Result<Self, WrongLaunch> {
        text.parse()
    }
}

impl From<Task> for String {
    fn from(task: Task) -> Self {
        task.0
    }
}

impl fmt::Display for Task {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// How a task came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LaunchChannel {
    /// Over the API, or from a command line.
    Api,
    /// By a schedule of the company's.
    Schedule,
}

impl LaunchChannel {
    /// As it is shown.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Api => "api",
            Self::Schedule => "schedule",
        }
    }
}

/// A task on its way to the thread of whom it is for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LaunchNotice {
    /// Tells it from every other of its tenant: launched twice under one id, it is done once.
    pub id: String,
    /// The endpoint whose number writes.
    pub endpoint: EndpointId,
    /// That number.
    pub number: E164,
    /// Who gets what comes of it, as the provider names them.
    pub recipient: SenderId,
    /// What is to be done.
    pub task: Task,
    /// Who launches it, for the record.
    pub by: String,
    /// How it came.
    pub channel: LaunchChannel,
}

impl LaunchNotice {
    /// Whether it can be taken; the rest of it is right by its types.
    ///
    /// # Errors
    /// Names what is wrong, and what is wanted.
    pub fn check(&self) -> Result<(), WrongLaunch> {
        named("id", &self.id)?;
        named("by", &self.by)
    }
}

/// Checks a name that stands in a key or before a person's eyes.
///
/// # Errors
/// When it is empty, too long, or has control characters.
pub fn named(what: &'static str, name: &str) -> Result<(), WrongLaunch> {
    let length = name.chars().count();
    let is_plain = !name.chars().any(char::is_control) && !name.trim().is_empty();
    if (1..=LONGEST_NAME).contains(&length) && is_plain {
        return Ok(());
    }
    let got = name.chars().take(60).collect();
    Err(WrongLaunch::Name { what, got })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a9_a_task_has_one_to_two_thousand_characters() {
        assert_eq!(
            "stock ABC123".parse::<Task>().unwrap().as_str(),
            "stock ABC123"
        );
        assert!("é".repeat(LONGEST_TASK).parse::<Task>().is_ok());
        for (text, got) in [("", 0), (" \n", 0), (&"é".repeat(2001), 2001)] {
            assert_eq!(text.parse::<Task>(), Err(WrongLaunch::Task { got }));
        }
        assert!(serde_json::from_str::<Task>("\"\"").is_err());
        let says = WrongLaunch::Task { got: 2001 }.to_string();
        assert!(
            says.contains("got 2001") && says.contains("shorten"),
            "{says}"
        );
    }

    #[test]
    fn a9_an_id_or_a_name_is_one_line() {
        assert_eq!(named("id", "weekly/2026-11-23T06:00:00Z"), Ok(()));
        for wrong in ["", "  ", "a\nb", &"x".repeat(101)] {
            let says = named("by", wrong).unwrap_err().to_string();
            assert!(says.starts_with("by: got"), "{says}");
        }
    }
}
