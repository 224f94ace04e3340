//! Whether a tool may be called for a customer who has not shown who they are: they are sent a code,
//! and the call is made once it is back.

use super::{Agent, Leaves, Moment, Planned, Step, reply, thoughts};
use crate::{
    CallId, ChallengeId,
    answers::Voice,
    event::{Event, EventData},
    identity::{Codes, MOST_CHALLENGES, Outcome, SHORTEST_WAIT, VALID, in_whole_seconds},
    registry,
    remote::{Identity, RemoteTool},
    thread::Thread,
    tool::{ToolCall, ToolOutcome},
};

/// What has to be done before a call of a tool is looked at.
pub(super) enum Wants {
    /// Nothing: it needs no check, or the customer is known.
    Nothing,
    /// The customer is sent a code.
    Code(Box<Planned>),
    /// It is not called, and the model is told why.
    Refused(String),
}

pub(super) fn wants(
    thread: &Thread,
    agent: &Agent,
    moment: Moment,
    call: CallId,
    tool: &RemoteTool,
) -> Wants {
    let known = &thread.head.fold.identity;
    if tool.identity == Identity::Number || known.is_verified(moment.now) {
        return Wants::Nothing;
    }
    if agent.codes == Codes::Unset {
        return Wants::Refused(format!(
            "the customer would have to show who they are, which can't be done here yet; call {}",
            registry::ESCALATE
        ));
    }
    if let Some(challenge) = known.open(moment.now)
        && moment.now.duration_since(challenge.asked_at()) < SHORTEST_WAIT
    {
        return Wants::Refused(
            "the customer was sent a code a moment ago and has not entered it yet: tell them to, and \
             don't call it before they have"
                .to_owned(),
        );
    }
    if known.asked_lately(moment.now) >= MOST_CHALLENGES {
        return Wants::Refused(format!(
            "the customer was sent {MOST_CHALLENGES} codes within the hour, and no more are sent; call {}",
            registry::ESCALATE
        ));
    }
    let asked = thoughts::event(EventData::IdentityAsked {
        challenge: ChallengeId::derived(&call.to_string()),
        tool: tool.name.clone(),
        expires_at: in_whole_seconds(moment.now + VALID),
    });
    Wants::Code(Box::new(Planned {
        leaves: &[Leaves::Message],
        ..asked
    }))
}

/// What is said to a code that did not do. After the last try a person looks into it.
pub(super) fn to_check(
    thread: &Thread,
    voice: Voice<'_>,
    checked: &Event,
    outcome: Outcome,
) -> Step {
    let answers = vec![checked.id];
    match outcome {
        Outcome::Wrong { left: 0 } => {
            let note = "wrong codes were entered as often as they may be; whether it is the customer \
                        who writes is for a person to find out";
            thoughts::escalate(thread, voice, answers, note.to_owned())
        }
        Outcome::Wrong { left } => reply(answers, voice.wrong_code(left), None),
        Outcome::Expired => reply(answers, voice.late_code(), None),
        // The model goes on from it.
        Outcome::Passed { .. } => Step::Rest,
    }
}

/// What a call comes to that was chosen while the customer was known, and is to run when they are not
/// any more.
pub(super) fn ran_out(
    thread: &Thread,
    agent: &Agent,
    moment: Moment,
    call: CallId,
    tool: &ToolCall,
) -> Option<Step> {
    let ToolCall::Remote(remote) = tool else {
        return None;
    };
    let row = agent.remote.get(&remote.name)?;
    let known = thread.head.fold.identity.is_verified(moment.now);
    if row.identity == Identity::Number || known {
        return None;
    }
    let said = "it was not called: who the customer is was shown too long ago; call it again";
    let outcome = ToolOutcome::Refused {
        said: said.to_owned(),
    };
    let data = EventData::ToolResult { call, outcome };
    Some(Step::Record(vec![thoughts::event(data)]))
}

impl Voice<'_> {
    fn wrong_code(&self, left: u8) -> String {
        let tries = match left {
            1 => "1 try".to_owned(),
            left => format!("{left} tries"),
        };
        format!("That is not the code I sent you. You have {tries} left.")
    }

    fn late_code(&self) -> String {
        "That code is no longer valid. Please ask again, and I'll send you a new one.".to_owned()
    }
}
