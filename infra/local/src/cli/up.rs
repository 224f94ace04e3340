//! Everything on one address, until Ctrl-C.

use std::{sync::Arc, time::Duration};

use anyhow::Context;

use super::{CLOCK, Place, ended};
use crate::{
    clock::WoundClock,
    pump::Running,
    stack::{Options, Stack},
};

/// How often the clock function runs here. On AWS it is once a minute.
pub(super) const TICK: Duration = Duration::from_secs(5);
/// At the end, what is under way has so long. What takes longer is taken up by the next start.
const GRACE: Duration = Duration::from_millis(1500);

pub(super) async fn up(place: &Place) -> anyhow::Result<()> {
    let held = place.hold()?;
    let file = place.data_dir.join(CLOCK);
    let winder = WoundClock::open(file.clone())
        .with_context(|| format!("{} can't be read; remove it", file.display()))?;
    let stack = Stack::start(Options {
        clock: Arc::new(winder.clone()),
        ..held.options(place)
    })
    .await?;
    stack.simulator.wind_with(winder);
    stack.resume()?;
    let pump = stack.pump();
    let clock = stack.functions().clock;
    let ticking = tokio::spawn(async move {
        let mut ticks = tokio::time::interval(TICK);
        loop {
            ticks.tick().await;
            clock.tick().await;
        }
    });
    let url = stack.url();
    println!(
        "Countersign runs on this machine, for {}.\n",
        stack.seed.company.name
    );
    println!("  the phones   {url}/phone");
    println!(
        "  data         {} (--fresh starts anew)",
        place.data_dir.display()
    );
    invite();
    println!("LOG_LEVEL=info shows what the functions log. Ctrl-C ends it.");
    ended().await?;
    ticking.abort();
    finish(pump).await;
    Ok(())
}

/// What to do next.
pub(super) fn invite() {
    println!("\nWrite \"stock ABC123\" or \"sales report for last week\" on the phone, or in");
    println!("another terminal:  cargo dev send \"stock ABC123\"");
}

/// Receives nothing more, and lets what is under way come to its end.
pub(super) async fn finish(pump: Running) {
    println!("\nEnding; what is under way is finished first.");
    if tokio::time::timeout(GRACE, pump.stop()).await.is_err() {
        println!("Something takes longer; the next start goes on with it.");
    }
}
