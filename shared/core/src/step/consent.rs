//! By whose leave a call is made: the company's rules say, and where they don't, what changes
//! something waits for a person.

use serde_json::Value;

use super::{Agent, Approver, Moment, Planned, thoughts};
use crate::{
    event::{EventData, Failing},
    policy::{Asking, CustomerFacts, Facts, SpendFacts, Verdict},
    registry::{self, Effect},
    thread::Thread,
    tool::{Consent, Runs, ToolCall},
};

/// What the rules say of a call.
pub(super) struct Leave<T> {
    /// What may be done.
    pub(super) verdict: Result<T, Denied>,
    /// That a rule could not be evaluated, as it is recorded: an operator's business.
    pub(super) failed: Option<Planned>,
}

/// That a call may not be made.
pub(super) enum Denied {
    /// A rule forbids it, and says why.
    Rule(String),
    /// Only a person can do it.
    Person(String),
}

impl Denied {
    /// For the model that wanted the call.
    pub(super) fn for_model(&self) -> String {
        match self {
            Self::Rule(because) => {
                format!("the company does not allow it: {because} Tell the customer so")
            }
            Self::Person(why) => format!("{why}; call {}", registry::ESCALATE),
        }
    }
}

/// Whether a call may be made, and who is asked.
pub(super) fn leave(
    thread: &Thread,
    agent: &Agent,
    moment: Moment,
    tool: &str,
    effect: Effect,
    arguments: &Value,
) -> Leave<Consent> {
    let decided = agent.policy.decide(&Facts {
        tool,
        effect,
        arguments,
        customer: CustomerFacts {
            id: &thread.head.customer.to_string(),
            role: moment.role,
            verified: thread.head.fold.identity.is_verified(moment.now),
        },
        agent: thread.head.fold.agent,
        spend: SpendFacts {
            conversation: thread.head.counts.cost,
        },
        at: moment.now.to_zoned(agent.time_zone.clone()),
    });
    let unknown = match &decided.verdict {
        Verdict::Ask(asking) if agent.asked(asking).is_none() => Some(asking.whom.clone()),
        _ => None,
    };
    let verdict = match (decided.verdict, effect) {
        (Verdict::Deny { because }, _) => Err(Denied::Rule(because)),
        (Verdict::Allow, Effect::None | Effect::PassesOn) => Ok(Consent::NotNeeded),
        // Only a rule of the company's own can do without a person.
        (Verdict::Allow, Effect::Some) => Ok(match decided.rule {
            Some(rule) => Consent::Rule(rule),
            None => Consent::Person(Asking::default()),
        }),
        (Verdict::Ask(asking), _) if asking.how_many > 1 => Err(Denied::Person(format!(
            "{} people have to agree to it, which can't be asked here",
            asking.how_many
        ))),
        (Verdict::Ask(asking), _) if agent.asked(&asking).is_none() => Err(Denied::Person(
            "nobody is here who could be asked about it".to_owned(),
        )),
        (Verdict::Ask(asking), _) => Ok(Consent::Person(asking)),
    };
    let failing = |detail| thoughts::event(EventData::error(detail, Some(Failing::Rule)));
    let failed = match (decided.failed, &unknown) {
        (Some(failed), _) => Some(format!("the rule {:?} failed: {}", failed.rule, failed.why)),
        (None, Some(whom)) => Some(format!(
            "the company knows none of those a rule asks: {}",
            whom.join(", ")
        )),
        (None, None) => None,
    };
    let failed = failed.map(failing);
    Leave { verdict, failed }
}

/// The same for a built-in tool, whose call it gives as it may be made. What a rule wants to be
/// asked about before it is looked up is a person's to look up.
pub(super) fn to_built_in(
    thread: &Thread,
    agent: &Agent,
    moment: Moment,
    mut tool: ToolCall,
) -> Leave<ToolCall> {
    let arguments = serde_json::to_value(&tool).unwrap_or_default();
    let arguments = arguments.get("arguments").unwrap_or(&Value::Null);
    let effect = match tool.runs() {
        Runs::InTheTurn => Effect::None,
        Runs::InTheExecutor => Effect::Some,
    };
    let Leave { verdict, failed } = leave(thread, agent, moment, tool.name(), effect, arguments);
    let verdict = match (verdict, &mut tool) {
        (Err(denied), _) => Err(denied),
        // A draft leaves the company only once it was countersigned, and a rule says by whom.
        (Ok(Consent::Person(asking)), ToolCall::GenerateReport(report)) => {
            report.asks = Some(asking).filter(|asking| *asking != Asking::default());
            Ok(tool)
        }
        (Ok(Consent::Person(_)), _) => Err(Denied::Person(
            "the company wants a person to decide on that".to_owned(),
        )),
        (Ok(Consent::NotNeeded | Consent::Rule(_)), _) => Ok(tool),
    };
    Leave { verdict, failed }
}

impl Agent {
    /// Whom a rule asks: the company's approver where it names nobody, else the first of those it
    /// names that the company knows.
    pub(super) fn asked(&self, asking: &Asking) -> Option<&Approver> {
        if asking.whom.is_empty() {
            return Some(&self.approver);
        }
        let mut named = asking.whom.iter();
        named.find_map(|name| self.approvers.iter().find(|it| it.name == *name))
    }
}
