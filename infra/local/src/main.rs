//! `cargo dev`.

use std::process::ExitCode;

use countersign_aws::telemetry;
use countersign_local::cli::Cli;

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
    let filter = match "dynoxide=error".parse() {
        Ok(quiet) if level != "off" => filter.add_directive(quiet),
        _ => filter,
    };
    tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .init();
    match cli.run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}
