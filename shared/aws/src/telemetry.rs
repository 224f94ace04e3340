//! Logs: one JSON object a line, with the correlation id of the message at work. The lines of
//! [`metrics`] stand among them, whatever the level.

use tracing_subscriber::{
    filter::{FilterFn, LevelFilter, Targets},
    layer::{Layer, SubscriberExt},
    util::SubscriberInitExt,
};

use crate::metrics;

/// Begins to log as JSON to standard output, which Lambda takes to CloudWatch. `LOG_LEVEL` sets
/// our own level (default `info`); of everybody else only warnings are logged: what the AWS SDK
/// and the HTTP libraries say of their requests holds personal data. Called again, it changes
/// nothing.
pub fn start() {
    let said = std::env::var("LOG_LEVEL").ok();
    let (filter, is_wrong) = match said.as_deref() {
        None | Some("") => (filter("info"), false),
        Some(level) => match filter(level) {
            Some(filter) => (Some(filter), false),
            None => (filter("info"), true),
        },
    };
    let lines = tracing_subscriber::fmt::layer()
        .json()
        .flatten_event(true)
        .with_current_span(true)
        .with_span_list(false)
        .with_target(false)
        .with_filter(FilterFn::new(|told| !metrics::is_count(told)));
    let filter = filter.unwrap_or_default();
    let started = tracing_subscriber::registry()
        .with(lines)
        .with(metrics::Lines::to(std::io::stdout))
        .with(filter.with_target(metrics::TARGET, LevelFilter::INFO))
        .try_init();
    if started.is_err() {
        tracing::debug!("logging was started before");
    }
    if is_wrong {
        tracing::error!(
            got = said,
            "LOG_LEVEL wants off, error, warn, info, debug or trace; it is info now"
        );
    }
}

/// Our own targets at `level` (`off` to `trace`), and everybody else's warnings; nothing when it is
/// no level. (The library's `EnvFilter` could say it in a text, and would bring a regex engine into
/// every function.)
pub fn filter(level: &str) -> Option<Targets> {
    // The library reads an empty text as a level, too.
    let level = level
        .parse::<LevelFilter>()
        .ok()
        .filter(|_| !level.is_empty())?;
    let others = level.min(LevelFilter::WARN);
    let ours = OURS.map(|target| (target, level));
    Some(
        Targets::new()
            .with_default(others)
            .with_targets(ours)
            .with_targets(SILENT.map(|target| (target, LevelFilter::OFF))),
    )
}

/// Their warnings print what models and tools are asked and answer: the customer's words, in a log.
const SILENT: [&str; 2] = ["genai", "rmcp"];

const OURS: [&str; 13] = [
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
    "countersign_models",
    "countersign_remote",
    "countersign_whatsapp",
];

#[cfg(test)]
mod tests {
    use tracing_subscriber::filter::LevelFilter;

    use super::*;

    #[test]
    fn f7_a_level_is_ours_and_others_only_warn() {
        let check = |level: &str, ours: LevelFilter, others: LevelFilter| {
            let filter = filter(level).unwrap();
            assert_eq!(filter.default_level(), Some(others), "{level}");
            let ours = ours.into_level();
            let would = |level| filter.would_enable("countersign_aws", &level);
            for level in [
                tracing::Level::ERROR,
                tracing::Level::INFO,
                tracing::Level::TRACE,
            ] {
                assert_eq!(
                    would(level),
                    ours.is_some_and(|ours| level <= ours),
                    "{level}"
                );
            }
        };
        check("off", LevelFilter::OFF, LevelFilter::OFF);
        check("error", LevelFilter::ERROR, LevelFilter::ERROR);
        check("info", LevelFilter::INFO, LevelFilter::WARN);
        check("trace", LevelFilter::TRACE, LevelFilter::WARN);
        let all = filter("trace").unwrap();
        assert!(!all.would_enable("genai::adapter", &tracing::Level::ERROR));
        assert!(!all.would_enable("rmcp::transport", &tracing::Level::ERROR));
        assert!(filter("").is_none());
        assert!(filter("loud").is_none());
    }
}
