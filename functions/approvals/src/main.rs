//! The approvals function as a Lambda function.

use std::convert::Infallible;

use approvals::{Approvals, Settings};
use countersign_aws::{settings::Fresh, telemetry};
use lambda_http::{Error, run, service_fn};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    telemetry::start();
    let approvals = Fresh::start(|start| {
        let settings = Settings::read(start.variable)?;
        Ok(Approvals::new(settings, start.clients, start.clock))
    })
    .await?;
    run(service_fn(async |request| {
        Ok::<_, Infallible>(approvals.get().await.handle(request).await)
    }))
    .await
}
