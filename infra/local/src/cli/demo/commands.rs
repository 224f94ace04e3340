//! Questions that commands answer.

use std::time::Instant;

use anyhow::Context;
use countersign_core::E164;

use super::{
    day::Day,
    transcript::{same, says},
};
use crate::seed::{AlertState, Product};

pub(super) async fn greeted(day: &mut Day) -> anyhow::Result<()> {
    let people = day.people.clone();
    let asked = day.models.requests().len();
    for person in [people.customer, people.other, people.staff, people.approver] {
        let heard = day.tell(&person, "hi").await?;
        day.proves(
            "what the agent can do is said",
            says(&heard, &["Welcome to "]),
        )?;
    }
    let asked = day.models.requests().len() - asked;
    day.proves("no model is asked for it", same(asked, 0))
}

pub(super) async fn stock_by_sku(day: &mut Day) -> anyhow::Result<()> {
    let product = product(day, 0)?;
    let customer = day.people.customer.clone();
    let before = day.driver.history(&customer.number).await?.len();
    let heard = day
        .tell(&customer, &format!("stock {}", product.sku))
        .await?;
    let right = says(&heard, &[&total(&product)]);
    day.proves("what the records say, site by site", right)?;
    let commits = day.driver.history(&customer.number).await?.len();
    day.proves(
        "question and answer are one commit",
        same(commits - before, 1),
    )
}

pub(super) async fn stock_by_name(day: &mut Day) -> anyhow::Result<()> {
    let product = product(day, 1)?;
    let customer = day.people.customer.clone();
    let question = format!("stock of {}", product.name.to_lowercase());
    let heard = day.tell(&customer, &question).await?;
    let right = says(&heard, &[&total(&product)]);
    day.proves("a name does as well as a SKU", right)
}

pub(super) async fn completion(day: &mut Day) -> anyhow::Result<()> {
    let product = product(day, 1)?;
    let customer = day.people.customer.clone();
    let heard = day.tell(&customer, "stock").await?;
    day.proves(
        "what is missing is asked for",
        says(&heard, &["Which product?"]),
    )?;
    let heard = day.tell(&customer, product.sku.as_str()).await?;
    let right = says(&heard, &[&total(&product)]);
    day.proves("the answer completes the command", right)
}

pub(super) async fn alerts(day: &mut Day) -> anyhow::Result<()> {
    let staff = day.people.staff.clone();
    let seed = &day.driver.stack.seed;
    let open = seed.alerts.iter().filter(|a| a.state == AlertState::Open);
    let count = format!("{} open alert", open.count());
    let heard = day.tell(&staff, "alerts").await?;
    day.proves(
        "staff see what is open, worst first",
        says(&heard, &[&count]),
    )
}

pub(super) async fn alerts_refused(day: &mut Day) -> anyhow::Result<()> {
    let customer = day.people.customer.clone();
    let heard = day.tell(&customer, "alerts").await?;
    day.proves("customers don't", says(&heard, &["staff only"]))
}

pub(super) async fn help(day: &mut Day) -> anyhow::Result<()> {
    let staff = day.people.staff.clone();
    let heard = day.tell(&staff, "help").await?;
    day.proves(
        "what can be asked, by role",
        says(&heard, &["*agent status*"]),
    )
}

pub(super) async fn burst(day: &mut Day) -> anyhow::Result<()> {
    let (began, customer) = (Instant::now(), day.people.customer.clone());
    let before = day.heard(&customer);
    for text in [
        "good morning my friend",
        "i have something to ask you",
        "about many things",
    ] {
        day.write(&customer, text).await?;
    }
    day.settle(began).await?;
    let replies = day.heard_since(&customer, before).len();
    day.proves("three messages, one reply", same(replies, 1))?;
    let causes = last_causes(day, &customer.number).await?;
    day.proves("and one turn that took in all three", same(causes, 3))
}

/// How many deliveries the newest commit took in that took any in.
async fn last_causes(day: &Day, phone: &E164) -> anyhow::Result<usize> {
    let commits = day.driver.history(phone).await?;
    let mut causes = commits.iter().rev().map(|commit| commit.causes.len());
    let last = causes.find(|causes| *causes > 0);
    last.context("the thread has no commit")
}

fn product(day: &Day, index: usize) -> anyhow::Result<Product> {
    let product = day.driver.stack.seed.products.get(index);
    product
        .cloned()
        .with_context(|| format!("the day needs {} products in products.toml", index + 1))
}

fn total(product: &Product) -> String {
    format!("Total: *{}*", product.total_stock())
}
