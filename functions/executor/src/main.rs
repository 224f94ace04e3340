//! The executor as a Lambda function.

use std::convert::Infallible;

use aws_lambda_events::sqs::SqsEvent;
use countersign_aws::{settings::Fresh, telemetry};
use executor::{Executor, Settings};
use lambda_runtime::{Error, LambdaEvent, run, service_fn};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    telemetry::start();
    let executor = Fresh::start(|start| {
        let settings = Settings::read(start.variable)?;
        Ok(Executor::new(settings, start.clients, start.clock))
    })
    .await?;
    run(service_fn(async |event: LambdaEvent<SqsEvent>| {
        Ok::<_, Infallible>(executor.get().await.handle(event.payload).await)
    }))
    .await
}
