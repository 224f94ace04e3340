//! Everything at once: the real functions on the embedded stack, through HTTP and queues.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod api;
mod flows;
mod second_opinion;
