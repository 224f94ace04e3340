//! A colleague is asked: planned here and at once, for the act has all there is of a question.

use jiff::Timestamp;

use super::{Calls, Planned, consent, event};
use crate::{
    CallId, OutputId,
    approval::Act,
    event::{EventData, Failing},
    policy::Asking,
    question::Question,
    registry::{ASK_COLLEAGUE, Effect},
    step::results,
    tool::Consent,
};

/// How many questions colleagues are asked about one message of the customer's.
const MOST_QUESTIONS: usize = 3;

/// What a colleague is asked in this answer.
pub(super) struct Asked {
    /// Tells the question apart.
    mark: String,
    /// Until when there is time to answer.
    pub(super) until: Timestamp,
}

impl Calls<'_> {
    /// The company's approver is asked, or whom a rule names. It answers nothing by itself: what the
    /// customer wrote is answered by the sentence beside it.
    pub(super) fn ask(&mut self, call: CallId, question: Question) {
        let (fold, agent) = (&self.thread.head.fold, self.voice.agent);
        let mark = question.mark();
        // What a colleague answers is gone on from, and by then nobody sees that it was misheard.
        if let Some(why) = self.changed {
            return self.refuse(ASK_COLLEAGUE, why.to_owned());
        }
        // Some models say a thing twice; it is asked once.
        if self.asked.iter().any(|asked| asked.mark == mark) {
            return;
        }
        let mut waiting = fold.awaiting.iter();
        if waiting.any(|it| it.question.as_ref() == Some(&mark)) {
            let detail = "a colleague is asked that already; the answer comes by itself";
            return self.refuse(ASK_COLLEAGUE, detail.to_owned());
        }
        if usize::from(fold.attempt.questions) + self.asked.len() >= MOST_QUESTIONS {
            let detail = format!(
                "{MOST_QUESTIONS} questions were asked since the customer wrote; go on from what you \
                 know"
            );
            return self.refuse(ASK_COLLEAGUE, detail);
        }
        if self.room == 0 {
            let detail = "too much is under way for this customer; ask them to wait";
            return self.refuse(ASK_COLLEAGUE, detail.to_owned());
        }
        let arguments = serde_json::to_value(&question).unwrap_or_default();
        let (name, effect) = (ASK_COLLEAGUE, Effect::Some);
        let leave = consent::leave(self.thread, agent, self.moment, name, effect, &arguments);
        self.planned.extend(leave.failed);
        let asking = match leave.verdict {
            Err(denied) => return self.refuse(ASK_COLLEAGUE, denied.for_model()),
            Ok(Consent::Person(asking)) => asking,
            Ok(Consent::NotNeeded | Consent::Rule(_)) => Asking::default(),
        };
        // Somebody is known where a rule asks by name.
        let colleague = agent.asked(&asking).unwrap_or(&agent.approver);
        if colleague.address == self.thread.head.sender {
            let detail = "whoever would be asked is the one who writes: ask them here";
            return self.refuse(ASK_COLLEAGUE, detail.to_owned());
        }
        let most = results::time_to_decide(agent, &asking);
        let until = self.voice.now + question.urgency.time(most);
        let head = &self.thread.head;
        let act = Act::ask_colleague(
            head.tenant.clone(),
            OutputId::derived(&call.to_string()),
            question,
            head.sender.clone(),
            until,
        );
        let act = act.and_then(|act| act.digest().map(|digest| (act, digest)));
        let Ok((act, digest)) = act else {
            let detail = "it can't be written down; ask in plainer words".to_owned();
            return self.refuse(ASK_COLLEAGUE, detail);
        };
        self.room -= 1;
        self.asked.push(Asked { mark, until });
        let document = act.document();
        self.planned
            .push(results::asked(vec![], act, digest, document, colleague));
    }
}

/// In place of a question beside what a model goes on from.
pub(super) fn not_beside_others() -> Planned {
    let detail = "nobody was asked: ask by itself, once you have what you look up";
    let of = Failing::Call(ASK_COLLEAGUE.to_owned());
    event(EventData::error(detail.to_owned(), Some(of)))
}
