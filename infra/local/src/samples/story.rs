//! What has happened when the sample events happen: three people have asked for reports, and each
//! report has come as far as the event that speaks of it needs.

use agent::Leaves;
use anyhow::Context;
use countersign_aws::approvals::{NewOutput, Verdict};
use countersign_core::{
    approval::Decision,
    message::{
        Cause, DecisionNotice, Execution, ExecutionReport, ExecutionResult, Inbound, Outgoing,
        WebhookCall,
    },
    step::Agent,
};
use jiff::{SignedDuration, Timestamp, ToSpan};

use super::{
    AT,
    conversation::Conversation,
    report::{Draft, Ledger},
    token,
};
use crate::{
    seed::{Person, Role, Seed},
    stack,
};

/// The whole of it. Nothing in it is random.
pub struct Story {
    /// Three conversations; the first is that of whoever writes in the samples of ingress.
    pub conversations: Vec<Conversation>,
    /// The drafts that were made, oldest first.
    pub drafts: Vec<Draft>,
    /// The decisions that were made, oldest first.
    pub decided: Vec<Decided>,
    /// The approved acts that were released, oldest first.
    pub released: Vec<Released>,
    /// What the events are about.
    pub subjects: Subjects,
}

/// What the events are about: a report each, unless it says otherwise.
pub struct Subjects {
    /// Waits; a callback approves it, and before that the approver's endpoint is called about it.
    pub to_approve: NewOutput,
    /// Waits; a callback rejects it.
    pub to_reject: NewOutput,
    /// Waits; it is shown and decided on its page.
    pub on_page: NewOutput,
    /// Waits, and its time is over.
    pub overdue: NewOutput,
    /// The call of the approver's endpoint about [`Self::to_approve`].
    pub call: WebhookCall,
    /// The question about [`Self::on_page`], not sent yet.
    pub question: Outgoing,
    /// An approved and released document, not sent yet.
    pub document: Outgoing,
    /// The approval of one, which its thread has not learnt of yet.
    pub decision: Inbound,
    /// The release of one, which its thread has not learnt of yet.
    pub result: Inbound,
    /// The order to draft one.
    pub draft: Execution,
    /// The order to release an approved one.
    pub release: Execution,
    /// A message that was sent, for a callback that says it arrived.
    pub sent: Outgoing,
    /// One that turns out to have arrived.
    pub arrived: Outgoing,
    /// One that turns out not to arrive.
    pub lost: Outgoing,
}

/// A decision as it was recorded.
pub struct Decided {
    /// What was said to what.
    pub verdict: Verdict,
    /// When.
    pub at: Timestamp,
}

/// A release as it was recorded.
pub struct Released {
    /// What was released.
    pub output: NewOutput,
    /// When.
    pub at: Timestamp,
}

/// Tells it in order.
struct Teller<'a> {
    ledger: Ledger<'a>,
    conversations: Vec<Conversation>,
    drafts: Vec<Draft>,
    decided: Vec<Decided>,
    released: Vec<Released>,
}

/// Who asks, by their place among those who are no approvers.
const FIRST: usize = 0;
const SECOND: usize = 1;
const THIRD: usize = 2;

impl Story {
    /// The story with the people and sales of `seed`.
    ///
    /// # Errors
    /// When the seed has fewer than three people besides approvers.
    pub fn tell(seed: &Seed) -> anyhow::Result<Self> {
        let mut t = Teller::new(seed)?;
        let before = |minutes: i64| AT - minutes.minutes();

        let overdue = t.ask(THIRD, "sales report for last week", AT - 25.hours())?;

        let done = t.ask(FIRST, "sales report for last week", before(30))?;
        let released = t.ask(FIRST, "sales report for yesterday", before(28))?;
        let to_approve = t.ask(SECOND, "sales report for yesterday", before(20))?;
        let to_reject = t.ask(SECOND, "sales report for last week", before(18))?;
        let on_page = t.ask(SECOND, "sales report for this month", before(16))?;
        let approved = t.ask(THIRD, "sales report for yesterday", before(14))?;
        let ordered = t.ask(THIRD, "sales report for this month", before(12))?;

        let document = {
            let order = t.approve(FIRST, &done, before(10))?;
            let report = t.release(FIRST, &done, &order, before(9));
            let sent = t.conversations[FIRST].take(report)?.leaves()?;
            one(sent.messages)?
        };
        let result = {
            let order = t.approve(FIRST, &released, before(8))?;
            t.release(FIRST, &released, &order, before(7))
        };
        let release = t.approve(THIRD, &ordered, before(5))?;
        let decision = t.decide(THIRD, &approved, before(1));
        let draft = t.order(FIRST, "sales report for this month", before(1))?;

        // Of what leaves with a question, the first message asks and the second tells who waits.
        let subjects = Subjects {
            call: one(t.asking(&to_approve)?.calls)?,
            question: first(t.asking(&on_page)?.messages)?,
            sent: last(t.asking(&to_approve)?.messages)?,
            arrived: last(t.asking(&to_reject)?.messages)?,
            lost: last(t.asking(&overdue)?.messages)?,
            to_approve,
            to_reject,
            on_page,
            overdue,
            document,
            decision,
            result,
            draft,
            release,
        };
        Ok(Self {
            conversations: t.conversations,
            drafts: t.drafts,
            decided: t.decided,
            released: t.released,
            subjects,
        })
    }
}

impl<'a> Teller<'a> {
    fn new(seed: &'a Seed) -> anyhow::Result<Self> {
        let profile = stack::profile(seed)?;
        let agent = Agent::without_models(
            profile.agent,
            profile.company,
            seed.company.time_zone.clone(),
            profile.approver,
            SignedDuration::from_hours(profile.hours_to_decide.into()),
        );
        let people = seed.company.people.iter();
        let people: Vec<&Person> = people.filter(|p| p.role != Role::Approver).collect();
        let people = people.get(..3).context(
            "company.toml: the sample events want three people besides approvers; add a [[person]]",
        )?;
        let conversations = people
            .iter()
            .map(|person| Conversation::new(seed, agent.clone(), person));
        Ok(Self {
            ledger: Ledger::new(seed),
            conversations: conversations.collect::<anyhow::Result<_>>()?,
            drafts: Vec::new(),
            decided: Vec::new(),
            released: Vec::new(),
        })
    }

    /// Somebody asks for a report, and the executor is told to draft it.
    fn order(&mut self, who: usize, text: &str, at: Timestamp) -> anyhow::Result<Execution> {
        let conversation = &mut self.conversations[who];
        let message = conversation.message(text, at)?;
        let taken = conversation.take(message)?;
        one(taken.leaves()?.orders)
    }

    /// Somebody asks for a report, it is drafted, and the approver is asked.
    fn ask(&mut self, who: usize, text: &str, at: Timestamp) -> anyhow::Result<NewOutput> {
        let order = self.order(who, text, at)?;
        let draft = self.ledger.draft(&order)?;
        let report = self.reported(who, &order, draft.result(), at + 2.seconds());
        self.drafts.push(draft);
        one(self.conversations[who].take(report)?.outputs)
    }

    /// The approver says yes; the thread is to learn of it.
    fn decide(&mut self, who: usize, output: &NewOutput, at: Timestamp) -> Inbound {
        let act = &output.request.act;
        let decision = Decision::Approved {
            by: output.request.approver.clone(),
            at,
        };
        self.decided.push(Decided {
            verdict: Verdict {
                output: act.output,
                version: act.version,
                digest: output.digest,
                decision: decision.clone(),
                id: format!("callback/{}", token(&format!("decision on {}", act.output))),
                channel: "callback",
            },
            at,
        });
        let notice = Cause::Decision(DecisionNotice {
            thread: output.request.thread,
            output: act.output,
            version: act.version,
            decision,
        });
        let correlation = output.request.correlation.clone();
        self.conversations[who].inbound(correlation, notice, at)
    }

    /// The approver says yes, and the thread orders the release.
    fn approve(
        &mut self,
        who: usize,
        output: &NewOutput,
        at: Timestamp,
    ) -> anyhow::Result<Execution> {
        let decision = self.decide(who, output, at);
        let taken = self.conversations[who].take(decision)?;
        one(taken.leaves()?.orders)
    }

    /// The executor releases it; the thread is to learn of it.
    fn release(
        &mut self,
        who: usize,
        output: &NewOutput,
        order: &Execution,
        at: Timestamp,
    ) -> Inbound {
        let act = &output.request.act;
        self.released.push(Released {
            output: output.clone(),
            at,
        });
        let result = ExecutionResult::Released {
            output: act.output,
            version: act.version,
            digest: output.digest,
        };
        self.reported(who, order, result, at)
    }

    fn reported(
        &self,
        who: usize,
        order: &Execution,
        result: ExecutionResult,
        at: Timestamp,
    ) -> Inbound {
        let report = Cause::Execution(ExecutionReport {
            thread: order.thread,
            call: order.call,
            result,
        });
        self.conversations[who].inbound(order.correlation.clone(), report, at)
    }

    /// What leaves with the question about an output.
    fn asking(&self, output: &NewOutput) -> anyhow::Result<Leaves> {
        let mut turns = self.conversations.iter().flat_map(|c| &c.turns);
        let asked = turns.find(|turn| turn.outputs.iter().any(|o| o.digest == output.digest));
        let asked = asked.context("nobody was asked about an output")?;
        asked.leaves()
    }
}

fn one<T>(things: Vec<T>) -> anyhow::Result<T> {
    let found = things.len();
    let one: Option<[T; 1]> = things.try_into().ok();
    let [thing] = one.with_context(|| format!("the story wants one of a kind, found {found}"))?;
    Ok(thing)
}

fn first<T>(things: Vec<T>) -> anyhow::Result<T> {
    things
        .into_iter()
        .next()
        .context("the story wants a message")
}

fn last<T>(things: Vec<T>) -> anyhow::Result<T> {
    things
        .into_iter()
        .next_back()
        .context("the story wants a message")
}
