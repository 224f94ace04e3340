//! What is said to whoever writes for the first time.

use super::{Voice, examples, lower_first};
use crate::step::Role;

impl Voice<'_> {
    /// Who is there and what it can do: what its agents are for, or else which commands there are.
    pub fn greeting(&self, role: Role) -> String {
        let agent = self.agent;
        let who = format!(
            "Welcome to *{}*. I'm {}, its automatic assistant.",
            agent.company, agent.name
        );
        let purposes: Vec<String> = agent
            .purposes()
            .map(|purpose| format!("\n• {}", lower_first(purpose.trim().trim_end_matches('.'))))
            .collect();
        if purposes.is_empty() {
            return format!("{who} You can ask me:\n{}", examples(role));
        }
        format!(
            "{who} There is one of us who{}\nWrite what you need, or *help* for what I answer at once.",
            purposes.concat()
        )
    }
}
