//! What the agent says: in the words of whoever it speaks to where their persona has some, and else in
//! its plain voice.

mod colleague;
mod greeting;
mod kinds;
mod limits;
mod personal;

pub use self::personal::Failures;

use jiff::Timestamp;

use crate::{
    PersonaName,
    safety::LONGEST_MESSAGE,
    step::{Agent, Role},
    tool::{AgentLine, AgentState, ReportArguments, ToolCall},
};

pub use crate::split::MOST_CHARACTERS;

/// Who speaks, when, and to whom.
#[derive(Clone, Copy)]
pub struct Voice<'a> {
    /// The agent.
    pub agent: &'a Agent,
    /// The time.
    pub now: Timestamp,
    /// As which persona the customer is spoken to.
    pub persona: Option<&'a PersonaName>,
    /// Where templates are noted that came to nothing.
    pub failures: &'a Failures,
}

impl Voice<'_> {
    /// To what nobody could answer once more: a person is called.
    pub fn person_called(&self, role: Role) -> String {
        format!(
            "I still can't answer that, so I have told my colleagues at {}: they will read this chat \
             and answer here. Until then, you can write commands, such as:\n{}",
            self.agent.company,
            examples(role)
        )
    }

    /// The same, when the person was called already.
    pub fn person_comes(&self, role: Role) -> String {
        format!(
            "My colleagues at {} have been told and will answer here; what you write now reaches them \
             as well. Until then, you can write commands, such as:\n{}",
            self.agent.company,
            examples(role)
        )
    }

    /// When a person of the company goes on.
    pub fn escalated(&self) -> String {
        format!(
            "I can't settle this by myself, so I have told my colleagues at {}. They will look \
             into it.",
            self.agent.company
        )
    }

    /// To what is longer than anybody would read.
    pub fn too_long(&self) -> String {
        format!(
            "Sorry, that is more than I can read at once. Please write it in at most \
             {LONGEST_MESSAGE} characters, or in several messages."
        )
    }

    /// To a picture, a voice note and the like.
    pub fn unreadable(&self) -> String {
        "Sorry, I can only read text so far. Please write it in words.".to_owned()
    }

    /// When the customer drops a question of ours.
    pub fn dropped(&self) -> String {
        "All right, never mind. Write *help* to see what I can do.".to_owned()
    }

    /// When too much is under way.
    pub fn too_much_at_once(&self) -> String {
        "I have several requests of yours under way already. Please wait until one is done."
            .to_owned()
    }

    /// When long work begins.
    pub fn working_on(&self, tool: &ToolCall) -> String {
        match tool {
            ToolCall::GenerateReport(report) => {
                format!("I'm preparing the sales report {}…", period(report))
            }
            _ => "I'm working on it…".to_owned(),
        }
    }

    /// When a call waits for its countersignature.
    pub fn call_waits(&self, approver: &str) -> String {
        format!("{approver} has to approve that first. I'll tell you as soon as it is decided.")
    }

    /// When an approved call was made, and nobody is there to put its answer into words.
    pub fn call_made(&self) -> String {
        "It was approved and is done.".to_owned()
    }

    /// When somebody said no to a call.
    pub fn call_rejected(&self, by: &str, reason: Option<&str>) -> String {
        match reason {
            Some(reason) => format!("Sorry, I can't do that. {by} wrote: {reason}"),
            None => format!("Sorry, I can't do that: {by} did not approve it."),
        }
    }

    /// To what the company's rules forbid.
    pub fn against_the_rules(&self, because: &str) -> String {
        format!("Sorry, that's not possible. {because}")
    }

    /// When somebody said no.
    pub fn rejected(&self, by: &str, reason: Option<&str>) -> String {
        match reason {
            Some(reason) => format!("Sorry, I can't send you that. {by} wrote: {reason}"),
            None => format!("Sorry, I can't send you that: {by} did not approve it."),
        }
    }

    /// Agents and how they are.
    pub fn agents(&self, agents: &[AgentLine]) -> String {
        if agents.is_empty() {
            return "No agents are set up yet.".to_owned();
        }
        let mut text = String::from("Agents:");
        for agent in agents {
            let state = match agent.state {
                AgentState::Active => "🟢",
                AgentState::Disabled => "⚪ off:",
            };
            // The purpose is written as a sentence, and the line goes on.
            let purpose = agent.purpose.trim_end_matches('.');
            text.push_str(&format!("\n{state} *{}* {purpose}", agent.name));
            match agent.last_run {
                Some(at) => text.push_str(&format!(", last run {}", self.ago(at))),
                None => text.push_str(", has not run yet"),
            }
            if let Some(at) = agent.next_run {
                text.push_str(&format!(", next run {}", self.ahead(at)));
            }
            if agent.last_error.is_some() {
                text.push_str(", ⚠️ the last run failed");
            }
        }
        text
    }

    fn ahead(&self, then: Timestamp) -> String {
        match then.duration_since(self.now).as_mins().max(0) {
            0 => "now".to_owned(),
            minutes @ 1..60 => format!("in {minutes} min"),
            minutes @ 60..2880 => format!("in {} h", minutes / 60),
            minutes => format!("in {} days", minutes / 1440),
        }
    }

    fn ago(&self, then: Timestamp) -> String {
        let minutes = self.now.duration_since(then).as_mins().max(0);
        match minutes {
            0 => "just now".to_owned(),
            1..60 => format!("{minutes} min ago"),
            60..1440 => format!("{} h ago", minutes / 60),
            1440..2880 => "1 day ago".to_owned(),
            _ => format!("{} days ago", minutes / 1440),
        }
    }
}

/// What has to be one message and is too long for it ends at a word with an ellipsis.
pub fn cut(text: String) -> String {
    if text.chars().count() <= MOST_CHARACTERS {
        return text;
    }
    let head: String = text.chars().take(MOST_CHARACTERS - 1).collect();
    let end = head.rfind(char::is_whitespace).unwrap_or(head.len());
    format!("{}…", &head[..end])
}

/// What is shown of commands where nobody has a template for it.
fn examples(role: Role) -> String {
    let lines = commands(role)
        .iter()
        .map(|command| format!("• *{command}*"));
    lines.collect::<Vec<_>>().join("\n")
}

/// The commands that are shown to somebody.
fn commands(role: Role) -> &'static [&'static str] {
    match role {
        Role::Customer => &["stock ABC123", "sales report for last week", "help"],
        Role::Staff | Role::Approver => &[
            "stock ABC123",
            "alerts",
            "sales report for last week",
            "agent status",
            "help",
        ],
    }
}

fn period(report: &ReportArguments) -> String {
    if report.from == report.to {
        format!("for {}", report.from)
    } else {
        format!("from {} to {}", report.from, report.to)
    }
}

fn lower_first(text: &str) -> String {
    let mut chars = text.chars();
    chars
        .next()
        .map(|first| first.to_lowercase().chain(chars).collect())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests;
