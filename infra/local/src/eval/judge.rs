//! Whether what came of a turn is what was expected, and if not, in words.

use std::fmt::{self, Display};

use super::{ExpectedCall, Happened, Wants, happened::write_call};

/// Judges one expectation.
///
/// # Errors
/// The field, what came of the turn, and what was expected.
pub(super) fn judge(wants: &Wants, happened: &Happened) -> Result<(), String> {
    let (got, wanted) = match wants {
        Wants::Agent(kind) if happened.agent == Some(*kind) => return Ok(()),
        Wants::Agent(kind) => {
            let got = happened.agent.map_or("nobody's", |kind| kind.as_str());
            (got.to_owned(), kind.as_str().to_owned())
        }
        Wants::Calls(calls) if are(calls, happened) => return Ok(()),
        Wants::Calls(calls) => (listed(&happened.calls), listed(calls)),
        Wants::Refused(tools) if *tools == happened.refused => return Ok(()),
        Wants::Refused(tools) => (listed(&happened.refused), listed(tools)),
        Wants::Contains(pattern) => {
            if pattern.is_in(&happened.heard.join("\n")) {
                return Ok(());
            }
            (quoted(&happened.heard), pattern.to_string())
        }
        Wants::Lacks(pattern) => {
            if !pattern.is_in(&happened.heard.join("\n")) {
                return Ok(());
            }
            (quoted(&happened.heard), format!("nothing like {pattern}"))
        }
        Wants::HandsOverTo(kind) if happened.handed_over_to.contains(kind) => return Ok(()),
        Wants::HandsOverTo(kind) => {
            let names = happened.handed_over_to.iter().map(|kind| kind.as_str());
            (listed(&names.collect::<Vec<_>>()), kind.as_str().to_owned())
        }
        Wants::Escalates(wanted) => {
            if *wanted != happened.escalated.is_empty() {
                return Ok(());
            }
            let got = match happened.escalated.as_slice() {
                [] => "nobody called".to_owned(),
                whys => format!("a person called for {}", quoted(whys)),
            };
            let wanted = if *wanted { "a person" } else { "nobody" };
            (got, format!("{wanted} called"))
        }
        Wants::AsksApproval(wanted) => {
            if *wanted == (happened.approvals_asked > 0) {
                return Ok(());
            }
            let wanted = if *wanted { "the approver" } else { "nobody" };
            let asked = match happened.approvals_asked {
                0 => "nobody asked".to_owned(),
                1 => "the approver asked".to_owned(),
                times => format!("the approver asked {times} times"),
            };
            (asked, format!("{wanted} asked"))
        }
        Wants::Documents(count) if *count == happened.documents => return Ok(()),
        Wants::Documents(count) => (happened.documents.to_string(), count.to_string()),
        Wants::AtMostTokens(most) => {
            let tokens = happened.tokens.read() + happened.tokens.output;
            if tokens <= *most {
                return Ok(());
            }
            (tokens.to_string(), format!("at most {most}"))
        }
        Wants::AtMostUsd(most) if happened.cost <= *most => return Ok(()),
        Wants::AtMostUsd(most) => (happened.cost.to_string(), format!("at most {most}")),
    };
    Err(format!("{}: got {got}, wants {wanted}", wants.field()))
}

fn are(expected: &[ExpectedCall], happened: &Happened) -> bool {
    expected.len() == happened.calls.len()
        && expected.iter().zip(&happened.calls).all(|(wants, got)| {
            let mut arguments = wants.arguments.iter();
            wants.tool == got.tool
                && arguments.all(|(name, value)| got.arguments.get(name) == Some(value))
        })
}

fn listed<T: Display>(items: &[T]) -> String {
    match items {
        [] => "none".to_owned(),
        items => {
            let items: Vec<String> = items.iter().map(T::to_string).collect();
            items.join(", ")
        }
    }
}

fn quoted(texts: &[String]) -> String {
    match texts {
        [] => "nothing".to_owned(),
        texts => {
            let texts: Vec<String> = texts.iter().map(|text| format!("{text:?}")).collect();
            texts.join(", ")
        }
    }
}

impl Display for ExpectedCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_call(f, &self.tool, &self.arguments)
    }
}
