//! Who wrote how much, and who wants to hear nothing: for operators' logs. Metrics are counted from
//! these lines, by company and by number of ours.

use countersign_core::{
    commit::Commit,
    event::{Event, EventData},
    limits::Because,
    opt_out::Opted,
    step::Agent,
    thread::Head,
};
use tracing::{error, info, warn};

/// What a commit has of it, a line each.
pub(crate) fn tell(event: &Event, head: &Head, agent: &Agent) {
    let (tenant, number, thread) = (&head.tenant, &head.number, head.thread);
    match &event.data {
        EventData::UserMessage { .. } => {
            let counts = &head.fold.rate;
            let (minute, day) = (counts.minute.messages, counts.day.messages);
            info!(%tenant, %number, %thread, minute, day, "message taken in");
        }
        EventData::Unanswered {
            because: Because::TooMany { window, .. },
            ..
        } => {
            let (window, messages) = (window.as_str(), event.answers.len());
            warn!(%tenant, %number, %thread, window, messages, "messages over the limit");
        }
        EventData::Opted { way, from: None } => {
            info!(%tenant, %number, %thread, way = way.told(), "opted");
            let is_approver = agent.approver.address == head.sender
                || agent.approvers.iter().any(|it| it.address == head.sender);
            if is_approver && *way == Opted::Out {
                error!(
                    %thread,
                    "ALARM: somebody who is asked to decide wants to be sent nothing; name another \
                     approver, or have them write START"
                );
            }
        }
        _ => {}
    }
}

/// Whether a commit records that the customer opted out, and so holds what is said to it.
pub(crate) fn confirms(commit: &Commit) -> bool {
    let events = commit.events().unwrap_or_default();
    let mut events = events.iter();
    events.any(|event| matches!(event.data, EventData::Opted { from: None, .. }))
}
