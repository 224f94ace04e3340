//! Logs: one JSON object a line, with the correlation id of the message at work.

use tracing_subscriber::{EnvFilter, filter::LevelFilter};

/// Begins to log as JSON to standard output, which Lambda takes to CloudWatch. `LOG_LEVEL` sets
/// our own level (default `info`); of everybody else only warnings are logged: what the AWS SDK
/// and the HTTP libraries say of their requests holds personal data. Called again, it changes
/// nothing.
pub fn start() {
    let level = std::env::var("LOG_LEVEL").unwrap_or_default();
    let filter = filter(&level)
        .or_else(|| filter("info"))
        .unwrap_or_default();
    let started = tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_env_filter(filter)
        .with_current_span(true)
        .with_span_list(false)
        .with_target(false)
        .try_init();
    if started.is_err() {
        tracing::debug!("logging was started before");
    }
}

/// Our own targets at `level` (`off` to `trace`), and everybody else's warnings; nothing when it is
/// no level.
pub fn filter(level: &str) -> Option<EnvFilter> {
    let level = level.parse::<LevelFilter>().ok()?;
    let others = level.min(LevelFilter::WARN);
    let ours = OURS.map(|target| format!(",{target}={level}")).concat();
    Some(EnvFilter::new(format!("{others}{ours}")))
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
