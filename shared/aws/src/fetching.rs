//! Threads that wait for a customer's file. No queue message need stand behind one: the order or its report
//! may be among the dead letters. So a head that waits is due, and no longer once it does not wait.

use countersign_core::{
    message::file::LONGEST_FETCH,
    thread::{FileState, Head},
};
use jiff::SignedDuration;

use crate::{
    due::Due,
    error::Error,
    item::{Item, body, millis, text},
    keys,
    schema::{DUE_AT, DUE_SHARD},
};

/// So much longer than a file is waited for nothing is done about it: its report may be on its way.
const GRACE: SignedDuration = SignedDuration::from_secs(60);

/// A head with a message whose file is under way is due once nobody waits for that any more. Each commit
/// writes the head anew, so that a thread in which much happens is due later; what happens in it is a turn,
/// and that deals with a file that is not waited for any longer, too.
pub(crate) fn put_due(item: &mut Item, head: &Head) {
    let mut open = head.fold.open.iter();
    if open.any(|open| open.file == FileState::Fetching) {
        let shard = keys::due_shard(&head.thread.to_string());
        let at = head.changed_at + LONGEST_FETCH + GRACE;
        item.insert(DUE_SHARD.to_owned(), text(shard));
        item.insert(DUE_AT.to_owned(), millis(at));
    }
}

/// The head of a thread that is due.
#[derive(Debug)]
pub struct HeadDue(pub Head);

impl TryFrom<&Due> for HeadDue {
    type Error = Error;

    fn try_from(due: &Due) -> Result<Self, Error> {
        body("reading a thread that is due", &due.item).map(Self)
    }
}
