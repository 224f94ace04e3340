//! Flows, from what a person does to what reaches people.

mod agents;
mod asking;
mod bad_input;
mod breakers;
mod calls;
mod commands;
mod conversations;
mod crash_matrix;
mod elsewhere;
mod evals;
mod greeting;
mod launches;
mod monitors;
mod provider;
mod races;
mod remote;
mod reports;
mod samples;
mod schedules;
mod settings;
mod spending;
mod thinking;
