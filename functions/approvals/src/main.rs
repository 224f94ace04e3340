//! The approvals function as a Lambda function.

use std::{convert::Infallible, sync::Arc};

use approvals::{Approvals, Settings};
use countersign_aws::{Clients, SystemClock, settings::environment, telemetry};
use lambda_http::{Error, run, service_fn};

#[tokio::main]
async fn main() -> Result<(), Error> {
    telemetry::start();
    let settings = Settings::read(&environment)?;
    let clients = Clients::from_env().await;
    let approvals = Approvals::new(settings, &clients, Arc::new(SystemClock));
    run(service_fn(async |request| {
        Ok::<_, Infallible>(approvals.handle(request).await)
    }))
    .await
}
