//! Everything on one address, until Ctrl-C.

use std::time::Duration;

use super::{Place, ended};
use crate::{pump::Running, stack::Stack};

/// How often the clock function runs here. On AWS it is once a minute.
pub(super) const TICK: Duration = Duration::from_secs(5);
/// At the end, what is under way has so long. What takes longer is taken up by the next start.
const GRACE: Duration = Duration::from_millis(1500);

pub(super) async fn up(place: &Place) -> anyhow::Result<()> {
    let held = place.hold()?;
    let stack = Stack::start(held.options(place)).await?;
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
