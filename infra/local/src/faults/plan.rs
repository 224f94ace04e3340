//! Which call a fault strikes, and what it does there.

use std::time::Duration;

use super::{Call, Canned, Service, operation};

/// One fault at one place.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// Where it strikes.
    pub at: At,
    /// What happens there.
    pub fault: Fault,
}

/// Where a plan strikes. Numbers start at 1 and count from the last reset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum At {
    /// The call with this number among all calls, once.
    Nth(usize),
    /// The call with this number among those to one service whose operation contains the text,
    /// once.
    NthOf {
        /// The service called.
        service: Service,
        /// Part of the operation's name; empty fits every operation.
        operation: String,
        /// Its number among these calls.
        n: usize,
    },
    /// Every call to one service whose operation contains the text.
    Every {
        /// The service called.
        service: Service,
        /// Part of the operation's name; empty fits every operation.
        operation: String,
    },
}

/// What happens to a call.
#[derive(Debug, Clone, PartialEq)]
pub enum Fault {
    /// The program stops before the call has any effect: it is not forwarded and never answered,
    /// and [`super::Faults::stopped`] resolves.
    StopBefore,
    /// The program stops when the call has taken effect but before it hears so: never answered,
    /// and [`super::Faults::stopped`] resolves.
    StopAfter,
    /// The call takes effect, then its connection closes without an answer. The SDK retries.
    LoseAnswer,
    /// The connection closes and nothing takes effect. The SDK retries.
    Refuse,
    /// Answered so, and nothing takes effect.
    Answer(Canned),
    /// The call takes effect, but is answered so.
    AnswerAfter(Canned),
    /// Forwarded after this time. A call whose sender stops waiting takes effect all the same.
    Delay(Duration),
    /// A DynamoDB Query of an index finds nothing, as if the index were late. Other calls are
    /// neither struck by it nor use it up.
    StaleIndex,
}

impl Plan {
    /// `fault` at call number `n` of all.
    pub fn nth(n: usize, fault: Fault) -> Self {
        Self {
            at: At::Nth(n),
            fault,
        }
    }

    /// `fault` at call number `n` of those to `service` whose operation contains `operation`.
    pub fn nth_of(service: Service, operation: &str, n: usize, fault: Fault) -> Self {
        let at = At::NthOf {
            service,
            operation: operation.to_owned(),
            n,
        };
        Self { at, fault }
    }

    /// `fault` at every call to `service` whose operation contains `operation`.
    pub fn every(service: Service, operation: &str, fault: Fault) -> Self {
        let at = At::Every {
            service,
            operation: operation.to_owned(),
        };
        Self { at, fault }
    }

    /// Whether `call`, which has this body and is the newest of `calls`, is struck.
    pub(super) fn strikes(&self, call: &Call, body: &[u8], calls: &[Call]) -> bool {
        let here = match &self.at {
            At::Nth(n) => call.number == *n,
            At::NthOf {
                service,
                operation,
                n,
            } => {
                let fits = |call: &&Call| fits(call, *service, operation);
                fits(&call) && calls.iter().filter(fits).count() == *n
            }
            At::Every { service, operation } => fits(call, *service, operation),
        };
        here && (self.fault != Fault::StaleIndex || operation::queries_index(call, body))
    }
}

impl At {
    pub(super) fn is_once(&self) -> bool {
        !matches!(self, Self::Every { .. })
    }
}

fn fits(call: &Call, service: Service, operation: &str) -> bool {
    call.service == service && call.operation.contains(operation)
}
