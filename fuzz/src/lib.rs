//! What must hold of every road that bytes of strangers take: each function here takes any input, and
//! panics when something does not hold. The targets in `fuzz_targets` hand them libFuzzer's.

#![forbid(unsafe_code)]

pub mod files;
mod message;
mod numbers;
pub mod signatures;
pub mod signing;
pub mod webhooks;
pub mod words;
