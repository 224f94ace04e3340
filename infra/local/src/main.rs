//! `cargo dev`.

use std::process::ExitCode;

use countersign_aws::telemetry;
use countersign_local::cli::Cli;
use tracing_subscriber::{filter::LevelFilter, layer::SubscriberExt, util::SubscriberInitExt};

#[tokio::main]
async fn main() -> ExitCode {
    let cli = match Cli::read() {
        Ok(cli) => cli,
        Err(code) => return code,
    };
    // Errors and alarms are seen in any case.
    let level = std::env::var("LOG_LEVEL").unwrap_or_else(|_| "error".to_owned());
    let Some(filter) = telemetry::filter(&level) else {
        eprintln!("LOG_LEVEL: got {level:?}, wants off, error, warn, info, debug or trace");
        return ExitCode::FAILURE;
    };
    // The embedded DynamoDB warns of every condition that does not hold, which is their purpose.
    let filter = match level.as_str() {
        "off" => filter,
        _ => filter.with_target("dynoxide", LevelFilter::ERROR),
    };
    let lines = tracing_subscriber::fmt::layer()
        .json()
        .flatten_event(true)
        .with_writer(std::io::stderr);
    tracing_subscriber::registry()
        .with(lines)
        .with(filter)
        .init();
    match cli.run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}
