//! A question whose answer is to serve others who ask the same.

use jiff::civil::Date;

use super::{Prompt, Role, shape, system, task, tools};
use crate::{
    agent::AgentRow,
    context,
    step::{Agent, Greets},
};

/// The question with nothing but a customer's words, and the day: no name, no number, no time of
/// day and no conversation, which are then in no answer either. Without a day it is what stays the
/// same of it from day to day.
pub fn alone(row: &AgentRow, agent: &Agent, text: &str, day: Option<Date>) -> Prompt {
    let day = day.map(|day| format!("It is {}. ", day.strftime("%A, %Y-%m-%d")));
    let greeted = match agent.greets {
        Greets::FirstContacts => "They have been greeted already. ",
        Greets::Nobody => "",
    };
    Prompt {
        system: system(row, agent),
        settled: String::new(),
        recent: format!(
            "{}\n{}{greeted}{}",
            context::alone(text),
            day.unwrap_or_default(),
            task(row)
        ),
        pictures: vec![],
        tools: tools(row, agent, Role::Customer),
        shape: shape(row, agent),
        temperature: row.temperature,
        max_tokens: row.max_tokens,
    }
}
