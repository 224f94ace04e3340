//! The agent as a Lambda function.

use std::convert::Infallible;

use agent::{Agent, Settings};
use aws_lambda_events::sqs::SqsEvent;
use countersign_aws::{settings::Fresh, telemetry};
use lambda_runtime::{Error, LambdaEvent, run, service_fn};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    telemetry::start();
    let agent = Fresh::start(|start| {
        let settings = Settings::read(start.variable)?;
        Ok(Agent::new(&settings, start.clients, start.clock))
    })
    .await?;
    agent.get().await.prepare();
    run(service_fn(async |event: LambdaEvent<SqsEvent>| {
        Ok::<_, Infallible>(agent.get().await.handle(event.payload).await)
    }))
    .await
}
