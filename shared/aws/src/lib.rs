//! DynamoDB, SQS, S3, settings and telemetry: the only crate that names a key, a table, a queue
//! or a bucket.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used))]

pub mod approvals;
pub mod batch;
pub mod breakers;
pub mod bucket;
pub mod business;
mod clients;
mod clock;
pub mod conversations;
pub mod customers;
pub mod due;
mod error;
pub mod fetching;
mod item;
mod keys;
pub mod launch;
pub mod message_templates;
pub mod metrics;
pub mod names;
pub mod numbers;
pub mod queues;
mod random;
pub mod remote_tools;
pub mod response_cache;
pub mod schedules;
pub mod schema;
pub mod sends;
pub mod settings;
pub mod spend;
pub mod telemetry;
pub mod threads;

pub use clients::{Clients, LocalAws, retries, timeouts};
pub use clock::{Clock, SystemClock};
pub use error::Error;
pub use random::{fresh_salt, fresh_token};
