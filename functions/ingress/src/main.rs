//! The webhook ingress as a Lambda function.

use std::{convert::Infallible, sync::Arc};

use countersign_aws::{Clients, SystemClock, settings::environment, telemetry};
use ingress::{Ingress, Settings};
use lambda_http::{Error, run, service_fn};

#[tokio::main]
async fn main() -> Result<(), Error> {
    telemetry::start();
    let settings = Settings::read(&environment)?;
    let clients = Clients::from_env().await;
    let ingress = Ingress::new(settings, &clients, Arc::new(SystemClock))?;
    run(service_fn(async |request| {
        Ok::<_, Infallible>(ingress.handle(request).await)
    }))
    .await
}
