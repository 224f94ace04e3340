//! Deciding: the first write wins, and whoever won tells the thread.

use countersign_aws::{
    Error,
    approvals::{Decided, State, Verdict},
};
use countersign_core::{
    ContentHash, OutputId, Tenant,
    approval::{Decision, OutputStatus},
    message::{Cause, DecisionNotice, ENVELOPE_VERSION, Inbound},
};
use jiff::Timestamp;
use tracing::{error, info};

use crate::Approvals;

/// A reason has at most so many characters.
pub(crate) const LONGEST_REASON: usize = 500;

/// What somebody says to an act.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Choice {
    Approve,
    Reject,
    /// To a question, in these words.
    Answer(String),
}

/// What somebody says to which act.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Vote {
    pub(crate) output: OutputId,
    pub(crate) version: u32,
    /// Of the act that they were shown.
    pub(crate) digest: ContentHash,
    pub(crate) choice: Choice,
    pub(crate) by: String,
    pub(crate) reason: Option<String>,
    /// The same on every try, and no other vote's.
    pub(crate) id: String,
    pub(crate) channel: &'static str,
}

impl Approvals {
    /// Decides, unless somebody has. A vote that won is won again by its every repetition, and
    /// the thread is told again, which changes nothing there.
    pub(crate) async fn decide(&self, tenant: &Tenant, vote: Vote) -> Result<Decided, Error> {
        let now = self.clock.now();
        let Vote {
            output, channel, ..
        } = vote;
        let verdict = vote.verdict(now);
        match self.table.decide(tenant, &verdict, now).await? {
            // The id is the winner's, but this says something else: another vote under its name.
            Decided::Won(state) if !is_same(&state, &verdict.decision) => Ok(Decided::Lost(state)),
            Decided::Won(state) => {
                info!(
                    correlation = %state.correlation, %output, channel,
                    decision = word(&verdict.decision), "decided"
                );
                self.tell(&state, now).await;
                Ok(Decided::Won(state))
            }
            // Neither in time nor too late: it was withdrawn or replaced without a new version.
            Decided::Deadline => match self.table.state(tenant, output).await? {
                Some(state) if state.status != OutputStatus::Pending => Ok(match state.decision {
                    Some(_) => Decided::Lost(Box::new(state)),
                    None => Decided::NotWhatWaits,
                }),
                Some(_) => Ok(Decided::Deadline),
                None => Ok(Decided::NotFound),
            },
            lost => Ok(lost),
        }
    }

    /// The decision stands, whatever happens here: its due mark is removed only once the thread
    /// is sure to learn of it, and until then the clock sees to that.
    async fn tell(&self, state: &State, now: Timestamp) {
        let Some(decision) = state.decision.clone() else {
            return;
        };
        let notice = Inbound {
            v: ENVELOPE_VERSION,
            tenant: state.tenant.clone(),
            correlation: state.correlation.clone(),
            group: state.group.clone(),
            received_at: now,
            cause: Cause::Decision(DecisionNotice {
                thread: state.thread,
                output: state.output,
                version: state.version,
                decision,
            }),
        };
        if let Err(error) = self.inbound.send(&notice).await {
            error!(correlation = %state.correlation, output = %state.output, %error,
                "decision not queued; the clock will report it");
            return;
        }
        // Beyond these the mark is the execution's.
        if !matches!(
            state.status,
            OutputStatus::Approved | OutputStatus::Rejected | OutputStatus::Answered
        ) {
            return;
        }
        if let Err(error) = self.table.reported(state, self.clock.now()).await {
            error!(correlation = %state.correlation, output = %state.output, %error,
                "due mark not removed; the clock will report the decision again");
        }
    }
}

impl Vote {
    fn verdict(self, at: Timestamp) -> Verdict {
        let by = self.by;
        Verdict {
            output: self.output,
            version: self.version,
            digest: self.digest,
            decision: match self.choice {
                Choice::Approve => Decision::Approved { by, at },
                Choice::Reject => Decision::Rejected {
                    by,
                    at,
                    reason: self.reason,
                },
                Choice::Answer(answer) => Decision::Answered { by, at, answer },
            },
            id: self.id,
            channel: self.channel,
        }
    }
}

/// A reason as it is recorded: without blank ends and unseen characters. Nothing is left of an
/// empty one.
///
/// # Errors
/// What to do when it is too long.
pub(crate) fn read_reason(text: &str) -> Result<Option<String>, String> {
    let text = text.replace("\r\n", "\n");
    let text: String = text
        .trim()
        .chars()
        .filter(|c| *c == '\n' || !c.is_control())
        .collect();
    match text.chars().count() {
        0 => Ok(None),
        1..=LONGEST_REASON => Ok(Some(text)),
        long => Err(format!(
            "the reason has {long} characters; shorten it to {LONGEST_REASON}"
        )),
    }
}

fn is_same(state: &State, decision: &Decision) -> bool {
    state
        .decision
        .as_ref()
        .is_some_and(|stands| match (stands, decision) {
            (Decision::Answered { answer: one, .. }, Decision::Answered { answer: other, .. }) => {
                one == other
            }
            _ => word(stands) == word(decision),
        })
}

fn word(decision: &Decision) -> &'static str {
    match decision {
        Decision::Approved { .. } => OutputStatus::Approved.as_str(),
        Decision::Rejected { .. } => OutputStatus::Rejected.as_str(),
        Decision::Expired { .. } => OutputStatus::Expired.as_str(),
        Decision::Answered { .. } => OutputStatus::Answered.as_str(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn p8_a_reason_is_recorded_as_it_was_put() {
        for (text, expect) in [
            ("", None),
            (" \r\n ", None),
            (
                " Wrong month.\r\nTake October. ",
                Some("Wrong month.\nTake October."),
            ),
            ("a\0b\u{1b}c", Some("abc")),
        ] {
            assert_eq!(read_reason(text), Ok(expect.map(str::to_owned)));
        }
        let longest = "é".repeat(500);
        assert_eq!(read_reason(&longest), Ok(Some(longest.clone())));
        assert_eq!(
            read_reason(&format!("{longest}é")),
            Err("the reason has 501 characters; shorten it to 500".to_owned())
        );
    }

    #[test]
    fn p7_a_vote_becomes_the_decision_it_says() {
        let at = "2026-11-20T09:00:00Z".parse().unwrap();
        let vote = |choice| Vote {
            output: OutputId::derived("x"),
            version: 1,
            digest: ContentHash::of(b"x"),
            choice,
            by: "Aline Uwase".to_owned(),
            reason: Some("Wrong month".to_owned()),
            id: "callback/1".to_owned(),
            channel: "callback",
        };
        let by = || "Aline Uwase".to_owned();
        assert_eq!(
            vote(Choice::Approve).verdict(at).decision,
            Decision::Approved { by: by(), at }
        );
        assert_eq!(
            vote(Choice::Reject).verdict(at).decision,
            Decision::Rejected {
                by: by(),
                at,
                reason: Some("Wrong month".to_owned())
            }
        );
        assert_eq!(
            vote(Choice::Answer("Until Friday.".to_owned()))
                .verdict(at)
                .decision,
            Decision::Answered {
                by: by(),
                at,
                answer: "Until Friday.".to_owned()
            }
        );
    }
}
