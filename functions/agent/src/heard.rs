//! Who wrote how much, and who wants to hear nothing: for operators' logs and metrics, which count by
//! company and by number of ours.

use countersign_aws::{
    Error,
    metrics::{Metric, count},
};
use countersign_core::{
    SenderId,
    commit::Commit,
    event::{Event, EventData},
    limits::Because,
    message::{Content, InboundMessage},
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
            count(Metric::MessagesIn, 1, tenant, number, event.at);
        }
        EventData::Unanswered {
            because: Because::TooMany { window, .. },
            ..
        } => {
            let messages = event.answers.len();
            count(
                Metric::OverLimit(*window),
                messages,
                tenant,
                number,
                event.at,
            );
            let window = window.as_str();
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

/// That somebody who is asked to decide goes by other names from now on. A number that is let go of is
/// asked nothing more; who they are from now on is the company's to say.
pub(crate) fn renamed(message: &InboundMessage, agent: &Agent) {
    if !matches!(message.content, Content::Renamed { .. }) {
        return;
    }
    let names: Vec<&SenderId> = [&message.sender]
        .into_iter()
        .chain(&message.beside.aliases)
        .collect();
    let mut asked = [&agent.approver].into_iter().chain(&agent.approvers);
    if let Some(approver) = asked.find(|it| names.contains(&&it.address)) {
        error!(
            approver = approver.name,
            "ALARM: the names of somebody who is asked to decide have changed; a number they had is not \
             asked any more: name the new one"
        );
    }
}

/// Whether a commit records that the customer opted out, and so holds what is said to it.
///
/// # Errors
/// When its events can't be read.
pub(crate) fn confirms(commit: &Commit) -> Result<bool, Error> {
    let events = commit.events().map_err(|why| Error::Unreadable {
        what: "reading whether a commit confirms an opt-out",
        why: why.to_string(),
    })?;
    let mut events = events.iter();
    Ok(events.any(|event| matches!(event.data, EventData::Opted { from: None, .. })))
}
