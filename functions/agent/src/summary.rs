//! A turn's summary of what is about to leave sight: in the small model's words where there is time
//! for them, else by rule.

use countersign_core::{
    ThreadId,
    context::{self, Correction, Due, Unusable, View},
    event::Writer,
    model::Purpose,
    money::MicroUsd,
    prompt,
    safety::{self, Own},
    step::{self, Ask, Planned},
    thread::{Compacted, Head, Thread},
};
use jiff::SignedDuration;
use tracing::warn;

use crate::{
    Agent,
    again::Again,
    ask::Question,
    past::Past,
    profiles::Profile,
    think::Thinking,
    turns::{Ended, SHORTEST_THOUGHT},
};

/// A model is waited for so long: the customer waits meanwhile.
const LONGEST: SignedDuration = SignedDuration::from_secs(5);

/// In less time than this it is not asked.
const SHORTEST: SignedDuration = SignedDuration::from_secs(2);

/// What writing down the question takes at most, so that the time for the thought after it is whole.
const MARGIN: SignedDuration = SignedDuration::from_secs(1);

/// A summary that a turn had made by a model before another turn was first. It was paid for, and
/// what it covers is still so.
pub(crate) struct Made {
    thread: ThreadId,
    /// The summary it continues.
    after: Option<Compacted>,
    planned: Planned,
}

/// A summary before it is recorded.
struct Summary {
    text: String,
    by: Option<Writer>,
    cost: MicroUsd,
}

impl Agent {
    /// The summary of what is about to leave sight, if it is time for one, as it is recorded before
    /// `ask` is put. A model is asked once in a turn, however often another turn was first.
    ///
    /// # Errors
    /// None but those of a question; what goes wrong with a model costs its words only.
    pub(crate) async fn summary(
        &self,
        profile: &Profile,
        thread: &Thread,
        past: &Past,
        ask: &Ask,
        time: SignedDuration,
        again: &mut Again,
    ) -> Result<Option<Planned>, Ended> {
        let head = &thread.head;
        let placed = past.placed(thread);
        let Some(due) = context::due(head, &placed, &self.parameters) else {
            return Ok(None);
        };
        if let Some(made) = &again.summary
            && made.is_of(head)
        {
            return Ok(Some(made.planned.clone()));
        }
        let view = View {
            parameters: &self.parameters,
            correction: Correction::default(),
            time_zone: &profile.agent.time_zone,
        };
        let by_rule = context::by_rule(due.previous, &due.events, &view);
        // What is remembered holds nobody's numbers but the customer's own.
        let own = step::own(head);
        let by_rule = Summary {
            text: safety::redact(&by_rule, &own).text.into_owned(),
            by: None,
            cost: MicroUsd::ZERO,
        };
        let recorded = |through: u64, summary: Summary| {
            step::summed_up(through, summary.text, summary.by, summary.cost)
        };
        let (Some(thinking), Some(within), None) =
            (&self.thinking, share(ask, time), &again.summary)
        else {
            return Ok(Some(recorded(due.through, by_rule)));
        };
        let rewrite = Rewrite {
            profile,
            head,
            due: &due,
            view,
            own: &own,
            within,
        };
        let summary = self.rewritten(thinking, &rewrite, ask, by_rule).await?;
        let planned = recorded(due.through, summary);
        again.summary = Some(Made {
            thread: head.thread,
            after: head.fold.compacted,
            planned: planned.clone(),
        });
        Ok(Some(planned))
    }

    /// The summary in the small model's words, or the rule's, with what asking has cost.
    async fn rewritten(
        &self,
        thinking: &Thinking,
        rewrite: &Rewrite<'_>,
        ask: &Ask,
        by_rule: Summary,
    ) -> Result<Summary, Ended> {
        let Rewrite { profile, due, .. } = rewrite;
        let Some(row) = prompt::row(ask, &profile.agent) else {
            return Ok(by_rule);
        };
        let model = &row.small_model;
        let view = View {
            correction: thinking.correction(model),
            ..rewrite.view
        };
        let prompt = context::prompt(due.previous, &due.events, &view);
        let system = prompt.system.clone();
        let question = Question {
            ask: &Ask {
                purpose: Purpose::Compaction,
                agent: ask.agent,
                about: vec![],
                seen: vec![],
                said: 0,
            },
            tenant: &rewrite.head.tenant,
            model,
            prompt,
            prices: profile.prices.as_ref(),
            left: rewrite.within,
        };
        // The question has told the log why, where there is no answer.
        let (answer, cost) = match question.put(thinking, &*self.clock, None).await? {
            Ok(answered) => answered,
            Err(no_answer) => {
                return Ok(Summary {
                    cost: no_answer.cost,
                    ..by_rule
                });
            }
        };
        let (own, parameters) = (rewrite.own, view.parameters);
        let text = context::in_words(&answer, &system, &by_rule.text, own, parameters);
        Ok(match text {
            Ok(text) => Summary {
                text,
                by: Some(Writer {
                    model: model.clone(),
                    usage: answer.usage,
                }),
                cost,
            },
            Err(why) => {
                refused(why);
                Summary { cost, ..by_rule }
            }
        })
    }
}

/// What is to be told in other words.
struct Rewrite<'a> {
    profile: &'a Profile,
    head: &'a Head,
    due: &'a Due<'a>,
    view: View<'a>,
    own: &'a Own,
    within: SignedDuration,
}

impl Made {
    /// Whether it continues what the thread has.
    fn is_of(&self, head: &Head) -> bool {
        self.thread == head.thread && self.after == head.fold.compacted
    }
}

/// How long a model may take for a summary before `ask`, for which there is so much time: what the
/// answer does not need. Where a conversation is still to be sorted, two questions wait already.
fn share(ask: &Ask, time: SignedDuration) -> Option<SignedDuration> {
    let spare = (time - SHORTEST_THOUGHT - MARGIN).min(LONGEST);
    (ask.purpose == Purpose::Answer && spare >= SHORTEST).then_some(spare)
}

fn refused(why: Unusable) {
    warn!(%why, "a model's summary is of no use; the rule's is kept");
}

#[cfg(test)]
mod tests {
    use countersign_core::agent::AgentKind;

    use super::*;

    fn check(purpose: Purpose, seconds: i64, expected: Option<i64>) {
        let ask = Ask {
            purpose,
            agent: AgentKind::General,
            about: vec![],
            seen: vec![],
            said: 0,
        };
        let share = share(&ask, SignedDuration::from_secs(seconds));
        assert_eq!(share, expected.map(SignedDuration::from_secs));
    }

    #[test]
    fn a4_a_summary_takes_only_what_time_the_answer_leaves() {
        check(Purpose::Answer, 20, Some(5));
        check(Purpose::Answer, 18, Some(5));
        check(Purpose::Answer, 16, Some(3));
        check(Purpose::Answer, 14, None);
        check(Purpose::Answer, 0, None);
        check(Purpose::Triage, 20, None);
    }
}
