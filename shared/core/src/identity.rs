//! Who is it? A one-time code is sent to the customer's number and comes back in the conversation.
//!
//! The code is in no record and on no queue of ours. It is made of the challenge and a secret: once by
//! whoever sends it, and again by whoever compares what the customer entered. What is recorded is
//! that a code was asked for and what became of it; the message that brought it says [`MASK`] in its
//! place.

mod code;
mod entered;
mod heard;
mod others;
#[cfg(test)]
mod tests;

pub use self::code::{Code, Sealing};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use self::{
    entered::{entered, masked},
    others::map_others,
};
use crate::{
    EventId, Secret,
    event::EventData,
    message::{Cause, Inbound, InboundMessage},
    step::Planned,
    thread::{Challenge, Head, OpenKind, Thread},
    turn::Turn,
};

/// The setting with the secret that codes are made of.
pub const SETTING: &str = "IDENTITY_SECRET";

/// The secret has at least so many characters.
pub const SHORTEST_SECRET: usize = 32;

/// How long a code can be entered.
pub const VALID: SignedDuration = SignedDuration::from_mins(10);

/// How long who entered one is known to be who they are, in that conversation.
pub const VERIFIED: SignedDuration = SignedDuration::from_mins(30);

/// How often something else may be entered in its place.
pub const MOST_TRIES: u8 = 3;

/// How many codes a conversation is sent within [`COUNTED`].
pub const MOST_CHALLENGES: usize = 3;

/// So long a code counts.
pub const COUNTED: SignedDuration = SignedDuration::from_hours(1);

/// So long no other is sent in place of one that can still be entered.
pub const SHORTEST_WAIT: SignedDuration = SignedDuration::from_mins(1);

/// What stands for a code in whatever is recorded or shown of what a customer wrote.
pub const MASK: &str = "[the code]";

/// Whether codes can be sent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Codes {
    /// There is no secret to make them of.
    #[default]
    Unset,
    /// They can.
    Sent,
}

/// What became of a code that a customer entered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum Outcome {
    /// It is the one that was sent. It is used up.
    Passed {
        /// How long the customer is known for it.
        until: Timestamp,
    },
    /// It is another.
    Wrong {
        /// How often it can still be tried; after the last time the challenge is dead.
        left: u8,
    },
    /// It was the one that was sent, too late.
    Expired,
}

/// Takes in what happened to a thread. A customer's message that answers the thread's open challenge
/// is compared with the code, what becomes of that is recorded with it, and the code itself is not.
/// Without a secret nothing is compared.
pub fn take_in(turn: &mut Turn, inbound: &Inbound, secret: Option<&Secret>, now: Timestamp) {
    if turn.has_taken_in(inbound) {
        return;
    }
    if let Some(masked) =
        secret.and_then(|secret| heard::without_code(turn.thread(), inbound, secret))
    {
        return turn.take_in(&masked);
    }
    let compared = secret.and_then(|secret| compared(turn.thread(), inbound, secret, now));
    let Some((challenge, masked, outcome)) = compared else {
        return turn.take_in(inbound);
    };
    turn.take_in(&masked);
    if let Some(outcome) = outcome {
        let mut answers = untold(turn.thread());
        answers.push(Turn::event_of(inbound));
        let checked = Planned {
            answers,
            data: EventData::IdentityChecked {
                challenge: challenge.id,
                outcome,
            },
            leaves: &[],
        };
        turn.record(checked, now);
    }
}

/// The thread's challenge, the message without its code, and what becomes of what was entered if
/// something was.
fn compared(
    thread: &Thread,
    inbound: &Inbound,
    secret: &Secret,
    now: Timestamp,
) -> Option<(Challenge, Inbound, Option<Outcome>)> {
    let head = &thread.head;
    let challenge = head.fold.identity.challenge?;
    let Cause::Message(message) = &inbound.cause else {
        return None;
    };
    // What was sent before it was asked for is no answer.
    let is_answer = inbound.received_at >= challenge.asked_at();
    if !is_answer || inbound.tenant != head.tenant {
        return None;
    }
    let code = made(head, &challenge, secret);
    // Nor is what comes under another name than the one it went to; the code is not kept all the same.
    let is_theirs = message.sender == head.sender;
    let words = message.content.words().filter(|_| is_theirs);
    let digits = words.and_then(entered);
    let outcome = digits.and_then(|digits| {
        let is_over = inbound.received_at >= challenge.expires_at;
        match (code.is(&digits), is_over) {
            (true, false) => Some(Outcome::Passed {
                until: in_whole_seconds(now + VERIFIED),
            }),
            (true, true) => Some(Outcome::Expired),
            (false, false) => Some(Outcome::Wrong {
                left: challenge.left.saturating_sub(1),
            }),
            // Some other number, long after.
            (false, true) => None,
        }
    });
    let content = message.content.map_words(|words| match outcome {
        Some(_) => MASK.to_owned(),
        None => masked(words, &code),
    });
    // Nor is it kept where it is no answer: in a form, on a card, in a file's name.
    let content = map_others(content, &|text| masked(text, &code));
    let name = message.name.as_deref();
    let masked = Inbound {
        cause: Cause::Message(InboundMessage {
            name: name.map(|name| masked(name, &code)),
            content,
            ..message.clone()
        }),
        ..inbound.clone()
    };
    Some((challenge, masked, outcome))
}

/// The code of a thread's challenge.
fn made(head: &Head, challenge: &Challenge, secret: &Secret) -> Code {
    Code::made(
        secret,
        &Sealing {
            tenant: &head.tenant,
            thread: head.thread,
            challenge: challenge.id,
            recipient: &head.sender,
        },
    )
}

/// What became of codes and is not told yet. What becomes of the next makes it stale.
fn untold(thread: &Thread) -> Vec<EventId> {
    let results = thread.open(OpenKind::Result);
    let checks = results.filter(|event| matches!(event.data, EventData::IdentityChecked { .. }));
    checks.map(|event| event.id).collect()
}

/// The fold has room for few digits.
pub(crate) fn in_whole_seconds(at: Timestamp) -> Timestamp {
    Timestamp::from_second(at.as_second()).unwrap_or(at)
}

/// The message that brings a code, as only its sender composes it.
pub fn message(code: &Code) -> String {
    format!(
        "To go on I have to know that it is you. Your code is *{}*. Enter it here within {} minutes, \
         in a message of its own. Nobody of ours will ever ask you for it.",
        code.digits(),
        VALID.as_mins()
    )
}
