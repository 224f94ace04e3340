//! A scripted day through all functions, on a stack in memory whose clock the script moves.
//!
//! Every scene says what it proves, and proves it: by what arrived on phones, by what stands in
//! the tables, by what the provider and the approver's endpoint got.

mod commands;
mod day;
mod deliveries;
mod reports;
mod thoughts;
mod transcript;
mod troubles;

use self::{day::Day, transcript::Transcript};

pub(super) async fn demo() -> anyhow::Result<()> {
    let mut day = Day::begin(Transcript::on_stdout()).await?;
    day.scene(9, 0, "A first contact", commands::greeted)
        .await?;
    day.scene(9, 1, "Stock by SKU", commands::stock_by_sku)
        .await?;
    day.scene(9, 2, "Stock by name", commands::stock_by_name)
        .await?;
    day.scene(9, 5, "A command that lacks something", commands::completion)
        .await?;
    day.scene(9, 10, "Alerts, asked by staff", commands::alerts)
        .await?;
    day.scene(
        9,
        11,
        "Alerts, asked by a customer",
        commands::alerts_refused,
    )
    .await?;
    day.scene(9, 13, "What no command says", thoughts::looked_up)
        .await?;
    day.scene(9, 15, "No model gives an answer", thoughts::out_of_reach)
        .await?;
    day.scene(
        9,
        17,
        "A model that decides by itself",
        thoughts::forged_decision,
    )
    .await?;
    day.scene(9, 20, "Help", commands::help).await?;
    day.scene(9, 25, "A burst", commands::burst).await?;
    day.scene(9, 30, "A webhook that comes twice", deliveries::duplicate)
        .await?;
    day.scene(9, 35, "A forged webhook", deliveries::forged)
        .await?;
    day.scene(
        9,
        40,
        "The provider is overloaded",
        troubles::too_many_requests,
    )
    .await?;
    day.scene(9, 50, "A crash in the middle", troubles::crash)
        .await?;
    day.scene(
        10,
        0,
        "A send whose outcome nobody knows",
        troubles::unknown_send,
    )
    .await?;
    day.scene(
        11,
        0,
        "A report, countersigned by two at once",
        reports::approved,
    )
    .await?;
    day.scene(14, 0, "A report, rejected", reports::rejected)
        .await?;
    day.scene(16, 0, "A report nobody decides on", reports::expired)
        .await?;
    day.scene(
        18,
        0,
        "The webhook of scene 12 again, 8 days later",
        deliveries::late_duplicate,
    )
    .await?;
    day.end().await
}
