//! Which calls are made, refused or decided by people: a company's rules, in order, each with an
//! expression (CEL) over the call. The first whose expression is true decides. A rule that can't be
//! understood is refused when it is saved; one that fails while it runs has a person asked, also
//! when it would have allowed the call.

mod arithmetic;
mod check;
mod facts;
mod run;
mod syntax;
mod written;

use std::{
    collections::BTreeSet,
    fmt::{self, Write},
    sync::Arc,
};

use jiff::Zoned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use self::run::{Compiled, apart};
use crate::{agent::AgentKind, money::MicroUsd, registry::Effect, step::Role};

/// The most rules of a company.
pub const MOST_RULES: usize = 100;
/// The most bytes of all their texts together: they are one item of a table.
pub const MOST_TEXT: usize = 100_000;
/// The most characters of a rule's name.
pub const MOST_NAME: usize = 60;
/// The most characters of a rule's expression.
pub const MOST_WHEN: usize = 1_000;
/// The most characters of the reason that a denied caller is given.
pub const MOST_BECAUSE: usize = 300;
/// The most people that a rule asks.
pub const MOST_WHOM: usize = 10;
/// The most hours that a rule gives them: thirty days.
pub const MOST_HOURS: u16 = 720;

/// A rule as a person writes it: `name`, `when`, and `then = "allow"`, `"deny"` (with `because`) or
/// `"ask"` (with `whom`, `how_many` and `hours`, each of which may be left out).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "written::Written", into = "written::Written")]
pub struct Rule {
    /// What records call it: 1 to [`MOST_NAME`] characters on one line, each name once.
    pub name: String,
    /// When it decides: a CEL expression that is true or false, at most [`MOST_WHEN`] characters.
    pub when: String,
    /// What it decides.
    pub then: Then,
}

/// What becomes of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Then {
    /// It is made.
    Allow,
    /// It is not.
    Deny {
        /// Why, for whoever wanted it: 1 to [`MOST_BECAUSE`] characters.
        because: String,
    },
    /// People decide.
    Ask(Asking),
}

/// What becomes of a call that was decided about.
pub type Verdict = Then;

/// Who decides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asking {
    /// Their names as the company knows them; nobody means the company's approver.
    pub whom: Vec<String>,
    /// How many of them have to agree: from 1 to as many as are asked.
    pub how_many: u8,
    /// Hours there are to decide, from 1 to [`MOST_HOURS`]; `None` as many as the company gives.
    pub hours: Option<u16>,
}

impl Default for Asking {
    /// The company's approver, for as long as is usual there.
    fn default() -> Self {
        Self {
            whom: Vec::new(),
            how_many: 1,
            hours: None,
        }
    }
}

/// The call that is decided about, and everything that rules may look at.
#[derive(Debug, Clone)]
pub struct Facts<'a> {
    /// The tool's name.
    pub tool: &'a str,
    /// Whether calling it changes anything.
    pub effect: Effect,
    /// What it is called with.
    pub arguments: &'a Value,
    /// For whom.
    pub customer: CustomerFacts<'a>,
    /// The agent that wants it; `None` when a command does.
    pub agent: Option<AgentKind>,
    /// What models have cost.
    pub spend: SpendFacts,
    /// When, on the company's clocks.
    pub at: Zoned,
}

/// Who writes.
#[derive(Debug, Clone, Copy)]
pub struct CustomerFacts<'a> {
    /// Their id.
    pub id: &'a str,
    /// What they may do.
    pub role: Role,
    /// Whether they gave back a one-time code in this conversation.
    pub verified: bool,
}

/// What models have cost.
#[derive(Debug, Clone, Copy, Default)]
pub struct SpendFacts {
    /// In this conversation.
    pub conversation: MicroUsd,
}

/// What was decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decided {
    /// What becomes of the call.
    pub verdict: Verdict,
    /// The rule that decided, being true or failing; `None` when no rule did.
    pub rule: Option<String>,
    /// The rule that failed, for whoever keeps the rules.
    pub failed: Option<FailedRule>,
}

/// A rule that failed while it ran.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("rule {rule:?} failed, so a person is asked: {why}")]
pub struct FailedRule {
    /// Its name.
    pub rule: String,
    /// What went wrong, without anything out of the call's arguments.
    pub why: String,
}

/// A company's rules, ready to decide.
#[derive(Debug, Clone, Default)]
pub struct Policy {
    rules: Arc<[Rule]>,
    compiled: Arc<[Compiled]>,
}

/// The same rules decide the same.
impl PartialEq for Policy {
    fn eq(&self, other: &Self) -> bool {
        self.rules == other.rules
    }
}

impl Policy {
    /// Reads rules that a person wrote.
    ///
    /// # Errors
    /// Everything that is wrong with them, in their order.
    pub fn parse(rules: &[Rule]) -> Result<Self, Vec<WrongRule>> {
        if rules.len() > MOST_RULES {
            let why = format!("there are {} rules: keep at most {MOST_RULES}", rules.len());
            return Err(vec![WrongRule::new(
                &rules[MOST_RULES],
                MOST_RULES,
                Place::Name,
                why,
            )]);
        }
        let text: usize = rules.iter().map(Rule::size).sum();
        if let Some(last) = rules.last().filter(|_| text > MOST_TEXT) {
            let why = format!("the rules have {text} bytes of text: keep at most {MOST_TEXT}");
            let index = rules.len() - 1;
            return Err(vec![WrongRule::new(last, index, Place::Name, why)]);
        }
        if rules.is_empty() {
            return Ok(Self::default());
        }
        let mut wrong = Vec::new();
        let mut names = BTreeSet::new();
        let read = apart(|| {
            rules
                .iter()
                .map(|rule| check::compile(&rule.when))
                .collect::<Vec<_>>()
        });
        // Nothing is known that makes the parser panic; should something, then nothing is saved.
        let read = read.unwrap_or_else(|| rules.iter().map(|_| Err(vec![unreadable()])).collect());
        let mut compiled = Vec::new();
        for (index, (rule, read)) in rules.iter().zip(read).enumerate() {
            let mut note = |place, why| wrong.push(WrongRule::new(rule, index, place, why));
            if let Err(why) = check_name(&rule.name) {
                note(Place::Name, why);
            } else if !names.insert(rule.name.as_str()) {
                let why = "another rule has this name: give each its own".to_owned();
                note(Place::Name, why);
            }
            match read {
                Ok(read) => compiled.push(read),
                Err(all) => {
                    for fault in all {
                        let (line, column) = fault.line_and_column(&rule.when);
                        note(Place::When { line, column }, fault.why);
                    }
                }
            }
            for (field, why) in rule.then.wrong() {
                note(Place::Then(field), why);
            }
        }
        if wrong.is_empty() {
            Ok(Self {
                rules: rules.into(),
                compiled: compiled.into(),
            })
        } else {
            Err(wrong)
        }
    }

    /// Stands in for rules that can't be read: people are asked about everything.
    pub fn asking() -> Self {
        let rule = Rule {
            name: "the rules can't be read".to_owned(),
            when: "true".to_owned(),
            then: Then::Ask(Asking::default()),
        };
        Self::parse(&[rule]).unwrap_or_default()
    }

    /// The rules as they were written.
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// What becomes of a call: what the first rule says that is true. One that fails before that
    /// has people asked: those it asks anyway, otherwise the company's approver. When no rule is
    /// true, a call that changes something is for the company's approver to decide and every other
    /// is made.
    pub fn decide(&self, facts: &Facts<'_>) -> Decided {
        let first = run::first(&self.compiled, facts);
        let Some((rule, failure)) =
            first.and_then(|(index, failure)| Some((self.rules.get(index)?, failure)))
        else {
            let verdict = match facts.effect {
                Effect::None | Effect::PassesOn => Verdict::Allow,
                Effect::Some => Verdict::Ask(Asking::default()),
            };
            return Decided {
                verdict,
                rule: None,
                failed: None,
            };
        };
        let verdict = match (&rule.then, &failure) {
            (then, None) | (then @ Then::Ask(_), Some(_)) => then.clone(),
            (Then::Allow | Then::Deny { .. }, Some(_)) => Verdict::Ask(Asking::default()),
        };
        Decided {
            verdict,
            rule: Some(rule.name.clone()),
            failed: failure.map(|why| FailedRule {
                rule: rule.name.clone(),
                why,
            }),
        }
    }
}

/// What is wrong with a rule, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrongRule {
    /// Its name, cut to [`MOST_NAME`] characters.
    pub rule: String,
    /// Which of the rules it is, counted from 0.
    pub index: usize,
    /// Where in it.
    pub place: Place,
    /// What is wrong and what to write instead.
    pub why: String,
}

/// A place in a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// Its name.
    Name,
    /// Its expression.
    When {
        /// Counted from 1.
        line: usize,
        /// In characters, counted from 1.
        column: usize,
    },
    /// A field of what it decides.
    Then(&'static str),
}

impl WrongRule {
    fn new(rule: &Rule, index: usize, place: Place, why: String) -> Self {
        Self {
            rule: rule.name.chars().take(MOST_NAME).collect(),
            index,
            place,
            why,
        }
    }
}

impl fmt::Display for WrongRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "rule {:?}, {}: {}", self.rule, self.place, self.why)
    }
}

impl std::error::Error for WrongRule {}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name => f.write_str("name"),
            Self::When { line, column } => write!(f, "when, line {line} column {column}"),
            Self::Then(field) => f.write_str(field),
        }
    }
}

/// All that is wrong with rules, each on a line of its own.
pub fn explained(wrong: &[WrongRule]) -> String {
    let mut text = String::new();
    for (index, wrong) in wrong.iter().enumerate() {
        let separator = if index == 0 { "" } else { "\n" };
        // Writing to a String can't fail.
        let _ = write!(text, "{separator}{wrong}");
    }
    text
}

impl Rule {
    /// The bytes of its texts.
    fn size(&self) -> usize {
        let then = match &self.then {
            Then::Allow => 0,
            Then::Deny { because } => because.len(),
            Then::Ask(asking) => asking.whom.iter().map(String::len).sum(),
        };
        self.name.len() + self.when.len() + then
    }
}

impl Then {
    /// Each field that is not as it has to be.
    fn wrong(&self) -> Vec<(&'static str, String)> {
        let mut wrong = Vec::new();
        let length = |text: &str| text.trim().chars().count();
        match self {
            Self::Allow => {}
            Self::Deny { because } => {
                if !(1..=MOST_BECAUSE).contains(&length(because)) {
                    let why = format!("write the reason in 1 to {MOST_BECAUSE} characters");
                    wrong.push(("because", why));
                }
            }
            Self::Ask(asking) => {
                let whom = &asking.whom;
                let named = whom.iter().all(|name| (1..=80).contains(&length(name)));
                let each_once = whom.iter().collect::<BTreeSet<_>>().len() == whom.len();
                if whom.len() > MOST_WHOM || !named || !each_once {
                    let why = format!(
                        "name at most {MOST_WHOM} people, each once and in 1 to 80 characters, or \
                         nobody for the company's approver"
                    );
                    wrong.push(("whom", why));
                }
                let asked = whom.len().max(1);
                if !(1..=asked).contains(&usize::from(asking.how_many)) {
                    let why = format!(
                        "{} can't agree: {asked} asked, so write a number from 1 to {asked}",
                        asking.how_many
                    );
                    wrong.push(("how_many", why));
                }
                if asking
                    .hours
                    .is_some_and(|it| !(1..=MOST_HOURS).contains(&it))
                {
                    wrong.push(("hours", format!("write a number from 1 to {MOST_HOURS}")));
                }
            }
        }
        wrong
    }
}

fn check_name(name: &str) -> Result<(), String> {
    let length = name.chars().count();
    let plain = name.trim() == name && !name.chars().any(char::is_control);
    if (1..=MOST_NAME).contains(&length) && plain {
        Ok(())
    } else {
        Err(format!(
            "write 1 to {MOST_NAME} characters on one line, without blanks around them"
        ))
    }
}

fn unreadable() -> check::Fault {
    check::Fault {
        at: check::At::Start,
        why: "the rules could not be read at all: write them in simpler words, one by one"
            .to_owned(),
    }
}

#[cfg(test)]
mod tests;
