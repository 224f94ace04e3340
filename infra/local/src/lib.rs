//! The embedded stack: everything Countersign runs on, in one process on one machine.

pub mod clock;
