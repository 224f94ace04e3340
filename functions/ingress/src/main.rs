//! The webhook ingress as a Lambda function.

use std::convert::Infallible;

use countersign_aws::{settings::Fresh, telemetry};
use ingress::{Ingress, Settings};
use lambda_http::{Error, run, service_fn};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    telemetry::start();
    let ingress = Fresh::start(|start| {
        let settings = Settings::read(start.variable)?;
        Ok(Ingress::new(settings, start.clients, start.clock)?)
    })
    .await?;
    run(service_fn(async |request| {
        Ok::<_, Infallible>(ingress.get().await.handle(request).await)
    }))
    .await
}
