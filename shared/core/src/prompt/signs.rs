//! A question without the tools that a customer's phone has no use for.

use super::Prompt;
use crate::{offer::Shows, registry::REACT, thread::Thread};

/// The same, without signs where the customer's provider knows none.
pub fn for_phone(mut prompt: Prompt, thread: &Thread) -> Prompt {
    if thread.head.fold.shows == Shows::Words {
        prompt.tools.retain(|tool| tool.name != REACT);
    }
    prompt
}
