//! What leaves once more: a crash may have come between a commit and its outbox, and a send whose
//! outcome was settled as "not sent" has another try.

use countersign_aws::sends::Ended;
use countersign_core::{
    SenderId, Tenant, ThreadId,
    commit::Commit,
    commit::Effect,
    message::{CauseKey, Outgoing, OutgoingBody, Resend},
    thread::Head,
};
use tracing::{info, warn};

use crate::{
    Agent,
    found::Found,
    heard,
    leaves::{Leaves, Which},
    summary::Made,
    turns::TurnError,
};

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
        // They may have said what they want in a conversation after the one that sends it.
        let later = match is_to_customer {
            true => self.later(tenant, head, resend.current).await?,
            false => None,
        };
        let opted = later.as_ref().unwrap_or(head).fold.opted;
        if is_to_customer && !opted.is_in() && !heard::confirms(&commit)? {
            // They asked to be sent nothing while nobody knew what became of it.
            let ended = Ended {
                code: "opted_out",
                meaning: "the customer asked to be sent nothing; it waits for nobody any more",
            };
            return self.not_sent_again(tenant, resend, ended).await;
        }
        let mut leaves = match index {
            Some(index) => {
                let attempt = resend.attempt;
                Leaves::of(head, &commit, Which::One { index, attempt })?
            }
            None => Leaves::default(),
        };
        if leaves.messages.is_empty() {
            // Such as a code that can't be entered any more, or what was erased.
            let ended = Ended {
                code: "no_longer_of_use",
                meaning: "when it could be sent, it was of no use any more",
            };
            return self.not_sent_again(tenant, resend, ended).await;
        }
        if is_to_customer {
            // Who lets it go says under which name they wrote; else it is the one of their current thread.
            let newest = resend.to.as_ref();
            let newest = newest.or(later.as_ref().map(|later| &later.sender));
            let Some(to) = self.name_now(head, newest, &leaves.messages).await? else {
                let ended = Ended {
                    code: "name_let_go",
                    meaning: "the name it was for is not the customer's any more, and may be somebody else's",
                };
                return self.not_sent_again(tenant, resend, ended).await;
            };
            for message in &mut leaves.messages {
                message.to.clone_from(&to);
            }
        }
        for message in &mut leaves.messages {
            message.held.clone_from(&resend.held);
            if let Some(window) = &mut message.window {
                window.refused.clone_from(&resend.refused);
                // The conversation it belongs to may be over, and they wrote in a later one.
                window.wrote_at = window.wrote_at.max(resend.wrote_at);
            }
        }
        self.effects.send(leaves).await?;
        Ok(())
    }

    /// Under which name the customer of a thread gets what of it is sent once more. The conversation may
    /// have ended since, and so may have the name it knows: numbers change hands. It is one that leads to
    /// this customer today, or none. A code is sealed to the name it was asked for, and goes to no other.
    /// One read; where the newest name does not lead to them any more, another.
    async fn name_now(
        &self,
        head: &Head,
        newest: Option<&SenderId>,
        messages: &[Outgoing],
    ) -> Result<Option<SenderId>, TurnError> {
        let mut bodies = messages.iter().map(|message| &message.body);
        let is_code = bodies.any(|body| matches!(body, OutgoingBody::Code { .. }));
        let newest = newest.filter(|to| !is_code && **to != head.sender);
        for name in newest.into_iter().chain([&head.sender]) {
            let found = self.customers.find(&head.tenant, &head.endpoint, name);
            if found.await?.customer == head.customer {
                return Ok(Some(name.clone()));
            }
        }
        Ok(None)
    }

    /// A send that was to be repeated ends here, and not as one that is repeated for ever.
    async fn not_sent_again(
        &self,
        tenant: &Tenant,
        resend: &Resend,
        ended: Ended<'_>,
    ) -> Result<(), TurnError> {
        let (thread, reference) = (resend.thread, resend.reference);
        warn!(%thread, %reference, code = ended.code, "not sent again");
        self.sends.not_repeated(tenant, reference, ended).await?;
        Ok(())
    }
}
