//! How people are spoken to.

use std::collections::BTreeSet;

use countersign_core::{
    PersonaName,
    persona::{PersonaRow, Personas, WrongPersona, built_in_rows},
};

use super::{
    document::Document,
    reader::{Entry, Known, one_of},
};

/// The personas that differ from the built-in ones, if all are right, and the names of all for people
/// to have.
pub(super) fn read(document: &Document<'_>) -> (Option<Vec<PersonaRow>>, Known) {
    let mut top = document.top();
    let mut ids: BTreeSet<String> = built_in_rows()
        .into_iter()
        .map(|row| row.name.to_string())
        .collect();
    let mut seen = BTreeSet::new();
    let entries = top.tables("persona", "name");
    let count = entries.len();
    let rows: Vec<PersonaRow> = entries
        .into_iter()
        .filter_map(|entry| persona(entry, &mut seen))
        .collect();
    // One by one they are right, so that what is left is how many there are.
    let checked = Personas::with(&rows);
    if let Err(wrong) = &checked
        && let Some(many) = wrong.iter().find(|it| matches!(it, WrongPersona::Many(_)))
    {
        top.reject_line("persona", 1, &many.to_string());
    }
    top.finish();
    ids.extend(seen);
    let names: Vec<&str> = ids.iter().map(String::as_str).collect();
    let wants = format!("a persona of personas.toml: {}", one_of(&names));
    let complete = rows.len() == count && checked.is_ok();
    let known = built_in_rows();
    let own = rows.into_iter().filter(|row| !known.contains(row));
    let own = complete.then(|| own.collect());
    (own, Known { wants, ids })
}

fn persona(mut entry: Entry<'_>, seen: &mut BTreeSet<String>) -> Option<PersonaRow> {
    if let Some(raw) = entry.raw("name") {
        entry.once("name", raw, seen);
    }
    let name: Option<PersonaName> = entry.id("name");
    let description = entry.text("description");
    let style = entry.text("style");
    let answers = match entry.has("answers") {
        true => entry.by_key("answers", None, "a template in quotes", |value, _| {
            value.as_str().map(str::to_owned)
        }),
        false => Some(Default::default()),
    };
    let row = PersonaRow {
        name: name?,
        description: description?,
        style: style?,
        answers: answers?,
    };
    let checked = Personas::with(std::slice::from_ref(&row));
    for wrong in checked.as_ref().err().into_iter().flatten() {
        entry.reject_line(field(wrong), 1, &wrong.to_string());
    }
    entry.finish();
    checked.is_ok().then_some(row)
}

fn field(wrong: &WrongPersona) -> &'static str {
    match wrong {
        WrongPersona::Field { field, .. } => field,
        WrongPersona::NoAnswer { .. } | WrongPersona::Template { .. } => "answers",
        WrongPersona::Twice(_) | WrongPersona::Many(_) => "name",
    }
}
