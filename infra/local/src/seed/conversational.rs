//! The agents that talk with a model, a file each.

use std::collections::BTreeSet;

use countersign_core::{
    agent::{AgentKind, AgentRow, BUILT_IN_TOOLS, Sight},
    model::{ModelName, Provider},
};

use super::{
    document::Document,
    reader::{Entry, Known, one_of},
};

/// The agent of the file for `kind`. `names` are those of other files, `priced` the models that
/// have a price, `elsewhere` the tools that run elsewhere, if those can be told.
pub(super) fn read(
    document: &Document<'_>,
    kind: AgentKind,
    names: &mut BTreeSet<String>,
    priced: Option<&Known>,
    elsewhere: Option<&BTreeSet<String>>,
) -> Option<AgentRow> {
    let mut entry = document.top();
    if let Some(raw) = entry.raw("name") {
        entry.once("name", raw, names);
    }
    let name = entry.text("name");
    let word = kind.as_str();
    let kind_read = entry.text_as(
        "kind",
        &format!("{word:?}, as the file is called"),
        |text| (text == word).then_some(kind),
    );
    let description = entry.text("description");
    let instructions = entry.text("instructions");
    let model = model(&mut entry, "model", priced);
    let small_model = self::model(&mut entry, "small_model", priced);
    let fallback = if entry.has("fallback") {
        self::model(&mut entry, "fallback", priced).map(Some)
    } else {
        Some(None)
    };
    let temperature = entry.number("temperature");
    let max_tokens = entry.whole("max_tokens", 0..=u32::MAX.into());
    let tools = entry.list("tools", |tool| {
        let elsewhere = match elsewhere {
            Some(names) if !BUILT_IN_TOOLS.contains(&tool) && !names.contains(tool) => names,
            _ => return Ok(()),
        };
        let elsewhere = elsewhere.iter().map(String::as_str);
        let names: Vec<_> = BUILT_IN_TOOLS.into_iter().chain(elsewhere).collect();
        Err(one_of(&names))
    });
    let sight = if entry.has("sight") {
        entry.text_as("sight", "known, on or off", |text| match text {
            "known" => Some(Sight::Known),
            "on" => Some(Sight::On),
            "off" => Some(Sight::Off),
            _ => None,
        })
    } else {
        Some(Sight::Known)
    };
    let enabled = entry.flag("enabled");
    let metadata = if entry.has("metadata") {
        entry.by_key("metadata", None, "text in quotes", |value, _| {
            value.as_str().map(str::to_owned)
        })
    } else {
        Some(Default::default())
    };
    // What is missing is noted above; the usual in its place lets the rest be checked as well.
    let usual = AgentRow::new(kind);
    let blank = || "-".to_owned();
    let row = AgentRow {
        name: name.clone().unwrap_or(usual.name),
        kind,
        description: description.clone().unwrap_or_else(blank),
        instructions: instructions.clone().unwrap_or_else(blank),
        model: model.clone().unwrap_or(usual.model),
        small_model: small_model.clone().unwrap_or(usual.small_model),
        fallback: fallback.clone().flatten(),
        temperature: temperature.unwrap_or(usual.temperature),
        max_tokens: max_tokens.unwrap_or(usual.max_tokens),
        tools: tools.clone().unwrap_or_default(),
        sight: sight.unwrap_or_default(),
        enabled: enabled.unwrap_or(usual.enabled),
        metadata: metadata.clone().unwrap_or_default(),
    };
    let checked = row.check();
    for wrong in checked
        .as_ref()
        .err()
        .iter()
        .flat_map(|wrong| &wrong.fields)
    {
        entry.reject(wrong.field, &wrong.got, &wrong.wants);
    }
    entry.finish();
    name.and(kind_read)
        .and(description.and(instructions))
        .and(model.and(small_model).and(fallback))
        .and(temperature.and(max_tokens))
        .and(tools.and(enabled).and(sight).and(metadata))?;
    checked.is_ok().then_some(row)
}

/// A model that has a price, or needs none.
fn model(entry: &mut Entry<'_>, field: &'static str, priced: Option<&Known>) -> Option<ModelName> {
    let wants = "provider:model, such as \"openai:gpt-4o\", with openai, anthropic, gemini or \
                 compatible as the provider";
    let model: ModelName = entry.text_as(field, wants, |text| text.parse().ok())?;
    let is_free = model.provider == Provider::Compatible;
    (is_free || entry.refers(field, &model.to_string(), priced)).then_some(model)
}
