//! given a thread → when written for a model → then this.

mod escaping;
mod fitting;
mod heard;
mod identity;
mod kept;
mod long;
mod parser;
mod prose;
mod scene;
mod sent;
mod summing;
mod written;
