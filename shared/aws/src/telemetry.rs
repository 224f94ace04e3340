//! Logs: one JSON object a line, with the correlation id of the message at work.

use tracing_subscriber::{
    filter::{LevelFilter, Targets},
    layer::SubscriberExt,
    util::SubscriberInitExt,
};

/// Begins to log as JSON to standard output, which Lambda takes to CloudWatch. `LOG_LEVEL` sets
/// our own level (default `info`); of everybody else only warnings are logged: what the AWS SDK
/// and the HTTP libraries say of their requests holds personal data. Called again, it changes
/// nothing.
pub fn start() {
    let level = std::env::var("LOG_LEVEL").unwrap_or_default();
    let filter = filter(&level)
        .or_else(|| filter("info"))
        .unwrap_or_default();
    let lines = tracing_subscriber::fmt::layer()
        .json()
        .flatten_event(true)
        .with_current_span(true)
        .with_span_list(false)
        .with_target(false);
    let started = tracing_subscriber::registry()
        .with(lines)
        .with(filter)
        .try_init();
    if started.is_err() {
        tracing::debug!("logging was started before");
    }
}

/// Our own targets at `level` (`off` to `trace`), and everybody else's warnings; nothing when it is
/// no level. (The library's `EnvFilter` could say it in a text, and would bring a regex engine into
/// every function.)
pub fn filter(level: &str) -> Option<Targets> {
    let level = level.parse::<LevelFilter>().ok()?;
    let others = level.min(LevelFilter::WARN);
    let ours = OURS.map(|target| (target, level));
    Some(Targets::new().with_default(others).with_targets(ours))
}

const OURS: [&str; 11] = [
    "agent",
    "approvals",
    "clock",
    "executor",
    "ingress",
    "outbound",
    "countersign_aws",
    "countersign_business",
    "countersign_core",
    "countersign_local",
    "countersign_whatsapp",
];
