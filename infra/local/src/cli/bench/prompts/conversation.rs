//! A conversation by a script, on a stack whose functions' calls to AWS are counted.

use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use countersign_core::{E164, limits::Limits, step::Greets, thread::Head};
use http::StatusCode;
use serde_json::json;

use super::super::{
    report::Calls,
    road::{calls, hook},
};
use crate::{
    driver::Driver,
    eval::Meter,
    growth,
    models::{Canned, FakeModels, Request},
    seed::Role,
    simulator::Statuses,
    stack::{Functions, LanguageModels, Others},
};

/// When it is played: a Friday morning in Kigali.
const MORNING: &str = "2026-11-20T07:00:00Z";
/// More than any conversation here costs, so that no limit ends it.
const NO_LIMIT: &str = "100000";

/// What the small model tells of what is long ago.
const SUMMARY: &str = "\
The writer works in the shop and asks what to tell customers about products in stock.
The stock of each was looked up at all sites, and the figures were told.
The alerts and the agents were asked about; the register in Musanze comes first.";

/// Who writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Writer {
    /// Asks for stock, alerts, agents and reports.
    Staff,
    /// Asks for stock.
    Customer,
}

/// The conversation so far.
pub(super) struct Conversation {
    driver: Driver,
    /// Behind the fault proxies, and the same throughout, as on a warm Lambda.
    functions: Functions,
    fake: FakeModels,
    meter: Meter,
    writer: Writer,
    phone: E164,
    turns: usize,
}

/// What was seen of a turn.
pub(super) struct Seen {
    /// What the models were asked, in order.
    pub(super) questions: Vec<Request>,
    /// What the functions called, models apart.
    pub(super) calls: Calls,
    /// From the webhook until nothing is under way any more, without the time of the models.
    pub(super) took: Duration,
}

/// What is written in a turn, and what models answer to it.
struct Line {
    text: String,
    answers: Vec<Canned>,
    is_order: IsOrder,
}

/// Whether a report is ordered, which then waits for a decision.
#[derive(Clone, Copy, PartialEq, Eq)]
enum IsOrder {
    Yes,
    No,
}

impl Conversation {
    pub(super) async fn open(writer: Writer) -> anyhow::Result<Self> {
        let fake = FakeModels::start(0).await?;
        let meter = Meter::before(&fake.settings()).await?;
        let others = Others {
            models: Some(LanguageModels::Providers(meter.settings())),
            ..Others::default()
        };
        let mut driver = Driver::start_with(MORNING.parse()?, others).await?;
        driver.stack.set_greets(Greets::Nobody).await?;
        driver.stack.set_limits(Limits::NONE)?;
        driver.stack.simulator.set_statuses(Statuses::Held);
        let mut environment = driver.stack.environment.clone();
        for limit in ["DAILY_SPEND_USD", "CONVERSATION_SPEND_USD"] {
            environment = environment.with(limit, NO_LIMIT);
        }
        driver.stack.environment = environment;
        fake.summarize_with(|_| Canned::text(SUMMARY));
        let role = match writer {
            Writer::Staff => Role::Staff,
            Writer::Customer => Role::Customer,
        };
        let mut people = driver.stack.seed.company.people.iter();
        let person = people.find(|person| person.role == role);
        let person = person.context("company.toml has nobody who could write")?;
        Ok(Self {
            phone: person.number.clone(),
            functions: driver.stack.cold()?,
            driver,
            fake,
            meter,
            writer,
            turns: 0,
        })
    }

    /// The next turn.
    ///
    /// # Errors
    /// When it goes otherwise than the script has it.
    pub(super) async fn turn(&mut self) -> anyhow::Result<Seen> {
        self.turns += 1;
        let line = self.line()?;
        let mut answers = line.answers;
        if self.turns == 1 {
            answers.insert(0, Canned::text("general"));
        }
        let questions = answers.len();
        self.fake.script(answers);
        let hook = hook(&self.driver.stack, &self.phone, &line.text)?;
        self.driver.stack.faults.reset();
        self.meter.take();
        let began = Instant::now();
        let answer = self.functions.ingress.handle(hook).await;
        ensure!(answer.status() == StatusCode::OK, "{}", answer.status());
        self.driver.settle_with(&self.functions).await?;
        let took = began.elapsed().saturating_sub(self.meter.take());
        let calls = calls(&self.driver.stack);
        let (left, violations) = (self.fake.left_over(), self.fake.violations());
        ensure!(
            left == 0 && violations.is_empty(),
            "turn {}, {:?}: {left} answers were not asked for; {violations:?}",
            self.turns,
            line.text
        );
        if line.is_order == IsOrder::Yes {
            self.approve().await?;
        }
        let asked = self.fake.requests();
        let first = asked.len().saturating_sub(questions);
        let before = first.checked_sub(1).and_then(|before| asked.get(before));
        let summary = before.filter(|before| before.is_for_a_summary());
        let first = first - usize::from(summary.is_some());
        Ok(Seen {
            questions: asked.into_iter().skip(first).collect(),
            calls,
            took,
        })
    }

    /// Lengthens the thread to so many commits, without models.
    pub(super) async fn grow(&self, commits: u64) -> anyhow::Result<()> {
        growth::grow(&self.driver.stack, &self.phone, commits).await
    }

    /// How long the thread is: commits and events.
    pub(super) async fn counts(&self) -> anyhow::Result<(u64, u64)> {
        let head = self.head().await?;
        Ok((head.commit, head.counts.events))
    }

    async fn head(&self) -> anyhow::Result<Head> {
        let thread = self.driver.thread_of(&self.phone).await?;
        let thread = thread.context("nobody has written yet")?;
        let threads = self.driver.threads();
        let loaded = threads.load(&self.driver.tenant(), thread).await?;
        Ok(loaded.context("the thread is gone")?.thread.head)
    }

    /// The newest request is approved, outside of what is measured.
    async fn approve(&self) -> anyhow::Result<()> {
        let awaiting = self.head().await?.fold.awaiting;
        let awaiting = awaiting.last().context("the report waits for nobody")?;
        let output = awaiting.output;
        let body = self.driver.callback_body(output, "approve", "Grace Uwase");
        let id = output.to_string();
        let answer = self.driver.callback(&id, &body.await?).await?;
        ensure!(answer.status == StatusCode::OK, "{}", answer.body);
        self.driver.settle_with(&self.functions).await
    }

    /// What is written now. No command is sure of any of it.
    fn line(&self) -> anyhow::Result<Line> {
        let turn = self.turns;
        let products = &self.driver.stack.seed.products;
        let product = products.get(turn % products.len().max(1));
        let product = product.context("the conversation needs products in products.toml")?;
        let stock = Line {
            text: format!(
                "a customer is asking me about the {}, what shall I tell her about it?",
                product.name
            ),
            answers: vec![
                Canned::call("check_inventory", &json!({"sku": product.sku})),
                Canned::text(format!(
                    "Tell her that there are {} of them, over all sites.",
                    product.total_stock()
                )),
            ],
            is_order: IsOrder::No,
        };
        let looked_up = |text: &str, tool: &str, answer: &str| Line {
            text: text.to_owned(),
            answers: vec![Canned::call(tool, &json!({})), Canned::text(answer)],
            is_order: IsOrder::No,
        };
        Ok(match (self.writer, turn % 10) {
            (Writer::Staff, 2 | 7) => looked_up(
                "is there something that I should worry about this morning?",
                "view_alerts",
                "Most of all the register in Musanze. The others can wait until noon.",
            ),
            (Writer::Staff, 3) => looked_up(
                "and which of you are awake, I wonder",
                "agent_status",
                "All of us are.",
            ),
            (_, 4 | 8) => Line {
                text: format!("thank you! that was question number {turn} from me, I think"),
                answers: vec![Canned::text("You're welcome. Ask as many as you like.")],
                is_order: IsOrder::No,
            },
            (Writer::Staff, 5) => Line {
                text: "it would help me to have the figures of 9 to 15 November on paper"
                    .to_owned(),
                answers: vec![Canned::call(
                    "generate_report",
                    &json!({"kind": "sales", "from": "2026-11-09", "to": "2026-11-15"}),
                )],
                is_order: IsOrder::Yes,
            },
            _ => stock,
        })
    }
}
