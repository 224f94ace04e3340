//! The act "ask a colleague": the question is all there is of it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Act, ActArguments, ActTool};
use crate::{ContentHash, OutputId, SenderId, Tenant, question::Question};

/// The arguments of [`ActTool::AskColleague`]. The content is the canonical JSON of what it asks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AskColleagueArguments {
    /// What is asked.
    pub asks: Question,
    /// Size of the content in bytes.
    pub size: u64,
}

impl Act {
    /// The act "ask a colleague this", in the conversation with `recipient`. The act is all there is
    /// of it: nothing is stored beside it.
    ///
    /// # Errors
    /// When the question has a value JSON can't hold; none has.
    pub fn ask_colleague(
        tenant: Tenant,
        output: OutputId,
        asks: Question,
        recipient: SenderId,
        deadline: Timestamp,
    ) -> Result<Self, serde_json::Error> {
        let written = serde_json_canonicalizer::to_vec(&asks)?;
        Ok(Self {
            tenant,
            output,
            version: 1,
            tool: ActTool::AskColleague,
            tool_version: 1,
            arguments: ActArguments::AskColleague(AskColleagueArguments {
                asks,
                size: written.len() as u64,
            }),
            recipient,
            content: ContentHash::of(&written),
            deadline,
        })
    }

    /// What it asks a colleague, if that is what it does.
    pub fn question(&self) -> Option<&Question> {
        match &self.arguments {
            ActArguments::AskColleague(arguments) => Some(&arguments.asks),
            ActArguments::SendDocument(_) | ActArguments::CallTool(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{
        approval::Decision,
        question::{AnswerFormat, Urgency},
    };

    fn question(change: fn(&mut Question)) -> Act {
        let options = ["Kigali".to_owned(), "Huye".to_owned()];
        let (urgency, format) = (Urgency::High, AnswerFormat::Choice);
        let mut asks = Question::new("Which shop?", urgency, format, &options).unwrap();
        change(&mut asks);
        let at = "2026-11-21T10:00:00Z".parse().unwrap();
        let recipient = "+250788000201".parse().unwrap();
        let (tenant, output) = ("acme".parse().unwrap(), OutputId::derived("x"));
        Act::ask_colleague(tenant, output, asks, recipient, at).unwrap()
    }

    #[test]
    fn a8_any_change_to_a_question_changes_its_content_and_its_digest() {
        let first = question(|_| ());
        let mut seen = vec![(first.content, first.digest().unwrap())];
        let changes: [fn(&mut Question); 4] = [
            |it| it.question = "Which shops?".into(),
            |it| it.urgency = Urgency::Low,
            |it| it.format = AnswerFormat::Text,
            |it| it.options = vec!["Huye".into(), "Kigali".into()],
        ];
        for change in changes {
            let changed = question(change);
            let changed = (changed.content, changed.digest().unwrap());
            assert!(!seen.iter().any(|it| it.0 == changed.0 || it.1 == changed.1));
            seen.push(changed);
        }
    }

    #[test]
    fn a8_a_question_is_read_back_as_what_it_is() {
        let act = question(|_| ());
        let written = serde_json::to_value(&act).unwrap();
        assert_eq!(written["tool"], "ask_colleague");
        assert_eq!(
            written["arguments"]["asks"],
            json!({"question": "Which shop?", "urgency": "high", "format": "choice",
                   "options": ["Kigali", "Huye"]})
        );
        assert_eq!(serde_json::from_value::<Act>(written).unwrap(), act);
        assert_eq!(act.document().content, act.content);
        assert_eq!(act.question().unwrap().question, "Which shop?");
    }

    #[test]
    fn a8_an_answer_is_stored_and_read_back() {
        let answered = Decision::Answered {
            by: "Grace".into(),
            at: "2026-11-20T10:00:00Z".parse().unwrap(),
            answer: "yes".into(),
        };
        let written = json!({"decision": "answered", "by": "Grace", "at": "2026-11-20T10:00:00Z",
                             "answer": "yes"});
        assert_eq!(serde_json::to_value(&answered).unwrap(), written);
        assert_eq!(
            serde_json::from_value::<Decision>(written).unwrap(),
            answered
        );
    }
}
