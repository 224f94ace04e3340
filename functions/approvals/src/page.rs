//! The approval page, rendered from exactly the act that a decision on it binds.

mod act;
mod question;

use countersign_core::{
    ContentHash,
    approval::{Act, ActTool, Decision, OutputStatus},
};
use jiff::Timestamp;
use maud::{DOCTYPE, Markup, PreEscaped, html};

use self::act::act;
use crate::{
    decide::LONGEST_REASON,
    words::{moment, shown},
};

/// The page's style sheet.
pub(crate) const STYLE: &str = include_str!("page.css");

/// What the page shows.
pub(crate) struct View<'a> {
    /// What is asked.
    pub(crate) act: &'a Act,
    /// The digest of `act`.
    pub(crate) digest: ContentHash,
    /// Who looks, and decides.
    pub(crate) approver: &'a str,
    pub(crate) now: Timestamp,
    pub(crate) standing: Standing<'a>,
    /// Where the content can be seen.
    pub(crate) link: Option<&'a str>,
}

/// How an act stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing<'a> {
    /// It can be decided on.
    Waits,
    /// It is decided.
    Decided {
        decision: &'a Decision,
        status: OutputStatus,
    },
    /// It was decided before this visitor tried.
    TooLate {
        decision: &'a Decision,
        status: OutputStatus,
    },
    /// Nobody decided in time.
    Expired,
    /// It was replaced or withdrawn.
    Gone,
}

/// The page about an act.
pub(crate) fn render(view: &View<'_>) -> Markup {
    let headline = headline(view);
    frame(
        &headline,
        html! {
            (badge(view))
        },
        html! {
            section.card {
                h1 { (headline) }
                (outcome(view))
                @if view.standing == Standing::Waits {
                    (act(view))
                } @else {
                    div.act { (act(view)) }
                }
            }
            @if view.standing == Standing::Waits {
                @match view.act.question() {
                    None => (form(view)),
                    Some(asks) => (question::form(view, asks)),
                }
            }
        },
    )
}

/// A page that says one thing and shows no act.
pub(crate) fn notice(title: &str, text: &str) -> Markup {
    frame(
        title,
        html! {},
        html! {
            section.card {
                h1 { (title) }
                p.soft { (text) }
            }
        },
    )
}

fn frame(title: &str, badge: Markup, body: Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="robots" content="noindex";
                meta name="referrer" content="no-referrer";
                title { (title) " · Countersign" }
                style { (PreEscaped(STYLE)) }
            }
            body {
                main {
                    div.brand { span { "Countersign" } (badge) }
                    (body)
                }
            }
        }
    }
}

fn headline(view: &View<'_>) -> String {
    match view.standing {
        Standing::Waits => match view.act.tool {
            ActTool::SendDocument => "Send this document?".to_owned(),
            ActTool::CallTool => format!("{}?", shown(&view.act.document().title)),
            ActTool::AskColleague => "Can you answer this?".to_owned(),
        },
        Standing::Decided { decision, .. } => verb(view.act, decision).to_owned(),
        Standing::TooLate { decision, .. } => {
            format!("Already {}", verb(view.act, decision).to_lowercase())
        }
        Standing::Expired if view.act.question().is_some() => {
            "The time to answer is over".to_owned()
        }
        Standing::Expired => "The time to decide is over".to_owned(),
        Standing::Gone => "This no longer waits".to_owned(),
    }
}

fn badge(view: &View<'_>) -> Markup {
    let verb = |decision| verb(view.act, decision);
    let (class, word) = match view.standing {
        Standing::Waits => ("wait", "Waits for you"),
        Standing::Decided { decision, .. } | Standing::TooLate { decision, .. } => match decision {
            Decision::Approved { .. } | Decision::Answered { .. } => ("good", verb(decision)),
            Decision::Rejected { .. } => ("bad", verb(decision)),
            Decision::Expired { .. } => ("gone", verb(decision)),
        },
        Standing::Expired => ("gone", "Expired"),
        Standing::Gone => ("gone", "Withdrawn"),
    };
    html! { span.state.(class) { (word) } }
}

/// What became of it, where something did.
fn outcome(view: &View<'_>) -> Markup {
    match view.standing {
        Standing::Waits => html! {},
        Standing::Decided { decision, status } => recorded(view.act, decision, status),
        Standing::TooLate { decision, status } => html! {
            @match view.act.question() {
                None => p { "It was decided before, so yours was not recorded." },
                Some(_) => p { "It was answered before, so yours was not recorded." },
            }
            (recorded(view.act, decision, status))
        },
        Standing::Expired if view.act.question().is_some() => html! {
            p { "Nobody answered in time. The agent is told so." }
        },
        Standing::Expired => html! { p { "Nobody decided in time. Nothing was done." } },
        Standing::Gone => html! {
            p {
                "It was withdrawn, or a newer version took its place and is asked about in a \
                 message of its own. Nothing was decided here."
            }
        },
    }
}

fn recorded(act: &Act, decision: &Decision, status: OutputStatus) -> Markup {
    let (who, at) = match decision {
        Decision::Approved { by, at }
        | Decision::Rejected { by, at, .. }
        | Decision::Answered { by, at, .. } => (by.as_str(), *at),
        Decision::Expired { at } => ("nobody in time", *at),
    };
    let then = match status {
        OutputStatus::Approved | OutputStatus::Executing => "It is on its way.",
        OutputStatus::Executed => "It was carried out.",
        OutputStatus::Failed => {
            "It failed, or nobody knows whether it happened; an operator is told."
        }
        OutputStatus::Manual => "A person carries it out.",
        OutputStatus::Done => "A person has carried it out.",
        OutputStatus::Answered => "The agent goes on with that.",
        OutputStatus::Rejected if act.question().is_some() => "The agent is told so.",
        OutputStatus::Rejected => "Nothing is done; the customer is told.",
        OutputStatus::Pending
        | OutputStatus::Expired
        | OutputStatus::Superseded
        | OutputStatus::Withdrawn => "Nothing was done.",
    };
    html! {
        p { (verb(act, decision)) " by " b { bdi { (shown(who)) } } " on " (time(at)) ". " (then) }
        @match decision {
            Decision::Rejected { reason: Some(said), .. }
            | Decision::Answered { answer: said, .. } => (quote(said)),
            _ => {}
        }
    }
}

/// What somebody wrote, as it is.
fn quote(text: &str) -> Markup {
    html! {
        blockquote {
            @for line in text.lines() { p { bdi { (shown(line)) } } }
        }
    }
}

/// Posts to the page's own address, whatever it is, and says what was shown.
fn form(view: &View<'_>) -> Markup {
    html! {
        form method="post" {
            input type="hidden" name="digest" value=(view.digest);
            label for="reason" { "Reason, if you reject it (the customer is told)" }
            textarea #reason name="reason" maxlength=(LONGEST_REASON) rows="2" {}
            div.choice {
                button name="decision" value="reject" { "Reject" }
                button.yes name="decision" value="approve" { "Approve" }
            }
        }
        p.foot { "You decide as " bdi { (shown(view.approver)) } ". The first decision counts." }
    }
}

fn time(at: Timestamp) -> Markup {
    html! { time datetime=(at) { (moment(at)) } }
}

fn verb(act: &Act, decision: &Decision) -> &'static str {
    match decision {
        Decision::Approved { .. } => "Approved",
        Decision::Answered { .. } => "Answered",
        Decision::Rejected { .. } if act.question().is_some() => "Declined",
        Decision::Rejected { .. } => "Rejected",
        Decision::Expired { .. } => "Expired",
    }
}

#[cfg(test)]
mod tests;
