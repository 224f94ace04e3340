//! What the agent says, in its plain voice.

mod colleague;
mod greeting;
mod kinds;

use jiff::Timestamp;

use crate::{
    commands::Entity,
    message::Document,
    safety::LONGEST_MESSAGE,
    step::{Agent, Role},
    tool::{AgentLine, AgentState, AlertLine, ReportArguments, Severity, StockLine, ToolCall},
};

/// The most characters one answer has: what Twilio takes at once.
pub const MOST_CHARACTERS: usize = 1600;

/// Who speaks, and when.
#[derive(Clone, Copy)]
pub struct Voice<'a> {
    /// The agent.
    pub agent: &'a Agent,
    /// The time.
    pub now: Timestamp,
}

impl Voice<'_> {
    /// What can be asked for.
    pub fn help(&self, role: Role) -> String {
        format!(
            "*{}* here. You can ask me:\n{}",
            self.agent.company,
            examples(role)
        )
    }

    /// To what was not understood.
    pub fn unknown(&self, role: Role) -> String {
        format!(
            "Sorry, I didn't get that. I answer commands, such as:\n{}",
            examples(role)
        )
    }

    /// To what only a model could have answered, when none can be asked.
    pub fn cannot_think(&self, role: Role) -> String {
        format!(
            "Sorry, I can't answer that just now. What I can answer are commands, such as:\n{}",
            examples(role)
        )
    }

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

    /// To what does not answer our question.
    pub fn not_an_answer(&self, missing: Entity) -> String {
        format!(
            "Sorry, I didn't get that. {} Or write *cancel*.",
            missing.question()
        )
    }

    /// When the customer drops a question of ours.
    pub fn dropped(&self) -> String {
        "All right, never mind. Write *help* to see what I can do.".to_owned()
    }

    /// To what someone's role does not cover.
    pub fn not_allowed(&self, tool: &ToolCall) -> String {
        let what = match tool {
            ToolCall::ViewAlerts(_) => "Alerts are",
            _ => "That is",
        };
        format!(
            "{what} for {} staff only. Write *help* to see what I can do for you.",
            self.agent.company
        )
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

    /// When a draft waits for its countersignature.
    pub fn waits_for_approval(&self, document: &Document, approver: &str) -> String {
        format!(
            "Your {} is ready. I'll send it as soon as {approver} approves.",
            lower_first(&document.title),
        )
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

    /// When nobody decided in time.
    pub fn expired(&self) -> String {
        "Sorry, nobody could approve your request in time. Please ask again.".to_owned()
    }

    /// When something went wrong that is not the customer's business.
    pub fn failed(&self) -> String {
        "Sorry, that didn't work just now. Nothing was sent. Please try again in a few minutes."
            .to_owned()
    }

    /// Stock by site.
    pub fn stock(&self, found: &[StockLine], more: u32) -> String {
        match found {
            [] => "I can't find that product. Try its SKU, such as *stock ABC123*, or part of \
                   its name."
                .to_owned(),
            [line] if more == 0 => stock_of_one(line),
            lines => {
                let mut text = String::from("I found these:");
                for line in lines {
                    text.push_str(&format!(
                        "\n• {} ({}): *{}* {}",
                        line.name,
                        line.sku,
                        line.total(),
                        of_unit(&line.unit, line.total())
                    ));
                }
                if more > 0 {
                    text.push_str(&format!("\n…and {more} more. Write the SKU for just one."));
                }
                text
            }
        }
    }

    /// Open alerts.
    pub fn alerts(&self, alerts: &[AlertLine], more: u32) -> String {
        if alerts.is_empty() {
            return "✅ No open alerts.".to_owned();
        }
        let count = alerts.len() as u64 + u64::from(more);
        let mut text = match count {
            1 => "1 open alert:".to_owned(),
            _ => format!("{count} open alerts:"),
        };
        for alert in alerts {
            text.push_str(&format!(
                "\n{} *{}* {} ({})",
                mark(alert.severity),
                alert.id,
                alert.title,
                self.ago(alert.raised_at)
            ));
        }
        if more > 0 {
            text.push_str(&format!("\n…and {more} more."));
        }
        text
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

/// An answer that is too long ends at a word with an ellipsis.
pub fn cut(text: String) -> String {
    if text.chars().count() <= MOST_CHARACTERS {
        return text;
    }
    let head: String = text.chars().take(MOST_CHARACTERS - 1).collect();
    let end = head.rfind(char::is_whitespace).unwrap_or(head.len());
    format!("{}…", &head[..end])
}

fn stock_of_one(line: &StockLine) -> String {
    let total = line.total();
    let mut text = format!("*{}* ({})", line.name, line.sku);
    for site in &line.sites {
        text.push_str(&format!("\n{}: {}", site.site, site.units));
    }
    text.push_str(&format!(
        "\nTotal: *{total}* {}",
        of_unit(&line.unit, total)
    ));
    let point = line.reorder_point;
    text.push_str(&if total == 0 {
        "\n🔴 Out of stock".to_owned()
    } else if total <= u64::from(point) {
        format!("\n🟠 At or below the reorder point of {point}")
    } else {
        format!("\n🟢 Above the reorder point of {point}")
    });
    text
}

fn of_unit(unit: &str, count: u64) -> String {
    match (unit, count) {
        (unit, 1) => unit.to_owned(),
        ("box", _) => "boxes".to_owned(),
        (unit, _) => format!("{unit}s"),
    }
}

fn examples(role: Role) -> &'static str {
    match role {
        Role::Customer => "• *stock ABC123*\n• *sales report for last week*\n• *help*",
        Role::Staff | Role::Approver => {
            "• *stock ABC123*\n• *alerts*\n• *sales report for last week*\n• *agent status*\n• *help*"
        }
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

fn mark(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "🔴",
        Severity::High => "🟠",
        Severity::Medium => "🟡",
        Severity::Low => "🔵",
    }
}
