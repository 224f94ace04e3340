//! The least that a function behind an HTTP API can be, and nothing else: what `cargo dev bench cold`
//! measures the functions against.

use std::convert::Infallible;

use lambda_http::{Error, Request, run, service_fn};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    run(service_fn(async |_: Request| Ok::<_, Infallible>("ok"))).await
}
