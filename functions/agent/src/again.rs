//! What leaves once more: a crash may have come between a commit and its outbox, and a send whose
//! outcome was settled as "not sent" has another try.

use countersign_core::{
    Tenant, ThreadId,
    commit::Commit,
    commit::Effect,
    message::{CauseKey, Resend},
};
use tracing::{info, warn};

use crate::{Agent, found::Found, heard, leaves::Which, summary::Made, turns::TurnError};

/// What was taken in before: by which commit of which thread.
pub(crate) type TakenIn = (CauseKey, ThreadId, u64);

/// What is known to have been taken in before, and what a try before this one has had made.
#[derive(Default)]
pub(crate) struct Again {
    known: Vec<TakenIn>,
    /// So many of them have left again.
    left: usize,
    /// The summary that was made in an earlier try.
    pub(crate) summary: Option<Made>,
}

impl Again {
    /// Whether this was taken in before.
    pub(crate) fn knows(&self, key: &CauseKey) -> bool {
        self.known.iter().any(|(known, _, _)| known == key)
    }

    /// Several messages of a redelivery were taken in by one commit, whose outbox leaves once.
    pub(crate) fn note(&mut self, taken: TakenIn) {
        if !self.known.contains(&taken) {
            self.known.push(taken);
        }
    }
}

/// What came of a message is in the commit that took it in and in so many after it at most: as
/// often as a turn can yield.
const AFTER: u64 = 40;

impl Agent {
    /// Lets the outboxes leave again of those messages that were delivered again and not looked at
    /// yet, each with what came of it in the commits after.
    pub(crate) async fn leave_again(
        &self,
        tenant: &Tenant,
        found: &Found,
        again: &mut Again,
    ) -> Result<(), TurnError> {
        while let Some((key, thread, number)) = again.known.get(again.left) {
            info!(cause = key.as_str(), commit = number, "delivered again");
            let here = *thread == found.thread.head.thread;
            let at_hand = found.commits.iter().filter(|c| here && c.number >= *number);
            let mut commits: Vec<Commit> = at_hand.cloned().collect();
            if commits.first().is_none_or(|first| first.number != *number) {
                let newest = match here {
                    true => found.thread.head.commit,
                    false => u64::MAX,
                };
                let range = *number..=newest.min(number + AFTER);
                commits = self.threads.commits(tenant, *thread, range).await?;
            }
            let head = if here {
                Some(found.thread.head.clone())
            } else {
                self.threads
                    .load(tenant, *thread)
                    .await?
                    .map(|loaded| loaded.thread.head)
            };
            if let (Some(first), Some(head)) = (commits.first(), head) {
                for commit in &commits {
                    if commit.correlation == first.correlation {
                        self.effects.leave(&head, commit, Which::Unfinished).await?;
                    }
                }
            }
            again.left += 1;
        }
        Ok(())
    }

    /// A send whose outcome was settled as "not sent" leaves again, as another try.
    pub(crate) async fn resend(&self, tenant: &Tenant, resend: &Resend) -> Result<(), TurnError> {
        let loaded = self
            .threads
            .load(tenant, resend.thread)
            .await?
            .ok_or(TurnError::NoThread(resend.thread))?;
        let commit = self
            .threads
            .commit(tenant, resend.thread, resend.commit)
            .await?
            .ok_or(TurnError::NoThread(resend.thread))?;
        let head = &loaded.thread.head;
        let index = (0..commit.outbox.len()).find(|n| commit.reference(*n) == resend.reference);
        // What an approver is asked is none of the customer's business.
        let is_to_customer =
            index.is_some_and(|index| matches!(commit.outbox[index], Effect::Send { .. }));
        if is_to_customer && !head.fold.opted.is_in() && !heard::confirms(&commit)? {
            // They asked to be sent nothing while nobody knew what became of it.
            warn!(thread = %head.thread, reference = %resend.reference, "not sent again: opted out");
            return Ok(());
        }
        if let Some(index) = index {
            let attempt = resend.attempt;
            self.effects
                .leave(&loaded.thread.head, &commit, Which::One { index, attempt })
                .await?;
        }
        Ok(())
    }
}
