//! The clock as a Lambda function, run by a schedule.

use std::sync::Arc;

use clock::{Clock, Settings};
use countersign_aws::{Clients, SystemClock, settings::environment, telemetry};
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use serde_json::Value;

#[tokio::main]
async fn main() -> Result<(), Error> {
    telemetry::start();
    let settings = Settings::read(&environment)?;
    let clients = Clients::from_env().await;
    let clock = Clock::new(settings, &clients, Arc::new(SystemClock));
    run(service_fn(async |_: LambdaEvent<Value>| {
        let ticked = clock.tick().await;
        // An invocation that dealt with nothing it should have is a failed one, and alarms.
        if ticked.failed > 0 && ticked.failed == ticked.due {
            return Err(Error::from(format!("none of {} due items", ticked.due)));
        }
        Ok(())
    }))
    .await
}
