//! What the tests stand on: a whole stack in memory, its time in the test's hands.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

mod crash;
mod http;
mod lambda;
mod queues;
mod second_opinion;
mod vault;
mod world;

pub use countersign_local::driver::Answer;
pub use crash::{Program, Run};
pub use http::Hook;
pub use lambda::{Broken, Elsewhere};
pub use queues::Waiting;
pub use second_opinion::{fresh_region, second_opinion};
pub use vault::Vault;
pub use world::{APPROVER, CUSTOMER, STAFF, World};
