//! What Countersign decides, apart from everything it touches: no I/O, no AWS, no async runtime,
//! no clock and no randomness. Time and ids come in as arguments.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used))]

mod account;
pub mod agent;
pub mod answers;
pub mod approval;
pub mod breaker;
pub mod changed;
pub mod choice;
pub mod commands;
pub mod commit;
pub mod context;
pub mod event;
pub mod identity;
mod ids;
pub mod launch;
pub mod limits;
pub mod markup;
pub mod message;
pub mod model;
pub mod money;
pub mod offer;
pub mod opt_out;
pub mod parts;
pub mod persona;
pub mod picture;
pub mod policy;
pub mod priority;
pub mod prompt;
pub mod question;
pub mod registry;
pub mod remote;
pub mod replay;
pub mod response_cache;
pub mod safety;
pub mod schedule;
mod secret;
pub mod spend;
pub mod split;
pub mod step;
pub mod thread;
pub mod token;
pub mod tool;
pub mod turn;
pub mod view;
pub mod webhook;
pub mod window;

pub use account::Account;
pub use ids::*;
pub use secret::Secret;
