//! Another implementation of DynamoDB and SQS that runs beside the tests, when they are told of one:
//! what holds on ours has to hold on it, too.

use std::{
    net::SocketAddr,
    sync::atomic::{AtomicU32, Ordering},
};

use countersign_local::stack::Others;

/// Where it listens, such as `http://127.0.0.1:5000`. Only `tests/second_opinion/run` sets it.
const VARIABLE: &str = "SECOND_OPINION";

/// Where the other implementation listens, if there is one.
pub fn second_opinion() -> Option<SocketAddr> {
    let url = std::env::var(VARIABLE).ok()?;
    let address = url.strip_prefix("http://").unwrap_or(&url);
    let wrong = |why| panic!("{VARIABLE} is {url:?}, not http://ADDRESS:PORT ({why})");
    Some(address.trim_end_matches('/').parse().unwrap_or_else(wrong))
}

/// A region that nobody else uses. The other implementation keeps regions apart, so that tests
/// that run side by side don't meet there.
pub fn fresh_region() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(1);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    format!("us-east-1-{}-{number}", std::process::id())
}

/// What a new world has from there: DynamoDB, and not SQS, whose time a test can't move.
pub(crate) fn others() -> Others {
    let dynamodb = second_opinion();
    Others {
        dynamodb,
        sqs: None,
        region: dynamodb.map(|_| fresh_region()),
        models: None,
        tool_secrets: None,
        settings: Vec::new(),
    }
}
