//! What Countersign decides, apart from everything it touches: no I/O, no AWS, no async runtime,
//! no clock and no randomness. Time and ids come in as arguments.

mod ids;

pub use ids::*;
