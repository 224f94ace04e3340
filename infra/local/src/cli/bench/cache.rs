//! What the response cache saves: customers' first questions, played twice against the fake models,
//! with the cache off and on.
//!
//! The fake server counts a token for four characters and knows what a provider would have cached of
//! a prompt, so amounts are compared with each other and not with a bill. Only first questions are played:
//! what follows in a conversation is never in the cache.

use std::{fs, path::PathBuf, time::Duration};

use anyhow::{Context, ensure};
use clap::Args;
use countersign_core::{E164, event::EventData, model::Purpose, money::MicroUsd, spend::day_of};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::progress;
use crate::{
    driver::Driver,
    models::{Canned, FakeModels, Request},
    stack::{LanguageModels, Others},
};

/// The shops open, in Kigali.
const MORNING: &str = "2026-11-20T06:00:00Z";
/// No limit is to play a part.
const NO_LIMIT: &str = "100000";

/// What is played, and how it is shown.
#[derive(Debug, Args)]
pub(in crate::cli) struct Cache {
    /// What customers write first, and how often.
    #[arg(long, default_value = "scenarios/traffic/first-questions.toml")]
    traffic: PathBuf,
    /// How many customers write.
    #[arg(long, default_value_t = 400, value_parser = clap::value_parser!(u16).range(1..))]
    customers: u16,
    /// In how many hours, spread evenly.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u16).range(1..=14))]
    hours: u16,
    /// Prints one JSON document in place of the table.
    #[arg(long)]
    json: bool,
}

/// A traffic file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Traffic {
    wish: Vec<Wish>,
}

/// Something that customers want.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wish {
    share: u32,
    agent: String,
    says: Vec<String>,
    looks_up: Option<String>,
    answer: String,
}

/// One customer's first question.
#[derive(Debug, Clone)]
struct Said {
    text: String,
    wish: usize,
}

/// What came of all of them.
#[derive(Debug, Clone, Copy, Default, Serialize)]
struct Played {
    /// Customers whose words were a command, which no model is asked about.
    by_command: usize,
    /// Questions that a model was asked.
    asked: usize,
    /// Choices of an agent that came from the cache.
    agents_from_cache: usize,
    /// Answers that did.
    answers_from_cache: usize,
    /// What models cost.
    cost_micro_usd: u64,
}

#[derive(Debug, Serialize)]
struct Report {
    customers: u16,
    hours: u16,
    /// Different wordings among the questions.
    wordings: usize,
    off: Played,
    on: Played,
    saved_percent: f64,
}

impl Cache {
    pub(super) async fn run(self) -> anyhow::Result<()> {
        let named = self.traffic.display();
        let text = fs::read_to_string(&self.traffic)
            .with_context(|| format!("{named} can't be read; name a file of first questions"))?;
        let traffic: Traffic =
            toml::from_str(&text).with_context(|| format!("{named} is no traffic file"))?;
        ensure!(
            traffic
                .wish
                .iter()
                .all(|wish| wish.share > 0 && !wish.says.is_empty()),
            "{named}: a wish has no share or says nothing; give it both or leave it out"
        );
        let said = said(&traffic, self.customers.into());
        let mut wordings: Vec<&str> = said.iter().map(|said| said.text.as_str()).collect();
        wordings.sort_unstable();
        wordings.dedup();
        let wordings = wordings.len();
        let off = self.play(&traffic, &said, "off").await?;
        let on = self.play(&traffic, &said, "on").await?;
        progress("");
        let saved = off.cost_micro_usd.saturating_sub(on.cost_micro_usd);
        let report = Report {
            customers: self.customers,
            hours: self.hours,
            wordings,
            off,
            on,
            saved_percent: 100.0 * saved as f64 / off.cost_micro_usd.max(1) as f64,
        };
        if self.json {
            println!("{}", serde_json::to_string_pretty(&report)?);
        } else {
            print!("{}", report.table());
        }
        Ok(())
    }

    /// Lets all of them write, one after the other over the day.
    async fn play(&self, traffic: &Traffic, said: &[Said], cache: &str) -> anyhow::Result<Played> {
        let fake = FakeModels::start(0).await?;
        let others = Others {
            models: Some(LanguageModels::Fake(fake.clone())),
            ..Others::default()
        };
        let mut driver = Driver::start_with(MORNING.parse()?, others).await?;
        driver.stack.set("RESPONSE_CACHE", cache)?;
        driver.stack.set("DAILY_SPEND_USD", NO_LIMIT)?;
        let between = Duration::from_secs(u64::from(self.hours) * 3600) / said.len().max(1) as u32;
        let begin = driver.now();
        let mut played = Played::default();
        for (number, said) in (0_u32..).zip(said) {
            progress(&format!(
                "cache {cache}: {} of {}",
                number + 1,
                self.customers
            ));
            let wish = &traffic.wish[said.wish];
            let (agent, answer) = (wish.agent.clone(), wish.answer.clone());
            let looks_up = wish.looks_up.clone();
            fake.answer_with(move |request| answers(request, &agent, looks_up.as_deref(), &answer));
            let due = begin + between * number;
            let wait = due.duration_since(driver.now());
            driver
                .clock
                .advance(Duration::try_from(wait).unwrap_or_default());
            let phone: E164 = format!("+2507889{number:05}").parse()?;
            driver.say(&phone, "Somebody", &said.text).await?;
            driver.settle().await?;
            let before = played.thoughts();
            for event in driver.events(&phone).await? {
                match event.data {
                    EventData::ModelThinking { cached: None, .. } => played.asked += 1,
                    EventData::ModelThinking {
                        purpose: Purpose::Triage,
                        ..
                    } => played.agents_from_cache += 1,
                    EventData::ModelThinking { .. } => played.answers_from_cache += 1,
                    _ => {}
                }
            }
            if played.thoughts() == before {
                played.by_command += 1;
                continue;
            }
            let heard = driver.heard(&phone);
            ensure!(
                heard == [wish.answer.as_str()],
                "{:?} was answered {heard:?}, and not as the traffic file has it",
                said.text
            );
        }
        let violations = fake.violations();
        ensure!(violations.is_empty(), "{violations:?}");
        let (spend, tenant) = (driver.spend(), driver.tenant());
        let ledger = spend.ledger(&tenant, day_of(driver.now())).await?;
        let MicroUsd(cost) = ledger.spent;
        played.cost_micro_usd = cost;
        Ok(played)
    }
}

impl Played {
    /// What was asked of a model or the cache.
    fn thoughts(&self) -> usize {
        self.asked + self.agents_from_cache + self.answers_from_cache
    }
}

/// As the company's models would.
fn answers(request: &Request, agent: &str, looks_up: Option<&str>, answer: &str) -> Canned {
    match looks_up {
        _ if request.one_of.is_some() => Canned::text(agent),
        Some(sku) if !request.user().contains("<tool_result") => {
            Canned::call("check_inventory", &json!({ "sku": sku }))
        }
        _ => Canned::text(answer),
    }
}

/// Who says what, in the same order every time.
fn said(traffic: &Traffic, customers: usize) -> Vec<Said> {
    let mut dice = Dice(0x5eed);
    let shares: Vec<u32> = traffic.wish.iter().map(|wish| wish.share).collect();
    let said = (0..customers).map(|number| {
        let wish = dice.pick(&shares);
        let says = &traffic.wish[wish].says;
        let ranks: Vec<u32> = (1..=says.len() as u32).map(|rank| 5040 / rank).collect();
        let own = (1_000 + number * 7).to_string();
        let text = says[dice.pick(&ranks)].replace("{n}", &own);
        Said { text, wish }
    });
    said.collect()
}

/// Numbers as by chance, the same ones every time: splitmix64.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// One of them, each as often as its weight has it.
    fn pick(&mut self, weights: &[u32]) -> usize {
        let sum: u64 = weights.iter().map(|weight| u64::from(*weight)).sum();
        let mut left = self.next() % sum.max(1);
        for (index, weight) in weights.iter().enumerate() {
            match left.checked_sub((*weight).into()) {
                Some(rest) => left = rest,
                None => return index,
            }
        }
        0
    }
}

impl Report {
    fn table(&self) -> String {
        let row = |name: &str, played: &Played| {
            let Played {
                by_command,
                asked,
                agents_from_cache,
                answers_from_cache,
                cost_micro_usd,
            } = played;
            let usd = MicroUsd(*cost_micro_usd).to_string();
            format!(
                "{name:<6}{by_command:>10}{asked:>10}{agents_from_cache:>12}{answers_from_cache:>12}{usd:>12}\n"
            )
        };
        format!(
            "First questions of {} customers in {} hours, in {} different wordings\n\n\
             {:<6}{:>10}{:>10}{:>12}{:>12}{:>12}\n{}{}\nsaved: {:.1} % of what models cost\n",
            self.customers,
            self.hours,
            self.wordings,
            "cache",
            "commands",
            "asked",
            "agent hits",
            "answer hits",
            "USD",
            row("off", &self.off),
            row("on", &self.on),
            self.saved_percent
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn o7_the_traffic_is_the_same_every_time_and_as_frequent_as_it_says() {
        let file = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../../scenarios/traffic/first-questions.toml"
        );
        let traffic: Traffic = toml::from_str(&fs::read_to_string(file).unwrap()).unwrap();
        let once = said(&traffic, 2_000);
        let again = said(&traffic, 2_000);
        assert!(once.iter().zip(&again).all(|(a, b)| a.text == b.text));
        let sum: u32 = traffic.wish.iter().map(|wish| wish.share).sum();
        for (index, wish) in traffic.wish.iter().enumerate() {
            let expected = 2_000.0 * f64::from(wish.share) / f64::from(sum);
            let got = once.iter().filter(|said| said.wish == index).count() as f64;
            assert!(
                (got - expected).abs() < expected / 2.0,
                "{index}: {got} of {expected}"
            );
        }
        assert!(once.iter().all(|said| !said.text.contains("{n}")));
    }
}
