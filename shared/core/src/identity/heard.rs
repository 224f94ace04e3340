//! A code that somebody said in a recording. It shows nothing of them, for a transcript may be
//! misheard and a voice be anybody's; and it is not kept.

use super::{entered::masked, made};
use crate::{
    Secret,
    message::{Cause, FetchReport, Inbound},
    thread::Thread,
};

/// A report on a recording without the code that the thread waits for, where it waits for one.
pub(super) fn without_code(thread: &Thread, inbound: &Inbound, secret: &Secret) -> Option<Inbound> {
    let Cause::Fetched(report) = &inbound.cause else {
        return None;
    };
    let challenge = thread.head.fold.identity.challenge?;
    let code = made(&thread.head, &challenge, secret);
    let outcome = report.outcome.map_words(|words| masked(words, &code));
    Some(Inbound {
        cause: Cause::Fetched(FetchReport {
            outcome,
            ..report.clone()
        }),
        ..inbound.clone()
    })
}
