//! What a company's own people and programs have done to its conversations: a task launched for
//! somebody, and an operator's acts. Whoever calls has checked already who may.

use countersign_core::{
    Tenant, ThreadId,
    launch::{LaunchNotice, WrongLaunch, named},
    message::{Cause, ControlAction, ControlNotice, Correlation, ENVELOPE_VERSION, Group, Inbound},
    thread::Head,
};
use jiff::Timestamp;

use crate::{error::Error, fresh_token, queues::Queue};

/// Why nothing was queued.
#[derive(Debug, thiserror::Error)]
pub enum NotQueued {
    /// It can't be taken as it is: correct it and try again.
    #[error(transparent)]
    Wrong(#[from] WrongLaunch),
    /// The call failed and may have taken effect: the same id again does it once.
    #[error(transparent)]
    Failed(#[from] Error),
}

/// Has the company's agent do something for somebody. It is queued behind what they wrote before,
/// and found in their current thread, or a new one. Twice under one id is once. One call.
///
/// # Errors
/// When something is wrong with it, or the call fails.
pub async fn launch(
    queue: &Queue<Inbound>,
    tenant: &Tenant,
    notice: LaunchNotice,
    now: Timestamp,
) -> Result<(), NotQueued> {
    notice.check()?;
    let group = Group::of(&notice.number, &notice.recipient);
    let inbound = inbound(tenant, group, Cause::Launch(notice), now);
    Ok(queue.send(&inbound).await?)
}

/// Pauses a thread, lets it go on, stops it, or has a person take it over. Twice under one id is
/// once. One call.
///
/// # Errors
/// When id or name is wrong, or the call fails.
pub async fn control(
    queue: &Queue<Inbound>,
    head: &Head,
    act: Act,
    now: Timestamp,
) -> Result<(), NotQueued> {
    named("id", &act.id)?;
    named("by", &act.by)?;
    let cause = Cause::Control(act.on(head.thread));
    let inbound = inbound(&head.tenant, head.group.clone(), cause, now);
    Ok(queue.send(&inbound).await?)
}

/// What an operator does to a thread.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Act {
    /// Tells it from every other of the tenant's.
    pub id: String,
    /// What is done.
    pub action: ControlAction,
    /// By whom.
    pub by: String,
}

impl Act {
    fn on(self, thread: ThreadId) -> ControlNotice {
        ControlNotice {
            thread,
            id: self.id,
            action: self.action,
            by: self.by,
        }
    }
}

fn inbound(tenant: &Tenant, group: Group, cause: Cause, now: Timestamp) -> Inbound {
    Inbound {
        v: ENVELOPE_VERSION,
        tenant: tenant.clone(),
        correlation: Correlation(fresh_token()),
        group,
        received_at: now,
        cause,
    }
}
