//! Whether the agent attends to a customer: what they write is looked at and, as a rule, answered.

use jiff::Timestamp;

use super::{Head, Over, Status};
use crate::limits::{Limits, Window};

impl Head {
    /// Whether what the customer writes now is the agent's to answer: they may be sent something, no
    /// person has the conversation, and they have not written more than is answered. What comes of a
    /// message is for `step` alone to say; this tells only whether to show them that it was seen.
    pub fn is_attended(&self, limits: Limits, now: Timestamp) -> bool {
        // The next message begins a new conversation, which the agent has.
        let has_it = self.is_over(now) == Over::Yes || self.fold.status == Status::Active;
        has_it && self.fold.opted.is_in() && !self.is_full(limits, now)
    }

    /// Whether they have written as much as is answered in a minute or a day, whoever has the
    /// conversation.
    pub fn is_full(&self, limits: Limits, now: Timestamp) -> bool {
        let is_full = |window: Window| {
            let count = self.fold.rate.of(window);
            let ends = count.since.saturating_add(window.seconds());
            limits
                .of(window)
                .is_some_and(|most| count.messages >= most && now.as_second() < ends)
        };
        Window::ALL.into_iter().any(is_full)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        CustomerId, ThreadId,
        message::Group,
        opt_out::Opted,
        thread::{Count, Rate},
    };

    fn now() -> Timestamp {
        "2026-11-20T10:00:00Z".parse().unwrap()
    }

    #[track_caller]
    fn check(change: impl FnOnce(&mut Head), expect: bool) {
        let number = "+250788000001".parse().unwrap();
        let sender = "+250788555001".parse().unwrap();
        let group = Group::of(&number, &sender);
        let mut head = Head::new(
            "acme".parse().unwrap(),
            ThreadId::derived("x"),
            CustomerId::derived("y"),
            "demo".parse().unwrap(),
            number,
            sender,
            group,
            now(),
        );
        change(&mut head);
        assert_eq!(head.is_attended(Limits::default(), now()), expect);
    }

    fn written(since: i64, messages: u32) -> Rate {
        let minute = Count { since, messages };
        Rate {
            minute,
            ..Rate::default()
        }
    }

    #[test]
    fn w2_w5_who_is_not_answered_is_not_attended_to() {
        let second = now().as_second();
        check(|_| {}, true);
        check(|head| head.fold.status = Status::Paused, false);
        check(|head| head.fold.status = Status::Completed, true);
        check(|head| head.fold.opted = Opted::Out, false);
        // The wish goes on in the next conversation.
        check(
            |head| {
                head.fold.status = Status::Completed;
                head.fold.opted = Opted::Out;
            },
            false,
        );
        check(|head| head.fold.rate = written(second - 5, 9), true);
        check(|head| head.fold.rate = written(second - 5, 10), false);
        check(|head| head.fold.rate = written(second - 60, 10), true);
    }
}
