//! The clock as a Lambda function, run by a schedule.

use clock::{Clock, Settings};
use countersign_aws::{settings::Fresh, telemetry};
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use serde_json::Value;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    telemetry::start();
    let clock = Fresh::start(|start| {
        let settings = Settings::read(start.variable)?;
        Ok(Clock::new(settings, start.clients, start.clock))
    })
    .await?;
    run(service_fn(async |_: LambdaEvent<Value>| {
        let ticked = clock.get().await.tick().await;
        // An invocation that dealt with nothing it should have is a failed one, and alarms.
        if ticked.failed > 0 && ticked.failed == ticked.due {
            return Err(Error::from(format!("none of {} due items", ticked.due)));
        }
        Ok(())
    }))
    .await
}
