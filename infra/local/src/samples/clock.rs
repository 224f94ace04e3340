//! The tick, as EventBridge Scheduler sends it.

use serde_json::{Value, json};

use super::{AT, Local, sqs::ACCOUNT, uuid};

pub(super) fn events(local: &Local) -> Vec<(&'static str, Value)> {
    let region = &local.region;
    let tick = json!({
        "version": "0",
        "id": uuid("tick"),
        "detail-type": "Scheduled Event",
        "source": "aws.scheduler",
        "account": ACCOUNT,
        "time": AT.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        "region": region,
        "resources": [format!("arn:aws:scheduler:{region}:{ACCOUNT}:schedule/default/clock")],
        "detail": "{}",
    });
    vec![("clock/schedule.json", tick)]
}
