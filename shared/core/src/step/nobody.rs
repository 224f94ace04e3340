//! What nobody waits for any more: a message was taken back while a model thought about it, or while a
//! call for it ran. What came of that is on record, and is neither told nor gone on from.

use super::{Step, limits::unanswered, results};
use crate::{
    EventId,
    limits::Because,
    thread::{OpenKind, Thread},
};

/// That what is open is left, if nobody waits for it: no message, no task, no word that the customer is
/// to hear. Calls that were chosen only look; they run, and then there is something to leave.
pub(super) fn due(thread: &Thread) -> Option<Step> {
    let waits = |kind| thread.open(kind).next().is_some();
    let somebody = [OpenKind::Message, OpenKind::Launch, OpenKind::Result]
        .into_iter()
        .any(waits);
    let mut findings = thread.open(OpenKind::Finding);
    if somebody || findings.any(|finding| results::is_word(&finding)) {
        return None;
    }
    let kinds: &[OpenKind] = match thread.chosen().next() {
        Some(_) => &[OpenKind::Thought],
        None => &[OpenKind::Thought, OpenKind::Finding],
    };
    let left: Vec<EventId> = kinds
        .iter()
        .flat_map(|kind| thread.open(*kind))
        .map(|event| event.id)
        .collect();
    (!left.is_empty()).then(|| Step::Record(vec![unanswered(left, Because::NobodyWaits)]))
}
