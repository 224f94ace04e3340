//! The agent as a Lambda function.

use std::{convert::Infallible, sync::Arc};

use agent::{Agent, Settings};
use aws_lambda_events::sqs::SqsEvent;
use countersign_aws::{Clients, SystemClock, settings::environment, telemetry};
use lambda_runtime::{Error, LambdaEvent, run, service_fn};

#[tokio::main]
async fn main() -> Result<(), Error> {
    telemetry::start();
    let settings = Settings::read(&environment)?;
    let clients = Clients::from_env().await;
    let agent = Agent::new(&settings, &clients, Arc::new(SystemClock));
    run(service_fn(async |event: LambdaEvent<SqsEvent>| {
        Ok::<_, Infallible>(agent.handle(event.payload).await)
    }))
    .await
}
