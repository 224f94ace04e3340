//! Rules as they are written: one flat table each.

use serde::{Deserialize, Serialize};

use super::{Asking, Rule, Then};

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Written {
    name: String,
    when: String,
    then: Word,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    because: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    whom: Option<Vec<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    how_many: Option<u8>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    hours: Option<u16>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Word {
    Allow,
    Deny,
    Ask,
}

impl TryFrom<Written> for Rule {
    type Error = String;

    fn try_from(written: Written) -> Result<Self, String> {
        let Written {
            name,
            when,
            then,
            because,
            whom,
            how_many,
            hours,
        } = written;
        let asks = whom.is_some() || how_many.is_some() || hours.is_some();
        let then = match (then, because) {
            (Word::Deny, Some(because)) if !asks => Then::Deny { because },
            (Word::Allow, None) if !asks => Then::Allow,
            (Word::Ask, None) => {
                let usual = Asking::default();
                Then::Ask(Asking {
                    whom: whom.unwrap_or(usual.whom),
                    how_many: how_many.unwrap_or(usual.how_many),
                    hours,
                })
            }
            (Word::Deny, None) => {
                return Err(format!(
                    "rule {name:?}: then = \"deny\" wants because = \"…\""
                ));
            }
            (Word::Allow | Word::Ask | Word::Deny, _) => {
                return Err(format!(
                    "rule {name:?}: because belongs to then = \"deny\"; whom, how_many and hours \
                     belong to then = \"ask\""
                ));
            }
        };
        Ok(Self { name, when, then })
    }
}

impl From<Rule> for Written {
    fn from(rule: Rule) -> Self {
        let Rule { name, when, then } = rule;
        let mut written = Self {
            name,
            when,
            then: Word::Allow,
            because: None,
            whom: None,
            how_many: None,
            hours: None,
        };
        match then {
            Then::Allow => {}
            Then::Deny { because } => {
                written.then = Word::Deny;
                written.because = Some(because);
            }
            Then::Ask(asking) => {
                written.then = Word::Ask;
                written.whom = Some(asking.whom).filter(|whom| !whom.is_empty());
                written.how_many = Some(asking.how_many);
                written.hours = asking.hours;
            }
        }
        written
    }
}
