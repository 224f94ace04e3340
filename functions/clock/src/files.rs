//! Files of customers of which nothing was heard in time.

use countersign_aws::Error;
use countersign_core::{
    message::{Cause, Correlation, FetchReport, Fetched, NotFetched},
    thread::{FileState, Head},
};
use tracing::error;

use crate::Clock;

impl Clock {
    /// Tells a thread that a file it waits for could not be had. Its report would say the same, and is the
    /// same cause: whichever comes first counts. The thread is no longer due once it has taken it in.
    pub(crate) async fn files(&self, head: &Head) -> Result<(), Error> {
        let open = head.fold.open.iter();
        for open in open.filter(|open| open.file == FileState::Fetching) {
            error!(
                thread = %head.thread,
                "ALARM: nothing was heard of a customer's file; its order or report is among the dead letters"
            );
            let report = FetchReport {
                thread: head.thread,
                message: open.event,
                outcome: Fetched::Refused {
                    why: NotFetched::Failed,
                },
            };
            let correlation = Correlation(open.event.to_string());
            let cause = Cause::Fetched(report);
            self.tell(&head.tenant, &head.group, &correlation, cause)
                .await?;
        }
        Ok(())
    }
}
