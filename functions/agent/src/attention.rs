//! Showing customers that they were read and that an answer is on its way. Nothing depends on it: what
//! can't be shown is not, and no turn waits for it or fails by it.

use std::time::Duration;

use countersign_core::{
    event::EventData,
    message::{
        Attention, Cause, Correlation, ENVELOPE_VERSION, Inbound, OutboundTask, Presence,
        TYPING_LASTS,
    },
    step::Ask,
    thread::{Head, Thread},
};
use jiff::{SignedDuration, Timestamp};
use tracing::info;

use crate::{Agent, Received, Typing, turns::TurnError};

/// Typing is shown anew once only so much of it is left: a model may take longer than that.
const RENEWED: SignedDuration = SignedDuration::from_secs(10);

/// The queue is waited for no longer: the customer waits meanwhile.
const PATIENCE: Duration = Duration::from_secs(1);

/// What a turn has shown its customer so far.
#[derive(Debug, Default)]
pub(crate) struct Shown(Option<Last>);

#[derive(Debug)]
struct Last {
    at: Timestamp,
    /// How many messages had left: each of them ends the typing on a phone.
    sent: u64,
}

impl Shown {
    /// Whether typing is to be shown, anew or for the first time.
    fn is_due(&self, head: &Head, now: Timestamp) -> bool {
        self.0.as_ref().is_none_or(|last| {
            let left = TYPING_LASTS - now.duration_since(last.at);
            left <= RENEWED || head.counts.messages_out > last.sent
        })
    }
}

impl Agent {
    /// A burst is put off: who is going to be answered sees at once that they were read.
    pub(crate) async fn burst_waits(&self, burst: &[Received]) {
        let newest = burst.last().map(|received| &received.inbound);
        if self.typing == Typing::Off {
            return;
        }
        if let Some(inbound) = newest
            && let Cause::Message(message) = &inbound.cause
        {
            match self.is_going_to_be_answered(inbound).await {
                Ok(true) => {
                    let attention = Attention {
                        v: ENVELOPE_VERSION,
                        tenant: inbound.tenant.clone(),
                        correlation: inbound.correlation.clone(),
                        endpoint: message.endpoint.clone(),
                        message: message.id.clone(),
                        presence: Presence::Typing,
                        at: self.clock.now(),
                    };
                    self.show(attention).await;
                }
                Ok(false) => {}
                Err(error) => info!(%error, "not shown"),
            }
        }
    }

    /// Whether it is new, and its sender somebody whom the agent answers. Two reads at most.
    async fn is_going_to_be_answered(&self, inbound: &Inbound) -> Result<bool, TurnError> {
        let Cause::Message(message) = &inbound.cause else {
            return Ok(false);
        };
        let (tenant, endpoint) = (&inbound.tenant, &message.endpoint);
        let alias = self.customers.find(tenant, endpoint, &message.sender);
        let Some(thread) = alias.await?.thread else {
            return Ok(true);
        };
        let Some(loaded) = self.threads.load(tenant, thread).await? else {
            return Ok(true);
        };
        let key = inbound.cause.key();
        let is_known = loaded.commits.iter().any(|it| it.causes.contains(&key));
        let head = &loaded.thread.head;
        Ok(!is_known && head.is_attended(self.limits, self.clock.now()))
    }

    /// A model is about to be asked: whoever wrote what it is asked about sees us typing.
    pub(crate) async fn thinks(
        &self,
        thread: &Thread,
        ask: &Ask,
        correlation: &Correlation,
        shown: &mut Shown,
    ) {
        let now = self.clock.now();
        if self.typing == Typing::Off || !shown.is_due(&thread.head, now) {
            return;
        }
        let mut about = ask.about.iter().rev().filter_map(|id| thread.event(*id));
        let message = about.find_map(|event| match &event.data {
            EventData::UserMessage { cause, .. } => cause.message(),
            _ => None,
        });
        // Nobody waits for what the company wants done, or for what was decided.
        let Some(message) = message else {
            return;
        };
        let head = &thread.head;
        let attention = Attention {
            v: ENVELOPE_VERSION,
            tenant: head.tenant.clone(),
            correlation: correlation.clone(),
            endpoint: head.endpoint.clone(),
            message,
            presence: Presence::Typing,
            at: now,
        };
        self.show(attention).await;
        shown.0 = Some(Last {
            at: now,
            sent: head.counts.messages_out,
        });
    }

    /// A turn is done: what it dealt with without typing is marked as read, where that is wanted.
    pub(crate) async fn has_read(&self, run: &[&Inbound], head: &Head, shown: &Shown) {
        if self.typing != Typing::Receipts || shown.0.is_some() {
            return;
        }
        if let Some(inbound) = run.last()
            && let Cause::Message(message) = &inbound.cause
            && head.is_attended(self.limits, self.clock.now())
        {
            let attention = Attention {
                v: ENVELOPE_VERSION,
                tenant: inbound.tenant.clone(),
                correlation: inbound.correlation.clone(),
                endpoint: message.endpoint.clone(),
                message: message.id.clone(),
                presence: Presence::Read,
                at: self.clock.now(),
            };
            self.show(attention).await;
        }
    }

    async fn show(&self, attention: Attention) {
        let task = OutboundTask::Attention(attention);
        match tokio::time::timeout(PATIENCE, self.effects.webhooks.send(&task)).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => info!(%error, "not shown"),
            Err(_) => info!("not shown: the queue did not answer within a second"),
        }
    }
}

#[cfg(test)]
mod tests {
    use countersign_core::{CustomerId, ThreadId, message::Group};

    use super::*;

    #[test]
    fn w2_typing_is_shown_anew_before_it_fades_and_after_a_message() {
        let number = "+250788000001".parse().unwrap();
        let sender = "+250788555001".parse().unwrap();
        let group = Group::of(&number, &sender);
        let began: Timestamp = "2026-11-20T10:00:00Z".parse().unwrap();
        let mut head = Head::new(
            "acme".parse().unwrap(),
            ThreadId::derived("x"),
            CustomerId::derived("y"),
            "demo".parse().unwrap(),
            number,
            sender,
            group,
            began,
        );
        let after = |seconds| began + SignedDuration::from_secs(seconds);
        assert!(Shown::default().is_due(&head, began));
        let shown = Shown(Some(Last { at: began, sent: 0 }));
        assert!(!shown.is_due(&head, after(14)));
        assert!(shown.is_due(&head, after(15)));
        assert!(shown.is_due(&head, after(40)));
        head.counts.messages_out = 1;
        assert!(shown.is_due(&head, after(1)));
    }
}
