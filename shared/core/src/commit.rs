//! A thread is a chain of commits. A commit is the lock, the log, the outbox and the audit
//! chain in one write.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{
    ContentHash, MessageRef, ThreadId,
    event::{Event, Unreadable},
    message::{CauseKey, Correlation},
};

/// 16 random bytes as hex. It keeps an erased event from being guessed by its digest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Salt(pub String);

/// A link of a thread's chain.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Commit {
    /// The thread.
    pub thread: ThreadId,
    /// From 1.
    pub number: u64,
    /// The hash of the commit before, [`ContentHash::GENESIS`] before the first.
    pub parent: ContentHash,
    /// Over all of this but the events' bodies, which their salted digests stand for.
    pub hash: ContentHash,
    /// When it was made.
    pub at: Timestamp,
    /// Follows the message that caused it.
    pub correlation: Correlation,
    /// The deliveries it takes in.
    pub causes: Vec<CauseKey>,
    /// What happened.
    pub events: Vec<Recorded>,
    /// What is to leave once it is written.
    pub outbox: Vec<Effect>,
}

/// An event as a commit holds it. The digest stays when body and salt are erased.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Recorded {
    /// SHA-256 over salt and canonical JSON of the body.
    pub digest: ContentHash,
    /// What was recorded, unless a person's right removed it.
    #[serde(flatten)]
    pub body: Option<RecordedBody>,
}

/// What erasure removes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RecordedBody {
    /// The salt.
    pub salt: Salt,
    /// The event in the version it was stored in.
    pub event: Value,
}

/// What leaves once a commit is written. It points at the commit's events and holds nothing of
/// its own, so that erasing an event erases it here too.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "effect", rename_all = "snake_case")]
pub enum Effect {
    /// The agent message at this index goes to the customer.
    Send {
        /// Index into the commit's events.
        event: u16,
    },
    /// The human request at this index goes to the approver's phone.
    AskApprover {
        /// Index into the commit's events.
        event: u16,
    },
    /// The human request at this index goes to the tenant's webhook.
    CallWebhook {
        /// Index into the commit's events.
        event: u16,
    },
    /// The tool call at this index goes to the executor.
    Order {
        /// Index into the commit's events.
        event: u16,
    },
    /// The file of the customer's message at this index is fetched.
    Fetch {
        /// Index into the commit's events.
        event: u16,
    },
    /// What is held for the customer goes out, as the event at this index says.
    Release {
        /// Index into the commit's events.
        event: u16,
    },
}

/// Why a chain does not hold.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Broken {
    /// A commit is missing, or out of place.
    #[error("commit {expected} is missing: commit {got} stands in its place")]
    Gap {
        /// The number due.
        expected: u64,
        /// The number found.
        got: u64,
    },
    /// A commit does not continue the one before.
    #[error("commit {number} does not continue commit {}: its parent hash differs", number - 1)]
    Parent {
        /// Which.
        number: u64,
    },
    /// The newest commits are missing, or others than the head's.
    #[error("the chain ends with commit {got}, and not with the head's commit {expected}")]
    End {
        /// The head's newest.
        expected: u64,
        /// The chain's.
        got: u64,
    },
    /// A commit was changed.
    #[error("commit {number} was changed: its hash differs")]
    Hash {
        /// Which.
        number: u64,
    },
    /// An event was changed.
    #[error("event {index} of commit {number} was changed: its digest differs")]
    Event {
        /// Which commit.
        number: u64,
        /// Which event in it, from 0.
        index: usize,
    },
}

/// What a verified chain holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verified {
    /// Commits.
    pub commits: u64,
    /// Events whose bodies are there.
    pub events: u64,
    /// Events whose bodies were erased.
    pub erased: u64,
}

/// What a commit is made of, before it has a hash.
pub struct Draft {
    /// The thread.
    pub thread: ThreadId,
    /// Its number.
    pub number: u64,
    /// The hash of the commit before.
    pub parent: ContentHash,
    /// When.
    pub at: Timestamp,
    /// Follows the message.
    pub correlation: Correlation,
    /// The deliveries it takes in.
    pub causes: Vec<CauseKey>,
    /// What happened, each with fresh randomness.
    pub events: Vec<(Event, Salt)>,
    /// What is to leave.
    pub outbox: Vec<Effect>,
}

impl Draft {
    /// Closes the commit with its digests and hash.
    ///
    /// # Errors
    /// When an event has a value JSON can't hold; no kind has.
    pub fn seal(self) -> Result<Commit, serde_json::Error> {
        let events = self
            .events
            .into_iter()
            .map(|(event, salt)| {
                let body = RecordedBody {
                    salt,
                    event: event.to_stored()?,
                };
                Ok(Recorded {
                    digest: body.digest()?,
                    body: Some(body),
                })
            })
            .collect::<Result<_, serde_json::Error>>()?;
        let mut commit = Commit {
            thread: self.thread,
            number: self.number,
            parent: self.parent,
            hash: ContentHash::GENESIS,
            at: self.at,
            correlation: self.correlation,
            causes: self.causes,
            events,
            outbox: self.outbox,
        };
        commit.hash = commit.computed_hash()?;
        Ok(commit)
    }
}

impl RecordedBody {
    fn digest(&self) -> Result<ContentHash, serde_json::Error> {
        let mut salted = self.salt.0.clone().into_bytes();
        salted.extend(serde_json_canonicalizer::to_vec(&self.event)?);
        Ok(ContentHash::of(&salted))
    }
}

impl Commit {
    /// The events that are still there, in today's shape.
    ///
    /// # Errors
    /// When a newer release wrote one.
    pub fn events(&self) -> Result<Vec<Event>, Unreadable> {
        self.events
            .iter()
            .filter_map(|recorded| recorded.body.as_ref())
            .map(|body| Event::from_stored(&body.event))
            .collect()
    }

    /// The event at `index`, if it has not been erased.
    ///
    /// # Errors
    /// When a newer release wrote it.
    pub fn event(&self, index: u16) -> Result<Option<Event>, Unreadable> {
        self.events
            .get(usize::from(index))
            .and_then(|recorded| recorded.body.as_ref())
            .map(|body| Event::from_stored(&body.event))
            .transpose()
    }

    /// The idempotency key of the effect at `index`: the same for whoever sends it, however often.
    pub fn reference(&self, index: usize) -> MessageRef {
        effect_reference(self.thread, self.number, index)
    }

    fn computed_hash(&self) -> Result<ContentHash, serde_json::Error> {
        let digests: Vec<ContentHash> = self.events.iter().map(|event| event.digest).collect();
        let sealed = json!({
            "thread": self.thread,
            "number": self.number,
            "parent": self.parent,
            "at": self.at,
            "correlation": self.correlation,
            "causes": self.causes,
            "events": digests,
            "outbox": self.outbox,
        });
        Ok(ContentHash::of(&serde_json_canonicalizer::to_vec(&sealed)?))
    }
}

/// The idempotency key of an effect, from what causes it.
pub fn effect_reference(thread: ThreadId, commit: u64, index: usize) -> MessageRef {
    MessageRef::derived(&format!("{thread}/{commit}/{index}"))
}

/// Checks a whole thread against its head, oldest commit first.
///
/// # Errors
/// Names the first commit or event that was changed, dropped, moved or put in.
pub fn verify_to(commits: &[Commit], newest: u64, hash: ContentHash) -> Result<Verified, Broken> {
    let verified = verify(commits)?;
    match commits.last() {
        Some(last) if last.number == newest && last.hash == hash => Ok(verified),
        last => Err(Broken::End {
            expected: newest,
            got: last.map_or(0, |last| last.number),
        }),
    }
}

/// Checks the beginning of a thread, oldest commit first: what was cut off at its end is for
/// [`verify_to`] to find.
///
/// # Errors
/// Names the first commit or event that was changed, dropped, moved or put in.
pub fn verify(commits: &[Commit]) -> Result<Verified, Broken> {
    let mut parent = ContentHash::GENESIS;
    let mut verified = Verified {
        commits: 0,
        events: 0,
        erased: 0,
    };
    for (expected, commit) in (1..).zip(commits) {
        let number = commit.number;
        if number != expected {
            return Err(Broken::Gap {
                expected,
                got: number,
            });
        }
        if commit.parent != parent {
            return Err(Broken::Parent { number });
        }
        if commit.computed_hash().ok() != Some(commit.hash) {
            return Err(Broken::Hash { number });
        }
        for (index, recorded) in commit.events.iter().enumerate() {
            match &recorded.body {
                Some(body) if body.digest().ok() == Some(recorded.digest) => verified.events += 1,
                Some(_) => return Err(Broken::Event { number, index }),
                None => verified.erased += 1,
            }
        }
        parent = commit.hash;
        verified.commits += 1;
    }
    Ok(verified)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{EventId, event::EventData};

    fn chain() -> Vec<Commit> {
        let mut parent = ContentHash::GENESIS;
        (1..=4)
            .map(|number| {
                let event = |n: u64| Event {
                    id: EventId::derived(&format!("{number}/{n}")),
                    at: "2026-11-20T10:00:00Z".parse().unwrap(),
                    answers: vec![],
                    data: EventData::Wake {
                        reason: format!("because {n}"),
                    },
                };
                let commit = Draft {
                    thread: ThreadId::derived("x"),
                    number,
                    parent,
                    at: "2026-11-20T10:00:00Z".parse().unwrap(),
                    correlation: Correlation("c".into()),
                    causes: vec![],
                    events: vec![(event(0), Salt("00".into())), (event(1), Salt("01".into()))],
                    outbox: vec![Effect::Send { event: 0 }],
                }
                .seal()
                .unwrap();
                parent = commit.hash;
                commit
            })
            .collect()
    }

    fn check(change: fn(&mut Vec<Commit>), expect: Result<Verified, Broken>) {
        let mut commits = chain();
        change(&mut commits);
        assert_eq!(verify(&commits), expect);
    }

    #[test]
    fn x6_an_untouched_chain_verifies() {
        check(
            |_| {},
            Ok(Verified {
                commits: 4,
                events: 8,
                erased: 0,
            }),
        );
    }

    #[test]
    fn x6_what_was_changed_is_named() {
        check(
            |c| c[1].events[1].body.as_mut().unwrap().event["data"]["reason"] = "other".into(),
            Err(Broken::Event {
                number: 2,
                index: 1,
            }),
        );
        check(
            |c| c[1].events[1].body.as_mut().unwrap().salt = Salt("02".into()),
            Err(Broken::Event {
                number: 2,
                index: 1,
            }),
        );
        check(|c| c[2].outbox.clear(), Err(Broken::Hash { number: 3 }));
        check(|c| c[2].events.swap(0, 1), Err(Broken::Hash { number: 3 }));
        check(
            |c| {
                c.remove(1);
            },
            Err(Broken::Gap {
                expected: 2,
                got: 3,
            }),
        );
        check(
            |c| c.swap(1, 2),
            Err(Broken::Gap {
                expected: 2,
                got: 3,
            }),
        );
        check(
            |c| {
                let mut forged = c[1].clone();
                forged.events.pop();
                forged.hash = forged.computed_hash().unwrap();
                c[1] = forged;
            },
            Err(Broken::Parent { number: 3 }),
        );
    }

    #[test]
    fn x6_a_chain_that_was_cut_off_is_found_by_its_head() {
        let mut commits = chain();
        let head = commits[3].hash;
        assert!(verify_to(&commits, 4, head).is_ok());
        commits.pop();
        let expect = Broken::End {
            expected: 4,
            got: 3,
        };
        assert_eq!(verify_to(&commits, 4, head), Err(expect.clone()));
        assert_eq!(verify_to(&commits, 4, commits[2].hash), Err(expect));
    }

    #[test]
    fn x6_a_chain_verifies_after_a_body_was_erased() {
        check(
            |c| c[1].events[0].body = None,
            Ok(Verified {
                commits: 4,
                events: 7,
                erased: 1,
            }),
        );
    }

    #[test]
    fn x6_a_commit_comes_back_from_its_json() {
        let mut commits = chain();
        commits[2].events[0].body = None;
        let json = serde_json::to_string(&commits).unwrap();
        let back: Vec<Commit> = serde_json::from_str(&json).unwrap();
        assert_eq!(back, commits);
    }
}
