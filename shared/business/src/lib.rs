//! The services a company runs on, and the tools over them.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used))]

mod catalogue;
mod monitor;
mod tools;

pub use self::{
    monitor::{Look, Monitor},
    tools::Tools,
};
