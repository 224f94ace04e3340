//! Plays a scenario on a stack of its own.

use std::time::Instant;

use anyhow::{Context, ensure};
use countersign_aws::business::{Business, Entry};
use countersign_core::{
    E164, agent::AgentKind, event::Event, limits::Limits, model::ModelName, step::Greets,
};
use jiff::civil::{DateTime, date};

use super::{Act, Happened, Meter, Needs, Scenario, Turn, Writer, judge::judge};
use crate::{
    driver::Driver,
    models::FakeModels,
    seed::{self, Seed},
    simulator::{Composed, SimChoice, SimContent, SimMessage, SimProvider, SimSender},
    stack::{LanguageModels, Others},
};

/// When scenarios are played: a Friday morning, in the company's time zone.
const MORNING: DateTime = date(2026, 11, 20).at(9, 0, 0, 0);

/// Which models are asked.
#[derive(Debug, Clone)]
pub enum Asked {
    /// The fake server, which answers what stands in the files.
    Fake,
    /// Real ones.
    Real {
        /// The setting `MODELS`.
        models: String,
        /// The one that every agent asks, in place of those of its file.
        model: Option<ModelName>,
    },
}

/// What came of a scenario.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// The turns that were played.
    pub turns: Vec<Played>,
    /// How it ended.
    pub verdict: Verdict,
}

/// A turn that was played.
#[derive(Debug, Clone)]
pub struct Played {
    /// What came of it.
    pub happened: Happened,
    /// What it left on record.
    pub record: Vec<Event>,
    /// What was otherwise than expected, each on a line, with file and line.
    pub failures: Vec<String>,
}

/// How a scenario ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// As expected.
    Passed,
    /// Otherwise.
    Failed,
    /// It could not be played to its end.
    Broken(String),
    /// It was not played: it is about what only the fake server does.
    LeftOut,
}

impl Outcome {
    /// Everything that was off, each on a line.
    pub fn failures(&self) -> Vec<String> {
        let mut failures: Vec<String> = self
            .turns
            .iter()
            .flat_map(|turn| turn.failures.iter().cloned())
            .collect();
        if let Verdict::Broken(why) = &self.verdict {
            failures.push(why.clone());
        }
        failures
    }
}

/// Plays a scenario. It ends with the first turn that goes otherwise than expected: what comes
/// after would be about another conversation.
pub async fn play(scenario: &Scenario, asked: &Asked) -> Outcome {
    let mut turns = Vec::new();
    let verdict = match (scenario.needs, asked) {
        (Needs::Fake, Asked::Real { .. }) => Verdict::LeftOut,
        _ => match played(scenario, asked, &mut turns).await {
            Ok(()) if turns.iter().all(|turn| turn.failures.is_empty()) => Verdict::Passed,
            Ok(()) => Verdict::Failed,
            Err(why) => {
                let turn = turns.len() + 1;
                Verdict::Broken(format!("{}, turn {turn}: {why:#}", scenario.file))
            }
        },
    };
    Outcome { turns, verdict }
}

async fn played(scenario: &Scenario, asked: &Asked, turns: &mut Vec<Played>) -> anyhow::Result<()> {
    let stage = Stage::open(scenario, asked).await?;
    for (index, turn) in scenario.turns.iter().enumerate() {
        let (happened, record) = stage.play(turn).await?;
        let place = |line: usize| format!("{} line {line}, turn {}", scenario.file, index + 1);
        let mut failures: Vec<String> = turn
            .expects
            .iter()
            .filter_map(|expectation| {
                let failed = judge(&expectation.wants, &happened).err()?;
                Some(format!("{}: {failed}", place(expectation.line)))
            })
            .collect();
        let unasked = stage.unasked();
        failures.extend(unasked.map(|why| format!("{}: answer: {why}", place(turn.line))));
        let goes_on = failures.is_empty();
        turns.push(Played {
            happened,
            record,
            failures,
        });
        if !goes_on {
            break;
        }
    }
    Ok(())
}

/// A stack with the people of a scenario.
struct Stage {
    driver: Driver,
    fake: Option<FakeModels>,
    meter: Option<Meter>,
    writer: E164,
    through: SimProvider,
    called: String,
    approver: E164,
}

impl Stage {
    async fn open(scenario: &Scenario, asked: &Asked) -> anyhow::Result<Self> {
        let seed = seed::load()?;
        let (fake, models) = match (scenario.needs, asked) {
            (Needs::Nothing, _) => (None, None),
            (_, Asked::Fake) => {
                let fake = FakeModels::start(0).await?;
                let models = fake.settings();
                (Some(fake), Some(models))
            }
            (_, Asked::Real { models, .. }) => (None, Some(models.clone())),
        };
        let meter = match &models {
            Some(models) => Some(Meter::before(models).await?),
            None => None,
        };
        let models = meter.as_ref().map(Meter::settings);
        let others = Others {
            models: models.map(LanguageModels::Providers),
            ..Others::default()
        };
        let morning = MORNING.to_zoned(seed.company.time_zone.clone())?;
        let mut driver = Driver::start_with(morning.timestamp(), others).await?;
        // A scenario is about what the agents say.
        driver.stack.set_greets(Greets::Nobody).await?;
        driver.stack.set_limits(Limits::NONE)?;
        if let Asked::Real {
            model: Some(model), ..
        } = asked
        {
            every_agent_asks(model, &driver, &seed).await?;
        }
        let role = match scenario.from {
            Writer::Customer => seed::Role::Customer,
            Writer::Staff => seed::Role::Staff,
        };
        let writer = person(&seed, role)?;
        Ok(Self {
            driver,
            fake,
            meter,
            writer: writer.number.clone(),
            through: scenario.through,
            called: scenario.called.clone().unwrap_or(writer.name.clone()),
            approver: person(&seed, seed::Role::Approver)?.number.clone(),
        })
    }

    /// Plays a turn until nothing is under way any more. Gives what came of it, and what it left on
    /// record.
    async fn play(&self, turn: &Turn) -> anyhow::Result<(Happened, Vec<Event>)> {
        let (driver, writer) = (&self.driver, &self.writer);
        let messages = driver.sent_to(writer).len();
        let events = self.events().await?.len();
        if let Some(fake) = &self.fake {
            fake.script(turn.answers.iter().cloned());
        }
        let began = Instant::now();
        match &turn.act {
            Act::Says(text) => self.send(Composed::text(text)).await?,
            Act::Taps(title) => self.send(self.tap(title)?).await?,
            Act::Approves => self.decide("approve", "").await?,
            Act::Rejects(reason) => self.decide("reject", reason).await?,
        }
        driver.settle().await?;
        let turn_time = began.elapsed();
        let arrived = driver.sent_to(writer).split_off(messages);
        let files = arrived.iter().filter(|message| message.media_url.is_some());
        let mut happened = Happened {
            documents: files.count(),
            heard: arrived.into_iter().map(shown).collect(),
            agent: self.agent().await?,
            model_time: self.meter.as_ref().map(Meter::take).unwrap_or_default(),
            turn_time,
            ..Happened::default()
        };
        let record = self.events().await?.split_off(events);
        happened.take_in(&record);
        Ok((happened, record))
    }

    async fn send(&self, what: Composed) -> anyhow::Result<()> {
        let from = SimSender::new(self.through, &self.writer, &self.called);
        let sent = self.driver.stack.simulator.send(&from, what).await?;
        let status = sent.http_status;
        ensure!(status == 200, "the webhook was answered {status}");
        Ok(())
    }

    /// The tap of what has this title, in the newest message that has it.
    fn tap(&self, title: &str) -> anyhow::Result<Composed> {
        let sent = self.driver.sent_to(&self.writer).into_iter().rev();
        let mut taps = sent.filter_map(|message| {
            let mut shown = choices(&message.content).into_iter();
            let choice = shown.find(|choice| choice.title == title)?;
            let (id, description) = (choice.id.clone(), choice.description.clone());
            let reply = match &message.content {
                SimContent::List { .. } => SimContent::ListReply { id, description },
                _ => SimContent::ButtonReply { id },
            };
            Some(Composed::new(title, reply).replying_to(&message.sid))
        });
        taps.next()
            .with_context(|| format!("nothing on the phone has the title {title:?}"))
    }

    async fn decide(&self, decision: &str, reason: &str) -> anyhow::Result<()> {
        let decided = self.driver.decide_on_page(&self.approver, decision, reason);
        let status = decided.await?.status;
        ensure!(
            status.is_success(),
            "the approval page answered {status} to {decision}"
        );
        Ok(())
    }

    async fn events(&self) -> anyhow::Result<Vec<Event>> {
        match self.driver.thread_of(&self.writer).await? {
            Some(_) => self.driver.events(&self.writer).await,
            None => Ok(Vec::new()),
        }
    }

    async fn agent(&self) -> anyhow::Result<Option<AgentKind>> {
        let thread = self.driver.thread_of(&self.writer).await?;
        let thread = thread.context("what was written came to no thread")?;
        let threads = self.driver.threads();
        let loaded = threads.load(&self.driver.tenant(), thread).await?;
        Ok(loaded.context("the thread is gone")?.thread.head.fold.agent)
    }

    /// What the fake server was asked against a protocol or without an answer, and which answers
    /// nobody asked for.
    fn unasked(&self) -> impl Iterator<Item = String> {
        let violations = self.fake.iter().flat_map(FakeModels::violations);
        let left = self.fake.as_ref().map_or(0, FakeModels::left_over);
        let left = (left > 0).then(|| match left {
            1 => "got one answer that no model was asked for; take it out".to_owned(),
            left => format!("got {left} answers that no model was asked for; take them out"),
        });
        violations.chain(left)
    }
}

/// What can be tapped of a message.
fn choices(content: &SimContent) -> Vec<&SimChoice> {
    match content {
        SimContent::Buttons { buttons, .. } => buttons.iter().collect(),
        SimContent::List { sections, .. } => sections.iter().flat_map(|it| &it.rows).collect(),
        _ => Vec::new(),
    }
}

/// What a message shows: its words, and a line for each thing to tap.
fn shown(message: SimMessage) -> String {
    let choices = choices(&message.content).into_iter();
    let titles = choices.map(|choice| match &choice.description {
        Some(detail) => format!("\n{}: {detail}", choice.title),
        None => format!("\n{}", choice.title),
    });
    message.body.clone() + &titles.collect::<String>()
}

fn person(seed: &Seed, role: seed::Role) -> anyhow::Result<&seed::Person> {
    let mut people = seed.company.people.iter();
    people.find(|person| person.role == role).with_context(|| {
        let role = role.as_str();
        format!("scenarios need somebody with the role {role} in company.toml")
    })
}

async fn every_agent_asks(model: &ModelName, driver: &Driver, seed: &Seed) -> anyhow::Result<()> {
    ensure!(
        seed.prices.of(model).is_some(),
        "{model} has no price; add one to infra/seed/prices.toml"
    );
    let table = driver
        .stack
        .environment
        .get(countersign_aws::schema::BUSINESS.variable);
    let dynamodb = driver.stack.direct.dynamodb().clone();
    let business = Business::new(dynamodb, table.unwrap_or_default());
    let rows = seed.conversational.iter().cloned().map(|mut row| {
        row.model = model.clone();
        row.small_model = model.clone();
        row.fallback = None;
        Entry::Agent(Box::new(row.into()))
    });
    let rows: Vec<Entry> = rows.collect();
    Ok(business.put_all(&seed.company.tenant, &rows).await?)
}
