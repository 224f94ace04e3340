//! Orders: a report to draft, and an approved act to release.

use countersign_aws::schema::{EXECUTIONS, EXPRESS};
use serde_json::Value;

use super::{Local, sqs::sqs_event, story::Story};

pub(super) fn events(local: &Local, story: &Story) -> anyhow::Result<Vec<(&'static str, Value)>> {
    let draft = &story.subjects.draft;
    let release = &story.subjects.release;
    Ok(vec![
        (
            "executor/draft.json",
            sqs_event(local, EXECUTIONS, &[(draft, draft.ordered_at)])?,
        ),
        (
            "executor/release.json",
            sqs_event(local, EXPRESS, &[(release, release.ordered_at)])?,
        ),
    ])
}
