//! Who answers for an agent whose models all give no answer.

use super::{Prompt, models};
use crate::{
    agent::{AgentKind, AgentRow},
    model::ModelName,
    step::Agent,
};

/// The general agent, if it works and has models that `row` has not: with these it answers in place
/// of `row`. Nobody stands in for it, or for triage.
pub fn stand_in<'a>(
    row: &AgentRow,
    agent: &'a Agent,
) -> impl Iterator<Item = (&'a AgentRow, ModelName)> {
    let general = agent.agents.get(&AgentKind::General);
    let general = general.filter(|general| {
        general.enabled && !matches!(row.kind, AgentKind::General | AgentKind::Triage)
    });
    let asked = models(row, 0);
    general.into_iter().flat_map(move |general| {
        let mut others = models(general, 0);
        others.retain(|model| !asked.contains(model));
        others.into_iter().map(move |model| (general, model))
    })
}

/// A question in words for words: whoever stands in knows too little to act.
pub fn for_words(mut prompt: Prompt) -> Prompt {
    prompt.tools.clear();
    prompt
}
