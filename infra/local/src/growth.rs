//! Long threads, made cheaply: with the commits that turns would write, but without webhook,
//! queue and function for each.

use anyhow::{Context, bail};
use countersign_aws::{
    business::Business,
    customers::Customers,
    fresh_salt, fresh_token, schema,
    threads::{Threads, Write},
};
use countersign_business::Tools;
use countersign_core::{
    E164, SenderId, Tenant,
    limits::Limits,
    message::{Beside, Cause, Content, Correlation, ENVELOPE_VERSION, Inbound, InboundMessage},
    step::{Agent, Moment, Role, Step, step},
    thread::{Head, Thread},
    tool::ToolOutcome,
    turn::{Sealed, Turn},
};
use jiff::{SignedDuration, Timestamp, tz::TimeZone};

use crate::stack::Stack;

/// What every added commit takes in and answers.
pub const QUESTION: &str = "stock ABC123";

/// Lengthens the current thread of whoever writes from `phone` to `commits` commits, each a
/// [`QUESTION`] and its answer, which is not sent.
///
/// # Errors
/// When a call fails, or the phone has no thread yet.
pub async fn grow(stack: &Stack, phone: &E164, commits: u64) -> anyhow::Result<()> {
    let tenant = &stack.seed.company.tenant;
    let table = |table: schema::Table| stack.environment.get(table.variable).unwrap_or_default();
    let dynamodb = stack.direct.dynamodb();
    let business = Business::new(dynamodb.clone(), table(schema::BUSINESS));
    let threads = Threads::new(
        dynamodb.clone(),
        table(schema::THREADS),
        table(schema::APPROVALS),
        table(schema::BUSINESS),
    );
    let sender: SenderId = phone.as_str().parse()?;
    let alias = Customers::new(dynamodb.clone(), table(schema::BUSINESS))
        .find(tenant, &stack.seed.company.whatsapp.endpoint, &sender)
        .await?;
    let id = alias
        .thread
        .with_context(|| format!("{phone} has no thread; write from there first"))?;
    let loaded = threads.load(tenant, id).await?;
    let mut thread = loaded.context("the thread is gone")?.thread;
    let mut turns = Turns {
        agent: agent(&business, tenant).await?,
        tools: Tools::new(business),
        outcome: None,
    };
    while thread.head.commit < commits {
        let inbound = question(&thread.head, stack.clock.now())?;
        let sealed = turns.turn(thread, &inbound).await?;
        let write = Write {
            sealed: &sealed,
            opens: None,
            outputs: Vec::new(),
        };
        threads.write(&write).await?;
        thread = Thread {
            head: sealed.head,
            events: sealed.events,
        };
    }
    Ok(())
}

struct Turns {
    agent: Agent,
    tools: Tools,
    /// What the question finds, once it was asked.
    outcome: Option<ToolOutcome>,
}

impl Turns {
    async fn turn(&mut self, thread: Thread, inbound: &Inbound) -> anyhow::Result<Sealed> {
        let now = inbound.received_at;
        let role = Role::Customer;
        let mut turn = Turn::on(thread);
        turn.take_in(inbound);
        loop {
            match step(turn.thread(), &self.agent, Moment { now, role }) {
                Step::Rest => break,
                Step::Look {
                    answers,
                    call,
                    tool,
                } => {
                    let outcome = match &self.outcome {
                        Some(outcome) => outcome.clone(),
                        None => self.tools.look(&inbound.tenant, &tool).await?,
                    };
                    self.outcome = Some(outcome.clone());
                    turn.looked(answers, call, tool, outcome, now);
                }
                Step::Run { tool, .. } => bail!("{} was chosen, without a model", tool.name()),
                Step::Ask(ask) => bail!("{:?} was asked, without a model", ask.agent),
                Step::Record(planned) => {
                    for planned in planned {
                        turn.record(planned, now);
                    }
                }
            }
        }
        Ok(turn.seal(inbound.correlation.clone(), now, fresh_salt)?)
    }
}

async fn agent(business: &Business, tenant: &Tenant) -> anyhow::Result<Agent> {
    let profile = business.profile(tenant).await?.context("no profile")?;
    let agent = Agent::without_models(
        profile.agent,
        profile.company,
        TimeZone::get(&profile.time_zone)?,
        profile.approver,
        SignedDuration::from_hours(profile.hours_to_decide.into()),
    );
    // Nobody writes as quickly as a thread is grown here.
    let limits = Limits::NONE;
    Ok(Agent { limits, ..agent })
}

fn question(head: &Head, now: Timestamp) -> anyhow::Result<Inbound> {
    Ok(Inbound {
        v: ENVELOPE_VERSION,
        tenant: head.tenant.clone(),
        correlation: Correlation(fresh_token()),
        group: head.group.clone(),
        received_at: now,
        cause: Cause::Message(InboundMessage {
            endpoint: head.endpoint.clone(),
            number: head.number.clone(),
            id: format!("SM{}", fresh_token()).parse()?,
            sender: head.sender.clone(),
            phone: None,
            name: None,
            content: Content::Text {
                body: QUESTION.to_owned(),
            },
            beside: Beside::default(),
        }),
    })
}
