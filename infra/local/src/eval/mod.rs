//! Evals: conversations in files that a person edits, played through the whole stack, and judged by
//! what came of them: which agent has the conversation, what was called, what reached the phone, who
//! was asked, and what it cost.
//!
//! What comes in is files of scenarios; what goes out is an [`Outcome`] for each. Against the fake
//! server a file's canned answers stand in for the models, so that it is a test of everything around
//! them; against real models they are left aside, and the expectations judge the models too.

mod file;
mod happened;
mod judge;
mod meter;
mod pattern;
mod play;
mod report;
mod scenario;
#[cfg(test)]
mod tests;
mod transcript;

pub use self::{
    file::{parse, read},
    happened::{Called, Happened},
    meter::Meter,
    pattern::Pattern,
    play::{Asked, Outcome, Played, Verdict, play},
    report::{Report, Row, Summary},
    scenario::{Act, Expectation, ExpectedCall, Needs, Scenario, Turn, Wants, Writer},
    transcript::Transcript,
};
