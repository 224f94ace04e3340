//! DynamoDB, SQS, S3, settings and telemetry: the only crate that names a key, a table, a queue
//! or a bucket.

mod clock;

pub use clock::{Clock, SystemClock};
