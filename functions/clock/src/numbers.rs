//! What was held for a number goes out once an operator has released it.

use countersign_aws::{
    Error,
    numbers::{NumberState, NumberStatus},
};
use jiff::SignedDuration;
use tracing::info;

use crate::Clock;

/// The list of what is held lags a little. A number is only left alone when nothing was in it for so
/// long after the release; nothing is held after it.
const LIST_LAGS: SignedDuration = SignedDuration::from_secs(60);
/// So many pages in one tick; what is more goes with the next.
const MOST_PAGES: usize = 10;

impl Clock {
    pub(crate) async fn number(&self, state: &NumberState) -> Result<(), Error> {
        if state.status != NumberStatus::Releasing {
            return Ok(());
        }
        let (mut from, mut released) = (None, 0_usize);
        for _ in 0..MOST_PAGES {
            let page = self
                .sends
                .held_for_number(&state.tenant, &state.number, from)
                .await?;
            for record in &page.records {
                released += self.let_go(record).await?;
            }
            from = page.next;
            if from.is_none() {
                break;
            }
        }
        info!(number = %state.number, released, "released");
        let since = state.released_at.unwrap_or(state.since);
        let settled = self.clock.now().duration_since(since) >= LIST_LAGS;
        if released == 0 && settled {
            self.numbers.opened(state).await?;
        }
        Ok(())
    }
}
