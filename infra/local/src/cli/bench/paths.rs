//! The paths that are measured. Each has a stack of its own; its calls are counted first, which
//! warms the services, then its time is taken.

use std::{
    collections::VecDeque,
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::ensure;
use countersign_core::E164;
use http::StatusCode;
use tokio::task::JoinSet;

use super::{
    report::{Calls, Row, Threads},
    road::{Road, calls, hook, phone, stack},
};
use crate::{
    growth::{QUESTION, grow},
    stack::{Functions, Stack},
};

/// So many repetitions come before any that is counted or measured: clients connect, caches fill.
const WARM: usize = 3;
/// So many repetitions are counted; calls are given for one.
const COUNTED: usize = 5;

/// What leads to a request to decide.
const REPORT: &str = "sales report for last week";

/// Webhooks acknowledged, so many at once. No function empties the queue meanwhile.
pub(super) async fn webhooks(iterations: usize, at_once: usize) -> anyhow::Result<Row> {
    let stack = stack().await?;
    let cold = stack.cold()?;
    acknowledge(&stack, &cold, WARM, 1).await?;
    stack.faults.reset();
    acknowledge(&stack, &cold, COUNTED, 1).await?;
    let counted = calls(&stack).each(COUNTED);
    let direct = stack.functions();
    acknowledge(&stack, &direct, WARM * at_once, at_once).await?;
    let (times, wall) = acknowledge(&stack, &direct, iterations, at_once).await?;
    let path = format!("webhook acknowledged, {at_once} at once");
    Ok(Row::new(path, times, counted).in_all(wall))
}

async fn acknowledge(
    stack: &Stack,
    functions: &Functions,
    iterations: usize,
    at_once: usize,
) -> anyhow::Result<(Vec<Duration>, Duration)> {
    let mut hooks = VecDeque::new();
    for number in 0..iterations {
        hooks.push_back(hook(stack, &phone(number % 1000)?, QUESTION)?);
    }
    let mut senders = JoinSet::new();
    let began = Instant::now();
    for sender in 0..at_once {
        let left = at_once - sender;
        let share = hooks.len().div_ceil(left);
        let hooks: Vec<_> = hooks.drain(..share).collect();
        let ingress = Arc::clone(&functions.ingress);
        senders.spawn(async move {
            let mut times = Vec::with_capacity(hooks.len());
            for hook in hooks {
                let began = Instant::now();
                let answer = ingress.handle(hook).await;
                times.push(began.elapsed());
                ensure!(answer.status() == StatusCode::OK, "{}", answer.status());
            }
            Ok(times)
        });
    }
    let mut times = Vec::with_capacity(iterations);
    for sent in senders.join_all().await {
        times.extend(sent?);
    }
    Ok((times, began.elapsed()))
}

/// A command answered: from the webhook until the answer is on the phone.
pub(super) async fn commands(iterations: usize) -> anyhow::Result<Row> {
    let stack = stack().await?;
    let phone = phone(0)?;
    let calls = calls_of_commands(&stack, &phone).await?;
    let road = Road::open(&stack, stack.functions());
    for _ in 0..WARM {
        road.ask(&phone, QUESTION).await?;
    }
    let mut times = Vec::new();
    for _ in 0..iterations {
        times.push(road.ask(&phone, QUESTION).await?);
    }
    road.close().await;
    let path = format!("“{QUESTION}” answered: webhook → phone");
    Ok(Row::new(path, times, calls))
}

/// A decision carried out: from the callback until the document is on the phone. Asking for it
/// and drafting it come before and are not measured.
pub(super) async fn decisions(iterations: usize) -> anyhow::Result<Row> {
    let stack = stack().await?;
    let cold = Road::open(&stack, stack.cold()?);
    let mut next = 0..;
    let mut phones = move || phone(next.next().unwrap_or_default());
    for _ in 0..WARM {
        decision(&cold, &phones()?).await?;
    }
    let mut counted = Calls::default();
    for _ in 0..COUNTED {
        let phone = phones()?;
        cold.ask(&phone, REPORT).await?;
        stack.faults.reset();
        cold.approve(&phone).await?;
        counted.merge(&calls(&stack));
    }
    cold.close().await;
    let road = Road::open(&stack, stack.functions());
    for _ in 0..WARM {
        decision(&road, &phones()?).await?;
    }
    let mut times = Vec::new();
    for _ in 0..iterations {
        times.push(decision(&road, &phones()?).await?);
    }
    road.close().await;
    let path = "approval carried out: callback → document on the phone".to_owned();
    Ok(Row::new(path, times, counted.each(COUNTED)))
}

async fn decision(road: &Road<'_>, phone: &E164) -> anyhow::Result<Duration> {
    road.ask(phone, REPORT).await?;
    road.approve(phone).await
}

/// The same command in threads of different lengths, which take turns, so that whatever else the
/// machine does meets all of them.
pub(super) async fn threads(rounds: usize, lengths: &[u64]) -> anyhow::Result<Threads> {
    let stack = stack().await?;
    let phones: Vec<E164> = (0..lengths.len()).map(phone).collect::<Result<_, _>>()?;
    let road = Road::open(&stack, stack.functions());
    for phone in &phones {
        road.ask(phone, QUESTION).await?;
    }
    road.close().await;
    let began = Instant::now();
    for (phone, length) in phones.iter().zip(lengths) {
        grow(&stack, phone, *length).await?;
    }
    let growing = began.elapsed();
    let mut counted = Vec::new();
    for phone in &phones {
        counted.push(calls_of_commands(&stack, phone).await?);
    }
    let road = Road::open(&stack, stack.functions());
    let mut times = vec![Vec::new(); phones.len()];
    for round in 0..WARM + rounds {
        for (phone, times) in phones.iter().zip(&mut times) {
            let took = road.ask(phone, QUESTION).await?;
            if round >= WARM {
                times.push(took);
            }
        }
    }
    road.close().await;
    let rows = lengths
        .iter()
        .zip(times)
        .zip(counted)
        .map(|((length, times), calls)| {
            Row::new(format!("in a thread of {length} commits"), times, calls)
        })
        .collect();
    Ok(Threads::new(rows, growing))
}

async fn calls_of_commands(stack: &Stack, phone: &E164) -> anyhow::Result<Calls> {
    let cold = Road::open(stack, stack.cold()?);
    for _ in 0..WARM {
        cold.ask(phone, QUESTION).await?;
    }
    stack.faults.reset();
    for _ in 0..COUNTED {
        cold.ask(phone, QUESTION).await?;
    }
    let counted = calls(stack).each(COUNTED);
    cold.close().await;
    Ok(counted)
}
