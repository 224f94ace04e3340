//! Threads after others: a customer whose conversation is over goes on in another, and what is still to
//! happen in the first has to know of it.

use countersign_core::{CustomerId, Tenant, ThreadId, thread::Head};
use tracing::error;

use crate::{Agent, turns::TurnError};

/// So many threads after one are looked at: a year of one a week.
const MOST_LATER: usize = 52;

/// The thread that a customer has after another. Its id is derived, so that two turns that open one at
/// once open the same.
pub(crate) fn after(customer: CustomerId, before: Option<ThreadId>) -> ThreadId {
    let before = before.map_or_else(|| "none".to_owned(), |thread| thread.to_string());
    ThreadId::derived(&format!("{customer} after {before}"))
}

impl Agent {
    /// The head of the customer's current thread, where that is a later one than `head`'s: `current`, if
    /// it is known, else the one that is found by their name. The name may be somebody else's by now;
    /// then those after this one are looked at, each of which is the customer's by its id.
    ///
    /// No call where there can be no later one.
    pub(crate) async fn later(
        &self,
        tenant: &Tenant,
        head: &Head,
        current: Option<ThreadId>,
    ) -> Result<Option<Head>, TurnError> {
        if current.is_none() && !head.may_have_a_later(self.clock.now()) {
            return Ok(None);
        }
        let current = match current {
            Some(current) => Some(current),
            None => {
                let found = self.customers.find(tenant, &head.endpoint, &head.sender);
                let found = found.await?;
                if found.customer != head.customer {
                    return self.last_after(tenant, head).await;
                }
                found.thread
            }
        };
        let Some(current) = current.filter(|current| *current != head.thread) else {
            return Ok(None);
        };
        let later = self.threads.head(tenant, current).await?;
        Ok(later.filter(|later| later.customer == head.customer))
    }

    /// The last of the threads after one. One read for each, and one more.
    async fn last_after(&self, tenant: &Tenant, head: &Head) -> Result<Option<Head>, TurnError> {
        let mut last: Option<Head> = None;
        for _ in 0..MOST_LATER {
            let before = last.as_ref().unwrap_or(head).thread;
            let next = after(head.customer, Some(before));
            match self.threads.head(tenant, next).await? {
                Some(next) => last = Some(next),
                None => return Ok(last),
            }
        }
        error!(thread = %head.thread, "more than {MOST_LATER} conversations came after one");
        Ok(last)
    }
}
