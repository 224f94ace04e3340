//! The day: a stack with a clock of its own, the people who write, and the transcript of it.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use anyhow::Context;
use countersign_core::{E164, ThreadId, commit::verify, event::EventData};
use jiff::{
    civil::{Date, DateTime, Time, date, time},
    tz::TimeZone,
};

use super::{
    thoughts::stand_in,
    transcript::{Line, Transcript, same},
};
use crate::{
    driver::Driver,
    models::FakeModels,
    seed,
    simulator::{SimMessage, SimStatus},
    stack::{LanguageModels, Others},
};

/// A Friday.
const MORNING: DateTime = date(2026, 11, 20).to_datetime(time(9, 0, 0, 0));

/// What the agent is called in the transcript.
const AGENT: &str = "agent";

/// Somebody with a phone.
#[derive(Debug, Clone)]
pub(super) struct Person {
    pub(super) name: String,
    pub(super) number: E164,
}

/// The people of the day.
#[derive(Debug, Clone)]
pub(super) struct People {
    pub(super) customer: Person,
    pub(super) other: Person,
    pub(super) staff: Person,
    pub(super) approver: Person,
}

/// The day so far.
pub(super) struct Day {
    pub(super) driver: Driver,
    /// What the agents ask.
    pub(super) models: FakeModels,
    pub(super) people: People,
    pub(super) transcript: Transcript,
    /// The webhook that comes again at the end, 8 days later.
    pub(super) webhook: Option<String>,
    zone: TimeZone,
    first: Date,
    began: Instant,
    printed: BTreeMap<E164, usize>,
}

impl Day {
    pub(super) async fn begin(mut transcript: Transcript) -> anyhow::Result<Self> {
        let began = Instant::now();
        let company = seed::load()?.company;
        let zone = company.time_zone.clone();
        transcript.headline(&format!(
            "A day at {}, in memory, by a clock of its own, from {} on.\n\
             Left the time there, then how long it really took.",
            company.name,
            MORNING.strftime("%A 09:00")
        ))?;
        let models = FakeModels::start(0).await?;
        models.answer_with(stand_in);
        let others = Others {
            models: Some(LanguageModels::Fake(models.clone())),
            ..Others::default()
        };
        let morning = MORNING.to_zoned(zone.clone())?.timestamp();
        let driver = Driver::start_with(morning, others).await?;
        Ok(Self {
            driver,
            models,
            people: people(&company)?,
            transcript,
            webhook: None,
            zone,
            first: MORNING.date(),
            began,
            printed: BTreeMap::new(),
        })
    }

    /// A scene that begins at this time of day, or later. One that can't go on is off, and the
    /// next begins.
    pub(super) async fn scene(
        &mut self,
        hour: i8,
        minute: i8,
        title: &str,
        play: impl AsyncFnOnce(&mut Self) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        self.transcript.scene(title)?;
        self.wait_until(time(hour, minute, 0, 0))?;
        if let Err(error) = play(self).await {
            let why = Err(format!("{error:#}"));
            self.transcript.proves("the scene comes to its end", why)?;
        }
        self.driver.stack.faults.reset();
        Ok(())
    }

    /// Somebody writes, and all that follows happens. Gives what arrived on their phone.
    pub(super) async fn tell(&mut self, from: &Person, text: &str) -> anyhow::Result<Vec<String>> {
        let (began, before) = (Instant::now(), self.heard(from));
        self.write(from, text).await?;
        self.settle(began).await?;
        Ok(self.heard_since(from, before))
    }

    /// Somebody writes. Gives the webhook's id.
    pub(super) async fn write(&mut self, from: &Person, text: &str) -> anyhow::Result<String> {
        self.line(&from.name, AGENT, text)?;
        self.driver.say(&from.number, &from.name, text).await
    }

    /// All that follows happens, and what arrives is printed.
    pub(super) async fn settle(&mut self, began: Instant) -> anyhow::Result<()> {
        self.driver.settle().await?;
        self.arrivals(Some(began.elapsed()))
    }

    /// Time passes, and the clock function comes by.
    pub(super) async fn pass(&mut self, time: Duration, what: &str) -> anyhow::Result<()> {
        let began = Instant::now();
        self.driver.pass(time).await?;
        self.note(what)?;
        self.arrivals(Some(began.elapsed()))
    }

    /// How many messages arrived on somebody's phone so far.
    pub(super) fn heard(&self, person: &Person) -> usize {
        self.driver.heard(&person.number).len()
    }

    /// What arrived on somebody's phone since it had so many messages.
    pub(super) fn heard_since(&self, person: &Person, before: usize) -> Vec<String> {
        self.driver.heard(&person.number).split_off(before)
    }

    pub(super) fn line(&mut self, from: &str, to: &str, text: &str) -> anyhow::Result<()> {
        let time = self.time(self.driver.now());
        self.transcript.line(&Line {
            time: &time,
            took: None,
            from,
            to,
            text,
        })
    }

    pub(super) fn note(&mut self, text: &str) -> anyhow::Result<()> {
        let time = self.time(self.driver.now());
        self.transcript.note(&time, text)
    }

    pub(super) fn proves(&mut self, claim: &str, holds: Result<(), String>) -> anyhow::Result<()> {
        self.transcript.proves(claim, holds)
    }

    /// Every chain and every queue, and the last line.
    pub(super) async fn end(mut self) -> anyhow::Result<()> {
        let scenes = self.transcript.scenes();
        self.transcript
            .scene("The end: what the tables and queues say")?;
        let mut sums = Sums::default();
        let chains = self.chains(&mut sums).await;
        let claim = format!(
            "the chains of all {} threads verify: {} commits, {} events",
            sums.threads, sums.commits, sums.events
        );
        self.proves(&claim, chains.map_err(|why| format!("{why:#}")))?;
        self.proves(
            "no queue has anything left",
            same(self.driver.is_idle()?, true),
        )?;
        let dead = self.driver.dead_letters()?;
        self.proves("the dead-letter queues are empty", same(dead, 0))?;
        let messages: usize = self
            .people
            .all()
            .map(|person| self.driver.sent_to(&person.number).len())
            .sum();
        let summary = format!(
            "{scenes} scenes, {messages} messages on phones, {} threads, {} commits, {} events, \
             all in {:.1} s.",
            sums.threads,
            sums.commits,
            sums.events,
            self.began.elapsed().as_secs_f64()
        );
        self.transcript.end(&summary)
    }

    async fn chains(&self, sums: &mut Sums) -> anyhow::Result<()> {
        for person in self.people.all() {
            let mut next = self.driver.thread_of(&person.number).await?;
            while let Some(thread) = next {
                next = self.chain(thread, sums).await?;
            }
        }
        Ok(())
    }

    /// Verifies a thread and gives the one it continues.
    async fn chain(&self, thread: ThreadId, sums: &mut Sums) -> anyhow::Result<Option<ThreadId>> {
        let threads = self.driver.threads();
        let commits = threads.history(&self.driver.tenant(), thread).await?;
        let verified = verify(&commits).with_context(|| thread.to_string())?;
        sums.threads += 1;
        sums.commits += verified.commits;
        sums.events += verified.events;
        let first = commits.first().map(|commit| commit.events()).transpose()?;
        let mut events = first.into_iter().flatten();
        Ok(events.find_map(|event| match event.data {
            EventData::SystemNote { continues, .. } => continues,
            _ => None,
        }))
    }

    /// Prints what has arrived on phones since the last time.
    fn arrivals(&mut self, mut took: Option<Duration>) -> anyhow::Result<()> {
        let mut arrived: Vec<(String, SimMessage)> = Vec::new();
        for person in self.people.all() {
            let printed = self.printed.entry(person.number.clone()).or_default();
            let messages = self.driver.sent_to(&person.number).split_off(*printed);
            *printed += messages.len();
            // What the provider takes and then refuses is on nobody's phone.
            let messages = messages
                .into_iter()
                .filter(|m| m.status != SimStatus::Failed);
            arrived.extend(messages.map(|m| (person.name.clone(), m)));
        }
        arrived.sort_by_key(|(_, message)| message.at);
        if arrived.is_empty() {
            return self.note("nobody's phone rings");
        }
        for (name, message) in arrived {
            let text = match &message.media_url {
                Some(url) => format!("{}\n📎 {}", message.body, url),
                None => message.body,
            };
            self.transcript.line(&Line {
                time: &self.time(message.at),
                took: took.take(),
                from: AGENT,
                to: &name,
                text: &text,
            })?;
        }
        Ok(())
    }

    fn wait_until(&self, time: Time) -> anyhow::Result<()> {
        let now = self.zone.to_datetime(self.driver.now());
        let until = now.date().to_datetime(time);
        if let Ok(wait) = Duration::try_from(now.duration_until(until)) {
            self.driver.clock.advance(wait);
        }
        Ok(())
    }

    /// The time of day there, with the day if it is another than the first.
    fn time(&self, at: jiff::Timestamp) -> String {
        let there = self.zone.to_datetime(at);
        let format = if there.date() == self.first {
            "%H:%M"
        } else {
            "%a %H:%M"
        };
        there.strftime(format).to_string()
    }
}

/// What was verified.
#[derive(Default)]
struct Sums {
    threads: u64,
    commits: u64,
    events: u64,
}

impl People {
    fn all(&self) -> impl Iterator<Item = &Person> {
        [&self.customer, &self.other, &self.staff, &self.approver].into_iter()
    }
}

fn people(company: &seed::Company) -> anyhow::Result<People> {
    let nth = |role: seed::Role, n: usize| {
        let mut fitting = company.people.iter().filter(|person| person.role == role);
        let person = fitting.nth(n).with_context(|| {
            let role = role.as_str();
            format!(
                "the day needs {} with the role {role} in company.toml",
                n + 1
            )
        })?;
        Ok::<_, anyhow::Error>(Person {
            name: first_name(&person.name),
            number: person.number.clone(),
        })
    };
    Ok(People {
        customer: nth(seed::Role::Customer, 0)?,
        other: nth(seed::Role::Customer, 1)?,
        staff: nth(seed::Role::Staff, 0)?,
        approver: nth(seed::Role::Approver, 0)?,
    })
}

fn first_name(name: &str) -> String {
    name.split(' ').next().unwrap_or(name).to_owned()
}
