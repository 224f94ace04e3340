//! What models cost.

use std::collections::BTreeSet;

use countersign_core::{
    model::ModelName,
    money::{MicroUsd, MinutePrice, Price, PriceList},
};

use super::{
    document::Document,
    reader::{Entry, Known},
};

/// The prices, and the models that have one for other files to refer to.
pub(super) fn read(document: &Document<'_>) -> (Option<PriceList>, Known) {
    let mut top = document.top();
    let as_of = top.text_as("as_of", "a day in quotes, such as \"2026-11-21\"", |text| {
        text.parse().ok()
    });
    let mut ids = BTreeSet::new();
    let prices = top
        .tables("price", "model")
        .into_iter()
        .filter_map(|entry| price(entry, &mut ids))
        .collect();
    let mut ids_of_minutes = BTreeSet::new();
    let minutes = match top.has("transcription") {
        true => top.tables("transcription", "model"),
        false => Vec::new(),
    };
    let minutes = minutes
        .into_iter()
        .filter_map(|entry| minute(entry, &mut ids_of_minutes))
        .collect();
    top.finish();
    let wants = "a model of prices.toml, or a compatible: one, which needs no price".to_owned();
    let list = as_of.map(|as_of| PriceList {
        as_of,
        prices,
        minutes,
    });
    (list, Known { wants, ids })
}

fn price(mut entry: Entry<'_>, models: &mut BTreeSet<String>) -> Option<(ModelName, Price)> {
    if let Some(raw) = entry.raw("model") {
        entry.once("model", raw, models);
    }
    let model = entry.text_as(
        "model",
        "provider:model, such as \"openai:gpt-4o\"",
        |text| text.parse().ok(),
    );
    let input = entry.usd("input");
    let cached = entry.usd("cached");
    let cache_written = entry.usd("cache_written");
    let output = entry.usd("output");
    entry.finish();
    let price = Price {
        input: input?,
        cached: cached?,
        cache_written: cache_written?,
        output: output?,
    };
    Some((model?, price))
}

fn minute(mut entry: Entry<'_>, models: &mut BTreeSet<String>) -> Option<(String, MinutePrice)> {
    if let Some(raw) = entry.raw("model") {
        entry.once("model", raw, models);
    }
    let model = entry.text_as("model", "a model's name, such as \"whisper-1\"", |text| {
        (!text.trim().is_empty()).then(|| text.to_owned())
    });
    let minute = entry.usd("minute");
    entry.finish();
    Some((model?, MinutePrice(MicroUsd(minute?))))
}
