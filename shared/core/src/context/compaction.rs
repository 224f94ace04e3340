//! The rolling summary: when it is due, and how it is made by rule.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Parameters, Placed, View,
    blocks::{clean, one_line, quote, short},
    figures::figures,
    says::Words,
    sent,
};
use crate::{
    OutputId,
    approval::Decision,
    changed,
    event::{AgentWords, EventData},
    identity::Outcome,
    message::heard::MARK,
    thread::Head,
};

/// The most characters that a line quotes.
const MOST_QUOTED: usize = 120;

/// A line of a summary that is longer is taken apart at its sentences, unless it is about a decision.
const LONG_LINE: usize = 240;

/// How a line about a decision begins.
const DECISION: &str = "Decision ";
/// How a line begins about what a rule has allowed, without anybody being asked.
const ALLOWED: &str = "Allowed ";
/// How a line about what waits for one begins.
const WAITS: &str = "Waits ";
/// What stands in such a line before what is waited for.
const ASKED_ABOUT: &str = " is asked about ";
/// Counts what was left out.
const EARLIER: &str = "Before that: ";

/// The newest compaction of a thread.
#[derive(Clone, Copy)]
pub(super) struct Newest<'a> {
    pub commit: u64,
    pub through: u64,
    pub summary: &'a str,
}

pub(super) fn newest<'a>(past: &[Placed<'a>]) -> Option<Newest<'a>> {
    past.iter()
        .rev()
        .find_map(|placed| match &placed.event.data {
            EventData::Compaction {
                through, summary, ..
            } => Some(Newest {
                commit: placed.commit,
                through: *through,
                summary,
            }),
            _ => None,
        })
}

/// What is to be summed up: recorded as an `EventData::Compaction` with this `through`.
#[derive(Debug, Clone, PartialEq)]
pub struct Due<'a> {
    /// The last commit that the new summary covers.
    pub through: u64,
    /// The summary so far.
    pub previous: Option<&'a str>,
    /// The events that it lacks, oldest first.
    pub events: Vec<Placed<'a>>,
}

/// What is to be summed up in the commit that follows `head`, if it is time: the oldest commit
/// that no summary covers would otherwise leave the window within [`Parameters::slack`] commits.
pub fn due<'a>(head: &Head, past: &[Placed<'a>], parameters: &Parameters) -> Option<Due<'a>> {
    let last = newest(past);
    let after = last.map_or(0, |last| last.through);
    let through = head.commit.saturating_sub(parameters.keep);
    let unsummed = head.commit.saturating_sub(after);
    if through <= after || unsummed < parameters.window.saturating_sub(parameters.slack) {
        return None;
    }
    // What was taken back later, too, is in no summary.
    let taken_back = changed::taken_back(past.iter().map(|placed| placed.event));
    let events = past.iter().copied();
    let events = events.filter(|placed| placed.commit > after && placed.commit <= through);
    let takes_back_another = changed::takes_back_another(past.iter().map(|placed| placed.event));
    let events = events.filter(|placed| match &placed.event.data {
        // What was heard in a recording goes with it.
        EventData::FileFetched { message, .. } => {
            !taken_back.contains(message) && !takes_back_another
        }
        _ => !taken_back.contains(&placed.event.id),
    });
    Some(Due {
        through,
        previous: last.map(|last| last.summary),
        events: events.collect(),
    })
}

/// The commits that hold something undecided and are not at hand, oldest first: each is one read,
/// and its events come before the others.
pub fn missing(head: &Head, past: &[Placed<'_>]) -> Vec<u64> {
    let open = head.fold.open.iter().map(|open| open.commit);
    let awaiting = head.fold.awaiting.iter().map(|awaiting| awaiting.commit);
    let at_hand: BTreeSet<u64> = past.iter().map(|placed| placed.commit).collect();
    let asked = head.fold.open.iter().filter_map(|open| open.asked);
    let wanted: BTreeSet<u64> = open.chain(asked).chain(awaiting).collect();
    wanted.difference(&at_hand).copied().collect()
}

/// A summary of at most [`Parameters::summary_characters`], made by rule: what the customer asked,
/// which tools ran with which figures, who decided what, and what is open. The oldest lines give
/// way first and are counted; decisions and what is open give way last. It is text like any other
/// and is escaped when it is shown; what it quotes stays within its quotes.
pub fn by_rule(previous: Option<&str>, events: &[Placed<'_>], view: &View<'_>) -> String {
    let words = Words::new(events, view.parameters, view.time_zone);
    let most = view.parameters.summary_characters;
    rolled(previous, events, &words, most)
}

/// A summary so far with more events, in at most `most` characters.
pub(super) fn rolled(
    previous: Option<&str>,
    events: &[Placed<'_>],
    words: &Words<'_>,
    most: usize,
) -> String {
    let (left_out, mut lines) = previous.map_or((0, vec![]), lines_of);
    let mut asked = asked_about(&lines);
    for placed in events {
        match &placed.event.data {
            EventData::HumanRequest { act, document, .. }
            | EventData::Permitted { act, document, .. } => {
                let output = short(&act.output.to_string());
                let title = quote(&document.title, MOST_QUOTED);
                asked.insert(output.clone(), format!("{title} ({output})"));
            }
            EventData::HumanResponse { output, .. } => {
                let output = format!("({}).", short(&output.to_string()));
                lines.retain(|line| !(line.starts_with(WAITS) && line.ends_with(&output)));
            }
            _ => {}
        }
        lines.extend(line(placed, words, &asked));
    }
    fitted(lines, left_out, most)
}

/// The lines as a summary of at most `most` characters; so many were left out of them before.
pub(super) fn fitted(mut lines: Vec<String>, mut left_out: u64, most: usize) -> String {
    let frame = format!("{EARLIER}{} older points.\n", u64::MAX).len();
    let room = most.saturating_sub(frame);
    for (rank, most_of_it) in [
        (Rank::Decision, room / 2),
        (Rank::Plain, 0),
        (Rank::Decision, 0),
        (Rank::Waits, 0),
    ] {
        left_out += drop_oldest(&mut lines, rank, room, most_of_it);
    }
    if left_out > 0 {
        lines.insert(0, format!("{EARLIER}{left_out} older points."));
    }
    let text = lines.join("\n");
    text.chars().take(most).collect()
}

/// What a line is about, from what is left out first to what is left out last. Decisions last
/// longer than what was said, as long as they leave it half of the room.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Rank {
    Plain,
    Decision,
    Waits,
}

impl Rank {
    pub fn of(line: &str) -> Self {
        if line.starts_with(WAITS) {
            Self::Waits
        } else if line.starts_with(DECISION) || line.starts_with(ALLOWED) {
            Self::Decision
        } else {
            Self::Plain
        }
    }
}

/// Leaves out the oldest lines of a rank while all lines need more than `room` and those of the
/// rank more than `most_of_it`. How many that were.
fn drop_oldest(lines: &mut Vec<String>, rank: Rank, room: usize, most_of_it: usize) -> u64 {
    let length = |line: &String| line.chars().count() + 1;
    let mut all: usize = lines.iter().map(length).sum();
    let of_rank = lines.iter().filter(|line| Rank::of(line) == rank);
    let mut of_it: usize = of_rank.map(length).sum();
    let before = lines.len();
    lines.retain(|line| {
        let goes = all > room && of_it > most_of_it && Rank::of(line) == rank;
        if goes {
            all -= length(line);
            of_it -= length(line);
        }
        !goes
    });
    (before - lines.len()) as u64
}

/// A summary's lines, and how many were left out of it before.
pub(super) fn lines_of(summary: &str) -> (u64, Vec<String>) {
    let mut left_out = 0;
    let mut lines = Vec::new();
    for line in clean(summary).lines().map(one_line) {
        let count = line.strip_prefix(EARLIER).and_then(|rest| {
            let (count, _) = rest.split_once(' ')?;
            count.parse::<u64>().ok()
        });
        match count {
            Some(count) => left_out = count,
            None if line.is_empty() => {}
            // What such a line quotes stays in it.
            None if Rank::of(&line) != Rank::Plain => lines.push(line),
            None if line.chars().count() <= LONG_LINE => lines.push(line),
            None => lines.extend(line.split_inclusive(". ").map(|it| it.trim().to_owned())),
        }
    }
    (left_out, lines)
}

/// What the outputs are called that a summary says are waited for.
fn asked_about(lines: &[String]) -> BTreeMap<String, String> {
    let waits = lines.iter().filter(|line| line.starts_with(WAITS));
    let asked = waits.filter_map(|line| {
        let (_, what) = line.split_once(ASKED_ABOUT)?;
        let what = what.strip_suffix('.')?;
        let (_, output) = what.strip_suffix(')')?.rsplit_once('(')?;
        Some((output.to_owned(), what.to_owned()))
    });
    asked.collect()
}

fn line(
    placed: &Placed<'_>,
    words: &Words<'_>,
    asked: &BTreeMap<String, String>,
) -> Option<String> {
    let event = placed.event;
    let day = words.day(event.at);
    let quoted = |text: &str| quote(text, MOST_QUOTED);
    let named = |output: &OutputId| {
        let output = short(&output.to_string());
        asked.get(&output).cloned().unwrap_or(output)
    };
    match &event.data {
        EventData::UserMessage { .. } if words.is_taken_back(event.id) => None,
        EventData::UserMessage { content, .. } => {
            let heard = words.heard(event.id);
            sent::line(content, heard, MOST_QUOTED)
                .map(|line| format!("{day} The customer {line}."))
        }
        EventData::FileFetched { message, .. } => words.heard_alone(*message).map(|heard| {
            let heard = quoted(heard);
            format!("{day} The customer said {heard} ({MARK}).")
        }),
        EventData::Launched { by, task, .. } => Some(format!(
            "{day} {} had the agent do {}.",
            quoted(by),
            quoted(task.as_str())
        )),
        EventData::ToolResult { call, outcome } => {
            let tool = words.tool(*call).unwrap_or("A tool");
            Some(format!(
                "{day} {} returned {}.",
                one_line(tool),
                quoted(&figures(outcome))
            ))
        }
        EventData::HumanRequest { act, approver, .. } => Some(format!(
            "{WAITS}{day}: {}{ASKED_ABOUT}{}.",
            quoted(approver),
            named(&act.output)
        )),
        EventData::Permitted { act, rule, .. } => Some(format!(
            "{ALLOWED}{day}: {} by the rule {}.",
            named(&act.output),
            quoted(rule)
        )),
        EventData::HumanResponse {
            output, decision, ..
        } => {
            let output = named(output);
            let told = match decision {
                Decision::Approved { by, .. } => format!("{} approved {output}", quoted(by)),
                Decision::Rejected { by, reason, .. } => {
                    let why = reason.as_deref().map(|why| format!(": {}", quoted(why)));
                    format!(
                        "{} rejected {output}{}",
                        quoted(by),
                        why.unwrap_or_default()
                    )
                }
                Decision::Expired { .. } => format!("nobody decided on {output} in time"),
                Decision::Answered { by, answer, .. } => {
                    format!("{} answered {output}: {}", quoted(by), quoted(answer))
                }
            };
            Some(format!("{DECISION}{day}: {told}."))
        }
        EventData::IdentityAsked { tool, .. } => Some(format!(
            "{day} The customer was sent a code to show who they are, for {}.",
            quoted(tool)
        )),
        EventData::IdentityChecked { outcome, .. } => Some(match outcome {
            Outcome::Passed { until } => format!(
                "{day} The customer showed who they are with a code, until {}.",
                words.minute(*until)
            ),
            Outcome::Wrong { .. } => format!("{day} The customer entered a wrong code."),
            Outcome::Expired => format!("{day} The customer entered a code too late."),
        }),
        EventData::AgentMessage { body, asks } => match (body, asks) {
            (AgentWords::Document { document, .. }, _) => {
                Some(format!("{day} Sent {}.", quoted(&document.title)))
            }
            (AgentWords::Text { text }, Some(_)) => Some(format!("{day} Asked {}.", quoted(text))),
            (AgentWords::Choices(offer), Some(_)) => {
                Some(format!("{day} Asked {}.", quoted(&offer.lines())))
            }
            (AgentWords::Choices(offer), None) if offer.completes.is_none() => {
                Some(format!("{day} Offered {}.", quoted(&offer.lines())))
            }
            (
                AgentWords::Text { .. }
                | AgentWords::Part { .. }
                | AgentWords::Choices(_)
                | AgentWords::Reaction { .. },
                _,
            ) => None,
        },
        EventData::HandOver { from, to, note } => Some(format!(
            "{day} {} handed over to {}: {}.",
            from.as_str(),
            to.name(),
            quoted(note)
        )),
        EventData::Control { action, by } => {
            let action = action.as_str();
            Some(format!("{day} {} ordered {action}.", quoted(by)))
        }
        // The question says how they are spoken to.
        EventData::SystemNote {
            persona: Some(_), ..
        } => None,
        EventData::SystemNote { text, .. } => Some(format!("{day} Note: {}.", quoted(text))),
        EventData::Undelivered { code, .. } => Some(format!(
            "{day} A message did not arrive ({}).",
            quoted(code)
        )),
        EventData::Opted { way, .. } => Some(format!("{day} {}.", way.told())),
        EventData::Window(what) => Some(format!("{day} {}.", what.told())),
        // What was chosen is told by its result, what was thought by what came of it; what failed
        // long ago is over, and a summary is the previous one.
        EventData::ModelThinking { .. }
        | EventData::ToolCall { .. }
        | EventData::Wake { .. }
        | EventData::Unanswered { .. }
        | EventData::Error { .. }
        | EventData::Compaction { .. } => None,
    }
}
