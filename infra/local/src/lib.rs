//! The embedded stack: everything Countersign runs on, in one process on one machine.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used))]

pub mod cli;
pub mod clock;
pub mod driver;
pub mod embedded;
pub mod eval;
pub mod faults;
pub mod growth;
pub mod lambda;
pub mod models;
pub mod phone;
pub mod pump;
pub mod samples;
pub mod seed;
pub mod simulator;
pub mod sqs;
pub mod stack;
