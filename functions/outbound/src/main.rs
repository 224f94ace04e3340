//! The outbound function as a Lambda function.

use std::convert::Infallible;

use aws_lambda_events::sqs::SqsEvent;
use countersign_aws::{settings::Fresh, telemetry};
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use outbound::{Outbound, Settings};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    telemetry::start();
    let outbound = Fresh::start(|start| {
        let settings = Settings::read(start.variable)?;
        Ok(Outbound::new(settings, start.clients, start.clock)?)
    })
    .await?;
    outbound.get().await.prepare();
    run(service_fn(async |event: LambdaEvent<SqsEvent>| {
        Ok::<_, Infallible>(outbound.get().await.handle(event.payload).await)
    }))
    .await
}
