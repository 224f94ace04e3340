//! The tick, as EventBridge Scheduler sends it.

use serde_json::Value;

use super::{AT, Local, sqs::ACCOUNT, uuid};
use crate::lambda;

/// The event of the machine's own schedule, as one of this region with an id that never changes.
pub(super) fn events(local: &Local) -> Vec<(&'static str, Value)> {
    let region = &local.region;
    let mut tick = lambda::tick_event(AT);
    tick["id"] = uuid("tick").into();
    tick["account"] = ACCOUNT.into();
    tick["region"] = region.as_str().into();
    let schedule = format!("arn:aws:scheduler:{region}:{ACCOUNT}:schedule/default/clock");
    tick["resources"] = vec![schedule].into();
    vec![("clock/schedule.json", tick)]
}
