//! The functions as Lambda calls them: the events that reach them, and a client of the Invoke API
//! behind which they run elsewhere, under `cargo lambda watch` or deployed on an emulator.

mod event;
mod invoke;
mod remote;

pub use self::{
    event::{Unanswerable, http_answer, http_event, payload, tick_event},
    invoke::{Failed, InvokeApi},
    remote::Remote,
};

/// A function, as its package and binary are called too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Function {
    /// Webhooks in.
    Ingress,
    /// What happens to threads.
    Agent,
    /// Long and approved work.
    Executor,
    /// Decisions in.
    Approvals,
    /// Messages, webhooks and statuses.
    Outbound,
    /// What is due.
    Clock,
}

impl Function {
    /// Those that answer HTTP.
    pub const HTTP: [Self; 2] = [Self::Ingress, Self::Approvals];
    /// Those that a queue or the schedule calls.
    pub const BEHIND: [Self; 4] = [Self::Agent, Self::Executor, Self::Outbound, Self::Clock];

    /// Its name, without the prefix that a stack may put before it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ingress => "ingress",
            Self::Agent => "agent",
            Self::Executor => "executor",
            Self::Approvals => "approvals",
            Self::Outbound => "outbound",
            Self::Clock => "clock",
        }
    }
}

#[cfg(test)]
mod tests;
